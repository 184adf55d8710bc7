"""Every sentence that the screens can say, in English; by enum where there is one, so that none is forgotten."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.trust import Cost, LevelCosts, Levels, Strictness
from kiosk.domain.verdict import Advice, Reason
from kiosk.identity.enrolment import Prompt
from kiosk.screens.events import Alike
from kiosk.screens.states import Moment, PinProblem, Task, Told

LANGUAGE = "en"

CONSENT_VERSION = "kept-2026-11"
PICTURELESS_VERSION = "kept-without-picture-2026-11"
CARRIED_VERSION = "carried-2026-11"
CONSENT_TITLE = "May this kiosk remember your face?"
CONSENT_HINT = "Text {version}"
NOTICE_TITLE = "Before you decide"
NOTICE_HINT = "The privacy notice of this site, {version}"


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways on when consent is asked for. `version` is of the text that is agreed to; "" to none.

    A text that changes gets another version: what somebody agreed to must be found again.
    """

    title: str
    points: tuple[str, ...]
    version: str = ""


DECLINING = Way(
    "Without the camera",
    (
        "No picture of you is taken, and nothing is kept.",
        "Staff can let you in, today and any other day.",
    ),
)
CARRYING = Way(
    "A pass of my own",
    (
        "Your face becomes a list of numbers, encrypted in a QR pass that you alone have.",
        "The kiosk keeps nothing of you: no name, no picture, no numbers.",
        "Your pass and your face together let you in.",
    ),
    CARRIED_VERSION,
)
# True at a kiosk of its own and at one with central alike: pairing later makes nobody's consent untrue.
KEEPING = Way(
    "Remember me",
    (
        "Your face becomes a list of numbers. They, your name and a small picture are kept at this site, encrypted: "
        "on its kiosks, and on its server if it has one.",
        "They are used to recognise you at this site, and for nothing else.",
        "Staff removes them everywhere whenever you ask.",
    ),
    CONSENT_VERSION,
)
KEEPING_NO_PICTURE = Way(
    KEEPING.title,
    (
        "Your face becomes a list of numbers. They and your name are kept at this site, encrypted: on its kiosks, and "
        "on its server if it has one; no picture is.",
        *KEEPING.points[1:],
    ),
    PICTURELESS_VERSION,
)


def keeping(now: Moment) -> Way:
    """The way of being kept, as it is true at a kiosk that keeps pictures or doesn't."""
    return KEEPING if now.keeps_pictures else KEEPING_NO_PICTURE


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says: one word's worth in large type, the cause, and the next step. {name} is filled in."""

    title: str
    cause: str
    step: str


WELCOME = "Welcome"
COME_IN = "Please come in."

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
    Reason.TWO_ALIKE: Answer(
        "Your pass, please", "Two people here look much like you.", "Please hold your QR pass up to the camera."
    ),
    Reason.PASS_USED: Answer("Pass used up", "This pass was for one visit.", "Please ask staff for another one."),
    Reason.PASS_OUTDATED: Answer(
        "Pass too old for this kiosk", "It was made for an earlier version.", "Please ask staff for a new pass."
    ),
    Reason.PASS_ALONE: Answer(
        "Your pass is valid", "No picture of you was used.", "Please show it to staff, who will let you in."
    ),
    Reason.TOO_MANY_TRIES: Answer(
        "Please wait", "This pass was tried with another face too often.", "Then hold it up again, or ask staff."
    ),
    Reason.CLOCK_UNSURE: Answer(
        "Please ask staff",
        "The kiosk is not sure what time it is.",
        "Staff can let you in: the clock needs setting.",
    ),
    Reason.OUTSIDE_HOURS: Answer(
        "Not at this time", "You are expected at another time.", "Please come back then, or ask staff."
    ),
    Reason.NOT_YET_VALID: Answer("Too early", "Your time here starts later.", "Please come back then, or ask staff."),
    Reason.NO_LONGER_VALID: Answer("Please ask staff", "Your time here has ended.", "They will be glad to help you."),
    Reason.DISABLED: Answer(
        "Please ask staff", "The kiosk can't let you in by itself.", "They will be glad to help you."
    ),
    Reason.PASS_WITHOUT_FACE: Answer(
        "No face seen", "The pass was fine, but no face came with it.", "Hold the pass up again, then look here."
    ),
}

ADVICE = {
    Advice.TURN_UP_LIGHT: "Come closer: the screen gives you light",
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
    Task.VISITS: "Looking up…",
    Task.CORRECT: "Remembering…",
    Task.UNDO: "Taking it back…",
    Task.CENTRAL: "Looking up…",
    Task.LEVELS: "Working out…",
}

