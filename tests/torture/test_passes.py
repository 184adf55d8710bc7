"""No forgery is accepted and none does harm; and each gate that is weak in one place is caught by the same run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from base45 import b45decode

from kiosk.domain.errors import PassRefused
from kiosk.domain.people import Pass, PassClaims
from kiosk.domain.reckoning import Reckoning
from kiosk.domain.verdict import Reason
from kiosk.parts.gate import Registry
from kiosk.passes import carried, token
from tests.torture.originals import packed, signed
from tests.torture.passes import ACCEPTED, CRASHED, run, tally

EACH = 10


def test_of_thousands_of_forgeries_none_is_accepted_and_none_does_harm() -> None:
    done: list[int] = []
    found = run(2300, 7, done.append)
    assert (found["ok"], found["accepted"], found["crashes"], found["good_refused"]) == (True, 0, 0, 0)
    assert (found["count"], done) == (2300, [2300])
    by_class: Any = found["by_class"]
    assert {sum(answers.values()) for answers in by_class.values()} == {2300 // len(by_class)}
    answers = {reason for counts in by_class.values() for reason in counts}
    clock_and_records = {Reason.CLOCK_UNSURE, Reason.PASS_NOT_YET, Reason.PASS_EXPIRED, Reason.PASS_USED}
    assert clock_and_records | {Reason.PASS_FOREIGN, Reason.PASS_OUTDATED, Reason.PASS_PERSON_GONE} <= answers


def without_signature(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Believes what a code says whoever signed it."""
    try:
        header, _, payload, signature = cbor2.loads(b45decode(text[len(token.PREFIX) :])).value
        key = next(key for key in registry.keys if cbor2.loads(header)[4] == key.id)
    except Exception as error:  # noqa: BLE001 - whatever can't be taken apart is refused
        raise PassRefused("not a pass", Reason.PASS_UNREADABLE) from error
    return registry.check(signed(payload, key), now)


def without_site(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Takes any site for its own."""
    return _with(lambda payload: replace(registry, site=payload[3]), registry, text, now)


def without_model(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Takes a template of any model for one of its own."""
    return _with(lambda payload: replace(registry, model=payload.get(-70002, registry.model)), registry, text, now)


def _with(other: Callable[[dict[int, Any]], Registry], registry: Registry, text: str, now: Reckoning) -> PassClaims:
    try:
        return registry.check(text, now)
    except PassRefused as refused:
        if refused.reason not in (Reason.PASS_FOREIGN, Reason.PASS_OUTDATED):
            raise
        return other(_payload(text)).check(text, now)


def _payload(text: str) -> dict[int, Any]:
    payload: dict[int, Any] = cbor2.loads(cbor2.loads(b45decode(text[len(token.PREFIX) :])).value[2])
    return payload


def without_doubt(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Believes the clock, however odd."""
    return registry.check(text, Reckoning(now.utc))


def without_end(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Takes a pass that has expired for one that has only begun."""
    try:
        return registry.check(text, now)
    except PassRefused as refused:
        if refused.reason is not Reason.PASS_EXPIRED:
            raise
        begun = datetime.fromtimestamp(_payload(text)[5], UTC)
        return registry.check(text, Reckoning(begun, now.doubt))


def without_form(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Takes the same values in any form."""
    try:
        return registry.check(packed(cbor2.loads(b45decode(text.strip()[len(token.PREFIX) :]))), now)
    except (ValueError, TypeError, cbor2.CBORError) as error:
        raise PassRefused("not a pass", Reason.PASS_UNREADABLE) from error


@dataclass(frozen=True)
class Forgetful:
    """Records that remember nothing of passes."""

    known: Any

    def is_spent(self, claims: PassClaims) -> bool:
        return False

    def is_withdrawn(self, claims: PassClaims) -> bool:
        return False

    def pass_of(self, pass_id: str) -> Pass:
        return self.known.pass_of(pass_id)  # type: ignore[no-any-return]


def without_memory(registry: Registry, text: str, now: Reckoning) -> PassClaims:
    """Forgets what was used up, withdrawn or never issued."""
    passes: Any = Forgetful(registry.passes)
    return replace(registry, passes=passes).check(text, now)


WEAK = {
    without_signature: {"spliced", "claims rewritten", "another algorithm", "another key id"},
    without_site: {"another site, our key"},
    without_model: {"another model"},
    without_doubt: {"a wrong clock"},
    without_end: {"a wrong clock"},
    without_form: {"encoded anew"},
    without_memory: {"replayed", "replayed in other words, our key", "withdrawn", "unknown, our key"},
}


@pytest.mark.parametrize("weak", WEAK, ids=lambda weak: weak.__name__)
def test_a_gate_that_is_weak_in_one_place_is_caught(weak: Callable[..., PassClaims]) -> None:
    found = tally(23 * EACH, "weak", weak)
    caught = {name for name, answers in found.answers.items() if answers[ACCEPTED]}
    assert caught >= WEAK[weak]
    assert found.first_wrong


def test_a_template_that_is_not_bound_to_its_pass_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried.Bearing, "bytes", b"any pass")
    found = tally(23 * EACH, "unbound")
    assert found.answers["another template"][ACCEPTED] > 0


def test_a_gate_that_fails_at_what_it_can_t_read_is_caught() -> None:
    def brittle(registry: Registry, text: str, now: Reckoning) -> PassClaims:
        text.encode("ascii")
        return registry.check(text, now)

    found = tally(23 * EACH, "brittle", brittle)
    assert found.answers["characters changed"][CRASHED] > 0
    assert found.total(ACCEPTED) == 0


def test_a_gate_that_refuses_everything_is_caught() -> None:
    def closed(registry: Registry, text: str, now: Reckoning) -> PassClaims:
        raise PassRefused("nothing is good enough", Reason.PASS_FORGED)

    assert tally(23, "closed", closed).good_refused > 0
