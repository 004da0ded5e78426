"""The corridor, pure: no clock, no network, no disk. `check` judges one pass, `decide` one person.

A pass walks the stages in the order in which `check` names them; each stage knows only what the one before proved.
"""

from collections.abc import Sequence
from functools import cache

from checkpoint import formats, signature, status
from checkpoint.model import Check, Checked, CheckName, Claims, Policy, Reason, Refusal, Result, Verified
from checkpoint.policy.authentic import GRANT
from checkpoint.trust.revocation import ListDamaged
from checkpoint.trust.snapshot import IssuersDamaged, Trust
from checkpoint.verdict import Verdict

_FORMAT_FINE = Check(CheckName.FORMAT, Result.PASS)
_POLICY_FINE = Check(CheckName.POLICY, Result.PASS)
_POLICY_SKIPPED = Check(CheckName.POLICY, Result.SKIPPED)
_SIGNATURE_UNKNOWN = Check(CheckName.SIGNATURE, Result.UNKNOWN)
_UNSIGNED = Check(CheckName.SIGNATURE, Result.SKIPPED, ("note.unsigned",))
_NOT_BOUND = Check(CheckName.IDENTITY, Result.UNKNOWN, ("reason.not_bound",), Reason.NOT_BOUND)
_CLAIM_ONLY = Check(CheckName.IDENTITY, Result.UNKNOWN, ("reason.identity_only",), Reason.IDENTITY_ONLY)


def check(text: str | bytes, trust: Trust, at: float) -> Checked:
    """Everything there is to know about one pass, judged as of `at`; nothing is decided yet."""
    format: str | None = None
    verified: Verified | None = None
    try:
        envelope = formats.open_pass(text)
        if isinstance(envelope, Claims):
            return _claimed(envelope)
        format = envelope.format
        verified = signature.verify(envelope, trust)
        claims = formats.claims(verified)
        key = verified.key
        revocation, as_of = status.revocation(claims, key, trust, at)
    except Refusal as refusal:  # what it was meant to be is known of a damaged one too
        return _stopped(refusal, format or formats.recognise(text), verified)
    except (IssuersDamaged, ListDamaged):
        return _stopped(Refusal(Reason.TRUST_DAMAGED), format, verified)
    checks = (
        _FORMAT_FINE,
        _signature_fine(verified.envelope.algorithm),
        *status.key(key, claims, at),
        status.time(claims, key, at),
        revocation,
        *status.issuer(claims, key),
    )
    if claims.warnings or claims.disagreements or claims.unbound:
        checks += _oddities(claims)
    return Checked(checks, format, key, claims, as_of)


def decide(
    passes: Sequence[Checked], trust: Trust, policy: Policy, at: float, now: float, step: float = 0.0
) -> Verdict:
    """One answer for one person from the checked passes: the first reason that applies, in the order of `Reason`.

    `at` is what the passes are judged as of, `now` and `step` what the station and its lists are judged by.
    """
    stated = status.station(trust, now, step)
    for checked in passes:
        stated += checked.checks + status.list_age(checked, trust, now)
    first = _first(stated)
    if first is None:
        return _admit(passes, stated, policy, at)
    reason = first.reason or Reason.INTERNAL
    note = () if first.note == (f"reason.{reason.word}",) else first.note
    return Verdict(
        reason=reason,
        checks=(*stated, _POLICY_SKIPPED),
        at=at,
        policy=policy,
        note=note,
        remedy=first.remedy,
        passes=tuple(passes),
    )


def _first(stated: Sequence[Check]) -> Check | None:
    """The check that names the reason, None where nothing stands against admitting."""
    first: Check | None = None
    for one in stated:
        if one.reason is not None and (first is None or _rank(one) < _rank(first)):
            first = one
    if first is not None and first.reason is Reason.ISSUER_UNKNOWN:
        # That a station past its stop does not know an issuer says nothing of it.
        return next((one for one in stated if one.reason is Reason.TRUST_STALE), first)
    return first


def _admit(passes: Sequence[Checked], checks: tuple[Check, ...], policy: Policy, at: float) -> Verdict:
    """The one line that admits, and the only way to it: every pass proven, and no check against it."""
    proven = bool(passes)
    for one in passes:  # plain, as every admitted pass comes by here
        proven = proven and one.claims is not None and one.key is not None
    if not proven:
        return Verdict(reason=Reason.INTERNAL, checks=checks, at=at, policy=policy, passes=tuple(passes))
    return Verdict(Reason.OK, (*checks, _POLICY_FINE), at, policy, GRANT, passes=tuple(passes))


def _claimed(claims: Claims) -> Checked:
    """A code without a signature: who it names is a claim, no key stands behind it, and a person must decide."""
    return Checked((_FORMAT_FINE, _UNSIGNED, _CLAIM_ONLY, *_oddities(claims)), claims.format, claims=claims)


def _oddities(claims: Claims) -> tuple[Check, ...]:
    """What is odd, which is told, and what contradicts itself, which stands against admitting."""
    told = tuple(Check(CheckName.FORMAT, Result.WARNING, note) for note in claims.warnings)
    if claims.unbound:
        told += (_NOT_BOUND,)
    reason = Reason.RECORDS_DISAGREE
    return told + tuple(Check(CheckName.IDENTITY, Result.FAIL, note, reason) for note in claims.disagreements)


def _stopped(refusal: Refusal, format: str | None, verified: Verified | None) -> Checked:
    """A pass that ended on the way: what was proven up to there, and what stopped it."""
    reason, note = refusal.reason, refusal.note or (f"reason.{refusal.reason.word}",)
    if verified is not None:
        signed = _signature_fine(verified.envelope.algorithm)
        where = CheckName.TRUST if reason is Reason.TRUST_DAMAGED else CheckName.FORMAT
        return Checked((signed, Check(where, Result.FAIL, note, reason)), format, verified.key)
    if reason is Reason.SIGNATURE_INVALID:
        return Checked((_FORMAT_FINE, Check(CheckName.SIGNATURE, Result.FAIL, note, reason)), format)
    if reason is Reason.ISSUER_UNKNOWN:
        unknown = Check(CheckName.KEY, Result.UNKNOWN, note, reason)
        return Checked((_FORMAT_FINE, _SIGNATURE_UNKNOWN, unknown), format)
    where = CheckName.TRUST if reason is Reason.TRUST_DAMAGED else CheckName.FORMAT
    return Checked((Check(where, Result.FAIL, note, reason),), format)


@cache
def _signature_fine(algorithm: str) -> Check:
    return Check(CheckName.SIGNATURE, Result.PASS, ("=", algorithm))


def _rank(check: Check) -> int:
    return check.reason.rank if check.reason is not None else Reason.OK.rank
