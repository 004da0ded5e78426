"""What publishers may get wrong, entry by entry: no value anywhere in a list takes the entries beside it along."""

import copy
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_lists import Made, cose_sign1, made, text

from checkpoint.trust import lists, records
from checkpoint.trust.lists import Found, ListRefused, Options

ANCHOR = made("Anchor", ca=True)
GOOD, VICTIM = made("Good"), made("Victim")
DID = "did:web:example.nz"
NOW = 1_700_000_000.0
EARLY, LATE = "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"  # in UTC: the years 0 and 10000
JUNK = [None, True, 0, -1, 10**18, 10**30, 1.5, "", "x", "=", "\u0661", EARLY, LATE]
JUNK += [[], {}, [[]], [{}], {"a": 1}, ["a"], [None]]

Step = str | int


def numbers(one: Made) -> dict[str, str]:
    """The coordinates of a key as a JWK has them."""
    public = one.key.public_key().public_numbers()
    return {"crv": "P-256", "x": text(public.x.to_bytes(32, "big")), "y": text(public.y.to_bytes(32, "big"))}


def jwk(one: Made, **more: Any) -> dict[str, Any]:
    return {"kty": "EC", "kid": one.kid, **numbers(one), **more}


def swedish(one: Made, country: str) -> dict[str, Any]:
    usages = {one.kid: ["1.3.6.1.4.1.1847.2021.1.2"]}
    return {country: {"eku": usages, "keys": [jwk(one, x5c=[text(one.der)])]}}


def dutch(one: Made) -> list[dict[str, Any]]:
    return [{"subjectPk": text(one.spki), "keyUsage": ["v"], "ian": "DE", "san": ""}]


def named(one: Made) -> dict[str, Any]:
    return {"publicKeyPem": text(one.spki), "subject": "C=it, O=Ministero", "notAfter": "2024-01-01T00:00:00Z"}


def bare(one: Made) -> dict[str, Any]:
    return {"kid": one.kid, "publicKey": text(one.spki), "country": "DE", "notBefore": "2020-01-01T00:00:00Z"}


def who(one: Made) -> dict[str, Any]:
    key = {"kty": "EC", "kid": one.kid, "crv": "UNKNOWN", "x": "AA", "y": "AA", "x5c": [text(one.der)]}
    return {"id": f"did:x#{one.kid}", "publicKeyJwk": key, "keyusage": {"code": "#DSC"}}


def older(one: Made) -> dict[str, Any]:
    return {"id": f"{DID}#{one.kid}", "type": "RsaVerificationKey2018", "publicKeyPem": text(one.spki)}


# The list, and where in it the entry stands whose values go wrong; the entry beside it is of GOOD.
LISTS: dict[str, tuple[Any, tuple[Step, ...]]] = {
    "netherlands": ({"eu_keys": {VICTIM.kid: dutch(VICTIM), GOOD.kid: dutch(GOOD)}}, ("eu_keys", VICTIM.kid)),
    "sweden": ({"dsc_trust_list": swedish(VICTIM, "DE") | swedish(GOOD, "FR")}, ("dsc_trust_list", "DE")),
    "switzerland": (
        {"certs": [{"keyId": one.kid, "use": "tv", "alg": "ES256", **numbers(one)} for one in (VICTIM, GOOD)]},
        ("certs", 0),
    ),
    "switzerland by kid": (
        {one.kid: [{"use": ["t"], "alg": "ES256", **numbers(one)}] for one in (VICTIM, GOOD)},
        (VICTIM.kid,),
    ),
    "france": (
        {"certificatesDCC": {one.kid: text(text(one.der).encode()) for one in (VICTIM, GOOD)}},
        ("certificatesDCC", VICTIM.kid),
    ),
    "poland": (
        {"noweCertyfikaty": [{"a": text(one.spki), "b": one.kid} for one in (VICTIM, GOOD)]},
        ("noweCertyfikaty", 0),
    ),
    "plain": ([bare(VICTIM), bare(GOOD)], (0,)),
    "plain by kid": ({VICTIM.kid: named(VICTIM), GOOD.kid: named(GOOD)}, (VICTIM.kid,)),
    "who": ({"id": "did:x", "verificationMethod": [who(VICTIM), who(GOOD)]}, ("verificationMethod", 0)),
    "did": (
        {
            "id": DID,
            "verificationMethod": [{"id": f"{DID}#{one.kid}", "publicKeyJwk": jwk(one)} for one in (VICTIM, GOOD)],
            "assertionMethod": [f"{DID}#{one.kid}" for one in (VICTIM, GOOD)],
        },
        ("verificationMethod", 0),
    ),
    "did of the older kind": (
        {
            "id": DID,
            "verificationMethod": [older(VICTIM), older(GOOD)],
            "assertionMethod": [f"#{VICTIM.kid}", f"#{GOOD.kid}"],
        },
        ("verificationMethod", 0),
    ),
    "jwk": ({"keys": [jwk(VICTIM, x5c=[text(VICTIM.der)]), jwk(GOOD)]}, ("keys", 0)),
}


