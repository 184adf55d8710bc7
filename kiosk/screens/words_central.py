"""What is said of central: who the kiosk is to it, what waits, what went wrong, how to be paired."""

from datetime import datetime

from kiosk.wire.pairing import PairingState
from kiosk.wire.standing import Standing, Status

TITLES = {
    Standing.ALONE: "This kiosk works alone",
    Standing.PAIRED: "Paired with the central server",
    Standing.REVOKED: "Taken out of the fleet",
}
ALONE = "Everything stays on this kiosk."
REVOKED = "Whoever came from the central server is gone from this kiosk."
NO_ADDRESS = "To pair it, set the address of the central server (sync.url), or use kiosk sync pair."
PAIR_TITLE = "Pair this kiosk"
PAIR_HINT = "Fingerprint {fingerprint}"
PAIR_POINTS = ("An admin types in the code on the page of kiosks, and compares the fingerprint.",)
TROUBLES = {
    "sync-unreachable": "The central server can't be reached; the kiosk goes on alone.",
    "sync-busy": "The central server can't answer now; the kiosk asks again.",
    "sync-garbled": "The central server's answer can't be read; the kiosk asks again.",
    "sync-untrusted": "The central server's certificate or address is not to be trusted: nothing is sent.",
    "sync-rejected": "The central server does not let this kiosk in; ask whoever runs it.",
    "bad-settings": "The settings for the central server can't be used: nothing is sent. The kiosk's log says why.",
    "refused": "This kiosk is paired already.",
}
STORE_TROUBLE = "The kiosk's memory can't be used at the moment: nothing is exchanged meanwhile."
OVER = {
    PairingState.REFUSED: "The pairing was refused.",
    PairingState.EXPIRED: "The code was not confirmed in time.",
}


def title(standing: Status) -> str:
    """What the kiosk is to central."""
    if standing.progress is not None:
        return "Fetching what the central server knows"
    return TITLES[standing.standing]


def text(standing: Status, now: datetime) -> str:
    """How things stand, in two or three short sentences."""
    match standing.standing:
        case Standing.ALONE:
            return ALONE
        case Standing.REVOKED:
            return REVOKED
        case Standing.PAIRED:
            place = f"{standing.name}, {standing.site}. " if standing.site else f"{standing.name}. "
            return place + _progress(standing) + _contact(standing.contact_utc, now) + _waiting(standing)


def hint(standing: Status) -> str:
    """What is wrong, or what to do; "" for nothing."""
    if standing.trouble:
        other = STORE_TROUBLE if standing.trouble.startswith("store") else TROUBLES["sync-busy"]
        return TROUBLES.get(standing.trouble, other)
    invitation = standing.invitation
    if invitation is not None and invitation.state in OVER:
        return OVER[invitation.state]
    if standing.standing is not Standing.PAIRED:
        return "" if standing.url else NO_ADDRESS
    if standing.waiting.dead:
        why = standing.letters[0] if standing.letters else None
        last = f", the last one {why.kind} ({why.reason or 'no reason'})" if why is not None else ""
        return f"{standing.waiting.dead:,} rejected{last}."
    return "Some of it can't be read by this version; update the kiosk." if standing.unread else ""


def _progress(standing: Status) -> str:
    progress = standing.progress
    return "" if progress is None else f"{progress.done:,} of {progress.total:,} are here. "


def _contact(contact: datetime | None, now: datetime) -> str:
    if contact is None:
        return "No contact yet. "
    local = contact.astimezone()
    same_day = local.date() == now.astimezone().date()
    return f"Last contact {local:%H:%M}. " if same_day else f"Last contact {local:%Y-%m-%d %H:%M}. "


def _waiting(standing: Status) -> str:
    count = standing.waiting.waiting
    return "Nothing waits to be sent." if not count else f"{count:,} waiting to be sent."
