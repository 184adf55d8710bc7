"""What must hold when the network has healed and everybody has said what there is: each law raises Wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from kiosk.store.bodies import wire_id
from kiosk.store.dates import to_text
from kiosk.wire.fields import EARLIEST, packed
from tests.torture.sync_kiosk import MODEL, Kiosk
from tests.torture.sync_world import World, Wrong

PRIVATE = ("templates", "consents", "chips", "members", "access_windows", "passes", "conflicts")
OF_KIOSK = ("templates", "consents", "chips", "negatives", "passes")
# What central may refuse for good, and why that is right: see docs/sync.md.
EXPLAINED = {
    ("person", "erased"),  # somebody else erased them meanwhile
    ("person", "not-yours"),  # they moved to another site meanwhile
    ("edit", "erased"),
    ("edit", "not-yours"),
    ("edit", "unknown-person"),
    ("erasure", "not-yours"),
    ("pass", "erased"),
    ("pass", "not-yours"),  # issued before the kiosk was one of the fleet, or was moved to another site
    ("revocation", "not-yours"),
    ("spent", "not-yours"),
    ("event", "bad-body"),
}
PIECE = 32
PEOPLE = "SELECT id, name, disabled_utc IS NOT NULL FROM people WHERE site = :site OR site = ''"
PASSES = "SELECT id, person, site, expires_utc, revoked_utc IS NOT NULL, single_use, used FROM passes ORDER BY id"


def check(world: World) -> None:
    """All laws, the cheap ones first."""
    _replays(world)
    _nobody_lost(world)
    _events(world)
    _names(world)
    _admins(world)
    for kiosk in world.kiosks:
        _memory(kiosk)
        if kiosk.is_paired:
            _dead_letters(kiosk)
        else:
            _alone(world, kiosk)
    _agree(world)
    _gone(world)
    _receipts(world)


def _replays(world: World) -> None:
    taken = [one for kiosk in world.kiosks for one in kiosk.network.traffic.replays_taken]
    if taken:
        raise Wrong(f"a recorded request was taken: {taken[0]}")


def _nobody_lost(world: World) -> None:
    there = {one for (one,) in world.server.rows("SELECT id FROM people")}
    alone = {one for kiosk in world.kiosks if not kiosk.is_paired for (one,) in kiosk.rows("SELECT id FROM people")}
    lost = world.memory.made - there - alone
    if lost:
        where = [kiosk.name[-1] for kiosk in world.kiosks if lost & set(state_of(kiosk)["people"])]
        raise Wrong(f"central does not have {len(lost)} people who were enrolled at kiosks; {where} do")


def _events(world: World) -> None:
    """Each event of a paired kiosk is at central once, and nothing that was never in a journal."""
    for kiosk in world.kiosks:
        world.remember_events(kiosk)
        if not kiosk.is_paired:
            continue
        rows = kiosk.rows("SELECT id, at_utc FROM events")
        found = world.server.rows("SELECT id FROM events WHERE kiosk = :kiosk", kiosk=kiosk.kiosk_id)
        have = [number for (number,) in found]
        if len(have) != len(set(have)):
            raise Wrong("an event is at central twice")
        dead = set(kiosk.rows("SELECT subject FROM outbox WHERE state = 'dead' AND kind = 'event'"))
        missing = {wire_id(number, at_utc) for number, at_utc in rows if (number,) not in dead} - set(have)
        if missing:
            raise Wrong(f"{len(missing)} events of {len(rows)} are not at central")
        if kiosk.name not in world.memory.copied and len(have) > len(rows):
            raise Wrong(f"central has {len(have)} events of a kiosk that has {len(rows)}")


def _names(world: World) -> None:
    """A rename at a kiosk was central's name once, or is kept for an admin, or was refused for a reason."""
    kept = {(person, name) for person, name in world.server.rows("SELECT person, wanted FROM conflicts")}
    for (name_of_kiosk, person), name in world.memory.wanted.items():
        kiosk = next(one for one in world.kiosks if one.name == name_of_kiosk)
        is_there = world.server.rows("SELECT name FROM people WHERE id = :id", id=person)
        if not kiosk.is_paired or not is_there or person in world.memory.ever_gone or world.memory.restored:
            continue
        if kiosk.rows("SELECT 1 FROM outbox WHERE subject = ? AND kind = 'edit' AND state = 'dead'", person):
            continue
        if not kiosk.rows("SELECT 1 FROM people WHERE id = ?", person):
            continue  # they moved away, and with them what was said of them
        refused = "SELECT 1 FROM dead_letters WHERE kiosk = :kiosk AND kind = 'edit' AND reason = 'not-yours'"
        if world.server.rows(refused, kiosk=kiosk.kiosk_id):
            continue  # the same, and then they came back
        if name not in world.memory.names.get(person, set()) | {is_there[0][0]} and (person, name) not in kept:
            raise Wrong("a rename at a kiosk was neither taken nor kept for an admin")


