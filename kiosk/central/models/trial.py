"""`python -m kiosk.central.models.trial PATH`: tries a model file out, and says in JSON what it found.

Confined before numpy and the runtime are imported: they start threads, which could not be confined afterwards.
"""

import sys

from kiosk.central.models.sandbox import Limits, confine

LIMITS = Limits(memory_mb=3000, processor_s=60)


def main() -> None:
    """Confine this process, then look at the file that its one argument names; the recipe is on standard input."""
    is_offline = confine(LIMITS)
    from kiosk.central.models.checking import check

    sys.stdout.write(check(sys.argv[1], sys.stdin.read(), is_offline).model_dump_json())


if __name__ == "__main__":
    main()
