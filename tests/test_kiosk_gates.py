"""Gates that a pulse opens: closed at the start, closed again after each pulse, and never silently without effect."""

import os
import sys
import termios
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from kiosk_running import until

from checkpoint.kiosk import pulse
from checkpoint.kiosk.gate import GateFailed
from checkpoint.kiosk.pulse import GpioSwitch, PulseGate, SerialSwitch, pulse_gate, serial_switch

ON, OFF = bytes.fromhex("A00101A2"), bytes.fromhex("A00100A1")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pulses take no time, and how long they would have been is written down."""
    slept: list[float] = []
    monkeypatch.setattr(pulse.time, "sleep", slept.append)
    return slept


class Line:
    """A serial port as SerialSwitch uses it."""

    def __init__(self, fails: bool = False) -> None:
        self.said: list[Any] = []
        self.fails = fails

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "rts":
            self._heard(("rts", value))
        super().__setattr__(name, value)

    def write(self, data: bytes) -> None:
        self._heard(data)

    def flush(self) -> None:
        """At once."""

    def close(self) -> None:
        self.said.append("closed")

    def _heard(self, what: Any) -> None:
        if self.fails:
            raise OSError(5, "Input/output error")
        self.said.append(what)


def test_a_pulse_opens_and_closes_and_the_start_closes_what_was_left_open(short: list[float]) -> None:
    line = Line()
    gate = PulseGate(lambda: SerialSwitch(line, ON, OFF))
    assert line.said == [OFF]
    gate.open(1)
    gate.open(2)
    assert line.said == [OFF, ON, OFF, ON, OFF]
    assert short == [pulse.PULSE_SECONDS] * 2


def test_without_bytes_the_line_rts_is_the_gate() -> None:
    line = Line()
    PulseGate(lambda: SerialSwitch(line)).open(1)
    assert line.said == [("rts", False), ("rts", True), ("rts", False)]


def test_a_pulse_that_is_cut_short_closes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    line = Line()
    gate = PulseGate(lambda: SerialSwitch(line, ON, OFF))
    monkeypatch.setattr(pulse.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        gate.open(1)
    assert line.said[-1] == OFF


def test_a_relay_that_is_pulled_out_has_not_opened_and_is_opened_anew_for_the_next() -> None:
    lines = [Line(), Line()]
    left = iter(lines)
    gate = PulseGate(lambda: SerialSwitch(next(left), ON, OFF))
    lines[0].fails = True
    with pytest.raises(GateFailed, match="Input/output error"):
        gate.open(1)
    assert lines[0].said == [OFF, "closed"]
    gate.open(2)
    assert lines[1].said == [OFF, ON, OFF]


class Unplugged(Line):
    """A port whose cable was pulled: the terminal layer's own error, which is no OSError."""

    def flush(self) -> None:
        raise termios.error(5, "Input/output error")


def test_a_line_that_fails_in_the_terminal_layer_is_a_gate_that_has_failed() -> None:
    lines = iter([Line(), Line()])
    gate = PulseGate(lambda: SerialSwitch(next(lines), ON, OFF))
    gate._switch = SerialSwitch(Line(), ON, OFF)
    gate._switch._line = Unplugged()
    with pytest.raises(GateFailed):
        gate.open(1)
    with pytest.raises(GateFailed):
        PulseGate(lambda: SerialSwitch(Unplugged(), ON, OFF))


def test_a_relay_that_was_lost_while_it_was_open_is_closed_as_soon_as_it_is_there_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost, back = Line(), Line()
    absent = [OSError(19, "No such device")] * 3

    def found() -> SerialSwitch:
        if len(lost.said) and absent:
            raise absent.pop()
        return SerialSwitch(back if lost.said else lost, ON, OFF)

    gate = PulseGate(found)
    monkeypatch.setattr(pulse.time, "sleep", lambda _: setattr(lost, "fails", True))
    with pytest.raises(GateFailed):
        gate.open(1)
    until(lambda: back.said)
    assert lost.said == [OFF, ON, "closed"], "the pulse was cut off: nobody told the board to close"
    assert back.said == [OFF], "so it is told as soon as it hears again"


