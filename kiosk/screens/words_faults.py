"""What is said of a part that does not work: to a visitor in one friendly sentence, to staff in a small line."""

from dataclasses import dataclass
from itertools import product

from kiosk.screens.events import Fault, PartName


@dataclass(frozen=True, slots=True)
class Outage:
    """What is wrong, what it means for a visitor (while it is tried again, and when it needs a person), and what
    staff can do about it.
    """

    title: str
    staff: str
    trying: str = "It is being tried again. You may wait a moment, or ask staff."
    lasting: str = "Please ask staff to let you in."


_LOG = "Staff: if it stays like this, start the kiosk again; its log says why."
_BUSY = "One moment, please"

OUTAGES = {
    PartName.CAMERA: Outage("The camera is not answering", "Staff: check the camera's cable and plug."),
    PartName.VISION: Outage("The kiosk can't see at the moment", _LOG),
    PartName.STORE: Outage("The kiosk can't reach its memory", _LOG),
}

FAULTS = {
    (PartName.CAMERA, Fault.FROZEN): Outage(
        "The camera's picture stands still", "Staff: unplug the camera and plug it in again."
    ),
    (PartName.CAMERA, Fault.BLIND): Outage(
        "The camera sees nothing",
        "Staff: look at the camera's lens, then at its cable.",
        "Is something covering it, or shining into it?",
    ),
    (PartName.CAMERA, Fault.DEFECT): Outage("The camera is not answering", _LOG),
    (PartName.VISION, Fault.SLOW): Outage(_BUSY, _LOG, "The kiosk is busy."),
    (PartName.VISION, Fault.BUSY): Outage(_BUSY, _LOG, "The kiosk's memory is in use."),
    (PartName.VISION, Fault.DAMAGED): Outage(
        "The kiosk can't see at the moment", "Staff: a model file is missing or altered; install the kiosk again."
    ),
    (PartName.STORE, Fault.BUSY): Outage(
        _BUSY,
        "Staff: if it stays like this, another program holds the kiosk's data.",
        "The kiosk's memory is in use.",
        "The kiosk's memory is in use. Please ask staff to let you in.",
    ),
    (PartName.STORE, Fault.FULL): Outage(
        "The kiosk's memory is full", "Staff: the memory card is full; free some space."
    ),
    (PartName.STORE, Fault.UNWRITABLE): Outage(
        "The kiosk can't write its memory", "Staff: the memory card is write-protected or worn out."
    ),
    (PartName.STORE, Fault.FAILING): Outage(
        "The kiosk's memory is failing", "Staff: the memory card answers with errors; replace it."
    ),
    (PartName.STORE, Fault.DAMAGED): Outage(
        "The kiosk's memory is damaged", "Staff: the store must be restored from a backup."
    ),
    (PartName.STORE, Fault.WRONG_KEY): Outage(
        "The kiosk can't open its memory", "Staff: the key of the store is missing or wrong."
    ),
    (PartName.STORE, Fault.TOO_NEW): Outage(
        "The kiosk is older than its memory", "Staff: install the newer version again."
    ),
}


def outage(part: PartName, fault: Fault) -> Outage:
    """What to say of a part with that fault; what holds for the part where no other words would help."""
    return FAULTS.get((part, fault), OUTAGES[part])


def every_outage() -> dict[tuple[PartName, Fault], Outage]:
    """All that can be said, once for each part and fault."""
    return {(part, fault): outage(part, fault) for part, fault in product(PartName, Fault)}
