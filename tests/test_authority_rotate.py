"""Root ceremonies as TUF demands them: old and new keys sign, and what is published holds at every step."""

import json
from pathlib import Path

import pytest
from authority_folder import DAY, NOW, authority, fetched, record, vault

from checkpoint.authority import Refused, audit, ceremony, forecast, publish, repository, rotation, signing, staged
from checkpoint.authority.folder import Folder
from checkpoint.authority.rotation import Change
from checkpoint.codec import sealing


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COST", 16)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An authority with one published list."""
    folder, keys = authority(tmp_path / "a")
    staged.write_list(folder, "de", [record("b25l")])
    publish.publish(folder, keys, NOW)
    return folder


def rotate(folder: Folder, role: str, now: float = NOW + 60, **change: object) -> dict[str, int]:
    return rotation.rotate(folder, vault(folder), Change(role, **change), now).versions


def holders(folder: Folder, role: str) -> list[str]:
    return next(list(one.keys) for one in forecast.look(folder, NOW).roles if one.role == role)


def test_a_lost_root_key_is_replaced_by_the_two_that_are_left(folder: Folder, tmp_path: Path) -> None:
    (folder.keys / "root-2.key").unlink()
    assert rotate(folder, "root", lost=("root-2",)) == {"targets": 2, "root": 2, "snapshot": 3, "timestamp": 3}
    assert holders(folder, "root") == ["root-1", "root-3", "root-4"]
    assert "issuers/de.jsonl" in fetched(folder, tmp_path / "client", NOW + 60)
    (folder.keys / "root-1.key").unlink()
    assert rotate(folder, "root", lost=("root-1",))["root"] == 3
    assert "issuers/de.jsonl" in fetched(folder, tmp_path / "later", NOW + 60)


def test_too_many_lost_root_keys_are_the_end_and_it_says_so(folder: Folder) -> None:
    before = sorted(folder.metadata.iterdir())
    for name in ("root-1", "root-2"):
        (folder.keys / f"{name}.key").unlink()
    with pytest.raises(Refused, match=r"targets needs 2 of 3 signatures and has 1"):
        rotate(folder, "root", lost=("root-1", "root-2"))
    assert sorted(folder.metadata.iterdir()) == before


def test_a_higher_threshold_holds_from_the_next_root_on(folder: Folder, tmp_path: Path) -> None:
    rotate(folder, "root", threshold=3)
    root = repository.read(folder).root
    assert (root.signed.roles["root"].threshold, len(root.signatures)) == (3, 3)
    assert len(repository.read(folder).targets.signatures) == 3
    fetched(folder, tmp_path / "client", NOW + 60)
    (folder.keys / "root-1.key").unlink()
    with pytest.raises(Refused, match="needs 3 of 3 signatures and has 2"):
        rotate(folder, "root", lost=("root-1",))


def test_keys_can_be_added_and_a_threshold_no_keys_can_meet_is_refused(folder: Folder, tmp_path: Path) -> None:
    rotate(folder, "root", more=2, threshold=3)
    assert holders(folder, "root") == ["root-1", "root-2", "root-3", "root-4", "root-5"]
    with pytest.raises(Refused, match="6 of 5 keys cannot be"):
        rotate(folder, "root", threshold=6)
    fetched(folder, tmp_path / "client", NOW + 60)


def test_a_new_online_key_takes_over_without_the_old_one(folder: Folder, tmp_path: Path) -> None:
    (folder.keys / "online-1.key").unlink()
    with pytest.raises(Refused, match="timestamp needs 1 of 1 signatures and has 0"):
        publish.tick(folder, vault(folder), NOW + 30)
    assert rotate(folder, "online")["root"] == 3
    assert holders(folder, "timestamp") == holders(folder, "snapshot") == ["online-2"]
    publish.tick(folder, vault(folder), NOW + 90)
    assert "issuers/de.jsonl" in fetched(folder, tmp_path / "client", NOW + 90)


@pytest.mark.parametrize("role", ["issuers", "policy", "revocation"])
def test_a_delegated_key_is_replaced_and_its_content_stays_as_published(
    folder: Folder, tmp_path: Path, role: str
) -> None:
    before = fetched(folder, tmp_path / "before", NOW)
    staged.write_list(folder, "not-reviewed-yet", [record("dHdv")])
    (folder.keys / f"{role}-1.key").unlink()
    rotate(folder, role, lost=(f"{role}-1",))
    assert holders(folder, role) == [f"{role}-2"]
    assert fetched(folder, tmp_path / "after", NOW + 60) == before


def test_a_client_that_was_off_for_many_rotations_catches_up(folder: Folder, tmp_path: Path) -> None:
    home = tmp_path / "client"
    fetched(folder, home, NOW)
    for number in range(1, 6):
        rotate(folder, "root", NOW + number * 100 * DAY, lost=(f"root-{number}",))
        rotate(folder, "online", NOW + number * 100 * DAY)
    publish.publish(folder, vault(folder), NOW + 501 * DAY)
    assert repository.read(folder).root.signed.version == 16
    assert "issuers/de.jsonl" in fetched(folder, home, NOW + 501 * DAY)


