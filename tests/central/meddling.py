"""Servers that break one promise each: what stands before a real central and changes its answers."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
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
    last: dict[str, Said] = field(default_factory=dict)

    async def __call__(self, scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        path = scope.get("path", "")
        if path == "/v1/kiosk/stream" and self.is_deaf:
            return await self.app(scope, receive, _without_wakes(send))
        if path == "/v1/kiosk/stream" or not path.startswith(("/v1/kiosk", "/v1/pairings")):
            return await self.app(scope, receive, send)
        scope = {**scope, "headers": [one for one in scope["headers"] if one[0] != b"accept-encoding"]}
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        await self._answer(f"{scope['method']} {path}", kept, send)
        return None

    async def _answer(self, asked: str, kept: list[Message], send: Callable[[Message], Awaitable[None]]) -> None:
        body = b"".join(message.get("body", b"") for message in kept[1:])
        headers = dict(kept[0]["headers"])
        status, form = kept[0]["status"], headers.get(b"content-type", b"").decode()
        if status == 200 and form == CBOR:
            answer = cbor2.loads(body)
            status = self.change(asked, status, answer)
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


def _without_wakes(send: Callable[[Message], Awaitable[None]]) -> Callable[[Message], Awaitable[None]]:
    async def quiet(message: Message) -> None:
        if b"event: wake" in message.get("body", b""):
            message = {**message, "body": b":\n\n"}
        await send(message)
        await asyncio.sleep(0)

    return quiet
