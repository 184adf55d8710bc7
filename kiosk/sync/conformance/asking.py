"""Requests: who is let in, what is refused, and in which forms messages may come."""

import gzip
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.errors import Unreachable
from kiosk.sync.client import ASK, BEAT, CLAIM, PUSH, TOKEN, Raw
from kiosk.sync.conformance.findings import need
from kiosk.sync.conformance.probe import Probe, error_of, pull_target, refused, said_in
from kiosk.sync.conformance.trial import Trial
from kiosk.wire.fields import Bytes
from kiosk.wire.forms import BODY_MOST, CBOR, JSON
from kiosk.wire.pairing import AskToPair, Claim, PairingState
from kiosk.wire.signing import SIGNATURE_HEADER, WIRE_HEADER

UNUSABLE = (413, 415, 422)
BAD = "bad-signature"
WRITTEN_S = 2.0  # by then every process of a server knows of a counter
JSON_MOST = 4_000_000
OTHER_TOKEN = "fkd_" + "0" * 43
PLAIN = {"Content-Type": JSON, "Accept": JSON, "Accept-Encoding": "identity"}
WRONG: Bytes = bytes(64)


def asking_is_signed(trial: Trial) -> None:
    """Nobody is given a code for a key that they don't have, or credentials before an admin has confirmed them."""
    probe = trial.first
    ask = AskToPair(public=probe.public, store=probe.store, signature=WRONG).model_dump_json().encode()
    refused(probe.line.exchange("POST", ASK, PLAIN, ask), 401, BAD, "an ask that is not signed")
    pairing = probe.ask().id
    early = probe.claim(pairing)
    need(early.state is PairingState.WAITING, f"a pairing that nobody has confirmed is answered {early.state}")
    need(early.credentials is None, "a pairing that nobody has confirmed gives credentials")
    claim = Claim(signature=WRONG).model_dump_json().encode()
    refused(probe.line.exchange("POST", CLAIM.format(pairing), PLAIN, claim), 401, BAD, "a claim that is not signed")
    unknown = probe.line.exchange("POST", CLAIM.format("0" * 32), PLAIN, claim)
    need(unknown.status == 404, f"a claim of a pairing that is not known is answered {unknown.status}, not 404")


def signature_is_needed(trial: Trial) -> None:
    """A token without a signature, or with that of another key, is of no use."""
    probe = trial.first
    headers = probe.signed("GET", pull_target("", 1))
    without = {name: value for name, value in headers.items() if name != SIGNATURE_HEADER}
    refused(probe.line.exchange("GET", pull_target("", 1), without), 401, BAD, "a request without a signature")
    signer = probe.signer()
    signer.key = Ed25519PrivateKey.generate()
    other = headers | signer.headers("GET", pull_target("", 1), b"")
    refused(probe.line.exchange("GET", pull_target("", 1), other), 401, BAD, "a request signed by another key")
    stolen = headers | {"Authorization": f"Bearer {trial.second.member.token}"}
    refused(probe.line.exchange("GET", pull_target("", 1), stolen), 401, BAD, "another kiosk's token")


def signature_covers_all(trial: Trial) -> None:
    """What was changed on its way is refused: body, query, counter."""
    probe = trial.first
    headers = probe.signed("POST", BEAT, b'{"people": 1}')
    refused(probe.line.exchange("POST", BEAT, headers, b'{"people": 2}'), 401, BAD, "another body than was signed")
    headers = probe.signed("GET", pull_target("", 1))
    refused(probe.line.exchange("GET", pull_target("", 2), headers), 401, BAD, "another query than was signed")
    lane, counter, signature = headers[SIGNATURE_HEADER].split(" ")
    later = headers | {SIGNATURE_HEADER: f"{lane} {int(counter) + 1} {signature}"}
    refused(probe.line.exchange("GET", pull_target("", 1), later), 401, BAD, "another counter than was signed")


def token_is_needed(trial: Trial) -> None:
    """A token that is not known is 401 `unauthorised`."""
    probe = trial.first
    headers = probe.signed("GET", pull_target("", 1)) | {"Authorization": f"Bearer {OTHER_TOKEN}"}
    refused(probe.line.exchange("GET", pull_target("", 1), headers), 401, "unauthorised", "a token that is not known")


