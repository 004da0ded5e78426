"""In date? Revoked? May this key sign this? Does the issuer match? How sound is what we know? Pure answers."""

from typing import NamedTuple

from checkpoint.model import Check, Checked, CheckName, Claims, Days, Key, Reason, Result
from checkpoint.trust.freshness import Light, Limits
from checkpoint.trust.revocation import BLOCKS, PINNED, Crl, ListDamaged, ListMissing, RevocationSet
from checkpoint.trust.snapshot import Trust

ISSUED_AHEAD = 60.0  # seconds: a pass issued a moment ago next door, read by a station whose clock is slow
CLOCK_SLACK = 300.0  # seconds: what clocks of honest machines differ by

_MOMENTS = Days()
_KEY_FINE = (Check(CheckName.KEY, Result.PASS),)
_TIME_FINE = Check(CheckName.TIME, Result.PASS)
_CERTIFICATE = "x509-serial"
_KEY_IDS = {_CERTIFICATE: Reason.KEY_REVOKED}  # ids that name the signer's certificate, not the pass
_NOT_REVOKED = Check(CheckName.REVOCATION, Result.PASS)
_NO_SOURCE = Check(CheckName.REVOCATION, Result.UNKNOWN, ("note.no_revocation_source",))
_TEST_KEY = Check(CheckName.KEY, Result.WARNING, ("note.test_key",))


class Age(NamedTuple):
    """How old one thing is that was synced, and what the signed table says about it. Seconds since 1970 UTC."""

    source: str  # "keys", or the name of a revocation list
    as_of: float
    limits: Limits

    @property
    def stop(self) -> float:
        """From when on it stops the station."""
        return self.as_of + self.limits.stop


def key(signer: Key, claims: Claims, at: float) -> tuple[Check, ...]:
    """Whether the signing key was allowed to sign this, then."""
    found = []
    if signer.revoked:
        found.append(Check(CheckName.KEY, Result.FAIL, ("reason.key_revoked",), Reason.KEY_REVOKED))
    if signer.kinds is not None and not claims.kinds <= signer.kinds:
        allowed = ", ".join(sorted(signer.kinds)) or "-"
        found.append(Check(CheckName.KEY, Result.FAIL, ("note.key_kinds", allowed), Reason.KEY_NOT_ALLOWED))
    if signer.not_after is not None and at > signer.not_after:
        found.append(Check(CheckName.KEY, Result.FAIL, ("note.key_ended", signer.not_after), Reason.KEY_EXPIRED))
    if signer.not_before is not None and at < signer.not_before:
        # A trusted key judged before its start: the list vouches for it, so this is told, not held against the holder.
        found.append(Check(CheckName.KEY, Result.WARNING, ("note.key_starts", signer.not_before)))
    if signer.test:
        found.append(_TEST_KEY)
    return tuple(found) if found else _KEY_FINE


def time(claims: Claims, signer: Key, at: float) -> Check:
    """Whether the pass is in date at `at`: from its start (RFC 8392 section 3.1.5) to its end."""
    days = claims.days or _MOMENTS
    start = _start(claims, signer, days)
    if start is not None and at < start:
        told = days.first or start  # the day as the document states it: in seconds it is another one here
        return Check(
            CheckName.TIME, Result.FAIL, ("note.valid_from", told), Reason.NOT_YET_VALID, ("remedy.come_back", told)
        )
    end = claims.valid_until if days.ends is None else days.ends
    if end is not None and (at > end or (at == end and claims.end_excluded)):
        return Check(CheckName.TIME, Result.FAIL, ("note.expired_on", days.last or end), Reason.EXPIRED)
    if claims.hours is not None and (opens := claims.hours.next_open(at)) != at:
        return _closed(claims.hours.text, opens, end)
    if end is not None and signer.not_after is not None and end > signer.not_after:
        return Check(CheckName.TIME, Result.WARNING, ("note.outlives_key", signer.not_after))
    issued = claims.issued_at if days.issued_from is None else days.issued_from
    if issued is not None and issued > at + ISSUED_AHEAD:
        return Check(CheckName.TIME, Result.WARNING, ("note.issued_ahead", days.issued or issued))
    return _TIME_FINE


def _closed(hours: str, opens: float, end: float | None) -> Check:
    """Outside the hours of the day in which it holds: not yet again, or never again."""
    if end is not None and opens >= end:
        return Check(CheckName.TIME, Result.FAIL, ("note.hours_over", hours), Reason.EXPIRED)
    note, remedy = ("note.hours", hours, opens), ("remedy.hours", opens)
    return Check(CheckName.TIME, Result.FAIL, note, Reason.NOT_YET_VALID, remedy)


