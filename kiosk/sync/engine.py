"""What is exchanged with central, and when: `step` makes one request at most and says how long to pause.

Pure but for its ports: the network is a `Central`, the store an `Outbox`, an `Inbox` and a `Membership`, time is an
argument, chance is handed in. Tasks take turns (lanes.py), so that none that fails keeps another from being done.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk import __version__
from kiosk.domain.errors import BadInput, Busy, CounterBehind, Garbled, Revoked, StoreError, SyncError, TooSlow
from kiosk.domain.ports import Clock
from kiosk.runtime.logs import facts
from kiosk.sync.backoff import FIRST_S, LONGEST_S, spread
from kiosk.sync.lanes import Task, Turns
from kiosk.sync.outgoing import Outgoing
from kiosk.sync.ports import EVERYTHING, Applied, Central, Inbox, Member, Membership, Outbox, Unread
from kiosk.sync.sizes import Size
from kiosk.wire.beating import HeartBeat
from kiosk.wire.pulled import PAGE_MOST, Page
from kiosk.wire.pushed import ITEMS_MOST, Push
from kiosk.wire.standing import LETTERS, Progress, Status, standing_of

log = logging.getLogger(__name__)

ALONE_S = 5.0
LOOK_S = 2.0
TOLD_S = 300.0
RENEW_S = 30 * 24 * 3600.0
JUMPS_MOST = 3
RESET, UNREAD = "sync-reset", "sync-unread"


@dataclass(frozen=True, slots=True)
class Here:
    """What the engine needs of its own kiosk; all of it belongs to the thread that steps.

    `heed` hears what each page changed, and whether more is about to follow at once; `note` puts a word into the
    journal. `is_forgotten` says whether nobody who is gone from the store is in anybody's memory any more: receipts
    wait for it.
    """

    outbox: Outbox
    inbox: Inbox
    membership: Membership
    clock: Clock
    heed: Callable[[Applied, bool], None] = lambda _applied, _more: None
    note: Callable[[str], None] = lambda _kind: None
    health: Callable[[], HeartBeat] = HeartBeat
    is_forgotten: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, in seconds: heart-beats; looks at the feed while no stream tells of changes; and how long a pause
    between two tries may become until central says otherwise.
    """

    beat_s: float = 30.0
    poll_s: float = 15.0
    longest_s: float = LONGEST_S


