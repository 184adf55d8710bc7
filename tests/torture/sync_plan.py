"""What happens in one history: a list of acts drawn from a seed, each small and harmless to leave out."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """Who does what; `k` chooses the kiosk, `p` whom or what it is about, `luck` how."""

    RUN = "run"
    STEP = "step"
    PAIR = "pair"
    CLAIM = "claim"
    ENROL = "enrol"
    MORE_FACES = "more-faces"
    RENAME = "rename"
    ERASE = "erase"
    ISSUE = "issue"
    REVOKE_PASS = "revoke-pass"
    SPEND = "spend"
    DECIDE = "decide"
    ROLL_KEY = "roll-key"
    DROP_KEY = "drop-key"
    RESTART = "restart"
    KILL = "kill"
    CARD_FAILS = "card-fails"
    COMMAND = "command"
    COPY_CARD = "copy-card"
    PUT_CARD_BACK = "put-card-back"
    CLOCK = "clock"
    UNPAIR = "unpair"
    NETWORK_DOWN = "network-down"
    NETWORK_UP = "network-up"
    NETWORK_BAD = "network-bad"
    WAKE = "wake"
    CREATE = "central-create"
    EDIT = "central-edit"
    DISABLE = "central-disable"
    MOVE = "central-move"
    MERGE = "central-merge"
    CENTRAL_ERASE = "central-erase"
    CENTRAL_ISSUE = "central-issue"
    CENTRAL_REVOKE_PASS = "central-revoke-pass"
    CENTRAL_ROLL_KEY = "central-roll-key"
    POLICY = "central-policy"
    NOTICE = "central-notice"
    REVOKE_KIOSK = "central-revoke-kiosk"
    MOVE_KIOSK = "central-move-kiosk"
    BACK_UP = "central-back-up"
    RESTORE = "central-restore"


WEIGHTS: dict[Verb, float] = {
    Verb.RUN: 12,
    Verb.STEP: 8,
    Verb.PAIR: 3,
    Verb.CLAIM: 1,
    Verb.ENROL: 8,
    Verb.MORE_FACES: 2.5,
    Verb.RENAME: 4,
    Verb.ERASE: 2.5,
    Verb.ISSUE: 3,
    Verb.REVOKE_PASS: 2,
    Verb.SPEND: 2,
    Verb.DECIDE: 4,
    Verb.ROLL_KEY: 0.5,
    Verb.DROP_KEY: 0.4,
    Verb.RESTART: 1.2,
    Verb.KILL: 4,
    Verb.CARD_FAILS: 3,
    Verb.COMMAND: 2,
    Verb.COPY_CARD: 1,
    Verb.PUT_CARD_BACK: 1.2,
    Verb.CLOCK: 1,
    Verb.UNPAIR: 1,
    Verb.NETWORK_DOWN: 1.5,
    Verb.NETWORK_UP: 2,
    Verb.NETWORK_BAD: 4,
    Verb.WAKE: 3,
    Verb.CREATE: 2,
    Verb.EDIT: 3,
    Verb.DISABLE: 1.5,
    Verb.MOVE: 1,
    Verb.MERGE: 1.5,
    Verb.CENTRAL_ERASE: 2,
    Verb.CENTRAL_ISSUE: 1.5,
    Verb.CENTRAL_REVOKE_PASS: 1.5,
    Verb.CENTRAL_ROLL_KEY: 0.2,
    Verb.POLICY: 1,
    Verb.NOTICE: 1,
    Verb.REVOKE_KIOSK: 0.7,
    Verb.MOVE_KIOSK: 0.8,
    Verb.BACK_UP: 1.6,
    Verb.RESTORE: 1.2,
}
MOST = 2**20


@dataclass(frozen=True, slots=True)
class Act:
    """One act."""

    verb: Verb
    k: int = 0
    p: int = 0
    luck: float = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """A history: how many kiosks at how many sites, and what happens. `seed` is for what the network does."""

    seed: int
    kiosks: int
    sites: int
    acts: tuple[Act, ...]

    def without(self, begin: int, end: int) -> "Plan":
        return Plan(self.seed, self.kiosks, self.sites, self.acts[:begin] + self.acts[end:])


def drawn(seed: int) -> Plan:
    """The history of that seed."""
    dice = random.Random(f"history {seed}")
    kiosks, sites = dice.choice((2, 2, 3, 3, 4)), dice.choice((1, 1, 2))
    verbs = dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=dice.randint(8, 36))
    acts = [Act(Verb.PAIR, k) for k in range(kiosks) if dice.random() < 0.8]
    acts += [Act(verb, dice.randrange(MOST), dice.randrange(MOST), dice.random()) for verb in verbs]
    return Plan(seed, kiosks, sites, tuple(acts))


def written() -> tuple[Plan, ...]:
    """Histories that somebody thought of: two kiosks, no fault, and one thing that is easily done wrong."""
    run, here, there = Act(Verb.RUN, luck=0.9), 0, 1
    down, up = Act(Verb.NETWORK_DOWN, here), Act(Verb.NETWORK_UP, here)
    begun = (Act(Verb.PAIR, here), Act(Verb.PAIR, there), Act(Verb.ENROL, here, p=1), run)
    told = (
        (Act(Verb.BACK_UP), Act(Verb.ERASE, here), run, Act(Verb.RESTORE), run),
        (Act(Verb.BACK_UP), Act(Verb.CENTRAL_ERASE), run, Act(Verb.RESTORE), run),
        (Act(Verb.BACK_UP), Act(Verb.ENROL, here), run, Act(Verb.RESTORE), run),
        (Act(Verb.ISSUE, here, luck=0.1), Act(Verb.BACK_UP), Act(Verb.SPEND, here), run, Act(Verb.RESTORE), run),
        (Act(Verb.BACK_UP), Act(Verb.ISSUE, here, luck=0.1), run, Act(Verb.RESTORE), Act(Verb.SPEND, here), run),
        (down, Act(Verb.RENAME, here), Act(Verb.EDIT, luck=0.1), up),
        (Act(Verb.NETWORK_DOWN, there), Act(Verb.MOVE, p=14), Act(Verb.NETWORK_UP, there), run),
        (Act(Verb.COPY_CARD, here), Act(Verb.ERASE, here), run, Act(Verb.PUT_CARD_BACK, here), run),
        (Act(Verb.REVOKE_KIOSK, there), run),
        (
            Act(Verb.NETWORK_DOWN, here),
            Act(Verb.MORE_FACES, here),
            Act(Verb.EDIT, luck=0.1),
            Act(Verb.NETWORK_UP, here),
        ),
        (Act(Verb.BACK_UP), Act(Verb.CREATE), run, Act(Verb.RESTORE), run),
        (Act(Verb.BACK_UP), Act(Verb.CENTRAL_ISSUE), run, Act(Verb.RESTORE), run),
        (Act(Verb.ISSUE, here), run, Act(Verb.REVOKE_PASS, there), run),
        (Act(Verb.ERASE, here), Act(Verb.MOVE_KIOSK, here, p=1), run),
        (Act(Verb.MOVE_KIOSK, here, p=1), Act(Verb.ERASE, here), run),
        (Act(Verb.MOVE_KIOSK, here, p=1), run, Act(Verb.ENROL, here), Act(Verb.ISSUE, here), run),
        (Act(Verb.BACK_UP), Act(Verb.ENROL, there), run, Act(Verb.CENTRAL_ERASE, p=1), Act(Verb.RESTORE)),
        (Act(Verb.ENROL, there), run, Act(Verb.MERGE, p=27), run, Act(Verb.UNPAIR, here), Act(Verb.PAIR, here), run),
        (Act(Verb.ENROL, there), run, down, Act(Verb.ERASE, here), Act(Verb.MERGE, p=27), up, run),
        (Act(Verb.ENROL, there), run, Act(Verb.MERGE, p=27), Act(Verb.BACK_UP), run, Act(Verb.RESTORE), run),
        (Act(Verb.ENROL, there), run, Act(Verb.BACK_UP), Act(Verb.MERGE, p=27), run, Act(Verb.RESTORE), run),
        (down, Act(Verb.ISSUE, here), Act(Verb.ENROL, there), run, Act(Verb.MERGE, p=27), up, run),
        (Act(Verb.CENTRAL_ERASE), Act(Verb.COMMAND, here, p=20), Act(Verb.WAKE, here), Act(Verb.STEP, here), run),
        (Act(Verb.EDIT, p=1), Act(Verb.COMMAND, here, p=20), Act(Verb.WAKE, here), Act(Verb.STEP, here), run),
    )
    return tuple(
        Plan(-1 - number, 2, 1 + (Verb.MOVE_KIOSK in {act.verb for act in acts}), (*begun, *acts))
        for number, acts in enumerate(told)
    )
