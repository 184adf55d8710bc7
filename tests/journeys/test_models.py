"""Another embedding model comes to a kiosk that is in use: nobody is locked out, and what fails is gone again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.app import embedding_in_use, open_desk
from kiosk.demo.stage import empty, shown
from kiosk.domain.errors import Refused
from kiosk.domain.people import Consent, NewPerson, Person
from kiosk.domain.sight import Chip, Embedding
from kiosk.domain.verdict import Outcome, Quality, Sample
from kiosk.parts.equipment import Equipment
from kiosk.screens.states import Attract
from kiosk.sync.trials import Trials
from kiosk.sync.versions import FOLDER, Versions
from kiosk.vision.manifest import PictureInput, Source
from kiosk.wire.pushed import ModelReport
from tests.journeys.rig import Bystander, Hall
from tests.sync.versions_making import a_version, fetched, shipped, versions_in
from tests.vision.making import save_pooling_model

QUALITY = Quality(120.0, 300.0, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, None)


def versions_of(hall: Hall) -> Versions:
    return versions_in(hall.store / FOLDER)


def in_use(bystander: Bystander) -> Equipment:
    found = bystander.kiosk.loop.post.model.peek()
    assert found is not None
    return found


def re_encoded(hall: Hall, person: Person, model: str) -> None:
    """The templates of that person by another model arrive, as they would from central."""
    embeddings = tuple(Embedding(one.vector, model) for one in hall.company.embeddings)
    consent = Consent("2025-01", "en", hall.clock.utc(), "test")
    with open_desk(hall.settings, hall.clock) as desk:
        new = NewPerson(person.name, consent, embeddings, len(embeddings))
        desk.store.people.add_templates(person.id, new, hall.clock.utc())


def visit(bystander: Bystander, hall: Hall) -> Outcome:
    """Somebody enrolled comes, is answered, and goes."""
    bystander.show(shown(hall.cast.comes_back))
    decided = bystander.decision()
    bystander.show(empty())
    bystander.sees(Attract)
    return decided.decision.outcome


def gallery_model(bystander: Bystander) -> str:
    gallery = bystander.kiosk.loop.post.gallery.peek()
    return "" if gallery is None else gallery.model


def test_the_old_model_serves_until_everybody_is_known_by_the_new_one_and_then_that_does(hall: Hall) -> None:
    person, sent = hall.enrol(), a_version("second")
    bystander = hall.open()
    assert visit(bystander, hall) is Outcome.RECOGNISED
    fetched(versions_of(hall), sent)
    state = Trials(hall.store / FOLDER).state
    bystander.until(lambda: bool(state().reports), "the report that somebody is missing")
    assert [(one.state, one.missing) for one in state().reports] == [("waiting", 1)]
    assert in_use(bystander).version == ""
    assert visit(bystander, hall) is Outcome.RECOGNISED

    re_encoded(hall, person, "second")
    bystander.until(lambda: in_use(bystander).version == sent.id, "the new model")
    bystander.until(lambda: gallery_model(bystander) == "second", "its gallery")
    for _ in range(2):
        assert visit(bystander, hall) is Outcome.RECOGNISED
    assert bystander.serves
    assert state().trying == sent.id
    with open_desk(hall.settings, hall.clock) as desk:  # until the probation is over, a restart leads back
        assert desk.rules.model.name == shipped().name


def test_a_kiosk_starts_with_the_version_that_ran(hall: Hall) -> None:
    person, sent = hall.enrol(), a_version("second")
    re_encoded(hall, person, "second")
    fetched(versions_of(hall), sent)
    first = hall.open()
    first.until(lambda: gallery_model(first) == "second", "the new model")
    trials = Trials(hall.store / FOLDER)
    hall.close()
    trials.run(sent.id, ModelReport(tag="second", state="running", at_utc=hall.clock.utc()))
    assert embedding_in_use(hall.settings).name == "second"
    again = hall.open()
    again.until(lambda: gallery_model(again) == "second", "the gallery of the version that ran")
    assert visit(again, hall) is Outcome.RECOGNISED
    hall.close()


def test_a_model_that_fails_at_its_first_visitor_is_gone_again_before_they_notice(hall: Hall, tmp_path: Path) -> None:
    hall.enrol()
    bystander = hall.open()
    assert visit(bystander, hall) is Outcome.RECOGNISED
    path = tmp_path / "nan.tflite"
    width = save_pooling_model(path, 150, 50)
    endless = PictureInput(150, 150, (1e38,) * 3, (0.0,) * 3)
    source = Source("bad", path, licence="", source="", card="")
    model = replace(shipped(), source=source, input=endless, dimension=width, mirror=False)
    before = in_use(bystander)
    bystander.kiosk.loop.post.model.put(Equipment(model, "bad", probation_s=0.01, before=before))
    bystander.until(lambda: gallery_model(bystander) == "bad", "the new model")
    assert visit(bystander, hall) is Outcome.RECOGNISED
    assert in_use(bystander) is before
    trials = Trials(hall.store / FOLDER)
    bystander.until(lambda: trials.state().failed == {"bad": "not-finite"}, "the reason, written down")
    assert bystander.serves


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_model_that_can_t_be_opened_when_it_is_its_turn_changes_nothing(
    hall: Hall, tmp_path: Path, content: bytes
) -> None:
    hall.enrol()
    bystander = hall.open()
    bystander.until(lambda: gallery_model(bystander) != "", "the first gallery")
    path = tmp_path / "bad.tflite"
    path.write_bytes(content)
    model = replace(shipped(), source=Source("bad", path, licence="", source="", card=""))
    before = in_use(bystander)
    bystander.kiosk.loop.post.model.put(Equipment(model, "bad", probation_s=0.01, before=before))
    bystander.until(lambda: in_use(bystander) is before, "the model before")
    assert visit(bystander, hall) is Outcome.RECOGNISED
    assert bystander.serves


def test_pictures_that_another_model_looked_at_enrol_nobody(hall: Hall) -> None:
    sample = Sample(
        Embedding(hall.company.embeddings[0].vector, "before"), QUALITY, Chip(np.full((150, 150, 3), 90, np.uint8))
    )
    with open_desk(hall.settings, hall.clock) as desk:
        consent = Consent("2025-01", "en", hall.clock.utc(), "screen")
        with pytest.raises(Refused, match="another model"):
            desk.enrol_from("Somebody New", consent, (sample,) * 4)
        with pytest.raises(Refused, match="another model"):
            desk.likeness((sample,) * 4)
        assert desk.everybody() == ()
