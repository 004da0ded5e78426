"""Opens a home and answers: the Python API, and what every front end holds."""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from checkpoint import formats, verify
from checkpoint.model import Check, Checked, CheckName, Policy, Reason, Refusal, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.status import CLOCK_SLACK
from checkpoint.store.load import load_trust, stamp
from checkpoint.trust.clock import Watch
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict

if TYPE_CHECKING:
    from checkpoint.readers.camera import Frame


class UnknownPolicy(ValueError):
    """A policy id that this station does not have."""


def home_folder(home: Path | None = None) -> Path:
    """The home: `home`, else CHECKPOINT_HOME, else the platform's folder for user data."""
    if home is not None:
        return home
    if stated := os.environ.get("CHECKPOINT_HOME"):
        return Path(stated)
    import platformdirs

    return Path(platformdirs.user_data_dir("checkpoint"))


class Verifier:
    """Verifies passes against the trust of one home, loaded once; `reload` takes what changed since."""

    def __init__(self, home: Path, trust: Trust) -> None:
        self.home = home
        self.trust = trust
        self._stamp = stamp(home)
        self._watch = Watch()

    @classmethod
    def open(cls, home: Path | None = None) -> "Verifier":
        """The verifier of `home` (see `home_folder`); a home that is not there gives `trust_missing` verdicts."""
        found = home_folder(home)
        return cls(found, load_trust(found))

    def changed(self) -> bool:
        """Whether keys, cache or mark on disk are others than those in use; microseconds, for between two passes."""
        return stamp(self.home) != self._stamp

    def reload(self) -> None:
        """Take the trust that is on disk now, whole, between two passes."""
        self._stamp = stamp(self.home)  # before the reading: what changes meanwhile is seen the next time
        before, self.trust = self.trust, load_trust(self.home)
        newer = (self.trust.issued or 0.0) > (before.issued or 0.0)
        if newer and time.time() + CLOCK_SLACK >= self.trust.floor:
            self._watch.restart()  # a newer signed time agrees with the clock as it stands now

    def verify(self, text: str | bytes, at: datetime | None = None, policy: str | None = None) -> Verdict:
        """The verdict for one pass.

        `at` (aware) judges the pass and its key as of that time; the age of lists and the clock are judged at the real
        now. Never raises on bad input; raises UnknownPolicy, and ValueError for an `at` without a zone.
        """
        now = time.time()
        if at is not None and at.tzinfo is None:
            raise ValueError("at must have a time zone")
        moment = now if at is None else at.timestamp()
        trust = self.trust
        ruled_by = find_policy(trust.policy.policy if policy is None else policy)
        try:
            checked = verify.check(_bare(text), trust, moment)
            return verify.decide((checked,), trust, ruled_by, moment, now, self._watch.step())
        except Exception as error:  # noqa: BLE001
            # Anything unforeseen is our failure: never an admit, never the holder's fault. No values in the log.
            _log(error)
            return _internal(ruled_by, moment)

    def read(self, image: "Path | str | Frame") -> list[str | bytes]:
        """The texts of the codes in a picture or PDF (path: everything tried), or in one live frame (numpy array).

        [] where there is none; never raises on bad input. Raises OSError for a file that cannot be opened.
        """
        from checkpoint import readers

        try:
            return [code.text for code in readers.read(Path(image) if isinstance(image, str) else image)]
        except Refusal:
            return []


def find_policy(policy: str | None) -> Policy:
    """The policy with this id, the station's own for None; raises UnknownPolicy."""
    if policy is None or policy == AUTHENTIC.id:
        return AUTHENTIC
    if policy == "bearer":
        from checkpoint.policy.bearer import BEARER  # few doors sell tickets

        return BEARER
    raise UnknownPolicy(policy)


def unread(reason: Reason, note: tuple[str | float, ...], at: float | None = None) -> Verdict:
    """The verdict for a picture or device that gave no text."""
    failed = Checked((Check(CheckName.FORMAT, Result.FAIL, note, reason),))
    moment = time.time() if at is None else at
    return Verdict(reason, failed.checks, moment, AUTHENTIC, note=note, passes=(failed,))


def _bare(text: object) -> str | bytes:
    """Without the line ends of whatever typed it; spaces are data (base45). Neither text nor bytes is no pass."""
    if isinstance(text, str):  # the last bytes of a seal are its signature, and no format begins with what is taken off
        return text if text.startswith(formats.SEAL_TEXTS) else text.lstrip("\ufeff\r\n\t").rstrip("\r\n\t")
    return text if isinstance(text, bytes) else b""


def _internal(policy: Policy, at: float) -> Verdict:
    check = Check(CheckName.TRUST, Result.FAIL, ("reason.internal",), Reason.INTERNAL)
    return Verdict(Reason.INTERNAL, (check,), at, policy, note=check.note, passes=(Checked((check,)),))


def _log(error: BaseException) -> None:
    """What failed and where, in the debug log: the type of the error and a line number, no values."""
    import logging  # 10 ms that a verification need not pay

    logging.getLogger(__name__).debug("verify failed: %s at %s", type(error).__name__, _where(error))


def _where(error: BaseException) -> str:
    """File and line of the innermost frame, without any value."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
