"""From photographs to what somebody is known by."""

import asyncio
from collections.abc import Sequence

from kiosk.central.errors import Unusable
from kiosk.central.house import House
from kiosk.central.inference.tasks import Useless
from kiosk.central.people.service import NewFace
from kiosk.domain.errors import Refused
from kiosk.identity.enrolment import fuse_embeddings


async def enrol_from(house: House, pictures: Sequence[bytes], *, keep_picture: bool) -> NewFace:
    """One fused template from photographs of one face. Raises Unusable, naming the photograph, Unavailable."""
    asked = (house.pool.embed(picture, with_chip=keep_picture) for picture in pictures)
    answers = await asyncio.gather(*asked)
    for number, answer in enumerate(answers, 1):
        if isinstance(answer, Useless):
            raise Unusable(f"Photograph {number}: {answer.sentence}", answer.reason.value)
    faces = [answer for answer in answers if not isinstance(answer, Useless)]
    try:
        fused = fuse_embeddings([face.embedding for face in faces], house.model.score_table, house.settings.identity)
    except Refused as error:
        raise Unusable("These photographs are not all of one person; send those of one.", "several-people") from error
    sharpest = max(faces, key=lambda face: face.face.score)
    return NewFace(fused, len(faces), sharpest.chip)
