"""The forms of the drug account that write. Where a form can take all there is, it does: nothing is left to offer."""

from typing import Any

from daybreak.clinic.pharmacy import services
from daybreak.clinic.pharmacy.models import Discrepancy
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import MG, VIAL_MG, Store, give_password, in_days, proof


def _witnessed(clinic: Clinic) -> dict[str, str]:
    give_password(clinic.users[Role.PRESCRIBER])
    return proof(clinic)


@form("pharmacy_receive")
def _receive(clinic: Clinic) -> Form:
    store = Store(clinic)
    said = {
        "formulation": store.vials.pk, "containers": 10, "lot": "K77", "expires_on": in_days(200).isoformat(),
        "supplier": "Supplier", "location": store.safe.pk,
    }  # fmt: skip
    return Form(Role.PHARMACIST, [], said, {**said, "containers": 9})


@form("pharmacy_location_add")
def _location(clinic: Clinic) -> Form:
    return Form(Role.PHARMACIST, [], {"place": "Cabinet"}, {"place": "Refrigerator"})


@form("pharmacy_formulation_add")
def _formulation(clinic: Clinic) -> Form:
    said = {"drug": "ketamine", "container": "ampoule", "mg": "50", "ml": "5"}
    return Form(Role.PHARMACIST, [], said, {**said, "mg": "100"})


@form("pharmacy_count")
def _count(clinic: Clinic) -> Form:
    """One vial fewer than the book has: the count opens a case."""
    store = Store(clinic)
    said = {"row": f"{store.lot().pk}:{store.safe.pk}", "whole_0": 9, "ml_0": 0}
    return Form(Role.NURSE, [], said, {**said, "whole_0": 8}, query=f"?in={store.safe.pk}")


@form("pharmacy_reverse")
def _reverse(clinic: Clinic) -> Form:
    entry = Store(clinic).receive()
    give_password(clinic.users[Role.PRESCRIBER])
    said = {"reason": "Delivered next door.", **proof(clinic)}
    return Form(Role.PHARMACIST, [entry.pk], said, {**said, "reason": "Another lot."})


@form("pharmacy_draw")
def _draw(clinic: Clinic) -> Form:
    """The whole of the only vial."""
    store = Store(clinic)
    said = {"source": f"{store.lot(containers=1).pk}:{store.safe.pk}", "amount": VIAL_MG, "unit": "mg"}
    return Form(Role.NURSE, [store.use().pk], said, {**said, "amount": 35})


def _in_hand(clinic: Clinic) -> tuple[list[Any], dict[str, Any], Store]:
    """A day for which 50 mg were drawn, and all of them go."""
    store = Store(clinic)
    lot, use = store.lot(containers=1), store.use()
    store.draw(use, lot, 50)
    return [use.pk], {"lot": lot.pk, "amount": 50, "unit": "mg"}, store


@form("pharmacy_waste")
def _waste(clinic: Clinic) -> Form:
    day, said, _ = _in_hand(clinic)
    said |= _witnessed(clinic)
    return Form(Role.NURSE, day, said, {**said, "amount": 15})


@form("pharmacy_put_back")
def _put_back(clinic: Clinic) -> Form:
    day, said, store = _in_hand(clinic)
    said |= _witnessed(clinic)
    return Form(Role.NURSE, day, said | {"location": store.safe.pk}, said | {"location": store.trolley.pk})


@form("pharmacy_move")
def _move(clinic: Clinic) -> Form:
    store = Store(clinic)
    lot = store.lot()
    said = {"source": f"{lot.pk}:{store.safe.pk}", "amount": 10, "unit": "whole", "to": store.trolley.pk}
    return Form(Role.NURSE, [lot.pk], said, {**said, "amount": 9})


@form("pharmacy_out")
def _out(clinic: Clinic) -> Form:
    store = Store(clinic)
    lot = store.lot()
    said = {
        "source": f"{lot.pk}:{store.safe.pk}", "amount": 10, "unit": "whole", "kind": "sent away",
        "words": "To the supplier.", **_witnessed(clinic),
    }  # fmt: skip
    return Form(Role.PHARMACIST, [lot.pk], said, {**said, "kind": "wasted"})


@form("pharmacy_recall")
def _recall(clinic: Clinic) -> Form:
    said = {"deed": "recall", "reason": "By the maker."}
    return Form(Role.PHARMACIST, [Store(clinic).lot().pk], said, {**said, "deed": "lift"})


def _case(clinic: Clinic) -> Discrepancy:
    """More was drawn than the book had."""
    store = Store(clinic)
    store.draw(store.use(), store.lot(containers=1), 600)
    return Discrepancy.objects.get()


@form("pharmacy_explain")
def _explain(clinic: Clinic) -> Form:
    said = {"words": "A second vial stood behind."}
    return Form(Role.NURSE, [_case(clinic).pk], said, {"words": "I do not know."})


@form("pharmacy_loss")
def _loss(clinic: Clinic) -> Form:
    return Form(Role.PHARMACIST, [_case(clinic).pk], {"discovered": "At the count."}, {"discovered": "At the session."})


@form("pharmacy_close")
def _close(clinic: Clinic) -> Form:
    """Of a count that differed, not explained: what is missing is written into the book, once."""
    store = Store(clinic)
    services.count(
        clinic.site, store.safe, [services.Seen(store.lot(), store.safe, 4 * VIAL_MG * MG)], store.nurse,
        write_id=new_id(),
    )  # fmt: skip
    said = {"outcome": "unexplained", "words": "Nobody knows.", **_witnessed(clinic)}
    return Form(Role.PHARMACIST, [Discrepancy.objects.get().pk], said, {**said, "words": "Somebody knows."})