def _admins(world: World) -> None:
    """What an admin called somebody stands, unless a kiosk renamed them: an enrolment does not."""
    for person, name in world.memory.admins.items():
        for (found,) in world.server.rows("SELECT name FROM people WHERE id = :id", id=person):
            if found not in {name} | world.memory.renamed.get(person, set()):
                raise Wrong("a name that an admin gave was lost, and nobody had renamed them")


def _dead_letters(kiosk: Kiosk) -> None:
    for letter in kiosk.store.outbox.dead(1000):
        if (letter.kind, letter.reason) not in EXPLAINED:
            raise Wrong(f"a dead letter without an explanation: {letter.kind}, {letter.reason}")


def _memory(kiosk: Kiosk) -> None:
    """Whom the kiosk has in memory, by what sync said had changed, is whom it has in its store, with their rules."""
    for part, stored, kept in (
        ("templates", kiosk.enrolled(), kiosk.gallery),
        ("rules", dict(kiosk.store.people.access()), kiosk.rules),
    ):
        if stored != kept:
            raise Wrong(f"a kiosk has other {part} in memory than in its store: {_difference(stored, kept)}")


def _alone(world: World, kiosk: Kiosk) -> None:
    """A kiosk that is not one of the fleet has nobody of central's."""
    left = kiosk.rows("SELECT 1 FROM people WHERE origin = 'central'")
    left += kiosk.rows("SELECT 1 FROM passes WHERE origin = 'central'") + kiosk.rows("SELECT 1 FROM known_keys")
    if "sync-revoked" in kiosk.notes[-1:]:
        left += kiosk.rows("SELECT 1 FROM people WHERE version > 0 OR confirmed")
    if left:
        raise Wrong(f"a kiosk that is not one of the fleet still has {len(left)} things of central's")


def _agree(world: World) -> None:
    """Every kiosk of a site, one that is new there, and central have the same."""
    paired = [kiosk for kiosk in world.kiosks if kiosk.is_paired]
    for site in sorted({_site(kiosk) for kiosk in paired}):
        with _witness(world, site) as witness:
            truth = state_of(witness)
            for key in witness.store.secrets.pass_keys():
                truth["keys"].pop(key.id.hex(), None)  # its own, of which the others have not heard yet
            _is_central(world, site, truth)
        for kiosk in paired:
            if _site(kiosk) == site:
                over = to_text(world.server.time.utc() - timedelta(hours=23))
                found = _of_fleet(state_of(kiosk), site)
                if world.memory.restored:  # that a key was dropped is forgotten by a restored central, never by a kiosk
                    found["keys"] |= {one: truth["keys"][one] for one in truth["keys"].keys() & _dropped(found)}
                    # What somebody agreed to is lost with the kiosk that could have told it again; others still know.
                    was = found["consents"].items()
                    found["consents"] = {one: agreed & truth["consents"].get(one, agreed) for one, agreed in was}
                _same(truth, found, kiosk, over)


def _site(kiosk: Kiosk) -> str:
    return next(iter(kiosk.store.membership.sites()), "")


@contextmanager
def _witness(world: World, site: str) -> Iterator[Kiosk]:
    """A kiosk that begins with nothing at that site, on a good network."""
    witness = world.new_kiosk(f"witness of {site}")
    witness.network.heal()
    invitation = witness.ask_to_pair()
    if invitation is None:
        raise Wrong("a new kiosk could not ask to be paired")
    body = {"code": invitation.code, "name": witness.name, "site": site}
    world.server.ask("POST", "/v1/pairings/confirm", body)
    witness.claim()
    try:
        for _ in range(40):
            if witness.engine.is_idle():
                break
            witness.step()
            world.server.time.pass_by(0.01)
        else:
            raise Wrong("a new kiosk did not come to an end")
        yield witness
    finally:
        world.server.ask("POST", f"/v1/kiosks/{witness.kiosk_id}/revoke")
        witness.close()


def state_of(kiosk: Kiosk) -> dict[str, Any]:
    """All that a kiosk knows, as far as kiosks of a site should agree on it."""
    people, access = kiosk.store.people, kiosk.store.people.access()
    policy, model = kiosk.store.inbox.policy(), kiosk.store.inbox.due_model()
    return {
        "people": {one.id: (one.name, access.get(one.id)) for one in people.everybody()},
        "faces": {
            one.id: (one.person, one.samples, packed(one.embedding.vector).hex()) for one in people.templates(MODEL)
        },
        "consents": {one.id: _agreed(kiosk, one.id) for one in people.everybody()},
        "passes": {row[0]: row[1:] for row in kiosk.rows(PASSES)},
        "keys": dict(kiosk.rows("SELECT id, dropped_utc IS NOT NULL FROM known_keys")),
        "policy": None if policy is None else policy.model_dump(),
        "notices": {language: one.text for language, one in kiosk.store.inbox.notices().items()},
        "model": None if model is None else model.tag,
    }


