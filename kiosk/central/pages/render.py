"""From a template and values to an answer. Everything in a page is escaped unless it was made here."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from kiosk.central.access.principal import Principal
from kiosk.central.access.scopes import Scope
from kiosk.central.pages.icons import icon
from kiosk.central.pages.menu import menu_of

HERE = Path(__file__).resolve().parents[1]
STATIC = HERE / "static"
SEE_OTHER = 303
HOME = "/"
OWN = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]{0,1000})?")


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - as Jinja has it
    """A page, or a part of one, with what every page needs."""
    who: Principal | None = getattr(request.state, "who", None)
    path = request.url.path
    known = {"who": who, "menu": menu_of(who, path), "here": path, "Scope": Scope, "narrow": who is None}
    return HTMLResponse(_environment().get_template(template).render(known | values), status)


def refusal(request: Request, status: int, sentence: str) -> Response:
    """An answer that says no, for people: the part of a page that was asked for, or a page."""
    if is_part(request):
        return page(request, "said.html", status, sentence=sentence)
    if status == 401:
        return see(_sign_in(request))
    return page(request, "error.html", status, sentence=sentence, code=status)


def see(address: str) -> Response:
    """Go on there."""
    return RedirectResponse(address, SEE_OTHER)


def is_page(request: Request) -> bool:
    """Whether a person in a browser asks, rather than a program."""
    if request.url.path.startswith("/v1/"):
        return False
    return is_part(request) or "text/html" in request.headers.get("accept", "")


def is_part(request: Request) -> bool:
    """Whether a page asks for a part of itself."""
    return request.headers.get("hx-request") == "true"


def own_page(address: str) -> str:
    """That address where it is a path of this server and nothing else; else the first page.

    A browser drops tabs and line ends, and takes a backslash for a slash: none of them may stand in it.
    """
    return address if OWN.fullmatch(address) else HOME


def _sign_in(request: Request) -> str:
    """From where one comes back to the page that was asked for."""
    query = request.scope["query_string"].decode("latin-1")
    asked = own_page(quote(request.url.path) + (f"?{query}" if query else ""))
    if request.method != "GET" or asked == HOME:
        return "/sign-in"
    return f"/sign-in?to={quote(asked, safe='')}"


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes with what is in it."""
    plain = STATIC / name
    file = plain if plain.is_file() else plain.with_name(f"{plain.name}.gz")
    content = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={content}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(icon=icon, asset=asset)
    return made
