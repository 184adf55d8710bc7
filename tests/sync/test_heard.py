"""What sync stored is told to the rest of the kiosk, whatever happens right after it, and whoever stored it."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.domain.errors import StoreBusy, StoreFailing
from kiosk.sync.ports import Applied
from tests.central.making import Running
from tests.sync.making import Followed, Kiosk, a_kiosk, an_engine, join


@pytest.mark.parametrize("raises", [False, True])
def test_a_page_is_heard_of_though_the_store_fails_right_after_it(
    kiosk: Kiosk, central: Running, tmp_path: Path, *, raises: bool
) -> None:
    kiosk.run()
    with a_kiosk(tmp_path / "other", central) as other:
        other.enrol("One More")
        other.run()
    with ExitStack() as locks:

        def then(applied: Applied) -> None:
            if not applied.gallery:
                return
            locks.enter_context(kiosk.locked())
            if raises:
                raise StoreFailing("the file could not be written anew")

        inbox = Followed(kiosk.store.inbox, "apply", then)
        again = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"inbox": inbox})
        with pytest.raises(StoreFailing if raises else StoreBusy):
            again.run(60.0)
    assert "One More" in again.names()
    assert any(applied.gallery and applied.rules for applied, _ in again.heard)


def test_a_revoked_fleet_leaves_the_gallery_though_the_store_fails_right_after(kiosk: Kiosk, central: Running) -> None:
    kiosk.run()

    def then(_gone: int) -> None:
        raise StoreFailing("the file could not be written anew")

    membership = Followed(kiosk.store.membership, "leave", then)
    again = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"membership": membership})
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke").status_code == 200
    with pytest.raises(StoreFailing):
        again.run(60.0)
    assert kiosk.store.membership.member() is None
    assert any(applied.gallery and applied.rules for applied, _ in again.heard)


def test_a_kiosk_that_a_command_paired_hears_of_what_the_command_pulled(tmp_path: Path, central: Running) -> None:
    central.person("Known Already")
    with a_kiosk(tmp_path / "alone", central, pair=False) as alone:
        alone.step()
        join(alone.store, alone.network, alone.clock)
        an_engine(alone.store, alone.network, alone.clock).run()
        alone.step()
        assert any(applied.gallery for applied, _ in alone.heard)
