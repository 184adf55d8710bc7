"""From the rates a site accepts to the scores to demand: no threshold in the kiosk is a bare number."""

from dataclasses import dataclass

from kiosk.domain.errors import BadSettings
from kiosk.domain.options import option
from kiosk.domain.scores import ScoreTable


@dataclass(frozen=True, slots=True)
class Options:
    """How sure the kiosk must be, and how long it looks before it answers."""

    strangers_named: float = option(
        1e-3, "Share of strangers that may be taken for somebody enrolled, however many are.", low=1e-6, high=0.1
    )
    one_to_one_fmr: float = option(
        1e-4, "Share of wrong faces that may pass with somebody else's QR pass.", low=1e-6, high=0.1
    )
    unsure_factor: float = option(
        10.0, "Scores short of the level, but within one this many times looser, are 'unsure'.", low=1, high=1000
    )
    clear_factor: float = option(
        10.0, "Two frames settle it when both reach a level this many times stricter.", low=1, high=1000
    )
    margin: float = option(
        0.0, "By how much the nearest person must lie above the second nearest (cosine).", low=0, high=0.5
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

    `clear` is None where the model was not measured that far: then nothing is decided early.
    """

    threshold: float
    loose: float
    clear: float | None


def open_threshold(table: ScoreTable, gallery_size: int, options: Options) -> float | None:
    """The score that names somebody among `gallery_size` templates.

    Each comparison gets its share of `strangers_named` (a union bound); None where the gallery is too
    large for the model at that level.
    """
    return table.threshold(options.strangers_named / max(1, gallery_size))


def open_level(table: ScoreTable, gallery_size: int, options: Options) -> Level | None:
    """The scores of a search (1:N); None where the gallery is too large for the model."""
    return _level(table, options.strangers_named / max(1, gallery_size), options)


def claim_level(table: ScoreTable, options: Options) -> Level:
    """The scores against a claimed identity (1:1). Raises BadSettings where the model can't promise that rate."""
    level = _level(table, options.one_to_one_fmr, options)
    if level is None:
        raise BadSettings(
            f"identity.one_to_one_fmr = {options.one_to_one_fmr:g} is stricter than this model was measured; "
            f"set it to {table.strictest:g} or more."
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
    return Level(threshold, threshold if loose is None else loose, table.threshold(fmr / options.clear_factor))
