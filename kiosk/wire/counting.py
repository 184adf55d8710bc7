"""How many values a body holds, counted before any of them is made: a byte of a body can take seventy of memory."""

VALUES_MOST = 400_000
# Of one map. Python's whole numbers k(2⁶¹ - 1) all have the same hash, so that a map of them is put together in the
# square of the time: 400,000 values in one map took minutes, in maps of so many they take a third of a second.
MEMBERS_MOST = 256
# Dates, large whole numbers, and "this is CBOR". Others refer to what was said before (so that a few bytes become more
# than there is memory), or have something worked out that takes minutes.
_TAGS = frozenset({0, 1, 2, 3, 55799})
_LONG = {24: 1, 25: 2, 26: 4, 27: 8}  # the bytes of a number that does not fit into the first byte
_NUMBERS, _STRINGS, _LISTS, _MAP, _TAG = (0, 1, 7), (2, 3), (4, 5), 5, 6
_OPEN = 31  # of a length that is not said


class TooMuch(ValueError):
    """More values than a body may hold, or what no body of ours does."""


def check_cbor(content: bytes) -> None:
    """Raises TooMuch. What is not CBOR is left to whoever reads it.

    It goes from value to value and looks into none, in about a tenth of the time of reading them.
    """
    place, count, end, steps = 0, 0, len(content), _STEPS
    while place < end:
        place += steps[content[place]] or _long(content, place)
        count += 1
        if count > VALUES_MOST:
            raise TooMuch(f"it holds more than {VALUES_MOST:,} values")


def check_json(content: bytes) -> None:
    """Raises TooMuch. Each value is the first of a list or a map, or stands behind a comma."""
    if len(content) > VALUES_MOST and sum(content.count(mark) for mark in (b",", b"[", b"{")) > VALUES_MOST:
        raise TooMuch(f"it may hold more than {VALUES_MOST:,} values")


def _step(first: int) -> int:
    """How far it is to the next value after one that begins with that byte; 0 where the following bytes say it."""
    major, low = first >> 5, first & 0x1F
    if major == _TAG:
        return 1 if low in _TAGS else 0
    if low in _LONG:
        return 1 + _LONG[low] if major in _NUMBERS else 0
    if major == _MAP and low == _OPEN:
        return 0
    return 1 + low if major in _STRINGS and low < min(_LONG) else 1


def _long(content: bytes, place: int) -> int:
    """The same for a value of which the first byte does not say it."""
    major, low = content[place] >> 5, content[place] & 0x1F
    head = 1 + _LONG.get(low, 0)
    said = int.from_bytes(content[place + 1 : place + head]) if low in _LONG else low
    if major == _TAG and said not in _TAGS:
        raise TooMuch("it has a tag that is not read")
    if major == _MAP and (low == _OPEN or said > MEMBERS_MOST):
        raise TooMuch(f"it has a map of more than {MEMBERS_MOST} members, or of nobody knows how many")
    if major in _LISTS and said > len(content) - place:
        raise TooMuch("it announces more values than it has bytes")
    return head + said if major in _STRINGS else head


_STEPS = tuple(_step(first) for first in range(256))
