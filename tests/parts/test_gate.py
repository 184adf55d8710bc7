"""The pass gate on real codes in real frames and a real store: one answer a showing, and a reason for each refusal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kiosk.cameras.frames import make_frame
from kiosk.domain.errors import PassRefused
from kiosk.domain.people import Consent, Pass, PassClaims, PassKind, Person
from kiosk.domain.sight import Frame, Image
from kiosk.domain.trust import subject_of
from kiosk.domain.verdict import Aftermath, Reason
from kiosk.parts.gate import Options, PassGate, Registry
from kiosk.passes import token
from kiosk.passes.drawing import qr_picture
from kiosk.passes.keys import PassKey
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import a_decision, an_embedding, open_store, somebody

SITE = "here"
MODEL = "model"


@cache
def drawn(text: str) -> Image:
    return qr_picture(text, 420)


class Counter:
    """Holds codes up to the gate, frame after frame, as a visitor would."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.key = store.secrets.pass_key()
        registry = Registry((self.key,), SITE, MODEL, store.passes, store.people, store.tries)
        self.gate = PassGate(registry, Options(every_nth_frame=1), ReadingOptions(), store.seen.reckon)
        self.person: Person = store.people.enrol(somebody(), clock.utc())
        self.number = 0

    def issue(self, site: str = SITE, hours: float = 8, key: PassKey | None = None, kept: bool = True) -> str:
        now = self.clock.utc()
        self.number += 1
        claims = PassClaims(f"pass-{self.number}", self.person.id, site, now, now + timedelta(hours=hours))
        if kept:
            self.store.passes.keep(Pass(claims.pass_id, claims.person, site, claims.not_before_utc, claims.expires_utc))
        return token.issue(claims, key or self.key)

    def carry(self, model: str = MODEL, once: bool = False) -> str:
        now = self.clock.utc()
        self.number += 1
        claims = PassClaims(f"pass-{self.number}", "", SITE, now, now + timedelta(hours=8), once)
        consent = Consent("carried-1", "en", now, "screen")
        return token.issue(replace(claims, template=an_embedding(1, model), consent=consent), self.key)

    def hold_up(self, text: str | None) -> PassClaims | None:
        self.clock.advance(0.05)
        main = np.full((720, 1280, 3), 110, dtype=np.uint8)
        if text is not None:
            code = drawn(text)[:640, :640]
            main[40 : 40 + code.shape[0], 60 : 60 + code.shape[1]] = code
        frame: Frame = make_frame(main, 320, self.clock.monotonic(), 1)
        return self.gate.look(frame)

    def refusal(self, text: str) -> Reason:
        with pytest.raises(PassRefused) as caught:
            self.hold_up(text)
        return caught.value.reason


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    clock = FakeClock()
    with open_store(tmp_path / "store", clock) as store:
        yield Counter(store, clock)


def test_a_valid_pass_gives_its_claims_once_while_it_is_held_up(counter: Counter) -> None:
    text = counter.issue()
    claims = counter.hold_up(text)
    assert claims is not None
    assert claims.person == counter.person.id
    assert [counter.hold_up(text) for _ in range(200)] == [None] * 200


def test_a_pass_shown_again_later_counts_again(counter: Counter) -> None:
    text = counter.issue()
    counter.hold_up(text)
    counter.clock.advance(10)
    assert counter.hold_up(text) is not None


def test_another_pass_counts_at_once(counter: Counter) -> None:
    counter.hold_up(counter.issue())
    assert counter.hold_up(counter.issue()) is not None


def test_a_pass_is_found_also_when_every_other_frame_is_missed(counter: Counter) -> None:
    counter.gate.options = Options(every_nth_frame=2)
    assert any(counter.hold_up(counter.issue()) for _ in range(4))


def test_a_frame_without_a_code_says_nothing(counter: Counter) -> None:
    assert counter.hold_up(None) is None


@pytest.mark.parametrize("text", ["https://example.org", "'; DROP TABLE people; --", "WIFI:S:x;P:y;;", "$(reboot)"])
def test_a_code_that_is_no_pass_says_nothing(counter: Counter, text: str) -> None:
    assert counter.hold_up(text) is None


def test_an_expired_pass_is_refused(counter: Counter) -> None:
    text = counter.issue(hours=1)
    counter.clock.advance(3601)
    assert counter.refusal(text) is Reason.PASS_EXPIRED


def test_a_pass_of_another_site_is_refused(counter: Counter) -> None:
    assert counter.refusal(counter.issue(site="elsewhere")) is Reason.PASS_FOREIGN


def test_a_pass_signed_with_another_key_is_refused(counter: Counter) -> None:
    assert counter.refusal(counter.issue(key=PassKey.generate())) is Reason.PASS_FORGED


def test_a_revoked_pass_is_refused(counter: Counter) -> None:
    text = counter.issue()
    counter.store.passes.revoke("pass-1", counter.clock.utc())
    assert counter.refusal(text) is Reason.PASS_REVOKED


def test_a_pass_that_the_store_does_not_remember_is_refused(counter: Counter) -> None:
    assert counter.refusal(counter.issue(kept=False)) is Reason.PASS_REVOKED


def test_a_pass_of_somebody_erased_is_refused_as_such(counter: Counter) -> None:
    text = counter.issue()
    counter.store.people.erase(counter.person.id, counter.clock.utc())
    assert counter.refusal(text) is Reason.PASS_PERSON_GONE


def test_a_carried_pass_gives_its_template(counter: Counter) -> None:
    claims = counter.hold_up(counter.carry())
    assert claims is not None
    assert claims.kind is PassKind.CARRIED
    assert claims.template is not None
    assert claims.template.similarity(an_embedding(1, MODEL)) > 0.9998


def test_a_carried_pass_of_another_model_is_outdated(counter: Counter) -> None:
    assert counter.refusal(counter.carry(model="an older one")) is Reason.PASS_OUTDATED


def test_a_withdrawn_carried_pass_is_refused(counter: Counter) -> None:
    text = counter.carry()
    claims = counter.hold_up(text)
    assert claims is not None
    counter.store.passes.withdraw(claims, counter.clock.utc())
    counter.gate.forget()
    assert counter.refusal(text) is Reason.PASS_REVOKED


def test_a_pass_for_one_visit_is_refused_once_it_was_used(counter: Counter) -> None:
    text = counter.carry(once=True)
    claims = counter.hold_up(text)
    assert claims is not None
    used = Aftermath(spent=claims.pass_id, spent_until_utc=claims.expires_utc)
    counter.store.journal.record(a_decision(), counter.clock.utc(), used)
    counter.gate.forget()
    assert counter.refusal(text) is Reason.PASS_USED


def test_a_pass_that_was_tried_with_other_faces_too_often_has_to_wait_and_says_how_long(counter: Counter) -> None:
    text = counter.carry()
    claims = counter.hold_up(text)
    assert claims is not None
    for number in range(5):
        failed = Aftermath(failed=subject_of(claims))
        counter.store.journal.record(a_decision(f"decision-{number}"), counter.clock.utc(), failed)
    counter.gate.forget()
    with pytest.raises(PassRefused) as caught:
        counter.hold_up(text)
    assert caught.value.reason is Reason.TOO_MANY_TRIES
    assert 29 < caught.value.wait_s <= 30
    counter.clock.advance(30)
    assert counter.hold_up(text) is not None


def test_by_a_clock_that_ran_backwards_no_pass_is_good(counter: Counter) -> None:
    text = counter.issue()
    counter.clock.advance(-600)
    assert counter.refusal(text) is Reason.CLOCK_UNSURE