def test_a_gate_that_is_not_there_is_found_at_the_start() -> None:
    with pytest.raises(GateFailed, match="No such file"):
        pulse_gate("serial:/no/such/port")
    with pytest.raises(GateFailed):
        pulse_gate("gpio:/no/such/chip,17")


@pytest.fixture
def pty() -> Iterator[tuple[int, str]]:
    """A serial line as the system has one; what is written to its port can be read from the handle."""
    ours, theirs = os.openpty()
    attributes = termios.tcgetattr(ours)
    attributes[1] = attributes[3] = 0  # no echo, nothing translated
    termios.tcsetattr(ours, termios.TCSANOW, attributes)
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_the_bytes_arrive_on_a_real_line(pty: tuple[int, str]) -> None:
    handle, port = pty
    gate = pulse_gate(f"serial:{port},{ON.hex()},{OFF.hex()}")
    assert gate is not None
    gate.open(1)
    assert b"".join(os.read(handle, len(one)) for one in (OFF, ON, OFF)) == OFF + ON + OFF


def test_a_line_that_another_program_holds_is_not_taken(pty: tuple[int, str]) -> None:
    held = serial_switch(pty[1], ON, OFF)
    with pytest.raises(GateFailed):
        pulse_gate(f"serial:{pty[1]},{ON.hex()},{OFF.hex()}")
    held.close()


@pytest.mark.parametrize(("text", "low"), [("gpio:/dev/gpiochip0,17", False), ("gpio:/dev/gpiochip0,17,low", True)])
def test_a_pin_is_an_output_at_rest_then_active_for_a_pulse(
    monkeypatch: pytest.MonkeyPatch, text: str, low: bool
) -> None:
    gpiod = pytest.importorskip("gpiod", reason="gpiod is not installed: pip install '.[gpio]'")
    asked: list[Any] = []
    moved: list[Any] = []

    def request(chip: str, consumer: str, config: dict[int, Any]) -> Any:
        asked.append((chip, consumer, config))
        return SimpleNamespace(set_value=lambda pin, value: moved.append((pin, value)), release=lambda: None)

    monkeypatch.setattr(gpiod, "request_lines", request)
    gate = pulse_gate(text)
    assert gate is not None
    gate.open(1)
    ((chip, consumer, config),) = asked
    assert (chip, consumer) == ("/dev/gpiochip0", "checkpoint")
    settings = config[17]
    assert settings.direction is gpiod.line.Direction.OUTPUT
    assert settings.output_value is gpiod.line.Value.INACTIVE
    assert settings.active_low is low
    assert moved == [(17, gpiod.line.Value.ACTIVE), (17, gpiod.line.Value.INACTIVE)]


def test_a_pin_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(GateFailed, match=r"pip install 'checkpoint\[gpio\]'"):
        GpioSwitch("/dev/gpiochip0", 17)


SENSELESS = """serial:  serial:/x,A0  serial:/x,zz,00  serial:/x,,  serial:/x,A0,
gpio:  gpio:/x  gpio:/x,y  gpio:/x,1,high  gpio:/x,1,low,low  gpio:,1"""


@pytest.mark.parametrize("text", SENSELESS.split())
def test_what_makes_no_sense_is_refused_before_anything_is_opened(text: str) -> None:
    with pytest.raises(ValueError, match=r"no gate|hexadecimal"):
        pulse_gate(text)


def test_a_command_is_none_of_them() -> None:
    assert pulse_gate("/usr/local/bin/open-gate --serial") is None


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [("serial:/no/such/port", 1, "No such file or directory"), ("gpio:/dev/gpiochip0", 2, "is no gate")],
)
def test_the_command_says_at_once_what_is_wrong_with_its_gate(shell: Any, gate: str, code: int, said: str) -> None:
    done = shell("kiosk", "--gate", gate)
    assert done.code == code
    assert said in done.err
