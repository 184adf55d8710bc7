"""From the rates a site accepts to the scores to demand: no threshold in the kiosk is a bare number."""

from dataclasses import dataclass, replace

from kiosk.domain.errors import BadSettings
from kiosk.domain.options import option
from kiosk.domain.scores import ScoreTable
from kiosk.domain.trust import Levels, Strictness


@dataclass(frozen=True, slots=True)
class Options:
    """How sure the kiosk must be, and how long it looks before it answers."""

    level: Strictness = option(
        Strictness.NORMAL,
        "How many strangers are taken for somebody enrolled, however many are: 1 in 1,000, 10,000 or 100,000.",
    )
    pass_level: Strictness = option(
        Strictness.STRICT,
        "How many wrong faces pass with somebody else's QR pass: 1 in 1,000, 10,000 or 100,000.",
    )
    unsure_factor: float = option(
        10.0, "Scores short of the level, but within one this many times looser, are 'unsure'.", low=1, high=1000
    )
    clear_factor: float = option(
        10.0, "Two frames settle it when both reach a level this many times stricter.", low=1, high=1000
    )
    margin_factor: float = option(
        5.0,
        "The nearest person must beat the second nearest by as much as lies between the level and one this many times "
        "looser; 1: by nothing.",
        low=1,
        high=1000,
    )
    votes: int = option(3, "Good frames that must agree.", low=2, high=10)
    attempts: int = option(6, "Good frames after which a doubtful face gets its answer.", low=2, high=30)
    claim_wait_s: float = option(12.0, "How long a valid pass waits for its face.", low=3, high=60, unit="s")
    duplicates_fmr: float = option(
        1e-2, "At enrolment, warn of a lookalike at this false match rate over the gallery.", low=1e-6, high=0.5
    )
    same_face_fmr: float = option(
        1e-2, "Enrolment frames this unlike each other are taken for two people.", low=1e-6, high=0.5
    )


@dataclass(frozen=True, slots=True)
class Level:
    """Scores to demand of one comparison: `threshold` to admit, `loose` to be unsure, `clear` to be quick.

    `margin` is by how much a person must beat every rival: the next person, and each face that staff said is not
    them. `clear` is None where the model was not measured that far: then nothing is decided early.
    """

    threshold: float
    loose: float
    clear: float | None
    margin: float = 0.0


def open_threshold(table: ScoreTable, gallery_size: int, options: Options) -> float | None:
    """The score that names somebody among `gallery_size` templates.

    Each comparison gets its share of the level's rate (a union bound); None where the gallery is too
    large for the model at that level.
    """
    return table.threshold(options.level.rate / max(1, gallery_size))


def open_level(table: ScoreTable, gallery_size: int, options: Options) -> Level | None:
    """The scores of a search (1:N); None where the gallery is too large for the model."""
    return _level(table, options.level.rate / max(1, gallery_size), options)


def claim_level(table: ScoreTable, options: Options) -> Level:
    """The scores against a claimed identity (1:1). Raises BadSettings where the model can't promise that rate."""
    level = _level(table, options.pass_level.rate, options)
    if level is None:
        raise BadSettings(
            f'identity.pass_level = "{options.pass_level.value}" is stricter than this model was measured '
            f"(1 in {1 / table.strictest:,.0f}); choose a level below it."
        )
    return level


def claim_threshold(table: ScoreTable, options: Options) -> float:
    """The score that verifies a face against a pass. Raises BadSettings where the model can't promise that rate."""
    return claim_level(table, options).threshold


def _level(table: ScoreTable, fmr: float, options: Options) -> Level | None:
    threshold = table.threshold(fmr)
    if threshold is None:
        return None
    loose = table.threshold(min(1.0, fmr * options.unsure_factor))
    rival = table.threshold(min(1.0, fmr * options.margin_factor))
    return Level(
        threshold,
        loose=threshold if loose is None else loose,
        clear=table.threshold(fmr / options.clear_factor),
        margin=0.0 if rival is None else threshold - rival,
    )


def levels_of(options: Options) -> Levels:
    """The two levels of these settings."""
    return Levels(options.level, options.pass_level)


def with_levels(options: Options, levels: Levels) -> Options:
    """The same settings at other levels."""
    return replace(options, level=levels.search, pass_level=levels.claim)
