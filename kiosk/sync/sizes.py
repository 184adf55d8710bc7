"""How much is sent or asked for at once: less after each few failures, so that what can't be dealt with is found."""

from dataclasses import dataclass

PATIENCE = 3


@dataclass(slots=True)
class Size:
    """From `most` down to one. Halved when the same thing failed `PATIENCE` times, and then with each failure."""

    most: int
    now: int = 0
    failures: int = 0

    def __post_init__(self) -> None:
        self.now = self.most

    @property
    def is_alone(self) -> bool:
        """Whether a single one was tried, and failed `PATIENCE` times: it is the one that can't be dealt with."""
        return self.now == 1 and self.failures >= PATIENCE

    def fail(self, *, surely: bool = False) -> None:
        """It failed once more; `surely`: it would again."""
        self.failures = PATIENCE if surely else self.failures + 1
        if self.now > 1 and self.failures >= PATIENCE:
            self.now = max(1, self.now // 2)
            self.failures = PATIENCE - 1 if self.now > 1 else 0

    def succeed(self) -> None:
        """It went through: more at once, up to all again."""
        self.now, self.failures = min(self.most, self.now * 2), 0
