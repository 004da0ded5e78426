"""What the page shows of a situation, as plain data in one language: pure. Every foreign text passed `safe` before.

A visitor sees one word, one sentence and a shape. Names, dates and checks are in it only beside an officer.
"""

from typing import Any, NamedTuple

from checkpoint.kiosk.states import LIVE, Role, Situation, State, Step
from checkpoint.model import Check, Note, Reason
from checkpoint.present import compose
from checkpoint.present.page import Page, title
from checkpoint.verdict import Verdict
from checkpoint.words import LANGUAGES, known, say

# Reasons that may be read over a visitor's shoulder: they accuse nobody.
PUBLIC = frozenset(
    {
        Reason.NO_CODE,
        Reason.DAMAGED,
        Reason.UNSUPPORTED,
        Reason.INCOMPLETE,
        Reason.EXPIRED,
        Reason.NOT_YET_VALID,
        Reason.IDENTITY_ONLY,
        Reason.MORE_EVIDENCE,
        Reason.HOLDER_UNCHECKED,
        Reason.POLICY_REFUSED,
    }
)
LET_THROUGH = ("papers", "known", "supervisor", "emergency")
TURN_AWAY = ("papers", "mismatch", "supervisor", "left")
WHY = tuple(dict.fromkeys((*LET_THROUGH, *TURN_AWAY)))
Payload = dict[str, Any]


class Sight(NamedTuple):
    """What the screen is made from; times are the station's clock but `real`, seconds since 1970."""

    situation: Situation
    now: float
    real: float
    verdict: Verdict | None = None
    hint: Note = ()
    pin_wait: float = 0.0
    pin_wrong: bool = False
    pin_set: bool = True
    counter: tuple[int, int, int, int] = (0, 0, 0, 0)
    pictures: bool = True  # a camera, not a hand scanner


def screen(sight: Sight) -> Payload:
    """Everything the page needs to show `sight`."""
    one = sight.situation
    out = one.state is State.OUT_OF_ORDER
    found: Payload = {
        "state": one.state.value,
        "lang": one.lang,
        "visit": one.visit,
        "live": one.state in LIVE and sight.pictures,
        "tone": _tone(one),
        "step": one.step.value,
        "seconds": round(max(0.0, one.until - sight.now), 1),
        "word": _say(sight, f"kiosk.{_word(sight)}"),
        "title": _say(sight, f"cause.{one.cause.value}") if out and one.cause else "",
        "hint": _hint(sight),
        "mark": "",
        "languages": _languages(sight),
        "buttons": _buttons(sight),
        "blocks": [],
        "checks": [],
        "why": None,
        "pin": _pin(sight),
    }
    if one.state is State.VERDICT and sight.verdict is not None and one.outcome is not None:
        found |= _attended(sight, sight.verdict) if one.attended else _visitor(sight, sight.verdict)
    return found


_WORDS = {
    State.STARTING: "starting",
    State.READY: "ready",
    State.READING: "reading",
    State.VERDICT: "page",
    State.MORE: "more",
    State.PAUSED: "paused",
    State.OUT_OF_ORDER: "out_of_order",
    State.PIN: "pin",
    State.MENU: "menu",
}


def _tone(one: Situation) -> str:
    """What colour, shape and sound go by: nothing looks admitted before the holder was compared."""
    if one.step is Step.IDENTITY:
        return Step.IDENTITY.value
    return one.outcome.value if one.outcome else one.state.value


def _word(sight: Sight) -> str:
    scanner = sight.situation.state is State.READY and not sight.pictures
    return "scan" if scanner else _WORDS[sight.situation.state]


def _say(sight: Sight, key: str, *args: str) -> str:
    return say(sight.situation.lang, key, *args)


def _hint(sight: Sight) -> str:
    one = sight.situation
    if one.state in LIVE and sight.hint:
        return say(one.lang, *sight.hint)
    if one.state is State.MORE and one.total:
        return _say(sight, "kiosk.part_hint", str(one.read), str(one.total))
    if one.state is State.MENU:
        return _say(sight, "scan.counter", *map(str, sight.counter))
    if one.state is State.VERDICT:
        return ""
    return _say(sight, f"kiosk.{_WORDS[one.state]}_hint")


