"""What the screens hear of parts that fail, go quiet, fail in another way, and work again."""

import pytest

from kiosk.domain.errors import (
    BadSettings,
    CameraBlind,
    CameraFrozen,
    CameraLost,
    Defect,
    KioskError,
    MissingHardware,
    ModelError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFailing,
    StoreFull,
    StoreTooNew,
    StoreUnwritable,
    WrongKey,
)
from kiosk.domain.sight import Frame
from kiosk.parts.camera import CAMERA
from kiosk.parts.post import Post, open_post
from kiosk.parts.screen import CAMERA_QUIET_S, VISION_QUIET_S, ScreenLoop, quiet_limits
from kiosk.parts.sight import VISION
from kiosk.parts.staff import STAFF
from kiosk.runtime.beats import Beats
from kiosk.runtime.supervisor import Health, PartState
from kiosk.screens.events import Event, Fault, PartName
from kiosk.screens.flow import first_state
from kiosk.screens.states import Attract, OutOfOrder, PinSetup
from kiosk.screens.view import View
from tests.fakes.clock import FakeClock

CAMERA_FAULT, VISION_FAULT, STORE_FAULT = PartName.CAMERA, PartName.VISION, PartName.STORE
TOLD = [
    (CAMERA, MissingHardware("x"), CAMERA_FAULT, Fault.GONE),
    (CAMERA, CameraLost("x"), CAMERA_FAULT, Fault.GONE),
    (CAMERA, CameraFrozen("x"), CAMERA_FAULT, Fault.FROZEN),
    (CAMERA, CameraBlind("x"), CAMERA_FAULT, Fault.BLIND),
    (CAMERA, Defect("x"), CAMERA_FAULT, Fault.DEFECT),
    (VISION, Defect("x"), VISION_FAULT, Fault.DEFECT),
    (VISION, ModelError("x"), VISION_FAULT, Fault.DAMAGED),
    (STAFF, ModelError("x"), VISION_FAULT, Fault.DAMAGED),
    (VISION, BadSettings("x"), VISION_FAULT, Fault.DEFECT),
    (STAFF, Defect("x"), STORE_FAULT, Fault.DEFECT),
    *(
        (part, error, STORE_FAULT, fault)
        for part in (VISION, STAFF)
        for error, fault in (
            (StoreBusy("x"), Fault.BUSY),
            (StoreFull("x"), Fault.FULL),
            (StoreUnwritable("x"), Fault.UNWRITABLE),
            (StoreFailing("x"), Fault.FAILING),
            (StoreDamaged("x"), Fault.DAMAGED),
            (WrongKey("x"), Fault.WRONG_KEY),
            (StoreTooNew("x"), Fault.TOO_NEW),
            (StoreError("x"), Fault.UNWRITABLE),
        )
    ),
]


class Blank:
    """A display that nobody touches and nobody sees."""

    closed = False

    def touches(self) -> tuple[Event, ...]:
        return ()

    def show(self, view: View, frame: Frame | None) -> None:
        """Nowhere."""


class Rig:
    """A screen loop on a clock that stands still."""

    def __init__(self, *, rate: float = 20.0) -> None:
        self.clock = FakeClock()
        self.post: Post = open_post(self.clock)
        self.beats = Beats(self.clock)
        self.loop = ScreenLoop(
            Blank(), first_state(True), self.post, self.beats, self.clock, lambda _: None, quiet=quiet_limits(rate)
        )

    def hears(self, part: str, state: PartState, error: KioskError | None = None) -> dict[PartName, Fault]:
        self.loop.hear(Health(part, state, error))
        return self.turn()

    def turn(self) -> dict[PartName, Fault]:
        self.loop.turn()
        return {trouble.part: trouble.fault for trouble in self.loop.state.troubles}


