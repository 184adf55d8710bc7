"""What it costs to watch a camera and to feel the store: milliseconds, of the middle and of one in a hundred."""

import sys
import tempfile
import timeit
from pathlib import Path

import numpy as np

from kiosk.cameras.frames import make_frame
from kiosk.cameras.watch import flaw_of
from kiosk.runtime.clock import SystemClock
from kiosk.store import Store

ROUNDS = 1000


def main() -> None:
    """Print both."""
    chance = np.random.default_rng(1)
    one, two = (make_frame(chance.integers(0, 256, (720, 1280, 3), dtype=np.uint8), 320, 1.0, 1) for _ in range(2))
    _say("a 1280x720 picture watched", timeit.repeat(lambda: flaw_of(one, two, 2.0), number=1, repeat=ROUNDS))
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store", SystemClock()) as store:
        _say("the store felt", timeit.repeat(store.pulse.feel, number=1, repeat=ROUNDS))
        _say("the store proved by a write", timeit.repeat(store.pulse.prove, number=1, repeat=ROUNDS // 10))


def _say(what: str, seconds: list[float]) -> None:
    middle, slow = (1000 * float(np.quantile(seconds, share)) for share in (0.5, 0.99))
    sys.stdout.write(f"{what}: {middle:.3f} ms, one in a hundred {slow:.3f} ms\n")


if __name__ == "__main__":
    main()