def _start(claims: Claims, signer: Key, days: Days) -> float | None:
    """From when the pass counts: what it says, or its issue where that was before its key was even valid.

    The time of issue alone is no start (HCERT 1.1 section 3.3.5): honest issuers' clocks run ahead of stations'.
    """
    issued = claims.issued_at if days.issued_from is None else days.issued_from
    if claims.valid_from is None and issued is not None and signer.not_before is not None:
        return min(issued, signer.not_before)
    return claims.valid_from if days.begins is None else days.begins


def revocation(claims: Claims, signer: Key, trust: Trust, at: float) -> tuple[Check, float | None]:
    """Whether a list that this station holds names the pass at `at`, and how old the answer is."""
    if not trust.revocations and not signer.revocation:
        return _NO_SOURCE, None
    crl = trust.crls.get(signer.certificate_issuer)
    named: list[RevocationSet] = []
    missing = ""
    wanted = claims.revocation_ids
    if signer.certificate_id:  # known from its import: whether the pass carries the certificate is up to its holder
        wanted += ((_CERTIFICATE, signer.certificate_id),)
    for one in trust.revocations:
        try:
            hit = one.find(wanted, claims.issued_at)
        except ListMissing:
            missing = one.source  # the others are asked all the same: a block must not hide behind a gap
            continue
        except ListDamaged:
            return Check(CheckName.REVOCATION, Result.UNKNOWN, ("note.list_damaged",), Reason.TRUST_DAMAGED), None
        if hit is not None and (hit.until is None or at <= hit.until):
            reason = Reason.BLOCKED if hit.blocked else _KEY_IDS.get(hit.kind, Reason.REVOKED)
            as_of = crl.this_update if crl and one.source == PINNED and hit.kind == _CERTIFICATE else one.as_of
            return Check(CheckName.REVOCATION, Result.FAIL, (f"reason.{reason.word}",), reason), as_of
        if signer.revocation and one.source == signer.revocation:
            named.append(one)
    if missing or (signer.revocation and not named):
        return _missing("note.list_missing", missing or signer.revocation), None
    if not signer.revocation:
        return _signer_only(crl) if crl else (_NO_SOURCE, None)
    if not any(one.can_hold(wanted) for one in named):  # it is there, and could not say "revoked": no answer either
        return _missing("note.list_other_kind", signer.revocation), None
    ages = [one.as_of for one in named if one.as_of is not None]
    ages += [crl.this_update] if crl and signer.revocation == PINNED else []
    return _NOT_REVOKED, min(ages, default=None)


def _signer_only(crl: Crl) -> tuple[Check, float]:
    """No list speaks of the pass itself, but its CA's list of revoked certificates speaks of its signer."""
    return Check(CheckName.REVOCATION, Result.UNKNOWN, ("note.signer_not_listed", crl.this_update)), crl.this_update


def _missing(*note: str) -> Check:
    return Check(CheckName.REVOCATION, Result.UNKNOWN, note, Reason.REVOCATION_MISSING)


def issuer(claims: Claims, signer: Key) -> tuple[Check, ...]:
    """Whether the issuer that the pass names is the one whose key signed it; silent where they cannot be compared."""
    if not claims.country or not signer.country or claims.country == signer.country:
        return ()  # "identity: passed" would be read as the holder's, whom nobody compared
    note = ("note.issuer_differs", claims.country, signer.country)
    return (Check(CheckName.IDENTITY, Result.FAIL, note, Reason.ISSUER_MISMATCH),)


def station(trust: Trust, now: float, step: float = 0.0) -> tuple[Check, ...]:
    """What stands against relying on this station at all, right now, and what is worth a notice.

    `step`: by how many seconds somebody moved its clock while it ran (`trust.clock.Watch`).
    """
    if trust.problem is not None:
        note = trust.problem_note or (f"reason.{trust.problem.word}",)
        return (_against(CheckName.TRUST, trust.problem, *note), *_clock(trust, now, step))
    if not trust.issuers:
        return (_against(CheckName.TRUST, Reason.TRUST_MISSING, "reason.trust_missing"), *_clock(trust, now, step))
    return (*_age(trust, now), *_clock(trust, now, step))


def _clock(trust: Trust, now: float, step: float) -> tuple[Check, ...]:
    """Put back: expired passes would look valid, and above the floor nothing else would tell. Put forward: a notice."""
    if now + CLOCK_SLACK < trust.floor:
        return (_against(CheckName.CLOCK, Reason.CLOCK_SUSPECT, "note.clock_behind", now, trust.floor),)
    if step < 0:
        return (_against(CheckName.CLOCK, Reason.CLOCK_SUSPECT, "note.clock_put_back", str(round(-step / 60))),)
    if step > 0:
        return (_notice(CheckName.CLOCK, "note.clock_put_forward", str(round(step / 60))),)
    return ()


