"""Native passes that chance writes: whatever can be issued is admitted, whatever is signed gets a verdict."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoint import formats, verify
from checkpoint.authority.issuing import codes, rows
from checkpoint.authority.issuing.rows import Terms
from checkpoint.codec import cbor
from checkpoint.codec.errors import Malformed
from checkpoint.formats.native import PASS, hours
from checkpoint.formats.native.content import HOLDERS, KINDS, SCOPES
from checkpoint.formats.native.fields import Field
from checkpoint.formats.native.issue import claims as made
from checkpoint.model import CheckName, Envelope, Outcome, Reason
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.records import Record
from tests.issuer import DAY, NOW, trust_in
from tests.native_issuer import ISS, PLACE, NativeIssuer, claims, content

ISSUER = NativeIssuer()
TRUST = trust_in(ISSUER.key())
TERMS = Terms(Record("", "native", ISSUER.spki, issuer=ISS), NOW, 420)
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.integers(-3, 9) | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=8,
)
CLOCK = st.integers(0, 23).map(lambda hour: f"{hour:02}:30")


def words(field: Field) -> st.SearchStrategy[str]:
    """What people may write into a field."""
    if field.name == "hours":
        return st.tuples(CLOCK, CLOCK).filter(lambda two: two[0] != two[1]).map("-".join)
    if field.name == "birth_date":
        return st.dates().filter(lambda day: day.year >= 1000).map(str)
    if "date and time" in field.help:
        return st.datetimes().filter(lambda time: time.year > 1970).map(lambda time: time.isoformat(timespec="seconds"))
    if field.help.startswith("text"):
        limit = int(field.help.split()[1])
        return st.text(st.characters(codec="utf-8"), min_size=1, max_size=limit)
    return st.sampled_from(field.help.split(", "))


def asked(kind: str) -> st.SearchStrategy[dict[str, str]]:
    """A row that asks for a pass of this kind, with everything that it may have."""
    fields = (*HOLDERS.values(), *SCOPES[kind].values())
    stated = {one.name: words(one) for one in fields}
    frame = {"kind": st.just(kind), "number": st.text(min_size=1, max_size=32), "valid_until": st.just("2022-12-31")}
    return st.fixed_dictionaries({**stated, **frame})


@settings(max_examples=60)
@pytest.mark.parametrize("kind", KINDS.values())
@given(data=st.data())
def test_whatever_a_row_can_ask_for_is_admitted_and_shown_as_it_was_written(kind: str, data: st.DataObject) -> None:
    draft, errors = rows.draft_of(data.draw(asked(kind)), TERMS)
    if draft is None:
        assert all(why for _, why in errors)
        return
    text = ISSUER.issue(made(draft, ISS, int(NOW), bytes(8), (1, 2)))
    opens = _opens(draft.scope)
    found = verify.check(text, TRUST, opens)
    verdict = verify.decide((found,), TRUST, AUTHENTIC, opens, opens)
    assert verdict.reason is Reason.OK, verdict.checks
    (credential,) = verdict.as_dict()["credentials"]
    assert credential.keys() >= {"kind", "number", *draft.scope}
    assert codes.make(text).mode == "alphanumeric"
    envelope = formats.open_pass(text)
    assert isinstance(envelope, Envelope)
    assert cbor.encode(cbor.decode(envelope.payload)) == envelope.payload, "deterministic encoding"


def _opens(scope: Mapping[str, Any]) -> float:
    return hours.read(scope["hours"]).next_open(NOW) if "hours" in scope else NOW


@settings(max_examples=400)
@given(said=ANY, claim=st.sampled_from([1, 4, 5, 6, 7, PASS, 8]))
def test_any_value_of_any_claim_gets_a_verdict(said: Any, claim: int) -> None:
    found = claims() | {claim: said}
    try:
        text = ISSUER.issue(found)
    except Exception:  # noqa: BLE001
        return  # what the encoder cannot write, nobody can sign
    outcome = verify.decide((verify.check(text, TRUST, NOW),), TRUST, AUTHENTIC, NOW, NOW).outcome
    assert outcome in (Outcome.ADMIT, Outcome.REFUSE, Outcome.CHECK, Outcome.UNREADABLE)
    if claim in (4, 5, 6) and type(said) is not int:
        assert outcome is not Outcome.ADMIT


@settings(max_examples=600)
@given(said=ANY, where=st.sampled_from(["kind", "number", "holder", "scope", "place"]), key=st.integers(0, 6))
def test_any_value_of_any_field_gets_a_verdict_and_never_a_fact_of_another_type(
    said: Any, where: str, key: int
) -> None:
    if where in ("holder", "scope"):
        base = content()[2 if where == "holder" else 3]
        changed = content(**{where: {**base, key: said}})
    else:
        changed = content() | {{"kind": 0, "number": 1, "place": 4}[where]: said}
    found = verify.check(ISSUER.issue(claims(changed)), TRUST, NOW)
    verdict = verify.decide((found,), TRUST, AUTHENTIC, NOW, NOW)
    assert verdict.outcome in (Outcome.ADMIT, Outcome.REFUSE)
    if verdict.outcome is Outcome.ADMIT:
        (credential,) = verdict.as_dict()["credentials"]
        assert all(type(one) in (str, int) for one in credential.values())
        verdict.as_json()
    else:
        assert verdict.reason is Reason.MALFORMED
        assert verdict.passes[0].checks[-1].name is CheckName.FORMAT


@given(st.binary(max_size=300))
def test_any_payload_that_was_signed_gets_a_verdict(payload: bytes) -> None:
    found = verify.check(ISSUER.wrap(payload), TRUST, NOW)
    assert verify.decide((found,), TRUST, AUTHENTIC, NOW, NOW).outcome is not Outcome.ADMIT


@given(ANY)
def test_hours_of_any_shape_are_read_or_malformed(said: Any) -> None:
    try:
        found = hours.read(said)
    except Malformed:
        return
    assert NOW <= found.next_open(NOW) < NOW + 8 * DAY


def test_the_honest_pass_of_this_file_is_admitted() -> None:
    text = ISSUER.issue(claims(content(place=PLACE)))
    assert verify.decide((verify.check(text, TRUST, NOW),), TRUST, AUTHENTIC, NOW, NOW).reason is Reason.OK
