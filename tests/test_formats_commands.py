"""Keys, lists and passes of the formats by command, as a person at a small site uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from checkpoint.store.pins import REVOCATIONS
from tests.card_issuers import DID, ISS, CardIssuer, PassIssuer, card, vc
from tests.commands import Shell
from tests.issuer import DAY, NOW
from tests.rendered import frame_with, qr

CARDS, PASSES = CardIssuer(), PassIssuer()
CARD = CARDS.issue(card(vc=vc(rid="vwAjHdarZuc")))


def file(folder: Path, name: str, content: Any) -> str:
    path = folder / name
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


@pytest.fixture
def station(shell: Shell, tmp_path: Path) -> Shell:
    jwks = file(tmp_path, "jwks.json", {"keys": [CARDS.jwk]})
    assert shell("keys", "import", jwks, "--issuer", ISS, "--json").json["added"] == 1
    did = file(tmp_path, "did.json", PASSES.document)
    assert shell("keys", "import", did, "--json").json["added"] == 1
    return shell


def test_cards_and_passes_verify_with_imported_keys(station: Shell) -> None:
    ran = station.verify(CARD, PASSES.issue(), "--lang", "en")
    assert ran.reasons == ["ok", "ok"]
    assert [one["format"] for one in ran.verdicts] == ["shc", "nzcp"]
    assert [one["issuer"]["id"] for one in ran.verdicts] == [ISS, DID]


def test_a_key_that_stands_in_assertion_method_itself_counts_and_vouches_for_no_other_of_its_name(
    shell: Shell, tmp_path: Path
) -> None:
    (method,) = PASSES.document["verificationMethod"]
    document = {"id": PASSES.did, "assertionMethod": [method]}
    assert shell("keys", "import", file(tmp_path, "did.json", document), "--json").json["added"] == 1
    assert shell.verify(PASSES.issue()).reasons == ["ok"]
    (other,) = PassIssuer().document["verificationMethod"]
    assert other["id"] == method["id"]
    document["verificationMethod"] = [other]
    found = shell("keys", "import", file(tmp_path, "did.json", document), "--json").json
    assert (found["added"], found["unchanged"]) == (0, 1)
    assert "assertionMethod" in found["skipped"][0]["reason"]


@pytest.mark.parametrize(
    "document", [{"id": DID, "assertionMethod": 5}, {"id": DID, "assertionMethod": [{}, 7, None, {"id": 5}]}]
)
def test_an_assertion_method_that_is_none_pins_nothing(shell: Shell, tmp_path: Path, document: Any) -> None:
    ran = shell("keys", "import", file(tmp_path, "did.json", document), "--json")
    assert (ran.code, ran.json["added"]) == (1, 0)


def test_a_jwks_without_an_issuer_is_asked_for_one(shell: Shell, tmp_path: Path) -> None:
    jwks = file(tmp_path, "jwks.json", {"keys": [CARDS.jwk]})
    ran = shell("keys", "import", jwks, "--format", "shc", "--json")
    assert ran.code == 1
    (skipped,) = ran.json["skipped"]
    assert "--issuer" in skipped["reason"]


@pytest.mark.parametrize(
    ("rid", "expected"),
    [
        ("vwAjHdarZuc", "revoked"),
        (f"vwAjHdarZuc.{NOW - 5 * DAY:.0f}", "revoked"),
        (f"vwAjHdarZuc.{NOW - 15 * DAY:.0f}", "ok"),
        ("another", "ok"),
    ],
)
def test_a_card_revocation_list_is_pinned_with_its_times(
    station: Shell, tmp_path: Path, rid: str, expected: str
) -> None:
    crl = {"kid": CARDS.kid, "method": "rid", "ctr": 1, "rids": [rid, "$broken"]}
    ran = station("revocations", "import", file(tmp_path, "crl.json", crl), "--json")
    assert ran.code == 0
    assert (ran.json["added"], [one["id"] for one in ran.json["skipped"]]) == (1, ["$broken"])
    assert station.verify(CARD).reasons == [expected]
    assert station("revocations", "import", file(tmp_path, "again.json", crl), "--json").json["unchanged"] == 1
    assert station("revocations", "list", "--json").code == 0


def test_a_rid_whose_time_was_mangled_by_hand_never_lets_its_card_through(station: Shell, tmp_path: Path) -> None:
    crl = {"kid": CARDS.kid, "method": "rid", "ctr": 1, "rids": [f"vwAjHdarZuc.{NOW - 15 * DAY:.0f}"]}
    assert station("revocations", "import", file(tmp_path, "crl.json", crl)).code == 0
    path = station.home / "keys" / REVOCATIONS
    path.write_bytes(path.read_bytes().replace(b"<", b"<x"))
    assert station.verify(CARD).verdicts[0]["outcome"] == "not_ready"


def pieces(card: str, count: int = 3) -> list[str]:
    digits = card.removeprefix("shc:/")
    size = -(-len(digits) // count // 2) * 2
    cut = [digits[at : at + size] for at in range(0, len(digits), size)]
    return [f"shc:/{number}/{len(cut)}/{one}" for number, one in enumerate(cut, 1)]


def sheet(path: Path, *texts: str) -> Path:
    symbols = [qr(text, px=3) for text in texts]
    width = sum(one.shape[1] for one in symbols) + 60 * (len(symbols) + 1)
    height = max(one.shape[0] for one in symbols) + 120
    Image.fromarray(frame_with(*symbols, size=(width, height), paper=255)).save(path)
    return path


def test_a_card_in_several_codes_of_one_picture_is_one_pass(station: Shell, tmp_path: Path) -> None:
    first, second, third = pieces(CARD)
    for name in ("sheet.png", "sheet.pdf"):
        ran = station.verify(sheet(tmp_path / name, third, first, second))
        assert (ran.code, ran.reasons) == (0, ["ok"]), name
        assert ran.verdicts[0]["source"] == "argument 1"
    assert station.verify(sheet(tmp_path / "half.png", third, first)).reasons == ["incomplete"]
    assert station.verify(sheet(tmp_path / "poster.png", "https://example.vn", third, first, second)).reasons == ["ok"]


def test_the_pieces_of_two_cards_in_one_picture_are_never_one_pass(station: Shell, tmp_path: Path) -> None:
    other = pieces(CARDS.issue(card(vc=vc(rid="another"))))
    mixed = [pieces(CARD)[0], *other[1:]]
    assert station.verify(sheet(tmp_path / "mixed.png", *mixed)).verdicts[0]["outcome"] != "admit"
    both = station.verify(sheet(tmp_path / "both.png", *pieces(CARD), *other))
    assert both.reasons == ["damaged"]


def test_a_malformed_list_changes_nothing(station: Shell, tmp_path: Path) -> None:
    crl = {"kid": CARDS.kid, "method": "other", "ctr": 1, "rids": ["vwAjHdarZuc"]}
    ran = station("revocations", "import", file(tmp_path, "crl.json", crl))
    assert (ran.code, ran.out) == (1, "")
    assert "crl_malformed" in ran.err
    told = station("revocations", "import", file(tmp_path, "crl.json", crl), "--json")
    assert (told.code, told.json["added"], told.json["unchanged"], told.err) == (1, 0, 0, ran.err)
    (skipped,) = told.json["skipped"]
    assert skipped["id"].endswith("crl.json")
    assert skipped["reason"].startswith("crl_malformed")
    assert station.verify(CARD).reasons == ["ok"]


def crl_of(counter: object) -> dict[str, object]:
    return {"kid": CARDS.kid, "method": "rid", "ctr": counter, "rids": ["vwAjHdarZuc"]}


@pytest.mark.parametrize("stated", [2, "2"])
def test_a_list_counts_only_with_the_counter_that_its_pinned_key_names(
    shell: Shell, tmp_path: Path, stated: object
) -> None:
    def pin(version: object) -> Any:
        jwks = {"keys": [{**CARDS.jwk, "crlVersion": version}]}
        return shell("keys", "import", file(tmp_path, "jwks.json", jwks), "--issuer", ISS, "--json").json

    assert pin(stated)["added"] == 1
    for counter in (1, 3):
        ran = shell("revocations", "import", file(tmp_path, "crl.json", crl_of(counter)))
        assert (ran.code, "crl_malformed" in ran.err) == (1, True)
        assert shell.verify(CARD).reasons == ["ok"]
    assert shell("revocations", "import", file(tmp_path, "crl.json", crl_of(2))).code == 0
    assert shell.verify(CARD).reasons == ["revoked"]
    kept = (shell.home / "keys" / "issuers.jsonl").read_bytes()
    assert (pin(1)["added"], (shell.home / "keys" / "issuers.jsonl").read_bytes()) == (0, kept)
    assert pin(3)["unchanged"] == 1, "the key is known, its counter moved on"
    assert shell("revocations", "import", file(tmp_path, "crl.json", crl_of(2))).code == 1
    assert shell("revocations", "import", file(tmp_path, "crl.json", crl_of(3))).code == 0
    assert shell.verify(CARD).reasons == ["revoked"]


def test_a_key_without_a_counter_takes_a_list_with_any(station: Shell, tmp_path: Path) -> None:
    assert station("revocations", "import", file(tmp_path, "crl.json", crl_of(7))).code == 0
    assert station.verify(CARD).reasons == ["revoked"]


def test_an_identity_code_exits_with_check_and_a_payment_code_as_unreadable(station: Shell) -> None:
    code = "001083000001|012345678|Nguyễn Bảo Duy|10101983|Nam|Phường 7|22042021"
    assert station.verify(code).code == 4
    assert station.verify("0002010102113857").code == 6
