"""Signing in and out: passwords with one-time codes, sessions of browsers, tokens of scripts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access import passwords, tries
from kiosk.central.access.principal import Principal, Via
from kiosk.central.access.scopes import ALLOWED, Role, Scope
from kiosk.central.access.secrets import Kind, digest, new_secret
from kiosk.central.access.tables import SessionRow, TokenRow, UserRow
from kiosk.central.audit.service import Act, record
from kiosk.central.clock import Clock
from kiosk.central.database import Database
from kiosk.central.errors import Forbidden, Missing, Unauthorised, Unusable
from kiosk.central.settings import SignInOptions
from kiosk.central.texts import folded
from kiosk.domain.ids import new_id
from kiosk.vault import Context, Vault, What

WRONG = "That name, password or code is not right."
TOKEN_DAYS_MOST = 366
SEEN_EVERY_S = 60
# Put together once: it is asked at every request of a script.
BY_TOKEN = (
    select(
        TokenRow.user,
        TokenRow.scopes,
        TokenRow.revoked_utc,
        TokenRow.expires_utc,
        UserRow.name,
        UserRow.role,
        UserRow.disabled_utc,
    )
    .join(UserRow, UserRow.id == TokenRow.user)
    .where(TokenRow.digest == bindparam("digest"))
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed in, and where they were."""

    name: str
    password: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the cookie, which is kept nowhere, and who it is."""

    secret: str
    principal: Principal
    expires_utc: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """Lets people and scripts in."""

    database: Database
    vault: Vault
    clock: Clock
    options: SignInOptions
    hashes: passwords.Hashes

    async def admit(self, given: Credentials) -> UserRow:
        """Whoever has that name, password and one-time code. Raises Unauthorised, TooMany."""
        name = self.vault.digest("sign-in name", folded(given.name))
        address = self.vault.digest("sign-in address", given.address)
        async with self.database.reading() as session:
            await tries.check(session, [name, address], self.clock.utc())
            user = await session.scalar(select(UserRow).where(UserRow.folded == folded(given.name)))
        kept = user.password if user is not None and user.disabled_utc is None else None
        is_right = await self.hashes.matches(given.password, kept)
        async with self.database.writing() as session:
            now = self.clock.utc()
            await tries.hold(session, name, now)  # others may have failed while this password was looked at
            admitted = await self._with_code(session, user.id, given.code) if user is not None and is_right else None
            if admitted is None:
                await tries.failed(session, name, tries.FREE_NAME, now)
                await tries.failed(session, address, tries.FREE_ADDRESS, now)
            else:
                await tries.succeeded(session, name, now)
        if admitted is None:
            raise Unauthorised(WRONG)
        return admitted

    async def start_session(self, user: UserRow, via: str = "password") -> SignedIn:
        """A session for somebody who was admitted."""
        now = self.clock.utc()
        secret, csrf = new_secret(Kind.SESSION), new_secret(Kind.CSRF)
        expires = now + timedelta(hours=self.options.session_h)
        async with self.database.writing() as session:
            await session.execute(delete(SessionRow).where(SessionRow.expires_utc < now))
            row = SessionRow(
                id=digest(secret), user=user.id, csrf=csrf, created_utc=now, seen_utc=now, expires_utc=expires
            )
            session.add(row)
            await record(session, self.vault, Act(user.id, via, "signed-in", f"user:{user.id}"), now)
        return SignedIn(secret, _of_session(user, row), expires)

    async def by_session(self, secret: str, *, is_used: bool = True) -> Principal:
        """Whose browser that is; by being used the session stays. Raises Unauthorised."""
        now = self.clock.utc()
        async with self.database.reading() as session:
            query = select(SessionRow, UserRow).join(UserRow, UserRow.id == SessionRow.user)
            found = (await session.execute(query.where(SessionRow.id == digest(secret)))).first()
        idle = timedelta(minutes=self.options.idle_min)
        if found is None or found[0].expires_utc <= now or found[0].seen_utc + idle <= now or found[1].disabled_utc:
            raise Unauthorised("You are not signed in, or no longer; sign in.")
        row, user = found
        if is_used and row.seen_utc + timedelta(seconds=SEEN_EVERY_S) <= now:
            async with self.database.writing() as session:
                await session.execute(update(SessionRow).where(SessionRow.id == row.id).values(seen_utc=now))
        return _of_session(user, row)

    async def by_token(self, secret: str) -> Principal:
        """Whose token that is. Raises Unauthorised."""
        found = await self.database.first(BY_TOKEN, {"digest": digest(secret)})
        if found is None or found.disabled_utc or found.revoked_utc or found.expires_utc <= self.clock.utc():
            raise Unauthorised("That token is not good, or no longer; ask for a new one.")
        role = Role(found.role)
        scopes = ALLOWED[role] & frozenset(Scope(one) for one in found.scopes.split())
        return Principal(found.user, found.name, role, scopes, Via.TOKEN)

    async def sign_out(self, who: Principal) -> None:
        """End this session."""
        async with self.database.writing() as session:
            await session.execute(delete(SessionRow).where(SessionRow.id == who.session))
            await record(
                session, self.vault, Act(who.user, who.via, "signed-out", f"user:{who.user}"), self.clock.utc()
            )

    async def new_token(
        self, who: Principal, name: str, scopes: frozenset[Scope], hours: float
    ) -> tuple[str, TokenRow]:
        """An API token of that user: its secret, shown once, and what is kept. Raises Forbidden, Unusable."""
        if not scopes <= who.scopes:
            raise Forbidden("A token can't be allowed more than you are.")
        if not 0 < hours <= 24 * TOKEN_DAYS_MOST or not scopes:
            raise Unusable(f"A token needs a scope and a life of at most {TOKEN_DAYS_MOST} days.", "token")
        now, secret = self.clock.utc(), new_secret(Kind.TOKEN)
        row = TokenRow(
            id=new_id(now),
            user=who.user,
            name=name,
            digest=digest(secret),
            scopes=" ".join(sorted(scopes)),
            created_utc=now,
            expires_utc=now + timedelta(hours=hours),
            revoked_utc=None,
        )
        async with self.database.writing() as session:
            session.add(row)
            act = Act(who.user, who.via, "token-made", f"token:{row.id}", {"scopes": row.scopes})
            await record(session, self.vault, act, now)
        return secret, row

    async def tokens(self, who: Principal) -> list[TokenRow]:
        """The tokens of that user, newest first."""
        async with self.database.reading() as session:
            query = select(TokenRow).where(TokenRow.user == who.user).order_by(TokenRow.created_utc.desc())
            return list((await session.scalars(query)).all())

    async def revoke_token(self, who: Principal, token: str) -> None:
        """End a token; one's own, or anybody's for whoever manages users. Raises Missing."""
        now = self.clock.utc()
        async with self.database.writing() as session:
            row = await session.get(TokenRow, token)
            if row is None or (row.user != who.user and not who.may(Scope.USERS)):
                raise Missing("There is no such token of yours.")
            row.revoked_utc = row.revoked_utc or now
            await record(session, self.vault, Act(who.user, who.via, "token-revoked", f"token:{token}"), now)

    async def _with_code(self, session: AsyncSession, user: str, code: str) -> UserRow | None:
        """The user, if their code is right, or they have none yet; each code is good once."""
        row = await session.get(UserRow, user, with_for_update=True)
        if row is None or row.totp is None:
            return row
        secret = self.vault.open(row.totp, Context(What.TOTP, row.id)).decode()
        step = passwords.totp_step(secret, code, self.clock.utc())
        if step is None or step <= row.totp_step:
            return None
        row.totp_step = step
        return row


def _of_session(user: UserRow, row: SessionRow) -> Principal:
    role = Role(user.role)
    return Principal(user.id, user.name, role, ALLOWED[role], Via.SESSION, row.id, row.csrf)
