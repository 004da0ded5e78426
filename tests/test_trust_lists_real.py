"""Trust lists as their publishers served them: how many keys, whose signature, and what is odd about them."""

from collections import Counter

import pytest
from vector_cases import VECTORS, needs_vectors

from checkpoint.codec import issued, keys
from checkpoint.trust import lists
from checkpoint.trust.lists import Found, ListRefused, Options

pytestmark = needs_vectors
TRUST = VECTORS / "trust"
# file: format, keys, left out, signed
LISTS = {
    "eu/de-dsc-list.prod.json": ("germany", 829, 0, True),
    "eu/de-dsc-list.demo-ACC.json": ("germany", 609, 1, True),
    "eu/history/de-2021-08-15.json": ("plain", 151, 0, False),
    "eu/history/de-2021-11-15.json": ("plain", 217, 0, False),
    "eu/history/de-2023-03-15.json": ("plain", 669, 0, False),
    "eu/trustlist_nl.raw.keys.json": ("netherlands", 806, 0, False),
    "eu/nl-acc-public_keys.json": ("netherlands", 960, 1, False),
    "eu/trustlist_ch.min.json": ("switzerland", 683, 1, False),
    "eu/trustlist_fr.min.json": ("plain", 670, 0, False),
    "vci/vci_snapshot.json": ("vci", 961, 0, False),
    "nzcp/live-did.json": ("did", 1, 0, False),
    "icao/ICAOHealthMLSigner1.pem.crt": ("pem", 2, 0, False),
    "icao/6ab4f292-e3.der": ("pem", 1, 0, False),
}


def load(name: str, **options: object) -> Found:
    return lists.read((TRUST / name).read_bytes(), Options(**options))


@pytest.mark.parametrize("name", LISTS)
def test_a_published_list_is_read_whole(name: str) -> None:
    found = load(name)
    assert (found.format, len(found.records), len(found.skipped), bool(found.signed_by)) == LISTS[name]


def test_the_snapshot_of_vci_holds_under_its_pinned_certificate() -> None:
    signature = (TRUST / "vci/vci_snapshot.sig").read_bytes()
    assert load("vci/vci_snapshot.json", signature=signature).signed_by == "vci.org"


@pytest.mark.parametrize("at", [0, 5000, -2])
def test_a_flipped_bit_in_the_german_list_is_refused(at: int) -> None:
    data = bytearray((TRUST / "eu/de-dsc-list.prod.json").read_bytes())
    data[at] ^= 1
    with pytest.raises(ListRefused):
        lists.read(bytes(data), Options())


@pytest.mark.parametrize("at", [5000, -2])
def test_a_flipped_bit_in_the_snapshot_of_vci_or_its_signature_is_refused(at: int) -> None:
    data = bytearray((TRUST / "vci/vci_snapshot.json").read_bytes())
    signature = bytearray((TRUST / "vci/vci_snapshot.sig").read_bytes())
    for changed in (data, signature):
        changed[at % len(changed)] ^= 1
        with pytest.raises(ListRefused, match="does not hold"):
            lists.read(bytes(data), Options(signature=bytes(signature)))
        changed[at % len(changed)] ^= 1


def test_keys_of_vci_belong_to_issuer_and_kid_together() -> None:
    found = load("vci/vci_snapshot.json")
    assert {one.format for one in found.records} == {"shc"}
    issuers = Counter(one.kid for one in found.records)
    assert sum(count > 1 for count in issuers.values()) == 46
    assert len({(one.issuer, one.kid) for one in found.records}) == 961
    assert all(one.issuer.startswith("https://") and one.name for one in found.records)


def test_weak_keys_of_real_lists_are_named() -> None:
    assert [one.reason for one in load("eu/de-dsc-list.demo-ACC.json").skipped] == ["weak_key: RSA 1024"]
    assert [one.reason for one in load("eu/nl-acc-public_keys.json").skipped] == ["weak_key: RSA 1024"]


def test_swiss_rsa_keys_are_taken_and_the_key_of_light_certificates_is_not() -> None:
    found = load("eu/trustlist_ch.min.json")
    assert Counter(keys.load(one.spki).type for one in found.records) == {"P-256": 647, "RSA": 36}
    assert [one.reason for one in found.skipped] == ["other_use: signs light certificates only"]


def test_dutch_kids_with_two_keys_keep_both_and_usages_bind() -> None:
    found = load("eu/trustlist_nl.raw.keys.json")
    assert Counter(one.kinds for one in found.records)[("vaccination",)] == 35
    assert sum(count == 2 for count in Counter(one.kid for one in found.records).values()) == 1
    assert {len(one.country) for one in found.records} == {2}


def test_the_test_issuer_of_new_zealand_is_marked() -> None:
    assert [one.test for one in load("nzcp/example-did.json").records] == [True]
    live = load("nzcp/live-did.json").records[0]
    assert (live.kid, live.issuer, live.test) == ("z12Kf7UQ", "did:web:nzcp.identity.health.nz", False)


def test_passport_cas_load_even_where_they_spell_their_curve_out() -> None:
    found = [load(f"icao/{name}").records[0] for name in ("3617c1e7-16f2.der", "6ab4f292-e3.der")]
    assert [(one.country, bool(one.certificate), keys.load(one.spki).type) for one in found] == [
        ("AU", True, "RSA"),
        ("JP", True, "P-384"),
    ]
    for one in found:
        assert issued.issued_by(one.certificate, one.spki)


def test_the_german_list_chains_to_no_ca_of_another_country() -> None:
    strangers = issued.Authorities([(TRUST / "icao/3617c1e7-16f2.der").read_bytes()])
    found = load("eu/de-dsc-list.prod.json", authorities=strangers)
    assert found.records == []
    assert len(found.skipped) == 829
