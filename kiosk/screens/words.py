"""Every sentence that the screens can say, in English; by enum where there is one, so that none is forgotten."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.verdict import Advice, Reason
from kiosk.identity.enrolment import Prompt
from kiosk.screens.events import PartName
from kiosk.screens.states import PinProblem, Task, Told

LANGUAGE = "en"

CONSENT_VERSION = "2024-12"
CARRIED_VERSION = "carried-2026-11"
CONSENT_TITLE = "May this kiosk remember your face?"
CONSENT_POINTS = (
    "It turns your face into a list of numbers and keeps those with your name, encrypted. No photograph is kept.",
    "They are used to recognise you at this site, and for nothing else.",
    "You may say no, and you can have everything removed at any time: just ask staff.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says: one word's worth in large type, the cause, and the next step. {name} is filled in."""

    title: str
    cause: str
    step: str


ANSWERS = {
    Reason.FACE_MATCHES: Answer("Welcome, {name}", "You were recognised.", "Please come in."),
    Reason.FACE_MATCHES_PASS: Answer("Welcome, {name}", "Your face matches your pass.", "Please come in."),
    Reason.NOBODY_SIMILAR: Answer(
        "Hello there", "We have not met yet.", "If you have a QR pass, hold it up. Otherwise please ask staff."
    ),
    Reason.NOBODY_ENROLLED: Answer("Hello there", "Nobody is enrolled here yet.", "Please ask staff to enrol you."),
    Reason.NOT_SURE_ENOUGH: Answer(
        "Not quite sure", "The kiosk can't be certain that it is you.", "Please hold your QR pass up to the camera."
    ),
    Reason.TOO_MANY_PEOPLE: Answer(
        "Your pass, please",
        "So many people are enrolled that a face alone is not enough.",
        "Please hold your QR pass up to the camera.",
    ),
    Reason.FACE_NOT_OF_PASS: Answer(
        "Face and pass differ", "This pass belongs to somebody else.", "Please use your own pass, or ask staff."
    ),
    Reason.PASS_UNREADABLE: Answer(
        "Pass not readable", "The code could not be read.", "Hold it flat and steady, a hand's width away."
    ),
    Reason.PASS_FORGED: Answer(
        "Pass not valid", "This code was not issued by this site.", "Please ask staff for a new pass."
    ),
    Reason.PASS_EXPIRED: Answer("Pass expired", "This pass is too old.", "Please ask staff for a new pass."),
    Reason.PASS_NOT_YET: Answer(
        "Pass not valid yet", "This pass starts later.", "Please come back then, or ask staff."
    ),
    Reason.PASS_REVOKED: Answer("Pass withdrawn", "This pass was withdrawn.", "Please ask staff for a new pass."),
    Reason.PASS_FOREIGN: Answer("Wrong site", "This pass was issued for another site.", "Please ask staff for help."),
    Reason.PASS_PERSON_GONE: Answer(
        "Pass without an owner", "Nobody is enrolled under this pass any more.", "Please ask staff for help."
    ),
    Reason.PASS_WITHOUT_FACE: Answer(
        "No face seen", "The pass was fine, but no face came with it.", "Hold the pass up again, then look here."
    ),
}

ADVICE = {
    Advice.TURN_UP_LIGHT: "A little more light, please",
    Advice.TOO_BRIGHT: "It is too bright here: turn away from the light",
    Advice.COME_CLOSER: "Come a little closer",
    Advice.STEP_BACK: "One step back, please",
    Advice.MOVE_INTO_FRAME: "Move to the middle of the picture",
    Advice.LOOK_AT_CAMERA: "Look at the camera",
    Advice.HOLD_STILL: "Hold still for a moment",
}

PROMPTS = {
    Prompt.LOOK_STRAIGHT: "Look straight at the camera",
    Prompt.COME_CLOSER: "Come a little closer",
    Prompt.STEP_BACK: "Now one step back",
    Prompt.TURN_LEFT: "Turn your head a little to your left",
    Prompt.TURN_RIGHT: "Turn your head a little to your right",
}

