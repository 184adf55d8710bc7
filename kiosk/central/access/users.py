"""Users: who there is, what role they have, and the one-time links by which they choose their passwords."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access import passwords
from kiosk.central.access.scopes import Role
from kiosk.central.access.secrets import Kind, digest, new_secret
from kiosk.central.access.tables import InvitationRow, SessionRow, TokenRow, UserRow
from kiosk.central.audit.service import SYSTEM, Act, record, record_all
from kiosk.central.errors import Conflict, Missing, Unauthorised, Unusable
from kiosk.central.people.service import Doer
from kiosk.central.texts import cleaned, folded
from kiosk.domain.ids import new_id
from kiosk.vault import Context, Vault, What

NAME_LONGEST = 80
LAST_ADMIN = "That is the last admin; make another one first."
USED_UP = "That link was used already, or is too old; ask an admin for a new one."


@dataclass(frozen=True, slots=True)
class Users:
    """The users of central, within one session."""

    session: AsyncSession
    vault: Vault

    async def everybody(self) -> list[UserRow]:
        """All users by name."""
        return list((await self.session.scalars(select(UserRow).order_by(UserRow.folded))).all())

    async def find(self, user: str) -> UserRow:
        """Raises Missing."""
        row = await self.session.get(UserRow, user)
        if row is None:
            raise Missing("There is no such user.")
        return row

    async def invite(self, name: str, role: Role, doer: Doer, hours: float) -> tuple[UserRow, str]:
        """A new user without a password, and the secret of the link to choose one by. Raises Conflict, Unusable."""
        clean = cleaned(name, "A user's name", NAME_LONGEST)
        if await self.session.scalar(select(UserRow.id).where(UserRow.folded == folded(clean))):
            raise Conflict("There is a user of that name already.")
        user = UserRow(
            id=new_id(doer.at_utc),
            name=clean,
            folded=folded(clean),
            role=role.value,
            totp_step=0,
            created_utc=doer.at_utc,
        )
        self.session.add(user)
        await self.session.flush()
        secret = await self._link(user, doer.at_utc, hours)
        act = doer.act("user-invited", f"user:{user.id}", role=role.value)
        await record(self.session, self.vault, act, doer.at_utc)
        return user, secret

    async def new_link(self, user: str, doer: Doer, hours: float) -> tuple[UserRow, str]:
        """That user and the secret of a new one-time link, for somebody who forgot their password, or lost their
        telephone or the first link: they are asked for codes no more. Raises Missing.
        """
        row = await self.find(user)
        secret = await self._link(row, doer.at_utc, hours)
        acts = [doer.act("link-made", f"user:{user}")]
        if row.totp is not None:
            row.totp, row.totp_step = None, 0
            acts.append(doer.act("codes-off", f"user:{user}"))
        await record_all(self.session, self.vault, acts, doer.at_utc)
        return row, secret

    async def invited(self, secret: str, now: datetime) -> UserRow:
        """Whom that link is for. Raises Unauthorised."""
        row = await self.session.get(InvitationRow, digest(secret))
        if row is None or row.used_utc is not None or row.expires_utc <= now:
            raise Unauthorised(USED_UP)
        user = await self.find(row.user)
        if user.disabled_utc is not None:
            raise Unauthorised(USED_UP)
        return user

    async def choose_password(self, secret: str, hashed: str, now: datetime) -> UserRow:
        """Use that link up. Sessions and tokens of before end. Raises Unauthorised."""
        row = await self.session.get(InvitationRow, digest(secret), with_for_update=True)
        user = await self.invited(secret, now)
        if row is not None:
            row.used_utc = now
        user.password = hashed
        await self.end_everything(user.id)
        await record(self.session, self.vault, Act(user.id, "link", "password-chosen", f"user:{user.id}"), now)
        return user

    async def set_role(self, user: str, role: Role, doer: Doer) -> UserRow:
        """Raises Missing, Conflict for the last admin."""
        row = await self.find(user)
        if row.role == Role.ADMIN.value and role is not Role.ADMIN:
            await self._keep_an_admin(user)
        row.role = role.value
        await record(self.session, self.vault, doer.act("role-set", f"user:{user}", role=role.value), doer.at_utc)
        return row

    async def set_disabled(self, user: str, disabled: bool, doer: Doer) -> UserRow:
        """Keep a user out, or let them in again. Raises Missing, Conflict for the last admin."""
        row = await self.find(user)
        if disabled:
            await self._keep_an_admin(user)
            await self.end_everything(user)
        row.disabled_utc = doer.at_utc if disabled else None
        name = "user-disabled" if disabled else "user-enabled"
        await record(self.session, self.vault, doer.act(name, f"user:{user}"), doer.at_utc)
        return row

    async def set_totp(self, user: str, secret: str, code: str, doer: Doer) -> None:
        """Ask for one-time codes from now on. Raises Unusable for a code that is not of that secret."""
        step = passwords.totp_step(secret, code, doer.at_utc)
        if step is None:
            raise Unusable("That is not the code of now; look at your authenticator again.", "code")
        row = await self.find(user)
        row.totp, row.totp_step = self.vault.seal(secret.encode(), Context(What.TOTP, user)), step
        await record(self.session, self.vault, doer.act("codes-on", f"user:{user}"), doer.at_utc)

    async def end_everything(self, user: str) -> None:
        """End every session and token of that user."""
        await self.session.execute(delete(SessionRow).where(SessionRow.user == user))
        await self.session.execute(delete(TokenRow).where(TokenRow.user == user))

    async def _link(self, user: UserRow, now: datetime, hours: float) -> str:
        """The secret of a new one-time link; older ones of that user are good no more."""
        await self.session.execute(delete(InvitationRow).where(InvitationRow.user == user.id))
        secret = new_secret(Kind.INVITATION)
        self.session.add(InvitationRow(id=digest(secret), user=user.id, expires_utc=now + timedelta(hours=hours)))
        await self.session.flush()
        return secret

    async def _keep_an_admin(self, user: str) -> None:
        able = (UserRow.role == Role.ADMIN.value, UserRow.disabled_utc.is_(None), UserRow.password.is_not(None))
        others = select(func.count()).select_from(UserRow).where(*able, UserRow.id != user)
        row = await self.find(user)
        if row.role == Role.ADMIN.value and not await self.session.scalar(others):
            raise Conflict(LAST_ADMIN)


async def has_admin(session: AsyncSession) -> bool:
    """Whether somebody can manage users already: an admin who chose a password and is not kept out."""
    able = (UserRow.role == Role.ADMIN.value, UserRow.disabled_utc.is_(None), UserRow.password.is_not(None))
    return bool(await session.scalar(select(func.count()).select_from(UserRow).where(*able)))


async def first_admin(session: AsyncSession, vault: Vault, name: str, now: datetime, hours: float) -> str:
    """An admin, or a new link for one who never chose a password: the secret of the link. Raises Conflict."""
    users = Users(session, vault)
    row = await session.scalar(select(UserRow).where(UserRow.folded == folded(name)))
    doer = Doer(SYSTEM, "command-line", now)
    if row is not None and row.password is None:
        _, secret = await users.new_link(row.id, doer, hours)
    else:
        _, secret = await users.invite(name, Role.ADMIN, doer, hours)
    return secret


def link_of(secret: str) -> str:
    """The path of a one-time link. Behind the # it reaches neither the server's log nor a proxy's."""
    return f"/welcome#{secret}"
