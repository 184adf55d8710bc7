"""Erased is erased: nothing of somebody is left in any table, nor in the files of the database."""

import base64
from pathlib import Path

from sqlalchemy import select

from kiosk.central.people.tables import ChipRow, TemplateRow
from kiosk.central.schema import metadata
from tests.central.making import Running

NAME, HOST = "Wilhelmina Xanthopoulos", "Quentin Zwicky"


def sealed_values(central: Running) -> list[bytes]:
    """What is kept of everybody's faces, as it stands in the database."""

    async def work() -> list[bytes]:
        async with central.house.database.reading() as session:
            values = [await session.scalars(select(table.sealed)) for table in (TemplateRow, ChipRow)]
            return [value for found in values for value in found.all()]

    found: list[bytes] = central.run(work)
    return found


def everything(central: Running) -> str:
    """Every value of every table, as text."""

    async def work() -> str:
        async with central.house.database.reading() as session:
            rows = [(await session.execute(select(table))).all() for table in metadata().sorted_tables]
            return repr(rows)

    text: str = central.run(work)
    return text


def test_nothing_of_somebody_erased_is_left(fresh: Running, demo_faces: dict[str, Path]) -> None:
    person = fresh.person(NAME, host=HOST)
    fresh.enrol(person["id"], demo_faces["obama"])
    fresh.admin("POST", "/v1/passes", json={"person": person["id"]})
    kept = sealed_values(fresh)
    assert len(kept) == 2 and NAME in everything(fresh)
    fresh.admin("DELETE", f"/v1/people/{person['id']}")
    left = everything(fresh)
    assert NAME not in left and HOST not in left and "xanthopoulos" not in left
    assert sealed_values(fresh) == []
    if fresh.house.database.is_postgresql:
        return
    content = b"".join(file.read_bytes() for file in fresh.settings.data.glob("central.db*"))
    assert b"people" in content
    for piece in (NAME.encode(), HOST.encode(), b"xanthopoulos", *(value[13:45] for value in kept)):
        for form in (piece, piece.hex().encode(), base64.b64encode(piece)):
            assert form not in content


def test_nothing_of_somebody_merged_by_a_program_is_left_in_the_files(fresh: Running) -> None:
    if fresh.house.database.is_postgresql:
        return
    kept, other = fresh.person("Kept"), fresh.person(NAME, host=HOST)
    merged = {"other": other["id"], "version": kept["version"]}
    assert fresh.admin("POST", f"/v1/people/{kept['id']}/merge", json=merged).status_code == 200
    content = b"".join(file.read_bytes() for file in fresh.settings.data.glob("central.db*"))
    assert b"people" in content
    assert [piece for piece in (NAME, HOST, "xanthopoulos") if piece.encode() in content] == []
