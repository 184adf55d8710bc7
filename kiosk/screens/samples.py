"""One example of everything that the screens can show: for the gallery of pictures and for the tests of layout."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from kiosk.domain.people import Consent, Person
from kiosk.domain.sight import Box, Chip, Embedding, Frame, frozen
from kiosk.domain.site import PrivacyNotice
from kiosk.domain.trust import Cost, LevelCosts, Levels, Strictness
from kiosk.domain.verdict import Advice, Decision, Outcome, Quality, Reason, Sample
from kiosk.identity.enrolment import Enrolment
from kiosk.screens import words, words_faults
from kiosk.screens.events import Alike, Likeness, PartName, RecentVisit
from kiosk.screens.states import (
    GREETING_S,
    INSTRUCTION_S,
    STAFF_S,
    AskConsent,
    Attract,
    AwaitFace,
    Capture,
    Checking,
    Collected,
    ConfirmRemove,
    Draft,
    DuplicateWarning,
    Layer,
    Looking,
    Moment,
    NameEntry,
    Notice,
    OutOfOrder,
    PeopleList,
    PersonPage,
    PinEntry,
    PinProblem,
    PinSetup,
    Result,
    Review,
    Screen,
    ShowPass,
    Sight,
    StaffMenu,
    Task,
    Told,
    Trouble,
    Waiting,
    Wanted,
    WithoutFace,
)
from kiosk.screens.states_central import CentralPage
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.states_trust import ConfirmDisown, ConfirmLooser, Corrected, LevelsPage, VisitList, VisitPage
from kiosk.vision.drawn import drawn_visitor
from kiosk.wire import agreed
from kiosk.wire.standing import Invitation, Progress, Standing, Status

NOW = Moment(1000.0, datetime(2025, 3, 4, 13, 5, tzinfo=UTC))
LATER = NOW.monotonic + STAFF_S
FACE = Box(0.41, 0.2, 0.18, 0.38)
_PIECE = "6BFOXN*TS0BI$ZD.P9UOL97O4-2HQ/H8S5C6LKX1BS9:E3X"
PASS_TEXT = "KP1:" + _PIECE * 6
CARRIED_TEXT = "KP1:" + _PIECE * 12
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Maximiliana Konstantinopoulou"[:80]

_DOORS = (Reason.OUTSIDE_HOURS, Reason.NOT_YET_VALID, Reason.NO_LONGER_VALID, Reason.DISABLED)
_REFUSALS = (*(reason for reason in Reason if reason.value.startswith("pass-")), *_DOORS)
OUTCOMES = {
    Reason.FACE_MATCHES: Outcome.RECOGNISED,
    Reason.FACE_MATCHES_PASS: Outcome.VERIFIED,
    Reason.NOBODY_SIMILAR: Outcome.UNKNOWN,
    Reason.NOBODY_ENROLLED: Outcome.UNKNOWN,
    Reason.NOT_SURE_ENOUGH: Outcome.UNSURE,
    Reason.TOO_MANY_PEOPLE: Outcome.UNSURE,
    Reason.TWO_ALIKE: Outcome.UNSURE,
    Reason.FACE_NOT_OF_PASS: Outcome.REFUSED,
    Reason.TOO_MANY_TRIES: Outcome.REFUSED,
    Reason.CLOCK_UNSURE: Outcome.REFUSED,
    **{reason: Outcome.REFUSED for reason in _REFUSALS},
    Reason.PASS_ALONE: Outcome.UNSURE,
}


def screens(name: str = "Ada Lovelace", sentence: str = "The disk is full; make room") -> dict[str, Screen]:
    """Every kind of screen by a short name, with that person's name and failure in it."""
    office = {**_office(name, sentence), **_trusting(name)}
    return {**_visiting(name), **_pins(sentence), **_enrolling(name), **office, **_broken()}


def person(name: str, number: int = 1) -> Person:
    """Somebody enrolled."""
    return Person(f"p{number}", name, datetime(2025, 2, 3, 9, 30, tzinfo=UTC) + timedelta(days=number))


