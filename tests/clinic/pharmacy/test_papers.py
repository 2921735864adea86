"""Counts, cases and recalls are noted by entries of the chain: whoever changes or removes one is found as well."""

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


def test_what_another_site_keeps_is_its_own(kept: Store) -> None:
    other = Store(make_clinic("Another clinic"))
    services.recall(other.lot(), "By the maker.", other.lead, write_id=new_id())
    assert papers.problem(other.clinic.site) == ""