@dataclass(slots=True)
class Engine:
    """Used by one thread. `dial` gives a Central for a membership; `is_told` says whether the stream is up. Of changes
    and items no more than `page_most` and `batch_most` are exchanged at once.
    """

    here: Here
    dial: Callable[[Member], Central]
    rhythm: Rhythm = Rhythm()
    is_told: Callable[[], bool] = lambda: False
    chance: random.Random = field(default_factory=random.Random)
    page_most: int = PAGE_MOST
    batch_most: int = ITEMS_MOST
    _turns: Turns = field(init=False)
    _outgoing: Outgoing = field(init=False)
    _page: Size = field(init=False)
    _line: Central | None = field(default=None, init=False)
    _member: Member | None = field(default=None, init=False)
    _kept: str | None = None
    _epoch: str = ""
    _wire: str = ""
    _jumps: int = 0
    _unread: int = 0
    _again: bool = False
    _progress: Progress | None = None

    def __post_init__(self) -> None:
        self._turns = Turns(self.chance, self.here.clock.monotonic(), self.rhythm.longest_s)
        self._page = Size(self.page_most)
        self._outgoing = Outgoing(self.here.outbox, self.here.membership.store_id(), Size(self.batch_most))
        # Restarts forget when the token was renewed. Drawn anew at each, it is on average renewed once a month.
        self._turns.rest(Task.RENEW, self.here.clock.monotonic() + self.chance.uniform(60.0, RENEW_S))

    def step(self, now: float) -> float:
        """Make the request whose turn it is, if any; for how many seconds to pause. Raises StoreError."""
        line = self._connected()
        if line is None:
            self.here.outbox.tidy()
            return ALONE_S
        while (task := self._turns.next(now)) is not None:
            self._turns.begin(task)
            try:
                asked = self._do(task, line, now)
            except SyncError as error:
                self._failed(task, error, line, now)
                break
            self._jumps = 0
            if asked:
                if task is not Task.PUSH:
                    self._outgoing.note_answer()
                self._heard(line, now)
                break
        return self._turns.pause_s(now) if self._line is not None else 0.0

    def wake(self, now: float) -> None:
        """Something changed, here or at central: exchange it now."""
        self._turns.hasten(Task.PUSH, now)
        self._turns.hasten(Task.PULL, now)

    def heal(self, now: float) -> None:
        """The network is there again."""
        self._turns.heal(now)
        self.wake(now)
        for task in Task:
            if task in self._turns.errors():
                self._turns.hasten(task, now)

    @property
    def longest_s(self) -> float:
        """How long a pause between two tries may become now, in seconds."""
        return self._turns.longest_s

    def is_cut(self) -> bool:
        """Whether there is no network, as far as known."""
        return "link" in self._turns.errors()

    def is_idle(self) -> bool:
        """Whether all that is known of was exchanged: nothing waits, nothing is behind, nothing is wrong."""
        quiet = not self._turns.errors() and self._progress is None and not self._again
        now = self.here.clock.monotonic()
        return quiet and self._turns.due(Task.PULL) > now and not self.here.outbox.waiting().waiting

    def status(self) -> Status:
        """How things stand."""
        member, errors = self.here.membership.member(), self._turns.errors()
        worst = next(iter(errors.values()), None) if member is not None else None
        known = (member.url, member.credentials.site, member.credentials.name) if member else ("", "", "")
        return Status(
            standing_of(member, revoked=self.here.membership.was_revoked()),
            *known,
            contact_utc=member.contact_utc if member else None,
            waiting=self.here.outbox.waiting(),
            letters=tuple(self.here.outbox.dead(LETTERS)),
            trouble=worst.code if worst is not None else "",
            unread=self._unread,
            progress=self._progress,
        )

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
        self._line = self._member = self._progress = None

    def _connected(self) -> Central | None:
        """The line to central, another one when the membership is another; None where the kiosk is not paired."""
        member = self.here.membership.member()
        before = self._member
        self._heed_others(member)
        if member is None:
            self.close()
            return None
        if before is None or (before.url, before.credentials) != (member.url, member.credentials):
            self.close()
            self._line, self._epoch = self.dial(member), self.here.membership.epoch()
            self._remember_unread()
            if before is None:
                self.here.outbox.revive()  # rejected by another version of either side, perhaps
                self.heal(self.here.clock.monotonic())
                self._turns.hasten(Task.BEAT, self.here.clock.monotonic())
        self._member = member
        return self._line

    def _remember_unread(self) -> None:
        """What an earlier run could not read is asked for again where another version of the kiosk runs by now."""
        kept = self.here.inbox.unread()
        self._unread, self._wire = kept.count, kept.theirs or self._wire
        if kept.count and kept.ours != __version__:
            self._ask_again()

    def _ask_again(self) -> None:
        """From the beginning; remembered until the first page of it is here."""
        self._unread, self._again = 0, True
        self._turns.hasten(Task.PULL, self.here.clock.monotonic())

    def _heed_others(self, member: Member | None) -> None:
        """What another process did to the same store (a command) counts as if it had been done here."""
        kept = self.here.inbox.cursor() if member is not None else ""
        if self._kept not in (None, kept):
            self.here.heed(EVERYTHING, False)
        self._kept = kept

    def _do(self, task: Task, line: Central, now: float) -> bool:
        """Do it; whether central was asked. Raises SyncError."""
        match task:
            case Task.PUSH:
                return self._push(line, now)
            case Task.PULL:
                self._pull(line, now)
            case Task.BEAT:
                self._beat(line, now)
            case Task.RENEW:
                self._renew(line, now)
        return True

    def _push(self, line: Central, now: float) -> bool:
        push = self._next()
        if push is None:
            self._turns.rest(Task.PUSH, now + LOOK_S)
            return False
        answer = line.push(push)
        self._outgoing.answered(push, answer.answers, self.here.clock.utc())
        self._heed_epoch(answer.epoch)  # afterwards: what a restored central took may need what it lost
        self._turns.worked(Task.PUSH, now)
        return True

    def _next(self) -> Push | None:
        """What to push now. Another process may write a receipt at any moment: who is gone by it is told of first."""
        receipts = self.here.is_forgotten()
        push = self._outgoing.next(receipts=receipts)
        self._heed_others(self._member)
        return push if self.here.is_forgotten() or not receipts else self._outgoing.next(receipts=False)

    def _pull(self, line: Central, now: float) -> None:
        kept, settled = self.here.inbox.cursor(), self.here.outbox.settled()
        try:
            pulled = line.pull("" if self._again else kept, self._page.now, loosely=self._page.is_alone)
            self._heed_epoch(pulled.page.epoch)
            if pulled.unread:
                self._pass_over(pulled.unread, line.wire)
            applied = self._applied(pulled.page, kept, settled, line.wire)
        except (Garbled, Busy, TooSlow) as error:
            self._page_failed(error)
            raise
        self.here.heed(applied, pulled.page.more)  # before anything else is written, which may fail
        self._turned(pulled.page, kept, applied, line.wire)
        pause_s = FIRST_S if applied.stale else 0.0 if pulled.page.more else self._poll_s()
        self._turns.worked(Task.PULL, now + pause_s)
        self._turns.hasten(Task.PUSH, now)  # the receipt of an erasure is not to wait for the next look

    def _page_failed(self, error: SyncError) -> None:
        """Fewer changes at once. A server may fail on one of them, and a slow line on many; that never lets one be
        passed over: it is only come closer to.
        """
        is_asked_to_wait = isinstance(error, Busy) and error.retry_after_s is not None
        if isinstance(error, Garbled) or (self._page.now > 1 and not is_asked_to_wait):
            self._page.fail(surely=isinstance(error, TooSlow))

    def _applied(self, page: Page, kept: str, settled: int, theirs: str) -> Applied:
        """What the page changed. One whose single change the store can't take is passed over, as one not readable."""
        try:
            return self._apply(page, kept, settled)
        except BadInput as error:
            if not self._page.is_alone:
                raise Garbled("a page of central's feed can't be applied; it is asked for again") from error
            self._pass_over(len(page.changes), theirs)
            return self._apply(page.model_copy(update={"changes": []}), kept, settled)

    def _apply(self, page: Page, kept: str, settled: int) -> Applied:
        """As the inbox does. Where the store fails, the page may be in it, and it is never told of again."""
        try:
            return self.here.inbox.apply(page, kept, self.here.clock.utc(), settled)
        except StoreError:
            self.here.heed(EVERYTHING, False)
            raise

    def _pass_over(self, count: int, theirs: str) -> None:
        """Said aloud; asked for again from the beginning once either side is another version. Kept before the page is
        applied, since it never comes again; while everything is asked for again, what is kept says so until then.
        """
        self._unread += count
        if not self._again:
            self.here.inbox.keep_unread(Unread(self._unread, __version__, theirs))
        log.error("a change of central's feed can't be read by this version", extra=facts(changes=count))
        self.here.note(UNREAD)

    def _turned(self, page: Page, kept: str, applied: Applied, theirs: str) -> None:
        """A page is here: how far we are."""
        self._page.succeed()
        # Another process may have applied this page, or one after it: then the cursor is another, and all is heeded.
        self._kept = kept if applied.stale else page.cursor
        if page.reset and kept and not applied.stale:
            log.warning("central's feed begins anew", extra=facts(reason=page.reason))
            self.here.note(RESET)
        if self._again and not applied.stale:
            self._again = False
            self.here.inbox.keep_unread(Unread(self._unread, __version__, theirs) if self._unread else Unread())
        before = 0 if page.reset or self._progress is None else self._progress.done
        done = before + len(page.changes)
        self._progress = Progress(done, done + page.left) if page.more else None
        self.here.membership.contacted(page.at_utc)

    def _beat(self, line: Central, now: float) -> None:
        heard = line.beat(self.here.health())
        self.here.membership.contacted(heard.at_utc)
        self._heed_epoch(heard.epoch)
        if heard.longest_pause_s is not None:
            self._turns.limit(heard.longest_pause_s)
        if heard.is_behind:
            self._turns.hasten(Task.PULL, now)
        self._turns.worked(Task.BEAT, now + spread(self.rhythm.beat_s, self.chance))

    def _renew(self, line: Central, now: float) -> None:
        """The new token is kept before it is used: the one before is good until then."""
        token = line.new_token().token
        self.here.membership.renew(token)
        line.use_token(token)
        self._member = self.here.membership.member()
        self._turns.worked(Task.RENEW, now + RENEW_S)

    def _poll_s(self) -> float:
        """With the stream up, heart-beats find what it did not tell of, and a look now and then what they did not."""
        return spread(max(TOLD_S, self.rhythm.poll_s) if self.is_told() else self.rhythm.poll_s, self.chance)

    def _heed_epoch(self, epoch: str) -> None:
        """Central was restored from a copy: it may miss what we told it, and what it told us may have never been."""
        if not epoch or epoch == self._epoch:
            return
        self._epoch, before = epoch, self._epoch
        if not before:
            return
        count = self.here.outbox.refill()
        log.warning("central is not the one it was; everything is told to it anew", extra=facts(items=count))
        self.here.note(RESET)
        self.wake(self.here.clock.monotonic())

    def _heard(self, line: Central, now: float) -> None:
        """Another version of central may take what the last one did not."""
        if line.wire == self._wire:
            return
        is_first, self._wire = not self._wire, line.wire
        if is_first:
            return
        if self.here.outbox.revive():
            self._turns.hasten(Task.PUSH, now)
        if self._unread:
            self._ask_again()

    def _failed(self, task: Task, error: SyncError, line: Central, now: float) -> None:
        if isinstance(error, Revoked):
            self._leave()
            return
        if isinstance(error, CounterBehind) and self._jumps < JUMPS_MOST:
            self._jumps += 1
            line.go_above(error.last)
            return
        if error.code not in {known.code for known in self._turns.errors().values()}:
            log.warning("%s failed: %s", task, error)
        self._turns.failed(task, error, now)
        in_doubt = task is Task.PUSH and self._outgoing.failed(error, self.here.clock.utc())
        if in_doubt and Task.BEAT not in self._turns.errors():
            self._turns.hasten(Task.BEAT, now)  # is it what was sent, or central?

    def _leave(self) -> None:
        try:
            count = self.here.membership.leave(self.here.clock.utc(), revoked=True)
        finally:
            self.here.heed(EVERYTHING, False)  # also where the store failed: it may have been done by then
        log.warning("this kiosk is not one of the fleet any more", extra=facts(people=count))
        self._progress, self._kept = None, ""
        self.close()
