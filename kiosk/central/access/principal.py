"""Who is asking, once that is established."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.central.access.scopes import Role, Scope


class Via(StrEnum):
    """How somebody showed who they are."""

    SESSION = "session"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class KioskPrincipal:
    """A kiosk that showed its token, and proved to have its key where it has one. `digest` is that token's."""

    id: str
    site: str
    groups: tuple[str, ...] = ()
    digest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who is signed in, and what they may do now: what their role has, narrowed by their token."""

    user: str
    name: str = field(repr=False)
    role: Role
    scopes: frozenset[Scope]
    via: Via
    session: str = field(default="", repr=False)
    csrf: str = field(default="", repr=False)

    def may(self, scope: Scope) -> bool:
        """Whether that is allowed."""
        return scope in self.scopes