@cache
def sample(size: int = 150) -> Sample:
    """A good sample whose chip is a drawn figure."""
    quality = Quality(120.0, 300.0, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, None)
    vector = frozen(np.eye(1, 128, dtype=np.float32)[0])
    figure = frame().main[130:430, 490:790]
    step = max(1, figure.shape[0] // size)
    return Sample(Embedding(vector, "none"), quality, Chip(frozen(np.ascontiguousarray(figure[::step, ::step]))))


@cache
def frame(number: int = 1, width: int = 1280, height: int = 720) -> Frame:
    """A drawn figure in a drawn room, (height, width, 3)."""
    main = drawn_visitor(width, height)
    return Frame(main, frozen(np.ascontiguousarray(main[::4, ::4])), NOW.monotonic, number)


def result(reason: Reason, name: str | None = None) -> Result:
    """The screen of an answer, a moment after it was given."""
    outcome = OUTCOMES[reason]
    admits = outcome in (Outcome.RECOGNISED, Outcome.VERIFIED)
    wait_s = 117.0 if reason is Reason.TOO_MANY_TRIES else 0.0
    decision = Decision("d1", outcome, reason, NOW.monotonic, 0.4, person="p1" if admits else None, wait_s=wait_s)
    left_s = (GREETING_S if admits else INSTRUCTION_S) * 0.8
    return Result(decision, name if admits else None, NOW.monotonic + left_s, again_at=NOW.monotonic + wait_s)


def _visiting(name: str) -> dict[str, Screen]:
    seen = Sight(1, FACE)
    shown: dict[str, Screen] = {
        "attract": Attract(),
        "looking": Looking(seen, LATER),
        "looking-pass": Looking(Sight(1), LATER, Wanted.PASS),
        "pass-accepted": AwaitFace(seen, LATER),
    }
    alone = Decision("d1", Outcome.VERIFIED, Reason.PASS_ALONE, NOW.monotonic, 0.4)
    shown |= {
        "without-face": WithoutFace(LATER),
        "result-pass-alone-admitted": Result(alone, None, NOW.monotonic + GREETING_S * 0.8, faceless=True),
        "looking-lamp": Looking(replace(seen, lamp=True), LATER),
        "pass-accepted-lamp": AwaitFace(replace(seen, lamp=True), LATER),
    }
    shown |= {f"looking-{a.value}": Looking(_advised(seen, a), LATER) for a in Advice}
    return shown | {f"result-{reason.value}": result(reason, name) for reason in Reason}


def _advised(seen: Sight, advice: Advice) -> Sight:
    return replace(seen, advice=advice, lamp=advice is Advice.TURN_UP_LIGHT)


def _pins(sentence: str) -> dict[str, Screen]:
    return {
        "pin-choose": PinSetup(digits="2468"),
        "pin-again": PinSetup(LATER, "24", "2468"),
        "pin-different": PinSetup(LATER, problem=PinProblem.DIFFERENT),
        "pin-too-short": PinSetup(LATER, problem=PinProblem.TOO_SHORT),
        "pin-not-kept": PinSetup(LATER, sentence=sentence),
        "pin-change": PinSetup(LATER, "24", changing=True),
        "pin": PinEntry(LATER, "123456789012"),
        "pin-wrong": PinEntry(LATER, problem=PinProblem.WRONG),
        "pin-locked": PinEntry(LATER, problem=PinProblem.WRONG, locked_until=NOW.monotonic + 75),
        "pin-waiting": PinEntry(LATER, waiting=True),
    }


_NOTICE = (
    "Who is responsible: Example Works, 1 Long Street, Sampletown. Questions: privacy@example.org.",
    "What is kept: your name, a list of numbers made of your face, and a small picture, all of it encrypted, on this "
    "kiosk and on the server of this site. When you came is kept too, for one year.",
    "What for: to let you in at this site. It is used for nothing else and given to nobody else.",
    "How long: until you or staff remove it, at the latest thirty days after your time here has ended.",
    "Your rights: you may see it, have it mended or removed, and complain to the authority. You may say no, today or "
    "later: staff lets you in without the camera. See https://www.example.org/a-very-long-address/that-is-a-single-"
    "word/of-more-letters-than-a-line-of-a-narrow-screen-has-room-for/privacy.",
)


def privacy_notice(most: int = 20_000) -> PrivacyNotice:
    """A site's privacy notice as long as they get."""
    whole = "\n\n".join(f"{number + 1}. {_NOTICE[number % len(_NOTICE)]}" for number in range(140))
    return PrivacyNotice("en", "Sampletown-en-3", whole[:most])


def _enrolling(name: str) -> dict[str, Screen]:
    consent = Consent(words.CONSENT_VERSION, words.LANGUAGE, NOW.utc, "screen")
    draft, one = Draft(consent, name), sample()
    collected = Collected(draft, (one,))
    enrolment = Enrolment.begin(NOW.monotonic)
    steps = [enrolment]
    for number in range(40):
        steps.append(steps[-1].add(one, NOW.monotonic + 7.0 * number))
    by_prompt = {step.prompt.value: step for step in steps if step.prompt is not None}
    captures: dict[str, Screen] = {
        f"capture-{prompt}": Capture(draft, step, LATER, Sight(1, FACE)) for prompt, step in by_prompt.items()
    }
    return {
        "notice": ReadNotice(privacy_notice(), LATER),
        "notice-second": ReadNotice(privacy_notice(), LATER, page=1),
        "notice-end": ReadNotice(privacy_notice(), LATER, page=10**6),
        "notice-short": ReadNotice(replace(privacy_notice(), text=_NOTICE[0]), LATER),
        "consent": AskConsent(LATER),
        "consent-notice": AskConsent(LATER, privacy_notice()),
        "name-empty": NameEntry(consent, LATER),
        "name": NameEntry(consent, LATER, name, Layer.SMALL),
        "name-accents": NameEntry(consent, LATER, name, Layer.ACCENTS),
        "name-accents-capital": NameEntry(consent, LATER, name, Layer.ACCENTS_CAPITAL),
        **captures,
        "capture-advice": Capture(draft, steps[2], LATER, Sight(1, FACE, Advice.COME_CLOSER)),
        "capture-lamp": Capture(draft, steps[2], LATER, Sight(1, FACE, lamp=True)),
        "checking": Checking(collected, LATER),
        "duplicate": DuplicateWarning(collected, Likeness(person(name), Alike.DUPLICATE, one.chip), LATER),
        "lookalike": DuplicateWarning(collected, Likeness(person(name), Alike.LOOKALIKE), LATER),
        "review": Review(collected, LATER),
        "review-carried": Review(Collected(Draft(consent), (one,)), LATER, single_use=True),
    }


def _office(name: str, sentence: str) -> dict[str, Screen]:
    names = (name, "Grace Hopper", "Alan Turing", "Katherine Johnson", "Blaise Pascal", "Emmy Noether", "Kurt Gödel")
    everybody = tuple(person(each, number) for number, each in enumerate(names))
    somebody = everybody[0]
    expires = NOW.utc + timedelta(hours=8)
    return {
        "menu": StaffMenu(LATER),
        **{f"waiting-{task.value}": Waiting(task, LATER) for task in Task},
        "pass-enrolled": ShowPass(somebody, PASS_TEXT, expires, LATER, enrolled=True),
        "pass": ShowPass(somebody, PASS_TEXT, NOW.utc + timedelta(days=2), LATER),
        "pass-carried": ShowPass(None, CARRIED_TEXT, expires, LATER, single_use=True),
        "people": PeopleList(everybody, LATER),
        "people-last": PeopleList(everybody, LATER, page=1),
        "people-none": PeopleList((), LATER),
        "person": PersonPage(somebody, LATER),
        "remove": ConfirmRemove(somebody, LATER),
        "notice-removed": Notice(Told.REMOVED, LATER),
        "notice-declined": Notice(Told.DECLINED, LATER),
        "notice-restored": Notice(Told.RESTORED, LATER),
        "notice-pin-changed": Notice(Told.PIN_CHANGED, LATER),
        "notice-failed": Notice(Told.FAILED, LATER, sentence),
        "notice-no-answer": Notice(Told.NO_ANSWER, LATER),
    }


def visit(name: str = "Ada Lovelace", number: int = 1) -> RecentVisit:
    """Somebody let in a minute or a few ago."""
    at_utc = NOW.utc - timedelta(minutes=number)
    return RecentVisit(f"d{number}", person(name, number), at_utc, sample().chip)


def level_costs() -> LevelCosts:
    """Costs as they are in an entrance hall with a few hundred people."""
    search = (
        Cost(Strictness.NORMAL, 2.4, 0.021),
        Cost(Strictness.STRICT, 0.24, 0.083),
        Cost(Strictness.STRICTEST, 0.0, None, possible=False),
    )
    claim = (
        Cost(Strictness.NORMAL, 0.6, 0.004),
        Cost(Strictness.STRICT, 0.06, 0.012),
        Cost(Strictness.STRICTEST, 0.006, 0.034),
    )
    return LevelCosts(Levels(Strictness.NORMAL, Strictness.STRICT), search, claim, 312, 2400.0, 600.0)


def _trusting(name: str) -> dict[str, Screen]:
    names = (name, "Grace Hopper", "Alan Turing", "Katherine Johnson", "Blaise Pascal", "Emmy Noether", "Kurt Gödel")
    visits = tuple(visit(each, number) for number, each in enumerate(names))
    costs = level_costs()
    return {
        "visits": VisitList(visits, LATER),
        "visits-last": VisitList(visits, LATER, page=1),
        "visits-none": VisitList((), LATER),
        "visit": VisitPage(visits[0], LATER),
        "disown": ConfirmDisown(visits[0], LATER),
        "corrected": Corrected(visits[0].person, "n1", LATER),
        **central_pages(),
        "levels": LevelsPage(costs, LATER),
        "levels-decreed": LevelsPage(replace(costs, decreed=True), LATER),
        "levels-looser": ConfirmLooser(costs, Levels(Strictness.NORMAL, Strictness.NORMAL), LATER),
    }


def central_pages() -> dict[str, Screen]:
    """How a kiosk and central may stand."""
    url, at_utc = "https://central.example", NOW.utc - timedelta(minutes=1)
    asked = Invitation("p1", url, "7KDQ2MXW", "QF7A-3RTZ-K2LM-9XPC", NOW.utc + timedelta(minutes=10))
    letter = agreed.DeadLetter("i1", "person", "conflict-kept", at_utc)
    rejected = agreed.Waiting(3, 2, at_utc)
    paired = Status(Standing.PAIRED, url, "Head office, north gate", "Entrance 2", at_utc, agreed.Waiting(3, 0, at_utc))
    return {
        "central-alone": CentralPage(Status(Standing.ALONE), LATER),
        "central-address": CentralPage(Status(Standing.ALONE, url), LATER),
        "central-pairing": CentralPage(Status(Standing.ALONE, url, invitation=asked), LATER),
        "central-paired": CentralPage(paired, LATER),
        "central-fetching": CentralPage(replace(paired, progress=Progress(12_000, 100_000)), LATER),
        "central-away": CentralPage(replace(paired, trouble="sync-unreachable"), LATER),
        "central-rejected": CentralPage(replace(paired, waiting=rejected, letters=(letter,)), LATER),
        "central-revoked": CentralPage(Status(Standing.REVOKED, url), LATER),
    }


def _broken() -> dict[str, Screen]:
    faults: dict[str, Screen] = {
        f"out-of-order-{part.value}-{fault.value}": OutOfOrder((Trouble(part, True, fault),), Attract())
        for part, fault in words_faults.FAULTS
    }
    return faults | {
        f"out-of-order-{part.value}{'-lasting' if lasting else ''}": OutOfOrder((Trouble(part, lasting),), Attract())
        for part in PartName
        for lasting in (False, True)
    }
