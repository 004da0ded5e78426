"""Issue native passes from one table, then read every one back from its picture and from its printed sheet.

    python -m bench.issue [--passes 10000] [--keep FOLDER]

An authority, an issuer and an enrolled station are made on the spot; the station judges what the pictures say.
"""

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pypdfium2

from checkpoint import readers
from checkpoint.authority import Progress, ceremony, publish, repository
from checkpoint.authority.folder import Folder
from checkpoint.authority.issuing import issuers, rows, run
from checkpoint.authority.vault import Vault
from checkpoint.store import enrolment
from checkpoint.sync.run import sync
from checkpoint.verifier import Verifier

PASSES = 10_000
PRINT = 200 / 72  # pixels a point: a sheet as a 200 dpi scanner sees it
_SURNAMES = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý".split()
_GIVEN = "Văn An|Thị Bình|Bảo Duy|Minh Đức|Thị Thu Thủy|Hoài An|Quốc Khánh|Ngọc Ánh|Thanh Tùng|Mỹ Linh".split("|")
_COLUMNS = ("kind", "number", "name", "birth_date", "document", "valid_until", "category", "area", "route", "vehicle")
_COLUMNS += ("hours", "method", "result", "sampled", "laboratory", "colour", "event", "seat", "organisation", "role")


def table(count: int, now: float) -> bytes:
    """A CSV of `count` made people, all five kinds in turn."""
    chance = random.Random(20211001)
    out = StringIO()
    writer = csv.DictWriter(out, _COLUMNS, restval="")
    writer.writeheader()
    for number in range(count):
        until = datetime.fromtimestamp(now, UTC) + timedelta(days=chance.randrange(2, 500))
        person = {
            "number": f"HCM-{number:07}",
            "name": f"{chance.choice(_SURNAMES)} {chance.choice(_GIVEN)}",
            "birth_date": f"{chance.randrange(1940, 2010)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
            "document": f"{chance.randrange(10**12):012}",
            "valid_until": until.date().isoformat(),
        }
        writer.writerow({**person, **_scope(number % 5, number)})
    return out.getvalue().encode()


def _scope(kind: int, number: int) -> dict[str, str]:
    route = "Quận 7 – Nguyễn Văn Linh – BV Chợ Rẫy"
    return (
        {
            "kind": "travel_permit",
            "category": "Nhân viên y tế",
            "area": "TP. Hồ Chí Minh",
            "route": route,
            "vehicle": f"59-X1 {number:06}",
            "hours": "00:00-24:00",
        },
        {"kind": "test", "method": "pcr", "result": "negative", "sampled": "2026-11-20 08:00", "laboratory": "Pasteur"},
        {"kind": "card", "colour": "green"},
        {"kind": "ticket", "event": "Đêm nhạc", "seat": f"B{number}"},
        {"kind": "badge", "organisation": "Bệnh viện Chợ Rẫy", "role": "Điều dưỡng", "hours": "00:00-24:00"},
    )[kind]


def station(folder: Folder, home: Path) -> Verifier:
    """A station that follows the authority and has synced."""
    root = (folder.metadata / "1.root.json").read_bytes()
    served = folder.root / "repository"
    enrolment.enrol(home, root, repository.fingerprint(folder), [str(served)])
    assert sync(home, (str(served),)).done
    return Verifier.open(home)


def texts_of(out: Path) -> dict[str, str]:
    """File name: text, as the index says."""
    with (out / run.INDEX).open(encoding="utf-8", newline="") as file:
        return {one["file"]: one["text"] for one in csv.DictReader(file)}


def from_sheets(out: Path) -> Iterator[str]:
    """The text of every code on every page of every sheet, each page rendered to a picture and read."""
    for path in sorted(out.glob("sheets-*.pdf")):
        document = pypdfium2.PdfDocument(path)
        for page in document:
            picture = page.render(scale=PRINT, grayscale=True).to_pil()
            yield from _cards(picture)
        document.close()


def _cards(picture: object) -> Iterator[str]:
    from checkpoint.readers.zxing import look

    for code in look(picture).codes:  # type: ignore[arg-type]
        yield str(code.text)


def clock(what: str, since: float, count: int) -> float:
    took = time.monotonic() - since
    print(f"{what:<58} {took:8.1f} s  {took / max(1, count) * 1000:8.2f} ms each", flush=True)
    return time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passes", type=int, default=PASSES)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="checkpoint-issue-") as scratch:
        measure(given.keep or Path(scratch), given.passes)


def measure(base: Path, count: int) -> None:
    """Everything once, timed; ends with an error where a single pass is not read back as it was signed."""
    os.environ.setdefault("TZ", "UTC")
    now = time.time()
    folder, vault = Folder(base / "authority"), Vault([], _passphrase)
    ceremony.init(folder, vault, ceremony.Plan(), now)
    plan = issuers.Plan("city", "hcm.gov.vn", "UBND TP. Hồ Chí Minh", "permits", "VN")
    issuers.create(folder, vault, plan, now)
    issuer = issuers.find(folder, vault, "", now)
    data, out = table(count, now), base / "out"
    since = time.monotonic()
    found = rows.read(data, rows.Terms(issuer.record, now, 420))
    assert not found.errors, found.errors[:5]
    since = clock(f"{count} rows read and checked", since, count)
    report = run.issue(folder, vault, issuer, found.rows, out, now, progress=_progress())
    since = clock(f"{report.count} passes signed, drawn as PNG, SVG and PDF, in place", since, count)
    publish.publish(folder, vault, time.time())
    verifier = station(folder, base / "home")
    since = clock("published, synced by a station", since, 1)
    texts = texts_of(out)
    reasons = Counter(_judged(out / f"{name}.png", text, verifier) for name, text in texts.items())
    since = clock(f"{len(texts)} PNGs read and judged: {dict(reasons)}", since, count)
    printed = Counter(from_sheets(out))
    clock(f"{sum(printed.values())} codes read from {len(list(out.glob('sheets-*.pdf')))} PDF files", since, count)
    size = {kind: sum(path.stat().st_size for path in out.glob(f"*.{kind}")) for kind in ("png", "svg", "pdf")}
    print("bytes:", json.dumps(size), "places:", report.lists)
    assert reasons == {"ok": count}, reasons
    assert printed == Counter(texts.values()), "the sheets hold other codes than the pictures"
    print(f"all {count} are read back from picture and sheet as they were signed")


def _judged(picture: Path, text: str, verifier: Verifier) -> str:
    (code,) = readers.read_file(picture)
    return verifier.verify(code.text).reason.word if code.text == text else "another text"


def _passphrase(_name: str, _role: str, _new: bool) -> str:
    return "one two three four"


def _progress() -> Progress:
    def draw(step: str, done: int, total: int) -> None:
        if sys.stderr.isatty() and done % 100 == 0:
            sys.stderr.write(f"\r{step} {done}/{total}\x1b[K")

    return draw


if __name__ == "__main__":
    main()
