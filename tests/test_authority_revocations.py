"""Revoked at the authority, learnt at a station: the real sync reads what the real publisher wrote."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from authority_folder import DAY, NOW, PASSPHRASE, authority, fetched, record, vault

from checkpoint.authority import (
    Refused,
    audit,
    forecast,
    hash_lists,
    publish,
    repository,
    revoked,
    staged,
    status_lists,
)
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import Source
from checkpoint.store import enrolment
from checkpoint.store.load import load_trust
from checkpoint.sync.run import sync
from checkpoint.trust.hash_file import HashFile
from checkpoint.trust.revocations import ids
from checkpoint.trust.snapshot import Trust

UVCI = "URN:UVCI:01:SE:EHM/V12907267LAJW#E"
OTHER = "URN:UVCI:01:SE:EHM/V12907268LAJW#E"
PASS_ID = "hcert-" + "0123456789abcdef" * 2


class Station:
    """A home that is enrolled at the authority and syncs from its folder."""

    def __init__(self, home: Path, folder: Folder) -> None:
        self.home, self.folder = home, folder
        root = folder.first_root.read_bytes()
        enrolment.enrol(home, root, repository.fingerprint(folder), [str(folder.root / "repository")])

    def sync(self, now: float) -> Trust:
        report = sync(self.home, now=lambda: now)
        assert report.done, report
        trust = load_trust(self.home)
        assert trust.problem is None, trust
        return trust


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return authority(tmp_path / "a")[0]


@pytest.fixture
def station(folder: Folder, tmp_path: Path) -> Station:
    return Station(tmp_path / "station", folder)


def published(folder: Folder, now: float) -> dict[str, dict[str, int]]:
    return publish.publish(folder, vault(folder), now).changed


def revoke(folder: Folder, *texts: str, name: str = "eu", **options: object) -> revoked.Outcome:
    return revoked.revoke(folder, name, texts, NOW, before=options.pop("before", None), **options)


def met(trust: Trust, *texts: str, issued: float | None = None) -> list[str]:
    """The sources that have a hit on each text, "" where none has."""
    found = []
    for text in texts:
        hits = [one.source for one in trust.revocations if one.find(ids.parse(text), issued) is not None]
        found.append(hits[0] if hits else "")
    return found


@pytest.mark.parametrize(
    "text",
    [
        UVCI,
        f"dcc-ccuci:SE{UVCI}",
        f"dcc-sig:{sha256(b'r').hexdigest()}",
        PASS_ID,
        "shc-rid:3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s/vwAjHdarZuc",
    ],
)
def test_a_station_learns_of_every_kind_of_revocation_and_of_its_end(
    folder: Folder, station: Station, text: str
) -> None:
    revoke(folder, text)
    published(folder, NOW + 60)
    assert met(station.sync(NOW + 60), text, OTHER) == ["eu", ""]
    revoked.unrevoke(folder, "eu", [text], NOW, why="appeal upheld")
    published(folder, NOW + 120)
    assert met(station.sync(NOW + 120), text) == [""]


def test_a_native_pass_is_revoked_by_its_place_and_taken_back(folder: Folder, station: Station) -> None:
    status_lists.create(folder, "permits", 3, NOW, size=1000, bits=2)
    published(folder, NOW)
    assert met(station.sync(NOW), "tsl:permits/3/17") == [""]
    assert status_lists.change(folder, "permits", 3, [17, 18], 1, "stolen", NOW) == (2, 2)
    assert status_lists.change(folder, "permits", 3, [18], 2, "looked into", NOW) == (1, 2)
    published(folder, NOW + 60)
    trust = station.sync(NOW + 60)
    assert met(trust, "tsl:permits/3/17", "tsl:permits/3/18", "tsl:permits/3/19") == ["permits", "permits", ""]
    status_lists.change(folder, "permits", 3, [17], 0, "found again", NOW)
    published(folder, NOW + 120)
    assert met(station.sync(NOW + 120), "tsl:permits/3/17") == [""]


def test_a_status_list_is_signed_with_the_key_of_its_role(folder: Folder) -> None:
    from checkpoint.codec import keys, metadata_keys
    from checkpoint.trust import status_list

    status_lists.create(folder, "permits", 0, NOW, size=64)
    published(folder, NOW)
    old = repository.read(folder)
    (target,) = old.targets_of("revocation").values()
    delegations = old.targets.signed.delegations
    (key,) = (delegations.keys[one] for one in delegations.roles["revocation"].keyids)
    spki, _ = metadata_keys.spki(key.to_dict())
    token = status_list.decode(repository.read_target(folder, target), keys.load(spki), target.path)
    assert (token.issued_at, token.statuses.size) == (NOW, 64)


def test_places_outside_a_status_list_and_statuses_that_do_not_fit_are_refused(folder: Folder) -> None:
    status_lists.create(folder, "permits", 0, NOW, size=100)
    with pytest.raises(Refused, match="has 100 entries, 100 is none of them"):
        status_lists.change(folder, "permits", 0, [100], 1, "", NOW)
    with pytest.raises(Refused, match="does not fit 1 bits"):
        status_lists.change(folder, "permits", 0, [1], 2, "", NOW)
    with pytest.raises(Refused, match="there is no status list permits/9"):
        status_lists.change(folder, "permits", 9, [1], 1, "", NOW)


def test_an_emergency_block_stops_a_pass_and_ends_by_itself(folder: Folder, station: Station) -> None:
    revoked.block(folder, PASS_ID, "gate 4, stolen phone", NOW + DAY, NOW)
    published(folder, NOW + 60)
    trust = station.sync(NOW + 60)
    hit = trust.revocations[0].find(ids.parse(PASS_ID), None)
    assert hit is not None
    assert (hit.blocked, hit.why, hit.until) == (True, "gate 4, stolen phone", NOW + DAY)
    assert revoked.unblock(folder, PASS_ID, "phone found", NOW) == 0
    published(folder, NOW + 120)
    assert met(station.sync(NOW + 120), PASS_ID) == [""]


def test_a_block_needs_a_reason_a_pass_id_and_an_end_that_has_not_passed(folder: Folder) -> None:
    for text, why, until in ((PASS_ID, " ", None), (UVCI, "x", None), (PASS_ID, "x", NOW - 1)):
        with pytest.raises(Refused):
            revoked.block(folder, text, why, until, NOW)
    with pytest.raises(Refused, match="is not blocked"):
        revoked.unblock(folder, PASS_ID, "x", NOW)


def test_taking_a_revocation_back_needs_a_reason_and_is_on_record(folder: Folder) -> None:
    revoke(folder, UVCI, why="forged")
    with pytest.raises(Refused, match="needs a reason"):
        revoked.unrevoke(folder, "eu", [UVCI], NOW)
    with pytest.raises(Refused, match="none of these is revoked"):
        revoked.unrevoke(folder, "eu", [OTHER], NOW, why="x")
    revoked.unrevoke(folder, "eu", [UVCI], NOW, why="wrong person")
    acts = [(one["act"], one["facts"]["why"]) for one in audit.last(folder.audit, 2)]
    assert acts == [("revoke", "forged"), ("unrevoke", "wrong person")]


# --- imports


def batch(*values: bytes, kind: str = "SIGNATURE") -> Source:
    import base64

    entries = [{"hash": base64.b64encode(sha256(value).digest()[:16]).decode()} for value in values]
    found = {
        "country": "DE",
        "expires": "2027-11-01T00:00:00Z",
        "kid": "qroU+hDDovs=",
        "hashType": kind,
        "entries": entries,
    }
    return Source("batch.json", json.dumps(found).encode())


def load(folder: Folder, *sources: Source, name: str = "eu", now: float = NOW, **options: object) -> revoked.Outcome:
    options.setdefault("unsigned", "from the gateway over mutual TLS")
    return revoked.load(folder, name, sources, now, **options)


def test_batches_of_the_eu_are_imported(folder: Folder, station: Station) -> None:
    found = load(folder, batch(b"one", b"two"), batch(b"three", kind="UCI"))
    assert (found.added, found.after, found.format) == (3, 3, "eu")
    published(folder, NOW)
    trust = station.sync(NOW)
    one, three = (f"{kind}:{sha256(value).hexdigest()}" for kind, value in (("dcc-sig", b"one"), ("dcc-uci", b"three")))
    wrong_kind = f"dcc-sig:{sha256(b'three').hexdigest()}"
    assert met(trust, one, three, wrong_kind) == ["eu", "eu", ""]


def test_a_list_of_rids_keeps_their_times(folder: Folder, station: Station) -> None:
    kid = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"
    crl = {"kid": kid, "method": "rid", "ctr": 1, "rids": ["always", f"dated.{int(NOW)}"]}
    assert load(folder, Source("crl.json", json.dumps(crl).encode())).added == 2
    published(folder, NOW)
    published_files = fetched(folder, station.home.parent / "client", NOW)
    when = datetime.fromtimestamp(NOW, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (line,) = published_files["revocation/eu/times.jsonl"].splitlines()
    assert json.loads(line)["before"] == when
    assert met(station.sync(NOW), f"shc-rid:{kid}/always") == ["eu"]


def test_a_list_of_rids_must_have_the_counter_of_its_staged_key(folder: Folder) -> None:
    kid = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"
    issuers = [record(kid, format="shc", issuer=f"https://{name}.example", crl_version=2) for name in "ab"]
    crl = Source("crl.json", json.dumps({"kid": kid, "method": "rid", "ctr": 1, "rids": ["a"]}).encode())
    staged.write_list(folder, "cards", issuers)
    with pytest.raises(Refused, match="crlVersion"):
        load(folder, crl)
    staged.write_list(folder, "cards", [issuers[0], issuers[1]._replace(crl_version=1)])
    assert load(folder, crl).added == 1, "which of two issuers' counters is meant cannot be told"


def test_a_revocation_by_hand_survives_every_import_and_an_import_replaces_the_one_before(folder: Folder) -> None:
    revoke(folder, UVCI)
    load(folder, batch(*(b"%d" % number for number in range(10))))
    found = load(folder, batch(*(b"%d" % number for number in range(3, 11))))
    assert (found.added, found.removed) == (1, 3)
    lines = revoked.read(folder, "eu")
    assert sum(line.origin == "hand" for line in lines) == len(ids.parse(UVCI))
    assert sum(line.origin == "import" for line in lines) == 8
    with pytest.raises(Refused, match="7 of 8 imported revocations"):
        load(folder, batch(b"10"))
    assert load(folder, batch(b"99"), keep=True).removed == 0
    assert load(folder, batch(b"10"), confirm=True).removed == 8


def test_an_import_says_where_it_came_from(folder: Folder) -> None:
    with pytest.raises(Refused, match="not signed"):
        load(folder, batch(b"one"), unsigned="")
    load(folder, batch(b"one"), unsigned="gateway")
    assert audit.last(folder.audit, 1)[0]["facts"]["unsigned"] == "gateway"


def test_a_list_that_is_no_list_is_refused_and_changes_nothing(folder: Folder) -> None:
    with pytest.raises(Refused, match=r"x\.json"):
        load(folder, Source("x.json", b'{"rids": 5}'))
    assert revoked.names(folder) == []


# --- versions


def files(folder: Folder) -> list[str]:
    targets = repository.read(folder).targets_of("revocation")
    return sorted(path.removeprefix("revocation/eu/") for path in targets)


def test_each_change_is_a_delta_and_now_and_then_a_base(folder: Folder, station: Station) -> None:
    many = [f"dcc-sig:{sha256(b'%d' % number).hexdigest()}" for number in range(2000)]
    revoke(folder, *many)
    published(folder, NOW)
    assert files(folder) == ["base-1.ckrv"]
    station.sync(NOW)
    for day in range(1, 20):
        revoke(folder, f"dcc-sig:{sha256(b'day %d' % day).hexdigest()}")
        published(folder, NOW + day)
        assert met(station.sync(NOW + day), f"dcc-sig:{sha256(b'day %d' % day).hexdigest()}", many[7]) == ["eu", "eu"]
    names = files(folder)
    assert sum(name.endswith(".ckrv") for name in names) == 1
    assert sum(name.endswith(".ckrd") for name in names) == hash_lists.MAX_DELTAS
    fresh = Station(station.home.parent / "fresh", folder)
    assert met(fresh.sync(NOW + 19), many[0], f"dcc-sig:{sha256(b'day 19').hexdigest()}") == ["eu", "eu"]


def test_a_small_list_is_published_as_base_where_deltas_would_be_longer(folder: Folder, station: Station) -> None:
    for day in range(4):
        revoke(folder, f"dcc-sig:{sha256(b'day %d' % day).hexdigest()}")
        published(folder, NOW + day)
        station.sync(NOW + day)
    newest = max(name for name in files(folder) if name.endswith(".ckrv"))
    assert newest == "base-4.ckrv"


def test_the_copy_for_deltas_is_only_a_copy(folder: Folder, station: Station) -> None:
    revoke(folder, *(f"dcc-sig:{sha256(b'%d' % number).hexdigest()}" for number in range(500)))
    published(folder, NOW)
    revoke(folder, UVCI)
    published(folder, NOW + 1)
    for path in (folder.root / "work").iterdir():
        path.write_bytes(b"damaged")
    revoke(folder, OTHER)
    published(folder, NOW + 2)
    assert met(station.sync(NOW + 2), UVCI, OTHER) == ["eu", "eu"]


def test_a_list_that_did_not_change_is_said_to_be_true_again_without_a_new_file(
    folder: Folder, station: Station
) -> None:
    revoke(folder, UVCI)
    published(folder, NOW)
    before = files(folder)
    assert published(folder, NOW + 60) == {}
    assert published(folder, NOW + DAY) == {"revocation": {"added": 0, "removed": 0, "changed": 1}}
    assert files(folder) == before
    assert station.sync(NOW + DAY).revocations[-2].as_of == NOW + DAY


def test_an_imported_list_is_as_old_as_its_import(folder: Folder, station: Station) -> None:
    load(folder, batch(b"one"), now=NOW)
    published(folder, NOW + 2 * DAY)
    ages = {one.as_of for one in station.sync(NOW + 2 * DAY).revocations if isinstance(one, HashFile)}
    assert ages == {NOW}


def test_a_published_list_cannot_vanish(folder: Folder) -> None:
    revoked.create(folder, "eu", NOW)
    published(folder, NOW)
    (folder.staged / "revocation/eu/ids.txt").unlink()
    with pytest.raises(Refused, match="the published list eu is not staged any more"):
        published(folder, NOW + 1)
    assert "not staged any more" in forecast.look(folder, NOW).problems[0]


def test_an_empty_list_is_published_and_answers(folder: Folder, station: Station) -> None:
    revoked.create(folder, "eu", NOW)
    published(folder, NOW)
    trust = station.sync(NOW)
    assert met(trust, UVCI) == [""]
    assert "eu" in {one.source for one in trust.revocations}


@pytest.mark.parametrize("name", ["blocks", "pinned", "../eu", "EU"])
def test_a_name_that_stations_could_misread_is_refused(folder: Folder, name: str) -> None:
    with pytest.raises(Refused, match="cannot name a list"):
        revoked.create(folder, name, NOW)


def test_a_line_that_an_editor_broke_is_named(folder: Folder) -> None:
    revoke(folder, UVCI)
    path = folder.staged / "revocation/eu/ids.txt"
    path.write_bytes(path.read_bytes().replace(b"dcc-uci", b"dcc-ucx", 1))
    with pytest.raises(Refused, match="line 1"):
        published(folder, NOW)


# --- the whole way


def test_a_station_believes_the_keys_and_tombstones_that_were_published(folder: Folder, station: Station) -> None:
    from checkpoint.authority import importing

    staged.write_list(folder, "de", [record("Z29vZA=="), record("ZXZpbA==")])
    published(folder, NOW)
    assert [key.revoked for key in station.sync(NOW).issuers.find("hcert", "ZXZpbA==")] == [False]
    importing.remove(folder, "ZXZpbA==", "leaked", compromised=True, now=NOW)
    published(folder, NOW + 60)
    trust = station.sync(NOW + 60)
    assert [key.revoked for key in trust.issuers.find("hcert", "ZXZpbA==")] == [True]
    assert [key.revoked for key in trust.issuers.find("hcert", "Z29vZA==")] == [False]


def test_a_station_follows_every_ceremony(folder: Folder, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    from checkpoint.authority.rotation import Change, rotate
    from checkpoint.codec import sealing

    monkeypatch.setattr(sealing, "COST", 16)
    station.sync(NOW)
    for number, change in enumerate(
        (Change("root", ("root-1",)), Change("online"), Change("issuers", ("issuers-1",)), Change("root", threshold=3))
    ):
        rotate(folder, vault(folder), change, NOW + number)
        staged.write_list(folder, "de", [record(f"a{number}==")])
        published(folder, NOW + number + 0.5)
        assert station.sync(NOW + number + 0.5).issuers.find("hcert", f"a{number}==")


def test_no_secret_and_no_passphrase_reaches_what_is_served(folder: Folder) -> None:
    published(folder, NOW)
    for path in (folder.root / "repository").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert PASSPHRASE.encode() not in data
            assert b"sealed" not in data
