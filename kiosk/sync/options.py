"""The sync room's settings, and the addresses that a kiosk may speak to."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.domain.errors import Untrusted
from kiosk.domain.options import option

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Options:
    """Whether and how the kiosk speaks to central. Without `url` it works alone until it is paired."""

    url: str = option("", "Address of central, https://…; the kiosk can then be paired on its own screen.")
    ca_file: Path | None = option(
        None, "Certificates (PEM) to trust instead of the system's, for a central with a certificate of one's own."
    )
    heart_beat_s: float = option(30.0, "How often the kiosk says how it is.", low=5, high=3600, unit="s")
    poll_s: float = option(
        15.0, "How often it asks for news while the stream of changes is down.", low=1, high=3600, unit="s"
    )
    connect_s: float = option(3.0, "Patience for a connection.", low=0.1, high=60, unit="s")
    read_s: float = option(10.0, "Patience for the next bytes of an answer.", low=0.1, high=120, unit="s")
    write_s: float = option(10.0, "Patience for bytes to be taken.", low=0.1, high=120, unit="s")
    whole_s: float = option(30.0, "Patience for a whole answer, however slowly it drips.", low=1, high=600, unit="s")


def base_of(url: str) -> str:
    """The address without a slash at its end. Raises Untrusted for one that is not encrypted and not of this machine.

    Name and password in an address are refused too: it is shown and logged.
    """
    parts = urlsplit(url.strip())
    host = _host(url)
    if not host or parts.query or parts.fragment or parts.username or parts.password:
        raise Untrusted("the address of central must look like https://central.example, and hold nothing else")
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return url.strip().rstrip("/")
    raise Untrusted("central is only spoken to over https (http goes no further than this machine); change the address")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
        return parts.hostname or ""
    except ValueError:
        return ""
