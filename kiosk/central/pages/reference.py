"""The description of the API to read and to try out, by Swagger UI and by ReDoc, from files of our own."""

from fastapi import APIRouter, Depends, Request, Response

from kiosk.central.access.rules import Open
from kiosk.central.middleware import HEADERS
from kiosk.central.pages.render import page

router = APIRouter(include_in_schema=False)

ANYBODY = [Depends(Open("what the API can do is no secret; whoever tries it out there signs in there"))]
POLICY = "Content-Security-Policy"
# ReDoc makes a style element with nothing in it and fills it by script; this is the hash of nothing.
EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"


@router.get("/docs", dependencies=ANYBODY)
async def swagger(request: Request) -> Response:
    """To try out."""
    return page(request, "swagger.html")


@router.get("/redoc", dependencies=ANYBODY)
async def redoc(request: Request) -> Response:
    """To read."""
    answer = page(request, "redoc.html")
    answer.headers[POLICY] = HEADERS[POLICY].replace("style-src 'self'", f"style-src 'self' {EMPTY}")
    return answer