def _age(trust: Trust, now: float) -> tuple[Check, ...]:
    """How old what was synced is, by the signed table. Expired metadata is a notice: the table decides what stops."""
    if trust.issued is None:
        return ()
    limits = trust.policy.keys
    light = limits.light(trust.issued, now)
    if light is Light.STOP:
        return (_against(CheckName.TRUST, Reason.TRUST_STALE, "note.trust_stopped", trust.issued),)
    if light is Light.AMBER:
        return (_notice(CheckName.TRUST, "note.trust_ages", trust.issued, trust.issued + limits.stop),)
    ended = [(role, when) for role, when in trust.expires if when <= now]
    return tuple(_notice(CheckName.TRUST, "note.metadata_expired", role, when) for role, when in ended)


def list_age(checked: Checked, trust: Trust, now: float) -> tuple[Check, ...]:
    """How old the list is that answered for this pass, by the signed table; nothing while it is fresh."""
    source = checked.key.revocation if checked.key else ""
    as_of = checked.revocation_as_of
    told = _crl_age(checked, trust, now)
    if source in ("", PINNED) or as_of is None or _NOT_REVOKED not in checked.checks:
        return told
    return (*_list_light(Age(source, as_of, trust.policy.of_list(source)), now), *told)


def _crl_age(checked: Checked, trust: Trust, now: float) -> tuple[Check, ...]:
    """How old the pinned list of the signer's CA is, where it did not name the signer."""
    crl = trust.crls.get(checked.key.certificate_issuer) if checked.key else None
    if crl is None or any(one.name is CheckName.REVOCATION and one.result is Result.FAIL for one in checked.checks):
        return ()
    return _crl_light(crl, trust, now)


def _crl_light(crl: Crl, trust: Trust, now: float) -> tuple[Check, ...]:
    """By the table's row `pinned`, where there is one; without it a list is told when its successor is due.

    The table's general row is for lists that are synced: a state's CA may take 90 days for the next one (ICAO 9303-12).
    """
    row = trust.policy.lists.get(PINNED)
    found = _list_light(Age(crl.name or PINNED, crl.this_update, row), now) if row else ()
    if not found and crl.next_update is not None and crl.next_update <= now:  # RFC 5280 section 5.1.2.5
        found = (_notice(CheckName.REVOCATION, "note.crl_overdue", crl.name or PINNED, crl.next_update),)
    return found


def _list_light(age: Age, now: float) -> tuple[Check, ...]:
    light = age.limits.light(age.as_of, now)
    if light is Light.STOP:
        return (_against(CheckName.REVOCATION, Reason.REVOCATION_STALE, "note.list_stopped", age.source, age.as_of),)
    if light is Light.AMBER:
        return (_notice(CheckName.REVOCATION, "note.list_ages", age.source, age.as_of, age.stop),)
    return ()


def _against(name: CheckName, reason: Reason, *note: str | float) -> Check:
    return Check(name, Result.FAIL, note, reason, (f"remedy.{reason.word}",))


def _notice(name: CheckName, *note: str | float) -> Check:
    return Check(name, Result.WARNING, note)


def ages(trust: Trust) -> tuple[Age, ...]:
    """Everything that was synced and can grow old, the keys first."""
    if trust.issued is None:
        return ()
    row = trust.policy.lists.get(PINNED)
    crls = [Age(one.name or PINNED, one.this_update, row) for one in trust.crls.values()] if row else []
    return (Age("keys", trust.issued, trust.policy.keys), *_list_ages(trust), *crls)


def _list_ages(trust: Trust) -> tuple[Age, ...]:
    lists = {one.source: one.as_of for one in trust.revocations if one.as_of is not None and one.source != BLOCKS}
    return tuple(Age(source, as_of, trust.policy.of_list(source)) for source, as_of in lists.items())


def next_stop(trust: Trust) -> Age | None:
    """What stops this station first, None where nothing that it holds can grow old."""
    return min(ages(trust), key=lambda one: one.stop, default=None)


def readiness(trust: Trust, now: float) -> tuple[Check, ...]:
    """What a pass would meet at this station right now, before it is even shown: the same words as its verdict's."""
    lists = _list_ages(trust) if trust.issued is not None else ()
    found = [check for one in lists for check in _list_light(one, now)]
    found += [check for crl in trust.crls.values() for check in _crl_light(crl, trust, now)]
    return (*station(trust, now), *found)