def _agreed(kiosk: Kiosk, person: str) -> set[tuple[str, str, str, datetime]]:
    """What somebody agreed to, with dates as they travel."""
    found = kiosk.store.people.consents(person)
    return {(one.text_version, one.language, one.channel, max(one.given_utc, EARLIEST)) for one in found}


def _of_fleet(found: dict[str, Any], site: str) -> dict[str, Any]:
    """Without passes that it issued for somewhere else: before it was one of the fleet, or was moved."""
    return found | {"passes": {one: row for one, row in found["passes"].items() if row[1] == site}}


def _dropped(found: dict[str, Any]) -> set[str]:
    return {one for one, is_dropped in found["keys"].items() if is_dropped}


def _same(truth: dict[str, Any], found: dict[str, Any], kiosk: Kiosk, over: str) -> None:
    refused = {subject for (subject,) in kiosk.rows("SELECT subject FROM outbox WHERE state = 'dead'")}
    for part, of_truth in truth.items():
        of_kiosk = found[part]
        if part == "passes":
            of_truth = {one: row for one, row in of_truth.items() if row[2] > over and one not in refused}
            of_kiosk = {one: row for one, row in of_kiosk.items() if row[2] > over and one not in refused}
        if of_truth != of_kiosk:
            raise Wrong(f"kiosks disagree on {part}: {_difference(of_truth, of_kiosk)}")


def _difference(truth: Any, found: Any) -> str:
    if not isinstance(truth, dict) or not isinstance(found, dict):
        return f"{truth} and {found}"
    missing, more = truth.keys() - found.keys(), found.keys() - truth.keys()
    other = [(truth[one], found[one]) for one in truth.keys() & found.keys() if truth[one] != found[one]]
    return f"{len(missing)} missing, {len(more)} too many, {len(other)} different: {(*missing, *more, *other)!r:.600}"


def _is_central(world: World, site: str, truth: dict[str, Any]) -> None:
    """What a new kiosk was told is what stands at central."""
    rows = world.server.rows(PEOPLE, site=site)
    has = {number: (name, bool(disabled)) for number, name, disabled in rows}
    told = {
        number: (name, access is not None and access.disabled) for number, (name, access) in truth["people"].items()
    }
    if has != told:
        raise Wrong(f"a new kiosk and central disagree on people: {_difference(has, told)}")
    query = "SELECT t.id FROM templates t JOIN people p ON p.id = t.person WHERE p.site = :site"
    faces = {number for (number,) in world.server.rows(query, site=site)}
    if faces != truth["faces"].keys():
        raise Wrong("a new kiosk and central disagree on templates")


def _gone(world: World) -> None:
    """Whoever was erased is nowhere: in no table, and not in the bytes of any kiosk's database."""
    gone = world.memory.gone
    for table in ("people", *PRIVATE):
        column = "id" if table == "people" else "person"
        left = {one for (one,) in world.server.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")} & gone
        if left:
            raise Wrong(f"somebody erased is in central's {table}")
    for kiosk in world.kiosks:
        trusted = kiosk.is_paired
        for table in ("people", *OF_KIOSK):
            column = "id" if table == "people" else "person"
            left = {one for (one,) in kiosk.rows(f"SELECT {column} FROM {table}")} & gone
            if left and trusted:
                raise Wrong(f"somebody erased is in a kiosk's {table}")
        _bare(world, kiosk)


def _bare(world: World, kiosk: Kiosk) -> None:
    """What was sealed of them is not in the files either: not a piece of it.

    Somebody is there again whose erasure a restored central has forgotten before any kiosk heard of it.
    """
    there = {person for (person,) in kiosk.rows("SELECT id FROM people")}
    if not kiosk.is_paired and not kiosk.notes:
        return
    kept = [sealed for person, sealed in world.memory.sealed.get(kiosk.name, {}).items() if person not in there]
    raw = kiosk.raw()
    if any(piece in raw for sealed in kept for blob in sealed for piece in _pieces(blob)):
        raise Wrong("the bytes of somebody erased are still in a kiosk's database or its log")


def _pieces(blob: bytes) -> Iterator[bytes]:
    """What to look for: a page that is written over may leave any part of it."""
    return (blob[begin : begin + PIECE] for begin in range(0, len(blob) - PIECE + 1, PIECE))


def _receipts(world: World) -> None:
    """Every kiosk of the fleet has confirmed every erasure that it was asked to confirm."""
    paired = {kiosk.kiosk_id for kiosk in world.kiosks if kiosk.is_paired}
    rows = world.server.rows("SELECT kiosk, person FROM receipts WHERE confirmed_utc IS NULL")
    open_ = [person for kiosk, person in rows if kiosk in paired]
    if open_:
        raise Wrong(f"{len(open_)} erasures were not confirmed")
