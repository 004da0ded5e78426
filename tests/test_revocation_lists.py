"""Lists of revocations as their publishers write them: what they hold, and what must not be taken from them."""

import json
from base64 import b64encode
from hashlib import sha256

import pytest

from checkpoint.codec.errors import Malformed
from checkpoint.trust import hash_file, revocations, times
from checkpoint.trust.revocation import Hit, ListDamaged
from checkpoint.trust.revocations import Entry, ListRefused, Options, divide, eu, ids, shc
from tests.test_hash_file import built, opened, some
from tests.vector_cases import VECTORS, cases, needs_vectors

HASH = bytes(range(16))
KID = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"


def batch(**changed: object) -> bytes:
    value = {
        "country": "DE",
        "expires": "2022-11-01T00:00:00Z",
        "kid": "qroU+hDDovs=",
        "hashType": "SIGNATURE",
        "entries": [{"hash": b64encode(HASH).decode()}],
        **changed,
    }
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("name", "kind"), [("SIGNATURE", "dcc-sig"), ("UCI", "dcc-uci"), ("COUNTRYCODEUCI", "dcc-ccuci")]
)
def test_a_batch_of_the_eu_gateway_is_hashes_of_its_kind(name: str, kind: str) -> None:
    for kid in ("qroU+hDDovs=", eu.UNKNOWN_KID):
        found = revocations.read(batch(hashType=name, kid=kid))
        assert (found.format, found.entries, found.skipped) == ("eu", [Entry((kind, HASH))], [])


@pytest.mark.parametrize(
    "wrong", [b64encode(HASH[:15]).decode(), b64encode(HASH + b"\0").decode(), HASH.hex(), 7, None]
)
def test_a_hash_of_another_length_is_left_out_and_the_rest_is_kept(wrong: object) -> None:
    found = revocations.read(batch(entries=[{"hash": wrong}, {"hash": b64encode(HASH).decode()}, "x"]))
    assert found.entries == [Entry(("dcc-sig", HASH))]
    assert len(found.skipped) == 2


@pytest.mark.parametrize("changed", [{"hashType": "BLOOM"}, {"hashType": 1}, {"kid": 5}, {"kid": "?"}, {"entries": {}}])
def test_a_batch_that_is_none_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ListRefused):
        revocations.read(batch(**changed))


@needs_vectors
def test_a_batch_made_of_any_certificate_revokes_it() -> None:
    kinds = {"UCI": "dcc-uci", "COUNTRYCODEUCI": "dcc-ccuci", "SIGNATURE": "dcc-sig"}
    observed = [(case.get("observed") or {}).get("revocation_hashes") or {} for case in cases("dcc")]
    for name, kind in kinds.items():
        hashes = {bytes.fromhex(one[name]) for one in observed if one.get(name)}
        entries = [{"hash": b64encode(one).decode()} for one in hashes]
        found = revocations.read(batch(hashType=name, entries=entries))
        assert {entry.id for entry in found.entries} == {(kind, one) for one in hashes}
        assert len(hashes) > 400


@needs_vectors
@pytest.mark.parametrize("name", ["chunks", "filter-test", "partitions", "testcase1", "lists", "slice"])
def test_filters_and_what_surrounds_them_give_no_entry(name: str) -> None:
    with pytest.raises(ListRefused) as refused:
        revocations.read((VECTORS / "revocation" / f"{name}.json").read_bytes())
    if name not in ("lists", "slice"):
        assert "probabilistic" in str(refused.value)


def crl(**changed: object) -> dict[str, object]:
    return {"kid": KID, "method": "rid", "ctr": 1, "rids": ["vwAjHdarZuc.1687450765", "FKDIxsTCGlU"], **changed}


def test_a_rid_with_a_time_keeps_it() -> None:
    found = revocations.read(json.dumps(crl()).encode())
    assert found.format == "shc"
    assert found.entries == [
        Entry(ids.rid(KID, "vwAjHdarZuc"), 1687450765.0),
        Entry(ids.rid(KID, "FKDIxsTCGlU")),
    ]