@pytest.mark.parametrize("role", ["root", "online", "issuers"])
def test_a_rotation_killed_at_any_step_leaves_what_clients_accept(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    steps: list = []
    monkeypatch.setattr("checkpoint.authority.draft.put", lambda *given: steps.extend(given[1]))
    rotate(folder, role, lost=() if role == "online" else (f"{role}-1",))
    assert len(steps) >= 4
    for number, step in enumerate(steps):
        home = tmp_path / f"client{number}"
        fetched(folder, home, NOW + 60)
        signing.put(folder, [step], lambda *_: None)
        fetched(folder, home, NOW + 60)
        fetched(folder, tmp_path / f"fresh{number}", NOW + 60)
        repository.read(folder)


def test_an_unknown_key_or_role_is_named(folder: Folder) -> None:
    with pytest.raises(Refused, match="the role has no key root-9") as refused:
        rotate(folder, "root", lost=("root-9",))
    assert "root-1, root-2, root-3" in refused.value.hint
    with pytest.raises(Refused, match="there is no role named releases"):
        rotate(folder, "releases")


def test_keys_on_a_stick_sign_from_there(folder: Folder, tmp_path: Path) -> None:
    from authority_folder import asked

    from checkpoint.authority.vault import Vault

    stick = tmp_path / "stick"
    stick.mkdir()
    for name in ("root-1", "root-3"):
        (folder.keys / f"{name}.key").rename(stick / f"{name}.key")
    with pytest.raises(Refused, match="has 1") as refused:
        rotate(folder, "root")
    assert "--keys" in refused.value.hint
    rotation.rotate(folder, Vault([folder.keys, stick], asked), Change("root"), NOW + 60)
    assert repository.read(folder).root.signed.version == 2


def test_the_forecast_names_what_ends_and_what_is_due(folder: Folder) -> None:
    state = forecast.look(folder, NOW + 5 * DAY)
    assert [(one.role, one.due) for one in state.roles if one.due] == [("timestamp", True)]
    assert state.problems == []
    late = forecast.look(folder, NOW + 31 * DAY)
    assert late.problems == ["revocation has expired", "snapshot has expired", "timestamp has expired"]
    assert json.dumps(late.as_dict())


def test_the_forecast_shows_what_is_staged_and_what_the_next_publish_would_refuse(folder: Folder) -> None:
    staged.write_list(folder, "se", [record("dHdv")])
    state = forecast.look(folder, NOW)
    assert state.lists == {"de": 1, "se": 1}
    assert state.unpublished == {"issuers": {"added": 1, "removed": 0, "changed": 0}}
    (folder.staged / "policy/station.json").write_text('{"version": 2}')
    assert "the next publish will be refused" in forecast.look(folder, NOW).problems[0]


def test_an_audit_file_cut_off_at_its_end_is_noticed_by_what_the_timestamp_signed(folder: Folder) -> None:
    lines = folder.audit.read_bytes().splitlines(keepends=True)
    folder.audit.write_bytes(b"".join(lines[:-1]))
    assert not audit.read(folder.audit).broken
    assert forecast.look(folder, NOW).problems == [
        "the audit file does not have the act that the published timestamp was signed with"
    ]


def test_the_fingerprint_is_of_the_first_root_and_stays(folder: Folder) -> None:
    before = repository.fingerprint(folder)
    rotate(folder, "root")
    assert repository.fingerprint(folder) == before
    assert repository.groups(before).replace(" ", "") == before
    assert audit.last(folder.audit, 9)[0]["facts"]["root"] == before


def test_an_authority_is_made_once(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    with pytest.raises(Refused, match="there is an authority"):
        ceremony.init(folder, keys, ceremony.Plan(), NOW)


@pytest.mark.parametrize(
    "change",
    [Change("root", more=20), Change("root", lost=("root-2",)), Change("issuers", more=3), Change("online")],
    ids=["more than can be", "a lost one", "a delegated role", "online"],
)
def test_a_refused_ceremony_leaves_no_key_that_looks_like_one_in_force(folder: Folder, change: Change) -> None:
    for path in folder.keys.glob("root-*.key"):
        path.unlink()
    before = {path: path.read_bytes() for path in folder.keys.iterdir()}
    keys = vault(folder)
    for _ in range(2):
        with pytest.raises(Refused):
            rotation.rotate(folder, keys, change, NOW + 60)
        assert {path: path.read_bytes() for path in folder.keys.iterdir()} == before


def test_a_ceremony_that_the_disk_cut_short_keeps_its_keys_for_what_is_published_already(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(signing, "write", write)
    with pytest.raises(OSError, match="No space"):
        rotate(folder, "root", lost=("root-2",))
    assert (folder.keys / "root-4.key").exists()


def test_a_ceremony_says_which_keys_it_made(folder: Folder) -> None:
    report = rotation.rotate(folder, vault(folder), Change("root", lost=("root-2",), more=1), NOW + 60)
    assert report.keys == ["root-4", "root-5"]
    assert rotation.rotate(folder, vault(folder), Change("root"), NOW + 120).keys == []
    assert audit.last(folder.audit, 2)[0]["facts"]["keys"] == ["root-4", "root-5"]


@pytest.mark.parametrize(
    ("hardware", "why"),
    [
        ({"nonsense": (("hsm:1", b""),)}, "there is no role named nonsense"),
        ({"policy": (("hsm:1", b""), ("hsm:2", b""))}, "policy: 2 signers in hardware and 1 key"),
    ],
)
def test_a_signer_in_hardware_is_never_left_out_in_silence(tmp_path: Path, hardware: dict, why: str) -> None:
    with pytest.raises(Refused, match=why):
        authority(tmp_path / "b", ceremony.Plan(hardware=hardware))
    assert not list((tmp_path / "b").rglob("*.key"))


def test_more_signers_in_hardware_than_new_keys_are_refused(folder: Folder) -> None:
    with pytest.raises(Refused, match="root: 1 signers in hardware and 0 key"):
        rotate(folder, "root", hardware=(("hsm:1", b""),))


def test_an_init_that_is_refused_can_be_tried_again(tmp_path: Path) -> None:
    plan = ceremony.Plan(hardware={"policy": (("hsm:1", b"no pem"),)})
    with pytest.raises(Refused, match="public key of policy-1"):
        authority(tmp_path / "b", plan)
    authority(tmp_path / "b")
