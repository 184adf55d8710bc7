"""The copy of the templates in pgvector: it finds whom memory finds, and forgets whom memory forgets."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, text

from kiosk.central.people.service import Register
from kiosk.central.people.tables import PersonRow, TemplateRow
from kiosk.central.search import Found, Search, sealed
from kiosk.central.settings import DatabaseOptions
from kiosk.domain.sight import Embedding
from kiosk.identity.vectors import unit
from tests.central.making import Running, running, settings_for
from tests.central.servers import Postgres
from tests.central.syncing import a_kiosk, somebody
from tests.central.test_command import COMMAND, environment, run
from tests.central.test_jobs import asked, zipped
from tests.central.test_reencoding import a_chip, models_of
from tests.central.working import ended, work

pytestmark = pytest.mark.long

PEOPLE = 2000


@dataclass
class Vectored:
    """A central on PostgreSQL whose setting for vectors is on."""

    here: Running
    url: str

    def command(self, *arguments: str, on: str = "true") -> subprocess.CompletedProcess[str]:
        """`kiosk-central` with these arguments, over the same database and key."""
        more = {"KIOSK_CENTRAL_DATABASE_URL": self.url, "KIOSK_CENTRAL_DATABASE_VECTORS": on}
        variables = environment(self.here.settings.data, 8400) | more
        return subprocess.run([*COMMAND, *arguments], env=variables, capture_output=True, text=True, check=False)

    def filled(self) -> None:
        ran = self.command("vectors")
        assert ran.returncode == 0, ran.stderr

    def sql(self, statement: str) -> Any:
        """Straight to the database; the first value of the first row where there is one."""

        async def work() -> Any:
            async with self.here.house.database.writing() as session:
                result = await session.execute(text(statement))
                return result.scalar() if result.returns_rows else None

        return self.here.run(work)

    @property
    def rows(self) -> int:
        count: int = self.sql("SELECT count(*) FROM template_vectors")
        return count

    def identified(self, photo: Path) -> dict[str, Any]:
        self.here.ready()
        answer = self.here.admin("POST", "/v1/faces/identify", files={"picture": ("face.jpg", photo.read_bytes())})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def enrolled_with(self, vectors: np.ndarray, people: list[str]) -> None:
        """Templates straight into the tables, as the kiosk's own would lie there."""
        house, now = self.here.house, self.here.clock.utc()
        common = {"site": "", "host": "", "origin": "t", "created_utc": now, "changed_utc": now, "version": 1}
        names = [{"id": one, "name": one, "folded": one, **common} for one in dict.fromkeys(people)]
        templates = [
            {
                "id": f"{one}-{place}",
                "person": one,
                "model": house.model.name,
                "sealed": sealed(house.vault, one, Embedding(vectors[place], house.model.name)),
                "samples": 1,
                "created_utc": now,
                "change": 1,
            }
            for place, one in enumerate(people)
        ]

        async def work() -> None:
            async with house.database.writing() as session:
                await session.execute(insert(PersonRow), names)
                await session.execute(insert(TemplateRow), templates)
                await Register(session, house.vault).touch_gallery()

        self.here.run(work)

    def both(self, probe: np.ndarray, count: int) -> tuple[Found, Found]:
        """Whom pgvector finds, and whom memory finds."""
        house = self.here.house
        face = unit(probe, house.model.name)
        by_memory = Search(house.database, house.vault, house.model.name)
        return self.here.run(house.search.find, face, count), self.here.run(by_memory.find, face, count)


@pytest.fixture
def vectored(postgres: Postgres, tmp_path: Path) -> Iterator[Vectored]:
    url = postgres.new_database()
    options = DatabaseOptions(url=url, wait_s=5.0, vectors=True)
    with running(settings_for(tmp_path / "central", url, database=options)) as here:
        yield Vectored(here, url)


