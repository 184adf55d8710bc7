"""The figures of `kiosk evaluate trust` as JSON and as text."""

from collections.abc import Sequence
from dataclasses import asdict

from kiosk.evaluation.door import DoorRow
from kiosk.evaluation.trust import MarginRow, NegativeRow, Trust


def trust_fields(found: Trust, door: Sequence[DoorRow]) -> dict[str, object]:
    """Everything measured."""
    return {
        "misses": {"score": list(found.misses.score), "fnmr": list(found.misses.fnmr)},
        "margins": [asdict(row) for row in found.margins],
        "corrections": [asdict(row) for row in found.corrections],
        "margin_factor": found.factor,
        "door": [asdict(row) for row in door],
    }


def trust_text(found: Trust, door: Sequence[DoorRow]) -> str:
    """Four tables."""
    lines = ["Known visitors missed, three pictures enrolled and three that vote:"]
    lines += [
        f"  score {score:.5f}  {100 * fnmr:7.2f} %"
        for score, fnmr in zip(found.misses.score, found.misses.fnmr, strict=True)
    ]
    lines.append("The margin to the second best person (two pictures enrolled, one comes back):")
    lines += [_margin(row) for row in found.margins]
    lines.append(f"'Not this person' with a margin of {found.factor:g}, one correction at a time:")
    lines += [_correction(row) for row in found.corrections]
    lines.append("At the door, as this kiosk is set (three pictures enrolled, the others come back):")
    lines += [_door(row) for row in door]
    return "\n".join(lines)


def _door(row: DoorRow) -> str:
    return (
        f"  {row.people:>4} people: known visitors recognised {row.recognised} of {row.known}, asked for the pass "
        f"{row.asked}, taken for somebody else {row.wrong}; strangers named {row.strangers_named} of {row.strangers}, "
        f"asked for the pass {row.strangers_asked}"
    )


def _margin(row: MarginRow) -> str:
    return (
        f"  level {row.rate:g}, factor {row.factor:<4g} strangers named {row.strangers_named:>4} of {row.strangers}, "
        f"known recognised {row.recognised} of {row.known}, taken for somebody else {row.wrong}"
    )


def _correction(row: NegativeRow) -> str:
    return (
        f"  level {row.rate:g}: {row.corrections} corrections; the stranger's other pictures matched "
        f"{row.stranger_before}, now {row.stranger_after}; the person's own {row.person_before}, now {row.person_after}"
    )
