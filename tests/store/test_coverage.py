"""Who would be unknown by another model's templates."""

from pathlib import Path

from kiosk.domain.people import Coverage, NewPerson
from kiosk.domain.sight import Embedding
from tests.fakes.clock import FakeClock
from tests.store.making import an_embedding, open_store, somebody


def by(model: str, seed: int) -> Embedding:
    return Embedding(an_embedding(seed).vector, model)


def person(name: str, *embeddings: Embedding) -> NewPerson:
    whole = somebody(name, an_embedding(0))
    return NewPerson(whole.name, whole.consent, embeddings, len(embeddings))


def test_coverage_counts_people_not_templates(tmp_path: Path) -> None:
    clock = FakeClock()
    with open_store(tmp_path, clock) as store:
        people = store.people
        assert people.coverage("old", "new") == Coverage(0, 0)
        both = people.enrol(person("Ada", by("old", 1), by("old", 2), by("new", 1)), clock.utc())
        only_old = people.enrol(person("Grace", by("old", 3), by("old", 4)), clock.utc())
        people.enrol(person("Alan", by("new", 5)), clock.utc())
        assert people.coverage("old", "new") == Coverage(1, 2)
        assert people.coverage("new", "old") == Coverage(1, 4)
        assert people.coverage("old", "old") == Coverage(0, 4)
        people.add_templates(only_old.id, person("Grace", by("new", 3)), clock.utc())
        assert people.coverage("old", "new") == Coverage(0, 3)
        people.erase(both.id, clock.utc())
        assert people.coverage("old", "new") == Coverage(0, 2)
