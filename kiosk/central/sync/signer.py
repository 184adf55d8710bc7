"""The epoch of central's database, and the Ed25519 key by which central signs; both are made when first needed."""

import secrets

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import Database, insert_of
from kiosk.central.sync.tables import ServerStateRow
from kiosk.vault import Context, Vault, What

_RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw
_CONTEXT = Context(What.SECRET, name="signing key of central")


async def signer_public(session: AsyncSession, vault: Vault) -> bytes:
    """The 32 public bytes of the key by which central signs. The session must be one that writes."""
    return (await server_state(session, vault)).signer_public


async def sign(session: AsyncSession, vault: Vault, text: bytes) -> bytes:
    """Central's signature of that. The session must be one that writes, unless there is a key already."""
    row = await server_state(session, vault)
    return Ed25519PrivateKey.from_private_bytes(vault.open(row.signer_sealed, _CONTEXT)).sign(text)


async def epoch_of(database: Database, vault: Vault) -> str:
    """The epoch of the database; whoever has it also finds a key there. Raises Unavailable."""
    async with database.reading() as session:
        row = await session.get(ServerStateRow, 1)
    if row is None:
        async with database.writing() as session:
            row = await server_state(session, vault)
    return row.epoch


async def server_state(session: AsyncSession, vault: Vault) -> ServerStateRow:
    """Epoch and key, made where there are none; of two who make them at once, one wins."""
    row = await session.get(ServerStateRow, 1)
    if row is not None:
        return row
    key = Ed25519PrivateKey.generate()
    values = {
        "id": 1,
        "epoch": _new_epoch(),
        "signer_sealed": vault.seal(key.private_bytes_raw(), _CONTEXT),
        "signer_public": key.public_key().public_bytes(*_RAW),
    }
    await session.execute(insert_of(session)(ServerStateRow).values(values).on_conflict_do_nothing())
    return await session.get_one(ServerStateRow, 1)


async def renew_epoch(session: AsyncSession) -> None:
    """Every kiosk begins again: what the database says now is not what it said before."""
    await session.execute(update(ServerStateRow).values(epoch=_new_epoch()))


def _new_epoch() -> str:
    return secrets.token_hex(8)
