"""Whose turn it is: what has to be exchanged with central takes turns, so that nothing that fails stops the rest."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.errors import SyncError, Unreachable, Untrusted
from kiosk.sync.backoff import FIRST_S, LONGEST_S, Backoff, asked_s


class Task(StrEnum):
    """What the engine does, one request at a time."""

    PUSH = "push"
    PULL = "pull"
    BEAT = "beat"
    RENEW = "renew"


@dataclass(slots=True)
class Turn:
    """One task: when it is due, when it was tried last, and how it failed since."""

    backoff: Backoff
    due: float = 0.0
    tried: float = float("-inf")
    error: SyncError | None = None


@dataclass(slots=True)
class Turns:
    """Of the tasks that are due, the one that was not tried for longest has its turn.

    No answer at all holds all of them back together (`held_until`), and so does being asked to wait (`asked_until`);
    an answer that says no, or can't be read, holds back only the task that it was given to.
    """

    chance: random.Random
    now: float
    longest_s: float = LONGEST_S
    link: Backoff = field(init=False)
    held_until: float = float("-inf")
    asked_until: float = float("-inf")
    link_error: SyncError | None = None
    _turns: dict[Task, Turn] = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        self.link = self._backoff()
        self._turns = {task: Turn(self._backoff(), self.now, order) for order, task in enumerate(Task, -len(Task))}

    def limit(self, longest_s: float) -> None:
        """From now on no pause becomes longer than that."""
        self.longest_s = longest_s
        for backoff in (self.link, *(turn.backoff for turn in self._turns.values())):
            backoff.longest_s = longest_s

    def next(self, now: float) -> Task | None:
        """Whose turn it is; None while nothing is due."""
        if now < max(self.held_until, self.asked_until):
            return None
        due = [task for task, turn in self._turns.items() if turn.due <= now]
        return min(due, key=lambda task: self._turns[task].tried, default=None)

    def pause_s(self, now: float) -> float:
        """For how long there is nothing to do."""
        due = min(turn.due for turn in self._turns.values())
        return max(0.0, max(self.held_until, self.asked_until, due) - now)

    def begin(self, task: Task) -> None:
        """That task is being tried."""
        self._count += 1
        self._turns[task].tried = self._count

    def worked(self, task: Task, due: float) -> None:
        """That task worked, and is due again then."""
        turn = self._turns[task]
        turn.due, turn.error = due, None
        turn.backoff.succeed()
        self.link.succeed()
        self.link_error = None

    def failed(self, task: Task, error: SyncError, now: float) -> None:
        """That task failed."""
        turn = self._turns[task]
        if isinstance(error, Unreachable | Untrusted):
            self.held_until, self.link_error = now + self.link.fail(), error
            return
        turn.error, turn.due = error, now + turn.backoff.fail()
        if asked := asked_s(error, self.chance):
            self.asked_until = now + asked

    def hasten(self, task: Task, now: float) -> None:
        """There is something to do: now, or where it just failed in a moment."""
        turn = self._turns[task]
        turn.due = min(turn.due, now if not turn.backoff.failures else now + FIRST_S)

    def heal(self, now: float) -> None:
        """The network is back: nothing is held back any longer for want of it."""
        self.held_until = min(self.held_until, now)

    def rest(self, task: Task, due: float) -> None:
        """There is nothing to do for that task; it is looked at again then."""
        turn = self._turns[task]
        turn.due, turn.error = due, None
        turn.backoff.succeed()

    def due(self, task: Task) -> float:
        """When that task is due."""
        return self._turns[task].due

    def errors(self) -> Mapping[str, SyncError]:
        """What is wrong now, by task; `link` is the network itself."""
        found: dict[str, SyncError] = {str(task): turn.error for task, turn in self._turns.items() if turn.error}
        return found | ({"link": self.link_error} if self.link_error is not None else {})

    def _backoff(self) -> Backoff:
        return Backoff(self.chance, self.longest_s)
