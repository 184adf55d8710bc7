"""The inbox: recent visits with all their attempts, below the threshold too, and what operators said of them.

What somebody says corrects the record and counts in the figures. It opens no door, and changes nobody's template.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Missing, Unusable
from kiosk.central.events.inbox_messages import (
    Attempt,
    Effect,
    Figures,
    Inbox,
    Judged,
    Judgement,
    Verdict,
    VerdictOut,
    VisitOut,
)
from kiosk.central.events.journal import draw
from kiosk.central.events.messages import ATTEMPTS, Kind
from kiosk.central.events.reading import cursor_of, place_of
from kiosk.central.events.tables import EventRow, VerdictRow
from kiosk.central.people.service import GONE, Doer
from kiosk.central.people.tables import PersonRow
from kiosk.central.tables import are_among, looked_at
from kiosk.vault import Vault

STEP = 100
ATTEMPTS_MOST = 5000
LET_IN = (Kind.RECOGNISED, Kind.VERIFIED)
FOLLOWS = {
    Effect.RIGHT: "Kept as a confirmation: the kiosk was right.",
    Effect.MISSED: "Kept as a correction: the kiosk should have recognised this person.",
    Effect.MISTAKEN: "Kept as a correction: the kiosk took this person for somebody else.",
    Effect.RIGHTLY_NOT: "Kept as a confirmation: the kiosk was right to recognise nobody.",
}
ONLY = "It counts in the figures of the inbox; no door opens, and nobody's face is changed."
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits to all kiosks."""

    session: AsyncSession
    vault: Vault

    async def page(self, cursor: str, limit: int, *, only_open: bool) -> Inbox:
        """Visits, newest first; only those that nobody has judged, if so wanted. Raises Unusable."""
        before = place_of(cursor) if cursor else 2**63 - 1
        keys, last = await self._keys(before, limit, only_open)
        visits = [visit for visit in await self._visits(keys) if visit.attempts[-1].position < before]
        return Inbox(visits=visits, next=cursor_of(last) if last else None)

    async def visit(self, key: str) -> VisitOut:
        """One of them. Raises Missing."""
        kiosk, _, visit = key.partition(".")
        found = await self._visits([(kiosk, visit)])
        if not found:
            raise Missing("There is no such visit; it may have been removed.")
        return found[0]

    async def judge(self, key: str, said: Judgement, doer: Doer) -> Judged:
        """Keep what somebody says of a visit, in place of what was said before. Raises Missing, Unusable."""
        await draw(self.session, 0)  # whoever is erased meanwhile is erased before or after, never halfway
        visit = await self.visit(key)
        await self._check(visit, said)
        effect = effect_of(visit, said)
        row = VerdictRow(
            kiosk=visit.kiosk,
            visit=key.partition(".")[2],
            verdict=said.verdict.value,
            effect=effect.value,
            person=said.person,
            guess=visit.guess,
            similarity=visit.similarity,
            said_by=doer.user,
            said_utc=doer.at_utc,
        )
        await self.session.merge(row)
        await self.session.flush()
        act = doer.act("visit-judged", f"visit:{key}", verdict=said.verdict.value, person=said.person)
        await record(self.session, self.vault, act, doer.at_utc)
        return Judged(visit=await self.visit(key), effect=effect, follows=f"{FOLLOWS[effect]} {ONLY}")

    async def figures(self) -> Figures:
        """How often the kiosks were right, of what was judged."""
        query = select(VerdictRow.effect, func.count()).group_by(VerdictRow.effect)
        counts = {effect: count for effect, count in await self.session.execute(query)}
        return Figures(**{effect.name.lower(): counts.get(effect.value, 0) for effect in Effect})

    async def _check(self, visit: VisitOut, said: Judgement) -> None:
        if said.verdict is Verdict.PERSON:
            if said.person is None:
                raise Unusable("Say who it was: `person` is their id.", "person")
            if await self.session.get(PersonRow, said.person) is None:
                raise Missing(GONE)
        elif said.person is not None:
            raise Unusable("That says who it was not; leave `person` out.", "person")
        if said.verdict is Verdict.NOT_THIS_PERSON and visit.guess is None:
            raise Unusable("The kiosk took them for nobody; say who it was, or that it is nobody you know.", "verdict")

    async def _keys(self, before: int, limit: int, only_open: bool) -> tuple[list[Key], int]:
        """The visits of the attempts before that position, newest first, and where the next page begins, or 0."""
        query = select(EventRow.position, EventRow.kiosk, EventRow.visit)
        query = query.where(looked_at(EventRow.kind).in_([kind.value for kind in ATTEMPTS]))
        if only_open:
            same = (VerdictRow.kiosk == EventRow.kiosk) & (VerdictRow.visit == EventRow.visit)
            query = query.where(~exists().where(same))
        keys: dict[Key, None] = {}
        while True:
            part = query.where(EventRow.position < before).order_by(EventRow.position.desc()).limit(STEP)
            rows = (await self.session.execute(part)).all()
            for row in rows:
                if len(keys) == limit and (row.kiosk, row.visit) not in keys:
                    return list(keys), row.position + 1
                keys[row.kiosk, row.visit] = None
            if len(rows) < STEP:
                return list(keys), 0
            before = rows[-1].position

    async def _visits(self, keys: Sequence[Key]) -> list[VisitOut]:
        """Those visits with their attempts and verdicts, in that order, without those of which nothing is left."""
        if not keys:
            return []
        of_these = are_among(EventRow.kiosk, EventRow.visit, keys)
        query = select(EventRow).where(of_these).order_by(EventRow.position).limit(ATTEMPTS_MOST)
        # What they tell of is looked at here: told to look for it, SQLite goes through all that are of those kinds.
        rows = [row for row in await self.session.scalars(query) if row.kind in ATTEMPTS]
        said = await self.session.scalars(select(VerdictRow).where(are_among(VerdictRow.kiosk, VerdictRow.visit, keys)))
        verdicts = {(row.kiosk, row.visit): VerdictOut.model_validate(row) for row in said.all()}
        attempts: dict[Key, list[EventRow]] = {}
        for row in rows:
            attempts.setdefault((row.kiosk, row.visit), []).append(row)
        return [_visit(key, attempts[key], verdicts.get(key)) for key in keys if key in attempts]


