"""What nobody beside the kiosk can check: whether the person who shows a pass is its holder. Pure."""

from typing import Any

from checkpoint.kiosk.states import Step
from checkpoint.model import Check, CheckName, Claims, Outcome, Policy, Reason, Result
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier
from checkpoint.visit import Text

NOT_NEEDED = "none"  # what a policy says where whoever brings the pass may use it: a ticket, say
_UNCHECKED = Check(CheckName.IDENTITY, Result.UNKNOWN, ("reason.holder_unchecked",), Reason.HOLDER_UNCHECKED)


def needs_holder(verdict: Verdict) -> bool:
    """Whether somebody has to compare the person with the pass before it may admit."""
    return any(_names_a_person(one.claims) and not _for_bearers(verdict.policy, one.claims) for one in verdict.passes)


def unattended(verdict: Verdict) -> Verdict:
    """The verdict where nobody compares a face: what would admit a named person is for a human to check."""
    if verdict.outcome is not Outcome.ADMIT or not needs_holder(verdict):
        return verdict
    return verdict._replace(
        reason=Reason.HOLDER_UNCHECKED, checks=(*verdict.checks, _UNCHECKED), grant=None, note=(), remedy=()
    )


def step_for(verdict: Verdict) -> Step:
    """What an officer beside the kiosk has to do about `verdict`."""
    if verdict.outcome is Outcome.ADMIT:
        return Step.IDENTITY if needs_holder(verdict) else Step.NONE
    return Step.NONE if verdict.outcome is Outcome.UNREADABLE else Step.DECISION


class Unattended:
    """A verifier for a station that nobody stands beside. It takes up new trust as the one behind it does."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def verify(self, text: Text, *, policy: str | None = None) -> Verdict:
        """The verdict for one pass."""
        return unattended(self._verifier.verify(text, policy=policy))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._verifier, name)


def _for_bearers(policy: Policy, claims: Claims | None) -> bool:
    """Whether `policy` lets whoever brings this pass use it."""
    if policy.holder_check != NOT_NEEDED or claims is None:
        return False
    return policy.bearer is None or (bool(claims.kinds) and claims.kinds <= policy.bearer)


def _names_a_person(claims: object) -> bool:
    # Building the subject is the cost of a look; anything in it that tells one person from another counts.
    subject = getattr(claims, "subject", None)
    return subject is not None and any(subject)
