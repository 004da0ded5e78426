"""What the kiosk is doing, pure: a situation, an event and the time give the next situation.

Every state has an end in time, and every end leads on: to rest, which is what the facts (camera, pause, cause) say.
"""

from collections.abc import Callable

from checkpoint.kiosk.states import (
    HOLD,
    IDLE_SECONDS,
    LEAST_SHOWN,
    LIVE,
    MENU_NEEDS,
    MENU_SECONDS,
    MORE_SECONDS,
    NEEDS,
    PAUSE_SECONDS,
    PIN_SECONDS,
    READING_SECONDS,
    RETRY_SECONDS,
    START_SECONDS,
    STEP_SECONDS,
    Cause,
    Event,
    Kind,
    Moved,
    Role,
    Situation,
    State,
    Step,
)
from checkpoint.model import Outcome


def begin(now: float, lang: str, *, attended: bool = False, cause: Cause | None = None) -> Situation:
    """The first situation; `cause` is what the kiosk remembers of the time before."""
    blank = Situation(State.STARTING, now, now, lang, lang, attended, cause=cause, role=_own_role(attended))
    return _rest(blank, now)


def step(before: Situation, event: Event, now: float) -> Moved:
    """What follows from `event` at `now`; what does not fit the state changes nothing. Total: never raises."""
    current = expire(before, now)
    if not allowed(current, event.kind):
        return Moved(current)
    return _HANDLERS[event.kind](current, event, now)


def expire(situation: Situation, now: float) -> Situation:
    """The situation once the time limits up to `now` have passed."""
    if now < situation.until:
        return situation
    if situation.state is State.STARTING:
        situation = situation._replace(cause=Cause.CAMERA)
    if situation.state is State.READY:
        situation = situation._replace(lang=situation.home_lang)
    return _rest(situation, now)


def allowed(situation: Situation, kind: Kind) -> bool:
    """Whether whoever stands before the page may do this now."""
    if kind in MENU_NEEDS:
        return situation.state is State.MENU and situation.role >= MENU_NEEDS[kind]
    return situation.role >= NEEDS.get(kind, Role.VISITOR)


def accepts(situation: Situation, now: float) -> bool:
    """Whether a code shown now may be judged."""
    if situation.state is State.VERDICT:
        return situation.step is Step.NONE and now >= situation.since + LEAST_SHOWN
    return situation.state in LIVE


def _rest(one: Situation, now: float) -> Situation:
    """Where the facts say that the kiosk is when nothing is going on."""
    if one.cause is not None:
        return _enter(one, State.OUT_OF_ORDER, now, RETRY_SECONDS)
    if one.paused_until > now:
        return _enter(one, State.PAUSED, now, one.paused_until - now)
    if not one.camera:
        return _enter(one, State.STARTING, now, START_SECONDS)
    return _enter(one, State.READY, now, IDLE_SECONDS)


def _enter(one: Situation, state: State, now: float, seconds: float) -> Situation:
    return one._replace(
        state=state,
        since=now,
        until=now + seconds,
        role=_own_role(one.attended),
        outcome=None,
        step=Step.NONE,
        read=0,
        total=0,
    )


def _own_role(attended: bool) -> Role:
    return Role.OFFICER if attended else Role.VISITOR


def _started(one: Situation, event: Event, now: float) -> Moved:
    seen = one._replace(camera=True, cause=None if one.cause is Cause.CAMERA else one.cause)
    waiting = one.state in (State.STARTING, State.OUT_OF_ORDER)
    return Moved(_rest(seen, now) if waiting and seen != one else seen)


def _lost(one: Situation, event: Event, now: float) -> Moved:
    lost = one._replace(camera=False)
    return Moved(_rest(lost, now) if one.state in LIVE else lost)


def _code(one: Situation, event: Event, now: float) -> Moved:
    return Moved(_enter(one, State.READING, now, READING_SECONDS) if one.state is State.READY else one)


def _judged(one: Situation, event: Event, now: float) -> Moved:
    if not accepts(one, now):
        return Moved(one)
    visit = one.visit + 1
    if event.more and event.outcome is not Outcome.ADMIT:
        return Moved(_enter(one, State.MORE, now, MORE_SECONDS)._replace(visit=visit))
    step = event.step if one.attended else Step.NONE
    seconds = HOLD[event.outcome] if step is Step.NONE else STEP_SECONDS
    shown = _enter(one, State.VERDICT, now, seconds)._replace(outcome=event.outcome, step=step, visit=visit)
    return Moved(shown, event.outcome is Outcome.ADMIT and step is Step.NONE)


