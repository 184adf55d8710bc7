"""The example of docs/sync.md is true, byte by byte."""

import hashlib
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.wire import forms, signing
from kiosk.wire.pairing import AskToPair, Claim, Credentials
from kiosk.wire.pulled import Page
from kiosk.wire.pushed import BODIES, Kind, Push, PushAnswer

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "sync.md").read_text(encoding="utf-8")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def found(pattern: str) -> str:
    match = re.search(pattern, TEXT, re.DOTALL)
    assert match is not None, pattern
    return match[1]


def body() -> bytes:
    return found(r"\n    (\{\"store\":[^\n]*)\n").encode()


def test_the_kiosk_asks_and_claims_by_its_key() -> None:
    ask = forms.read(found(r"/v1/pairings --json '(\{.*?\})'").encode(), AskToPair, forms.JSON)
    assert ask.public == PUBLIC and signing.fingerprint(PUBLIC) in TEXT
    assert ask.signature == KEY.sign(signing.ask_text(ask.public, ask.store))
    claim = forms.read(found(r"/claim --json '(\{.*?\})'").encode(), Claim, forms.JSON)
    assert claim.signature == KEY.sign(signing.claim_text(found(r"/v1/pairings/([0-9a-f-]{36})/claim --json")))


def test_the_push_is_signed_as_it_says() -> None:
    push = forms.read(body(), Push, forms.JSON)
    assert (len(body()), push.items[0].kind) == (236, Kind.EVENT)
    BODIES[Kind.EVENT].model_validate(push.items[0].body)
    assert hashlib.sha256(body()).hexdigest() in TEXT
    text = signing.request_text("POST", "/v1/kiosk/push", "main", 1, body())
    assert "".join(f"    {line}\n" for line in text.decode().splitlines()) in TEXT
    assert signing.Signed("main", 1, KEY.sign(text)).header() in TEXT
    text = signing.request_text("GET", "/v1/kiosk/pull?limit=500", "main", 3, b"")
    assert signing.Signed("main", 3, KEY.sign(text)).header() in TEXT


def test_the_answer_is_the_same_in_both_forms() -> None:
    answer = forms.read(found(r"\n    (\{\"answers\":[^\n]*)\n").encode(), PushAnswer, forms.JSON)
    assert forms.written(answer).hex() == found(r"`(a367[0-9a-f]+)`")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_item_is_explained(kind: Kind) -> None:
    assert re.search(rf"^\| (`[a-z-]+`, )?`{kind}`", TEXT, re.MULTILINE)


def test_every_member_of_a_page_and_of_credentials_is_named() -> None:
    for name in [*Page.model_fields, "path", "manifest", "signature", "signer", "epoch"]:
        assert f"`{name}`" in TEXT, name
    assert set(Credentials.model_fields) == {"kiosk", "token", "name", "site", "signer", "epoch"}
