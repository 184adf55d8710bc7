"""What happened in the demo: one line a step for machines, one table at the end for people."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: what was done, what should come of it, what came, and the picture of the screen."""

    step: str
    expected: str
    got: str
    ok: bool
    latency_ms: float | None
    screenshot: str

    def line(self) -> dict[str, object]:
        """The step as one JSON object."""
        return {"type": "step", **asdict(self)}


def table(steps: list[Step]) -> str:
    """The steps as a text table; latencies run from the first usable frame to the decision."""
    head = ("", "what happened", "expected", "got", "latency")
    rows = [head, *((_mark(s), s.step, s.expected, s.got, _latency(s)) for s in steps)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]])


def _mark(step: Step) -> str:
    return "✓" if step.ok else "✗"


def _latency(step: Step) -> str:
    return "" if step.latency_ms is None else f"{step.latency_ms:.0f} ms"
