"""What a kiosk signs, so that neither a stolen token nor a recorded request is of use to anybody."""

import base64
import hashlib
import re
from dataclasses import dataclass

SIGNATURE_HEADER = "X-Kiosk-Signature"
WIRE_HEADER = "X-Kiosk-Wire"
WIRE = 1
COUNTER_MOST = 2**53
_FORM = re.compile(r"^([a-z]{1,16}) ([0-9]{1,16}) ([A-Za-z0-9+/]{86}==)$")


class Lane:
    """A counter grows within its lane, so that requests of two threads may overtake each other."""

    MAIN = "main"
    STREAM = "stream"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Signed:
    """The value of the header: in which lane, the counter (never the same or a smaller one again), the signature."""

    lane: str
    counter: int
    signature: bytes

    def header(self) -> str:
        """As it travels."""
        return f"{self.lane} {self.counter} {base64.b64encode(self.signature).decode()}"


def read_header(text: str) -> Signed | None:
    """What such a header says; None for anything else."""
    found = _FORM.match(text)
    if found is None or not 1 <= int(found[2]) <= COUNTER_MOST:
        return None
    return Signed(found[1], int(found[2]), base64.b64decode(found[3]))


def request_text(method: str, target: str, lane: str, counter: int, body: bytes) -> bytes:
    """What is signed of a request: `target` is path and query as sent, `body` the bytes as sent (compressed)."""
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join(("face kiosk request 1", method.upper(), target, lane, str(counter), digest)).encode()


def ask_text(public: bytes, store: str) -> bytes:
    """What is signed of a wish to be paired."""
    return "\n".join(("face kiosk pairing 1", public.hex(), store)).encode()


def claim_text(pairing: str) -> bytes:
    """What is signed of a claim."""
    return "\n".join(("face kiosk claim 1", pairing)).encode()


def manifest_text(manifest: str) -> bytes:
    """What central signs of a model."""
    return f"face kiosk model 1\n{manifest}".encode()


def fingerprint(public: bytes) -> str:
    """A key as people compare it: four groups of four letters and digits (80 bits), on the kiosk and at central."""
    text = base64.b32encode(hashlib.sha256(b"face kiosk: fingerprint\x00" + public).digest()[:10]).decode()
    return "-".join(text[place : place + 4] for place in range(0, 16, 4))
