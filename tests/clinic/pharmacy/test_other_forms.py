"""Tablets, lozenges and bottles of solution: accounted for like vials and devices, and held against the day's doses."""

from __future__ import annotations

import pytest

from daybreak.clinic.pharmacy import chain, queries, services
from daybreak.clinic.pharmacy.models import FORMS, Discrepancy, Formulation, LedgerEntry
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.drugs import MANNERS, Manner, Route, Way
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.browsing import read, send, signed_in, source
from tests.clinic.pharmacy.store import MG, Container, Store, give_password, in_days, proof
from tests.clinic.treatment_day.day import TEN_WORDS

TONGUE, MOUTH = Way(Route.SUBLINGUAL, Manner.SWALLOWED), Way(Route.ORAL)
SLOWLY = Way(Route.ORAL, Manner.PROLONGED_RELEASE)


def test_there_is_a_form_for_every_way_a_dose_is_given() -> None:
    ways = [Way(route, manner) for route in Route for manner in (Manner.USUAL, *MANNERS.get(route, ()))]
    of = {container: Formulation(container=container) for container in FORMS}
    assert set(FORMS) == set(Container)
    assert [way for way in ways if not any(each.is_for(way) for each in of.values())] == []
    assert of[Container.PROLONGED_TABLET].is_for(SLOWLY)
    assert not of[Container.TABLET].is_for(SLOWLY)
    assert of[Container.TABLET].is_for(MOUTH)
    assert not of[Container.PROLONGED_TABLET].is_for(MOUTH)


def test_amounts_are_said_as_a_hand_handles_them(store: Store) -> None:
    lozenge, bottle = store.another(Container.LOZENGE, 50), store.another(Container.ORAL_SOLUTION, 1000, 100)
    assert (str(lozenge), lozenge.says(50 * MG), lozenge.says(100 * MG), lozenge.says(25 * MG)) == (
        "ketamine 50 mg lozenge", "1 lozenge (50 mg)", "2 lozenges (100 mg)", "25 mg",
    )  # fmt: skip
    assert (str(bottle), bottle.says(59 * MG)) == (
        "ketamine 10 mg/mL, bottle of oral solution of 100 mL",
        "59 mg (5.9 mL)",
    )
    assert str(store.another(Container.PROLONGED_TABLET, 30)) == "ketamine 30 mg prolonged-release tablet"
    with pytest.raises(Refusal, match="have a volume in mL"):
        store.another(Container.ORAL_SOLUTION, 1000)
    with pytest.raises(Refusal, match="counted whole"):
        store.another(Container.TABLET, 25, 1)


@pytest.mark.parametrize(
    ("container", "mg", "ml", "way"),
    [
        (Container.LOZENGE, 50, None, TONGUE), (Container.TABLET, 25, None, MOUTH),
        (Container.ORAL_SOLUTION, 1000, 100, MOUTH),
    ],
)  # fmt: skip
def test_from_the_delivery_to_a_recall_every_milligram_is_accounted_for(
    store: Store, container: Container, mg: float, ml: float | None, way: Way
) -> None:
    lot, use = store.lot(store.another(container, mg, ml), containers=6), store.use(planned_mg=80, way=way)
    store.draw(use, lot, 100)  # all that the day's plan needs in whole lozenges
    store.put_back(use, lot, 25 if container == Container.TABLET else 0.1 if ml else 50)
    store.given(use, (20, lot.number))
    left = queries.left_in_hand(use, lot) / MG
    store.waste(use, lot, left, words="Broken; the rest was dissolved.")
    assert queries.account(use).unexplained == 0
    held = queries.balance(lot, store.safe)
    services.count(use.site, store.safe, [services.Seen(lot, store.safe, held)], store.nurse, write_id=new_id())
    assert not Discrepancy.objects.exists()
    services.recall(lot, "By the pharmacy that made it.", store.lead, write_id=new_id())
    with pytest.raises(Refusal, match="recalled"):
        store.draw(use, lot, 25 if container == Container.TABLET else 50, reason=TEN_WORDS)
    assert chain.verify(use.site).holds


