"""A short soak: what bench/soak.py shows over twenty thousand frames, over a few hundred."""

from pathlib import Path

import pytest

from bench.soak import soak


@pytest.mark.slow
def test_every_visit_is_judged_once_while_camera_trust_and_log_fail(tmp_path: Path) -> None:
    result = soak(600, tmp_path)
    assert result.due - 2 <= result.admitted <= result.due
    assert "refuse" not in result.others
    assert result.said["ReaderLost"] == result.said["ReaderBack"] > 0
    assert result.said["Trouble"] > 0
    assert result.swaps == result.said["TrustChanged"] > 0