PIN_PROBLEMS = {
    PinProblem.TOO_SHORT: "That is too short. Use at least {shortest} digits.",
    PinProblem.DIFFERENT: "The two entries differ. Please start again.",
    PinProblem.WRONG: "That PIN is wrong.",
}

TASKS = {
    Task.SAVE: "Saving…",
    Task.LIST: "Looking up…",
    Task.PASS: "Making a new pass…",
    Task.ERASE: "Removing…",
}

TOLD = {
    Told.REMOVED: ("Removed", "Name, face data and passes of that person are gone from this kiosk."),
    Told.FAILED: ("That did not work", ""),
    Told.NO_ANSWER: ("No answer", "The kiosk took too long. Nothing more was done; please try again."),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """A part that is missing: what it means for a visitor, while it is tried again and when it needs a person."""

    title: str
    trying: str
    lasting: str


OUTAGES = {
    PartName.CAMERA: Outage(
        "The camera is not answering",
        "Trying again by itself. If this takes more than a minute, please tell staff.",
        "Please tell staff: the camera's cable and plug need a look.",
    ),
    PartName.VISION: Outage(
        "The kiosk can't see at the moment",
        "Trying again by itself. If this takes more than a minute, please tell staff.",
        "Please tell staff: the kiosk's log says what is missing.",
    ),
    PartName.STORE: Outage(
        "The kiosk can't reach its memory",
        "Trying again by itself. If this takes more than a minute, please tell staff.",
        "Please tell staff: the kiosk's log says what is missing.",
    ),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """A headline, what to do, and a smaller hint."""

    title: str
    text: str
    hint: str = ""


ATTRACT = Invitation("Welcome", "Step in front of the camera", "Have a QR pass? Hold it up to the camera.")
LOOKING = Invitation("", "Look at the camera", "One moment, please")
PASS_WANTED = Invitation("", "Hold your QR pass up to the camera", "No pass? Please ask staff.")
PASS_ACCEPTED = Invitation("Pass accepted", "Now look at the camera")
PIN_CHOOSE = Invitation("Choose a staff PIN", "4 to 12 digits. It opens enrolment and the list of people.")
PIN_AGAIN = Invitation("Enter the PIN again", "The same digits once more, so that no slip locks you out.")
PIN_ENTER = Invitation("Staff PIN", "Enter the PIN, then touch OK.")
PIN_BUSY = "Checking…"
MENU_TITLE = "What would you like to do?"
CONSENT_HINT = "Consent text {version}"
NAME_TITLE = "What is your name?"
CAPTURE_HINT = "Pictures are taken by themselves; nothing is kept yet."
CHECKING = "Checking whether you are enrolled already…"
DUPLICATE = Invitation(
    "Already enrolled?", "This face is already enrolled as {name}.", "Save again only if this is somebody else."
)
REVIEW = Invitation("Is this right?", "", "The picture itself is not kept.")
PASS_NEW_PERSON = "Enrolled"
PASS_NEW = "A new pass"
PASS_ADVICE = "Take a photograph of this code and hold it up to the camera next time."
NOBODY = "Nobody is enrolled yet."
REMOVE = Invitation(
    "Remove {name}?", "Name, face data and passes are deleted from this kiosk.", "This can't be undone."
)


def pin_wait(wait_s: int) -> str:
    """How long the next try has to wait."""
    minutes, seconds = divmod(wait_s, 60)
    return (
        f"That PIN is wrong. Try again in {minutes}:{seconds:02} min."
        if minutes
        else (f"That PIN is wrong. Try again in {seconds} s.")
    )


def people_title(count: int) -> str:
    """The headline over the list of people."""
    return "1 person" if count == 1 else f"{count} people" if count else "People"


def valid_until(expires: datetime, now: datetime) -> str:
    """Until when a pass is valid, as one would say it."""
    if expires.date() == now.date():
        return f"Valid until {expires:%H:%M} today"
    day = f"{expires:%A} {expires.day} {expires:%B}"
    return (
        f"Valid until {day}, {expires:%H:%M}"
        if expires.year == now.year
        else f"Valid until {expires.day} {expires:%B %Y}"
    )


def sentence(message: str) -> str:
    """A message of the kiosk as a sentence: it starts with a capital and ends with a stop."""
    text = message.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")
