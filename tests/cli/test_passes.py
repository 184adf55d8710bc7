"""pass issue, check and revoke, and the events they leave."""

from pathlib import Path

import cv2
import pytest
from PIL import Image

from tests.cli.conftest import Album, Enrolled
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


def carry(album: Album, store: Path, png: Path, *more: object) -> Ran:
    photos = [argument for photo in album.one for argument in ("--photo", photo)]
    return kiosk("pass", "carry", *photos, "--consent", "--png", png, "--store", store, "--json", *more)


def test_a_carried_pass_is_valid_and_nothing_about_its_bearer_is_kept(album: Album, tmp_path: Path) -> None:
    store, png = tmp_path / "store", tmp_path / "pass.png"
    made = carry(album, store, png, "--valid", "7d")
    assert (made.code, made.json) == (0, {"kind": "carried", "png": str(png)})
    checked = check(store, png)
    assert (checked.code, checked.json["kind"]) == (0, "carried")
    assert (checked.json["person"], checked.json["name"]) == (None, None)
    assert kiosk("people", "list", "--store", store, "--json").json["people"] == []
    (event,) = kiosk("events", "--store", store, "--json").lines
    assert (event["kind"], event["person"]) == ("pass-carried", None)
    assert checked.json["pass"].encode() not in b"".join(contents(store).values())


def test_without_consent_no_pass_is_carried(album: Album, tmp_path: Path) -> None:
    command = ("pass", "carry", "--photo", album.other, "--png", tmp_path / "p.png", "--store", tmp_path / "store")
    assert "--consent" in refused(kiosk(*command))
    assert list(tmp_path.iterdir()) == []


def test_photographs_of_two_people_make_no_carried_pass(album: Album, tmp_path: Path) -> None:
    photos = ("--photo", album.other, "--photo", album.third, "--consent")
    refused(kiosk("pass", "carry", *photos, "--png", tmp_path / "p.png", "--store", tmp_path / "store"))
    assert not (tmp_path / "p.png").exists()


def test_a_carried_pass_is_withdrawn_with_its_picture(album: Album, tmp_path: Path) -> None:
    store, png = tmp_path / "store", tmp_path / "pass.png"
    carry(album, store, png)
    number = check(store, png).json["pass"]
    assert "no pass" in refused(kiosk("pass", "revoke", number, "--store", store))
    ran = kiosk("pass", "revoke", "--pass-png", png, "--store", store, "--json")
    assert (ran.code, ran.json) == (0, {"pass": number, "revoked": True})
    ran = check(store, png)
    assert (ran.code, ran.json["reason"]) == (1, "pass-revoked")


def test_a_reference_pass_is_withdrawn_with_its_picture_too(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    assert kiosk("pass", "revoke", "--pass-png", tmp_path / "pass.png", "--store", enrolled.store).code == 0
    assert check(enrolled.store, tmp_path / "pass.png").json["reason"] == "pass-revoked"


def test_revoking_wants_an_id_or_a_picture_and_not_both(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    command, picture = ("pass", "revoke", "--store", enrolled.store), ("--pass-png", tmp_path / "pass.png")
    assert "either" in refused(kiosk(*command))
    assert "either" in refused(kiosk(*command, "some-id", *picture))
    assert check(enrolled.store, tmp_path / "pass.png").code == 0


def test_a_pass_of_another_kiosk_can_t_be_withdrawn(album: Album, enrolled: Enrolled, tmp_path: Path) -> None:
    carry(album, tmp_path / "other", tmp_path / "pass.png")
    before = contents(enrolled.store)
    command = ("pass", "revoke", "--pass-png", tmp_path / "pass.png", "--store", enrolled.store)
    assert "not issued here" in refused(kiosk(*command))
    assert contents(enrolled.store) == before


def test_a_pass_for_one_visit_says_so_and_a_check_does_not_use_it_up(
    album: Album, enrolled: Enrolled, tmp_path: Path
) -> None:
    assert issue(enrolled, tmp_path / "one.png", "--single-use").json["single_use"] is True
    assert issue(enrolled, tmp_path / "many.png").json["single_use"] is False
    carry(album, enrolled.store, tmp_path / "carried.png", "--single-use")
    found = [check(enrolled.store, tmp_path / f"{name}.png") for name in ("one", "one", "many", "carried", "carried")]
    assert [(ran.code, ran.json["single_use"]) for ran in found] == [
        (0, True),
        (0, True),
        (0, False),
        (0, True),
        (0, True),
    ]


def keys(store: Path) -> list[str]:
    found: list[str] = kiosk("pass", "keys", "--store", store, "--json").json["keys"]
    return found


def test_passes_of_an_older_key_are_good_until_it_is_dropped(album: Album, enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "old.png")
    carry(album, enrolled.store, tmp_path / "carried.png")
    (old,) = keys(enrolled.store)
    rolled = kiosk("pass", "roll-key", "--store", enrolled.store, "--json")
    assert keys(enrolled.store) == [rolled.json["key"], old]
    issue(enrolled, tmp_path / "new.png")
    names = ("old", "carried", "new")
    assert [check(enrolled.store, tmp_path / f"{name}.png").code for name in names] == [0, 0, 0]

    dropped = kiosk("pass", "drop-key", old, "--yes", "--store", enrolled.store, "--json")
    assert (dropped.code, dropped.json) == (0, {"dropped": True, "key": old})
    found = [check(enrolled.store, tmp_path / f"{name}.png").json["reason"] for name in names]
    assert found == ["pass-forged", "pass-forged", None]


def test_keys_tell_which_one_signs_and_no_secret(enrolled: Enrolled) -> None:
    kiosk("pass", "roll-key", "--store", enrolled.store)
    ran = kiosk("pass", "keys", "--store", enrolled.store)
    assert [line.split("  ")[1] for line in ran.out.splitlines()] == ["signs", "old passes only"]
    assert all(len(line.split()[0]) == 16 for line in ran.out.splitlines())


@pytest.mark.parametrize("key", ["0123456789abcdef", "no-key", ""])
def test_an_unknown_key_can_t_be_dropped(key: str, enrolled: Enrolled) -> None:
    before = contents(enrolled.store)
    assert "kiosk pass keys" in refused(kiosk("pass", "drop-key", key, "--yes", "--store", enrolled.store))
    assert contents(enrolled.store) == before


def test_the_key_that_signs_can_t_be_dropped(enrolled: Enrolled, tmp_path: Path) -> None:
    issue(enrolled, tmp_path / "pass.png")
    (key,) = keys(enrolled.store)
    assert "roll" in refused(kiosk("pass", "drop-key", key, "--yes", "--store", enrolled.store))
    assert check(enrolled.store, tmp_path / "pass.png").code == 0


def test_a_key_is_not_dropped_where_nobody_confirms_it(
    enrolled: Enrolled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk("pass", "roll-key", "--store", enrolled.store)
    old = keys(enrolled.store)[1]
    with (tmp_path / "nobody").open("w+") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert "--yes" in refused(kiosk("pass", "drop-key", old, "--store", enrolled.store))
    assert len(keys(enrolled.store)) == 2
