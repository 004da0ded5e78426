"""Gates that a pulse opens: a relay or a turnstile on a serial line, or on a GPIO pin of a small computer.

Closed is the resting state of each: a line that is lost, a process that dies, a pulse that is cut short must close it.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Protocol

from checkpoint.kiosk.gate import GateFailed

PULSE_SECONDS = 1.0  # what turnstiles count as one person; shorter than the least time between two verdicts
BAUD = 9600  # what relay boards are delivered with
WRITE_SECONDS = 2.0
SHUT_SECONDS = 0.5  # between two tries to close a gate whose line went during a pulse
CONSUMER = "checkpoint"


class Switch(Protocol):
    """What a pulse moves; raises where it cannot, whatever its driver raises."""

    def turn(self, on: bool) -> None:
        """Let through (`on`), or close."""

    def close(self) -> None:
        """Give the device back."""


class PulseGate:
    """Opens for PULSE_SECONDS. The device is opened at once, so that a missing one is found before anybody waits."""

    def __init__(self, open_: Callable[[], Switch], seconds: float = PULSE_SECONDS) -> None:
        """`open_` gives the switch, closed; OSError or GateFailed where it is not there. Raises GateFailed."""
        self._open, self._seconds, self._turn = open_, seconds, Lock()
        self._switch: Switch | None = None
        self._connected()

    def open(self, visit: int) -> None:
        """One pulse; GateFailed where the device did not take it."""
        with self._turn:
            switch = self._connected()
            try:
                try:
                    switch.turn(True)
                    time.sleep(self._seconds)
                finally:
                    switch.turn(False)
            except Exception as error:  # noqa: BLE001 - termios has errors of its own, and each driver may
                self._switch = None
                with suppress(Exception):  # it is gone already
                    switch.close()
                Thread(target=self._shut, name="shutting the gate", daemon=True).start()
                raise GateFailed(getattr(error, "strerror", "") or type(error).__name__) from None

    def _shut(self) -> None:
        """The line went while the gate may stand open: as soon as it is there again, it is told to close."""
        while True:
            try:
                with self._turn:
                    self._connected()
            except GateFailed:
                time.sleep(SHUT_SECONDS)
            else:
                return

    def _connected(self) -> Switch:
        if self._switch is None:
            try:
                self._switch = self._open()
            except GateFailed:
                raise
            except Exception as error:  # noqa: BLE001 - as above
                raise GateFailed(getattr(error, "strerror", "") or type(error).__name__) from None
        return self._switch


class SerialSwitch:
    """A relay on a serial port: it hears bytes, or is wired to the line RTS."""

    def __init__(self, line: Any, on: bytes = b"", off: bytes = b"") -> None:
        """`line` is an open serial.Serial; without bytes, RTS is what it is wired to."""
        self._line, self._on, self._off = line, on, off
        self.turn(False)  # a board keeps what the process before left it in

    def turn(self, on: bool) -> None:
        if self._on or self._off:
            self._line.write(self._on if on else self._off)
            self._line.flush()
        else:
            self._line.rts = on

    def close(self) -> None:
        self._line.close()


def serial_switch(port: str, on: bytes = b"", off: bytes = b"") -> SerialSwitch:
    """The switch on serial port `port`, closed; raises OSError."""
    import serial

    line = serial.Serial(baudrate=BAUD, write_timeout=WRITE_SECONDS, exclusive=True)
    line.port, line.rts, line.dtr = port, False, False  # before it opens, so that opening is no pulse
    line.open()
    try:
        return SerialSwitch(line, on, off)
    except Exception:
        line.close()  # it is locked for this process: the next try needs it
        raise


class GpioSwitch:
    """A pin of a GPIO chip, by libgpiod 2; the kernel lets go of it when the process dies."""

    def __init__(self, chip: str, pin: int, active_low: bool = False) -> None:
        try:
            import gpiod
        except ImportError:
            raise GateFailed("gpiod is not installed: pip install 'checkpoint[gpio]'") from None
        self._pin, self._value = pin, gpiod.line.Value
        settings = gpiod.LineSettings(
            direction=gpiod.line.Direction.OUTPUT, output_value=self._value.INACTIVE, active_low=active_low
        )
        self._request: Any = gpiod.request_lines(chip, consumer=CONSUMER, config={pin: settings})

    def turn(self, on: bool) -> None:
        self._request.set_value(self._pin, self._value.ACTIVE if on else self._value.INACTIVE)

    def close(self) -> None:
        self._request.release()


def pulse_gate(text: str) -> PulseGate | None:
    """The gate that `text` names, None where it names another kind; ValueError for one that makes no sense.

    `serial:PORT` pulses RTS, `serial:PORT,A00101A2,A00100A1` sends these bytes (hex) to open and to close;
    `gpio:/dev/gpiochip0,17` pulses pin 17, with `,low` behind it one that rests high. Raises GateFailed.
    """
    kind, _, rest = text.partition(":")
    place, *parts = rest.split(",")
    if kind not in ("serial", "gpio"):
        return None
    if not place or len(parts) not in ((0, 2) if kind == "serial" else (1, 2)):
        raise ValueError("no gate")
    if kind == "serial":
        sent = [bytes.fromhex(one) for one in parts]
        if not all(sent):
            raise ValueError("no gate")
        return PulseGate(lambda: serial_switch(place, *sent))
    if not parts[0].isdecimal() or parts[1:] not in ([], ["low"]):
        raise ValueError("no gate")
    return PulseGate(lambda: GpioSwitch(place, int(parts[0]), parts[1:] == ["low"]))