@pytest.mark.parametrize(
    "rid", ["", "a" * 25, "a=", "a.b", "a.", "a.1.2", ".1", "a.1687450765000", "a.1687450765.5", 5, None, "a b", "a\n"]
)
def test_a_malformed_rid_is_left_out_with_its_reason(rid: object) -> None:
    found = revocations.read(json.dumps(crl(rids=[rid, "FKDIxsTCGlU"])).encode())
    assert [entry.id for entry in found.entries] == [ids.rid(KID, "FKDIxsTCGlU")]
    assert found.skipped[0].reason.startswith("crl_malformed: rid")


@pytest.mark.parametrize(
    "changed",
    [
        *({"kid": ""}, {"kid": "a b"}, {"kid": None}, {"method": "rids"}, {"method": None}, {"rids": {}}),
        *({"ctr": None}, {"ctr": -1}, {"ctr": True}, {"ctr": "x"}),
    ],
)
def test_a_malformed_crl_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ListRefused, match="crl_malformed"):
        revocations.read(json.dumps(crl(**changed)).encode())


@needs_vectors
def test_the_crls_of_the_vectors_are_refused_or_taken_as_expected() -> None:
    seen = []
    for case in cases("shc"):
        versions = {key["kid"]: key["crlVersion"] for key in case.get("keys") or [] if "crlVersion" in key}
        for one in case.get("crls") or []:
            data = json.dumps(one).encode()
            if case["expected"].get("error_class") != "crl_malformed":
                assert not revocations.read(data, Options(versions=versions)).skipped
            elif "rid" in case["id"]:
                found = revocations.read(data, Options(versions=versions))
                assert [one.entry for one in found.skipped] == ["base64==", "$wrongrid!"]
            else:
                with pytest.raises(ListRefused, match="crl_malformed"):
                    revocations.read(data, Options(versions=versions))
            seen.append(case["id"])
    assert len(seen) >= 4


@needs_vectors
def test_the_revoked_card_of_the_specification_was_issued_before_its_time() -> None:
    case = next(case for case in cases("shc") if case["id"] == "spec/example-03")
    _, dated = divide(revocations.read(json.dumps(case["crls"][0]).encode()).entries)
    issued = case["expected"]["payload"]["nbf"]
    one = ids.rid(case["crls"][0]["kid"], "vwAjHdarZuc")
    assert set_with(dated).find([one], issued) == Hit("shc-rid")
    assert set_with(dated).find([one], issued + 1) is None


@needs_vectors
def test_the_snapshot_of_the_vci_directory_gives_every_rid() -> None:
    found = revocations.read((VECTORS / "trust" / "vci" / "vci_snapshot.json").read_bytes())
    assert (found.format, found.skipped) == ("vci", [])
    assert len(found.entries) == 1343
    assert sum(entry.before is not None for entry in found.entries) == 788


def test_a_bad_crl_does_not_lose_the_others_of_a_snapshot() -> None:
    keys = [{"kid": KID, "crlVersion": "2"}]
    info = [{"keys": keys, "crls": [crl()]}, {"crls": [crl(), 5]}, 7, {"keys": 1, "crls": None}]
    found = revocations.read(json.dumps({"time": "x", "issuerInfo": info}).encode())
    assert len(found.entries) == 2
    assert len(found.skipped) == 3


def test_switzerland_lists_uvcis() -> None:
    uvci = "urn:uvci:01:CH:F0FDABC1708A81BB1A843891"
    data = json.dumps({"revokedCerts": [uvci, "", 5], "validDuration": 172800000}).encode()
    found = revocations.read(data)
    assert ("dcc-uci", sha256(uvci.encode()).digest()[:16]) in [entry.id for entry in found.entries]
    assert (found.format, len(found.skipped)) == ("switzerland", 2)


def test_italy_lists_whole_hashes_of_uvcis() -> None:
    digest = sha256(b"01:IT:1234#A").digest()
    text = b64encode(digest).decode()
    for data in ({"chunk": 1, "revokedUcvi": [text, "x"]}, [text, b64encode(HASH).decode()]):
        found = revocations.read(json.dumps(data).encode())
        assert found.entries == [Entry(("dcc-uci", digest[:16]))]
        assert (found.format, len(found.skipped)) == ("italy", 1)
    with pytest.raises(ListRefused, match="delta"):
        revocations.read(json.dumps({"delta": {"insertions": [text], "deletions": []}}).encode())