def effect_of(visit: VisitOut, said: Judgement) -> Effect:
    """What that makes of the kiosk's answer."""
    was_let_in = any(attempt.kind in LET_IN for attempt in visit.attempts)
    if said.verdict is Verdict.PERSON and said.person == visit.guess:
        return Effect.RIGHT if was_let_in else Effect.MISSED
    if was_let_in:
        return Effect.MISTAKEN
    return Effect.MISSED if said.verdict is Verdict.PERSON else Effect.RIGHTLY_NOT


def people_of(visits: Iterable[VisitOut]) -> list[str]:
    """Everybody who is named in those visits."""
    found = {visit.guess for visit in visits} | {visit.verdict.person for visit in visits if visit.verdict}
    return sorted(person for person in found if person)


def _visit(key: Key, rows: Sequence[EventRow], verdict: VerdictOut | None) -> VisitOut:
    guesses = [row for row in rows if row.person is not None]
    # The answer that let somebody in comes before a nearer miss.
    best = max(guesses, key=lambda row: (Kind(row.kind) in LET_IN, row.similarity or 0.0), default=None)
    return VisitOut(
        visit=".".join(key),
        kiosk=key[0],
        site=rows[-1].site,
        began_utc=min(row.taken_utc for row in rows),
        ended_utc=max(row.taken_utc for row in rows),
        attempts=[Attempt.model_validate(row) for row in rows],
        guess=best.person if best else None,
        similarity=best.similarity if best else None,
        verdict=verdict,
    )
