"""`/v1/faces`: what a photograph shows, whether two show the same person, and who of those enrolled it is like."""

import asyncio
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Unusable, WorkerLost
from kiosk.central.inference.tasks import DetectTask, Embedded, Found, FoundFace, Useless
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, while_there
from kiosk.central.uploads import form_of, uploaded
from kiosk.identity.calibration import claim_threshold, open_level

router = APIRouter(prefix="/v1/faces", tags=["faces"], dependencies=[Depends(Allow(Scope.FACES_USE))])

TOP = 10
ANSWERS: dict[int | str, dict[str, Any]] = {
    413: {"description": "A photograph is too large."},
    415: {"description": "Not a JPEG, PNG or WebP photograph."},
    422: {"description": "No face, several faces, or a photograph that is damaged; `reason` says which."},
    503: {"description": "Too many photographs are waiting; Retry-After says when to come again."},
}


class FaceOut(BaseModel):
    """A face: box (x, y, w, h) and points (x, y) in fractions of the photograph; score 0..1."""

    box: tuple[float, float, float, float]
    score: float
    keypoints: list[tuple[float, float]]
    mesh: list[tuple[float, float]] = []


class Detected(BaseModel):
    """Every face of a photograph of that size in pixels, the surest first."""

    width: int
    height: int
    faces: list[FaceOut]


class Compared(BaseModel):
    """How alike two faces are: the cosine, the threshold of passes, and that one in so many strangers comes as near."""

    same: bool
    similarity: float
    threshold: float
    level: str
    one_in: float | None
    model: str
    a: FaceOut
    b: FaceOut


class Candidate(BaseModel):
    """Somebody enrolled, and how like the face they are."""

    person: str
    name: str
    similarity: float


class Identified(BaseModel):
    """Whom the face is most like, best first; `match` is who it is, where that is sure enough."""

    match: str | None
    threshold: float | None
    candidates: list[Candidate]
    face: FaceOut
    enrolled: int


def face_out(face: FoundFace) -> FaceOut:
    """That face, for the API."""
    return FaceOut(box=face.box, score=face.score, keypoints=list(face.keypoints), mesh=list(face.mesh))


def useful(answer: Embedded | Useless) -> Embedded:
    """The answer, if the photograph was of use. Raises Unusable."""
    if isinstance(answer, Useless):
        raise Unusable(answer.sentence, answer.reason.value)
    return answer


@router.post("/detect", responses=ANSWERS, openapi_extra=form_of("picture"))
async def detect(request: Request, house: InHouse) -> Detected:
    """Find every face of a photograph."""
    house.pool.check_room()
    form = await uploaded(request, house.settings.uploads, 1)
    found = await while_there(request, house.pool.run(DetectTask(form.picture("picture"))))
    if isinstance(found, Useless):
        raise Unusable(found.sentence, found.reason.value)
    if not isinstance(found, Found):
        raise WorkerLost("The worker answered something else; try again.")
    return Detected(width=found.width, height=found.height, faces=[face_out(face) for face in found.faces])


@router.post("/compare", responses=ANSWERS, openapi_extra=form_of("a", "b"))
async def compare(request: Request, house: InHouse, mesh: bool = False) -> Compared:
    """Say whether two photographs show the same person."""
    house.pool.check_room()
    form = await uploaded(request, house.settings.uploads, 2)
    asked = (house.pool.embed(form.picture(name), with_mesh=mesh) for name in ("a", "b"))
    one, other = (useful(answer) for answer in await while_there(request, asyncio.gather(*asked)))
    table, options = house.model.score_table, house.settings.identity
    similarity = one.embedding.similarity(other.embedding)
    threshold = claim_threshold(table, options)
    rate = table.fmr_of(similarity)
    return Compared(
        same=similarity >= threshold,
        similarity=similarity,
        threshold=threshold,
        level=options.pass_level.value,
        one_in=1 / rate if rate else None,
        model=one.model,
        a=face_out(one.face),
        b=face_out(other.face),
    )


@router.post("/identify", responses=ANSWERS, openapi_extra=form_of("picture"))
async def identify(request: Request, house: InHouse, mesh: bool = False) -> Identified:
    """Find the people most like a photograph."""
    house.pool.check_room()
    form = await uploaded(request, house.settings.uploads, 1)
    asked = house.pool.embed(form.picture("picture"), with_mesh=mesh)
    answer = useful(await while_there(request, asked))
    found = await house.search.find(answer.embedding, TOP)
    ranked = found.matches
    async with house.database.reading() as session:
        names = await Register(session, house.vault).names([match.person for match in ranked])
    level = open_level(house.model.gallery_table, found.templates, house.settings.identity)
    best = ranked[0].similarity if ranked else -1.0
    second = ranked[1].similarity if len(ranked) > 1 else -1.0
    is_sure = level is not None and best >= level.threshold and best - second >= level.margin
    return Identified(
        match=ranked[0].person if is_sure else None,
        threshold=None if level is None else level.threshold,
        candidates=[
            Candidate(person=one.person, name=names[one.person], similarity=one.similarity)
            for one in ranked
            if one.person in names
        ],
        face=face_out(answer.face),
        enrolled=found.people,
    )
