"""What systemd is told: that the kiosk is up, how it is, and that it lives (the protocol of sd_notify(3))."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.domain.ports import Clock
from kiosk.runtime.beats import Beats

LONGEST_QUIET_S = 5.0
FED_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends to the service manager's datagram socket; without one, as on a desk, it does nothing."""

    address: str

    @staticmethod
    def found(environ: Mapping[str, str]) -> "Notifier":
        """The socket that systemd named for this service; an abstract one begins with @."""
        named = environ.get("NOTIFY_SOCKET", "")
        return Notifier(named if named.startswith(("/", "@")) else "")

    def send(self, message: str) -> None:
        """Say this, at once or not at all: a service manager that does not listen must not stop the kiosk."""
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as line:
            try:
                line.sendto(message.encode(), address)
            except OSError:
                return


def this_service() -> Notifier:
    """The socket of the service that this process is, if it is one."""
    return Notifier.found(os.environ)


@dataclass(slots=True)
class Watchdog:
    """Belongs to the main thread, whose every turn is a sign that the screen redraws.

    Fed only while each of `parts` did something within the last seconds: a kiosk whose camera, vision or screen
    hangs is started again by the service manager, whatever the reason.
    """

    notifier: Notifier
    beats: Beats
    clock: Clock
    parts: Sequence[str]
    is_ready: Callable[[], bool]
    _is_up: bool = False
    _next: float = 0.0
    _said: str = field(default="")

    def tick(self, status: str) -> None:
        """A turn of the main loop; `status` says in a few words how the kiosk is, and is told when it changes."""
        if status != self._said:
            self._said = status
            self.notifier.send(f"STATUS={status}")
        if not self._is_up and self.is_ready():
            self._is_up = True
            self.notifier.send("READY=1")
        now = self.clock.monotonic()
        if now >= self._next and self.is_fed():
            self._next = now + FED_EVERY_S
            self.notifier.send("WATCHDOG=1")

    def is_fed(self) -> bool:
        """Whether every part shows signs of life."""
        return all(self.beats.age_s(part) <= LONGEST_QUIET_S for part in self.parts)

    def stopping(self) -> None:
        """The kiosk ends in an orderly way."""
        self.notifier.send("STOPPING=1")
