"""The API's description is true, and requests made from it by chance are never answered with a mistake of ours."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case

from kiosk.central.access.scopes import Role
from kiosk.central.app import Foundation, create_app
from kiosk.central.settings import Settings
from tests.central.making import Running
from tests.central.test_rules import ENDLESS

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