@pytest.mark.parametrize(
    ("part", "error", "name", "fault"), TOLD, ids=lambda value: value.code if isinstance(value, KioskError) else None
)
def test_a_failed_part_is_told_by_what_is_wrong(part: str, error: KioskError, name: PartName, fault: Fault) -> None:
    assert Rig().hears(part, PartState.RETRYING, error) == {name: fault}


def test_what_needs_a_person_is_told_as_such() -> None:
    rig = Rig()
    rig.hears(STAFF, PartState.DOWN, StoreFull("full"))
    assert [trouble.lasting for trouble in rig.loop.state.troubles] == [True]


def test_a_part_that_fails_in_another_way_is_told_anew() -> None:
    rig = Rig()
    rig.hears(CAMERA, PartState.RETRYING, CameraLost("gone"))
    assert rig.hears(CAMERA, PartState.RETRYING, CameraFrozen("frozen")) == {CAMERA_FAULT: Fault.FROZEN}


def test_the_store_is_out_of_order_until_everybody_who_needs_it_has_it() -> None:
    rig = Rig()
    rig.hears(STAFF, PartState.RETRYING, StoreBusy("busy"))
    rig.hears(VISION, PartState.RETRYING, StoreBusy("busy"))
    assert rig.hears(STAFF, PartState.UP) == {STORE_FAULT: Fault.BUSY}
    assert rig.hears(VISION, PartState.UP) == {}
    assert isinstance(rig.loop.state.screen, Attract)


def test_a_store_that_parts_wait_for_is_in_use_though_they_are_up() -> None:
    rig = Rig()
    for part in (VISION, STAFF):
        rig.post.waiting.begin(part)
    assert rig.turn() == {STORE_FAULT: Fault.BUSY}
    assert isinstance(rig.loop.state.screen, OutOfOrder)
    rig.post.waiting.end(VISION)
    assert rig.turn() == {STORE_FAULT: Fault.BUSY}
    rig.post.waiting.end(STAFF)
    assert rig.turn() == {}
    assert isinstance(rig.loop.state.screen, Attract)


def test_a_camera_that_goes_quiet_is_told_within_a_second_and_vision_within_a_little_more() -> None:
    rig = Rig()
    rig.beats.beat(CAMERA)
    rig.beats.beat(VISION)
    rig.hears(CAMERA, PartState.UP)
    rig.hears(VISION, PartState.UP)
    rig.clock.advance(CAMERA_QUIET_S - 0.01)
    assert rig.turn() == {}
    rig.clock.advance(0.02)
    assert rig.turn() == {CAMERA_FAULT: Fault.GONE}
    rig.clock.advance(VISION_QUIET_S - CAMERA_QUIET_S)
    assert rig.turn() == {CAMERA_FAULT: Fault.GONE, VISION_FAULT: Fault.SLOW}
    rig.beats.beat(CAMERA)
    rig.beats.beat(VISION)
    assert rig.turn() == {}


def test_a_slow_camera_is_given_the_time_of_three_frames() -> None:
    rig = Rig(rate=1.0)
    rig.beats.beat(CAMERA)
    rig.hears(CAMERA, PartState.UP)
    rig.clock.advance(2.9)
    assert rig.turn() == {}


def test_parts_that_are_still_starting_are_no_trouble() -> None:
    rig = Rig()
    for part in (CAMERA, VISION, STAFF):
        rig.hears(part, PartState.STARTING)
    rig.clock.advance(60)
    assert rig.turn() == {}


@pytest.mark.parametrize(("has_pin", "screen"), [(False, PinSetup), (True, Attract)])
def test_a_store_that_opens_late_is_heard_about_the_pin(has_pin: bool, screen: type[object]) -> None:
    rig = Rig()
    rig.loop.knows_pin = False
    rig.hears(STAFF, PartState.DOWN, WrongKey("wrong"))
    assert isinstance(rig.loop.state.screen, OutOfOrder)
    rig.post.has_pin.put(has_pin)
    rig.hears(STAFF, PartState.UP)
    rig.turn()
    assert isinstance(rig.loop.state.screen, screen)
