"""Erasing somebody: from every table in one transaction, and then from the database's log."""

from kiosk.central.house import House
from kiosk.central.people.messages import Erased
from kiosk.central.people.service import Doer, Register


async def erase(house: House, person: str, doer: Doer) -> Erased:
    """Remove somebody with all that is kept of them; the receipt. Raises Missing, Unavailable."""
    async with house.database.writing() as session:
        receipt = await Register(session, house.vault).erase(person, doer)
    await house.database.tidy()
    return receipt
