"""What is said about a verdict, and in which order; nothing about how it looks."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from checkpoint.model import Checked, CheckName, Claims, Credential, Days, Key, Outcome, Result, Subject
from checkpoint.verdict import Verdict
from checkpoint.words import age, date, day, known, mixed_scripts, moment, safe, say

# The difference between the moment a verdict is about and now, from which on people must be told.
ANOTHER_TIME = 300.0
# Facts, and the kinds beside which they are shown. Health is named by its kind alone: the policy has judged the rest.
SCOPE = (
    *("number", "colour", "class", "role", "category", "purpose", "organisation", "event", "area", "route", "place"),
    *("seat", "vehicle", "hours", "starts", "from", "until"),
)
_NAMED = {"colour"}  # facts that have words of their own
WITH_SCOPE = {"travel_permit", "ticket", "card", "badge", "visa", "residence_permit", "pass", "membership"}


class Line(NamedTuple):
    """One thing that is said; `label` is "" for a sentence. Every text is safe to show."""

    label: str
    text: str
    warning: bool = False


class Page(NamedTuple):
    """The outcome first, then blocks of lines in the order in which an officer needs them."""

    outcome: Outcome
    word: str
    title: str
    blocks: tuple[tuple[Line, ...], ...]


def compose(verdict: Verdict, lang: str, now: float | None = None) -> Page:
    """The page of `verdict`; `now` is the real present in seconds, the verdict's own time where it is None."""
    moment_of_reading = verdict.at if now is None else now
    blocks = (
        tuple(_notices(verdict, lang, moment_of_reading)),
        tuple(_reasons(verdict, lang)),
        tuple(_person(verdict, lang)),
        tuple(_statements(verdict, lang)),
        tuple(_origin(verdict, lang)),
        tuple(_freshness(verdict, lang, moment_of_reading)),
    )
    word = say(lang, f"outcome.{verdict.outcome.value}")
    return Page(verdict.outcome, word, title(verdict, lang), tuple(filter(None, blocks)))


def title(verdict: Verdict, lang: str) -> str:
    """The few words beside the outcome: what is granted, or why not; a specimen is marked here already."""
    words = say(lang, f"title.{verdict.reason.word}")
    if verdict.outcome is Outcome.ADMIT and verdict.grant:
        words = _named("grant", verdict.grant, lang)
    return say(lang, "title.test_key", words) if _specimen(verdict) else words


def _specimen(verdict: Verdict) -> bool:
    return any(one.key and one.key.test for one in verdict.passes)


def _named(namespace: str, word: str, lang: str) -> str:
    key = f"{namespace}.{word}"
    return say(lang, key) if known(key) else safe(word)


def _notices(verdict: Verdict, lang: str, now: float) -> Iterator[Line]:
    if _specimen(verdict):
        yield Line("", say(lang, "note.test_key"), warning=True)
    if abs(verdict.at - now) > ANOTHER_TIME:
        yield Line("", say(lang, "note.judged_at", str(verdict.at)), warning=True)


_SPECIMEN = ("note.test_key",)


def _reasons(verdict: Verdict, lang: str) -> Iterator[Line]:
    yield Line("", say(lang, f"reason.{verdict.reason.word}"))
    if verdict.note:
        yield Line(say(lang, "label.detail"), say(lang, *verdict.note))  # labelled: it may carry foreign text
    if verdict.advice:
        yield Line(say(lang, "label.remedy"), say(lang, *verdict.advice))
    for check in verdict.checks:
        if check.note == _SPECIMEN:
            continue  # said before everything else
        if check.result is Result.WARNING and check.note:
            yield Line(say(lang, "label.warning"), say(lang, *check.note), warning=True)
        elif check.reason not in (None, verdict.reason):
            text = say(lang, *check.note) if check.note else say(lang, f"reason.{check.reason.word}")
            yield Line(say(lang, "label.also"), text, warning=True)


def _person(verdict: Verdict, lang: str) -> Iterator[Line]:
    subject = verdict.subject or verdict.claimed
    if subject is None:
        return
    if verdict.subject is None:
        yield Line("", say(lang, "note.claimed"), warning=True)
    yield Line(say(lang, "label.name"), _name(subject, lang))
    if mixed_scripts(subject.name):
        yield Line(say(lang, "label.warning"), say(lang, "note.mixed_scripts"), warning=True)
    if subject.birth_date:
        yield Line(say(lang, "label.born"), day(lang, subject.birth_date))
    if subject.document and verdict.subject is not None:  # to be compared with the document in the holder's hand
        yield Line(say(lang, "label.document"), safe(subject.document, 40))


