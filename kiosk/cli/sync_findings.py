"""What `kiosk doctor` says of central: with whom the kiosk is paired, and how the exchange goes."""

from datetime import datetime, timedelta

from kiosk.cli.finding import Finding, State
from kiosk.store import Store

QUIET = timedelta(days=1)
NAME = "sync"


def about_sync(store: Store, now: datetime) -> Finding:
    """With whom, the last contact, what waits and what was rejected. Nobody is asked over the network."""
    member = store.membership.member()
    if member is None and store.membership.was_revoked():
        return Finding(NAME, State.WARNING, "Central took this kiosk out of the fleet; kiosk sync pair asks it again.")
    if member is None:
        return Finding(NAME, State.GOOD, "This kiosk is on its own; kiosk sync pair pairs it.")
    waiting, contact = store.outbox.waiting(), member.contact_utc
    last = f"last contact {contact:%Y-%m-%d %H:%M} UTC" if contact else "no contact yet"
    said = f"Paired with {member.url}, {last}; {waiting.waiting:,} items wait, {waiting.dead:,} were rejected."
    if waiting.dead:
        return Finding(NAME, State.WARNING, f"{said} Look at them with kiosk sync status.")
    if contact is None or now - contact > QUIET:
        return Finding(NAME, State.WARNING, f"{said} Try kiosk sync now, and look at the network.")
    return Finding(NAME, State.GOOD, said)