def test_plain_text_has_one_id_a_line() -> None:
    lines = [
        "\ufeff# revoked on Monday",
        f"hcert-{HASH.hex()}",
        "",
        "URN:UVCI:01:FR:W7V2BE46QSBJ#L",
        f"dcc-sig:{HASH.hex()}",
        f"dcc-sig {HASH.hex()}",
        f"pass_id\t{HASH.hex()}\t2022-01-01\tlost",
        "nonsense",
    ]
    found = revocations.read("\r\n".join(lines).encode())
    assert {entry.id for entry in found.entries} >= {("pass_id", HASH), ("dcc-sig", HASH)}
    assert [one.entry for one in found.skipped] == ["nonsense"]
    only = revocations.read(HASH.hex().encode(), Options(kind="dcc-uci"))
    assert only.entries == [Entry(("dcc-uci", HASH))]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"  ", b"hello\nworld", b"{}", b"[]", b"\x00\x01", b"\xff\xfe", b"#only a remark\n\xff"),
        *(b'{"rids": [', b'{"issuerInfo": 1}', b'{"revokedCerts": "x"}', b'{"hashType":1,"hashType":2,"entries":[]}'),
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(ListRefused):
        revocations.read(data)


def test_a_list_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "MAX_ENTRIES", 1)
    with pytest.raises(ListRefused, match="more than"):
        revocations.read(json.dumps(crl()).encode())
    monkeypatch.setattr(revocations, "MAX_LIST", 10)
    with pytest.raises(ListRefused, match="larger"):
        revocations.read(json.dumps(crl()).encode())


def test_an_id_that_is_revoked_for_good_needs_no_time() -> None:
    one, two = ("shc-rid", HASH), ("shc-rid", HASH[::-1])
    entries = [Entry(one, 5.0), Entry(one), Entry(two, 3.0), Entry(two, 9.0), Entry(two, 4.0)]
    assert divide(entries) == ({one}, {two: 9.0})


def set_with(dated: dict[tuple[str, bytes], float]) -> times.Dated:
    data, about = built(some(3))
    return times.Dated(opened(data, about.head_sha256), times.read(times.write(dated)))


def test_a_time_revokes_what_was_issued_before_it_and_nothing_after() -> None:
    one = ids.rid(KID, "vwAjHdarZuc")
    file = set_with({one: 1687450765.0})
    assert file.find([one], 1687450764.999) == Hit("shc-rid")
    assert file.find([one], 1687450765.0) is None
    assert file.find([one], None) == Hit("shc-rid")
    assert file.find([ids.rid(KID, "other")], 0.0) is None


def test_times_stand_beside_the_list_they_belong_to() -> None:
    value = some(1)[0]
    data, about = built([hash_file.entry_key("dcc-uci", value)])
    inner = opened(data, about.head_sha256)
    inner.source, inner.as_of = "vci", 7.0
    file = times.Dated(inner, {})
    assert (file.source, file.as_of) == ("vci", 7.0)
    assert file.find([("dcc-uci", value)], None) == Hit("dcc-uci")
    broken = opened(data, about.head_sha256)
    broken._read = lambda size, _: bytes(size)
    with pytest.raises(ListDamaged):
        times.Dated(broken, {}).find([("dcc-uci", value)], None)


@pytest.mark.parametrize(
    "line",
    [
        *(
            b"x",
            b"{}",
            b"",
            b'{"id":"00","before":"2022-01-01T00:00:00Z"}',
            b'{"id":5,"before":"2022-01-01T00:00:00Z"}',
        ),
        b'{"id":"%s","before":"2022-01-01T00:00:00"}' % bytes(16).hex().encode(),
    ],
)
def test_a_line_of_times_that_cannot_be_read_is_not_passed_over(line: bytes) -> None:
    with pytest.raises(Malformed):
        times.read(line + b"\n")


def test_times_are_never_rounded_down() -> None:
    one = ids.rid(KID, "x")
    assert list(times.read(times.write({one: 1.25})).values()) == [2.0]


def test_every_format_says_its_name_once() -> None:
    names = [one.NAME for one in revocations.formats()]
    assert len(set(names)) == len(names)
    assert shc.METHOD == "rid"
