"""As it is deployed: the services' hardening, and the nginx site in front of a real server."""

import datetime as dt
import os
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.central.test_command import is_alive, serving
from tests.central.waiting import free_port, until
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
UNITS = ("kiosk-central.service", "kiosk-central-worker@.service")
NAME = "central.example"
MOST_EXPOSED = 1.5


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        missing(f"needs {name}: apt install {package}")
    return found


@pytest.mark.parametrize("unit", UNITS)
def test_the_services_are_exposed_as_little_as_the_kiosk_s(unit: str) -> None:
    command = [program("systemd-analyze", "systemd"), "security", "--offline=yes", "--no-pager"]
    ran = subprocess.run([*command, str(ROOT / "systemd" / unit)], capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", ran.stdout)
    assert found is not None, ran.stderr
    assert float(found[1]) <= MOST_EXPOSED


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `NAME` that it signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "site.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "site.key").write_bytes(key.private_bytes(*plain))
    return folder / "site.pem", folder / "site.key"


def site(folder: Path, ports: tuple[int, int, int]) -> str:
    """The site as it is shipped, with this machine's ports and certificate."""
    text = (ROOT / "config" / "nginx-kiosk-central.conf").read_text(encoding="utf-8")
    plain, secure, central = ports
    pem, key = certificate(folder)
    replaced = {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "127.0.0.1:8400": f"127.0.0.1:{central}",
        "/etc/ssl/certs/central.example.pem": str(pem),
        "/etc/ssl/private/central.example.key": str(key),
    }
    for shipped, here in replaced.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


@contextmanager
def nginx(folder: Path, ports: tuple[int, int, int]) -> Iterator[None]:
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\nhttp {{\n{temporary}{site(folder, ports)}}}\n",
        encoding="utf-8",
    )
    command = [program("nginx", "nginx-light"), "-c", str(config), "-p", str(folder), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            until(lambda: process.poll() is not None or (folder / "pid").exists(), "nginx")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def test_behind_nginx_people_come_by_tls_alone(tmp_path: Path) -> None:
    ports = (free_port(), free_port(), free_port())
    (tmp_path / "nginx").mkdir()
    with serving(tmp_path / "central", ports[2]), nginx(tmp_path / "nginx", ports):
        until(lambda: is_alive(ports[2]), "central")
        plain = httpx.get(f"http://127.0.0.1:{ports[0]}/people", headers={"Host": NAME})
        assert (plain.status_code, plain.headers["location"]) == (301, f"https://{NAME}/people")
        trusted = ssl.create_default_context(cafile=str(tmp_path / "nginx" / "site.pem"))
        with httpx.Client(verify=trusted, base_url=f"https://127.0.0.1:{ports[1]}") as client:
            extensions = {"sni_hostname": NAME}
            health = client.get("/health", headers={"Host": NAME}, extensions=extensions)
            assert health.json() == {"status": "alive"}
            metrics = client.get("/metrics", headers={"Host": NAME}, extensions=extensions)
            assert metrics.status_code == 401
            large = client.post(
                "/v1/faces/detect", headers={"Host": NAME}, content=b"x" * 140_000_000, extensions=extensions
            )
            assert large.status_code == 413
