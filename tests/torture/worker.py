"""A process that uses a store at full speed until it is killed; it says what is done, after it is done.

python -m tests.torture.worker FOLDER SEED: a line of JSON on stdout for each act that returned.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kiosk.domain.verdict import Aftermath
from kiosk.runtime.clock import SystemClock
from kiosk.store import Store
from tests.store.making import NOON, a_decision, an_embedding, somebody

UNTIL = NOON + timedelta(days=36500)


def acts(store: Store, dice: random.Random) -> Iterator[list[str]]:
    """Do one thing after another; each is yielded when it has returned."""
    enrolled: list[str] = []
    while True:
        kind = dice.choice(("enrol", "decide", "decide", "spend", "erase"))
        number = f"{dice.getrandbits(80):020x}"
        if kind == "enrol":
            number = store.people.enrol(somebody(f"Visitor {number}", an_embedding(dice.randrange(2**32))), NOON).id
            enrolled.append(number)
        elif kind == "decide":
            store.journal.record(a_decision(number), NOON)
        elif kind == "spend":
            spent = Aftermath(spent=number, spent_until_utc=UNTIL)
            store.journal.record(replace(a_decision(f"used-{number}"), pass_id=None), NOON, spent)
        elif enrolled:
            number = enrolled.pop(dice.randrange(len(enrolled)))
            store.people.erase(number, NOON)
        else:
            continue
        yield [kind, number]


def main() -> None:
    """Never ends by itself."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    with Store.open(folder, SystemClock(), environ={}) as store:
        for done in acts(store, random.Random(seed)):
            sys.stdout.write(json.dumps(done) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
