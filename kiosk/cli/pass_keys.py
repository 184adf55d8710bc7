"""`kiosk pass keys|roll-key|drop-key`: the keys that sign passes."""

import click

from kiosk.cli.asking import confirmed
from kiosk.cli.opening import opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.errors import BadInput
from kiosk.runtime.clock import SystemClock


@click.command("keys", cls=Command, epilog="\b\nExample:\n  kiosk pass keys --json")
@with_shared
def keys(shared: Shared) -> int:
    """List the keys whose passes are good, newest first; the newest signs."""
    with opened_store(settings_of(shared), SystemClock()) as store:
        found = [key.id.hex() for key in store.secrets.pass_keys()]
    lines = [f"{key}  {'old passes only' if place else 'signs'}" for place, key in enumerate(found)]
    answer(shared, {"keys": found, "signs": found[0]}, "\n".join(lines))
    return 0


@click.command("roll-key", cls=Command, epilog="\b\nExample:\n  kiosk pass roll-key")
@with_shared
def roll_key(shared: Shared) -> int:
    """Sign passes with a new key from now on; those of older keys stay good until `kiosk pass drop-key`.

    A kiosk that is running goes on with the keys it knows until it is started again.
    """
    clock = SystemClock()
    with opened_store(settings_of(shared), clock) as store:
        fresh = store.secrets.roll_pass_key(clock.utc()).id.hex()
    answer(shared, {"key": fresh}, f"Key {fresh} signs from now on; restart the kiosk if it is running.")
    return 0


@click.command("drop-key", cls=Command, epilog="\b\nExample:\n  kiosk pass drop-key 3fa85f6457174562 --yes")
@click.argument("key", metavar="KEY")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@with_shared
def drop_key(shared: Shared, key: str, yes: bool) -> int:
    """Make every pass of an older key worthless, carried ones too. There is no way back."""
    clock = SystemClock()
    with opened_store(settings_of(shared), clock) as store:
        if not yes and not confirmed(f"Make every pass that key {key} signed worthless?"):
            answer(shared, {"dropped": False, "key": key}, "Nothing was changed.")
            return 1
        store.secrets.drop_pass_key(_bytes(key), clock.utc())
    answer(shared, {"dropped": True, "key": key}, f"Passes of key {key} are worthless; restart the kiosk if it runs.")
    return 0


def _bytes(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError as error:
        raise BadInput("a key is given by the digits that `kiosk pass keys` lists.") from error
