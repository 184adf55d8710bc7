"""Sending one signed message to a webhook. The only place of central's that sends anything anywhere."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from kiosk.central.events.targets import resolved

SIGNATURE = "Kiosk-Signature"
CONNECT_S, READ_S, WHOLE_S = 5.0, 10.0, 15.0
SENT, NOWHERE = "sent", "no-address"
# A connection that was made for one host is never used for another that has the same address.
LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=0)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: to where, signed with which secret, and by which delivery it is known."""

    delivery: str
    kind: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Post:
    """Sends letters. `private`: whether they may go to private networks."""

    client: httpx.AsyncClient
    private: bool

    async def send(self, letter: Letter, unix_s: int) -> str:
        """What came of it as a code: `sent`, or why not."""
        try:
            url = httpx.URL(letter.url)
        except httpx.InvalidURL:
            return NOWHERE
        host = url.raw_host.decode("ascii")
        address = await resolved(host, url.port or (443 if url.scheme == "https" else 80), private=self.private)
        if address is None:
            return NOWHERE
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "face-kiosk-central",
            "Kiosk-Delivery": letter.delivery,
            "Kiosk-Event": letter.kind,
            SIGNATURE: signature(letter.secret, unix_s, letter.body),
        }
        # The address that was looked at is the one that is connected to; the certificate has to be the host's.
        request = self.client.build_request(
            "POST",
            url.copy_with(host=address),
            headers=headers,
            content=letter.body,
            extensions={"sni_hostname": host},
        )
        return await self._answer(request)

    async def _answer(self, request: httpx.Request) -> str:
        """Nothing of an answer is read but its status."""
        try:
            async with asyncio.timeout(WHOLE_S):
                response = await self.client.send(request, stream=True)
                await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            return "timeout"
        except httpx.HTTPError:
            return "no-connection"
        return SENT if response.is_success else f"http-{response.status_code}"


@asynccontextmanager
async def post_office(*, private: bool) -> AsyncIterator[Post]:
    """What sends, while this is open. It follows no redirect, and takes no proxy from the environment."""
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    async with httpx.AsyncClient(timeout=timeout, limits=LIMITS, follow_redirects=False, trust_env=False) as client:
        yield Post(client, private)


def signature(secret: str, unix_s: int, body: bytes) -> str:
    """The header by which a receiver knows that it comes from here, and when it was sent."""
    signed = hmac.digest(secret.encode(), f"{unix_s}.".encode() + body, "sha256").hex()
    return f"t={unix_s},v1={signed}"
