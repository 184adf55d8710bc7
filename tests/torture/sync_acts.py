"""What staff does at kiosks and admins do at central in the sync torture, each act through the door they would use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.domain.ids import new_id
from kiosk.domain.people import Consent, NewPerson, Pass
from kiosk.domain.sight import Embedding
from kiosk.domain.verdict import Aftermath, Decision, Outcome, Reason
from tests.torture.sync_kiosk import MODEL, Kiosk
from tests.torture.sync_plan import Act, Verb

if TYPE_CHECKING:
    from tests.torture.sync_world import World

NUMBERS = 32
CLOCKS = (timedelta(days=-30 * 365), timedelta(days=-2), timedelta(hours=3), timedelta(days=20 * 365), timedelta(0))
LANGUAGES = ("en", "de", "fr")
# The longest name there may be, letters of several bytes, one that is eighteen when it is folded, quotes, and digits.
NAMES = ("Visitor #", f"{'M' * 68}#", "陳 # 小龍", "Zoë Åström #", "😀#😀", f"{'ﷺ' * 68}#", "O'Brien % _ \\ #", "#")


def enrol(world: "World", kiosk: Kiosk, act: Act) -> None:
    person = kiosk.store.people.enrol(_somebody(world, kiosk, act), kiosk.clock.utc())
    world.memory.made.add(person.id)
    world.memory.people.append(person.id)


def more_faces(world: "World", kiosk: Kiosk, act: Act) -> None:
    person = _one_here(kiosk, act)
    if person is not None:
        kiosk.store.people.add_templates(person, _somebody(world, kiosk, act), kiosk.clock.utc())


def rename(world: "World", kiosk: Kiosk, act: Act) -> None:
    person = _one_here(kiosk, act)
    if person is not None:
        name = _name(world)
        kiosk.store.people.rename(person, name, kiosk.clock.utc())
        world.memory.renamed.setdefault(person, set()).add(name)
        if kiosk in world.members():
            world.memory.wanted[kiosk.name, person] = name


def erase(world: "World", kiosk: Kiosk, act: Act) -> None:
    person = _one_here(kiosk, act)
    if person is None:
        return
    world.remember_sealed(kiosk, person)
    kiosk.store.people.erase(person, kiosk.clock.utc())
    is_trusted = kiosk in world.members()
    (here,) = kiosk.rows("SELECT count(*) FROM tombstones WHERE person = ?", person)[0]
    if is_trusted or not world.server.rows("SELECT 1 FROM people WHERE id = :id", id=person):
        world.erase(person)
        if not here:
            raise AssertionError("an erasure left no tombstone")
    else:
        world.memory.made.discard(person)


def issue(world: "World", kiosk: Kiosk, act: Act) -> None:
    person = _one_here(kiosk, act)
    if person is None:
        return
    now = kiosk.clock.utc().replace(microsecond=0)
    site = next(iter(kiosk.store.membership.sites()), "here")
    number = new_id(now)
    issued = Pass(number, person, site, now, now + timedelta(hours=8), single_use=act.luck < 0.5)
    kiosk.store.passes.keep(issued)
    world.memory.passes.append(number)


def revoke_pass(world: "World", kiosk: Kiosk, act: Act) -> None:
    number = world.chosen(act, [one for (one,) in kiosk.rows("SELECT id FROM passes ORDER BY seq")])
    if number is not None:
        kiosk.store.passes.revoke(number, kiosk.clock.utc())


def spend(world: "World", kiosk: Kiosk, act: Act) -> None:
    """A pass for one visit is used."""
    rows = kiosk.rows("SELECT id FROM passes WHERE single_use AND NOT used AND revoked_utc IS NULL ORDER BY seq")
    number = world.chosen(act, [one for (one,) in rows])
    if number is None:
        return
    now = kiosk.clock.utc()
    decision = replace(_decision(kiosk, act), pass_id=number)
    kiosk.store.journal.record(decision, now, Aftermath(spent=number, spent_until_utc=now + timedelta(hours=8)))


def decide(_world: "World", kiosk: Kiosk, act: Act) -> None:
    for _ in range(1 + act.p % 5):
        kiosk.store.journal.record(_decision(kiosk, act), kiosk.clock.utc())


def roll_key(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    kiosk.store.secrets.roll_pass_key(kiosk.clock.utc())


def drop_key(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    oldest = kiosk.store.secrets.pass_keys()[-1]
    kiosk.store.secrets.drop_pass_key(oldest.id, kiosk.clock.utc())


def restart(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    kiosk.restart()


def kill(_world: "World", kiosk: Kiosk, act: Act) -> None:
    """The process will die at one of its next calls, before or after that is done."""
    kiosk.fate.left, kiosk.fate.after = 1 + act.p % 12, act.luck < 0.5


def card_fails(_world: "World", kiosk: Kiosk, act: Act) -> None:
    """The card will refuse one of the next statements, and perhaps some after it."""
    kiosk.card.left, kiosk.card.more, kiosk.card.how = act.p % 80, act.p // 80 % 4, act.p // 320


def step(world: "World", kiosk: Kiosk, act: Act) -> None:
    """It gets only as far as this before somebody else does something."""
    for _ in range(1 + act.p % 4):
        if kiosk.is_paired:
            world.step(kiosk)


def command(_world: "World", kiosk: Kiosk, act: Act) -> None:
    """Somebody runs `kiosk sync now` beside it, in the middle of one of its next requests."""
    kiosk.command_in, kiosk.command_steps = act.p % 4, 1 + act.p // 4 % 6


def copy_card(world: "World", kiosk: Kiosk, _act: Act) -> None:
    world.remember_events(kiosk)
    kiosk.copy_card()


def put_card_back(world: "World", kiosk: Kiosk, _act: Act) -> None:
    if kiosk.copy is None:
        return
    world.remember_events(kiosk)
    world.memory.copied.add(kiosk.name)
    world.memory.sealed.pop(kiosk.name, None)  # a copy brings back what was erased since, until central says so again
    for known in [known for known in world.memory.wanted if known[0] == kiosk.name]:
        del world.memory.wanted[known]
    kiosk.put_card_back()
    world.weaken()


def set_clock(world: "World", kiosk: Kiosk, act: Act) -> None:
    kiosk.clock.off = world.chosen_of(act, CLOCKS)


def pair(world: "World", kiosk: Kiosk, _act: Act) -> None:
    invitation = kiosk.ask_to_pair()
    if invitation is None:
        return
    wanted = {"name": kiosk.name, "site": world.site_of(kiosk)}
    world.server.ask("POST", "/v1/pairings/confirm", {"code": invitation.code, **wanted})
    kiosk.claim()


def claim(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    kiosk.claim()


def unpair(world: "World", kiosk: Kiosk, _act: Act) -> None:
    """Staff takes it out of the fleet, whether central hears of it or not."""
    if not kiosk.is_paired:
        return
    world.remember_erased(kiosk)
    kiosk.store.membership.leave(kiosk.clock.utc(), revoked=False)
    for known in [known for known in world.memory.wanted if known[0] == kiosk.name]:
        del world.memory.wanted[known]
    world.weaken()


def network_down(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    kiosk.network.is_down = True


def network_up(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    kiosk.network.heal()
    kiosk.heal()


def network_bad(_world: "World", kiosk: Kiosk, act: Act) -> None:
    kiosk.network.is_down, kiosk.network.chance = False, 0.1 + 0.7 * act.luck


def wake(_world: "World", kiosk: Kiosk, _act: Act) -> None:
    kiosk.wake()


def create(world: "World", act: Act) -> None:
    made = world.server.ask("POST", "/v1/people", {"name": _name(world), **_rules(act)})
    site = world.chosen_of(act, world.sites)
    world.server.write("UPDATE people SET site = :site WHERE id = :id", site=site, id=made["id"])
    world.memory.people.append(made["id"])


def edit(world: "World", act: Act) -> None:
    found = _known(world, act)
    if found is None:
        return
    name = _name(world) if act.luck < 0.5 else found["name"]
    edited = {"name": name, "version": found["version"], **_rules(act)}
    if world.server.ask("PUT", f"/v1/people/{found['id']}", edited) is not None:
        world.memory.admins[found["id"]] = name


def disable(world: "World", act: Act) -> None:
    found = _known(world, act)
    if found is not None:
        verb = "enable" if found["disabled"] else "disable"
        world.server.ask("POST", f"/v1/people/{found['id']}/{verb}", {"version": found["version"]})


def move(world: "World", act: Act) -> None:
    """To another site: of the world's, or one that has no kiosk."""
    found = _known(world, act)
    if found is None:
        return
    site = world.chosen_of(replace(act, p=act.p // 7), (*world.sites, f"{world.sites[0]} elsewhere"))
    query = "UPDATE people SET site = :site, version = version + 1 WHERE id = :id"
    world.server.write(query, site=site, id=found["id"])


def merge(world: "World", act: Act) -> None:
    kept, other = _known(world, act), _known(world, replace(act, p=act.p // 13))
    if kept is None or other is None or kept["id"] == other["id"] or kept["site"] != other["site"]:
        return
    _before_erasure(world, other["id"])
    body = {"other": other["id"], "version": kept["version"]}
    if world.server.ask("POST", f"/v1/people/{kept['id']}/merge", body) is not None:
        if other["id"] in world.memory.gone:  # erased at a kiosk that could not say so yet: that is who they are now
            world.erase(kept["id"])
        world.erase(other["id"])


def central_erase(world: "World", act: Act) -> None:
    found = _known(world, act)
    if found is None:
        return
    _before_erasure(world, found["id"])
    if world.server.ask("DELETE", f"/v1/people/{found['id']}") is not None:
        world.erase(found["id"])


def central_issue(world: "World", act: Act) -> None:
    found = _known(world, act)
    if found is not None:
        wanted = {"person": found["id"], "site": found["site"], "single_use": act.luck < 0.5}
        issued = world.server.ask("POST", "/v1/passes", wanted)
        if issued is not None:
            world.memory.passes.append(issued["id"])


def central_revoke_pass(world: "World", act: Act) -> None:
    number = world.chosen(act, world.memory.passes)
    if number is not None:
        world.server.ask("POST", f"/v1/passes/{number}/revoke")


def central_roll_key(world: "World", _act: Act) -> None:
    world.server.ask("POST", "/v1/passes/keys")


def policy(world: "World", act: Act) -> None:
    site = world.chosen_of(act, world.sites)
    now = world.server.ask("GET", f"/v1/policies/{site}")
    rules = {"search_level": "strict" if act.luck < 0.5 else "normal", "version": now["version"]}
    world.server.ask("PUT", f"/v1/policies/{site}", {**rules, "windows_apply": act.luck < 0.7})


def notice(world: "World", act: Act) -> None:
    site, language = world.chosen_of(act, world.sites), world.chosen_of(act, LANGUAGES)
    world.server.ask("PUT", f"/v1/policies/{site}/notices/{language}", {"text": f"Notice {act.p}"})


def revoke_kiosk(world: "World", act: Act) -> None:
    kiosk = world.kiosks[act.k % len(world.kiosks)]
    if kiosk.kiosk_id:
        world.server.ask("POST", f"/v1/kiosks/{kiosk.kiosk_id}/revoke")
        for known in [known for known in world.memory.wanted if known[0] == kiosk.name]:
            del world.memory.wanted[known]
        world.weaken()


def move_kiosk(world: "World", act: Act) -> None:
    kiosk = world.kiosks[act.k % len(world.kiosks)]
    rows = world.server.rows("SELECT name, version FROM kiosks WHERE id = :id", id=kiosk.kiosk_id)
    for name, version in rows:
        site = world.chosen_of(act, world.sites)
        world.server.ask("PUT", f"/v1/kiosks/{kiosk.kiosk_id}", {"name": name, "site": site, "version": version})


def back_up(world: "World", _act: Act) -> None:
    world.backup = world.server.snapshot(world.folder)


def restore(world: "World", _act: Act) -> None:
    if world.backup is None:
        return
    world.server.put_back(world.backup)
    world.memory.restored = True
    world.memory.admins.clear()
    for kiosk in world.kiosks:
        kiosk.network.forget()
    world.weaken()


def _one_here(kiosk: Kiosk, act: Act) -> str | None:
    """Somebody whom that kiosk has."""
    rows = kiosk.rows("SELECT id FROM people ORDER BY seq")
    return str(rows[act.p % len(rows)][0]) if rows else None


def _known(world: "World", act: Act) -> Any:
    """Somebody of this world whom central has."""
    person = world.chosen(act, world.memory.people)
    return None if person is None else world.server.ask("GET", f"/v1/people/{person}")


def _before_erasure(world: "World", person: str) -> None:
    for kiosk in world.kiosks:
        world.remember_sealed(kiosk, person)


def _somebody(world: "World", kiosk: Kiosk, act: Act) -> NewPerson:
    vectors = np.random.default_rng([abs(world.plan.seed), len(world.done), act.p]).normal(
        size=(1 + act.p % 2, NUMBERS)
    )
    faces = tuple(Embedding((one / np.linalg.norm(one)).astype(np.float32), MODEL) for one in vectors)
    consent = Consent("2026-03", "en", kiosk.clock.utc(), "staff-screen")
    return NewPerson(_name(world), consent, faces, samples=5)


def _name(world: "World") -> str:
    """Another one each time; in every history they are written in another way."""
    number = new_id(world.server.time.utc())[-12:]
    return world.chosen_of(Act(Verb.RUN, p=abs(world.plan.seed)), NAMES).replace("#", number)


def _decision(kiosk: Kiosk, act: Act) -> Decision:
    rows = kiosk.rows("SELECT id FROM people ORDER BY seq")
    person = str(rows[act.p % len(rows)][0]) if rows and act.luck < 0.7 else None
    return Decision(
        id=new_id(kiosk.clock.utc()),
        outcome=Outcome.UNKNOWN if person is None else Outcome.RECOGNISED,
        reason=Reason.NOBODY_SIMILAR if person is None else Reason.FACE_MATCHES,
        taken_at=kiosk.clock.monotonic(),
        latency_s=0.25,
        person=person,
        similarity=0.5,
        threshold=0.75,
    )


def _rules(act: Act) -> dict[str, Any]:
    windows = [{"weekdays": [act.p % 7], "from_minute": 60 * (act.p % 12), "until_minute": 1200}]
    return {"windows": windows if act.p % 3 else [], "groups": ["night shift"] if act.p % 5 == 0 else []}


KioskAct = Callable[["World", Kiosk, Act], None]
KIOSK_ACTS: dict[Verb, KioskAct] = {
    Verb.ENROL: enrol,
    Verb.MORE_FACES: more_faces,
    Verb.RENAME: rename,
    Verb.ERASE: erase,
    Verb.ISSUE: issue,
    Verb.REVOKE_PASS: revoke_pass,
    Verb.SPEND: spend,
    Verb.DECIDE: decide,
    Verb.ROLL_KEY: roll_key,
    Verb.DROP_KEY: drop_key,
    Verb.RESTART: restart,
    Verb.KILL: kill,
    Verb.CARD_FAILS: card_fails,
    Verb.COMMAND: command,
    Verb.STEP: step,
    Verb.COPY_CARD: copy_card,
    Verb.PUT_CARD_BACK: put_card_back,
    Verb.CLOCK: set_clock,
    Verb.PAIR: pair,
    Verb.CLAIM: claim,
    Verb.UNPAIR: unpair,
    Verb.NETWORK_DOWN: network_down,
    Verb.NETWORK_UP: network_up,
    Verb.NETWORK_BAD: network_bad,
    Verb.WAKE: wake,
}
ADMIN_ACTS: dict[Verb, Callable[["World", Act], None]] = {
    Verb.CREATE: create,
    Verb.EDIT: edit,
    Verb.DISABLE: disable,
    Verb.MOVE: move,
    Verb.MERGE: merge,
    Verb.CENTRAL_ERASE: central_erase,
    Verb.CENTRAL_ISSUE: central_issue,
    Verb.CENTRAL_REVOKE_PASS: central_revoke_pass,
    Verb.CENTRAL_ROLL_KEY: central_roll_key,
    Verb.POLICY: policy,
    Verb.NOTICE: notice,
    Verb.REVOKE_KIOSK: revoke_kiosk,
    Verb.MOVE_KIOSK: move_kiosk,
    Verb.BACK_UP: back_up,
    Verb.RESTORE: restore,
}
