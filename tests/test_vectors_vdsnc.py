"""Real VDS-NC seals that nobody here made, with their states' CAs by import; and the same seals, damaged by chance."""

import json
import random
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from checkpoint import formats, verify
from checkpoint.formats.vdsnc.issue import encoded
from checkpoint.model import Envelope, Outcome, Reason, Refusal
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier
from tests.commands import Shell
from tests.issuer import NOW
from tests.seal_issuers import Sealer, State, trust_under
from tests.test_mutations import mutated_bytes
from tests.vector_cases import VECTORS, cases, needs_vectors

EXPECTED = {
    None: Reason.OK,
    "signature": Reason.SIGNATURE_INVALID,
    "untrusted_issuer": Reason.ISSUER_UNKNOWN,
}
CASES = list(cases("vdsnc"))
GOOD = [case for case in CASES if case["expected"]["error_class"] is None]
SEED = 20220607
MUTATIONS = 20_000


def home_of(case: dict[str, Any], shell: Shell, folder: Path) -> None:
    """A station that pinned the CAs of the case, by the real command."""
    for number, pem in enumerate(case["trust_anchors"]):
        path = folder / f"csca{number}.pem"
        path.write_text(pem)
        assert shell("keys", "import", path, "--json").json["skipped"] == []


def judge(case: dict[str, Any], shell: Shell, text: str | None = None) -> dict[str, Any]:
    ran = shell("verify", "--json", "--at", case["validation_clock"], case["qr_text"] if text is None else text)
    (found,) = ran.verdicts
    return found


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_real_seal_gives_the_verdict_that_its_expectation_says(
    case: dict[str, Any], shell: Shell, tmp_path: Path
) -> None:
    home_of(case, shell, tmp_path)
    verdict = judge(case, shell)
    assert verdict["reason"] == EXPECTED[case["expected"]["error_class"]].word
    if verdict["reason"] != "ok":
        assert verdict["subject"] is None
        return
    message = case["expected"]["payload"]["msg"]
    assert verdict["subject"]["name"] == " ".join(message["pid"]["n"].split())
    assert verdict["subject"]["birth_date"] == message["pid"]["dob"]
    assert verdict["subject"]["document"] == message["pid"]["i"]
    doses = [(event["nam"], dose["dvc"], dose["lot"]) for event in message["ve"] for dose in event["vd"]]
    assert [(one["product"], one["date"], one["lot"]) for one in verdict["credentials"]] == doses


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_without_the_state_s_ca_a_real_seal_is_of_an_unknown_issuer(case: dict[str, Any], shell: Shell) -> None:
    assert judge(case, shell)["reason"] in ("trust_missing", "issuer_unknown")


@needs_vectors
def test_the_lists_of_revoked_signers_are_those_of_the_pinned_states(shell: Shell, tmp_path: Path) -> None:
    listed = [case for case in CASES if case["crls"]]
    assert {case["expected"]["payload"]["hdr"]["is"] for case in listed} == {"AUS", "JPN"}
    for number, case in enumerate(listed):
        path = tmp_path / f"{number}.crl"
        path.write_bytes(b64decode(case["crls"][0]))
        shell.home = tmp_path
        if number == 0:
            refused = shell("revocations", "import", path)
            assert refused.code == 1
            assert "no CA that is trusted here signed this list" in refused.err
        home_of(case, shell, tmp_path)
        assert shell("revocations", "import", path, "--json").code == 0
        expected = EXPECTED[case["expected"]["error_class"]].word
        assert judge(case, shell)["reason"] == expected, "none of these lists names the signer of its seal"


@needs_vectors
def test_a_pinned_signer_needs_no_ca_and_stays_bound_to_its_state(shell: Shell, tmp_path: Path) -> None:
    found = {}
    for number, case in enumerate(CASES):
        path = tmp_path / f"{number}.pem"
        path.write_text(case["keys"][0]["cert_pem"])
        shell("keys", "import", path, "--format", "vdsnc")
        found[case["id"].partition("/")[2]] = judge(case, shell)["reason"]
    assert found == {
        "invalidVDSJson": "signature_invalid",
        "validVDSJson": "ok",
        "ICAOAUQR1Contents": "ok",
        "ICAOJPQR1Contents": "ok",
        "single-vaccine": "issuer_mismatch",  # the seal says UTO, its signer's certificate C=FR
    }


@needs_vectors
def test_the_cas_of_icao_anchor_real_seals(shell: Shell) -> None:
    found = shell("keys", "import", *sorted((VECTORS / "trust" / "icao").glob("*.der")), "--json").json
    assert (found["added"], found["skipped"]) == (4, [])
    assert [judge(case, shell)["reason"] for case in GOOD] == ["ok"] * 3


def station() -> tuple[Trust, float, list[str]]:
    state = State()
    signer = Sealer(state)
    return trust_under(state.key()), NOW, [signer.seal()]


def verdict_of(text: str, trust: Trust, at: float) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


def signed_part(text: str) -> bytes | None:
    try:
        found = formats.open_pass(text)
    except Refusal:
        return None
    return found.message if isinstance(found, Envelope) else None


def check_mutations(text: str, trust: Trust, at: float, count: int, seed: str) -> tuple[int, int]:
    """(tried, admitted): what is admitted has the signed bytes of the honest seal, to the letter."""
    chance, honest, admitted = random.Random(seed), signed_part(text), 0
    assert verdict_of(text, trust, at).outcome is Outcome.ADMIT
    for _ in range(count):
        changed = mutated_bytes(text.encode(), chance).decode("utf-8", "replace")
        if verdict_of(changed, trust, at).outcome is Outcome.ADMIT:
            assert signed_part(changed) == honest, "something else than what was signed was admitted"
            admitted += 1
    return count, admitted


@needs_vectors
@pytest.mark.slow
@pytest.mark.parametrize("case", GOOD, ids=[case["id"] for case in GOOD])
def test_a_mutated_real_seal_is_never_admitted(case: dict[str, Any], shell: Shell, tmp_path: Path) -> None:
    home_of(case, shell, tmp_path)
    trust = Verifier.open(shell.home).trust._replace(floor=0.0)
    at = datetime.fromisoformat(case["validation_clock"].replace("Z", "+00:00")).timestamp()
    tried, same = check_mutations(case["qr_text"], trust, at, MUTATIONS // 3, f"{SEED} {case['id']}")
    assert same < tried / 2, "most mutations must have changed something that counts"


@pytest.mark.slow
def test_every_bit_of_a_seal_made_here_is_covered_or_means_nothing() -> None:
    trust, at, (text,) = station()
    honest, data = signed_part(text), text.encode()
    for place in range(len(data)):
        for bit in range(8):
            changed = (data[:place] + bytes((data[place] ^ 1 << bit,)) + data[place + 1 :]).decode("utf-8", "replace")
            if verdict_of(changed, trust, at).outcome is Outcome.ADMIT:
                assert signed_part(changed) == honest, (place, bit)


def test_a_flipped_bit_of_the_signature_or_the_certificate_never_admits() -> None:
    state = State()
    signer = Sealer(state)
    trust, seal = trust_under(state.key()), json.loads(signer.seal())
    for name, data in (("sigvl", signer.sign(signed_part(signer.seal()) or b"")), ("cer", signer.der)):
        for place in range(len(data)):
            changed = encoded(data[:place] + bytes((data[place] ^ 1 << place % 8,)) + data[place + 1 :])
            text = json.dumps({**seal, "sig": {**seal["sig"], name: changed}})
            assert verdict_of(text, trust, NOW).outcome is not Outcome.ADMIT, (name, place)