def paths(value: Any, start: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Where every value of a JSON document stands."""
    yield start
    steps: list[Step] = (
        list(value) if isinstance(value, dict) else list(range(len(value) if type(value) is list else 0))
    )
    for step in steps:
        yield from paths(value[step], (*start, step))


def at(document: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def put(document: Any, path: tuple[Step, ...], value: Any) -> Any:
    """The document with another value at `path`."""
    if not path:
        return value
    found = copy.deepcopy(document)
    at(found, path[:-1])[path[-1]] = value
    return found


def read(data: bytes, **options: Any) -> Found:
    """The list as an import takes it: every record can be written and is read back as it was."""
    found = lists.read(data, Options(anchors=(ANCHOR.spki,), now=NOW, **options))
    for record in found.records:
        again = records.parse(record.line())
        assert (again.kid, again.spki, again.country) == (record.kid, record.spki, record.country)
    assert all(one.reason and len(one.kid) <= 200 for one in found.skipped)
    return found


@pytest.mark.parametrize("name", LISTS)
def test_no_wrong_value_in_one_entry_loses_the_entry_beside_it(name: str) -> None:
    document, entry = LISTS[name]
    assert {one.spki for one in read(json.dumps(document).encode()).records} == {VICTIM.spki, GOOD.spki}
    for path in paths(at(document, entry), entry):
        for junk in JUNK:
            found = read(json.dumps(put(document, path, junk)).encode())
            assert GOOD.spki in {one.spki for one in found.records}, (path, junk)


@pytest.mark.parametrize("name", LISTS)
def test_a_wrong_value_around_the_entries_refuses_the_list_or_costs_entries_and_never_ends_the_import(
    name: str,
) -> None:
    document, entry = LISTS[name]
    outside = [path for path in paths(document) if path[: len(entry)] != entry]
    for path in outside:
        for junk in JUNK:
            try:
                found = read(json.dumps(put(document, path, junk)).encode())
            except ListRefused:
                continue
            assert {one.spki for one in found.records} <= {VICTIM.spki, GOOD.spki}, (path, junk)


@pytest.mark.parametrize("name", LISTS)
def test_a_value_that_is_missing_never_ends_the_import(name: str) -> None:
    document, _ = LISTS[name]
    for path in paths(document):
        if path:
            changed = copy.deepcopy(document)
            del at(changed, path[:-1])[path[-1]]
            with suppress(ListRefused):
                read(json.dumps(changed).encode())


HEADS = [
    b"",
    b"{",
    b"[",
    b'{"keys":',
    b'{"verificationMethod":',
    b"-----BEGIN PUBLIC KEY-----",
    b"\x30\x82\x01\x00",
    b"\xa1\x61c",
    b"eyJhbGciOiJFUzI1NiJ9.",
    b"MI",
    b"pkdMasterListContent:: MIIB\n",
    b"A" * 88 + b"\n{",
]


@given(st.sampled_from(HEADS), st.binary(max_size=120))
def test_bytes_that_only_begin_like_a_list_are_refused_or_give_nothing(head: bytes, rest: bytes) -> None:
    with suppress(ListRefused):
        assert read(head + rest).records == []


# --- what the lists state beside the key


@pytest.mark.parametrize("moment", [EARLY, LATE, "yesterday", "2024-13-01T00:00:00Z"])
def test_a_date_that_no_record_can_state_leaves_its_entry_out_with_the_reason(moment: str) -> None:
    entries = [{**bare(VICTIM), "notAfter": moment}, bare(GOOD)]
    found = read(json.dumps(entries).encode())
    assert [one.kid for one in found.records] == [GOOD.kid]
    assert [(one.kid, one.reason.split(":")[0]) for one in found.skipped] == [(VICTIM.kid, "bad_entry")]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles"])
def test_a_date_without_a_zone_is_the_same_moment_on_every_machine(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = read(json.dumps([{**bare(GOOD), "notAfter": "2024-01-01T00:00:00"}]).encode())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found.records[0].not_after == 1_704_067_200.0


@pytest.mark.parametrize(
    ("usage", "kinds"),
    [
        (["t", "v", "r"], ("recovery", "test", "vaccination")),
        ("vt", ("test", "vaccination")),
        ([], None),
        ("", None),
        (None, None),
        ({"v": 1}, None),
        (["x"], ()),  # something that is no kind known here is a limit all the same
        ([["v"]], ()),
        ([7, "v"], ("vaccination",)),
    ],
)
def test_the_letters_of_a_key_limit_it_to_kinds_and_never_widen_it(usage: Any, kinds: tuple[str, ...] | None) -> None:
    entry = {"subjectPk": text(GOOD.spki), "keyUsage": usage}
    assert read(json.dumps({"eu_keys": {"a2V5LW9uZQ==": entry}}).encode()).records[0].kinds == kinds


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("NL", "NL"),
        ("nl", "NL"),
        ("NL/AW", "NL"),
        ("C=NL,O=Ministry", ""),
        ("NLD", ""),
        ("N", "N"),
        ("", ""),
        (31, ""),
        (None, ""),
    ],
)
def test_the_country_of_a_dutch_key_is_its_two_letters_alone(said: Any, country: str) -> None:
    entry = {"subjectPk": text(GOOD.spki), "ian": said}
    assert read(json.dumps({"eu_keys": {"a2V5LW9uZQ==": entry}}).encode()).records[0].country == country


@pytest.mark.parametrize("active", [None, 5, True, "a2V5LW9uZQ==", {"a2V5LW9uZQ==": 1}])
def test_a_swiss_list_of_active_kids_that_is_no_list_is_refused_as_a_whole(active: Any) -> None:
    with pytest.raises(ListRefused, match="activeKeyIds"):
        read(json.dumps({"activeKeyIds": active}).encode())


def test_a_key_that_signs_light_certificates_only_is_no_key_of_passes() -> None:
    entries = [{"keyId": one.kid, "use": use, **numbers(one)} for one, use in ((VICTIM, "l"), (GOOD, "sig"))]
    found = read(json.dumps({"certs": entries}).encode())
    assert [(one.kid, one.kinds) for one in found.records] == [(GOOD.kid, None)]
    assert [one.reason for one in found.skipped] == ["other_use: signs light certificates only"]


# --- Austria, whose entries are CBOR


def austrian(*entries: Any, claims: Any = None) -> tuple[bytes, bytes]:
    data = cbor2.dumps({"c": list(entries)})
    return data, cose_sign1(ANCHOR, cbor2.dumps({2: sha256(data).digest()} if claims is None else claims))


BARE = {"i": b"eightbyt", "k": GOOD.spki, "nb": 1_600_000_000, "na": 1_900_000_000}
KID = b64encode(b"eightbyt").decode()


@pytest.mark.parametrize("name", ["nb", "na"])
@pytest.mark.parametrize("moment", [2**62, -(2**62), 1e300, float("inf"), float("nan"), 253_402_300_800])
def test_an_austrian_date_outside_the_calendar_leaves_its_entry_out(name: str, moment: float) -> None:
    data, signature = austrian({**BARE, "i": b"anotherk", name: moment}, BARE)
    found = read(data, signature=signature)
    assert [one.kid for one in found.records] == [KID]
    assert len(found.skipped) == 1


@pytest.mark.parametrize("field", ["c", "k", "i"])
@pytest.mark.parametrize("junk", [None, 0, 3, 1 << 16, "text", [1, 2], {}, [256], b""])
def test_an_austrian_key_that_is_no_bytes_is_left_out_unread(field: str, junk: Any) -> None:
    entry = {name: value for name, value in BARE.items() if name != "k" or field != "c"}
    data, signature = austrian({**entry, field: junk, "i": junk if field == "i" else b"anotherk"}, BARE)
    found = read(data, signature=signature)
    assert KID in [one.kid for one in found.records]
    if junk != b"" or field != "i":  # an empty kid is no kid: the key is named by its hash
        assert len(found.skipped) == 1


def test_a_number_where_an_austrian_key_should_be_costs_no_memory() -> None:
    data, signature = austrian({"i": b"anotherk", "k": 2**50}, BARE)
    assert [one.kid for one in read(data, signature=signature).records] == [KID]


@pytest.mark.parametrize("claims", [b"", "", [], {}, 5, None, {2: 5}, {2: b"of another list"}, [0, 1]])
def test_a_signature_that_is_about_no_list_or_another_refuses_the_austrian_list(claims: Any) -> None:
    data, _ = austrian(BARE)
    with pytest.raises(ListRefused, match="does not hold"):
        read(data, signature=cose_sign1(ANCHOR, cbor2.dumps(claims)))


# --- the limit of the whole


def test_a_file_above_the_bound_is_refused_before_anybody_looks_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(LISTS["plain"][0]).encode()
    monkeypatch.setattr(lists, "MAX_LIST", len(data))
    assert len(read(data).records) == 2
    monkeypatch.setattr(lists, "formats", lambda: pytest.fail("it was looked into"))
    monkeypatch.setattr(lists, "MAX_LIST", len(data) - 1)
    with pytest.raises(ListRefused, match="larger than"):
        read(data)


def test_a_file_of_no_known_format_names_the_formats_that_are() -> None:
    with pytest.raises(ListRefused) as refused:
        read(b"a letter to the ministry")
    for one in lists.formats():
        assert one.NAME in refused.value.hint
