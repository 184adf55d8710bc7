"""pass issue, check and revoke, and the events they leave."""

from pathlib import Path

import cv2
import pytest
from PIL import Image

from tests.cli.conftest import Enrolled
from tests.cli.running import Ran, contents, kiosk, refused

pytestmark = pytest.mark.usefixtures("models_folder")


def issue(enrolled: Enrolled, png: Path, *more: object) -> Ran:
    return kiosk("pass", "issue", enrolled.person, "--png", png, "--store", enrolled.store, "--json", *more)


def check(store: Path, picture: Path, *more: object) -> Ran:
    return kiosk("pass", "check", picture, "--store", store, "--json", *more)


def test_a_pass_that_was_issued_is_valid(enrolled: Enrolled, tmp_path: Path) -> None:
    issued = issue(enrolled, tmp_path / "pass.png", "--valid", "8h")
    assert issued.code == 0
    checked = check(enrolled.store, tmp_path / "pass.png")
    assert (checked.code, checked.json["valid"], checked.json["reason"]) == (0, True, None)
    for key in ("pass", "person", "name"):
        assert checked.json[key] == issued.json[key]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pass.png", "store"]


def test_a_pass_is_read_from_a_tilted_photograph_of_it(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    drawn = cv2.imread(str(tmp_path / "pass.png"))
    turn = cv2.getRotationMatrix2D((drawn.shape[1] / 2, drawn.shape[0] / 2), 17, 0.6)
    cv2.imwrite(str(tmp_path / "photo.jpg"), cv2.warpAffine(drawn, turn, (900, 800), borderValue=(90, 100, 110)))
    assert check(enrolled.store, tmp_path / "photo.jpg").code == 0


def test_a_pass_is_issued_by_name_too(enrolled: Enrolled, tmp_path: Path) -> None:
    ran = kiosk("pass", "issue", enrolled.name, "--png", tmp_path / "p.png", "--store", enrolled.store)
    assert ran.code == 0
    assert "FK1:" not in ran.out


def test_a_pass_of_another_kiosk_is_refused_with_its_reason(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    ran = check(tmp_path / "other", tmp_path / "pass.png")
    assert (ran.code, ran.json["valid"], ran.json["reason"]) == (1, False, "pass-forged")


def test_a_withdrawn_pass_is_refused_with_its_reason(enrolled: Enrolled, tmp_path: Path) -> None:
    issued = issue(enrolled, tmp_path / "pass.png")
    assert kiosk("pass", "revoke", issued.json["pass"], "--store", enrolled.store).code == 0
    ran = check(enrolled.store, tmp_path / "pass.png")
    assert (ran.code, ran.json["reason"]) == (1, "pass-revoked")
    kinds = [event["kind"] for event in kiosk("events", "--store", enrolled.store, "--json").lines]
    assert kinds == ["enrolled", "pass-issued", "pass-revoked"]


def test_a_pass_for_another_site_is_refused_with_its_reason(enrolled: Enrolled, tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text('[kiosk]\nsite = "elsewhere"\n')
    issue(enrolled, tmp_path / "pass.png", "--config", config)
    ran = check(enrolled.store, tmp_path / "pass.png")
    assert (ran.code, ran.json["reason"]) == (1, "pass-foreign")


def test_the_pass_of_a_person_removed_is_refused(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    assert kiosk("people", "remove", enrolled.person, "--yes", "--store", enrolled.store).code == 0
    assert check(enrolled.store, tmp_path / "pass.png").code == 1


def test_another_qr_code_is_no_pass(enrolled: Enrolled, tmp_path: Path) -> None:
    from kiosk.passes.drawing import draw_png

    draw_png("https://example.org/menu", tmp_path / "menu.png")
    ran = check(enrolled.store, tmp_path / "menu.png")
    assert (ran.code, ran.json["reason"]) == (1, "pass-unreadable")


def test_a_picture_without_a_code_is_bad_input(enrolled: Enrolled, tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "white").save(tmp_path / "white.png")
    assert "no readable QR code" in refused(check(enrolled.store, tmp_path / "white.png"))


def test_a_pass_for_nobody_is_refused_and_draws_nothing(enrolled: Enrolled, tmp_path: Path) -> None:
    before = contents(enrolled.store)
    ran = kiosk("pass", "issue", "nobody", "--png", tmp_path / "pass.png", "--store", enrolled.store)
    assert "people list" in refused(ran)
    assert not (tmp_path / "pass.png").exists()
    assert contents(enrolled.store) == before


@pytest.mark.parametrize("where", ["gone/pass.png", "."])
def test_a_place_where_nothing_can_be_drawn_is_found_out_before_the_pass_is_issued(
    where: str, enrolled: Enrolled, tmp_path: Path
) -> None:
    before = contents(enrolled.store)
    refused(issue(enrolled, tmp_path / where))
    assert contents(enrolled.store) == before


@pytest.mark.parametrize("valid", ["0h", "8", "-3h", "8 hours", "99999d", ""])
def test_a_time_that_is_none_is_refused(valid: str, enrolled: Enrolled, tmp_path: Path) -> None:
    before = contents(enrolled.store)
    assert "write 90m, 8h, 7d or 2w" in refused(issue(enrolled, tmp_path / "pass.png", "--valid", valid))
    assert contents(enrolled.store) == before


def test_revoking_an_unknown_pass_is_refused(enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    assert "no pass" in refused(kiosk("pass", "revoke", "nothing", "--store", enrolled.store))
    assert contents(enrolled.store) == before


def test_events_can_be_limited_to_the_newest(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    command = ("events", "--store", enrolled.store, "--json")
    assert [event["kind"] for event in kiosk(*command, "--limit", 1).lines] == ["pass-issued"]
    assert len(kiosk(*command, "--since", "1h").lines) == 2
    assert kiosk(*command, "--since", "2999-01-01").lines == []
    assert "7d" in refused(kiosk(*command, "--since", "yesterday"))
