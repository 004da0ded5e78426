"""The specification of native passes, the vectors beside it and the program say the same."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import keys
from checkpoint.formats.native import MAX_INFLATED, MAX_SYMBOLS, content, hours
from checkpoint.formats.native.dictionary import DICTIONARY
from checkpoint.model import Key
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.records import ISSUER_LENGTH
from checkpoint.trust.snapshot import Trust
from checkpoint.trust.status_list import StatusLists, build
from tests.issuer import trust_in

FORMATS = Path(__file__).parent.parent / "docs" / "formats"
PAGE = (FORMATS / "native-pass.md").read_text("utf-8")
SCHEMA = (FORMATS / "native-pass.cddl").read_text("utf-8")
FILE = json.loads((FORMATS / "native-pass-vectors.json").read_text("utf-8"))


def trust(named: bool) -> Trust:
    """What a verifier of the vectors holds."""
    source = "list" if named else ""
    found = [
        Key("native", one["kid"], keys.load(b64decode(one["spki"])), issuer=FILE["issuer"], revocation=source)
        for one in FILE["keys"].values()
    ]
    status = FILE["status_list"]
    lists = StatusLists("list", 0.0, {status["number"]: build(status["revoked"], status["size"])})
    return trust_in(*found, revocations=(lists,) if named else ())


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda one: one["name"])
def test_every_vector_gets_its_verdict(vector: dict[str, Any]) -> None:
    found, at = trust(vector["list"]), float(vector["at"])
    verdict = verify.decide((verify.check(vector["text"], found, at),), found, AUTHENTIC, at, at)
    assert verdict.reason.word == vector["reason"]


def test_the_vectors_cover_every_kind_both_algorithms_and_every_word_of_the_page() -> None:
    reasons = {one["reason"] for one in FILE["vectors"]}
    listed = set(re.findall(r"`([a-z_]+)`", PAGE.partition("## 1.")[2].partition("## 2.")[0])) | {
        "damaged",
        "malformed",
    }
    assert reasons == (listed - {"key_not_allowed"}) | {"ok"}
    assert set(FILE["keys"]) == {"P-256", "Ed25519"}
    assert len(FILE["vectors"]) >= 30
    assert len({one["text"] for one in FILE["vectors"]}) > 25


def test_the_key_ids_of_the_vectors_follow_the_rule_of_the_page() -> None:
    for one in FILE["keys"].values():
        assert b64decode(one["kid"]) == sha256(b64decode(one["spki"])).digest()[:8]


def test_the_dictionary_of_the_page_is_the_dictionary() -> None:
    (block,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert (" ".join(block.split()) + " ").encode() == DICTIONARY
    assert f"{len(DICTIONARY):,} bytes" in PAGE


def rows() -> Iterator[tuple[int, str, dict[int, tuple[str, bool, str]]]]:
    """(kind, its word, key: (fact, whether it is required, type)) of the table of kinds."""
    for number, word, fields in re.findall(r"^\| (\d) \| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE):
        found = re.findall(r"(\*\*)?(\d) `(\w+)`\s?(?:\*\* )?(text\d+|time|\([^)]*\))?", fields)
        yield int(number), word, {int(key): (name, bool(bold), kind) for bold, key, name, kind in found}


def test_the_table_of_kinds_is_the_programs() -> None:
    stated = {word: fields for _, word, fields in rows()}
    assert {number: word for number, word, _ in rows()} == content.KINDS
    for kind, fields in content.SCOPES.items():
        assert {key: (one.name, one.required) for key, one in fields.items()} == {
            key: (name, required) for key, (name, required, _) in stated[kind].items()
        }
        for key, one in fields.items():
            limit = re.search(r"text, (\d+) characters", one.help)
            if limit:
                assert stated[kind][key][2] == f"text{limit[1]}", (kind, one.name)


def test_the_words_of_the_page_are_the_programs() -> None:
    for names in (
        "pcr, 2 rapid_antigen, 3 antibody, 4 other",
        "negative, 2 positive, 3 inconclusive",
        "green, 2 yellow",
    ):
        assert f"(1 {names})" in PAGE
        words = re.sub(r"\d ", "", names)
        assert any(one.help == words for fields in content.SCOPES.values() for one in fields.values())


def test_the_bounds_of_the_page_are_the_programs() -> None:
    for number in (MAX_SYMBOLS, MAX_INFLATED):
        assert str(number) in PAGE
    assert f"at most {ISSUER_LENGTH} characters" in PAGE
    for page, form in ((SCHEMA, "[ zone: {}..{}, 1*{} window ]"), (PAGE, "({} to {}), then 1 to {} windows")):
        assert form.format(hours.ZONES[0], hours.ZONES[-1], hours.MAX_WINDOWS) in page
    assert f"`days` (1 to {hours.ALL_DAYS - 1})" in PAGE
    assert "**1 name text100**" in PAGE
    assert "3 document number text24" in PAGE
    assert [one.help for one in content.HOLDERS.values()][::2] == ["text, 100 characters", "text, 24 characters"]


def test_the_schema_has_every_field_of_every_kind_and_what_is_required() -> None:
    names = {"travel_permit": "permit"}
    for number, kind in content.KINDS.items():
        name = names.get(kind, kind)
        holder = "? 2: holder" if kind in content.BEARER else " 2: holder"
        assert (
            f"{name} = {{ 0: {number}, 1: text32,{'' if holder[0] == ' ' else ' '}{holder}, 3: {name}-scope" in SCHEMA
        )
        (block,) = re.findall(rf"^{name}-scope = {{\n(.*?)^}}", SCHEMA, re.MULTILINE | re.DOTALL)
        found = {int(key): (not optional, kind) for optional, key, kind in re.findall(r"(\? )?(\d): ([\w.]+),", block)}
        assert {key: one.required for key, one in content.SCOPES[kind].items()} == {
            key: required for key, (required, _) in found.items()
        }
        for key, one in content.SCOPES[kind].items():
            limit = re.search(r"text, (\d+) characters", one.help)
            assert not limit or found[key][1] == f"text{limit[1]}", (kind, one.name)


def test_the_schemas_texts_leave_room_for_every_character() -> None:
    sizes = re.findall(r"^text(\d+) = tstr \.size \(1\.\.(\d+)\)", SCHEMA, re.MULTILINE)
    assert len(sizes) == 8
    assert all(int(size) == 4 * int(name) for name, size in sizes)
