"""What a similarity means: the false match rate behind each score, measured for one embedding model."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MissTable:
    """Share of genuine visits that fall short of each score (FNMR); both rise."""

    score: tuple[float, ...]
    fnmr: tuple[float, ...]

    def __post_init__(self) -> None:
        rows = tuple(zip(self.score, self.fnmr, strict=True))
        if len(rows) < 2:
            raise ValueError("a table of misses needs two rows or more")
        if any(not 0 <= fnmr <= 1 for fnmr in self.fnmr):
            raise ValueError("rates of misses lie between 0 and 1")
        if any(b[0] <= a[0] or b[1] < a[1] for a, b in zip(rows, rows[1:], strict=False)):
            raise ValueError("scores must rise, and misses must not fall")

    def fnmr_at(self, score: float) -> float:
        """The share of genuine visits missed where that score is demanded, between the first and the last row's."""
        if score <= self.score[0]:
            return self.fnmr[0]
        for i in range(1, len(self.score)):
            if score <= self.score[i]:
                share = (score - self.score[i - 1]) / (self.score[i] - self.score[i - 1])
                return self.fnmr[i - 1] + share * (self.fnmr[i] - self.fnmr[i - 1])
        return self.fnmr[-1]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores (cosines) that impostor pairs reach or pass at each false match rate (FMR, per comparison).

    `fmr` falls, `score` rises; between two entries the score is linear in log10(FMR). The table ends
    where the measurement ends: nothing is extrapolated towards stricter rates.
    """

    fmr: tuple[float, ...]
    score: tuple[float, ...]

    def __post_init__(self) -> None:
        rows = tuple(zip(self.fmr, self.score, strict=True))
        if len(rows) < 2:
            raise ValueError("a score table needs two rows or more")
        if any(not 0 < fmr <= 1 for fmr in self.fmr):
            raise ValueError("false match rates lie above 0 and up to 1")
        if any(b[0] >= a[0] or b[1] <= a[1] for a, b in zip(rows, rows[1:], strict=False)):
            raise ValueError("false match rates must fall while scores rise")

    @property
    def strictest(self) -> float:
        """The lowest false match rate that this table can promise."""
        return self.fmr[-1]

    def threshold(self, fmr: float) -> float | None:
        """The score to demand for at most `fmr`; None where the model was not measured that far."""
        if fmr < self.fmr[-1] * (1 - 1e-9):
            return None
        if fmr >= self.fmr[0]:
            return self.score[0]
        for i in range(1, len(self.fmr)):
            if fmr >= self.fmr[i] * (1 - 1e-9):
                return self._between(i, math.log10(fmr))
        return None

    def fmr_of(self, score: float) -> float:
        """The false match rate at that score, never below `strictest` nor above the loosest row."""
        if score <= self.score[0]:
            return self.fmr[0]
        if score >= self.score[-1]:
            return self.fmr[-1]
        i = next(i for i in range(1, len(self.score)) if score <= self.score[i])
        share = (score - self.score[i - 1]) / (self.score[i] - self.score[i - 1])
        low, high = math.log10(self.fmr[i - 1]), math.log10(self.fmr[i])
        return float(10 ** (low + share * (high - low)))

    def _between(self, i: int, log_fmr: float) -> float:
        low, high = math.log10(self.fmr[i - 1]), math.log10(self.fmr[i])
        share = (log_fmr - low) / (high - low)
        return self.score[i - 1] + share * (self.score[i] - self.score[i - 1])
