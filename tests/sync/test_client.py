"""The client against a real server on this machine: what it sends, what it refuses, how long it waits."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.errors import (
    BadSettings,
    Busy,
    CounterBehind,
    Garbled,
    Rejected,
    Revoked,
    SyncError,
    Unreachable,
    Untrusted,
)
from kiosk.runtime.clock import SystemClock
from kiosk.sync.client import HttpCentral, open_central, patience_of
from kiosk.sync.options import Options, base_of
from kiosk.sync.signature import Counters, Signer
from kiosk.wire import forms, signing
from kiosk.wire.beating import Heard, HeartBeat
from kiosk.wire.forms import BODY_MOST
from kiosk.wire.pulled import LoosePage, Page
from kiosk.wire.pushed import Item, Push, PushAnswer
from tests.sync.answering import Answer, Asked, answering, certificate, head_of, refused, said

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEARD = Heard(at_utc=NOW, epoch="e1")
QUICK = Options(connect_s=1, read_s=1, write_s=1, whole_s=1.5)


class Counting:
    """The part of a membership that counters need."""

    def __init__(self) -> None:
        self.last = 0

    def reserve(self, lane: str, count: int) -> int:
        first, self.last = self.last + 1, self.last + count
        return first

    def raise_counter(self, lane: str, above: int) -> None:
        self.last = max(self.last, above)


def a_signer() -> Signer:
    return Signer(Ed25519PrivateKey.generate(), "a-token-of-sixteen", Counters(Counting(), "main"))  # type: ignore[arg-type]


def central_at(url: str, options: Options = QUICK, signer: Signer | None = None) -> HttpCentral:
    return open_central(url, options, patience_of(SystemClock()), signer)


def always(content: bytes) -> Answer:
    return lambda _asked: [content]


def test_a_request_is_signed_as_it_is_sent() -> None:
    signer = a_signer()
    items = [
        Item(id=f"01890000-0000-7000-8000-0000000000{number:02d}", seq=number, kind="event", body={"a": "x" * 50})
        for number in range(1, 20)
    ]
    with answering(always(said(PushAnswer(answers=[], epoch="e1")))) as server:
        central_at(server.url, signer=signer).push(Push(store="s", items=items))
    asked = server.asked[0]
    signed = signing.read_header(asked.headers["x-kiosk-signature"])
    assert signed is not None
    text = signing.request_text(asked.method, asked.target, signed.lane, signed.counter, asked.body)
    signer.key.public_key().verify(signed.signature, text)
    assert asked.headers["authorization"] == "Bearer a-token-of-sixteen"
    assert asked.headers["content-encoding"] == "gzip"
    assert asked.headers["x-kiosk-wire"] == str(signing.WIRE)
    assert forms.read(forms.unpacked(asked.body), Push).items == items


def test_the_cursor_travels_in_the_signed_target_and_no_secret_does() -> None:
    page = Page(changes=[], cursor="e.1.v", more=False, epoch="e1", site="north", at_utc=NOW)
    with answering(always(said(page))) as server:
        central = central_at(server.url, signer=a_signer())
        assert central.pull("e.0.v/+", 50).page == page
    assert server.asked[0].target == "/v1/kiosk/pull?cursor=e.0.v%2F%2B&limit=50"


def test_counters_are_never_used_twice_and_go_on_above_what_central_has_seen() -> None:
    signer = a_signer()
    used = [signer.counters.take() for _ in range(120)]
    assert used == sorted(set(used))
    signer.counters.go_above(5000)
    assert signer.counters.take() > 5000


@pytest.mark.parametrize("url", ["http://central.example", "ftp://central.example", "central.example", "https://", ""])
def test_what_is_not_encrypted_is_not_spoken_to(url: str) -> None:
    with pytest.raises(Untrusted):
        central_at(url)


@pytest.mark.parametrize("url", ["https://a:b@central.example", "https://central.example/?x=1", "https://c.example/#x"])
def test_an_address_with_more_in_it_than_an_address_is_refused(url: str) -> None:
    with pytest.raises(Untrusted):
        base_of(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_may_be_spoken_to_in_plain(host: str) -> None:
    assert base_of(f"http://{host}:8000/") == f"http://{host}:8000"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted_unless_it_is_our_own(tmp_path: Path) -> None:
    context, path = certificate(tmp_path)
    with answering(always(said(HEARD)), context) as server:
        with pytest.raises(Untrusted):
            central_at(server.url).beat(HeartBeat())
        assert server.asked == []
        assert central_at(server.url, replace(QUICK, ca_file=path)).beat(HeartBeat()) == HEARD


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    context, path = certificate(tmp_path)
    with answering(always(said(HEARD)), context) as server:
        other = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(Untrusted):
            central_at(other, replace(QUICK, ca_file=path)).beat(HeartBeat())
    assert server.asked == []


def test_a_file_of_certificates_that_is_none_is_a_setting_to_change(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="ca_file"):
        central_at("https://central.example", replace(QUICK, ca_file=tmp_path / "none.pem"))


def test_an_answer_is_read_no_further_than_a_body_may_be() -> None:
    sent = []

    def endless(_asked: Asked) -> Iterator[bytes]:
        yield head_of("200 OK", {"Content-Type": forms.CBOR, "Content-Length": str(10**12)})
        for _ in range(1000):
            sent.append(1)
            yield b"x" * 1_000_000

    with answering(endless) as server, pytest.raises(Garbled):
        central_at(server.url, replace(QUICK, whole_s=20)).beat(HeartBeat())
    assert len(sent) * 1_000_000 < 4 * BODY_MOST


def test_an_answer_that_unpacks_to_too_much_is_not_unpacked() -> None:
    bomb = forms.packed(b"\x00" * (BODY_MOST + 1))[0]
    head = {"Content-Type": forms.CBOR, "Content-Encoding": "gzip", "Content-Length": str(len(bomb))}
    with answering(always(head_of("200 OK", head) + bomb)) as server, pytest.raises(Garbled):
        central_at(server.url).beat(HeartBeat())


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_answer_that_breaks_off_is_one_to_ask_for_again(cut: int) -> None:
    with answering(always(said(HEARD)[:-cut])) as server, pytest.raises((Unreachable, Garbled)):
        central_at(server.url).beat(HeartBeat())


def test_an_answer_that_is_another_message_is_garbled() -> None:
    with answering(always(said(PushAnswer(answers=[], epoch="e")))) as server, pytest.raises(Garbled):
        central_at(server.url).beat(HeartBeat())


def drip(content: bytes, pause_s: float) -> Answer:
    def drops(_asked: Asked) -> Iterator[bytes]:
        for place in range(len(content)):
            yield content[place : place + 1]
            time.sleep(pause_s)  # noqa: TID251 - a slow server in real time

    return drops


@pytest.mark.parametrize("start", ["head", "body"])
def test_an_answer_that_drips_is_given_up_at_the_deadline(start: str) -> None:
    content = said(HEARD, **({"X-Long": "x" * 2000} if start == "head" else {}))
    with answering(drip(content, 0.1)) as server:
        began = time.monotonic()  # noqa: TID251 - measured against the real server
        with pytest.raises(Unreachable):
            central_at(server.url).beat(HeartBeat())
        assert time.monotonic() - began < QUICK.whole_s + 1  # noqa: TID251


def test_a_stop_is_heard_while_central_is_silent() -> None:
    stop = threading.Event()
    silent = threading.Event()

    def hanging(_asked: Asked) -> Iterator[bytes]:
        threading.Timer(0.2, stop.set).start()
        silent.wait(10)
        yield b""

    with answering(hanging) as server:
        patient = Options(read_s=60, whole_s=60)
        central = open_central(server.url, patient, patience_of(SystemClock(), stop.is_set))
        began = time.monotonic()  # noqa: TID251 - measured against the real server
        with pytest.raises(Unreachable):
            central.beat(HeartBeat())
        assert time.monotonic() - began < 2  # noqa: TID251
        silent.set()


def test_nobody_there_is_unreachable() -> None:
    with answering(always(b"")) as server:
        gone = server.url
    with pytest.raises(Unreachable):
        central_at(gone).beat(HeartBeat())


def test_a_redirect_is_not_followed() -> None:
    with answering(always(refused("302 Found", Location="/v1/kiosk/elsewhere"))) as server:
        with pytest.raises(Rejected) as found:
            central_at(server.url).beat(HeartBeat())
        assert found.value.reason == "redirect"
        assert len(server.asked) == 1


NO_COUNTERS = (b"-1", b"true", b"1.5", b"1e9", b"%d" % 2**53, b"%d" % 2**60, b"%d" % 2**63)
CASES: list[tuple[bytes, type[SyncError]]] = [
    (refused("500 Oops"), Busy),
    (refused("503 Later", Retry_After="7"), Busy),
    (refused("429 Slower", Retry_After="7"), Busy),
    (refused("401 No", b'{"error":"unauthorised"}'), Rejected),
    (refused("410 Gone", b'{"error":"kiosk-revoked"}'), Revoked),
    (refused("410 Gone", b'{"error":"pairing-over"}'), Rejected),
    (refused("409 Conflict", b'{"error":"counter","counter":77}'), CounterBehind),
    (refused("409 Conflict", b'{"error":"counter","counter":"x"}'), Rejected),
    *((refused("409 Conflict", b'{"error":"counter","counter":%s}' % last), Rejected) for last in NO_COUNTERS),
    (refused("404 None", b"[" * 5000), Rejected),
]


@pytest.mark.parametrize(("answer", "kind"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_a_refusal_is_the_error_by_which_the_engine_knows_what_to_do(answer: bytes, kind: type[SyncError]) -> None:
    with answering(always(answer)) as server, pytest.raises(kind) as found:
        central_at(server.url).beat(HeartBeat())
    if isinstance(found.value, Busy) and b"Retry-After" in answer:
        assert found.value.retry_after_s == 7
    if isinstance(found.value, CounterBehind):
        assert found.value.last == 77


@pytest.mark.parametrize(("text", "bounded"), [("0", 1.0), ("1e9", 300.0), ("nan", None), ("Fri, 21 Nov", None)])
def test_what_central_asks_to_wait_has_bounds(text: str, bounded: float | None) -> None:
    with answering(always(refused("503 Later", Retry_After=text))) as server, pytest.raises(Busy) as found:
        central_at(server.url).beat(HeartBeat())
    assert found.value.retry_after_s == bounded


def test_a_page_with_a_change_that_cannot_be_read_is_read_without_it() -> None:
    good, bad = {"kind": "gone", "gone": {"id": "ada"}}, {"kind": "gone", "gone": {"id": "no such id!"}}
    odd = LoosePage(changes=[bad, good], cursor="e.2.v", more=False, epoch="e1", site="north", at_utc=NOW)
    with answering(lambda _asked: [said(odd)]) as server:
        central = central_at(server.url)
        with pytest.raises(Garbled):
            central.pull("e.1.v", 2)
        pulled = central.pull("e.1.v", 2, loosely=True)
    assert pulled.unread == 1
    assert [change.gone.id for change in pulled.page.changes if change.gone] == ["ada"]
    assert pulled.page.cursor == "e.2.v"


def test_the_stream_tells_news_from_signs_of_life() -> None:
    def events(_asked: Asked) -> Iterator[bytes]:
        yield head_of("200 OK", {"Content-Type": "text/event-stream"})
        for part in (b": here\n\n", b"event: change\nda", b"ta: 1\n\n", b": here\r\n\r\n"):
            yield part
            time.sleep(0.05)  # noqa: TID251 - so that they come one by one

    with answering(events) as server, central_at(server.url).open_stream() as signs:
        heard = []
        with pytest.raises(Unreachable):
            heard.extend([next(signs) for _ in range(4)])
            raise Unreachable("over")
    assert heard == [False, False, True, False]


def test_a_download_goes_on_where_it_was() -> None:
    content = bytes(range(256)) * 40

    def part(asked: Asked) -> Iterator[bytes]:
        start = int(asked.headers["range"].removeprefix("bytes=").removesuffix("-"))
        given = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        yield head_of("206 Partial Content", {"Content-Length": str(len(content) - start), **given})
        yield content[start:]

    with answering(part) as server, central_at(server.url).download("/v1/kiosk/model/m/file", 1000) as chunks:
        assert b"".join(chunks) == content[1000:]


def test_another_part_of_a_file_than_was_asked_for_is_not_taken() -> None:
    part = {"Content-Length": "3", "Content-Range": "bytes 1-3/4"}
    other = always(head_of("206 Partial Content", part) + b"abc")
    with answering(other) as server, pytest.raises(Garbled), central_at(server.url).download("/v1/kiosk/x", 2):
        pass


@pytest.mark.parametrize("start", [0, 2, 3, 99_999, 100_000])
def test_of_a_whole_file_where_a_part_was_asked_for_the_rest_is_taken(start: int) -> None:
    content = bytes(range(250)) * 400
    whole = always(head_of("200 OK", {"Content-Length": str(len(content))}) + content)
    with answering(whole) as server, central_at(server.url).download("/v1/kiosk/x", start) as chunks:
        assert b"".join(chunks) == content[start:]
