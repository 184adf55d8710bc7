"""The letter boxes between the parts: who gives what to whom, on one page."""

import threading
from dataclasses import dataclass, field

from kiosk.domain.ports import Clock
from kiosk.domain.sight import Frame
from kiosk.domain.trust import Levels
from kiosk.identity.gallery import Gallery
from kiosk.parts.equipment import Equipment, Verdict
from kiosk.parts.recents import Recents
from kiosk.runtime.mailbox import Mailbox
from kiosk.runtime.slot import Slot
from kiosk.screens.events import Event
from kiosk.screens.intents import Attention, Intent

SIGHTS_KEPT = 32
NEWS_KEPT = 1000
INTENTS_KEPT = 100
VERDICTS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Post:
    """Camera → `frames` → vision → `sights` and `news` → screen → `attention` and `intents` → vision, staff.

    `sights` may lose its oldest when the screen is slow; `news` (decisions, replies) is large enough never to.
    `gallery` and `levels` are replaced whole by the staff worker and only looked at (peeked) by vision; `recents`
    goes the other way. `ready` is set once models and gallery are loaded: until then nobody could be recognised.
    `model` is the embedding model that is wanted; staff worker and vision follow it, and vision says in `verdicts`
    how a new one did.
    """

    frames: Slot[Frame]
    preview: Slot[Frame]
    attention: Slot[Attention]
    gallery: Slot[Gallery]
    levels: Slot[Levels]
    model: Slot[Equipment]
    has_pin: Slot[bool]
    recents: Recents
    sights: Mailbox[Event]
    news: Mailbox[Event]
    intents: Mailbox[Intent]
    verdicts: Mailbox[Verdict]
    ready: threading.Event = field(default_factory=threading.Event)


def open_post(clock: Clock) -> Post:
    """Empty letter boxes for one kiosk."""
    return Post(
        frames=Slot(),
        preview=Slot(),
        attention=Slot(),
        gallery=Slot(),
        levels=Slot(),
        model=Slot(),
        has_pin=Slot(),
        recents=Recents(clock),
        sights=Mailbox(SIGHTS_KEPT),
        news=Mailbox(NEWS_KEPT),
        intents=Mailbox(INTENTS_KEPT),
        verdicts=Mailbox(VERDICTS_KEPT),
    )
