"""What kiosks sign: the texts, the header, and the fingerprint that people compare."""

import pytest

from kiosk.wire.signing import Signed, ask_text, claim_text, fingerprint, read_header, request_text

SIGNATURE = bytes(range(64))


def test_a_header_is_read_as_it_was_written() -> None:
    signed = Signed("main", 12, SIGNATURE)
    assert read_header(signed.header()) == signed


@pytest.mark.parametrize("change", ["", "main 1", "MAIN 1 x", "main -1 x", "main 99999999999999999 x", "main 1 x y"])
def test_what_is_no_such_header_is_none(change: str) -> None:
    whole = Signed("main", 1, SIGNATURE).header()
    assert read_header(change.replace("x", whole.rpartition(" ")[2])) is None
    assert read_header(whole + " ") is None and read_header(whole[:-1]) is None


def test_every_part_of_a_request_is_in_what_is_signed() -> None:
    one = ("POST", "/v1/kiosk/push?a=1", "main", 7, b"body")
    others = [
        ("PUT", *one[1:]),
        (one[0], "/v1/kiosk/push", *one[2:]),
        (*one[:2], "file", *one[3:]),
        (*one[:3], 8, b"body"),
        (*one[:4], b"bodY"),
    ]
    assert len({request_text(*each) for each in [one, *others]}) == 6
    assert request_text("post", *one[1:]) == request_text(*one)


def test_what_is_signed_for_one_purpose_is_good_for_no_other() -> None:
    beginnings = {
        text.split(b"\n")[0] for text in (ask_text(b"k", "s"), claim_text("p"), request_text("", "", "", 0, b""))
    }
    assert len(beginnings) == 3


def test_a_fingerprint_is_four_groups_of_four_and_another_one_for_another_key() -> None:
    prints = {fingerprint(bytes([number]) * 32) for number in range(100)}
    assert len(prints) == 100
    assert all([len(group) for group in one.split("-")] == [4] * 4 for one in prints)
