"""people add, list, show and remove."""

from pathlib import Path

import pytest

from tests.cli.conftest import Album, Enrolled
from tests.cli.running import contents, kiosk, refused

pytestmark = pytest.mark.usefixtures("models_folder")


def names(store: Path) -> list[str]:
    return [person["name"] for person in kiosk("people", "list", "--store", store, "--json").json["people"]]


def test_people_are_added_from_several_photographs_and_listed(album: Album, tmp_path: Path) -> None:
    store = tmp_path / "store"
    photos = [argument for photo in album.one for argument in ("--photo", photo)]
    ran = kiosk("people", "add", "  Ada  ", *photos, "--consent", "--store", store, "--json")
    assert (ran.code, ran.json["name"], ran.json["photos"]) == (0, "Ada", 3)
    assert names(store) == ["Ada"]
    assert ran.json["id"] in kiosk("people", "list", "--store", store).out
    kinds = [(event["kind"], event["person"]) for event in kiosk("events", "--store", store, "--json").lines]
    assert kinds == [("enrolled", ran.json["id"])]


def test_nobody_is_enrolled_without_consent(album: Album, enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    ran = kiosk("people", "add", "Other", "--photo", album.other, "--store", enrolled.store)
    assert "--consent" in refused(ran)
    assert contents(enrolled.store) == before


def test_somebody_enrolled_already_is_refused_unless_that_is_wanted(album: Album, enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    command = ("people", "add", "Again", "--photo", album.one[1], "--consent", "--store", enrolled.store)
    sentence = refused(kiosk(*command))
    assert enrolled.person in sentence
    assert enrolled.name not in sentence
    assert contents(enrolled.store) == before
    assert kiosk(*command, "--duplicate-ok").code == 0
    assert names(enrolled.store) == [enrolled.name, "Again"]


def test_photographs_of_two_people_make_no_template(album: Album, enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    photos = ("--photo", album.other, "--photo", album.third)
    refused(kiosk("people", "add", "Two", *photos, "--consent", "--store", enrolled.store))
    assert contents(enrolled.store) == before


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "two\nlines", "bell\a", "\udcff"])
def test_a_name_that_can_t_be_shown_is_refused(name: str, album: Album, enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    ran = kiosk("people", "add", name, "--photo", album.other, "--consent", "--store", enrolled.store)
    assert "name" in refused(ran)
    assert contents(enrolled.store) == before


@pytest.mark.parametrize("name", ["x" * 80, "Zoë Ångström", "محمد", "李小龍", "O'Brien; DROP TABLE people --"])
def test_any_other_name_is_kept_as_it_is(name: str, album: Album, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert kiosk("people", "add", name, "--photo", album.other, "--consent", "--store", store).code == 0
    assert names(store) == [name]


def test_show_tells_what_is_kept(enrolled: Enrolled) -> None:
    ran = kiosk("people", "show", enrolled.person, "--store", enrolled.store, "--json")
    assert (ran.json["id"], ran.json["name"], ran.json["passes"]) == (enrolled.person, enrolled.name, [])
    (consent,) = ran.json["consents"]
    assert consent["channel"] == "command-line"
    assert "vector" not in ran.out


@pytest.mark.parametrize("command", [("show",), ("remove", "--yes")])
def test_an_unknown_person_is_named_as_such(command: tuple[str, ...], enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    assert "people list" in refused(kiosk("people", *command, "nobody", "--store", enrolled.store))
    assert contents(enrolled.store) == before


def test_a_person_removed_is_gone(album: Album, enrolled: Enrolled) -> None:
    ran = kiosk("people", "remove", enrolled.person, "--yes", "--store", enrolled.store, "--json")
    assert (ran.code, ran.json["removed"]) == (0, True)
    assert names(enrolled.store) == []
    assert kiosk("identify", album.one[1], "--store", enrolled.store).code == 1


def test_removing_needs_a_word_of_confirmation(enrolled: Enrolled) -> None:
    assert "--yes" in refused(kiosk("people", "remove", enrolled.person, "--store", enrolled.store))
    assert names(enrolled.store) == [enrolled.name]


def test_a_name_that_two_people_have_is_not_enough(album: Album, enrolled: Enrolled) -> None:
    command = ("people", "add", enrolled.name, "--photo", album.other, "--consent", "--store", enrolled.store)
    assert kiosk(*command).code == 0
    assert "2 people" in refused(kiosk("people", "remove", enrolled.name, "--yes", "--store", enrolled.store))
    assert len(names(enrolled.store)) == 2
