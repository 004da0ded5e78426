"""Codes that are no passes, or none that can be checked here: each is named, none shadows a format."""

import pkgutil

import pytest

from checkpoint import formats, verify
from checkpoint.formats import identity
from checkpoint.model import Envelope, Outcome, Reason, Refusal
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.words import known, say
from tests.card_issuers import CardIssuer, PassIssuer
from tests.issuer import NOW, Issuer, trust_in
from tests.vector_cases import cases, needs_vectors

TRUST = trust_in(Issuer().key_with())
CODES: dict[str, tuple[str | bytes, str]] = {
    "CoronaCheck": ("NL2:B4V.W9D:LWJ5W2S6A$XQ9N", "note.nl2"),
    "Lithuania": ("LT1:NCFOXN%TSMAHN", "note.lt1"),
    "health link": ("shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUifQ", "note.health_link"),
    "health link with its viewer": ("https://viewer.example/#shlink:/eyJ1cmwiOiJ4In0", "note.health_link"),
    "VietQR": (
        "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304A1B2",
        "note.payment",
    ),
    "boarding pass": ("M1NGUYEN/BAO DUY      EABC123 SGNHANVN 0206 226F001A0025 106>60000", "note.boarding_pass"),
    "Wi-Fi": ("WIFI:S:phuong7;T:WPA;P:secret;;", "note.wifi"),
    "vCard": ("BEGIN:VCARD\nVERSION:3.0\nN:Nguyen;Duy\nEND:VCARD", "note.contact"),
    "MeCard": ("MECARD:N:Nguyen,Duy;TEL:0900000001;;", "note.contact"),
    "web address": ("https://tokhaiyte.example/?q=1", "note.web_address"),
    "web address in capitals": ("HTTP://EXAMPLE.VN", "note.web_address"),
    "VNeID by its address": ("https://vneid.gov.vn/q/abc", "note.vneid"),
    "VNeID by its name": ("VNeID|7d2a|1651363200", "note.vneid"),
    "the population register": ("https://suckhoe.dancuquocgia.gov.vn/?id=x", "note.vneid"),
    "opaque": ("kX9" * 60, "note.not_a_pass"),
    "empty": ("", "note.not_a_pass"),
    "bytes": (b"\x00\xff" * 40, "note.not_a_pass"),
    "lone surrogate": ("\ud800", "note.not_a_pass"),
}


@pytest.mark.parametrize("name", CODES)
def test_a_code_that_cannot_be_checked_is_named_with_what_to_ask_for(name: str) -> None:
    text, note = CODES[name]
    verdict = verify.decide((verify.check(text, TRUST, NOW),), TRUST, AUTHENTIC, NOW, NOW)
    assert (verdict.outcome, verdict.reason, verdict.note) == (Outcome.UNREADABLE, Reason.UNSUPPORTED, (note,))
    assert known(note)
    assert formats.recognise(text) is None, "a picture with a pass beside this code must be read on"
    if note not in ("note.not_a_pass", "note.boarding_pass"):
        assert len(say("en", note)) > 40


@needs_vectors
def test_the_real_dutch_code_is_named() -> None:
    (case,) = cases("nl2")
    with pytest.raises(Refusal) as refused:
        formats.open_pass(case["qr_text"])
    assert (refused.value.reason, refused.value.note) == (Reason.UNSUPPORTED, ("note.nl2",))


def test_no_format_is_shadowed_by_a_code_that_is_only_named() -> None:
    issuer = Issuer()
    card = CardIssuer()
    texts = {"hcert": issuer.issue(), "shc": card.issue(), "nzcp": PassIssuer().issue()}
    for name, text in texts.items():
        assert formats.recognise(text) == name
        assert isinstance(formats.open_pass(text), Envelope)
    assert formats.recognise(card.jws().decode()) == "shc"


def test_the_one_list_names_every_format_that_there_is() -> None:
    def modules(package: object) -> set[str]:
        return {one.name for one in pkgutil.iter_modules(package.__path__)}  # type: ignore[attr-defined]

    assert set(formats.FORMATS) == modules(formats) - {"fields", "icao", "identity", "unsupported"}
    assert set(formats.UNSIGNED) == modules(identity) - {"citizen_number", "shapes"}
    for name in (*formats.FORMATS, *formats.UNSIGNED):
        assert name == formats.module(name).NAME
    for name in formats.UNSIGNED:
        assert not hasattr(formats.module(name), "open_pass"), "nothing unsigned may come to a signature"


def test_no_prefix_is_the_beginning_of_another() -> None:
    prefixes = [prefix for ones in formats.FORMATS.values() for prefix in ones]
    for one in prefixes:
        assert sum(other[: len(one)] == one for other in prefixes) == 1


def test_a_binary_format_is_found_by_its_first_byte_and_as_text_by_its_first_two() -> None:
    assert formats.recognise(b"\xdc\x03rest") == formats.recognise("\xdc\x03rest") == "vds"
    assert formats.recognise(b"\xdc") == "vds"
    assert formats.recognise("\xdcber") is None, "a word is no seal"


@pytest.mark.parametrize("prefix", ["HC1:", "shc:/", "NZCP:/1/", "eyJ", "001083000001||A|10101983|"])
def test_a_text_longer_than_any_pass_is_refused_before_it_is_looked_into(prefix: str) -> None:
    with pytest.raises(Refusal) as refused:
        formats.open_pass(prefix + "5|" * formats.MAX_TEXT)
    assert (refused.value.reason, refused.value.note) == (Reason.DAMAGED, ("note.too_long",))


@pytest.mark.parametrize("text", ["HC1:", "shc:/", "NZCP:/1/", "eyJ", "001083000001|"])
def test_a_prefix_alone_never_raises_and_never_admits(text: str) -> None:
    for one in (text, text * 50, text + "\0", text + "\ud800", text + "|" * 70_000, text + "9" * 70_000):
        verdict = verify.decide((verify.check(one, TRUST, NOW),), TRUST, AUTHENTIC, NOW, NOW)
        assert verdict.outcome is Outcome.UNREADABLE
