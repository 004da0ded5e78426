"""The states of the kiosk, what can happen to it, and how long each state lasts: names and numbers only."""

from enum import Enum, IntEnum, unique
from typing import NamedTuple

from checkpoint.model import Outcome


@unique
class State(Enum):
    """What the page shows."""

    STARTING = "starting"
    READY = "ready"
    READING = "reading"
    VERDICT = "verdict"
    MORE = "more_evidence"
    PAUSED = "paused"
    OUT_OF_ORDER = "out_of_order"
    PIN = "pin"
    MENU = "menu"


class Role(IntEnum):
    """Who stands before the page; each may do what those before it may."""

    VISITOR = 0
    OFFICER = 1
    ADMIN = 2


@unique
class Cause(Enum):
    """Why the kiosk is out of order."""

    CAMERA = "camera"
    GATE = "gate"
    STAFF = "staff"
    DAMAGED = "damaged"  # what it remembered cannot be read: it may have been out of order


@unique
class Step(Enum):
    """What an officer still has to do about the verdict shown."""

    NONE = "none"
    IDENTITY = "identity"
    DECISION = "decision"


@unique
class Kind(Enum):
    """What can happen."""

    STARTED = "started"  # frames or a scanner are there
    LOST = "lost"  # no camera, no scanner
    CODE = "code"  # a code is in sight and is being read
    JUDGED = "judged"
    PART = "part"
    CANCEL = "cancel"
    LANGUAGE = "language"
    ASK_MENU = "ask_menu"
    UNLOCK = "unlock"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    REPAIRED = "repaired"
    MATCH = "match"
    MISMATCH = "mismatch"
    DECIDED = "decided"
    BROKEN = "broken"
    TICK = "tick"


class Event(NamedTuple):
    """One thing that happened; only what its kind needs is set."""

    kind: Kind
    outcome: Outcome = Outcome.NOT_READY
    step: Step = Step.NONE
    more: bool = False  # the verdict asks for another pass of the same person
    read: int = 0
    total: int = 0
    lang: str = ""
    role: Role = Role.VISITOR
    cause: Cause = Cause.STAFF


class Situation(NamedTuple):
    """Where the kiosk stands. `camera`, `paused_until` and `cause` are facts that outlast a state."""

    state: State
    since: float
    until: float
    home_lang: str
    lang: str
    attended: bool = False
    camera: bool = False
    paused_until: float = 0.0
    cause: Cause | None = None
    role: Role = Role.VISITOR
    outcome: Outcome | None = None
    step: Step = Step.NONE
    visit: int = 0
    read: int = 0
    total: int = 0


class Moved(NamedTuple):
    """The next situation, and whether the gate opens now."""

    situation: Situation
    open_gate: bool = False


START_SECONDS = 30.0
IDLE_SECONDS = 30.0  # then the next visitor finds the kiosk's own language again
READING_SECONDS = 4.0
MORE_SECONDS = 30.0
PAUSE_SECONDS = 900.0
RETRY_SECONDS = 30.0
PIN_SECONDS = 20.0
MENU_SECONDS = 60.0
STEP_SECONDS = 60.0
LEAST_SHOWN = 1.2  # seconds: the next pass must not wipe a verdict away before anybody has read it
HOLD = {
    Outcome.ADMIT: 3.0,
    Outcome.REFUSE: 8.0,
    Outcome.CHECK: 8.0,
    Outcome.NOT_READY: 6.0,
    Outcome.UNREADABLE: 4.0,
}
# States in which the picture is shown, and in which a code may be judged.
LIVE = frozenset({State.READY, State.READING, State.MORE})
# Causes that only a person ends.
STICKY = frozenset({Cause.GATE, Cause.STAFF, Cause.DAMAGED})
NEEDS = {Kind.MATCH: Role.OFFICER, Kind.MISMATCH: Role.OFFICER, Kind.DECIDED: Role.OFFICER}
MENU_NEEDS = {
    Kind.PAUSE: Role.OFFICER,
    Kind.RESUME: Role.OFFICER,
    Kind.CLOSE: Role.OFFICER,
    Kind.REPAIRED: Role.OFFICER,
}
