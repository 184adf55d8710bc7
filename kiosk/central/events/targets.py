"""Where a webhook may point: not into our own networks, unless the settings say so.

An address is looked at when the webhook is made and, resolved, each time something is sent: a name that meant a public
address yesterday may mean this machine today.
"""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from kiosk.central.errors import Unusable

LONGEST = 1000
LOCAL = "localhost"
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_url(url: str, *, private: bool) -> None:
    """Raises Unusable for an address that nothing may be sent to, as far as it can be told without asking."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise Unusable("That is no address; give https://host/path.", "url") from error
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise Unusable(f"A webhook's address has {LONGEST} plain characters at most.", "url")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise Unusable("A webhook's address is https://host/path, without a user, a password or a #.", "url")
    address = _literal(host)
    is_local = host == LOCAL or (address is not None and address.is_loopback)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise Unusable("A webhook's address begins with https://.", "url")
    if not private and (is_local or (address is not None and not is_public(address))):
        raise Unusable(
            "That address is of a private network; `webhooks.private` in the settings would allow it.", "url"
        )


async def resolved(host: str, port: int, *, private: bool) -> str | None:
    """The address of that host to send to; None where it has none, or one that nothing may be sent to."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or (not private and not all(is_public(address) for address in addresses)):
        return None
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Whether it is an address of the internet at large, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
