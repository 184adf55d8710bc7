"""What staff sees of central."""

from kiosk.screens import words_central as words
from kiosk.screens.events import Button
from kiosk.screens.states import Moment
from kiosk.screens.states_central import CentralPage
from kiosk.screens.view import Page, Symbol, Tone, Touchable, View
from kiosk.wire.standing import Standing

PAIR = Touchable(Button.PAIR, "Pair this kiosk")


def view_of(screen: CentralPage, now: Moment) -> View:
    """How the kiosk and central stand, or the code to be confirmed."""
    standing, invitation = screen.standing, screen.standing.asking
    if invitation is not None:
        return View(
            Page.PASS,
            title=words.PAIR_TITLE,
            text=invitation.code,
            hint=words.PAIR_HINT.format(fingerprint=invitation.fingerprint),
            points=words.PAIR_POINTS,
            tone=Tone.ASK,
            symbol=Symbol.CODE,
            buttons=(Touchable(Button.OK, "Back"),),
            code=invitation.link,
        )
    bad = standing.standing is Standing.REVOKED or bool(standing.trouble or standing.waiting.dead or standing.unread)
    return View(
        Page.NOTICE,
        title=words.title(standing),
        text=words.text(standing, now.utc),
        hint=words.hint(standing),
        tone=Tone.ASK if bad else Tone.GOOD if standing.standing is Standing.PAIRED else Tone.CALM,
        symbol=Symbol.WARNING if bad else Symbol.TICK if standing.standing is Standing.PAIRED else Symbol.SHIELD,
        buttons=(Touchable(Button.OK, "Back"), PAIR) if standing.can_pair else (Touchable(Button.OK, "Back"),),
    )
