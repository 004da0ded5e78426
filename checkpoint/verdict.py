"""The answer for one person, and its JSON (docs/json.md)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checkpoint.model import Check, Checked, Key, Note, Outcome, Policy, Reason, Subject
from checkpoint.words import safe, told


@dataclass(frozen=True, slots=True)
class Verdict:
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
        """The pass the verdict speaks of: the first one that got as far as its content."""
        return next((one for one in self.passes if one.claims), self.passes[0] if self.passes else None)

    @property
    def subject(self) -> Subject | None:
        """Who a good signature names; None where nothing was proven."""
        first = self.first
        return first.claims.subject if first and first.claims else None

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The verdict as plain data, texts in `lang` ("vi" or "en"); every foreign string made safe."""
        first = self.first
        claims = first.claims if first else None
        return {
            "outcome": self.outcome.value,
            "reason": self.reason.word,
            "grant": self.grant,
            "detail": told(lang, self.note or (f"reason.{self.reason.word}",)),
            "remedy": told(lang, self.remedy) if self.remedy else None,
            "format": first.format if first else None,
            "pass_id": claims.pass_id if claims else None,
            "issuer": _issuer(first),
            "subject": _subject(claims.subject) if claims and claims.subject else None,
            "credentials": [_credential(one) for one in self._credentials()],
            "issued_at": rfc3339(claims.issued_at) if claims else None,
            "valid_from": rfc3339(claims.valid_from) if claims else None,
            "valid_until": rfc3339(claims.valid_until) if claims else None,
            "checks": [_check(one, lang) for one in self.checks],
            "as_of": self._as_of(),
            "policy": {"id": self.policy.id, "version": self.policy.version},
            "at": rfc3339(self.at),
            "source": safe(self.source) if self.source else None,
        }

    def as_json(self, lang: str = "en") -> str:
        """One line of JSON, ASCII only, so that no terminal can be steered by it."""
        return json.dumps(self.as_dict(lang), separators=(",", ":"))

    def _credentials(self) -> Iterator[Any]:
        for one in self.passes:
            if one.claims:
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
    """Seconds since 1970 as RFC 3339 in UTC, whole seconds; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds // 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _issuer(checked: Checked | None) -> dict[str, Any] | None:
    if checked is None or checked.key is None:
        return None
    key: Key = checked.key
    claimed = checked.claims.issuer if checked.claims else ""
    found: dict[str, Any] = {
        "id": safe(claimed or key.issuer or key.country) or None,
        "name": safe(key.name) or None,
        "country": safe(key.country or (checked.claims.country if checked.claims else "")) or None,
        "kid": safe(key.kid),
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
    }
    return {name: safe(text) for name, text in found.items() if text or name in ("name", "birth_date")}


def _credential(credential: Any) -> dict[str, Any]:
    facts = {name: safe(value) if isinstance(value, str) else value for name, value in credential.facts.items()}
    return {"kind": credential.kind, **facts}


def _check(check: Check, lang: str) -> dict[str, str]:
    found = {"check": check.name.value, "result": check.result.value}
    return {**found, "detail": told(lang, check.note)} if check.note else found
