"""The menu: a few groups, and the pages of the one that somebody is in. What they may not see is not there. Pure."""

from dataclasses import dataclass

from kiosk.central.access.principal import Principal
from kiosk.central.access.scopes import Scope


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu, for those who may see it; `below`: what belongs to it though it stands at another address."""

    title: str
    address: str
    scope: Scope
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together; its own link leads to the first of them."""

    title: str
    entries: tuple[Entry, ...]

    @property
    def address(self) -> str:
        """Where it begins."""
        return self.entries[0].address


@dataclass(frozen=True, slots=True)
class Menu:
    """The groups that somebody sees, and where they are in it: nowhere (None), say on their own account's page."""

    groups: tuple[Group, ...] = ()
    group: Group | None = None
    entry: Entry | None = None


GROUPS = (
    Group("Home", (Entry("Dashboard", "/", Scope.PEOPLE_READ),)),
    Group(
        "People",
        (
            Entry("Everybody", "/people", Scope.PEOPLE_READ),
            Entry("Enrol", "/enrol", Scope.PEOPLE_WRITE),
            Entry("Import", "/import", Scope.JOBS_WRITE, ("/jobs",)),
            Entry("Passes", "/passes", Scope.PASSES_READ),
        ),
    ),
    Group(
        "Faces",
        (
            Entry("Compare", "/compare", Scope.FACES_USE),
            Entry("Find", "/find", Scope.FACES_USE),
            Entry("Look-alikes", "/lookalikes", Scope.PEOPLE_READ, ("/merge",)),
        ),
    ),
    Group(
        "Record",
        (
            Entry("Inbox", "/inbox", Scope.EVENTS_READ),
            Entry("Events", "/events", Scope.EVENTS_READ),
            Entry("Conflicts", "/conflicts", Scope.PEOPLE_READ),
            Entry("Erasures", "/erasures", Scope.PEOPLE_READ),
            Entry("Audit", "/audit", Scope.AUDIT),
        ),
    ),
    Group(
        "Kiosks",
        (
            Entry("All kiosks", "/kiosks", Scope.KIOSKS_READ),
            Entry("Rules", "/policies", Scope.POLICIES_READ),
            Entry("Models", "/models", Scope.MODELS_READ),
        ),
    ),
    Group(
        "Office",
        (
            Entry("Users", "/users", Scope.USERS),
            Entry("Webhooks", "/webhooks", Scope.WEBHOOKS),
        ),
    ),
)


def menu_of(who: Principal | None, path: str) -> Menu:
    """What `who` sees of the menu on the page at `path`; nothing, where nobody is signed in."""
    if who is None:
        return Menu()
    seen = ((group.title, tuple(entry for entry in group.entries if who.may(entry.scope))) for group in GROUPS)
    groups = tuple(Group(title, entries) for title, entries in seen if entries)
    for group in groups:
        for entry in group.entries:
            if _is_in(path, entry):
                return Menu(groups, group, entry)
    return Menu(groups)


def _is_in(path: str, entry: Entry) -> bool:
    """Whether that is the entry's page, or one below it. Everything is below the first page, so that does not count."""
    own = (entry.address, *entry.below)
    return path == entry.address or any(path.startswith(f"{one}/") or path == one for one in own if one != "/")
