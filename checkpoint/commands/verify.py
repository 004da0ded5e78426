"""`checkpoint verify`: passes in, verdicts out, the exit code is the highest of theirs."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import groupby

from checkpoint.commands.inputs import Input, NoSuchFile, expand
from checkpoint.commands.options import VerifyOptions
from checkpoint.model import Outcome, Reason
from checkpoint.verdict import Verdict
from checkpoint.verifier import UnknownPolicy, Verifier, find_policy, unread

USAGE = 2
_LEAP, _BEFORE_LEAP, _LAST_SECOND = ":60", ":59", time_of_day(23, 59, 59)


def run(options: VerifyOptions) -> int:
    """Judge every pass and print the verdicts; gives the exit code."""
    try:
        at = parse_time(options.at)
        find_policy(options.policy)
    except UnknownPolicy as unknown:
        return _wrong_use(no_policy(unknown))
    except ValueError:
        return _wrong_use(f"--at {options.at}: no time", "write it as 2022-05-01T00:00:00Z")
    verifier = Verifier.open(options.home)
    worst: int | None = None  # 0 says admit: where no pass came, nobody was admitted
    try:
        for verdict in _verdicts(verifier, options, at):
            show(verdict, options.json, options.lang)
            worst = max(worst or 0, verdict.outcome.exit_code)
            if verdict.reason is Reason.NO_CODE:
                hint_at_missing_reader(options.lang)
    except NoSuchFile as missing:
        return _wrong_use(str(missing))
    return _no_pass(options.passes) if worst is None else worst


def _no_pass(given: tuple[str, ...]) -> int:
    """Every argument gave nothing at all: said in the words of what was given."""
    if "-" in given:
        return _wrong_use("no pass came on standard input", "one text a line")
    return _wrong_use("there is no pass in what was given", "a PASS is a text, a picture, a PDF, or - for stdin")


def no_policy(unknown: UnknownPolicy) -> str:
    """That the station has no such policy, and which it has."""
    from checkpoint.trust.freshness import POLICIES

    return f"there is no policy {unknown} at this station; it has {', '.join(POLICIES)}"


def _wrong_use(message: str, hint: str = "") -> int:
    from checkpoint.present import error

    error(message, hint)
    return USAGE


def _verdicts(verifier: Verifier, options: VerifyOptions, at: datetime | None) -> Iterator[Verdict]:
    inputs = expand(options.passes)
    for place, group in groupby(inputs, key=lambda one: one.place):
        judged = (_judge(verifier, one, at, options.policy) for one in group)
        yield from _of_one_picture(judged) if place else judged


def _judge(verifier: Verifier, one: Input, at: datetime | None, policy: str | None) -> Verdict:
    if one.text is None:
        verdict = unread(one.reason, one.note, at.timestamp() if at else None)
    else:
        verdict = verifier.verify(one.text, at, policy)
    return verdict._replace(source=one.source)


def _of_one_picture(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Without the codes beside the pass that are none: an address on a poster is not held against its holder.

    Where nothing could be read, a damaged pass says more than a poster.
    """
    found = list(verdicts)
    read = [one for one in found if one.outcome is not Outcome.UNREADABLE]
    return read or sorted(found, key=lambda one: one.reason.rank)[:1]


def show(verdict: Verdict, json: bool, lang: str | None) -> None:
    """Print one verdict on standard output, at once."""
    language = lang or default_language()
    if json:
        sys.stdout.write(verdict.as_json(language) + "\n")
    else:
        from checkpoint.present import show as show_page

        show_page(verdict, language, sys.stdout, now=time.time())
    sys.stdout.flush()


def hint_at_missing_reader(lang: str | None) -> None:
    """Say on standard error what could be installed to read more pictures, where something is missing."""
    from checkpoint.readers.zbar import zbar_missing
    from checkpoint.words import say

    if install := zbar_missing():
        sys.stderr.write(say(lang or default_language(), "scan.zbar", install) + "\n")


def default_language() -> str:
    """Vietnamese where the environment says so, else English."""
    stated = (os.environ.get(name) for name in ("CHECKPOINT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return "vi" if next(filter(None, stated), "").lower().startswith("vi") else "en"


def parse_time(text: str | None) -> datetime | None:
    """An RFC 3339 time with its zone, None for None; raises ValueError."""
    if text is None:
        return None
    stated = text.upper()  # section 5.6: t and z may be small letters
    whole = stated.replace(_LEAP, _BEFORE_LEAP)
    found = datetime.fromisoformat(whole)
    if found.tzinfo is None:
        raise ValueError("no zone")
    return found if whole == stated else _after_leap(found)


def _after_leap(found: datetime) -> datetime:
    """The moment after a leap second: the one before it is `found`, and a day ends with it in UTC (section 5.7)."""
    if found.astimezone(UTC).time() != _LAST_SECOND:
        raise ValueError("no leap second")
    try:
        return found + timedelta(seconds=1)
    except OverflowError:
        raise ValueError("no such year") from None
