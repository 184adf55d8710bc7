"""Leaving the fleet: whoever was enrolled here stays, whatever the network does to central's answer."""

from contextlib import closing

import pytest

from kiosk.domain.errors import Unreachable
from kiosk.store.membership import LEAVING_FOR
from kiosk.sync.pairing import unpair
from kiosk.wire.standing import Standing
from tests.central.making import Running
from tests.sync.making import Fault, Kiosk, line


def leaving(kiosk: Kiosk, fault: Fault | None = None) -> int:
    """As `kiosk sync unpair` does, over a network that does so."""
    kiosk.network.rule = lambda request: fault if request.method == "DELETE" else None
    member = kiosk.store.membership.member()
    assert member is not None
    try:
        with closing(line(kiosk.store, kiosk.network, kiosk.clock)(member)) as central:
            return unpair(central, kiosk.store.membership, kiosk.clock.utc())
    finally:
        kiosk.network.rule = lambda _request: None


@pytest.mark.parametrize("by", ["command", "service"])
def test_who_was_enrolled_here_stays_though_central_s_answer_to_leaving_was_lost(kiosk: Kiosk, by: str) -> None:
    kiosk.enrol("Enrolled Here")
    kiosk.run()
    with pytest.raises(Unreachable):
        leaving(kiosk, Fault.AFTER)
    if by == "command":
        leaving(kiosk)
    else:
        kiosk.engine.wake(kiosk.clock.monotonic())
        kiosk.run(60)
    assert kiosk.names() == ["Enrolled Here"]
    assert kiosk.engine.status().standing is Standing.ALONE


def test_a_kiosk_that_did_not_get_to_leave_is_revoked_like_any_other_later(kiosk: Kiosk, central: Running) -> None:
    kiosk.enrol("Enrolled Here")
    kiosk.run()
    with pytest.raises(Unreachable):
        leaving(kiosk, Fault.BEFORE)
    kiosk.clock.advance(LEAVING_FOR.total_seconds() + 1)
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(60)
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke").status_code == 200
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(60)
    assert kiosk.names() == []
    assert kiosk.engine.status().standing is Standing.REVOKED
