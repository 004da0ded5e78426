"""Revocation lists on their way: base, deltas, times; what is missing, old or damaged never looks clean."""

import io
import random
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import faulty_server as faults
import pytest
from enrolled import DAY, Site, make, site, utc
from faulty_server import Server, serve

from checkpoint.model import RevocationId
from checkpoint.store import generations
from checkpoint.store.load import load_trust
from checkpoint.trust import hash_delta, times
from checkpoint.trust.hash_build import build
from checkpoint.trust.hash_file import HashFile, entry_key
from checkpoint.trust.revocation import ListDamaged, ListMissing

__all__ = ["site"]
LIST = "vn-dcc"


def head_of(data: bytes) -> str:
    return opened(data).head_sha256


def opened(data: bytes) -> HashFile:
    return HashFile(lambda size, at: data[at : at + size], len(data), None)


def file_of(keys: list[bytes]) -> bytes:
    out = io.BytesIO()
    build(keys, out)
    return out.getvalue()


def moment(age: float = 0.0) -> str:
    return (utc() - age * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")


class Lists:
    """A list of one repository: versions as they grow, with everything that is signed about them."""

    def __init__(self, site: Site, count: int = 20_000) -> None:
        self.site = site
        chance = random.Random(1)
        self.keys = [chance.randbytes(16) for _ in range(count)]
        self.version = 1
        self.data = file_of(self.keys)
        site.repo.issuers([site.record._replace(revocation=LIST).line()])
        self.base()

    def base(self, age: float = 0.0) -> None:
        about = {"version": self.version, "as_of": moment(age), "head": head_of(self.data)}
        self.site.repo.add(f"revocation/{LIST}/base-{self.version}.ckrv", self.data, **about)

    def grow(self, *more: bytes, wrong: bool = False, age: float = 0.0) -> str:
        """The next version, published as a delta alone."""
        old = self.data
        self.keys += more
        self.data = file_of(self.keys)
        delta = hash_delta.make(opened(old), opened(self.data), self.version, self.version + 1)
        if wrong:
            delta = hash_delta.make(opened(file_of([*self.keys[:-1], b"x" * 16])), opened(self.data), 1, 2)
        about = {
            "from": self.version,
            "to": self.version + 1,
            "result": sha256(self.data).hexdigest(),
            "head": head_of(self.data),
            "as_of": moment(age),
        }
        self.version += 1
        path = f"revocation/{LIST}/delta-{self.version - 1}-{self.version}.ckrd"
        self.site.repo.add(path, delta, **about)
        return path

    def revoke(self) -> bytes:
        """The key of the site's pass."""
        kind, value = self.ids()[0]
        return entry_key(kind, value)

    def ids(self) -> tuple[RevocationId, ...]:
        found = self.site.verdict().first
        assert found
        assert found.claims
        return found.claims.revocation_ids


@pytest.fixture
def lists(site: Site) -> Lists:
    found = Lists(site)
    site.repo.publish()
    assert site.sync().done
    return found


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site.repo.folder) as found:
        yield found


def test_a_pass_that_the_list_does_not_name_is_admitted_and_the_verdict_says_how_old_that_is(
    lists: Lists, site: Site
) -> None:
    verdict = site.verdict()
    assert verdict.reason.word == "ok"
    assert verdict.as_dict()["as_of"]["revocation"]


def test_a_delta_brings_a_revocation_at_the_price_of_a_few_kilobytes(lists: Lists, site: Site, server: Server) -> None:
    lists.grow(lists.revoke(), b"other one 16 byt")
    site.repo.publish()
    report = site.sync(server.url)
    assert report.word == "updated"
    assert not any("base-" in path for path, _ in server.log)
    assert report.received < 10_000
    assert site.reason() == "revoked"


def test_several_deltas_are_applied_one_after_the_other(lists: Lists, site: Site, server: Server) -> None:
    lists.grow(b"a" * 16)
    lists.grow(b"b" * 16)
    lists.grow(lists.revoke())
    site.repo.publish()
    assert site.sync(server.url).word == "updated"
    assert sum(".ckrd" in path for path, _ in server.log) == 3
    assert site.reason() == "revoked"


