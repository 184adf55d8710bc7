"""Receipts for people whom central erased: written when not even the database's log holds anything of them."""

from kiosk.store.database import in_our_words, transaction
from kiosk.store.people import StoredPeople
from kiosk.wire.pushed import Kind


def hand_in_receipts(people: StoredPeople) -> bool:
    """Empty the log and tell central who is gone; False while another connection still reads the log."""
    with in_our_words():
        gone = [person for (person,) in people.db.execute("SELECT person FROM gone_pending").fetchall()]
    if not gone:
        return True
    if not people.tidy():
        return False
    now = people.journal.clock.utc()
    with transaction(people.db):
        for person in gone:
            people.db.execute("DELETE FROM gone_pending WHERE person = ?", [person])
            people.journal.outgoing.forget(person, Kind.RECEIPT)
            people.journal.outgoing.tell(Kind.RECEIPT, person, now)
    return True