def random_units(count: int, width: int) -> np.ndarray:
    vectors = np.random.default_rng(7).standard_normal((count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_somebody_is_found_until_they_are_disabled_or_erased(vectored: Vectored, demo_faces: dict[str, Path]) -> None:
    before = vectored.here.enrolled("Before", demo_faces["biden"])
    vectored.filled()
    assert vectored.rows == 1
    after = vectored.here.enrolled("After", demo_faces["obama"])
    assert vectored.rows == 2
    found = vectored.identified(demo_faces["obama2"])
    assert (found["match"], found["enrolled"]) == (after["id"], 2)
    assert {one["person"] for one in found["candidates"]} == {before["id"], after["id"]}

    address = f"/v1/people/{after['id']}"
    version = vectored.here.admin("GET", address).json()["version"]
    done = vectored.here.admin("POST", f"{address}/disable", json={"version": version})
    assert done.status_code == 200, done.text
    assert [one["person"] for one in vectored.identified(demo_faces["obama2"])["candidates"]] == [before["id"]]

    vectored.here.admin("DELETE", address)
    assert vectored.rows == 1
    found = vectored.identified(demo_faces["obama2"])
    assert (found["match"], found["enrolled"]) == (None, 1)


def test_who_was_enrolled_at_a_kiosk_of_another_version_is_found_once_encoded(vectored: Vectored) -> None:
    vectored.filled()
    kiosk, person = a_kiosk(vectored.here), somebody(chip=a_chip())
    assert kiosk.told("person", **person) == ("accepted", "")
    before = vectored.rows
    work(vectored.here)
    assert vectored.here.house.model.name in models_of(vectored.here, person["id"])
    assert vectored.rows == before + 1


def test_those_enrolled_from_an_archive_are_found_too(vectored: Vectored, demo_faces: dict[str, Path]) -> None:
    vectored.filled()
    names = {f"{name}/1.jpg": demo_faces[name].read_bytes() for name in ("obama", "biden")}
    job = ended(vectored.here, asked(vectored.here, zipped(names)))
    assert job["state"] == "done" and vectored.rows == 2
    assert vectored.identified(demo_faces["biden"])["candidates"][0]["name"] == "biden"


def test_two_people_made_one_are_found_as_the_one_who_is_kept(vectored: Vectored, demo_faces: dict[str, Path]) -> None:
    vectored.filled()
    kept = vectored.here.enrolled("Kept", demo_faces["biden"])
    other = vectored.here.enrolled("Other", demo_faces["obama"])
    assert vectored.identified(demo_faces["obama2"])["match"] == other["id"]
    address = f"/v1/people/{kept['id']}"
    version = vectored.here.admin("GET", address).json()["version"]
    merged = vectored.here.admin("POST", f"{address}/merge", json={"other": other["id"], "version": version})
    assert merged.status_code == 200, merged.text
    found = vectored.identified(demo_faces["obama2"])
    assert (found["match"], found["enrolled"], vectored.rows) == (kept["id"], 1, 2)


def test_pgvector_finds_whom_memory_finds(vectored: Vectored) -> None:
    vectors = random_units(PEOPLE, vectored.here.house.model.dimension)
    vectored.enrolled_with(vectors, [f"person-{row:04d}" for row in range(PEOPLE)])
    vectored.filled()
    dice, shared = np.random.default_rng(8), 0
    for row in range(0, PEOPLE, 40):
        probe = vectors[row] + 0.08 * dice.standard_normal(vectors.shape[1])
        ours, theirs = vectored.both(probe, 10)
        assert (ours.people, ours.templates) == (theirs.people, theirs.templates) == (PEOPLE, PEOPLE)
        assert ours.matches[0].person == theirs.matches[0].person == f"person-{row:04d}"
        assert ours.matches[0].similarity == pytest.approx(theirs.matches[0].similarity, abs=1e-6)
        shared += len({one.person for one in ours.matches} & {one.person for one in theirs.matches})
    assert shared >= 0.97 * 10 * PEOPLE / 40
    vectored.sql("DELETE FROM template_vectors WHERE template LIKE 'person-0000-%'")
    ours, theirs = vectored.both(vectors[0], 1)
    assert ours.matches[0].person != theirs.matches[0].person == "person-0000", "it was pgvector that was asked"


def test_many_templates_of_one_person_leave_room_for_others(vectored: Vectored) -> None:
    width = vectored.here.house.model.dimension
    vectors = random_units(300, width)
    vectors[:200] = vectors[0] + 0.01 * vectors[:200]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = ["crowd"] * 100 + ["away"] * 100 + [f"other-{row}" for row in range(100)]
    vectored.enrolled_with(vectors, people)
    vectored.filled()
    vectored.sql("UPDATE people SET disabled_utc = now() WHERE id = 'away'")
    ours, theirs = vectored.both(vectors[0], 5)
    assert [one.person for one in ours.matches] == [one.person for one in theirs.matches]
    assert len(ours.matches) == 5 and ours.matches[0].person == "crowd"


def test_until_everybody_is_in_pgvector_memory_answers(vectored: Vectored) -> None:
    vectors = random_units(60, vectored.here.house.model.dimension)
    vectored.enrolled_with(vectors, [f"p{row}" for row in range(60)])
    ours, theirs = vectored.both(vectors[3], 3)
    assert ours == theirs and ours.matches[0].person == "p3", "there is no table yet"
    vectored.filled()
    vectored.sql("DELETE FROM template_vectors WHERE template < 'p4'")
    vectored.sql("COMMENT ON TABLE template_vectors IS NULL")
    ours, theirs = vectored.both(vectors[3], 3)
    assert ours == theirs and ours.matches[0].person == "p3", "it is not complete, as after a run that was stopped"
    vectored.filled()
    assert vectored.rows == 60
    assert vectored.both(vectors[3], 3)[0].matches[0].person == "p3"


def test_an_index_that_was_left_half_made_is_made_again(vectored: Vectored) -> None:
    vectored.filled()
    vectored.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_template_vectors_vector'::regclass")
    vectored.filled()
    assert vectored.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_template_vectors_vector'::regclass")


def test_vectors_of_another_model_or_dimension_do_not_stay(vectored: Vectored) -> None:
    vectors = random_units(5, vectored.here.house.model.dimension)
    vectored.enrolled_with(vectors, [f"p{row}" for row in range(5)])
    vectored.filled()
    vectored.sql("UPDATE templates SET model = 'older' WHERE person IN ('p0', 'p1')")
    ours, _ = vectored.both(vectors[0], 5)
    assert {one.person for one in ours.matches} == {"p2", "p3", "p4"}
    vectored.filled()
    assert vectored.rows == 3
    vectored.sql("DROP TABLE template_vectors")
    vectored.sql("CREATE TABLE template_vectors (template varchar(64) PRIMARY KEY, vector halfvec(3))")
    vectored.filled()
    assert vectored.rows == 3


def test_the_copy_can_be_dropped_and_is_not_made_unasked(vectored: Vectored) -> None:
    refused = vectored.command("vectors", on="false")
    assert refused.returncode != 0 and "database.vectors is off" in refused.stderr
    vectored.filled()
    dropped = vectored.command("vectors", "--drop", on="false")
    assert dropped.returncode == 0, dropped.stderr
    assert vectored.sql("SELECT to_regclass('template_vectors')") is None
    trail = [act["act"] for act in vectored.here.admin("GET", "/v1/audit").json()["acts"]]
    assert [act for act in trail if act.startswith("vectors")] == ["vectors-dropped", "vectors-made"]


def test_the_doctor_says_whether_everybody_is_in_pgvector(vectored: Vectored) -> None:
    def finding() -> dict[str, Any]:
        checks = json.loads(vectored.command("doctor", "--json").stdout)["checks"]
        return next(one for one in checks if one["name"] == "vectors")

    assert not finding()["ok"] and "in memory" in finding()["sentence"]
    vectored.filled()
    assert finding()["ok"]


def test_sqlite_has_no_vectors_and_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    variables = environment(tmp_path, 8400) | {"KIOSK_CENTRAL_DATABASE_VECTORS": "true"}
    ran = subprocess.run([*COMMAND, "vectors"], env=variables, capture_output=True, text=True, check=False)
    assert ran.returncode != 0 and "pgvector is a part of PostgreSQL" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_large_bench_measures_how_often_the_nearest_is_found(tmp_path: Path) -> None:
    ran = run(tmp_path, "bench", "--large", "--templates", "3000", "--probes", "100", "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["large_templates"] == 3000 and found["index_mb"] > 0 and found["index_built_s"] > 0
    assert found["large_recall_at_1"] >= 0.99 and found["large_find_recall_at_1"] >= 0.99
    assert found["large_median_ms"] > 0 and found["large_find_median_ms"] > 0
    tried = {one["ef_search"]: one["recall_at_1"] for one in found["by_ef_search"]}
    assert tried[found["ef_search"]] == found["large_recall_at_1"] and tried[500] >= tried[40]


def test_the_large_bench_leaves_a_database_with_people_alone(vectored: Vectored) -> None:
    vectored.here.person("Somebody")
    ran = vectored.command("bench", "--large", "--templates", "1000", "--probes", "20", "--database", vectored.url)
    assert ran.returncode != 0 and "there are people in that database" in ran.stderr
    assert vectored.sql("SELECT count(*) FROM people") == 1
