"""Slot and Mailbox: what threads hand to each other."""

import threading

import pytest

from kiosk.runtime.mailbox import Mailbox
from kiosk.runtime.slot import Slot
from kiosk.runtime.supervisor import Supervisor
from tests.fakes.clock import FakeClock


def test_the_newest_value_wins() -> None:
    slot: Slot[str] = Slot()
    slot.put("old")
    slot.put("new")
    assert slot.take(0, threading.Event()) == "new"


def test_a_value_is_taken_once_but_can_be_looked_at_again() -> None:
    slot: Slot[str] = Slot()
    slot.put("value")
    assert slot.take(0, threading.Event()) == "value"
    assert slot.take(0, threading.Event()) is None
    assert slot.peek() == "value"


def test_an_empty_slot_gives_nothing_to_look_at() -> None:
    assert Slot[int]().peek() is None


def test_a_stopped_taker_does_not_wait() -> None:
    stop = threading.Event()
    stop.set()
    assert Slot[int]().take(3600, stop) is None
    assert Mailbox[int](3).wait(3600, stop) is None


def test_a_waiting_taker_is_woken_by_a_value() -> None:
    slot: Slot[int] = Slot()
    got: Slot[int] = Slot()

    class Taker:
        name = "taker"

        def run(self, stop: threading.Event, _up: object) -> None:
            value = slot.take(30, stop)
            if value is not None:
                got.put(value)

    supervisor = Supervisor(FakeClock(), [Taker()], lambda health: None)
    supervisor.start()
    slot.put(7)
    assert got.take(5, threading.Event()) == 7
    assert supervisor.stop() == ()


def test_letters_arrive_in_order() -> None:
    box: Mailbox[int] = Mailbox(3)
    for n in (1, 2, 3):
        box.post(n)
    assert box.wait(0.1, threading.Event()) == 1
    assert box.drain() == [2, 3]
    assert box.drain() == []


def test_a_full_mailbox_drops_its_oldest_letter() -> None:
    box: Mailbox[int] = Mailbox(2)
    for n in (1, 2, 3):
        box.post(n)
    assert box.drain() == [2, 3]


def test_letters_left_at_the_stop_can_still_be_read() -> None:
    box: Mailbox[int] = Mailbox(2)
    box.post(1)
    stop = threading.Event()
    stop.set()
    assert box.wait(0, stop) == 1


def test_a_mailbox_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one letter"):
        Mailbox(0)
