"""Who may do what: asked of every route there is, so that one added without a rule fails here."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import Mount, Route

from kiosk.central.access.rules import Allow, AllowKiosk, AllowSocket, Open, rule_of
from kiosk.central.access.scopes import ALLOWED, Role, Scope
from kiosk.central.app import ROUTERS, create_app
from kiosk.central.opening import Foundation
from kiosk.central.settings import Settings
from tests.central.making import Running

ROLES = tuple(Role)
# What has no end can't be asked by a client that waits for the end; other tests ask it over real connections.
ENDLESS = {"/v1/events/live", "/v1/kiosk/stream"}


def routes() -> Iterator[APIRoute | APIWebSocketRoute]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute | APIWebSocketRoute), f"{route} has no place for a rule"
            yield route


def rules_of(dependant: Dependant) -> Iterator[Allow | AllowKiosk | AllowSocket | Open]:
    for dependency in dependant.dependencies:
        rule = rule_of(dependency.call)
        if rule is not None:
            yield rule
        yield from rules_of(dependency)


def allowed() -> list[tuple[str, str, Scope]]:
    return [
        (method, route.path, rule.scope)
        for route in routes()
        if isinstance(route, APIRoute) and route.path not in ENDLESS
        for method in sorted(route.methods)
        for rule in rules_of(route.dependant)
        if isinstance(rule, Allow)
    ]


def test_every_route_has_one_rule() -> None:
    wrong = [route.path for route in routes() if len(list(rules_of(route.dependant))) != 1]
    assert not wrong, wrong


def test_what_is_open_to_anybody_is_written_down_here() -> None:
    found = {route.path for route in routes() if any(isinstance(rule, Open) for rule in rules_of(route.dependant))}
    kiosks = {"/v1/pairings", "/v1/pairings/{pairing}/claim"}
    pages = {"/static/{name:path}", "/sign-in", "/welcome", "/docs", "/redoc"}
    assert found == {"/health", "/ready", "/v1/token", "/v1/welcome"} | kiosks | pages


def test_sockets_have_the_rule_of_sockets_and_nothing_else_has() -> None:
    for route in routes():
        is_socket = any(isinstance(rule, AllowSocket) for rule in rules_of(route.dependant))
        assert is_socket == isinstance(route, APIWebSocketRoute), route.path


def test_nothing_is_served_past_the_rules() -> None:
    app = create_app(Foundation.usual(Settings()))
    beside = [route.path for route in app.routes if isinstance(route, Route | Mount)]
    assert beside == ["/openapi.json"]


def test_a_role_may_do_all_that_the_one_before_may() -> None:
    assert ALLOWED[Role.VIEWER] < ALLOWED[Role.OPERATOR] < ALLOWED[Role.ADMIN] == set(Scope)


@pytest.mark.parametrize(("method", "path", "scope"), allowed(), ids=lambda value: str(value))
def test_nobody_gets_401_and_the_wrong_role_403(central: Running, method: str, path: str, scope: Scope) -> None:
    address = path.replace("{", "").replace("}", "")
    unknown = central.nobody(method, address)
    assert unknown.status_code == 401 and unknown.json()["error"] == "unauthorised"
    assert unknown.headers["WWW-Authenticate"] == "Bearer"
    for role in ROLES:
        answer = central.as_role(role, method, address)
        assert (answer.status_code == 403) == (scope not in ALLOWED[role]), (role, answer.status_code, answer.text)
        assert answer.status_code < 500


def for_kiosks() -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in routes()
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
        if any(isinstance(rule, AllowKiosk) for rule in rules_of(route.dependant))
    ]


@pytest.mark.parametrize(("method", "path"), for_kiosks(), ids=lambda value: str(value))
def test_what_is_for_kiosks_is_not_for_people(central: Running, method: str, path: str) -> None:
    assert central.nobody(method, path).status_code == 401
    for role in ROLES:
        assert central.as_role(role, method, path).status_code == 401
