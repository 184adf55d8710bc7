"""The engine between a real store and a real central, under a clock that stands still, over a network that fails."""

from pathlib import Path

from tests.central.making import Running
from tests.sync.making import Kiosk, a_kiosk


def test_who_is_enrolled_on_one_kiosk_is_known_on_the_other(kiosk: Kiosk, central: Running, tmp_path: Path) -> None:
    kiosk.enrol("Ada Lovelace")
    kiosk.run()
    assert kiosk.store.outbox.waiting().waiting == 0
    with a_kiosk(tmp_path / "other", central) as other:
        other.run()
        assert other.names() == ["Ada Lovelace"]
        assert other.heard[-1][0].gallery
