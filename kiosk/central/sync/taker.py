"""Who takes an item of a kiosk, within one session, and what becomes of it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.people.service import Doer, Register
from kiosk.central.people.tables import TombstoneRow
from kiosk.central.sync.receipts import ask_again
from kiosk.central.sync.scope import View
from kiosk.vault import Vault
from kiosk.wire.pushed import Answer


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an item, and why as a code."""

    answer: Answer
    reason: str = ""


ACCEPTED, DUPLICATE = Taken(Answer.ACCEPTED), Taken(Answer.DUPLICATE)


def rejected(reason: str) -> Taken:
    """It is not taken, for that reason."""
    return Taken(Answer.REJECTED, reason)


ERASED, NOT_YOURS = rejected("erased"), rejected("not-yours")


@dataclass(frozen=True, slots=True)
class Taker:
    """The session of one item, the kiosk that pushes it, and the same kiosk as the doer of an act."""

    session: AsyncSession
    vault: Vault
    view: View
    doer: Doer

    @property
    def register(self) -> Register:
        """The people, within that session."""
        return Register(self.session, self.vault)

    async def is_erased(self, person: str) -> bool:
        """Whether that person was; the kiosk that speaks of them is then told so again."""
        if await self.session.get(TombstoneRow, person) is None:
            return False
        await ask_again(self.session, person, self.view.kiosk, self.doer.at_utc)
        return True
