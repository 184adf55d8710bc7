"""A pass issued at one kiosk is good at another, as central tells of it, without a restart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.app import open_desk, registry_of
from kiosk.domain.errors import PassRefused
from kiosk.domain.people import PassClaims
from kiosk.domain.verdict import Reason
from kiosk.parts.gate import Registry
from kiosk.passes import token
from kiosk.settings import Settings
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, open_store, somebody
from tests.store.syncing import a_key, a_known_pass, a_person, gone, pair, told

SITE = "here"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "here", FakeClock()) as store:
        pair(store)
        yield store


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "there", FakeClock()) as store:
        yield store


def issued(store: Store, site: str = SITE) -> str:
    claims = PassClaims("p1", "ann", site, NOON, NOON.replace(hour=20))
    return token.issue(claims, store.secrets.pass_key())


def refusal(registry: Registry, text: str, store: Store) -> Reason:
    with pytest.raises(PassRefused) as caught:
        registry.check(text, store.seen.reckon())
    return caught.value.reason


def test_a_pass_of_another_kiosk_is_good_as_soon_and_as_long_as_central_says(here: Store, there: Store) -> None:
    text, key = issued(there), there.secrets.pass_key()
    registry = registry_of(here, Settings(), MODEL)
    assert refusal(registry, text, here) is Reason.PASS_FORGED
    told(here, a_key(key.id.hex(), key.public_bytes))
    assert refusal(registry, text, here) is Reason.PASS_PERSON_GONE
    told(here, a_person("ann"))
    assert refusal(registry, text, here) is Reason.PASS_REVOKED
    told(here, a_known_pass("p1"))
    assert registry.check(text, here.seen.reckon()).person == "ann"
    told(here, a_known_pass("p1", ended_utc=NOON))
    assert refusal(registry, text, here) is Reason.PASS_REVOKED
    told(here, a_key(key.id.hex(), key.public_bytes, dropped_utc=NOON))
    assert refusal(registry, text, here) is Reason.PASS_FORGED


def test_a_pass_is_of_whoever_its_bearer_was_found_to_be(here: Store) -> None:
    registry, text = registry_of(here, Settings(), MODEL), issued(here)
    told(here, a_person("ann"), a_person("anna"), a_known_pass("p1"))
    assert registry.check(text, here.seen.reckon()).person == "ann"
    told(here, gone("ann"), a_known_pass("p1", "anna"))
    assert registry.check(text, here.seen.reckon()).person == "anna"


def test_passes_of_the_paired_site_and_of_the_configured_one_are_good_and_no_others(here: Store) -> None:
    told(here, a_person("ann"), a_known_pass("p1"))
    settings = Settings()
    registry = registry_of(here, replace(settings, kiosk=replace(settings.kiosk, site="hut")), MODEL)
    for site in (SITE, "hut"):
        assert registry.check(issued(here, site), here.seen.reckon()).site == site
    assert refusal(registry, issued(here, "elsewhere"), here) is Reason.PASS_FOREIGN


def test_a_key_of_here_that_is_dropped_is_no_good_at_once(here: Store) -> None:
    told(here, a_person("ann"), a_known_pass("p1"))
    registry, text, key = registry_of(here, Settings(), MODEL), issued(here), here.secrets.pass_key()
    assert registry.check(text, here.seen.reckon())
    here.secrets.roll_pass_key(NOON)
    assert registry.check(text, here.seen.reckon())
    here.secrets.drop_pass_key(key.id, NOON)
    assert refusal(registry, text, here) is Reason.PASS_FORGED


def test_a_pass_issued_in_a_fleet_names_the_site_that_the_fleet_gave(tmp_path: Path) -> None:
    clock, settings = FakeClock(), Settings()
    settings = replace(settings, kiosk=replace(settings.kiosk, store=tmp_path / "desk"))
    with open_desk(settings, clock) as desk:
        person = desk.enrol(somebody())
        alone = desk.issue(person)
        pair(desk.store)
        in_fleet = desk.issue(person)
        registry = registry_of(desk.store, settings, MODEL)
        sites = [registry.check(text, desk.store.seen.reckon()).site for text in (alone, in_fleet)]
    assert sites == [settings.kiosk.site, SITE]