# --- a verdict -------------------------------------------------------------------------------------------------------


def _visitor(sight: Sight, verdict: Verdict) -> Payload:
    outcome = verdict.outcome.value
    public = verdict.reason in PUBLIC
    return {
        "word": _say(sight, f"go.{outcome}"),
        "title": _say(sight, f"title.{verdict.reason.word}") if public else "",
        "hint": _say(sight, f"do.{outcome}"),
        "mark": _mark(sight, verdict),
    }


def _attended(sight: Sight, verdict: Verdict) -> Payload:
    one = sight.situation
    page = compose(verdict, one.lang, sight.real)
    shown = one.outcome or verdict.outcome
    mismatch = shown is not verdict.outcome
    reason = _say(sight, f"title.{Reason.PERSON_MISMATCH.word}")
    return {
        "word": _say(sight, f"outcome.{shown.value}"),
        "title": reason if mismatch else title(verdict, one.lang),
        "hint": _step_hint(sight),
        "blocks": _blocks(page),
        "checks": [_check(one.lang, check) for check in verdict.checks],
        "why": _why(sight) if one.step is Step.DECISION else None,
    } | ({"word": _say(sight, "kiosk.step_identity")} if one.step is Step.IDENTITY else {})


def _step_hint(sight: Sight) -> str:
    match sight.situation.step:
        case Step.IDENTITY:
            return _say(sight, "kiosk.step_identity_hint")
        case Step.DECISION:
            return _say(sight, "kiosk.decide_hint")
    return ""


def _mark(sight: Sight, verdict: Verdict) -> str:
    specimen = any(one.key and one.key.test for one in verdict.passes)
    return _say(sight, "trust.test") if specimen else ""


def _blocks(page: Page) -> list[list[Payload]]:
    return [[{"label": line.label, "text": line.text, "warning": line.warning} for line in one] for one in page.blocks]


def _check(lang: str, check: Check) -> Payload:
    return {
        "name": say(lang, f"check.{check.name.value}"),
        "result": check.result.value,
        "said": say(lang, f"result.{check.result.value}"),
        "text": say(lang, *check.note) if check.note and known(str(check.note[0])) else "",
    }


# --- what can be done ------------------------------------------------------------------------------------------------


def _languages(sight: Sight) -> list[Payload]:
    one = sight.situation
    return [{"id": lang, "label": _say(sight, f"kiosk.{lang}"), "on": lang == one.lang} for lang in LANGUAGES]


def _buttons(sight: Sight) -> list[Payload]:
    names = _actions(sight.situation)
    return [{"id": name, "label": _say(sight, f"kiosk.{name}")} for name in names]


def _actions(one: Situation) -> tuple[str, ...]:
    match one.state:
        case State.VERDICT:
            return _ACTIONS_OF_STEP[one.step] if one.attended else ()
        case State.MORE | State.READING:
            return ("cancel",)
        case State.PIN:
            return ("enter", "back")
        case State.MENU:
            return (*_menu(one), "back")
    return ("staff",)


_ACTIONS_OF_STEP = {
    Step.NONE: ("next",),
    Step.IDENTITY: ("match", "mismatch"),
    Step.DECISION: ("let_through", "turn_away", "next"),
}


def _menu(one: Situation) -> tuple[str, ...]:
    if one.cause is not None:
        return ("repaired",) if one.role >= Role.ADMIN or one.cause.value == "staff" else ()
    return ("resume" if one.paused_until else "pause", "close")


def _why(sight: Sight) -> Payload:
    options = [{"id": name, "label": _say(sight, f"why.{name}")} for name in WHY]
    return {"label": _say(sight, "kiosk.why"), "options": options}


def _pin(sight: Sight) -> Payload | None:
    if sight.situation.state is not State.PIN:
        return None
    said = ""
    if not sight.pin_set:
        said = _say(sight, "kiosk.pin_none")
    elif sight.pin_wait > 0:
        said = _say(sight, "kiosk.pin_wait", str(int(sight.pin_wait) + 1))
    elif sight.pin_wrong:
        said = _say(sight, "kiosk.pin_wrong")
    return {"label": _say(sight, "kiosk.pin_label"), "said": said, "open": sight.pin_set and sight.pin_wait <= 0}
