"""Who is the kiosk's own page: a token that is good once buys the one session there is."""

import hashlib
import hmac
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from checkpoint.kiosk import memory

TOKEN_BYTES = 32
LONGEST = 200


class Sessions:
    """One page at a time. The session's hash is kept, so that the page finds its way back after a restart."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._token = secrets.token_urlsafe(TOKEN_BYTES)
        self._session = _recall(file)

    @property
    def token(self) -> str:
        """The token that would be taken now."""
        return self._token

    def enter(self, token: str) -> str | None:
        """The new session for the right token, which is used up by it; whoever held the one before is out."""
        if not hmac.compare_digest(token[:LONGEST].encode(), self._token.encode()):
            return None
        session = secrets.token_urlsafe(TOKEN_BYTES)
        self._session = _digest(session)
        self.renew()
        self._keep()
        return session

    def _keep(self) -> None:
        if self._file is None:
            return
        try:
            memory.write(self._file, {"session": self._session})
        except OSError as error:
            # The page goes on; after a restart it must be opened anew, and no older one comes back.
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            sys.stderr.write(f"checkpoint: {self._file.name}: {error.strerror}\n")

    def renew(self) -> None:
        """A fresh token instead of the last one."""
        self._token = secrets.token_urlsafe(TOKEN_BYTES)

    def knows(self, session: str) -> bool:
        """Whether `session` is the one that is in force."""
        return bool(self._session) and hmac.compare_digest(_digest(session[:LONGEST]), self._session)


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode("utf-8", "surrogateescape")).hexdigest()


def _recall(file: Path | None) -> str:
    try:
        found = (memory.read(file) or {}).get("session", "") if file is not None else ""
    except (OSError, ValueError):
        return ""  # the page must be opened anew
    return found if isinstance(found, str) and len(found) == 64 and found.isascii() else ""
