"""Histories for the screens: events as they happen, one after another, on a clock that only these tests move."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from kiosk.domain.site import PrivacyNotice
from kiosk.domain.verdict import Decision, Observation, Outcome, Quality, Reason
from kiosk.screens import samples
from kiosk.screens.events import (
    Alike,
    Button,
    Checked,
    Decided,
    Disowned,
    Enrolled,
    Erased,
    Event,
    Failed,
    Fault,
    LevelsListed,
    Likeness,
    PartDown,
    PartName,
    PartUp,
    PassCarried,
    PassIssued,
    PassRead,
    PeopleListed,
    PinAccepted,
    PinWrong,
    Pressed,
    Readmitted,
    Saw,
    Tick,
    VisitsListed,
)
from kiosk.screens.flow import Moment, State, advance, first_state
from kiosk.screens.intents import Intent
from kiosk.screens.states import Screen

BEGIN = datetime(2025, 3, 4, 9, tzinfo=UTC)
GOOD = Quality(80, 300, 0.5, 0.2, 0, 0, 0, 0, None)


@dataclass
class Session:
    """The screens from their first state on; remembers every intent."""

    state: State = field(default_factory=lambda: first_state(True))
    seconds: float = 0.0
    intents: list[Intent] = field(default_factory=list)
    keeps_pictures: bool = True
    notice: PrivacyNotice | None = None

    @property
    def screen(self) -> Screen:
        return self.state.screen

    @property
    def now(self) -> Moment:
        utc = BEGIN + timedelta(seconds=self.seconds)
        return Moment(1000.0 + self.seconds, utc, self.keeps_pictures, self.notice)

    def happens(self, *events: Event) -> "Session":
        for event in events:
            step = advance(self.state, event, self.now)
            self.state = step.state
            self.intents += step.intents
        return self

    def press(self, *buttons: Button) -> "Session":
        return self.happens(*(Pressed(button) for button in buttons))

    def types(self, button: Button, text: str) -> "Session":
        return self.happens(*(Pressed(button, letter) for letter in text))

    def waits(self, seconds: float, every: float = 1.0) -> "Session":
        until = self.seconds + seconds
        while self.seconds < until:
            self.seconds = min(self.seconds + every, until)
            self.happens(Tick())
        return self

    def staff(self) -> "Session":
        """Past the PIN, to the menu."""
        return self.press(Button.STAFF).types(Button.DIGIT, "2468").press(Button.OK).happens(PinAccepted())

    def to_capture(self, name: str = "Ada") -> "Session":
        self.staff().press(Button.ENROL, Button.AGREE)
        return self.types(Button.KEY, name).press(Button.OK)

    def captures(self) -> "Session":
        """Every prompt is followed, until the duplicate check is asked for."""
        for _ in range(30):
            self.seconds += 7.0
            self.happens(saw(1, sampled=True))
        return self


def saw(track: int | None, sampled: bool = False) -> Saw:
    sample = samples.sample() if sampled else None
    quality = None if track is None else GOOD
    return Saw(
        Observation(0.0, track, None if track is None else samples.FACE, quality, sample, int(track is not None))
    )


def decided(outcome: Outcome = Outcome.UNKNOWN, reason: Reason = Reason.NOBODY_SIMILAR) -> Decided:
    named = outcome in (Outcome.RECOGNISED, Outcome.VERIFIED)
    return Decided(Decision("d1", outcome, reason, 0.0, 0.1, "p1" if named else None), "Ada" if named else None)


SOMEBODY = samples.person("Ada Lovelace")
ALIKE = Likeness(SOMEBODY, Alike.DUPLICATE)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Pressed, st.sampled_from(Button), st.sampled_from(["", "1", "7", "a", " ", "p1"])),
    st.sampled_from([saw(None), saw(1), saw(2), saw(1, sampled=True)]),
    st.sampled_from([decided(samples.OUTCOMES[reason], reason) for reason in samples.OUTCOMES]),
    st.builds(PassRead, st.floats(900, 1100)),
    st.sampled_from([PinAccepted(), PinWrong(0.0), PinWrong(30.0), Checked(None), Checked(ALIKE)]),
    st.sampled_from([Enrolled(SOMEBODY, "FK1:X", 8), PassIssued(SOMEBODY, "FK1:X", 8), Erased(), Failed("no")]),
    st.sampled_from([PeopleListed(()), PeopleListed((SOMEBODY,) * 9), Tick()]),
    st.sampled_from(
        [PassCarried("FK1:X", 8), VisitsListed((samples.visit(),)), Disowned(SOMEBODY, "n1"), Readmitted()]
    ),
    st.just(LevelsListed(samples.level_costs())),
    st.builds(PartDown, st.sampled_from(PartName), st.booleans(), st.sampled_from(Fault)),
    st.builds(PartUp, st.sampled_from(PartName)),
)
