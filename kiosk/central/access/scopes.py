"""What there is to be allowed, and which role allows what. A route has one scope; a role is a set of them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Scope(StrEnum):
    """One thing to be allowed. An API token has some of those that its owner's role has."""

    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    PEOPLE_ERASE = "people:erase"
    PEOPLE_EXPORT = "people:export"
    PASSES_READ = "passes:read"
    PASSES_WRITE = "passes:write"
    FACES_USE = "faces:use"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    KIOSKS_READ = "kiosks:read"
    KIOSKS_WRITE = "kiosks:write"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    WEBHOOKS = "webhooks:write"
    USERS = "users:write"
    AUDIT = "audit:read"
    METRICS = "metrics:read"
    SELF = "self"


class Role(StrEnum):
    """What somebody is; each may do all that the one before may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


_VIEWER = frozenset(
    {
        Scope.PEOPLE_READ,
        Scope.PASSES_READ,
        Scope.JOBS_READ,
        Scope.MODELS_READ,
        Scope.KIOSKS_READ,
        Scope.POLICIES_READ,
        Scope.EVENTS_READ,
        Scope.SELF,
    }
)
_OPERATOR = _VIEWER | {
    Scope.PEOPLE_WRITE,
    Scope.PEOPLE_ERASE,
    Scope.PASSES_WRITE,
    Scope.FACES_USE,
    Scope.JOBS_WRITE,
    Scope.EVENTS_WRITE,
}

ALLOWED: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {Role.VIEWER: _VIEWER, Role.OPERATOR: _OPERATOR, Role.ADMIN: frozenset(Scope)}
)
