"""What opens when somebody may go in: the protocol, and a command. Serial lines and GPIO pins: pulse.py."""

import os
import shlex
import subprocess
from typing import NamedTuple, Protocol

GATE_SECONDS = 10.0  # a gate that has not answered by then is broken
_KEPT = ("PATH", "HOME", "LANG", "TZ")  # of the environment; the hook learns nothing else


class GateFailed(Exception):
    """The gate did not open; the message says why, without any personal data."""


class Gate(Protocol):
    """Something that lets one person through."""

    def open(self, visit: int) -> None:
        """Let the person of visit number `visit` through; back within GATE_SECONDS. GateFailed where it cannot."""


class CommandGate(NamedTuple):
    """Runs a command, without a shell; exit status 0 says that the gate opened. It hears of no name and no pass."""

    command: tuple[str, ...]
    seconds: float = GATE_SECONDS

    def open(self, visit: int) -> None:
        """Run the command with CHECKPOINT_VISIT set; killed when its time is over."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            done = subprocess.run(
                self.command,
                env={**environment, "CHECKPOINT_VISIT": str(visit)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GateFailed(f"no answer within {self.seconds:g} s") from None
        except OSError as error:
            raise GateFailed(error.strerror or type(error).__name__) from None
        if done.returncode != 0:
            raise GateFailed(f"exit status {done.returncode}")


def command_gate(text: str) -> CommandGate:
    """The gate of a command line, split as a shell would; ValueError where there is no command in it."""
    parts = tuple(shlex.split(text))
    if not parts:
        raise ValueError("no command")
    return CommandGate(parts)
