"""The static files: style, script and what is vendored. Their addresses change with their content, so they keep."""

import gzip
import mimetypes
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from kiosk.central.access.rules import Open
from kiosk.central.errors import Missing
from kiosk.central.pages.render import STATIC

router = APIRouter(include_in_schema=False)

KEEPS = {"Cache-Control": "public, max-age=31536000, immutable"}
VARY = {"Vary": "Accept-Encoding"}
SUFFIXES = frozenset({".css", ".js", ".svg"})


@router.get("/static/{name:path}", dependencies=[Depends(Open("style and script hold nothing of anybody"))])
async def static(request: Request, name: Annotated[str, Path(max_length=100)]) -> Response:
    """One of the files that came with central."""
    file = (STATIC / name).resolve()
    packed = file.with_name(f"{file.name}.gz")
    if not file.is_relative_to(STATIC) or file.suffix not in SUFFIXES or not (file.is_file() or packed.is_file()):
        raise Missing("There is no such file.")
    kind = mimetypes.types_map[file.suffix]
    if file.is_file():
        return Response(file.read_bytes(), media_type=kind, headers=KEEPS)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(packed.read_bytes()), media_type=kind, headers=KEEPS | VARY)
    return Response(packed.read_bytes(), media_type=kind, headers=KEEPS | VARY | {"Content-Encoding": "gzip"})
