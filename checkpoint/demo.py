"""The main job, end to end, on the spot: an issuer, six passes, their pictures, the same reader, the verdicts."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import segno

from checkpoint import readers
from checkpoint.codec import signing
from checkpoint.formats.hcert.issue import HCERT_CLAIM, issue
from checkpoint.model import Reason
from checkpoint.store import pins
from checkpoint.trust.lists import Found, Options
from checkpoint.trust.lists.entries import add_certificate
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier

DAY = 86400.0
_ISSUER = "CHECKPOINT DEMO"
_MODULE_PIXELS = 4


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of the demonstration: what it is, its text, and the reason that the verdict must give."""

    name: str
    text: str
    expected: Reason


class Issuer:
    """A demonstration issuer with a key of its own, never kept."""

    def __init__(self, name: str, country: str, now: float) -> None:
        self.country = country
        self._key = signing.new_key()
        self.certificate = signing.self_signed(self._key, name, country, now - 90 * DAY, now + 365 * DAY)
        found = Found()
        add_certificate(found, self.certificate, Options(now=now, origin="demo"))
        self.record = found.records[0]._replace(test=True)

    def issue(
        self, person: dict[str, str], born: str, starts: float, ends: float, not_before: float | None = None
    ) -> str:
        """The text of a vaccination pass that holds from `starts` to `ends` (seconds since 1970)."""
        dose = {
            "tg": "840539006",
            "vp": "1119349007",
            "mp": "EU/1/20/1528",
            "ma": "ORG-100030215",
            "dn": 2,
            "sd": 2,
            "dt": time.strftime("%Y-%m-%d", time.gmtime(starts - 20 * DAY)),
            "co": self.country,
            "is": _ISSUER,
            "ci": f"URN:UVCI:01:{self.country}:{secrets.token_hex(12).upper()}",
        }
        claims: dict[int, Any] = {1: self.country, 4: int(ends), 6: int(starts)}
        if not_before is not None:
            claims[5] = int(not_before)
        claims[HCERT_CLAIM] = {1: {"ver": "1.3.0", "nam": person, "dob": born, "v": [dose]}}
        kid = bytes.fromhex(self.record.fingerprint)[:8]
        return issue(claims, kid, lambda message: signing.sign(self._key, message))


_PEOPLE = (
    ({"fn": "Nguyễn", "gn": "Bảo Duy", "fnt": "NGUYEN", "gnt": "BAO<DUY"}, "1983-10-10"),
    ({"fn": "Trần", "gn": "Thị Thu Thủy", "fnt": "TRAN", "gnt": "THI<THU<THUY"}, "1990-02-28"),
    ({"fn": "Đặng", "gn": "Minh Đức", "fnt": "DANG", "gnt": "MINH<DUC"}, "1975-07"),
    ({"fn": "Müller", "gn": "Jörg", "fnt": "MUELLER", "gnt": "JOERG"}, "1968-12-01"),
    ({"fn": "Lê", "gn": "Hoài An", "fnt": "LE", "gnt": "HOAI<AN"}, "2001-05-17"),
    ({"fn": "Smith", "gn": "Mary Anne", "fnt": "SMITH", "gnt": "MARY<ANNE"}, "1955"),
)


def prepare(home: Path, now: float) -> list[Pass]:
    """Pin a fresh issuer and one revocation in `home`; gives the passes, all made on the spot."""
    trusted, stranger = Issuer(_ISSUER, "VN", now), Issuer("DEMO STRANGER", "ZZ", now)
    good, expired, early, revoked, forged, unknown = _PEOPLE
    passes = [
        Pass("good", trusted.issue(*good, now - 30 * DAY, now + 300 * DAY), Reason.OK),
        Pass("expired", trusted.issue(*expired, now - 60 * DAY, now - 2 * DAY), Reason.EXPIRED),
        Pass(
            "not-yet-valid",
            trusted.issue(*early, now - DAY, now + 300 * DAY, not_before=now + 5 * DAY),
            Reason.NOT_YET_VALID,
        ),
        Pass("revoked", trusted.issue(*revoked, now - 30 * DAY, now + 300 * DAY), Reason.REVOKED),
        Pass("forged", _forged(trusted.issue(*forged, now - 30 * DAY, now + 300 * DAY)), Reason.SIGNATURE_INVALID),
        Pass("unknown-issuer", stranger.issue(*unknown, now - 30 * DAY, now + 300 * DAY), Reason.ISSUER_UNKNOWN),
    ]
    pins.add_issuers(home / "keys", [trusted.record])
    pass_id = Verifier.open(home).verify(passes[3].text).as_dict()["pass_id"]
    pins.add_revocations(home / "keys", [("pass_id", bytes.fromhex(pass_id.rpartition("-")[2]))], now, "demo")
    return passes


def run(home: Path, pictures: Path, now: float | None = None) -> Iterator[tuple[Pass, Verdict]]:
    """Make the passes, render each as a picture in `pictures`, read it back as at the door, and judge it."""
    passes = prepare(home, time.time() if now is None else now)
    verifier = Verifier.open(home)
    for one in passes:
        picture = pictures / f"{one.name}.png"
        picture.write_bytes(render(one.text))
        codes = readers.read_file(picture)
        yield one, verifier.verify(codes[0].text)._replace(source=picture.name)


def render(text: str) -> bytes:
    """The QR code of `text` as a PNG."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=_MODULE_PIXELS, border=4)
    return out.getvalue()


def _forged(text: str) -> str:
    """The pass with one letter of the holder's name changed and everything put together again, as a forger would."""
    from checkpoint.codec import base45, cose, deflate
    from checkpoint.formats.hcert import MAX_INFLATED
    from checkpoint.formats.hcert.issue import text_of

    signed = cose.split(deflate.inflate(base45.decode(text[4:].encode()), MAX_INFLATED))
    payload = signed.payload.replace(b"HOAI<AN", b"HOAI<AM")
    return text_of(cose.build(signed.protected, signed.unprotected, payload, signed.signature))