def test_a_first_sync_takes_the_base_and_the_deltas_after_it(tmp_path: Path) -> None:
    site = make(tmp_path)
    found = Lists(site)
    found.grow(b"a" * 16)
    site.repo.publish()
    site.enrol()
    assert site.sync().word == "updated"
    assert site.reason() == "ok"


def test_a_base_is_fetched_where_the_deltas_cost_more(lists: Lists, site: Site, server: Server) -> None:
    chance = random.Random(2)
    lists.keys = []  # every entry changes: a delta has to take away as many as it adds
    lists.grow(*(chance.randbytes(16) for _ in range(20_000)))
    lists.base()
    lists.grow(lists.revoke())
    site.repo.publish()
    site.home = site.home.parent / "second"
    site.enrol()
    assert site.sync(server.url).word == "updated"
    assert sum("base-2" in path for path, _ in server.log) == 1
    assert not any("base-1" in path for path, _ in server.log)
    assert site.reason() == "revoked"


def test_a_delta_that_does_not_lead_to_what_was_signed_costs_a_base_and_nothing_else(
    lists: Lists, site: Site, server: Server
) -> None:
    lists.grow(lists.revoke(), wrong=True)
    lists.base()
    site.repo.publish()
    assert site.sync(server.url).word == "updated"
    assert any("base-2" in path for path, _ in server.log)
    assert site.reason() == "revoked"


def test_a_delta_that_leads_nowhere_without_a_base_keeps_the_old_list_in_force(lists: Lists, site: Site) -> None:
    lists.grow(b"a" * 16, wrong=True)
    site.repo.remove(f"revocation/{LIST}/base-1.ckrv")
    site.repo.publish()
    assert site.sync().word == "not_understood"
    assert site.reason() == "ok"
    assert generations.current(site.home / "cache") == 2


def test_a_flipped_bit_in_a_bucket_refuses_the_answer_and_the_next_sync_heals_it(lists: Lists, site: Site) -> None:
    blob = site.home / "cache" / "blobs" / sha256(lists.data).hexdigest()
    data = bytearray(blob.read_bytes())
    for at in range(len(data) - 16 * len(lists.keys), len(data), 64):
        data[at] ^= 1
    blob.write_bytes(bytes(data))
    assert site.reason() == "trust_damaged"
    assert site.sync().done
    assert site.reason() == "ok"


def test_a_list_whose_file_is_gone_or_cut_is_trust_damaged_at_the_start(lists: Lists, site: Site) -> None:
    blob = site.home / "cache" / "blobs" / sha256(lists.data).hexdigest()
    blob.write_bytes(blob.read_bytes()[:-1])
    assert site.reason() == "trust_damaged"
    blob.unlink()
    assert site.reason() == "trust_damaged"
    assert site.sync().done
    assert site.reason() == "ok"


def test_a_list_that_is_named_and_not_published_is_missing_never_silence(site: Site) -> None:
    site.repo.issuers([site.record._replace(revocation="another").line()])
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "revocation_missing"


def test_a_list_withdrawn_by_the_publisher_is_missing_from_then_on(lists: Lists, site: Site) -> None:
    site.repo.remove(f"revocation/{LIST}/base-1.ckrv")
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "revocation_missing"


AGES = [(1.0, "ok", "pass"), (3.0, "ok", "warning"), (8.0, "revocation_stale", "fail")]


@pytest.mark.parametrize(("age", "reason", "result"), AGES)
def test_an_old_list_is_a_notice_and_then_a_stop_by_the_signed_table(
    tmp_path: Path, age: float, reason: str, result: str
) -> None:
    site = make(tmp_path)
    found = Lists(site, 100)
    found.base(age)
    site.repo.publish()
    site.enrol()
    assert site.sync().done
    verdict = site.verdict()
    assert verdict.reason.word == reason
    results = [one.result.value for one in verdict.checks if one.name.value == "revocation"]
    assert results[-1] == result


def test_a_list_of_its_own_row_in_the_table_goes_by_that(tmp_path: Path) -> None:
    site = make(tmp_path)
    found = Lists(site, 100)
    found.base(1.5)
    site.repo.policy(lists={LIST: {"amber": "1h", "stop": "24h"}})
    site.repo.publish()
    site.enrol()
    assert site.sync().done
    assert site.reason() == "revocation_stale"


