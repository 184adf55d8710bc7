"""The page of the rules of sites."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.kiosks.service import Fleet
from kiosk.central.pages.render import page, see
from kiosk.central.policies.messages import EditedRules, NewNotice
from kiosk.central.policies.service import Policies, notice_out
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.texts import checked_form
from kiosk.domain.trust import Strictness

router = APIRouter(include_in_schema=False)

Site = Annotated[str, Form(max_length=80)]
POLICIES = [Depends(Allow(Scope.POLICIES_READ))]
EDIT_POLICIES = [Depends(Allow(Scope.POLICIES_WRITE))]
LANGUAGE = "en"


@router.get("/policies", dependencies=POLICIES)
async def rules(request: Request, house: InHouse, site: Annotated[str, Query(max_length=80)] = "") -> Response:
    """The rules of a site, and its notice."""
    site = site.strip() or house.settings.server.site
    async with house.database.reading() as session:
        policies = Policies(session, house.vault)
        known = {policy.site for policy in await policies.everything()}
        known |= {kiosk.site for kiosk in await Fleet(session, house.vault).everything()}
        policy = await policies.of(site)
        notices = [notice_out(row) for row in await policies.notices(site, LANGUAGE)]
    sites = sorted(known | {site, house.settings.server.site})
    return page(request, "policies.html", policy=policy, sites=sites, notices=notices, levels=list(Strictness))


@router.post("/policies", dependencies=EDIT_POLICIES)
async def edit(request: Request, house: InHouse) -> Response:
    """The rules as they are to be."""
    form = await request.form()
    fields: dict[str, object] = {
        name: form.get(name) for name in ("search_level", "claim_level", "events_days", "version")
    }
    fields |= {name: form.get(name) == "yes" for name in ("keep_pictures", "windows_apply")}
    days = str(form.get("retention_days", "")).strip()
    languages = [one.strip() for one in str(form.get("languages", "")).split(",") if one.strip()]
    fields |= {"retention_days": days or None, "languages": languages}
    edited = checked_form(EditedRules, fields)
    async with house.database.writing() as session:
        policy = await Policies(session, house.vault).edit(str(form.get("site", "")), edited, doer_of(request))
    return _see(policy.site)


@router.post("/policies/notice", dependencies=EDIT_POLICIES)
async def write(
    request: Request, house: InHouse, site: Site, text: Annotated[str, Form(max_length=20_000)]
) -> Response:
    """A privacy notice from now on."""
    new = checked_form(NewNotice, {"text": text.strip()})
    async with house.database.writing() as session:
        row = await Policies(session, house.vault).write(site, LANGUAGE, new.text, doer_of(request))
    return _see(row.site)


def _see(site: str) -> Response:
    return see(f"/policies?{urlencode({'site': site})}")
