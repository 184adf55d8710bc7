"""Scores in words: how many strangers look this alike. People never see a raw cosine."""

from kiosk.domain.scores import ScoreTable

HALF = 0.4


def odds(score: float, table: ScoreTable) -> str:
    """`score` as a share of strangers, such as "about 1 in 4,000 strangers look this alike"."""
    fmr = table.fmr_of(score)
    if fmr >= min(table.fmr[0], HALF):
        return "many strangers look this alike"
    share = f"1 in {_rounded(1 / fmr):,} strangers"
    if score > table.score[-1]:
        return f"fewer than {share} look this alike"
    return f"about {share} look this alike"


def one_in(rate: float) -> str:
    """A rate as "1 in 10,000"."""
    return f"1 in {_rounded(1 / rate):,}"


def _rounded(number: float) -> int:
    """To two leading digits: more would claim more than was measured."""
    return int(float(f"{number:.1e}"))
