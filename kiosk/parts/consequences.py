"""What follows from a decision about a pass: tries counted or forgotten, a single-use pass spent, a refusal worded.

And what comes between knowing somebody and letting them in: the rules of when they may come.
"""

from dataclasses import replace
from datetime import tzinfo

from kiosk.domain import access
from kiosk.domain.access import Doors
from kiosk.domain.errors import PassRefused
from kiosk.domain.people import PassClaims
from kiosk.domain.reckoning import Reckoning
from kiosk.domain.trust import subject_of
from kiosk.domain.verdict import Aftermath, Decision, Outcome, Reason
from kiosk.parts.gate import WithoutFace


def ruled(decision: Decision, claim: PassClaims | None, doors: Doors, now: Reckoning, zone: tzinfo | None) -> Decision:
    """That decision, or the refusal of somebody known who may not come now: it uses up no pass and counts no try.

    A pass alone that would be shown to staff is told the same, so that staff does not let in whom the kiosk would not.
    """
    if not decision.admits and decision.reason is not Reason.PASS_ALONE:
        return decision
    person = decision.person or (claim.person if claim is not None else "")
    reason = access.refusal(doors.of(person), now, zone) if person else None
    return decision if reason is None else replace(decision, outcome=Outcome.REFUSED, reason=reason)


def aftermath_of(decision: Decision, claim: PassClaims | None) -> Aftermath | None:
    """What to record together with that decision; None where nothing follows from it."""
    if claim is None:
        return None
    if decision.reason is Reason.FACE_NOT_OF_PASS:
        return Aftermath(failed=subject_of(claim))
    if not decision.admits:
        return None
    cleared = None if decision.reason is Reason.PASS_ALONE else subject_of(claim)
    if claim.single_use:
        return Aftermath(cleared=cleared, spent=claim.pass_id, spent_until_utc=claim.expires_utc)
    return Aftermath(cleared=cleared)


def refusal(refused: PassRefused, number: str, taken_at: float, latency_s: float) -> Decision:
    """The decision that a pass must not be used."""
    return Decision(
        id=number,
        outcome=Outcome.REFUSED,
        reason=refused.reason,
        taken_at=taken_at,
        latency_s=latency_s,
        wait_s=refused.wait_s,
    )


def alone(claim: PassClaims, rule: WithoutFace, number: str, taken_at: float) -> Decision:
    """The decision about a valid pass held up by somebody who does not want their face looked at."""
    admitted = rule is WithoutFace.ADMIT
    return Decision(
        id=number,
        outcome=Outcome.VERIFIED if admitted else Outcome.UNSURE,
        reason=Reason.PASS_ALONE,
        taken_at=taken_at,
        latency_s=0.0,
        person=(claim.person or None) if admitted else None,
        pass_id=claim.pass_id if claim.template is None else None,
    )
