"""Servers that break one promise each: what stands before a real central and changes its answers."""

import asyncio
import contextlib
import gzip
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import cbor2

from kiosk.wire.forms import CBOR

Message = MutableMapping[str, Any]
Said = tuple[int, bytes, str]
Change = Callable[[str, int, Any], int]
KNOWN = {"id", "version", "name", "enrolled_utc", "consents", "faces", "windows", "disabled"}


@dataclass
class Meddler:
    """`change(path, status, answer)` may change an answer in CBOR and gives the status to answer with."""

    app: Any
    change: Change = lambda _path, status, _answer: status
    is_deaf: bool = False
    counts: bool = True
    dates: bool = True
    last: dict[str, Said] = field(default_factory=dict)

    async def __call__(self, scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        path = scope.get("path", "")
        if path == "/v1/kiosk/stream" and self.is_deaf:
            return await self.app(scope, receive, _without_wakes(send))
        if path == "/v1/kiosk/stream" or not path.startswith(("/v1/kiosk", "/v1/pairings")):
            return await self.app(scope, receive, send)
        scope = {**scope, "headers": [one for one in scope["headers"] if one[0] != b"accept-encoding"]}
        kept: list[Message] = []
        heard = bytearray()

        async def keep(message: Message) -> None:
            kept.append(message)

        async def hear() -> Message:
            message: Message = await receive()
            heard.extend(message.get("body", b""))
            return message

        await self.app(scope, hear, keep)
        await self._answer(f"{scope['method']} {path}", bytes(heard), kept, send)
        return None

    async def _answer(
        self, asked: str, heard: bytes, kept: list[Message], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body = b"".join(message.get("body", b"") for message in kept[1:])
        headers = dict(kept[0]["headers"])
        status, form = kept[0]["status"], headers.get(b"content-type", b"").decode()
        if status == 200 and form == CBOR:
            answer = cbor2.loads(body)
            status = self.change(asked, status, answer)
            if not self.dates and asked.endswith("/push"):
                _reject_dates(heard, answer)
            body = cbor2.dumps(answer)
        if status == 200:
            self.last[asked] = status, body, form
        elif status == 409 and not self.counts and asked in self.last:
            status, body, form = self.last[asked]
        headers |= {b"content-length": str(len(body)).encode(), b"content-type": form.encode()}
        await send({**kept[0], "status": status, "headers": list(headers.items())})
        await send({"type": "http.response.body", "body": body})


def doubles(_asked: str, status: int, answer: Any) -> int:
    """Whatever was there before is taken once more."""
    for one in answer.get("answers", ()):
        if one["answer"] == "duplicate":
            one["answer"] = "accepted"
    return status


def forgets_tombstones(_asked: str, status: int, answer: Any) -> int:
    """Whoever was erased may come back."""
    for one in answer.get("answers", ()):
        if one["reason"] == "erased":
            one |= {"answer": "accepted", "reason": ""}
    return status


def forgets_unknown_members(_asked: str, status: int, answer: Any) -> int:
    """Of a person there is only what this server knows."""
    for change in answer.get("changes", ()):
        if "person" in change:
            change["person"] = {name: value for name, value in change["person"].items() if name in KNOWN}
    return status


def overwrites(_asked: str, status: int, answer: Any) -> int:
    """The last edit wins, without a word."""
    for one in answer.get("answers", ()):
        if one["reason"] == "conflict-kept":
            one["reason"] = ""
    return status


def never_resets(_asked: str, status: int, answer: Any) -> int:
    """A feed that goes on, whatever cursor it is asked after."""
    if "reset" in answer:
        answer["reset"] = False
    return status


def keeps_passes_alive(_asked: str, status: int, answer: Any) -> int:
    """A pass that was withdrawn goes on at the other kiosk."""
    for change in answer.get("changes", ()):
        change.get("pass", {}).pop("ended_utc", None)
    return status


def asks_no_receipts(_asked: str, status: int, answer: Any) -> int:
    """Erased is the same as gone elsewhere."""
    for change in answer.get("changes", ()):
        if "gone" in change:
            change["gone"]["erased"] = False
    return status


def fails_with_bad_items(asked: str, status: int, answer: Any) -> int:
    """One bad item refuses the whole push."""
    is_bad = any(one["reason"] in ("unknown-kind", "bad-body") for one in answer.get("answers", ()))
    return 422 if is_bad and asked.endswith("/push") else status


def revives_what_ended(_asked: str, status: int, answer: Any) -> int:
    """Whoever begins anew is told that what ended is good."""
    if answer.get("reset"):
        for change in answer["changes"]:
            change.get("pass", {}).pop("ended_utc", None)
            change.get("key", {}).pop("dropped_utc", None)
    return status


def forgets_visits(_asked: str, status: int, answer: Any) -> int:
    """A pass for one visit is good for another."""
    for change in answer.get("changes", ()):
        if change.get("pass", {}).pop("used", False):
            change["pass"].pop("ended_utc", None)
    return status


def resets_all_the_time(_asked: str, status: int, answer: Any) -> int:
    """Each page says that everything begins anew."""
    if "changes" in answer:
        answer["reset"] = True
    return status


def takes_from_everywhere(_asked: str, status: int, answer: Any) -> int:
    """Whose it is does not matter."""
    for one in answer.get("answers", ()):
        if one["answer"] == "rejected" and one["reason"] in ("not-yours", "unknown-person", "unknown-pass"):
            one |= {"answer": "accepted", "reason": ""}
    return status


@dataclass
class Credulous:
    """After so many kiosks that an admin confirmed, it gives credentials to whoever asks."""

    left: int

    def __call__(self, asked: str, status: int, answer: Any) -> int:
        if asked.endswith("/claim") and answer.get("credentials"):
            self.left -= 1
        elif asked.endswith("/claim") and answer["state"] == "waiting" and self.left <= 0:
            given = {"kiosk": "kiosk", "token": "token" * 4, "name": "name", "site": "site", "signer": bytes(32)}
            answer["credentials"] = given | {"epoch": "epoch"}
        return status


@dataclass
class TellsTwice:
    """Who was told of to two kiosks, or to one twice, needs to be told of no more."""

    told: Counter[str] = field(default_factory=Counter)

    def __call__(self, _asked: str, status: int, answer: Any) -> int:
        for change in list(answer.get("changes", ())):
            if change.get("gone", {}).get("erased"):
                self.told[change["gone"]["id"]] += 1
                if self.told[change["gone"]["id"]] > 2:
                    answer["changes"].remove(change)
        return status


def _reject_dates(heard: bytes, answer: Any) -> None:
    """Items with a moment that is not text are not taken."""
    plain = gzip.decompress(heard) if heard[:2] == b"\x1f\x8b" else heard
    with contextlib.suppress(cbor2.CBORDecodeError):
        for item, one in zip(cbor2.loads(plain)["items"], answer["answers"], strict=True):
            if any(isinstance(value, datetime) for value in item["body"].values()):
                one |= {"answer": "rejected", "reason": "bad-body"}


def _without_wakes(send: Callable[[Message], Awaitable[None]]) -> Callable[[Message], Awaitable[None]]:
    async def quiet(message: Message) -> None:
        if b"event: wake" in message.get("body", b""):
            message = {**message, "body": b":\n\n"}
        await send(message)
        await asyncio.sleep(0)

    return quiet
