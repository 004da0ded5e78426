"""A running kiosk, from what is held up to what opens: the gate, the verdicts, the page, and nobody's name."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kiosk_camera import station
from kiosk_running import Kiosk, until

from checkpoint.kiosk.gate import GateFailed
from checkpoint.kiosk.states import LEAST_SHOWN, PAUSE_SECONDS
from checkpoint.model import Outcome
from checkpoint.store import pins
from checkpoint.trust import lists
from checkpoint.trust.lists import Options
from checkpoint.verdict import Verdict
from tests.native_issuer import BADGE, SCOPES, TICKET, NativeIssuer, claims, content

DAY = 86400


class Turnstile:
    """A gate that writes down whom it let through."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.broken = False

    def open(self, visit: int) -> None:
        if self.broken:
            raise GateFailed("stuck")
        self.opened.append(visit)


class Hall:
    """A venue with its own issuer, a kiosk at its door and a turnstile."""

    def __init__(self, home: Path) -> None:
        self.home, self.gate = home, Turnstile()
        self.texts = station(home)
        self.issuer = NativeIssuer()
        self.trust(self.issuer)
        self.verdicts: list[Verdict] = []

    def trust(self, issuer: NativeIssuer) -> None:
        """Pin the issuer's key, as `checkpoint keys import` would."""
        found = lists.read(issuer.pem.encode(), Options(issuer=issuer.iss, format="native", now=time.time()))
        pins.add_issuers(self.home / "keys", found.records)

    def kiosk(self, **changes: Any) -> Kiosk:
        return Kiosk(self.home, gate=self.gate, judged=self.verdicts.append, **changes)

    def issue(self, kind: int, **changes: Any) -> str:
        now = int(time.time())
        scope = {**SCOPES[kind], 3: now + DAY} if kind == TICKET else SCOPES[kind]
        times = {"iat": now - DAY, "nbf": now - DAY, "exp": now + DAY}
        text: str = self.issuer.issue(claims(content(kind, scope=scope, place=None, **changes), **times))
        return text


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    return Hall(tmp_path)


def shown(kiosk: Kiosk, text: str, hall: Hall) -> Verdict:
    """Hold `text` up until it was judged, then take it away."""
    before = len(hall.verdicts)
    kiosk.scene.codes = (text,)
    until(lambda: len(hall.verdicts) > before)
    kiosk.scene.codes = ()
    return hall.verdicts[before]


def said(page: Any) -> dict[str, Any]:
    """The first thing that the page's stream says."""
    with page.stream("GET", "/live/events") as stream:
        line = next(line for line in stream.iter_lines() if line.startswith("data: {") and len(line) > 10)
    found: dict[str, Any] = json.loads(line.removeprefix("data: "))
    return found


@pytest.mark.parametrize("named", [True, False])
def test_a_ticket_opens_the_gate_of_a_door_where_a_ticket_is_enough(hall: Hall, named: bool) -> None:
    ticket = hall.issue(TICKET) if named else hall.issue(TICKET, holder=None)
    with hall.kiosk(policy="bearer") as kiosk:
        assert shown(kiosk, ticket, hall).outcome is Outcome.ADMIT
        until(lambda: hall.gate.opened)
        assert hall.gate.opened == [1]


def test_a_ticket_with_a_name_opens_no_gate_where_somebody_would_have_to_compare(hall: Hall) -> None:
    with hall.kiosk() as kiosk:
        assert shown(kiosk, hall.issue(TICKET), hall).reason.word == "holder_unchecked"
        assert shown(kiosk, hall.issue(TICKET, holder=None), hall).outcome is Outcome.ADMIT
        until(lambda: hall.gate.opened)
        assert len(hall.gate.opened) == 1


@pytest.mark.parametrize("name", ["good", "expired", "revoked", "forged", "unknown-issuer", "not-yet-valid"])
def test_no_other_pass_opens_it_whatever_the_policy(hall: Hall, name: str) -> None:
    with hall.kiosk(policy="bearer") as kiosk:
        assert shown(kiosk, hall.texts[name], hall).outcome is not Outcome.ADMIT
        assert shown(kiosk, hall.issue(BADGE), hall).outcome is not Outcome.ADMIT
    assert hall.gate.opened == []


