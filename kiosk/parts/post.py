"""The letter boxes between the parts: who gives what to whom, on one page."""

import threading
from dataclasses import dataclass, field

from kiosk.domain.access import Doors
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Frame
from kiosk.domain.site import SiteRules
from kiosk.domain.trust import Levels
from kiosk.identity.gallery import Gallery
from kiosk.parts.equipment import Equipment, Verdict
from kiosk.parts.recents import Recents
from kiosk.parts.renewal import Changes
from kiosk.parts.waiting import Waiting
from kiosk.runtime.mailbox import Mailbox
from kiosk.runtime.slot import Slot
from kiosk.screens.events import Event
from kiosk.screens.intents import Attention, Intent
from kiosk.wire.standing import Status

SIGHTS_KEPT = 32
NEWS_KEPT = 1000
INTENTS_KEPT = 100
VERDICTS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Post:
    """Camera → `frames` → vision → `sights` and `news` → screen → `attention` and `intents` → vision, staff.

    `sights` may lose its oldest when the screen is slow; `news` (decisions, replies) is large enough never to.
    `doors`, `gallery` and `levels` are replaced whole by the staff worker and only looked at (peeked) by vision, in
    this order: nobody is in a gallery whose rules are not there yet. `site` is what the screens go by. `recents` goes
    the other way. `ready` is set once models and gallery are loaded: until then nobody could be recognised.

    Sync tells staff of what it pulled (`changes`) and the screen how it stands (`standing`); anybody may `wake` it, and
    staff asks it to `pair`. Vision tells it how long a decision took.

    `model` is the embedding model that is wanted: staff worker and vision follow it, and vision says in `verdicts` how
    a new one did. `waiting` says who waits for the store, which the screen says too.
    """

    frames: Slot[Frame]
    preview: Slot[Frame]
    attention: Slot[Attention]
    doors: Slot[Doors]
    gallery: Slot[Gallery]
    levels: Slot[Levels]
    site: Slot[SiteRules]
    model: Slot[Equipment]
    has_pin: Slot[bool]
    recents: Recents
    sights: Mailbox[Event]
    news: Mailbox[Event]
    intents: Mailbox[Intent]
    verdicts: Mailbox[Verdict]
    ready: threading.Event = field(default_factory=threading.Event)
    changes: Changes = field(default_factory=Changes)
    waiting: Waiting = field(default_factory=Waiting)
    decision_ms: Slot[float] = field(default_factory=Slot)
    standing: Slot[Status] = field(default_factory=Slot)
    wake: threading.Event = field(default_factory=threading.Event)
    pair: threading.Event = field(default_factory=threading.Event)


def open_post(clock: Clock) -> Post:
    """Empty letter boxes for one kiosk."""
    return Post(
        frames=Slot(),
        preview=Slot(),
        attention=Slot(),
        doors=Slot(),
        gallery=Slot(),
        levels=Slot(),
        site=Slot(),
        model=Slot(),
        has_pin=Slot(),
        recents=Recents(clock),
        sights=Mailbox(SIGHTS_KEPT),
        news=Mailbox(NEWS_KEPT),
        intents=Mailbox(INTENTS_KEPT),
        verdicts=Mailbox(VERDICTS_KEPT),
    )
