"""The answer for one person, and its JSON (docs/json.md)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from checkpoint.model import Check, Checked, Key, Note, Outcome, Policy, Reason, Subject
from checkpoint.words import known, safe, say

YEAR_1, YEAR_9999 = -62_135_596_800, 253_402_300_799
# A program may want more of a long name than a screen has room for.
TEXT_LIMIT = 200


class Verdict(NamedTuple):
    """Outcome and reason first, then everything they rest on. Times are seconds since 1970 UTC."""

    reason: Reason
    checks: tuple[Check, ...]
    at: float
    policy: Policy
    grant: str | None = None
    note: Note = ()
    remedy: Note = ()
    passes: tuple[Checked, ...] = ()
    source: str = ""

    @property
    def outcome(self) -> Outcome:
        """Admit, refuse, check, not_ready or unreadable: fixed by the reason."""
        return self.reason.outcome

    @property
    def first(self) -> Checked | None:
        """The pass the verdict speaks of: the first one that got furthest, to signed content where there is any."""
        return max(self.passes, key=lambda one: (bool(one.claims and one.key), bool(one.claims)), default=None)

    @property
    def subject(self) -> Subject | None:
        """Who a good signature names; None where nothing was proven."""
        first = self.first
        return first.claims.subject if first and first.claims and first.key else None

    @property
    def claimed(self) -> Subject | None:
        """Who a code names that no trusted key stands behind; never to be shown as proven."""
        first = self.first
        return first.claims.subject if first and first.claims and not first.key else None

    @property
    def advice(self) -> Note:
        """What would help: the remedy that the corridor found, else what always helps with this reason, else ()."""
        usual = f"remedy.{self.reason.word}"
        return self.remedy or ((usual,) if known(usual) else ())

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The verdict as plain data, texts in `lang` ("vi" or "en"); every foreign string made safe."""
        first = self.first
        claims = first.claims if first else None
        signed = claims if first and first.key else None
        found = {
            "outcome": self.outcome.value,
            "reason": self.reason.word,
            "grant": _safe(self.grant) if self.grant else None,
            "detail": say(lang, *self.note) if self.note else say(lang, f"reason.{self.reason.word}"),
            "remedy": say(lang, *self.advice) if self.advice else None,
            "format": first.format if first else None,
            "pass_id": _safe(signed.pass_id) if signed else None,
            "issuer": _issuer(first),
            "subject": _subject(self.subject) if self.subject else None,
            "credentials": [_credential(one) for one in self._credentials()],
            "issued_at": rfc3339(signed.issued_at) if signed else None,
            "valid_from": rfc3339(signed.valid_from) if signed else None,
            "valid_until": rfc3339(signed.valid_until) if signed else None,
            "checks": [_check(one, lang) for one in self.checks],
            "as_of": self._as_of(),
            "policy": {"id": _safe(self.policy.id), "version": _safe(self.policy.version)},
            "at": rfc3339(self.at),
            "source": _safe(self.source) if self.source else None,
        }
        return {**found, "claimed": _subject(self.claimed)} if self.claimed else found

    def as_json(self, lang: str = "en") -> str:
        """One line of JSON, ASCII only, so that no terminal can be steered by it."""
        return json.dumps(self.as_dict(lang), separators=(",", ":"))

    def _credentials(self) -> Iterator[Any]:
        for one in self.passes:
            if one.claims and one.key:
                yield from one.claims.credentials

    def _as_of(self) -> dict[str, str | None]:
        keys = [one.key.as_of for one in self.passes if one.key and one.key.as_of is not None]
        lists = [one.revocation_as_of for one in self.passes if one.revocation_as_of is not None]
        return {
            "keys": rfc3339(min(keys)) if keys else None,
            "revocation": rfc3339(min(lists)) if lists else None,
            "policy": rfc3339(self.policy.as_of),
        }


def rfc3339(seconds: float | None) -> str | None:
    """Seconds since 1970 as RFC 3339 in UTC, whole seconds, the years 1 to 9999 at most; None stays None."""
    if seconds is None or seconds != seconds:
        return None
    return (
        datetime.fromtimestamp(max(YEAR_1, min(seconds // 1, YEAR_9999)), UTC)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .rjust(20, "0")
    )


def _issuer(checked: Checked | None) -> dict[str, Any] | None:
    if checked is None or checked.key is None:
        return None
    key: Key = checked.key
    claimed = checked.claims.issuer if checked.claims else ""
    found: dict[str, Any] = {
        "id": _safe(claimed or key.issuer or key.country) or None,
        "name": _safe(key.name) or None,
        "country": _safe(key.country or (checked.claims.country if checked.claims else "")) or None,
        "kid": _safe(key.kid),
        "trust": key.trust,
    }
    return {**found, "test": True} if key.test else found


def _subject(subject: Subject) -> dict[str, str]:
    found = {
        "name": subject.name,
        "birth_date": subject.birth_date,
        "family_name": subject.family_name,
        "given_name": subject.given_name,
        "latin_name": subject.latin_name,
        "document": subject.document,
        "sex": subject.sex,
    }
    return {name: _safe(text) for name, text in found.items() if text or name in ("name", "birth_date")}


def _credential(credential: Any) -> dict[str, Any]:
    facts = {_safe(name): _safe(value) if isinstance(value, str) else value for name, value in credential.facts.items()}
    return {"kind": _safe(credential.kind), **facts}


def _check(check: Check, lang: str) -> dict[str, str]:
    found = {"check": check.name.value, "result": check.result.value}
    return {**found, "detail": say(lang, *check.note)} if check.note else found


def _safe(text: str) -> str:
    return safe(text, TEXT_LIMIT)