def test_a_ticket_that_stays_in_view_opens_the_gate_once(hall: Hall) -> None:
    ticket = hall.issue(TICKET)
    with hall.kiosk(policy="bearer") as kiosk:
        kiosk.scene.codes = (ticket,)
        until(lambda: hall.gate.opened)
        until(lambda: kiosk.state == "ready")
        assert hall.gate.opened == [1]
        assert len(hall.verdicts) == 1


def test_two_tickets_held_up_at_once_open_the_gate_once_each(hall: Hall) -> None:
    both = tuple(hall.issue(TICKET, number=f"T-{count}") for count in (1, 2))
    with hall.kiosk(policy="bearer") as kiosk:
        kiosk.scene.codes = both
        until(lambda: len(hall.gate.opened) == 2)
        until(lambda: kiosk.state == "ready")
        time.sleep(LEAST_SHOWN + 0.5)
    assert hall.gate.opened == [1, 2]
    assert len({one.first.claims.pass_id for one in hall.verdicts if one.first and one.first.claims}) == 2
    assert len(hall.verdicts) == 2


def test_two_tickets_after_one_another_are_two_visits(hall: Hall) -> None:
    with hall.kiosk(policy="bearer") as kiosk:
        for count in (1, 2):
            assert shown(kiosk, hall.issue(TICKET, number=f"T-{count}"), hall).outcome is Outcome.ADMIT
            until(lambda: len(hall.gate.opened) == count)  # noqa: B023
    assert hall.gate.opened == [1, 2]


def test_a_gate_that_is_stuck_closes_the_kiosk_and_a_restart_does_not_open_it(hall: Hall) -> None:
    hall.gate.broken = True
    with hall.kiosk(policy="bearer") as kiosk:
        shown(kiosk, hall.issue(TICKET), hall)
        until(lambda: kiosk.state == "out_of_order")
    hall.gate.broken = False
    with hall.kiosk(policy="bearer") as kiosk:
        kiosk.scene.codes = (hall.issue(TICKET),)
        until(lambda: kiosk.kiosk._desk.frame_number >= 0)
        assert kiosk.state == "out_of_order"
        assert hall.gate.opened == []


def test_what_the_page_hears_of_a_visitor_names_nobody(hall: Hall) -> None:
    with hall.kiosk(policy="bearer") as kiosk, kiosk.page() as page:
        kiosk.scene.codes = (hall.issue(TICKET),)
        until(lambda: kiosk.state == "verdict")
        heard = said(page)
    assert (heard["state"], heard["tone"]) == ("verdict", "admit")
    assert "Bảo Duy" not in json.dumps(heard, ensure_ascii=False)
    assert "079083000123" not in json.dumps(heard)


def test_nothing_of_a_visit_is_left_on_the_disk(hall: Hall) -> None:
    ticket = hall.issue(TICKET)
    with hall.kiosk(policy="bearer") as kiosk:
        shown(kiosk, ticket, hall)
        until(lambda: hall.gate.opened)
    left = b"".join(path.read_bytes() for path in hall.home.rglob("*") if path.is_file())
    for private in ("Bảo Duy", "079083000123", ticket, ticket[4:60]):
        assert private.encode() not in left


def test_new_trust_is_taken_up_while_the_kiosk_runs(hall: Hall) -> None:
    other = NativeIssuer(iss="venue.example")
    now = int(time.time())
    times = {"iat": now - DAY, "nbf": now - DAY, "exp": now + DAY, "iss": other.iss}
    scope = {**SCOPES[TICKET], 3: now + DAY}
    text = other.issue(claims(content(TICKET, scope=scope, place=None), **times))
    with hall.kiosk(policy="bearer") as kiosk:
        assert shown(kiosk, text, hall).reason.word == "issuer_unknown"
        hall.trust(other)
        until(lambda: not kiosk.kiosk._station.verifier.changed())
        until(lambda: kiosk.state == "ready")
        assert shown(kiosk, text, hall).outcome is Outcome.ADMIT


def test_while_it_is_paused_no_ticket_is_judged(hall: Hall) -> None:
    with hall.kiosk(policy="bearer") as kiosk:
        until(lambda: kiosk.state == "ready")
        desk = kiosk.kiosk._desk
        paused = desk.situation._replace(paused_until=time.monotonic() + PAUSE_SECONDS)
        kiosk._loop.call_soon_threadsafe(lambda: setattr(desk, "situation", paused))
        kiosk.scene.there = False  # the camera's end brings the kiosk back to what the facts say
        until(lambda: kiosk.state == "paused")
        assert hall.verdicts == []
    assert hall.gate.opened == []
