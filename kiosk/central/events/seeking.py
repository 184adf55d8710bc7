"""Which events are wanted, out of a request's address."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from kiosk.central.events.messages import EventOut, Kind, Sought
from kiosk.central.texts import checked_form


async def sought_by(
    connection: HTTPConnection,
    kiosk: Annotated[str, Query(max_length=64)] = "",
    site: Annotated[str, Query(max_length=80)] = "",
    kind: Annotated[list[Kind] | None, Query(max_length=len(Kind))] = None,
    person: Annotated[str, Query(max_length=64)] = "",
) -> Sought:
    """Which events are wanted."""
    fields: dict[str, object] = {"kiosk": kiosk, "site": site, "kind": kind or [], "person": person}
    for name in ("from", "until"):  # words that Python keeps to itself
        fields[f"{name}_utc"] = connection.query_params.get(name) or None
    return checked_form(Sought, fields)


Wanted = Annotated[Sought, Depends(sought_by)]
FROM_UNTIL = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {"type": "string", "format": "date-time"},
            "description": f"Taken {what} this moment, with its time zone.",
        }
        for name, what in (("from", "at or after"), ("until", "before"))
    ]
}


def matches(event: EventOut, sought: Sought) -> bool:
    """Whether that event is one of those that are wanted."""
    same = ((sought.kiosk, event.kiosk), (sought.site, event.site), (sought.person, event.person))
    if any(wanted and wanted != value for wanted, value in same) or (sought.kind and event.kind not in sought.kind):
        return False
    is_late = sought.from_utc is None or event.taken_utc >= sought.from_utc
    return is_late and (sought.until_utc is None or event.taken_utc < sought.until_utc)
