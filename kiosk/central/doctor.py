"""What central needs, tried out one after another: each a line in plain words with what to do about it."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

from kiosk.central.access.users import has_admin
from kiosk.central.audit.service import first_break
from kiosk.central.house import House
from kiosk.central.inference.tasks import Embedded
from kiosk.central.inference.trial import trial_face
from kiosk.central.migrating import is_current
from kiosk.central.opening import Foundation, opened_house
from kiosk.central.settings import Settings
from kiosk.central.sync.health import feed_state
from kiosk.central.vectors.table import state_of
from kiosk.domain.errors import KioskError

FREE_LEAST_MB = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: whether it is good, and what to do where it is not."""

    name: str
    ok: bool
    sentence: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, as soon as it is there."""
    free_mb = shutil.disk_usage(settings.data).free // 1_000_000
    enough = free_mb >= FREE_LEAST_MB
    yield Finding("space", enough, f"{free_mb:,} MB are free" + ("." if enough else "; free some."))
    try:
        async with opened_house(Foundation.usual(settings)) as house:
            yield Finding("key", True, "It can be read.")
            yield await _tables(house)
            yield await _trail(house)
            yield await _feed(house)
            if settings.database.vectors:
                yield await _vectors(house)
            yield await _admin(house)
            yield await _faces(house)
    except KioskError as error:
        yield Finding("start", False, str(error))


async def _tables(house: House) -> Finding:
    name = "PostgreSQL" if house.database.is_postgresql else "SQLite"
    try:
        current = await is_current(house.database)
    except KioskError as error:
        return Finding("database", False, str(error))
    if not current:
        return Finding("database", False, f"{name} answers; its tables are of another version: kiosk-central migrate.")
    return Finding("database", True, f"{name} answers, and its tables are of this version.")


async def _trail(house: House) -> Finding:
    try:
        async with house.database.scanning() as session:
            broken = await first_break(session, house.vault)
    except KioskError as error:
        return Finding("audit", False, str(error))
    if broken is None:
        return Finding("audit", True, "The audit trail is unbroken.")
    return Finding("audit", False, f"Act {broken} of the audit trail was changed or removed. Find out who could.")


async def _feed(house: House) -> Finding:
    try:
        state = await feed_state(house.database)
    except KioskError as error:
        return Finding("sync", False, str(error))
    if not state.stuck:
        return Finding("sync", True, state.sentence)
    held = f"{state.stuck:,} changes reach no kiosk: a transaction of the database holds them; find it and end it."
    return Finding("sync", False, f"{held} {state.sentence}")


async def _vectors(house: House) -> Finding:
    if not house.database.is_postgresql:
        return Finding("vectors", False, "database.vectors is on, and SQLite has no pgvector; turn it off.")
    async with house.database.reading() as session:
        state = await state_of(session)
    if state is None or state.model != house.model.name:
        return Finding("vectors", False, "Not everybody is in pgvector; faces are searched in memory: run vectors.")
    return Finding("vectors", True, "Everybody is in pgvector.")


async def _admin(house: House) -> Finding:
    async with house.database.reading() as session:
        there = await has_admin(session)
    return Finding("admin", there, "There is an admin." if there else "There is none yet: kiosk-central create-admin.")


async def _faces(house: House) -> Finding:
    answer = await house.pool.embed(trial_face())
    if isinstance(answer, Embedded):
        return Finding("faces", True, "A worker finds a face where there is one.")
    return Finding("faces", False, "A worker does not find a face where there is one; install central again.")