def test_a_revoked_pass_is_revoked_however_old_the_list_is(tmp_path: Path) -> None:
    site = make(tmp_path)
    site.enrol()
    assert site.sync().done
    found = Lists(site, 100)
    found.keys.append(found.revoke())
    found.data = file_of(found.keys)
    found.base(30.0)
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "revoked"


def test_ids_with_a_time_revoke_passes_issued_before_it(lists: Lists, site: Site) -> None:
    kind_and_value = lists.ids()[0]
    issued = site.verdict().first
    assert issued
    assert issued.claims
    assert issued.claims.issued_at
    for when, reason in ((issued.claims.issued_at, "ok"), (issued.claims.issued_at + 1, "revoked")):
        site.repo.add(f"revocation/{LIST}/times.jsonl", times.write({kind_and_value: when}))
        site.repo.publish()
        assert site.sync().done
        assert site.reason() == reason


def test_what_is_signed_about_a_list_and_is_no_sense_is_refused_with_the_whole_state(lists: Lists, site: Site) -> None:
    for about in ({}, {"head": "x"}, {"head": head_of(lists.data)}, {"head": head_of(lists.data), "as_of": "today"}):
        site.repo.add(f"revocation/{LIST}/base-1.ckrv", lists.data, **about)
        site.repo.publish()
        assert site.sync().word == "not_understood"
        assert site.reason() == "ok"


def test_a_cut_base_is_resumed_and_a_corrupt_one_never_used(site: Site, server: Server) -> None:
    found = Lists(site)
    found.grow(found.revoke())
    found.base()
    site.repo.publish()
    server.faults["base-2"] = faults.flipped
    assert site.sync(server.url).word == "damaged"
    server.faults["base-2"] = faults.cut
    assert site.sync(server.url).word == "cut"
    server.faults.clear()
    assert site.sync(server.url).word == "updated"
    assert site.reason() == "revoked"


def test_the_running_station_keeps_its_list_while_a_newer_one_replaces_it(lists: Lists, site: Site) -> None:
    trust = load_trust(site.home)
    for _ in range(3):
        lists.grow(random.randbytes(16))
        site.repo.publish()
        assert site.sync().done
    assert not (site.home / "cache" / "blobs" / sha256(file_of(lists.keys[:-3])).hexdigest()).exists()
    ids = lists.ids()
    assert all(one.find(ids, None) is None for one in trust.revocations)


def token(statuses: dict[int, int], size: int = 1000) -> bytes:
    from checkpoint.codec import signing
    from checkpoint.trust.status_list import Token, build, encode

    key = signing.new_key()
    made = Token(build(statuses, size), "https://vn.example/status/7", utc().timestamp())
    return encode(made, "P-256", lambda message: signing.sign(key, message))


def test_a_status_list_answers_for_native_passes_and_is_opened_when_the_first_one_asks(site: Site) -> None:
    from checkpoint.trust.revocations import ids

    site.repo.add(f"revocation/{LIST}/status-7.tsl", token({5: 1}), as_of=moment(), size=1000)
    site.repo.publish()
    assert site.sync().done

    def asked(number: int, index: int) -> str:
        found = [one.find([ids.status(LIST, number, index)], None) for one in load_trust(site.home).revocations]
        return next((one.why for one in found if one), "")

    assert asked(7, 4) == ""
    assert asked(7, 5) == "invalid"
    assert asked(7, 1000) == "no such entry"
    with pytest.raises(ListMissing):
        asked(8, 5)
    blob = site.home / "cache" / "blobs" / sha256(site.repo.targets[f"revocation/{LIST}/status-7.tsl"][0]).hexdigest()
    blob.write_bytes(b"x")
    with pytest.raises(ListDamaged):
        asked(7, 4)
    assert site.sync().done
    assert asked(7, 5) == "invalid"


def test_a_status_list_that_cannot_be_opened_is_not_put_in_force(site: Site) -> None:
    site.repo.add(f"revocation/{LIST}/status-7.tsl", b"no token", as_of=moment(), size=1000)
    site.repo.publish()
    assert site.sync().word == "not_understood"
    assert site.reason() == "ok"
