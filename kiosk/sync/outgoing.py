"""The next batch of the outbox, and what its answers mean; one item that central can't deal with stops no other."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.domain.errors import Busy, Garbled, Rejected, SyncError, TooSlow
from kiosk.runtime.logs import facts
from kiosk.sync.ports import Outbox
from kiosk.sync.sizes import Size
from kiosk.wire import forms
from kiosk.wire.pushed import ITEMS_MOST, Answer, Answered, Item, Kind, Push

log = logging.getLogger(__name__)

BATCH_BYTES = 1_000_000
_BY_THE_ITEM = (400, 413, 415, 422)


@dataclass(slots=True)
class Outgoing:
    """Owned by the engine. Items that central failed on by themselves are put aside until nothing else waits, and with
    them what needs them: central would reject a pass whose person it has not heard of.

    A failure counts against what was sent only where central answered something else since the one before: else it is
    central, or a proxy in front of it, that does not work.
    """

    outbox: Outbox
    store: str
    size: Size = field(default_factory=lambda: Size(ITEMS_MOST))
    _aside: dict[str, frozenset[str]] = field(default_factory=dict)
    _sent: Push | None = None
    _is_well: bool = False

    def next(self, *, receipts: bool) -> Push | None:
        """What to push now; None for nothing."""
        items = self._free(receipts=receipts)[: self.size.now] or self._set_aside(receipts=receipts)
        self._sent = Push(store=self.store, items=_of_size(items)) if items else None
        return self._sent

    def note_answer(self) -> None:
        """Central answered something else than a push: it is there, and a push that fails is to blame itself."""
        self._is_well = True

    def answered(self, push: Push, answers: Sequence[Answered], at_utc: datetime) -> None:
        """Settle what was answered. Raises Garbled where nothing of it was."""
        asked = {item.id: item for item in push.items}
        ours = [answer for answer in answers if answer.id in asked]
        if not ours:
            raise Garbled("central did not answer to what it was told; it is told again")
        self.outbox.settle(ours, at_utc)
        for answer in ours:
            if answer.answer is Answer.REJECTED:
                log.warning("central rejected an item", extra=facts(kind=asked[answer.id].kind, reason=answer.reason))
            self._take_back(answer.id, _gives(asked[answer.id]))
        self.size.succeed()

    def failed(self, error: SyncError, at_utc: datetime) -> bool:
        """The batch failed as a whole: fewer at once, until the item that is behind it stands alone.

        Whether it helps to know if central answers anything else.
        """
        if isinstance(error, TooSlow):
            return self._slow()
        refused = isinstance(error, Rejected) and error.status in _BY_THE_ITEM
        stuck = isinstance(error, Garbled) or (isinstance(error, Busy) and error.retry_after_s is None)
        if self._sent is None or not (refused or stuck):
            return False
        alone = self._sent.items[0] if len(self._sent.items) == 1 else None
        if refused and alone is not None:
            reason = error.reason if isinstance(error, Rejected) else ""
            self.outbox.settle([Answered(id=alone.id, answer=Answer.REJECTED, reason=_code(reason))], at_utc)
            self._take_back(alone.id, _gives(alone))
            return False
        if alone is not None and alone.id in self._aside:
            self._put_aside(alone)
            return False
        if refused or self._is_well:
            self._is_well = False
            self.size.fail(surely=refused)
            if alone is not None and self.size.is_alone:
                self._put_aside(alone)
                self.size.failures = 0
        return stuck

    def _slow(self) -> bool:
        """Fewer at once, where central answers anything else in time; that is no fault of any item."""
        count = len(self._sent.items) if self._sent is not None else 0
        if self._is_well and count > 1:
            self._is_well = False
            self.size.now = count // 2
        return True

    def _free(self, *, receipts: bool) -> list[Item]:
        """What waits and was not put aside, nor needs what was."""
        held = dict(self._aside)
        while True:
            found, free = self.outbox.pending(ITEMS_MOST, receipts=receipts, without=held), []
            given = frozenset[str]().union(*held.values())
            for item in found:
                if _needs(item) & given:
                    held[item.id] = _gives(item)
                    given |= held[item.id]
                else:
                    free.append(item)
            if free or not found:
                return free

    def _set_aside(self, *, receipts: bool) -> list[Item]:
        """The item that was put aside longest ago, by itself."""
        for number in tuple(self._aside):
            others = self._aside.keys() - {number}
            for item in self.outbox.pending(ITEMS_MOST, receipts=receipts, without=others):
                if item.id == number:
                    return [item]
            del self._aside[number]  # it was settled, or a newer row took its place
        return []

    def _put_aside(self, item: Item) -> None:
        """It goes behind all others that were."""
        self._aside.pop(item.id, None)
        self._aside[item.id] = _gives(item)

    def _take_back(self, number: str, gives: frozenset[str]) -> None:
        """Central answered to that item: what needs it may follow, and so may an older row of the same subject."""
        self._aside = {one: given for one, given in self._aside.items() if one != number and not given & gives}


def _gives(item: Item) -> frozenset[str]:
    """What others may need that item for."""
    match item.kind:
        case Kind.PERSON | Kind.PASS_KEY | Kind.PASS:
            return frozenset({f"{item.kind} {item.body['id']}"})
        case _:
            return frozenset()


def _needs(item: Item) -> frozenset[str]:
    """What central has to have for it; it is older, if it waits."""
    match item.kind:
        case Kind.EDIT:
            return frozenset({f"{Kind.PERSON} {item.body['person']}"})
        case Kind.PASS:
            return frozenset({f"{Kind.PERSON} {item.body['person']}", f"{Kind.PASS_KEY} {item.body['key']}"})
        case Kind.REVOCATION | Kind.SPENT:
            return frozenset({f"{Kind.PASS} {item.body['id']}"})
        case _:
            return frozenset()


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
