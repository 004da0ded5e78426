"""Recall and time of the engines on simulated frames: python -m bench.decode [--frames N] [--seed S]."""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that `python bench/decode.py` works too

import zxingcpp
from numpy.typing import NDArray
from PIL import Image
from pyzbar import pyzbar

from bench.frames import EMPTY, Frame, frames
from checkpoint.readers.decode import LiveDecoder
from checkpoint.readers.opencv import cv2, np
from checkpoint.readers.still import read_still

Pixels = NDArray[np.uint8]
Engine = Callable[[Pixels], list[str]]


@dataclass
class Tally:
    """What one engine did on one category: hits, and the CPU milliseconds of each frame."""

    hits: int = 0
    wrong: int = 0
    milliseconds: list[float] = field(default_factory=list)


def grey(frame: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def by_pyzbar(frame: Pixels) -> list[str]:
    found = pyzbar.decode(grey(frame), symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [symbol.data.decode("utf-8", "replace") for symbol in found]


def by_opencv(frame: Pixels) -> list[str]:
    return [text for text in (_detector.detectAndDecode(grey(frame))[0],) if text]


def by_zxing(frame: Pixels) -> list[str]:
    found = zxingcpp.read_barcodes(grey(frame), _model_2, try_downscale=False, text_mode=zxingcpp.TextMode.Plain)
    return [symbol.text for symbol in found]


def by_live(frame: Pixels) -> list[str]:
    return [str(code.text) for code in _live.decode(frame)]


def by_still(frame: Pixels) -> list[str]:
    return [str(code.text) for code in read_still(Image.fromarray(grey(frame)))]


_detector = cv2.QRCodeDetector()
_model_2 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2])
_live = LiveDecoder()
ENGINES: dict[str, Engine] = {
    "pyzbar": by_pyzbar,
    "OpenCV": by_opencv,
    "zxing once": by_zxing,
    "live": by_live,
    "still": by_still,
}


def measure(per_category: int, seed: int) -> dict[str, dict[str, Tally]]:
    """Every engine on every frame, one after another on each, so that all share the machine's moods."""
    tallies: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in ENGINES}
    for frame in frames(per_category, seed):
        for name, engine in ENGINES.items():
            try_one(engine, frame, tallies[name][frame.category])
    return tallies


def try_one(engine: Engine, frame: Frame, tally: Tally) -> None:
    start = time.process_time()
    texts = engine(frame.pixels)
    tally.milliseconds.append((time.process_time() - start) * 1000)
    tally.hits += frame.text in texts if frame.text else not texts
    tally.wrong += any(text != frame.text for text in texts)


def table(tallies: dict[str, dict[str, Tally]]) -> str:
    """A Markdown table: recall % and median/95th-percentile CPU ms, by category and engine."""
    names = list(tallies)
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    categories = list(next(iter(tallies.values())))
    lines += [
        f"| {category} | " + " | ".join(cell(tallies[name][category]) for name in names) + " |"
        for category in categories
    ]
    with_code = [category for category in categories if category != EMPTY]
    together = [merged([tallies[name][category] for category in with_code]) for name in names]
    lines.append("| **all with a code** | " + " | ".join(cell(tally) for tally in together) + " |")
    lines.append("| mean ms | " + " | ".join(f"{statistics.mean(tally.milliseconds):.1f}" for tally in together) + " |")
    lines.append("| wrong texts | " + " | ".join(str(tally.wrong) for tally in together) + " |")
    return "\n".join(lines)


def merged(tallies: list[Tally]) -> Tally:
    times = [value for tally in tallies for value in tally.milliseconds]
    return Tally(sum(tally.hits for tally in tallies), sum(tally.wrong for tally in tallies), times)


def cell(tally: Tally) -> str:
    times = sorted(tally.milliseconds)
    recall = 100 * tally.hits / len(times)
    return f"{recall:.0f} % {statistics.median(times):.1f}/{times[int(0.95 * (len(times) - 1))]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=24, help="frames per category")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(table(measure(options.frames, options.seed)))


if __name__ == "__main__":
    main()
