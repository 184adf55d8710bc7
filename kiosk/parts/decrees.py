"""What central decided for the site, from the words of the wire to those of the kiosk."""

from collections.abc import Mapping

from kiosk.domain.site import PrivacyNotice, SiteRules, notice_for
from kiosk.domain.trust import Levels, Strictness
from kiosk.wire.pulled import Notice, SitePolicy


def site_rules(policy: SitePolicy | None, notices: Mapping[str, Notice]) -> SiteRules:
    """The rules of the site; where central said nothing, the kiosk's own hold."""
    told = tuple(PrivacyNotice(one.language, one.version, one.text) for one in notices.values())
    if policy is None:
        return SiteRules(notice=notice_for(told, ()))
    return SiteRules(_levels(policy), policy.keep_pictures, notice_for(told, tuple(policy.languages)))


def _levels(policy: SitePolicy) -> Levels | None:
    """How sure to be; None where the site leaves it to staff."""
    if not policy.search_level or not policy.claim_level:
        return None
    return Levels(_strictness(policy.search_level), _strictness(policy.claim_level))


def _strictness(code: str) -> Strictness:
    """That level. One that only a newer kiosk knows is taken for the strictest: a door may open too seldom."""
    return next((level for level in Strictness if level.value == code), Strictness.STRICTEST)
