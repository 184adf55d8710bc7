"""A page of the feed that can be written: what can't is left out of it, so that no subject stops a site's feed."""

import logging

from kiosk.wire import forms
from kiosk.wire.pulled import Change, Known, Page

log = logging.getLogger(__name__)


def writable(page: Page) -> Page:
    """The page without what can't be written in either form: members of somebody that this version does not know, else
    the whole change.
    """
    told = [written for change in page.changes if (written := _writable(change)) is not None]
    return page.model_copy(update={"changes": told})


def _writable(change: Change) -> Change | None:
    if _is_writable(change):
        return change
    plain = change if change.person is None else change.model_copy(update={"person": _plain(change.person)})
    if _is_writable(plain):
        log.error("members of somebody can't be written and are not told: %s", plain.person.id if plain.person else "")
        return plain
    log.error("a change of the feed can't be written and is not told: its kind is %s", change.kind)
    return None


def _plain(person: Known) -> Known:
    return Known(**{name: getattr(person, name) for name in Known.model_fields})


def _is_writable(change: Change) -> bool:
    try:
        for form in (forms.CBOR, forms.JSON):
            forms.written(change, form)
    except forms.Unwritable:
        return False
    return True