def counter_only_grows(trial: Trial) -> None:
    """A request that was recorded and is sent again is 409 `counter`, which says how far the kiosk was."""
    probe = trial.first
    headers = probe.signed("POST", TOKEN)
    used = int(headers[SIGNATURE_HEADER].split(" ")[1])
    first = probe.line.exchange("POST", TOKEN, headers)
    need(first.status == 200, f"a new token is answered {first.status} {error_of(first)}, not 200")
    again = probe.line.exchange("POST", TOKEN, headers)
    refused(again, 409, "counter", "a request that is sent again")
    last = said_in(again).get("counter")
    need(isinstance(last, int) and last >= used, "the refusal of an old counter does not say how far the kiosk was")
    target = pull_target("", 1)
    headers = probe.signed("GET", target)
    need(probe.line.exchange("GET", target, headers).status == 200, "a pull is not answered 200")
    trial.clock.wait(trial.never, WRITTEN_S)
    refused(probe.line.exchange("GET", target, headers), 409, "counter", "a pull that is sent again")


def json_works(trial: Trial) -> None:
    """JSON works as CBOR does, and members that are not known are left aside."""
    probe = trial.first
    item = probe.item("event", trial.event()).model_dump() | {"unheard-of": 1}
    push = json.dumps({"store": probe.store, "items": [item], "unheard-of": {"of": [1]}}).encode()
    answer = probe.send("POST", PUSH, push)
    need(answer.status == 200, f"a push in JSON with a member not known is answered {answer.status} {error_of(answer)}")
    (one,) = said_in(answer).get("answers") or [{}]
    need(one.get("answer") == "accepted", f"an event in JSON is answered {one.get('answer')}, not accepted")
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    need(kind == JSON, f"the answer to a request that accepts JSON is {kind}")
    packed = probe.send("POST", PUSH, gzip.compress(push), Content_Encoding="gzip")
    need(packed.status == 200, f"a push that is gzipped is answered {packed.status} {error_of(packed)}")


def version_is_named(trial: Trial) -> None:
    """Answers name the version of the wire, so that a kiosk tries again when it changed."""
    answer = trial.first.send("POST", BEAT, b"{}")
    spoken = answer.headers.get(WIRE_HEADER, "").partition(" ")[0]
    need(spoken.isdigit(), f"a heart-beat's answer has no {WIRE_HEADER}")


def bombs_are_refused(trial: Trial) -> None:
    """What becomes too large by unpacking, or is no gzip, is refused, and so is what is no message at all."""
    probe = trial.first
    bomb = gzip.compress(bytes(2 * BODY_MOST))
    _unusable(probe.send("POST", PUSH, bomb, Content_Encoding="gzip", Content_Type=CBOR), "a gzip bomb")
    _unusable(probe.send("POST", PUSH, b"no gzip", Content_Encoding="gzip"), "a body that is not gzipped")
    _unusable(probe.send("POST", PUSH, b"\xff\xfe", Content_Type=CBOR), "noise")
    _unusable(probe.send("POST", PUSH, b"<push/>", Content_Type="text/xml"), "XML")


def floods_are_refused(trial: Trial) -> None:
    """A body of more than 8 MiB (JSON: 4 MB) is refused, or cut off, and the server goes on."""
    probe = trial.first
    for size, form in ((BODY_MOST + 1, CBOR), (JSON_MOST + 1, JSON)):
        _flooded(probe, bytes(size), form)
    answer = probe.send("POST", BEAT, b"{}")
    need(answer.status == 200, f"a heart-beat after that is answered {answer.status} {error_of(answer)}")


def _flooded(probe: Probe, content: bytes, form: str) -> None:
    try:
        answer = probe.send("POST", PUSH, content, Content_Type=form)
    except Unreachable:
        return
    need(answer.status == 413, f"{len(content):,} bytes of {form} are answered {answer.status}, not 413")


def _unusable(answer: Raw, what: str) -> None:
    need(answer.status in UNUSABLE, f"{what} is answered {answer.status}, not 413, 415 or 422")
