"""What the authority publishes, at every instant, read back by python-tuf's own client."""

import json
from pathlib import Path

import pytest
from authority_folder import DAY, NOW, asked, authority, fetched, record, vault
from tuf.api.metadata import Metadata

from checkpoint.authority import Refused, audit, ceremony, draft, publish, repository, signing, staged
from checkpoint.authority.vault import Vault


def test_a_new_authority_is_a_whole_repository_that_a_client_accepts(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "a")
    found = fetched(folder, tmp_path / "client")
    assert json.loads(found["policy/station.json"])["freshness"]["keys"] == {"amber": "48h", "stop": "7d"}


def test_published_issuers_reach_the_client_as_they_were_staged(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    staged.write_list(folder, "de", [record("b25l"), record("dHdv")])
    report = publish.publish(folder, keys, NOW + 60)
    assert report.changed == {"issuers": {"added": 1, "removed": 0, "changed": 0}}
    lines = fetched(folder, tmp_path / "client", NOW + 60)["issuers/de.jsonl"].splitlines()
    assert [json.loads(line)["kid"] for line in lines] == ["b25l", "dHdv"]


def test_the_timestamp_says_when_it_was_issued_and_a_tick_changes_nothing_else(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    before = {path: path.read_bytes() for path in folder.metadata.iterdir()}
    publish.tick(folder, keys, NOW + 3600)
    changed = [path.name for path in folder.metadata.iterdir() if before.get(path) != path.read_bytes()]
    assert changed == ["timestamp.json"]
    signed = json.loads((folder.metadata / "timestamp.json").read_bytes())["signed"]
    assert signed["x-checkpoint"]["issued"] == "2026-11-20T13:00:00Z"
    assert signed["version"] == 2


def test_publishing_nothing_new_signs_the_timestamp_alone(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    assert publish.publish(folder, keys, NOW + 60).versions == {"timestamp": 2}


def test_every_file_but_the_timestamp_never_changes(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    served = folder.root / "repository"
    seen: dict[Path, bytes] = {}
    for day in range(1, 8):
        staged.write_list(folder, "de", [record(f"a{day}==")])
        publish.publish(folder, keys, NOW + day * DAY)
        for path in served.rglob("*"):
            if path.is_file() and path.name != "timestamp.json":
                assert seen.setdefault(path, path.read_bytes()) == path.read_bytes(), path


def test_a_publish_killed_at_any_step_leaves_a_whole_repository_and_is_finished_by_a_rerun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, keys = authority(tmp_path / "a")
    real = signing.write

    class Killed(BaseException):
        """Not an error that anything may handle."""

    for limit in range(12):
        staged.write_list(folder, "de", [record(f"k{limit:03}")])
        (folder.staged / "revocation").mkdir(exist_ok=True)
        with (folder.staged / "revocation" / "blocks.jsonl").open("a") as blocks:
            blocks.write(json.dumps({"pass_id": f"hcert-{limit:032x}", "why": "test"}) + "\n")
        published = fetched(folder, tmp_path / f"before{limit}", NOW + limit)
        steps: list[str] = []

        def write(folder, name, data, steps=steps, limit=limit):
            if len(steps) == limit:
                raise Killed
            steps.append(name)
            real(folder, name, data)

        monkeypatch.setattr(signing, "write", write)
        try:
            publish.publish(folder, keys, NOW + limit + 0.5)
            finished = True
        except Killed:
            finished = False
        monkeypatch.setattr(signing, "write", real)
        now = fetched(folder, tmp_path / f"after{limit}", NOW + limit + 0.5)
        assert finished == (limit > 5)
        assert (now == published) != finished
        publish.publish(folder, keys, NOW + limit + 0.7)
        rerun = fetched(folder, tmp_path / f"rerun{limit}", NOW + limit + 0.7)
        assert f"k{limit:03}".encode() in rerun["issuers/de.jsonl"]
        assert f"hcert-{limit:032x}".encode() in rerun["revocation/blocks.jsonl"]


def test_a_star_does_not_cross_a_slash_and_lists_one_folder_deep_are_found(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "a")
    roles = repository.read(folder).targets.signed.delegations.roles
    reached = {role: [path for path in PATHS if roles[role].is_delegated_path(path)] for role in roles}
    assert reached == {
        "issuers": ["issuers/de.jsonl"],
        "policy": ["policy/station.json"],
        "revocation": ["revocation/blocks.jsonl", "revocation/eu/base-1.ckrv"],
    }


PATHS = [
    "issuers/de.jsonl",
    "issuers/deep/de.jsonl",
    "policy/station.json",
    "revocation/blocks.jsonl",
    "revocation/eu/base-1.ckrv",
    "revocation/eu/deeper/base-1.ckrv",
]


def test_fewer_signatures_than_the_threshold_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "a", ceremony.Plan(issuer_keys=3, issuer_threshold=2))
    staged.write_list(folder, "de", [record()])
    (folder.keys / "issuers-1.key").unlink()
    (folder.keys / "issuers-3.key").unlink()
    before = sorted(path.name for path in folder.metadata.iterdir())
    with pytest.raises(Refused, match="issuers needs 2 of 3 signatures and has 1") as refused:
        publish.publish(folder, vault(folder), NOW + 60)
    assert "issuers-2" in refused.value.hint
    assert sorted(path.name for path in folder.metadata.iterdir()) == before


def test_two_of_three_keys_are_enough(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "a", ceremony.Plan(issuer_keys=3, issuer_threshold=2))
    staged.write_list(folder, "de", [record()])
    (folder.keys / "issuers-2.key").unlink()
    publish.publish(folder, vault(folder), NOW + 60)
    assert "issuers/de.jsonl" in fetched(folder, tmp_path / "client", NOW + 60)


def test_a_wrong_passphrase_is_one_clear_line(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "a")
    with pytest.raises(Refused, match=r"^wrong passphrase for key online-1$"):
        publish.tick(folder, Vault([folder.keys], lambda *_: "not it"), NOW + 60)


def test_a_threshold_that_its_keys_can_never_meet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="root: 4 of 3 keys cannot be"):
        authority(tmp_path / "a", ceremony.Plan(root_threshold=4))


def test_an_unknown_role_is_refused(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    published = repository.read(folder)
    with pytest.raises(Refused, match="there is no role named releases"):
        signing.sign(published.targets, "releases", published.targets.signed, keys)


def test_nothing_is_signed_on_top_of_a_repository_that_somebody_changed(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    path = folder.metadata / "1.targets.json"
    data = json.loads(path.read_bytes())
    data["signed"]["delegations"]["roles"][0]["threshold"] = 1
    data["signed"]["delegations"]["roles"][0]["paths"] = ["*/*"]
    path.write_text(json.dumps(data))
    with pytest.raises(Refused, match="does not hold"):
        publish.publish(folder, keys, NOW + 60)


def test_metadata_near_its_end_is_renewed_by_a_publish_before_a_client_would_refuse_it(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    report = publish.publish(folder, keys, NOW + 61 * DAY)
    assert set(report.renewed) == {"targets", "issuers", "policy", "revocation"}
    fetched(folder, tmp_path / "client", NOW + 62 * DAY)


def test_a_clock_behind_the_last_publish_signs_nothing(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    with pytest.raises(Refused, match="clock is behind the last publish, 2026-11-20T12:00:00Z"):
        publish.tick(folder, keys, NOW - 60)
    assert len(audit.last(folder.audit, 9)) == 1


def test_two_acts_at_once_are_kept_apart(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    with folder.locked(), pytest.raises(Refused, match="another command is at work"):
        publish.tick(folder, keys, NOW + 60)


def test_private_keys_are_sealed_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "a")
    for path in folder.keys.glob("*.key"):
        assert path.stat().st_mode & 0o077 == 0
        assert b"PRIVATE" not in path.read_bytes()
        assert json.loads(path.read_bytes())["sealed"]["kdf"] == "scrypt"
    names = sorted(path.stem for path in folder.keys.glob("*.key"))
    assert names == ["issuers-1", "online-1", "policy-1", "revocation-1", "root-1", "root-2", "root-3"]


def test_a_key_that_lives_elsewhere_signs_through_its_uri(tmp_path: Path) -> None:
    from securesystemslib.signer import CryptoSigner

    signer = CryptoSigner.generate_ecdsa()
    (tmp_path / "token.pem").write_bytes(signer.private_bytes)
    public = signer.public_key.keyval["public"].encode()
    uri = f"file2:{tmp_path / 'token.pem'}"
    folder, _ = authority(tmp_path / "a", ceremony.Plan(hardware={"issuers": ((uri, public),)}))
    staged.write_list(folder, "de", [record()])
    publish.publish(folder, Vault([folder.keys], asked), NOW + 60)
    assert "issuers/de.jsonl" in fetched(folder, tmp_path / "client", NOW + 60)


def test_every_act_is_in_the_audit_file_and_its_head_is_signed_with_the_timestamp(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    publish.tick(folder, keys, NOW + 60)
    chain = audit.read(folder.audit)
    assert [entry["act"] for entry in audit.last(folder.audit, 9)] == ["init", "tick"]
    timestamp = Metadata.from_file(str(folder.metadata / "timestamp.json"))
    assert timestamp.signed.unrecognized_fields["x-checkpoint"]["audit"] == chain.head


@pytest.mark.parametrize("change", ["edit", "drop", "swap"])
def test_a_changed_audit_file_is_noticed_and_stops_the_next_act(tmp_path: Path, change: str) -> None:
    folder, keys = authority(tmp_path / "a")
    for minute in range(1, 4):
        publish.tick(folder, keys, NOW + 60 * minute)
    lines = folder.audit.read_bytes().splitlines(keepends=True)
    if change == "edit":
        lines[1] = lines[1].replace(b'"tick"', b'"tock"')
    elif change == "drop":
        del lines[1]
    else:
        lines[1], lines[2] = lines[2], lines[1]
    folder.audit.write_bytes(b"".join(lines))
    assert audit.read(folder.audit).broken
    with pytest.raises(Refused, match="is not what was written"):
        publish.tick(folder, keys, NOW + 600)


def test_a_line_that_a_power_cut_left_unfinished_does_not_stop_the_authority(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    with folder.audit.open("ab") as file:
        file.write(b'{"n":2,"at":"2026')
    publish.tick(folder, keys, NOW + 60)
    publish.tick(folder, keys, NOW + 120)
    assert not audit.read(folder.audit).broken
    assert [entry["act"] for entry in audit.last(folder.audit, 9)] == ["init", "tick", "tick"]


def test_the_draft_writes_the_timestamp_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, keys = authority(tmp_path / "a")
    staged.write_list(folder, "de", [record()])
    order: list[str] = []
    monkeypatch.setattr(draft, "put", lambda *given: order.extend(step.name for step in given[1]))
    publish.publish(folder, keys, NOW + 60)
    assert order[0].startswith("targets/issuers/")
    assert order[1:] == ["metadata/2.issuers.json", "metadata/2.snapshot.json", "metadata/timestamp.json"]