def test_a_piece_is_drawn_and_put_back_whole_and_the_rest_of_a_broken_one_is_wasted(store: Store) -> None:
    lot, use = store.lot(store.another(Container.LOZENGE, 50)), store.use(way=TONGUE)
    for verb in (store.draw, store.put_back):
        with pytest.raises(
            Refusal, match=r"no whole number of lozenges of 50 mg.*what is left of a broken one is wasted"
        ):
            verb(use, lot, 25)
    store.draw(use, lot, 50)
    store.given(use, 25)
    assert store.waste(use, lot, 25).micrograms == 25 * MG


def test_no_part_of_a_prolonged_release_tablet_is_left_to_waste(store: Store) -> None:
    """Broken, it gives at once what it holds for hours."""
    lot, use = store.lot(store.another(Container.PROLONGED_TABLET, 30)), store.use(way=SLOWLY)
    store.draw(use, lot, 30)
    with pytest.raises(Refusal, match="counted whole"):
        store.waste(use, lot, 15)


class TestTheFormAndTheRoute:
    def test_a_vial_for_a_dose_under_the_tongue_takes_ten_words(self, store: Store) -> None:
        lot, use = store.lot(), store.use(way=TONGUE)
        with pytest.raises(Refusal, match=r"This form \(vial\) is not made for a dose under the tongue\. .* ten words"):
            store.draw(use, lot, 50)
        with pytest.raises(Refusal, match="at least ten words"):
            store.draw(use, lot, 50, reason="No lozenge here.")
        assert store.draw(use, lot, 50, reason=TEN_WORDS).words == TEN_WORDS
        store.put_back(use, lot, 50)  # the way out asks nothing

    @pytest.mark.parametrize("container", [Container.TABLET, Container.PROLONGED_TABLET, Container.LOZENGE])
    def test_what_is_swallowed_or_melts_is_asked_about_for_an_infusion(
        self, store: Store, container: Container
    ) -> None:
        lot, use = store.lot(store.another(container, 50)), store.use(way=Way(Route.IV))
        with pytest.raises(Refusal, match="not made for a dose by vein"):
            store.draw(use, lot, 50)
        assert store.draw(use, lot, 50, reason=TEN_WORDS)

    def test_an_old_day_whose_route_nobody_told_is_not_asked(self, store: Store) -> None:
        assert store.draw(store.use(), store.lot(), 50)

    def test_all_that_is_asked_about_is_said_at_once_and_one_reason_answers_it(self, store: Store) -> None:
        """Else who writes why it is a vial would never read that it is ten times the dose."""
        lot = store.lot(expires_on=in_days(-1), reason="Came late.")
        use = store.use(way=TONGUE, planned_mg=45)
        with pytest.raises(
            Refusal, match=r"expired on .* not made for .* The plan of this day is 45 mg: 450 mg .* ten words"
        ):
            store.draw(use, lot, 450, reason="Late.")
        assert store.draw(use, lot, 450, reason=TEN_WORDS)


def test_the_page_offers_the_fitting_form_first_and_its_own_units(store: Store, clinic: Clinic) -> None:
    give_password(clinic.users[Role.PRESCRIBER])
    store.lot(lot="V1")
    lozenges, use, nurse = (
        store.lot(store.another(Container.LOZENGE, 50), lot="L1"),
        store.use(way=TONGUE),
        signed_in(clinic),
    )
    page = read(nurse, "pharmacy_use", use.pk)
    assert page.index("lot L1") < page.index("lot V1")
    assert "vial of 10 mL, another form than the plan’s" in page
    assert "whole lozenges or vials" in page
    send(nurse, "pharmacy_draw", use.pk, source=source(lozenges, store), amount="1", unit="whole")
    store.given(use, 25)
    send(nurse, "pharmacy_waste", use.pk, lot=lozenges.pk, amount="25", unit="mg", **proof(clinic))
    assert LedgerEntry.objects.get(kind="wasted").micrograms == 25 * MG
    assert "Lozenges, lot L1" in read(nurse, "pharmacy_count", **{"in": str(store.safe.pk)})
