"""Tokens that follow each other, receipts for everybody of the trial, and the end of the test kiosks."""

from typing import Any

from kiosk.domain.errors import CounterBehind, Rejected, Revoked
from kiosk.sync.conformance.findings import NotKept, need
from kiosk.sync.conformance.probe import Probe, pull_target, refused
from kiosk.sync.conformance.trial import Trial
from kiosk.wire.beating import HeartBeat
from kiosk.wire.pairing import PairingState
from kiosk.wire.pushed import ITEMS_MOST, Kind


def tokens_overlap(trial: Trial) -> None:
    """A new token is good at once, the old one until the new one was used, and not after."""
    probe = trial.first
    old, new = probe.member.token, probe.line.new_token().token
    need(new != old, "a new token is the old one")
    probe.line.beat(HeartBeat())
    lost, new = new, probe.line.new_token().token
    probe.line.use_token(new)
    probe.line.new_token()  # written down at once, unlike what does no harm when it comes twice
    for token in (old, lost):
        headers = probe.signed("GET", pull_target("", 1)) | {"Authorization": f"Bearer {token}"}
        answer = probe.line.exchange("GET", pull_target("", 1), headers)
        refused(answer, 401, "unauthorised", "a token that another one has replaced")


def claims_end(trial: Trial) -> None:
    """Once a token is used, a claim gives none any more."""
    claimed = trial.second.claim(trial.second.pairing)
    need(claimed.state is PairingState.CONFIRMED, f"a claim of a paired kiosk is answered {claimed.state}")
    need(claimed.credentials is None, "a claim gives another token though the last one was used")


def forget(trial: Trial) -> None:
    """Everybody of the trial is erased, and both kiosks say that they are gone."""
    for person in set(trial.people) - set(trial.erased):
        trial.erased.append(person)
        _told(trial.first, Kind.ERASURE, [{"person": person, "erased_utc": trial.at()}])
    for probe in (trial.first, trial.second):
        _told(probe, Kind.RECEIPT, [{"person": one, "gone_utc": trial.at()} for one in trial.erased])


def leaving_is_the_end(trial: Trial) -> None:
    """A kiosk that left is answered 410 `kiosk-revoked`, as one that was revoked is."""
    for probe in (trial.third, trial.second, trial.first):
        probe.line.leave()
        try:
            probe.line.pull("", 1)
        except Revoked:
            continue
        except (Rejected, CounterBehind) as error:
            raise NotKept(f"a kiosk that left is answered otherwise than 410 kiosk-revoked: {error}") from error
        raise NotKept("a kiosk that left is still let in")


def _told(probe: Probe, kind: Kind, bodies: list[dict[str, Any]]) -> None:
    for start in range(0, len(bodies), ITEMS_MOST):
        answers = probe.push(*(probe.item(kind, body) for body in bodies[start : start + ITEMS_MOST]))
        bad = [one.reason for one in answers if one.answer.value == "rejected"]
        need(not bad, f"{kind} is rejected: {', '.join(sorted(set(bad)))}")
