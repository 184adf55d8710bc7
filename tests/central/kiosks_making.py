"""A kiosk with a key that asks, claims and signs as a real one does, at a central that runs."""

import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import Client, Request, Response
from pydantic import BaseModel

from kiosk.wire import forms
from kiosk.wire.pairing import Asked, AskToPair, Claim, Claimed, Credentials, NewToken, PairingState
from kiosk.wire.signing import (
    SIGNATURE_HEADER,
    WIRE,
    WIRE_HEADER,
    Lane,
    Signed,
    ask_text,
    claim_text,
    fingerprint,
    request_text,
)
from tests.central.making import Running

CBOR = {"Content-Type": forms.CBOR, "Accept": forms.CBOR}
NUMBERS = itertools.count(1)


@dataclass
class PairedKiosk:
    """A kiosk: `ask`, `claim`, then `send` what it has to say. `token`, `counters` and `key` may be tampered with."""

    client: Client
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    store: str = field(default_factory=lambda: secrets.token_hex(16))
    credentials: Credentials | None = None
    token: str = ""
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public)

    @property
    def id(self) -> str:
        assert self.credentials is not None, "claim first"
        return self.credentials.kiosk

    def asking(self, **more: Any) -> AskToPair:
        signature = self.key.sign(ask_text(self.public, self.store))
        return AskToPair(
            **{"public": self.public, "store": self.store, "software": "0.9", "signature": signature} | more
        )

    def ask(self) -> Asked:
        answer = self.open("/v1/pairings", self.asking())
        assert answer.status_code == 201, answer.text
        return forms.read(answer.content, Asked)

    def claimed(self, pairing: str) -> Claimed:
        answer = self.open(f"/v1/pairings/{pairing}/claim", Claim(signature=self.key.sign(claim_text(pairing))))
        assert answer.status_code == 200, answer.text
        return forms.read(answer.content, Claimed)

    def claim(self, pairing: str) -> Credentials:
        """The credentials, which the kiosk uses from now on."""
        claimed = self.claimed(pairing)
        assert claimed.state is PairingState.CONFIRMED and claimed.credentials is not None
        self.credentials, self.token = claimed.credentials, claimed.credentials.token
        return claimed.credentials

    def renew(self) -> str:
        """Another token, which is not used yet."""
        return self.said(self.send("POST", "/v1/kiosk/token"), NewToken).token

    def beat(self, **said: Any) -> Response:
        return self.send("POST", "/v1/kiosk/heart-beat", json=said)

    def send(self, method: str, path: str, message: BaseModel | None = None, **more: Any) -> Response:
        """A signed request: of that message in CBOR, or of whatever else httpx takes (`json`, `content`, `params`)."""
        return self.post(self.request(method, path, message, **more))

    def request(
        self, method: str, path: str, message: BaseModel | None = None, lane: str = Lane.MAIN, **more: Any
    ) -> Request:
        """Such a request, not sent yet, with a counter of its own."""
        headers = {"Accept": forms.CBOR} | more.pop("headers", {})
        if message is not None:
            content, is_packed = forms.packed(forms.written(message))
            headers |= {"Content-Type": forms.CBOR} | ({"Content-Encoding": "gzip"} if is_packed else {})
            more["content"] = content
        headers |= {"Authorization": f"Bearer {self.token}", WIRE_HEADER: str(WIRE)}
        made = self.client.build_request(method, path, headers=headers, **more)
        made.headers[SIGNATURE_HEADER] = self.signature(made, lane)
        return made

    def signature(self, request: Request, lane: str = Lane.MAIN) -> str:
        self.counters[lane] = counter = self.counters.get(lane, 0) + 1
        target = request.url.raw_path.decode("ascii")
        text = request_text(request.method, target, lane, counter, request.read())
        return Signed(lane, counter, self.key.sign(text)).header()

    def post(self, request: Request) -> Response:
        """That request as it is, even if it was sent before."""
        return self.client.send(request)

    def open(self, path: str, message: BaseModel) -> Response:
        return self.client.post(path, content=forms.written(message), headers=CBOR)

    def said(self, answer: Response, kind: type[Any]) -> Any:
        """The message of a good answer."""
        assert answer.status_code < 300, answer.text
        form = answer.headers["content-type"]
        return forms.read(answer.content, kind, form)


def confirm(central: Running, code: str, name: str = "", **more: Any) -> Response:
    """The admin confirms the kiosk that shows that code."""
    wanted = {"code": code, "name": name or f"Paired {next(NUMBERS)}", **more}
    return central.admin("POST", "/v1/pairings/confirm", json=wanted)


def paired(central: Running, name: str = "", **more: Any) -> PairedKiosk:
    """A kiosk that was paired with that name, `site` and `groups`, and has its token."""
    kiosk = PairedKiosk(central.client)
    asked = kiosk.ask()
    answer = confirm(central, asked.code, name, **more)
    assert answer.status_code == 200, answer.text
    kiosk.claim(asked.id)
    return kiosk
