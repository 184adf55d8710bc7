"""`python -m kiosk.central.models.embedding MODEL MODELS KIND`: vectors of photographs, by a model that is measured.

Confined as a trial is. MODELS is the folder with the detector and the mesh; KIND says whether what comes are
photographs, or chips, in which the face is cut out already. On standard input comes the recipe,
then photographs, each with its length in front; each is answered by one vector, of nothing where no face is found.
"""

import struct
import sys
from pathlib import Path
from typing import BinaryIO

from kiosk.central.models.sandbox import Limits, confine

LIMITS = Limits(memory_mb=4000, processor_s=6 * 3600)
LENGTH = struct.Struct("<I")
PHOTOGRAPHS, CHIPS = "photographs", "chips"


def main() -> None:
    """Confine this process, then answer until the other side is gone."""
    confine(LIMITS)
    from kiosk.central.models.embedder import open_eyes
    from kiosk.central.models.messages import Recipe

    given, answers = sys.stdin.buffer, sys.stdout.buffer
    eyes = open_eyes(Path(sys.argv[1]), Path(sys.argv[2]), Recipe.model_validate_json(_next(given) or b""))
    while (picture := _next(given)) is not None:
        vector = eyes.chip_vector(picture) if sys.argv[3] == CHIPS else eyes.vector(picture)
        answers.write(LENGTH.pack(len(vector)) + vector)
        answers.flush()


def _next(stream: BinaryIO) -> bytes | None:
    """The next message; None when there will be no more."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


if __name__ == "__main__":
    main()
