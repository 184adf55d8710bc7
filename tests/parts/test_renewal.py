"""When the staff worker makes a new gallery of what central changed."""

from kiosk.domain.people import Negative, Template
from kiosk.identity.gallery import Gallery
from kiosk.parts.renewal import EVERY_S, SHARE, Changes, Renewal
from kiosk.wire.agreed import Applied
from tests.store.making import MODEL, an_embedding


def test_a_change_is_taken_once_and_several_are_taken_together() -> None:
    changes = Changes()
    changes.tell(Applied(gallery=True, gone=("a",)), True)
    changes.tell(Applied(rules=True, gone=("b",)), False)
    told = changes.take()
    assert (told.gallery, told.rules, told.gone, told.more) == (True, True, ("a", "b"), False)
    again = changes.take()
    assert (again.gallery, again.rules, again.gone) == (False, False, ())


def test_who_is_gone_is_settled_by_whoever_took_it_and_not_by_what_came_before() -> None:
    changes = Changes()
    assert changes.is_settled()
    changes.tell(Applied(gallery=True), False)
    assert changes.is_settled()
    before = changes.take()
    changes.tell(Applied(gone=("a",)), False)
    assert not changes.settle(before)
    assert not changes.is_settled()
    assert changes.settle(changes.take())
    assert changes.is_settled()


def test_a_single_change_counts_at_once_and_the_next_ones_after_five_seconds() -> None:
    renewal = Renewal()
    renewal.want(100.0, more=False)
    assert renewal.is_due(100.0)
    renewal.done(100.0, 100.1)
    renewal.want(101.0, more=False)
    assert not renewal.is_due(101.0)
    assert renewal.is_due(100.1 + EVERY_S)


def test_a_long_pull_makes_a_new_gallery_every_five_seconds_at_most() -> None:
    renewal, made = Renewal(), 0
    for page in range(200):
        now = 100.0 + page * 0.2
        renewal.want(now, more=True)
        if renewal.is_due(now):
            renewal.done(now, now)
            made += 1
    assert 5 <= made <= 8


def test_a_gallery_that_takes_long_to_make_is_made_less_often() -> None:
    renewal = Renewal()
    renewal.want(100.0, more=False)
    renewal.done(100.0, 110.0)
    renewal.want(111.0, more=False)
    assert not renewal.is_due(110.0 + SHARE * 10 - 0.1)
    assert renewal.is_due(110.0 + SHARE * 10)


def a_gallery() -> Gallery:
    templates = [Template(str(n), f"p{n % 3}", an_embedding(n), 5) for n in range(7)]
    return Gallery.from_templates(templates, MODEL, [Negative("n", "p1", an_embedding(99))])


def test_a_gallery_without_somebody_is_as_if_they_had_never_been_in_it() -> None:
    gallery = a_gallery().without({"p1"})
    kept = [Template(str(n), f"p{n % 3}", an_embedding(n), 5) for n in range(7) if n % 3 != 1]
    fresh = Gallery.from_templates(kept, MODEL)
    assert gallery.people == fresh.people
    assert (gallery.matrix == fresh.matrix).all()
    assert (gallery.starts == fresh.starts).all()
    assert gallery.rank(an_embedding(4)) == fresh.rank(an_embedding(4))
    assert gallery.best_of("p1", an_embedding(1)) is None
    assert gallery.worst_of("p1", an_embedding(99)).size == 0


def test_a_gallery_without_strangers_is_the_same_and_without_everybody_empty() -> None:
    gallery = a_gallery()
    assert gallery.without({"nobody"}) is gallery
    assert gallery.without({"p0", "p1", "p2"}).rank(an_embedding(1)) == ()