def _part(one: Situation, event: Event, now: float) -> Moved:
    if not accepts(one, now):
        return Moved(one)
    return Moved(_enter(one, State.MORE, now, MORE_SECONDS)._replace(read=event.read, total=event.total))


def _cancel(one: Situation, event: Event, now: float) -> Moved:
    ends = one.state in (State.READING, State.VERDICT, State.MORE, State.PIN, State.MENU)
    return Moved(_rest(one, now) if ends else one)


def _language(one: Situation, event: Event, now: float) -> Moved:
    # Whoever chose is still there: the time until the kiosk's own language comes back begins again.
    until = max(one.until, now + IDLE_SECONDS) if one.state is State.READY else one.until
    return Moved(one._replace(lang=event.lang or one.home_lang, until=until))


def _ask_menu(one: Situation, event: Event, now: float) -> Moved:
    busy = one.state in (State.PIN, State.MENU)
    return Moved(one if busy else _enter(one, State.PIN, now, PIN_SECONDS))


def _unlock(one: Situation, event: Event, now: float) -> Moved:
    if one.state is not State.PIN or event.role is Role.VISITOR:
        return Moved(one)
    return Moved(_enter(one, State.MENU, now, MENU_SECONDS)._replace(role=event.role))


def _pause(one: Situation, event: Event, now: float) -> Moved:
    return Moved(_rest(one._replace(paused_until=now + PAUSE_SECONDS), now))


def _resume(one: Situation, event: Event, now: float) -> Moved:
    return Moved(_rest(one._replace(paused_until=0.0), now))


def _close(one: Situation, event: Event, now: float) -> Moved:
    return Moved(_rest(one._replace(cause=Cause.STAFF), now))


def _repaired(one: Situation, event: Event, now: float) -> Moved:
    # What broke by itself is for the admin to look at; what staff closed, staff opens.
    if one.cause not in (None, Cause.STAFF) and one.role < Role.ADMIN:
        return Moved(one)
    return Moved(_rest(one._replace(cause=None), now))


def _match(one: Situation, event: Event, now: float) -> Moved:
    if one.state is not State.VERDICT or one.step is not Step.IDENTITY:
        return Moved(one)
    admitted = one.outcome is Outcome.ADMIT
    seconds = HOLD[Outcome.ADMIT] if admitted else STEP_SECONDS
    return Moved(one._replace(step=Step.NONE, since=now, until=now + seconds), admitted)


def _mismatch(one: Situation, event: Event, now: float) -> Moved:
    if one.state is not State.VERDICT or one.step is not Step.IDENTITY:
        return Moved(one)
    until = now + STEP_SECONDS
    return Moved(one._replace(outcome=Outcome.CHECK, step=Step.DECISION, since=now, until=until))


def _decided(one: Situation, event: Event, now: float) -> Moved:
    deciding = one.state is State.VERDICT and one.step is Step.DECISION
    return Moved(_rest(one, now) if deciding else one)


def _broken(one: Situation, event: Event, now: float) -> Moved:
    return Moved(_rest(one._replace(cause=event.cause), now))


def _tick(one: Situation, event: Event, now: float) -> Moved:
    return Moved(one)


_HANDLERS: dict[Kind, Callable[[Situation, Event, float], Moved]] = {
    Kind.STARTED: _started,
    Kind.LOST: _lost,
    Kind.CODE: _code,
    Kind.JUDGED: _judged,
    Kind.PART: _part,
    Kind.CANCEL: _cancel,
    Kind.LANGUAGE: _language,
    Kind.ASK_MENU: _ask_menu,
    Kind.UNLOCK: _unlock,
    Kind.PAUSE: _pause,
    Kind.RESUME: _resume,
    Kind.CLOSE: _close,
    Kind.REPAIRED: _repaired,
    Kind.MATCH: _match,
    Kind.MISMATCH: _mismatch,
    Kind.DECIDED: _decided,
    Kind.BROKEN: _broken,
    Kind.TICK: _tick,
}
