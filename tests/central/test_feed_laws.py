"""Whatever is done with people, and however small its pages are, a kiosk ends with what central shows for its site."""

import itertools
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.central.making import Running
from tests.central.syncing import Puller, a_kiosk
from tests.central.test_feed import edited, move

HISTORIES, SEED = 8, 20261121
SITES = itertools.count(1)
NUMBERS = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("make"), NUMBERS),
        st.tuples(st.just("rename"), NUMBERS),
        st.tuples(st.just("move"), NUMBERS),
        st.tuples(st.just("return"), NUMBERS),
        st.tuples(st.just("group"), NUMBERS),
        st.tuples(st.just("erase"), NUMBERS),
        st.tuples(st.just("pull"), st.integers(1, 4)),
        st.tuples(st.just("forget"), NUMBERS),
    ),
    min_size=4,
    max_size=25,
)


class World:
    """A site of its own with two kiosks, one of a group, and what was done with its people."""

    def __init__(self, central: Running) -> None:
        self.central, self.number = central, next(SITES)
        self.site, self.group = f"law {self.number}", f"Group {self.number}"
        everybody, members = a_kiosk(central, site=self.site), a_kiosk(central, site=self.site, groups=[self.group])
        self.kiosks: tuple[Puller, ...] = (everybody, members)
        self.people: list[dict[str, Any]] = []

    def step(self, act: str, number: int) -> None:
        if act == "make":
            self.people.append(self.central.person(f"Person {number}"))
            move(self.central, self.people[-1]["id"], self.site)
        elif act == "pull":
            for kiosk in self.kiosks:
                kiosk.pull(number)
        elif act == "forget":
            self.kiosks[number % 2].cursor = ""
        elif self.people:
            self.with_person(act, self.people[number % len(self.people)])

    def with_person(self, act: str, person: dict[str, Any]) -> None:
        if act == "rename":
            edited(self.central, person, name=f"{person['name']} again")
        elif act == "group":
            now = self.central.admin("GET", f"/v1/people/{person['id']}").json()
            edited(self.central, person, groups=[] if now["groups"] else [self.group])
        elif act == "erase":
            self.people.remove(person)
            assert self.central.admin("DELETE", f"/v1/people/{person['id']}").status_code == 200
        else:
            move(self.central, person["id"], self.site if act == "return" else "another site")

    def shown(self) -> list[dict[str, Any]]:
        found = [self.central.admin("GET", f"/v1/people/{person['id']}").json() for person in self.people]
        return [person for person in found if person["site"] == self.site]


def test_whatever_is_done_a_kiosk_ends_with_what_central_shows(central: Running) -> None:
    @seed(SEED)
    @settings(
        max_examples=HISTORIES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=STEPS, limit=st.integers(1, 5))
    def hold(steps: list[tuple[str, int]], limit: int) -> None:
        world = World(central)
        for act, number in steps:
            world.step(act, number)
        everybody, members = (kiosk.sync(limit) for kiosk in world.kiosks)
        shown = {person["id"]: (person["name"], person["version"]) for person in world.shown()}
        of_group = {person["id"] for person in world.shown() if person["groups"]}
        assert {one: (who.name, who.version) for one, who in everybody.people.items()} == shown
        assert set(members.people) == of_group

    hold()
