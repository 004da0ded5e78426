"""Vectors that no one on this project wrote: in the folder beside the repository, or in CHECKPOINT_VECTORS."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS") or Path(__file__).parents[2] / "shared" / "vectors")
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason=f"no vectors at {VECTORS}: set CHECKPOINT_VECTORS to their folder"
)


def cases(folder: str) -> Iterator[dict[str, Any]]:
    """The cases of one folder, with `image_path` where there is a picture; none where the vectors are absent."""
    for file in sorted((VECTORS / folder).glob("*.json")):
        case = json.loads(file.read_text("utf-8"))
        if case.get("image"):
            case["image_path"] = VECTORS / folder / case["image"]
        yield case
