"""The next batch of the outbox, and what its answers mean; one item that central can't deal with stops no other."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.domain.errors import Busy, Garbled, Rejected, SyncError
from kiosk.runtime.logs import facts
from kiosk.sync.ports import Outbox
from kiosk.sync.sizes import Size
from kiosk.wire import forms
from kiosk.wire.pushed import ITEMS_MOST, Answer, Answered, Item, Push

log = logging.getLogger(__name__)

BATCH_BYTES = 1_000_000
ASIDE_MOST = 100
_BY_THE_ITEM = (400, 413, 415, 422)


@dataclass(slots=True)
class Outgoing:
    """Owned by the engine. Items that central failed on by themselves are put aside until nothing else waits."""

    outbox: Outbox
    store: str
    _size: Size = field(default_factory=lambda: Size(ITEMS_MOST))
    _aside: set[str] = field(default_factory=set)
    _sent: Push | None = None

    def next(self, *, receipts: bool) -> Push | None:
        """What to push now; None for nothing."""
        items = [item for item in self._pending(receipts) if item.id not in self._aside]
        if not items and self._aside:
            self._aside.clear()
            items = list(self._pending(receipts))
        self._sent = Push(store=self.store, items=_of_size(items[: self._size.now])) if items else None
        return self._sent

    def answered(self, push: Push, answers: Sequence[Answered], at_utc: datetime) -> None:
        """Settle what was answered. Raises Garbled where nothing of it was."""
        asked = {item.id: item.kind for item in push.items}
        ours = [answer for answer in answers if answer.id in asked]
        if not ours:
            raise Garbled("central did not answer to what it was told; it is told again")
        self.outbox.settle(ours, at_utc)
        for answer in ours:
            if answer.answer is Answer.REJECTED:
                log.warning("central rejected an item", extra=facts(kind=asked[answer.id], reason=answer.reason))
        self._size.succeed()

    def failed(self, error: SyncError, at_utc: datetime) -> None:
        """The batch failed as a whole: fewer at once, until the item that is behind it stands alone."""
        refused = isinstance(error, Rejected) and error.status in _BY_THE_ITEM
        stuck = isinstance(error, Garbled) or (isinstance(error, Busy) and error.retry_after_s is None)
        if self._sent is None or not (refused or stuck):
            return
        alone = self._sent.items[0].id if len(self._sent.items) == 1 else ""
        if refused and alone:
            reason = error.reason if isinstance(error, Rejected) else ""
            self.outbox.settle([Answered(id=alone, answer=Answer.REJECTED, reason=_code(reason))], at_utc)
            return
        self._size.fail(surely=refused)
        if alone and self._size.is_alone and len(self._aside) < ASIDE_MOST:
            self._aside.add(alone)
            self._size.failures = 0

    def _pending(self, receipts: bool) -> Sequence[Item]:
        return self.outbox.pending(ITEMS_MOST + len(self._aside), receipts=receipts)


def _of_size(items: Sequence[Item]) -> list[Item]:
    """As many as make about a megabyte, but one at least."""
    chosen: list[Item] = []
    total = 0
    for item in items:
        total += len(forms.written(item))
        if chosen and total > BATCH_BYTES:
            break
        chosen.append(item)
    return chosen


def _code(reason: str) -> str:
    """A reason as it may stand in a message."""
    plain = "".join(letter for letter in reason.lower() if letter.isascii() and (letter.isalnum() or letter == "-"))
    return plain[:40] if plain[:1].isalpha() else "not-taken"
