"""Counts, cases and recalls are noted by entries of the chain: whoever changes or removes one is found as well."""

from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.pharmacy import chain, papers, services
from daybreak.clinic.pharmacy.models import Count, Discrepancy, DiscrepancyEvent, LotRecall, Use, UseEnd
from daybreak.clinic.pharmacy.services import Seen
from daybreak.clinic.record.models import new_id
from tests.clinic.people import make_clinic
from tests.clinic.pharmacy.store import MG, Store
from tests.clinic.pharmacy.test_chain import tamper

TABLES = {kind: kind._meta.db_table for kind in papers.SITE_OF}


@pytest.fixture
def kept(store: Store) -> Store:
    """An inventory finds a vial less; the case is explained; another lot is recalled; a treatment day is over."""
    site, lot = store.clinic.site, store.lot()
    services.recall(store.lot(lot="A2", containers=1), "By the maker.", store.lead, write_id=new_id())
    services.move(lot, store.safe, store.trolley, 500 * MG, store.nurse, write_id=new_id())
    other = LotRecall.objects.get().lot
    seen = [Seen(lot, store.safe, 4000 * MG), Seen(lot, store.trolley, 500 * MG), Seen(other, store.safe, 500 * MG)]
    services.count(
        site, None, seen, store.lead, write_id=new_id(), witness=store.witness, business=Count.Business.CLOSE
    )
    services.explain(Discrepancy.objects.get(), "Looked for.", store.nurse, write_id=new_id())
    services.end_use(store.use(), store.nurse, timezone.now())
    return store


def test_what_is_as_it_was_kept_is_found_so(kept: Store) -> None:
    assert chain.verify(kept.clinic.site).holds
    assert papers.problem(kept.clinic.site) == ""
    assert [kind.objects.count() for kind in papers.SITE_OF] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (f"DELETE FROM {TABLES[DiscrepancyEvent]}", "is gone."),
        (f"UPDATE {TABLES[Discrepancy]} SET micrograms = 1", "was changed."),
        (f"UPDATE {TABLES[Discrepancy]} SET due_at = '2030-01-01 00:00:00+00:00'", "was changed."),
        (f"UPDATE {TABLES[DiscrepancyEvent]} SET words = 'Nothing.'", "was changed."),
        (f"UPDATE {TABLES[Count]} SET witness_id = NULL", "was changed."),
        (f"DELETE FROM {TABLES[LotRecall]}", "is gone."),
        (f"DELETE FROM {TABLES[UseEnd]}", "is gone."),  # no case would ever open for that day
        (f"UPDATE {TABLES[UseEnd]} SET at = '2030-01-01 00:00:00+00:00'", "was changed."),
        (f"UPDATE {Use._meta.db_table} SET planned_micrograms = 1", "was changed."),
    ],
)
def test_whoever_changes_or_removes_one_is_found(kept: Store, statement: str, says: str) -> None:
    tamper(statement, of=(*TABLES, Use))
    assert chain.verify(kept.clinic.site).holds
    found = papers.problem(kept.clinic.site)
    assert "noted by entry" in found
    assert found.endswith(says)


def test_one_that_was_put_in_is_found(kept: Store) -> None:
    """A recall lifted behind the application's back: the lot would be drawn from again."""
    recalled = LotRecall.objects.get()
    LotRecall.objects.create(lot=recalled.lot, in_force=False, reason="Lifted.")
    assert papers.problem(kept.clinic.site).startswith("No entry notes the lot recall")


@pytest.mark.parametrize("forged", ["an end of a case", "an inventory", "a case", "an end of a day"])
def test_one_that_was_put_in_and_dated_back_is_found(kept: Store, forged: str) -> None:
    """Before the first that was noted nothing was: dated so, an open case would be closed by nobody, or the inventory
    of this year be done."""
    long_ago = {"recorded_at": timezone.now() - timedelta(days=900)}
    case = Discrepancy.objects.get()
    if forged == "an end of a case":
        DiscrepancyEvent.objects.create(discrepancy=case, kind="closed", outcome="explained", words="Fine.", **long_ago)
    elif forged == "an inventory":
        Count.objects.create(site=kept.clinic.site, business="close", **long_ago)
    elif forged == "a case":
        Discrepancy.objects.create(
            site=kept.clinic.site, about="count", micrograms=1, owner=case.owner, due_at=timezone.now(), **long_ago
        )
    else:
        UseEnd.objects.create(use=kept.use(label="session 2"), at=timezone.now(), **long_ago)
    assert papers.problem(kept.clinic.site).startswith("No entry notes the ")


def test_what_another_site_keeps_is_its_own(kept: Store) -> None:
    other = Store(make_clinic("Another clinic"))
    services.recall(other.lot(), "By the maker.", other.lead, write_id=new_id())
    assert papers.problem(other.clinic.site) == ""
