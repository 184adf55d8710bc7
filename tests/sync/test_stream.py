"""The stream by which central wakes a kiosk, against a real server on this machine."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from kiosk.runtime.clock import SystemClock
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.options import Options
from kiosk.sync.ports import Central
from kiosk.sync.stream import Stream, Wake
from tests.fakes.clock import FakeClock
from tests.sync.answering import Asked, answering, head_of, refused


def test_a_word_of_central_s_sets_the_flag_and_a_stop_is_heard() -> None:
    stop, wake, seen = threading.Event(), Wake(), []

    def events(_asked: Asked) -> Iterator[bytes]:
        yield head_of("200 OK", {"Content-Type": "text/event-stream"})
        wake.was_up.wait(5)
        seen.append(wake.is_up.wait(5))
        wake.flag.clear()
        yield b":\n\n"
        yield b'event: wake\nid: 7\ndata: {"newest": 7}\n\n'
        seen.append(wake.flag.wait(5))
        stop.set()

    with answering(events) as server:

        @contextmanager
        def dial() -> Iterator[Central | None]:
            yield open_central(server.url, Options(), patience_of(SystemClock(), stop.is_set))

        Stream(dial, wake, SystemClock()).run(stop)
    assert seen == [True, True]
    assert not wake.is_up.is_set()


def test_a_stream_that_ends_wakes_the_engine_once_it_is_down() -> None:
    stop, wake, seen = threading.Event(), Wake(), []

    def ends(_asked: Asked) -> Iterator[bytes]:
        yield head_of("200 OK", {"Content-Type": "text/event-stream"})
        wake.was_up.wait(5)
        wake.flag.clear()

    with answering(ends) as server:

        @contextmanager
        def dial() -> Iterator[Central | None]:
            yield open_central(server.url, Options(), patience_of(SystemClock(), stop.is_set))
            seen.append((wake.is_up.is_set(), wake.flag.is_set()))
            stop.set()

        Stream(dial, wake, SystemClock()).run(stop)
    assert seen == [(False, True)]


def test_a_central_that_asks_the_stream_to_wait_is_not_asked_before_though_the_network_is_good() -> None:
    stop, wake, clock, asked = threading.Event(), Wake(), FakeClock(), list[float]()

    def busy(_asked: Asked) -> Iterator[bytes]:
        yield refused("503 Busy", Retry_After="120")

    with answering(busy) as server:

        @contextmanager
        def dial() -> Iterator[Central | None]:
            asked.append(clock.monotonic())
            if len(asked) == 3:
                stop.set()
            wake.retry.set()
            yield open_central(server.url, Options(), patience_of(SystemClock(), lambda: False))

        Stream(dial, wake, clock).run(stop)
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert all(120 <= pause <= 151 for pause in pauses), pauses


def test_a_fleet_whose_streams_end_together_does_not_come_back_together() -> None:
    stop, wake, clock, asked = threading.Event(), Wake(longest_s=300.0), FakeClock(), list[float]()

    def ends(_asked: Asked) -> Iterator[bytes]:
        yield head_of("200 OK", {"Content-Type": "text/event-stream"})

    with answering(ends) as server:

        @contextmanager
        def dial() -> Iterator[Central | None]:
            asked.append(clock.monotonic())
            if len(asked) == 7:
                stop.set()
            yield open_central(server.url, Options(), patience_of(SystemClock(), lambda: False))

        Stream(dial, wake, clock, random.Random(1)).run(stop)
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert max(pauses) > 60, pauses
    assert max(pauses) <= 301
