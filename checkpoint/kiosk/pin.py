"""PINs of the staff: scrypt hashes in the station's state, and guessing that gets slower and slower."""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any, NamedTuple

from checkpoint.kiosk import memory
from checkpoint.kiosk.states import Role

LEAST_DIGITS, MOST_DIGITS = 6, 12
# 16 MB and some 50 ms a try: a stolen file is not worth much, and the door does not notice.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
FREE_TRIES = 3
FIRST_DELAY, LONGEST_DELAY = 5.0, 900.0
ROLES = {"officer": Role.OFFICER, "admin": Role.ADMIN}


class Attempts(NamedTuple):
    """Wrong tries in a row, and until when no further one counts."""

    failures: int = 0
    locked_until: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next try."""
        return max(0.0, self.locked_until - now)

    def failed(self, now: float) -> "Attempts":
        """After one more wrong try."""
        failures = self.failures + 1
        return Attempts(failures, now + delay(failures))


def delay(failures: int) -> float:
    """Seconds to wait after so many wrong tries in a row: none, then doubled each time."""
    beyond = failures - FREE_TRIES
    return 0.0 if beyond < 0 else min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(beyond, 16))


def well_formed(pin: str) -> bool:
    """Whether `pin` could be one: 6 to 12 ASCII digits, not all the same."""
    return LEAST_DIGITS <= len(pin) <= MOST_DIGITS and pin.isascii() and pin.isdigit() and len(set(pin)) > 1


class Pins:
    """The PINs of one home. Not for two threads."""

    def __init__(self, file: Path, now: float) -> None:
        """Wrong tries before a restart are not forgotten: their delay begins again at `now`."""
        self._file = file
        found = self._read()
        failures = found.get("failures", 0)
        failures = failures if isinstance(failures, int) and failures >= 0 else FREE_TRIES
        self.attempts = Attempts(failures, now + delay(failures) if failures else 0.0)

    @property
    def set(self) -> bool:
        """Whether there is any PIN; without one the menu stays shut."""
        return any(isinstance(self._read().get(name), dict) for name in ROLES)

    def choose(self, role: str, pin: str) -> None:
        """Make `pin` the one of `role` ("officer" or "admin")."""
        if role not in ROLES or not well_formed(pin):
            raise ValueError("no PIN")
        salt = secrets.token_bytes(16)
        entry = {"salt": salt.hex(), "hash": _hash(pin, salt).hex()}
        memory.write(self._file, {**self._read(), role: entry, "failures": 0})

    def attempt(self, pin: str, now: float) -> Role | None:
        """The role that `pin` opens, None for a wrong one or while waiting. A try counts before it is looked at."""
        if self.attempts.wait(now) > 0:
            return None
        known = self._read()
        self.attempts = self.attempts.failed(now)
        memory.write(self._file, {**known, "failures": self.attempts.failures})
        fits = [role for name, role in ROLES.items() if _fits(known.get(name), pin)]
        if not fits:
            return None
        self.attempts = Attempts()
        memory.write(self._file, {**known, "failures": 0})
        return max(fits)

    def _read(self) -> dict[str, Any]:
        try:
            return memory.read(self._file) or {}
        except (OSError, ValueError):
            return {"failures": FREE_TRIES}  # damaged: no PIN fits, and guessing starts slow


def _fits(entry: object, pin: str) -> bool:
    """Whether `pin` is the one of `entry`; the same work is done where there is none."""
    stored = entry if isinstance(entry, dict) else {}
    try:
        salt, expected = bytes.fromhex(stored.get("salt", "")), bytes.fromhex(stored.get("hash", ""))
    except (TypeError, ValueError):
        return False
    found = _hash(pin[: MOST_DIGITS + 1], salt or b"\0" * 16)
    return bool(expected) and hmac.compare_digest(found, expected)


def _hash(pin: str, salt: bytes) -> bytes:
    typed = pin.encode("utf-8", "surrogatepass")  # JSON can spell half characters: a wrong PIN like others
    return hashlib.scrypt(typed, salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=64 * 2**20, dklen=32)
