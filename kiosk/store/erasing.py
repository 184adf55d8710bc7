"""Receipts for people whom central erased: written when not even the database's log holds anything of them."""

from kiosk.store.database import in_our_words, transaction
from kiosk.store.people import StoredPeople
from kiosk.wire.pushed import Kind


def hand_in_receipts(people: StoredPeople) -> bool:
    """Tell central who is gone, once nothing of them stands in the file or its log; False while something may."""
    with in_our_words():
        gone = [person for (person,) in people.db.execute("SELECT person FROM gone_pending").fetchall()]
    if not people.tidying.catch_up():
        return False
    if not gone:
        return True
    now = people.journal.clock.utc()
    with transaction(people.db):
        for person in gone:
            people.db.execute("DELETE FROM gone_pending WHERE person = ?", [person])
            people.journal.outgoing.forget(person, Kind.RECEIPT)
            people.journal.outgoing.tell(Kind.RECEIPT, person, now)
    return True
