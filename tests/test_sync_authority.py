"""The station against the real publisher: what the authority makes is what the station takes, byte for byte."""

import time
from pathlib import Path

import pytest
from enrolled import make

pytest.importorskip("checkpoint.authority", reason="the publisher is not on this branch")
authority_folder = pytest.importorskip("authority_folder")

from checkpoint.authority import Refused, publish, repository, rotation, staged  # noqa: E402
from checkpoint.store import enrolment  # noqa: E402
from checkpoint.store.load import load_trust  # noqa: E402
from checkpoint.sync.run import sync  # noqa: E402


def test_a_station_follows_the_real_publisher_from_enrolment_to_a_tombstone(tmp_path: Path) -> None:
    now = time.time() - 3600
    folder, keys = authority_folder.authority(tmp_path / "authority", now=now)
    site = make(tmp_path / "site")
    served = str(folder.root / "repository")
    root = (folder.metadata / "1.root.json").read_bytes()
    enrolment.enrol(site.home, root, repository.fingerprint(folder), [served])
    staged.write_list(folder, "vn", [site.record])
    publish.publish(folder, keys, now + 60)
    assert sync(site.home).word == "updated"
    assert site.reason() == "ok"
    assert load_trust(site.home).issued == pytest.approx(now + 60, abs=1)
    publish.tick(folder, keys, now + 120)
    assert sync(site.home).word == "updated"
    assert sync(site.home).word == "unchanged"
    staged.write_list(folder, "vn", [site.record._replace(revoked=True)])
    publish.publish(folder, keys, now + 180)
    assert sync(site.home).word == "updated"
    assert site.reason() == "key_revoked"


def test_a_new_online_key_brings_stations_back_from_a_publish_with_a_clock_far_ahead(tmp_path: Path) -> None:
    now = time.time() - 3600
    folder, keys = authority_folder.authority(tmp_path / "authority", now=now)
    site = make(tmp_path / "site")
    served = str(folder.root / "repository")
    root = (folder.metadata / "1.root.json").read_bytes()
    enrolment.enrol(site.home, root, repository.fingerprint(folder), [served])
    staged.write_list(folder, "vn", [site.record])
    publish.publish(folder, keys, now + 300 * 86400)
    sync(site.home)
    assert site.reason() == "clock_suspect"
    with pytest.raises(Refused, match="clock is behind the last publish") as refused:
        publish.publish(folder, keys, now + 60)
    assert "rotate online" in refused.value.hint
    rotation.rotate(folder, keys, rotation.Change("online"), now + 60)
    publish.publish(folder, keys, now + 120)
    assert sync(site.home).word == "updated"
    assert site.reason() == "ok"
    assert load_trust(site.home).issued == pytest.approx(now + 120, abs=1)
