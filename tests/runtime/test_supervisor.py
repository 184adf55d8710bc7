"""What happens to a part that fails, by the class of its error."""

import logging
import threading
from collections.abc import Callable

import pytest

from kiosk.domain.errors import (
    CameraLost,
    Defect,
    KioskError,
    ModelError,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    WrongKey,
)
from kiosk.runtime.clock import SystemClock
from kiosk.runtime.mailbox import Mailbox
from kiosk.runtime.supervisor import Health, PartState, Supervisor
from tests.fakes.clock import FakeClock

FOREVER = 60.0


class Scripted:
    """A part that raises the given errors, one a start, and then does as `afterwards` says."""

    name = "scripted"

    def __init__(self, *errors: Exception, afterwards: Callable[[threading.Event], None] = lambda stop: None) -> None:
        self.errors = list(errors)
        self.afterwards = afterwards
        self.starts = 0

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        self.starts += 1
        if self.errors:
            raise self.errors.pop(0)
        self.afterwards(stop)


def work(stop: threading.Event) -> None:
    """Go round until told to stop."""
    while not stop.is_set():
        stop.wait(0.01)


def healths_until_finished(part: Scripted, clock: FakeClock) -> list[Health]:
    """Everything told until the part has finished by itself: down, without an error."""
    told: Mailbox[Health] = Mailbox(100)
    supervisor = Supervisor(clock, [part], told.post)
    supervisor.start()
    seen: list[Health] = []
    while not seen or seen[-1].state is not PartState.DOWN or seen[-1].error is not None:
        health = told.wait(5, threading.Event())
        assert health is not None, f"never finished: {seen}"
        seen.append(health)
    assert supervisor.stop() == ()
    return seen


def states(healths: list[Health]) -> list[PartState]:
    return [health.state for health in healths]


def test_a_part_that_returns_has_finished() -> None:
    healths = healths_until_finished(Scripted(), FakeClock())
    assert states(healths) == [PartState.STARTING, PartState.DOWN]
    assert healths[-1].error is None


def test_a_lost_camera_is_tried_again_after_a_second_and_then_every_two() -> None:
    clock = FakeClock()
    lost = [CameraLost("gone") for _ in range(6)]
    healths = healths_until_finished(Scripted(*lost), clock)
    assert clock.waits == [1, 2, 2, 2, 2, 2]
    assert states(healths) == [PartState.STARTING, PartState.RETRYING, PartState.DOWN]
    assert isinstance(healths[1].error, CameraLost)


def test_a_busy_store_is_tried_again() -> None:
    part = Scripted(StoreBusy("busy"))
    healths_until_finished(part, FakeClock())
    assert part.starts == 2


def test_a_different_trouble_is_told_too() -> None:
    healths = healths_until_finished(Scripted(StoreBusy("busy"), CameraLost("gone")), FakeClock())
    assert [health.error.code for health in healths if health.error] == ["store-busy", "camera-lost"]


@pytest.mark.parametrize("error", [StoreDamaged("damaged"), WrongKey("key"), StoreFull("full"), ModelError("model")])
def test_an_error_that_needs_a_person_is_said_so_once_and_tried_again_all_the_same(error: KioskError) -> None:
    clock = FakeClock()
    part = Scripted(error, error, error)
    healths = healths_until_finished(part, clock)
    assert clock.waits == [1, 2, 2]
    assert part.starts == 4
    assert [(h.state, h.error) for h in healths] == [
        (PartState.STARTING, None),
        (PartState.DOWN, error),
        (PartState.DOWN, None),
    ]


def test_a_defect_that_comes_five_times_a_minute_needs_a_person_and_is_tried_again_every_two_seconds() -> None:
    clock = FakeClock()
    part = Scripted(*(ZeroDivisionError("ours") for _ in range(9)))
    healths = healths_until_finished(part, clock)
    assert part.starts == 10
    assert clock.waits == [1, 2, 2, 2, 2, 2, 2, 2, 2]
    assert states(healths) == [PartState.STARTING, PartState.RETRYING, PartState.DOWN, PartState.DOWN]
    assert isinstance(healths[2].error, Defect)


def test_a_defect_that_stays_is_written_to_the_log_five_times_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        healths_until_finished(Scripted(*(ZeroDivisionError("ours") for _ in range(9))), FakeClock())
    assert len([r for r in caplog.records if r.exc_info]) == 5


def test_what_stays_wrong_is_written_to_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        healths_until_finished(Scripted(*(StoreFull("the disk is full") for _ in range(50))), FakeClock())
    assert sum("the disk is full" in record.getMessage() for record in caplog.records) == 1


def test_rare_defects_never_stop_a_part_for_good() -> None:
    clock = FakeClock()

    class Rarely(Scripted):
        def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
            clock.advance(40)
            super().run(stop, up)

    part = Rarely(*(ZeroDivisionError("ours") for _ in range(9)))
    healths = healths_until_finished(part, clock)
    assert part.starts == 10
    assert healths[-1].error is None


def test_the_pause_is_short_again_after_a_part_ran_well() -> None:
    clock = FakeClock()

    class Longer(Scripted):
        def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
            if self.starts == 2:
                clock.advance(31)
            super().run(stop, up)

    healths_until_finished(Longer(*(CameraLost("gone") for _ in range(4))), clock)
    assert clock.waits == [1, 2, 1, 2]


def test_a_part_is_up_when_it_says_so_and_not_while_it_keeps_failing() -> None:
    told: Mailbox[Health] = Mailbox(100)

    class Camera(Scripted):
        def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
            self.starts += 1
            if self.starts < 4:
                raise CameraLost("no frame")
            up()
            work(stop)

    supervisor = Supervisor(FakeClock(), [Camera()], told.post)
    supervisor.start()
    expected = [PartState.STARTING, PartState.RETRYING, PartState.UP]
    seen = [told.wait(5, threading.Event()) for _ in expected]
    assert [health.state for health in seen if health] == expected
    assert supervisor.stop() == ()
    assert states(told.drain()) == [PartState.DOWN]


def test_working_parts_stop_within_two_seconds_when_told() -> None:
    clock = SystemClock()
    parts = [Scripted(afterwards=work) for _ in range(4)]
    supervisor = Supervisor(clock, parts, lambda health: None)
    supervisor.start()
    before = clock.monotonic()
    assert supervisor.stop() == ()
    assert clock.monotonic() - before < 2


def test_a_part_that_waits_to_be_tried_again_stops_at_once() -> None:
    told: Mailbox[Health] = Mailbox(10)
    supervisor = Supervisor(SystemClock(), [Scripted(CameraLost("a"), CameraLost("b"))], told.post)
    supervisor.start()
    told.wait(5, threading.Event())
    told.wait(5, threading.Event())
    assert supervisor.stop() == ()


def test_a_part_that_does_not_listen_is_named_and_does_not_hold_up_the_end() -> None:
    never = threading.Event()
    supervisor = Supervisor(
        SystemClock(), [Scripted(afterwards=lambda stop: never.wait(FOREVER) and None)], lambda health: None
    )
    supervisor.start()
    assert supervisor.stop(timeout_s=0.1) == ("scripted",)
    never.set()


def test_stopping_before_the_start_is_harmless() -> None:
    assert Supervisor(SystemClock(), [Scripted()], lambda health: None).stop() == ()