def _name(subject: Subject, lang: str) -> str:
    name = safe(subject.name) or safe(f"{subject.family_name} {subject.given_name}")
    latin = safe(subject.latin_name)
    if not name:
        return latin or say(lang, "note.not_stated")
    return f"{name} ({latin})" if latin and latin.casefold() != name.casefold() else name


def _statements(verdict: Verdict, lang: str) -> Iterator[Line]:
    credentials = Counter(
        _credential(one, lang)
        for checked in verdict.passes
        if checked.claims and checked.key
        for one in checked.claims.credentials
    )
    for text, times in credentials.items():
        counted = text if times == 1 else say(lang, "label.times", text, str(times))
        yield Line(say(lang, "label.says"), counted)


def _credential(credential: Credential, lang: str) -> str:
    stated = ((name, credential.facts.get(name)) for name in SCOPE if credential.kind in WITH_SCOPE)
    facts = (_fact(name, str(fact), lang) for name, fact in stated if fact not in (None, ""))
    return safe(" · ".join([_named("kind", credential.kind, lang), *facts]), 320)


def _fact(name: str, fact: str, lang: str) -> str:
    return _named(name, fact, lang) if name in _NAMED else safe(fact, 100)


def _origin(verdict: Verdict, lang: str) -> Iterator[Line]:
    lines = (_issued_by(one, one.key, lang) for one in verdict.passes if one.key is not None)
    yield from dict.fromkeys(lines)
    claims = verdict.first.claims if verdict.first else None
    if claims is None or verdict.subject is None:
        return
    yield from _dates(claims, lang)


def _dates(claims: Claims, lang: str) -> Iterator[Line]:
    """A day as the document states it, wherever the station stands; a moment in the station's own zone."""
    days = claims.days or Days()
    for key, stated, seconds in (
        ("issued", days.issued, claims.issued_at),
        ("valid_from", days.first, claims.valid_from),
        ("valid_until", days.last, claims.valid_until),
    ):
        if seconds is not None:
            shown = moment if key == "valid_until" else date
            yield Line(say(lang, f"label.{key}"), day(lang, stated) if stated else shown(lang, seconds))


def _issued_by(checked: Checked, key: Key, lang: str) -> Line:
    if checked.claims is None:  # the code names this issuer, but its signature did not bear it out
        return Line(say(lang, "label.issuer_claimed"), _issuer(key))
    return Line(say(lang, "label.issuer"), f"{_issuer(key)} – {_trust(key, lang)}", warning=key.test)


def _issuer(key: Key) -> str:
    name = safe(key.name) or safe(key.issuer) or safe(key.country) or safe(key.kid)
    return f"{name} ({safe(key.country)})" if key.country and key.country not in (name, key.issuer) else name


def _trust(key: Key, lang: str) -> str:
    return say(lang, "trust.test") if key.test else _named("trust", key.trust, lang)


def _freshness(verdict: Verdict, lang: str, now: float) -> Iterator[Line]:
    keys = [one.key for one in verdict.passes if one.key]
    if not keys:
        return
    dated = [key.as_of for key in keys if key.as_of is not None]
    known_age = _as_of(min(dated), lang, now) if len(dated) == len(keys) else say(lang, "age.unknown")
    yield Line(say(lang, "label.keys"), known_age)
    for text in dict.fromkeys(_revocation(one, lang, now) for one in verdict.passes if one.key):
        yield Line(say(lang, "label.revocation"), text)
    yield Line(say(lang, "label.policy"), safe(f"{verdict.policy.id} {verdict.policy.version}"))


def _revocation(checked: Checked, lang: str, now: float) -> str:
    for check in checked.checks:
        if check.name is CheckName.REVOCATION and check.result is Result.FAIL and check.reason:
            return say(lang, f"reason.{check.reason.word}")
    if checked.revocation_as_of is not None:
        return _as_of(checked.revocation_as_of, lang, now)
    named = checked.key is not None and checked.key.revocation
    return say(lang, "note.revocation_missing" if named else "note.revocation_unnamed")


def _as_of(seconds: float, lang: str, now: float) -> str:
    return f"{date(lang, seconds)} ({age(lang, seconds, now)})"