TOLD = {
    Told.REMOVED: ("Removed", "Name, picture, face data and passes of that person are gone from this kiosk."),
    Told.DECLINED: ("That is fine", "Nothing was kept. Staff can let you in without the camera."),
    Told.RESTORED: ("Taken back", "That face may match that person again."),
    Told.PIN_CHANGED: ("PIN changed", "From now on only the new PIN opens the staff's screens."),
    Told.FAILED: ("That did not work", ""),
    Told.NO_ANSWER: ("No answer", "The kiosk took too long. Nothing more was done; please try again."),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """A headline, what to do, and a smaller hint."""

    title: str
    text: str
    hint: str = ""


ATTRACT = Invitation("Welcome", "Step in front of the camera")
WITHOUT_FACE = Invitation(
    "Without your face",
    "Hold your QR pass up to the camera, or ask staff.",
    "The camera only looks for the code. No picture of you is used or kept.",
)
LOOKING = Invitation("", "Look at the camera", "One moment, please")
PASS_WANTED = Invitation("", "Hold your QR pass up to the camera", "No pass? Please ask staff.")
PASS_ACCEPTED = Invitation("Pass accepted", "Now look at the camera")
PIN_CHOOSE = Invitation("Choose a staff PIN", "4 to 12 digits. It opens enrolment and the list of people.")
PIN_CHANGE = Invitation("Choose a new PIN", "4 to 12 digits. The old one will open nothing any more.")
PIN_AGAIN = Invitation("Enter the PIN again", "The same digits once more, so that no slip locks you out.")
PIN_ENTER = Invitation("Staff PIN", "Enter the PIN, then touch OK.")
PIN_BUSY = "Checking…"
MENU_TITLE = "What would you like to do?"
NAME_TITLE = "What is your name?"
CAPTURE_HINT = "Pictures are taken by themselves; nothing is kept yet."
CHECKING = "Checking whether you are enrolled already…"
ALIKE = {
    Alike.DUPLICATE: Invitation("Already enrolled?", "Save again only if these are two different people."),
    Alike.LOOKALIKE: Invitation(
        "Easily mistaken", "These two look much alike: in doubt, both will be asked for their pass."
    ),
}
NEW_FACE = "Now"
REVIEW = Invitation("Is this right?", "", "A small picture is kept, encrypted, for staff alone.")
REVIEW_NO_PICTURE = "This picture is not kept."
REVIEW_CARRIED = Invitation("", "Nothing is kept", "Everything goes into the pass that you are about to see.")
PASS_CARRIED = "Yours alone"
PASS_ONLY_COPY = "Photograph it now: it is the only copy, and the kiosk keeps nothing of you."
VISITS = Invitation("Recent visits", "Nobody was let in by their face in the last quarter of an hour.")
VISIT = Invitation("Was this {name}?", "", "If not, that face will never be taken for them again.")
DISOWN = Invitation(
    "Not {name}?", "That face will not match them again, with a pass neither.", "You can take it back right afterwards."
)
CORRECTED = Invitation("Noted", "That face will not be taken for {name} again.")
LEVELS = Invitation("How sure must the kiosk be?", "Let in by face alone", "Let in with another's pass")
LEVELS_DECREED = "Central decides this for the whole site; it can't be changed here."
LOOSER = Invitation(
    "Let more strangers in?",
    "",
    "Known visitors will be asked again less often. You can change it back.",
)
PASS_NEW_PERSON = "Enrolled"
PASS_NEW = "A new pass"
PASS_ONCE = "{until}, for one visit"
PASS_ADVICE = "Take a photograph of this code and hold it up to the camera next time."
NOBODY = "Nobody is enrolled yet."
REMOVE = Invitation(
    "Remove {name}?", "Name, picture, face data and passes are deleted from this kiosk.", "This can't be undone."
)


def pin_wait(wait_s: int) -> str:
    """How long the next try has to wait."""
    return f"That PIN is wrong. Try again in {_counted(wait_s)}."


def wait_again(wait_s: int) -> str:
    """How long a pass that was tried too often has to wait."""
    return f"This pass was tried with another face too often. Try again in {_counted(wait_s)}."


def _counted(wait_s: int) -> str:
    minutes, seconds = divmod(wait_s, 60)
    return f"{minutes}:{seconds:02} min" if minutes else f"{seconds} s"


def level(strictness: Strictness) -> str:
    """A level by what it lets through."""
    return f"1 in {strictness.one_in:,} strangers"


def cost(cost: Cost) -> str:
    """What a level costs, in a month and for a visitor, in one line."""
    return "; ".join(cost_points(cost))


def cost_points(cost: Cost) -> tuple[str, ...]:
    """What a level costs: strangers let in, and known visitors asked again."""
    if not cost.possible:
        return ("With so many people a face alone is not enough: asks for the pass",)
    known = "Misses were not measured" if cost.misses is None else f"{_one_in(cost.misses)} asked again"
    return _strangers(cost.false_accepts_month), known


def counted_from(costs: LevelCosts) -> str:
    """What the costs were reckoned with."""
    if costs.strangers_month is None or costs.claims_month is None:
        return "What each level costs here is known after a day of visits."
    visits, claims = f"{costs.strangers_month:,.0f}", f"{costs.claims_month:,.0f}"
    return f"For {visits} unknown visitors a month, and {claims} passes as if each were somebody else's."


def loosened(was: Levels, wanted: Levels) -> str:
    """What a looser choice changes."""
    changes = ((was.search, wanted.search, "By face alone"), (was.claim, wanted.claim, "With another's pass"))
    return " ".join(
        f"{how}, 1 in {new.one_in:,} strangers will be let in instead of 1 in {old.one_in:,}."
        for old, new, how in changes
        if new is not old
    )


def _strangers(a_month: float | None) -> str:
    if a_month is None:
        return "Too little traffic to tell yet"
    if a_month > 2 / 3:
        return f"About {a_month:,.0f} stranger{'s' * (round(a_month) != 1)} a month let in"
    if a_month * 120 < 1:
        return "Hardly a stranger in ten years"
    months = 1 / a_month
    return (
        f"1 stranger in {months:.0f} months let in" if months < 24 else f"1 stranger in {months / 12:.0f} years let in"
    )


def _one_in(share: float) -> str:
    if share < 0.0005:
        return "Hardly a known visitor"
    if share >= 0.2:
        return f"{100 * share:.0f} % of known visitors"
    return f"1 known visitor in {1 / share:,.0f}"


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
