"""The API's description is true, and requests made from it by chance are never answered with a mistake of ours."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case

from kiosk.central.access.rules import AllowKiosk
from kiosk.central.access.scopes import Role
from kiosk.central.app import create_app
from kiosk.central.opening import Foundation
from kiosk.central.settings import Settings
from kiosk.wire.pushed import Kind as WireKind
from tests.central.making import Running
from tests.central.test_rules import ENDLESS, ROUTERS, rules_of

EXAMPLES = int(os.environ.get("KIOSK_FUZZ", "8"))
SEED = 20261121
BASE = "http://central.test"
# What every route may say without its description repeating it.
EVERYWHERE = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}


@dataclass(frozen=True)
class Described:
    """One operation of the document."""

    operation: APIOperation

    def __str__(self) -> str:
        return self.operation.label


def operations() -> Iterator[Described]:
    document = create_app(Foundation.usual(Settings())).openapi()
    schema = schemathesis.openapi.from_dict(document)
    found = (one.ok() for one in schema.get_all_operations())
    return (Described(operation) for operation in found if operation.path not in ENDLESS)


def sent(central: Running, case: Case, role: Role) -> requests.PreparedRequest:
    prepared = requests.Request(**requestable(case)).prepare()
    prepared.headers["Authorization"] = f"Bearer {central.token(role)}"
    return prepared


def requestable(case: Case) -> dict[str, Any]:
    known = ("method", "url", "headers", "params", "json", "data", "files", "cookies")
    return {name: value for name, value in case.as_transport_kwargs(base_url=BASE).items() if name in known}


@pytest.mark.parametrize("described", operations(), ids=str)
def test_no_request_is_answered_with_a_mistake_of_ours(central: Running, described: Described) -> None:
    central.ready()
    promised = {int(status) for status in described.operation.definition.raw["responses"] if status.isdigit()}

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(case=described.operation.as_strategy())
    def hold(case: Case) -> None:
        request = sent(central, case, Role.ADMIN)
        answer = central.client.request(
            request.method or "GET", request.url or "", headers=dict(request.headers), content=request.body
        )
        assert answer.status_code in promised | EVERYWHERE, (answer.status_code, answer.text[:300])

    hold()


def test_the_description_covers_every_route_for_programs() -> None:
    document = create_app(Foundation.usual(Settings())).openapi()
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) > 30
    undescribed = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not operation.get("summary") or "responses" not in operation
    ]
    assert undescribed == []


def of_kiosks() -> Iterator[tuple[str, dict[str, Any]]]:
    document = create_app(Foundation.usual(Settings())).openapi()
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and any(isinstance(rule, AllowKiosk) for rule in rules_of(route.dependant)):
                (method,) = route.methods
                yield f"{method} {route.path}", document["paths"][route.path][method.lower()]


def test_every_route_of_kiosks_names_the_signature_and_each_way_to_say_no() -> None:
    found = dict(of_kiosks())
    assert {"POST /v1/kiosk/push", "GET /v1/kiosk/stream", "DELETE /v1/kiosk"} <= set(found)
    for name, operation in found.items():
        headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        assert headers >= {"X-Kiosk-Signature", "X-Kiosk-Wire"}, name
        assert {"401", "409", "410", "413", "415", "422", "503"} <= set(operation["responses"]), name


def test_messages_are_described_in_both_forms_and_every_body_of_an_item() -> None:
    document = create_app(Foundation.usual(Settings())).openapi()
    push = document["paths"]["/v1/kiosk/push"]["post"]
    assert set(push["x-item-bodies"]) == {kind.value for kind in WireKind}
    for path, method, kind in (
        ("push", "post", "PushAnswer"),
        ("pull", "get", "Page"),
        ("heart-beat", "post", "Heard"),
    ):
        content = document["paths"][f"/v1/kiosk/{path}"][method]["responses"]["200"]["content"]
        assert {one["schema"]["$ref"].rpartition("/")[2] for one in content.values()} == {kind}
        assert set(content) == {"application/json", "application/cbor"}
        assert kind in document["components"]["schemas"]
