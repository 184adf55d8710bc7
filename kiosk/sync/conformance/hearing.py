"""What kiosks are told: pages, resets, erasures; heart-beats and the stream."""

from collections.abc import Iterator
from contextlib import closing

from kiosk.domain.errors import Unreachable
from kiosk.sync.conformance.findings import NotKept, need
from kiosk.sync.conformance.probe import Kept
from kiosk.sync.conformance.trial import Trial, not_taken, spoken, taken
from kiosk.wire.beating import HeartBeat
from kiosk.wire.pushed import Kind
from kiosk.wire.signing import Lane

SMALL_MOST = 200
SOON_S = 10.0
PAUSE_S = 0.25
MOST = 500
OTHER = str.maketrans("0123456789abcdef", "123456789abcdef0")


def pages_are_the_same(trial: Trial) -> None:
    """A change a page gives the same as all at once, and asking again after a cursor gives the same again."""
    trial.enrolled()
    whole, parts = Kept(), Kept()
    cursor, first = trial.first.pulled("", whole)
    limit = 1 + (first.left + len(first.changes)) // SMALL_MOST
    last, begun = trial.first.pulled("", parts, limit)
    need(first.reset and begun.reset, "a feed from the beginning is no reset")
    need(whole.subjects() == parts.subjects(), f"pages of {limit} give something else than pages of {MOST}")
    after = trial.first.line.pull(last, MOST).page
    need(not after.changes and not after.more and not after.reset, "after the last page there is something again")
    need(bool(cursor), "a page has no cursor")


def other_cursors_reset(trial: Trial) -> None:
    """A cursor that can't be read, or of another epoch, begins everything anew."""
    line = trial.first.line
    noise = line.pull("nonsense", 1).page
    need(noise.reset, "a cursor that can't be read is no reset")
    cursor, page = trial.first.pulled("", Kept())
    need(page.reason == "new", f"the reason of a first reset is {page.reason or 'not given'}, not new")
    if page.epoch and page.epoch in cursor:
        other = line.pull(cursor.replace(page.epoch, page.epoch[::-1].translate(OTHER)), 1).page
        need(other.reset and other.reason == "restored", "a cursor of another epoch is no reset (restored)")


def erasure_wins(trial: Trial) -> None:
    """Somebody erased goes everywhere; no edit and no enrolment brings them back."""
    body = trial.enrolled()
    person = body["id"]
    trial.erase(person)
    for probe in (trial.first, trial.second):
        need(probe.pull().gone.get(person) is True, "an erasure does not come by the feed as gone (erased)")
    edit = {"person": person, "base": 1, "name": "Conformance Edit"}
    not_taken(trial.second.told(Kind.EDIT, edit), "erased", "an edit of somebody erased")
    not_taken(trial.first.told(Kind.PERSON, body), "erased", "an enrolment of somebody erased")
    again = trial.first.told(Kind.ERASURE, {"person": person, "erased_utc": trial.at()})
    need(again[0] == "duplicate", f"the same erasure again is answered {spoken(again)}")
    need(person not in trial.second.pull().people, "somebody erased came back")


def tombstones_come_first(trial: Trial) -> None:
    """Somebody of whom the server never heard can be erased, and nobody can enrol them afterwards."""
    body = trial.body()
    trial.erase(body["id"])
    not_taken(trial.second.told(Kind.PERSON, body), "erased", "an enrolment of somebody erased before")


def receipts_end_it(trial: Trial) -> None:
    """Who has not confirmed an erasure is told of it in a reset too; who has, no more, but after an older cursor."""
    person, probe = trial.enrolled()["id"], trial.second
    older = probe.cursor
    trial.erase(person)
    probe.pull()
    before = Kept()
    probe.pulled("", before)
    need(before.gone.get(person) is True, "a kiosk that owes a receipt is not told of the erasure in a reset")
    taken(probe.told(Kind.RECEIPT, {"person": person, "gone_utc": trial.at()}), "a receipt")
    after = Kept()
    probe.pulled("", after)
    need(person not in after.gone, "a kiosk that has confirmed an erasure is told of it in a reset")
    copied = Kept()
    probe.pulled(older, copied)
    need(copied.gone.get(person) is True, "a kiosk whose card was copied back hears no more of an erasure")


def beats_are_answered(trial: Trial) -> None:
    """A heart-beat is answered with the epoch, the time, and whether there is something to pull."""
    probe = trial.first
    probe.pull()
    page = probe.line.pull(probe.cursor, 1).page
    need(not _is_behind(trial, wanted=False), "a kiosk that has everything is told that it is behind")
    trial.people.append((body := trial.body())["id"])
    taken(probe.told(Kind.PERSON, body), "an enrolment")
    need(_is_behind(trial, wanted=True), "a kiosk that is behind is not told so")
    heard = probe.line.beat(HeartBeat(cursor=probe.cursor, people=1))
    need(heard.epoch == page.epoch, "epochs of a heart-beat and of a page differ")
    need(heard.site == page.site, "sites of a heart-beat and of a page differ")


def stream_wakes(trial: Trial) -> None:
    """The stream says that there is something to pull within seconds after it was pushed."""
    trial.first.pull()
    trial.first.line.pull(trial.first.cursor, 1)
    until = [trial.clock.monotonic() + 2 * SOON_S]
    line = trial.first.dial(trial.first.signer(Lane.STREAM), lambda: trial.clock.monotonic() >= until[0])
    with closing(line), line.open_stream() as signs:
        if next(signs, None) is None:
            raise NotKept("the stream ends before it says anything")
        for _ in range(2):  # the first wake may be for what was there before
            until[0] = trial.clock.monotonic() + SOON_S
            trial.people.append((body := trial.body())["id"])
            taken(trial.first.told(Kind.PERSON, body), "an enrolment")
            _wait_for_wake(signs)


def _wait_for_wake(signs: Iterator[bool]) -> None:
    try:
        is_woken = any(signs)
    except Unreachable as error:
        raise NotKept(f"the stream does not wake a kiosk within {SOON_S:.0f} s") from error
    need(is_woken, "the stream ended instead of waking")


def _is_behind(trial: Trial, *, wanted: bool) -> bool:
    """What heart-beats say; they may lag by a second or two."""
    probe, until = trial.first, trial.clock.monotonic() + SOON_S
    while True:
        said = probe.line.beat(HeartBeat(cursor=probe.cursor)).is_behind
        if said == wanted or trial.clock.monotonic() >= until:
            return said
        trial.clock.wait(trial.never, PAUSE_S)
