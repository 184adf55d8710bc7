"""The visitor's answer: several good frames of one track vote, against the whole gallery or against a held-up pass.

Without a pass a visit gets at most one answer; each pass that is held up gets exactly one.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.domain.people import PassClaims
from kiosk.domain.scores import ScoreTable
from kiosk.domain.verdict import Decision, Observation, Outcome, Reason
from kiosk.identity.ballot import AGREEING_AT_LEAST, Ballot, Tally
from kiosk.identity.calibration import Level, Options, claim_level, open_level
from kiosk.identity.gallery import Gallery

TRACKS_REMEMBERED = 64
CANDIDATES = 2


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    reason: Reason
    tally: Tally | None = None
    threshold: float | None = None


@dataclass(slots=True)
class _Visit:
    """One track in front of the camera; its frames are counted anew when a pass is held up."""

    track: int | None = None
    ballot: Ballot = field(default_factory=Ballot)
    good_since: float | None = None


class Verifier:
    """Owns the state of the present visit; belongs to one thread. Raises BadSettings if the model can't serve."""

    def __init__(self, table: ScoreTable, options: Options, new_id: Callable[[], str]) -> None:
        self._table = table
        self._options = options
        self._new_id = new_id
        self._claim_level = claim_level(table, options)
        self._adopted: Options | None = None
        self._visit = _Visit()
        self._answered: deque[int] = deque(maxlen=TRACKS_REMEMBERED)
        self._claim: PassClaims | None = None
        self._claim_until = 0.0
        self._claim_settled = False

    def adopt(self, options: Options) -> None:
        """Be as sure as these settings say, from the next visit or pass on. Raises BadSettings."""
        claim_level(self._table, options)
        self._adopted = options

    def refit(self, table: ScoreTable) -> None:
        """Another model's scores from now on. Raises BadSettings where it can't serve; nothing is changed then.

        What was collected of the present visit is another model's and begins anew; who was answered stays answered.
        """
        options = self._options if self._adopted is None else self._adopted
        self._claim_level = claim_level(table, options)
        self._table, self._options, self._adopted = table, options, None
        self._visit = _Visit(track=self._visit.track)
        self._claim = None

    def reset(self) -> None:
        """Forget the visit and the pass."""
        self._visit = _Visit()
        self._answered.clear()
        self._claim = None

    def wants_sample(self, claim: PassClaims | None = None) -> bool:
        """Whether the next frame's face should be embedded."""
        return claim != self._claim or not self._is_quiet()

    def consider(self, observation: Observation, gallery: Gallery, claim: PassClaims | None = None) -> Decision | None:
        """The decision that this frame settles, or None.

        `claim` is what a valid pass says, given with every frame from its reading until the decision.
        """
        self._notice_claim(claim, observation)
        self._notice_track(observation)
        if self._is_quiet():
            return None
        self._change_level()
        answer = self._answer(observation, gallery, claim)
        if answer is None:
            return None
        self._claim_settled = claim is not None
        if observation.track is not None:
            self._answered.append(observation.track)
        return self._decision(answer, observation, claim)

    def _answer(self, observation: Observation, gallery: Gallery, claim: PassClaims | None) -> _Answer | None:
        has_more = self._collect(observation)
        if claim is not None:
            return self._check(gallery, claim, observation.taken_at)
        return self._search(gallery) if has_more else None

    def _change_level(self) -> None:
        if self._adopted is not None and not self._visit.ballot:
            self._options, self._adopted = self._adopted, None
            self._claim_level = claim_level(self._table, self._options)

    def _is_quiet(self) -> bool:
        return self._visit.track in self._answered if self._claim is None else self._claim_settled

    def _notice_claim(self, claim: PassClaims | None, observation: Observation) -> None:
        if claim == self._claim:
            return
        self._claim, self._claim_settled = claim, False
        self._claim_until = observation.taken_at + self._options.claim_wait_s
        self._visit = _Visit(track=self._visit.track)

    def _notice_track(self, observation: Observation) -> None:
        """A face that is hidden for a moment comes back under its track's number; another number is a new visit."""
        if observation.track not in (None, self._visit.track):
            self._visit = _Visit(track=observation.track)

    def _collect(self, observation: Observation) -> bool:
        """Keep what this frame has of the visitor; True if that is one more sample."""
        visit, sample = self._visit, observation.sample
        quality = observation.quality if sample is None else sample.quality
        if observation.track is None or quality is None or quality.advice is not None:
            return False
        visit.good_since = observation.taken_at if visit.good_since is None else visit.good_since
        if sample is None:
            return False
        visit.ballot = visit.ballot.with_sample(sample)
        return True

    def _search(self, gallery: Gallery) -> _Answer | None:
        """One against all."""
        ballot = self._visit.ballot
        if len(ballot) < AGREEING_AT_LEAST:
            return None
        level = open_level(self._table, gallery.size, self._options)
        if gallery.size and level is not None:
            return self._search_at(level, gallery)
        if len(ballot) < self._options.votes:
            return None
        if not gallery.size:
            return _Answer(Outcome.UNKNOWN, Reason.NOBODY_ENROLLED)
        return _Answer(Outcome.UNSURE, Reason.TOO_MANY_PEOPLE)

    def _search_at(self, level: Level, gallery: Gallery) -> _Answer | None:
        """The answer as it were without any correction, and when; a correction only turns a name into a refusal.

        So nobody gets in by a correction, be it as another person or by being looked at for longer.
        """
        nearest, *others = self._nearest(gallery, CANDIDATES)
        named = self._is_reached(nearest, level) and all(nearest.is_apart(other, level) for other in others)
        if named and not nearest.is_disowned(level):
            return _Answer(Outcome.RECOGNISED, Reason.FACE_MATCHES, nearest, level.threshold)
        if named or self._is_missed(nearest, level):
            return self._unnamed(level, gallery)
        return None

    def _unnamed(self, level: Level, gallery: Gallery) -> _Answer:
        """Why nobody is named, by the nearest of those whom staff did not say this face is not."""
        near = self._nearest(gallery, 1 + len(gallery.negatives))
        best = next((tally for tally in near if not tally.is_disowned(level)), None)
        if best is None or best.mean < level.loose:
            return _Answer(Outcome.UNKNOWN, Reason.NOBODY_SIMILAR, best, level.threshold)
        alike = self._is_reached(best, level)
        return _Answer(Outcome.UNSURE, Reason.TWO_ALIKE if alike else Reason.NOT_SURE_ENOUGH, best, level.threshold)

    def _nearest(self, gallery: Gallery, most: int) -> list[Tally]:
        """The people that come nearest, best first."""
        ballot = self._visit.ballot
        tallies = (ballot.tally(gallery, person) for person in ballot.rank(gallery, most))
        return [tally for tally in tallies if tally is not None]

    def _has_voted(self) -> bool:
        return len(self._visit.ballot) >= self._options.votes

    def _check(self, gallery: Gallery, claim: PassClaims, now: float) -> _Answer | None:
        """One against the person of the pass."""
        ballot, level = self._visit.ballot, self._claim_level
        if claim.template is None and claim.person not in gallery.places:
            return _Answer(Outcome.REFUSED, Reason.PASS_PERSON_GONE)
        late = now >= self._claim_until
        if len(ballot) < AGREEING_AT_LEAST:
            return _Answer(Outcome.REFUSED, Reason.PASS_WITHOUT_FACE) if late else None
        tally = self._claimed(gallery, claim)
        if tally is None:
            return _Answer(Outcome.REFUSED, Reason.PASS_PERSON_GONE)
        disowned = tally.is_disowned(level)
        if self._is_reached(tally, level) and not disowned:
            return _Answer(Outcome.VERIFIED, Reason.FACE_MATCHES_PASS, tally, level.threshold)
        if late or self._is_missed(tally, level) or (disowned and self._has_voted()):
            return _Answer(Outcome.REFUSED, Reason.FACE_NOT_OF_PASS, tally, level.threshold)
        return None

    def _claimed(self, gallery: Gallery, claim: PassClaims) -> Tally | None:
        """How the face scores with the pass: with the template it carries, else with those of its person."""
        if claim.template is not None:
            return self._visit.ballot.tally_with(claim.template)
        return self._visit.ballot.tally(gallery, claim.person)

    def _is_reached(self, tally: Tally, level: Level) -> bool:
        enough = len(tally.scores) >= self._options.votes
        return tally.is_clear(level) or (enough and tally.reaches(level.threshold))

    def _is_missed(self, tally: Tally, level: Level) -> bool:
        """Whether to stop looking: all votes say no, or a doubtful face had all its attempts."""
        seen = len(tally.scores)
        if seen >= max(self._options.attempts, self._options.votes):
            return True
        return seen >= self._options.votes and tally.is_hopeless(level)

    def _decision(self, answer: _Answer, observation: Observation, claim: PassClaims | None) -> Decision:
        since = self._visit.good_since
        named = answer.tally if answer.outcome in (Outcome.RECOGNISED, Outcome.VERIFIED) else None
        return Decision(
            id=self._new_id(),
            outcome=answer.outcome,
            reason=answer.reason,
            taken_at=observation.taken_at,
            latency_s=0.0 if since is None else observation.taken_at - since,
            person=(named.person or None) if named else None,
            similarity=answer.tally.mean if answer.tally else None,
            threshold=answer.threshold,
            pass_id=claim.pass_id if claim and claim.template is None else None,
            probe=None if answer.threshold is None else self._visit.ballot.probe(),
        )
