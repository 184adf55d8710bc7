"""Whoever stands between kiosk and central, or has something of one of them in hand, gets nothing by it."""

import datetime as dt
import ipaddress
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.domain.errors import Untrusted, WrongKey
from kiosk.store import Store
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.engine import Engine, Here, Rhythm
from kiosk.sync.options import Options
from kiosk.sync.pairing import Pairing
from kiosk.sync.ports import Central, Member
from kiosk.sync.signature import signer_of
from kiosk.wire.pairing import PairingState
from tests.central.kiosks_making import confirm
from tests.central.making import Running
from tests.central.waiting import free_port, until
from tests.store.making import all_bytes, an_embedding, open_store, somebody
from tests.sync.making import Kiosk, KioskClock, a_kiosk, an_engine


@dataclass(frozen=True)
class Authority:
    """Somebody who vouches for servers; `file` is what a kiosk trusts them by."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    file: Path

    @staticmethod
    def named(text: str, folder: Path) -> "Authority":
        name, key = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]), ec.generate_private_key(ec.SECP256R1())
        made = _certificate(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        file = folder / f"{text}.pem"
        file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return Authority(name, key, file)

    def vouch(self, folder: Path) -> tuple[Path, Path]:
        """A certificate for this machine, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")])
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        made = _certificate(name, self.name, key).add_extension(here, critical=False).sign(self.key, hashes.SHA256())
        plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "site.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / "site.key").write_bytes(key.private_bytes(*plain))
        return folder / "site.pem", folder / "site.key"


def _certificate(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
    )


@contextmanager
def encrypted(central: Running, certificate: Path, key: Path) -> Iterator[str]:
    """The address at which that central answers over TLS meanwhile."""
    port = free_port()
    files = {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
    quiet = {"lifespan": "off", "log_level": "error", "access_log": False}
    server = uvicorn.Server(uvicorn.Config(central.app, "127.0.0.1", port, **files, **quiet))  # type: ignore[arg-type]
    assert central.client.portal is not None
    served = central.client.portal.start_task_soon(server.serve)
    until(lambda: server.started, "the server")
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        served.result()


def by_socket(store: Store, clock: KioskClock, options: Options) -> Engine:
    """An engine that reaches central as a real kiosk does."""

    def dial(member: Member) -> Central:
        return open_central(member.url, options, patience_of(clock), signer_of(store.membership))

    return Engine(Here(store.outbox, store.inbox, store.membership, clock), dial, Rhythm())


def paired_at(url: str, store: Store, clock: KioskClock, central: Running, options: Options) -> None:
    pairing = Pairing(open_central(url, options, patience_of(clock)), store.membership, clock, url)
    confirm(central, pairing.ask().code, site="site")
    assert pairing.claim().state is PairingState.CONFIRMED


def stepped(engine: Engine, clock: KioskClock, times: int = 12) -> None:
    for _ in range(times):
        clock.advance(engine.step(clock.monotonic()))


def test_a_kiosk_syncs_over_tls_with_the_authority_that_it_was_told_of_and_no_other(
    tmp_path: Path, central: Running
) -> None:
    ours, theirs = Authority.named("ours", tmp_path), Authority.named("theirs", tmp_path)
    clock = KioskClock()
    with encrypted(central, *ours.vouch(tmp_path)) as url, open_store(tmp_path / "store", clock) as store:
        trusting = Options(url=url, ca_file=ours.file)
        for wrong in (Options(url=url), Options(url=url, ca_file=theirs.file)):
            with pytest.raises(Untrusted):
                paired_at(url, store, clock, central, wrong)
        paired_at(url, store, clock, central, trusting)
        person = store.people.enrol(somebody("Over Tls", an_embedding(1)), clock.utc()).id
        stepped(by_socket(store, clock, trusting), clock)
        assert central.admin("GET", f"/v1/people/{person}").status_code == 200

        later = store.people.enrol(somebody("Not To Be Sent", an_embedding(2)), clock.utc()).id
        fooled = by_socket(store, clock, Options(url=url, ca_file=theirs.file))
        stepped(fooled, clock)
        assert fooled.status().trouble == "sync-untrusted"
        assert store.outbox.waiting().waiting > 0
        assert central.admin("GET", f"/v1/people/{later}").status_code == 404


def test_a_token_stolen_from_a_card_reads_and_writes_nothing_with_another_kiosk_s_key(
    kiosk: Kiosk, central: Running, tmp_path: Path
) -> None:
    person = kiosk.enrol("Robbed Of A Token")
    kiosk.run()
    stolen = kiosk.store.membership.member()
    assert stolen is not None
    with a_kiosk(tmp_path / "thief", central, site="elsewhere") as thief:
        thief.run()
        thief.store.membership.renew(stolen.credentials.token)
        with_it = an_engine(thief.store, thief.network, thief.clock)
        thief.store.people.enrol(somebody("Slipped In", an_embedding(3)), thief.clock.utc())
        with_it.run(30.0)
        assert person not in {one.id for one in thief.store.people.everybody()}
        assert with_it.engine.status().trouble == "sync-rejected"
        assert thief.store.outbox.waiting().waiting > 0
    found = central.admin("POST", "/v1/people/search", json={"text": "Slipped"}).json()
    assert found["people"] == []
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run()
    assert kiosk.engine.status().trouble == ""


def test_a_card_read_on_another_machine_gives_nobody_and_no_token_without_its_key(kiosk: Kiosk, tmp_path: Path) -> None:
    kiosk.enrol("On The Card")
    kiosk.run()
    member = kiosk.store.membership.member()
    assert member is not None
    copy = tmp_path / "copy"
    shutil.copytree(kiosk.store.folder, copy)
    (copy / "key").unlink()
    lying = all_bytes(copy)
    for secret in (b"On The Card", member.credentials.token.encode(), kiosk.store.membership.device_key()):
        assert secret not in lying
    with pytest.raises(WrongKey):
        open_store(copy)
    with open_store(tmp_path / "another", KioskClock()) as another:
        del another
    shutil.copy(tmp_path / "another" / "key", copy / "key")
    with pytest.raises(WrongKey):
        open_store(copy)
