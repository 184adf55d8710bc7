"""Which version of a person changed which of their members last, and from where, so that edits made apart can meet."""

import json


def changed_at(members_at: str, member: str, version: int, kiosk: str = "") -> str:
    """With that member changed at that version, by a kiosk or here."""
    changes = json.loads(members_at) if members_at else {}
    return json.dumps(changes | {member: [version, kiosk]}, sort_keys=True)


def last_change(members_at: str, member: str) -> tuple[int, str]:
    """At which version that member was changed last, and by which kiosk; as it was made, where it never was."""
    version, kiosk = (json.loads(members_at) if members_at else {}).get(member, (1, ""))
    return int(version), str(kiosk)
