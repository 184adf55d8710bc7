"""What an answer of central means: which of our errors it is, and what a line of the stream says."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from kiosk.domain.errors import Busy, CounterBehind, Rejected, Revoked, SyncError
from kiosk.wire.signing import COUNTER_MOST

BELIEVED_MOST = COUNTER_MOST - 1_000_000  # a counter that no kiosk comes to in a thousand years
REVOKED, COUNTER = "kiosk-revoked", "counter"
RETRY_LEAST_S, RETRY_MOST_S = 1.0, 300.0
LINE_MOST = 64 * 1024
_LATER = (408, 425, 429)


def refusal(status: int, content: bytes, retry_after: str = "") -> SyncError:
    """The error that such an answer is. Its own sentence is not repeated: it is not ours to show."""
    said = _said(content)
    reason = str(said.get("error", ""))[:40]
    if status >= 500 or status in _LATER:
        return Busy(f"central can't answer now ({status}); it is asked again", retry_after_s(retry_after))
    if status == 410 and reason == REVOKED:
        return Revoked("this kiosk was taken out of the fleet; pair it anew if that was a mistake")
    last = said.get("counter")
    if status == 409 and reason == COUNTER and _is_counter(last):
        return CounterBehind("central has heard from a copy of this kiosk; going on above", last)
    if status < 400:
        return Rejected("central answers from another address; pair with the one that it has", "redirect", status)
    why = f", {reason}" if reason else ""
    return Rejected(f"central says no ({status}{why})", reason, status)


def retry_after_s(text: str) -> float | None:
    """The seconds of a Retry-After header, within bounds; None where there is none (dates are not heeded: clocks)."""
    try:
        asked = float(text)
    except ValueError:
        return None
    return min(max(asked, RETRY_LEAST_S), RETRY_MOST_S) if math.isfinite(asked) else None


def signs(chunks: Iterable[bytes]) -> Iterator[bool]:
    """What comes over a stream of server-sent events: True for an event, False for a sign of life.

    What an event says is not read: the feed says it. A line without an end is cut, so that it takes no memory.
    """
    rest, told = b"", False
    for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        rest = rest[-LINE_MOST:]
        events = 0
        for line in lines:
            told = told or line.startswith((b"data:", b"event:"))
            if not line and told:
                events, told = events + 1, False
        yield events > 0


def _is_counter(last: object) -> TypeGuard[int]:
    """Whether there is room above it: of one that is believed at its end, the kiosk could never sign again."""
    return isinstance(last, int) and not isinstance(last, bool) and 0 <= last <= BELIEVED_MOST


def _said(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
