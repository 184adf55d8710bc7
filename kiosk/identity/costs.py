"""What each level costs with this gallery and this traffic: strangers let through, visitors asked again."""

from dataclasses import dataclass, replace

from kiosk.domain.scores import MissTable, ScoreTable
from kiosk.domain.trust import Cost, LevelCosts, Strictness, Traffic
from kiosk.identity.calibration import Options, levels_of, open_threshold

MONTH_DAYS = 30.0
SHORTEST_DAYS = 1.0


@dataclass(frozen=True, slots=True)
class Tables:
    """What was measured of one model: the rate of false matches at each score, and of misses where known."""

    matches: ScoreTable
    misses: MissTable | None = None


def level_costs(tables: Tables, options: Options, size: int, traffic: Traffic) -> LevelCosts:
    """The costs of every level for searching among `size` templates and for passes.

    For passes the false accepts are those to expect if every pass held up were somebody else's.
    """
    strangers, claims = a_month(traffic.unnamed, traffic.days), a_month(traffic.claims, traffic.days)
    return LevelCosts(
        levels_of(options),
        search=tuple(_search(tables, replace(options, level=one), size, strangers) for one in Strictness),
        claim=tuple(_cost(tables, one, tables.matches.threshold(one.rate), 1, claims) for one in Strictness),
        templates=size,
        strangers_month=strangers,
        claims_month=claims,
    )


def a_month(count: int, days: float) -> float | None:
    """So many in `days` are so many in a month; None where less than a day was recorded."""
    return None if days < SHORTEST_DAYS else count * MONTH_DAYS / days


def _search(tables: Tables, options: Options, size: int, strangers: float | None) -> Cost:
    return _cost(tables, options.level, open_threshold(tables.matches, size, options), size, strangers)


def _cost(tables: Tables, level: Strictness, threshold: float | None, size: int, visits: float | None) -> Cost:
    if threshold is None:
        return Cost(level, None if visits is None else 0.0, None, possible=False)
    reached = min(1.0, tables.matches.fmr_of(threshold) * size)
    misses = None if tables.misses is None else tables.misses.fnmr_at(threshold)
    return Cost(level, None if visits is None else visits * min(reached, level.rate), misses)
