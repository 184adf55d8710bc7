"""What staff sees in the office."""

from datetime import datetime
from typing import assert_never

from kiosk.screens import words
from kiosk.screens.events import Button
from kiosk.screens.states import (
    ConfirmRemove,
    Moment,
    Notice,
    Office,
    PeopleList,
    PersonPage,
    ShowPass,
    StaffMenu,
    Told,
    Waiting,
)
from kiosk.screens.view import Page, Symbol, Tone, Touchable, View, turn_at

BACK = Touchable(Button.BACK, "Back", symbol=Symbol.BACK)
DONE = Touchable(Button.OK, "Done")
MENU = (
    Touchable(Button.ENROL, "Enrol somebody", symbol=Symbol.PERSON_NEW, note="Consent, name, a few pictures"),
    Touchable(Button.PEOPLE, "People", symbol=Symbol.PEOPLE, note="New passes, removal"),
    Touchable(Button.RECENT, "Recent visits", symbol=Symbol.CLOCK, note="Not this person?"),
    Touchable(Button.STRICTNESS, "How sure to be", symbol=Symbol.SHIELD, note="Levels and what they cost"),
    Touchable(Button.CENTRAL, "Central server", symbol=Symbol.AGAIN, note="Pairing, what waits"),
    Touchable(Button.CHANGE_PIN, "Change the PIN", symbol=Symbol.LOCK, note="Twice, to be sure"),
    Touchable(Button.LEAVE, "Leave", symbol=Symbol.LEAVE, note="Back to visitors"),
)


def view_of(screen: Office, now: Moment) -> View:
    """The view of a screen of the office."""
    match screen:
        case StaffMenu():
            return View(Page.MENU, title=words.MENU_TITLE, buttons=MENU)
        case Waiting(task):
            return View(Page.BUSY, title=words.TASKS[task], turn=turn_at(now.monotonic))
        case ShowPass():
            return _pass(screen, now)
        case PeopleList():
            return _people(screen)
        case PersonPage() | ConfirmRemove():
            return _person(screen)
        case Notice():
            return _notice(screen)
        case _:
            assert_never(screen)


def _pass(screen: ShowPass, now: Moment) -> View:
    until = words.valid_until(screen.expires_utc.astimezone(), now.utc.astimezone())
    return View(
        Page.PASS,
        title=words.PASS_NEW_PERSON if screen.enrolled else words.PASS_NEW,
        text=words.PASS_CARRIED if screen.person is None else screen.person.name,
        hint=words.PASS_ONCE.format(until=until) if screen.single_use else until,
        points=(words.PASS_ADVICE if screen.person is not None else words.PASS_ONLY_COPY,),
        tone=Tone.GOOD,
        symbol=Symbol.TICK,
        buttons=(DONE,),
        code=screen.pass_text,
    )


def _people(screen: PeopleList) -> View:
    people = tuple(
        Touchable(Button.PERSON, person.name, person.id, symbol=Symbol.PERSON, note=_since(person.enrolled_utc))
        for person in screen.shown
    )
    first, last = screen.page > 0, screen.page < screen.pages - 1
    turns = (
        Touchable(Button.PREVIOUS_PAGE, "", enabled=first, symbol=Symbol.BACK),
        Touchable(Button.NEXT_PAGE, "", enabled=last, symbol=Symbol.NEXT),
    )
    return View(
        Page.PEOPLE,
        title=words.people_title(len(screen.people)),
        text="" if screen.people else words.NOBODY,
        hint=f"{screen.page + 1} / {screen.pages}" if screen.pages > 1 else "",
        buttons=(*people, BACK, *(turns if screen.pages > 1 else ())),
    )


def _person(screen: PersonPage | ConfirmRemove) -> View:
    person = screen.person
    if isinstance(screen, ConfirmRemove):
        return View(
            Page.QUESTION,
            title=words.REMOVE.title.format(name=person.name),
            text=words.REMOVE.text,
            hint=words.REMOVE.hint,
            tone=Tone.STOP,
            symbol=Symbol.BIN,
            buttons=(Touchable(Button.CANCEL, "Keep"), Touchable(Button.CONFIRM_REMOVE, "Remove")),
        )
    return View(
        Page.PERSON,
        title=person.name,
        text=_since(person.enrolled_utc),
        symbol=Symbol.PERSON,
        buttons=(
            Touchable(Button.NEW_PASS, "New pass", symbol=Symbol.CODE, note="A fresh QR code to photograph"),
            Touchable(Button.SINGLE_USE, "Pass for one visit", symbol=Symbol.CODE, note="Good once, then used up"),
            Touchable(Button.REMOVE, "Remove", symbol=Symbol.BIN, note="Deletes name, face data and passes"),
            BACK,
        ),
    )


def _notice(screen: Notice) -> View:
    title, text = words.TOLD[screen.told]
    good = screen.told not in (Told.FAILED, Told.NO_ANSWER)
    return View(
        Page.NOTICE,
        title=title,
        text=words.sentence(screen.sentence) or text,
        tone=Tone.GOOD if good else Tone.ASK,
        symbol=Symbol.TICK if good else Symbol.WARNING,
        buttons=(DONE,),
    )


def _since(enrolled_utc: datetime) -> str:
    local = enrolled_utc.astimezone()
    return f"Enrolled on {local.day} {local:%B %Y}"
