"""What is known before anything comes in: the places drug is kept in, and the products that come."""

from uuid import UUID

from daybreak.clinic.pharmacy.models import FORMS, Formulation, StorageLocation
from daybreak.clinic.pharmacy.services.entries import once
from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.controlled_drug import MICROGRAMS_PER_MG, mg_text
from daybreak.treatment.dose_preparation import device_mg, strengths
from daybreak.treatment.drugs import Drug, Route
from daybreak.treatment.findings import says_too_little

Container = Formulation.Container
# What one container holds at most; ours, far beyond any that is sold.
MOST_MG_EACH, MOST_ML_EACH, MOST_MG_PER_ML = 10_000, 500, 1000


def add_location(site: Site, name: str, actor: Actor, *, write_id: UUID) -> StorageLocation:
    """Name a place where drug is kept.

    Raises:
        Refusal: for a name that is there already.
    """
    name = " ".join(name.split())

    def do() -> None:
        if not name or StorageLocation.objects.filter(site=site, name__iexact=name).exists():
            raise Refusal(
                f"“{name}” is a place already. Choose another name." if name else "Type the name of the place."
            )
        StorageLocation.objects.create(id=write_id, site=site, name=name, **actor.stamp)

    once(site, "location", {"name": name}, actor, do, write_id=write_id)
    return StorageLocation.objects.get(pk=write_id)


def add_formulation(
    site: Site,
    drug: Drug,
    container: Container,
    actor: Actor,
    *,
    write_id: UUID,
    micrograms_each: int,
    microlitres_each: int | None = None,
    product_code: str = "",
    reason: str = "",
) -> Formulation:
    """Make a formulation known: what one container holds. It stays: a slipped digit would be offered for ever.

    Args:
        reason: why it holds something else than any label that was read here says: it is compounded, say.

    Raises:
        Refusal: without a reason for a strength or a device that no label names; for a volume of what is counted whole,
            none of a vial or a bottle, nothing in it, a strength that is no whole number of micrograms per mL, or more
            than any container holds.
    """
    if micrograms_each <= 0 or (microlitres_each is not None and microlitres_each <= 0):
        raise Refusal("Type how much one container holds, above zero.")
    if FORMS[container].has_volume != (microlitres_each is not None):
        raise Refusal(
            "A vial, an ampoule and a bottle have a volume in mL. A nasal device, a tablet and a lozenge have none: "
            "they are counted whole."
        )
    if microlitres_each and micrograms_each * 1000 % microlitres_each:
        raise Refusal("The strength is no whole number of micrograms per mL. Check milligrams and millilitres.")
    _require_sold(micrograms_each, microlitres_each)
    unlike = _unlike_a_label(drug, container, micrograms_each, microlitres_each)
    content = {
        "drug": drug, "container": container, "micrograms_each": micrograms_each,
        "microlitres_each": microlitres_each, "product_code": product_code.strip(),
    }  # fmt: skip

    def do() -> None:
        if unlike and says_too_little(reason):
            raise Refusal(
                f"{unlike} Look at the container again. If it is so all the same, write why in a few words: who "
                "compounds it, for example. Nothing was saved."
            )
        if Formulation.objects.filter(site=site, **content).exists():
            raise Refusal("This is known here already. Receive it under that name. Nothing was added.")
        made = Formulation.objects.create(id=write_id, site=site, **content, **actor.stamp)
        audit.record(
            actor, "product made known", subject=made.pk, product=str(made), unlike=unlike, reason=reason.strip()
        )

    once(site, "formulation", content | {"reason": reason.strip()}, actor, do, write_id=write_id)
    return Formulation.objects.get(pk=write_id)


def _require_sold(micrograms_each: int, microlitres_each: int | None) -> None:
    """Refuse more than any container holds."""
    most = ""
    if micrograms_each > MOST_MG_EACH * MICROGRAMS_PER_MG:
        most = f"{MOST_MG_EACH} mg"
    elif microlitres_each and microlitres_each > MOST_ML_EACH * 1000:
        most = f"{MOST_ML_EACH} mL"
    elif microlitres_each and micrograms_each > MOST_MG_PER_ML * microlitres_each:
        most = f"{MOST_MG_PER_ML} mg/mL"
    if most:
        raise Refusal(f"One container holds at most {most}. Look at its label again. Nothing was saved.")


def _unlike_a_label(drug: Drug, container: Container, micrograms_each: int, microlitres_each: int | None) -> str:
    """What of it no label says that was read here (`products` of dosing.yaml), as a sentence; empty where one does, and
    for what is counted whole and has no label here at all: tablets, lozenges."""
    mg = mg_text(micrograms_each)
    if container is Container.NASAL_DEVICE:
        if drug is not Drug.ESKETAMINE:
            return f"No label that was read here is of a nasal device of {drug}, as {mg} mg would be."
        is_labelled = micrograms_each == device_mg() * MICROGRAMS_PER_MG
        return "" if is_labelled else f"The nasal device of {drug} holds {device_mg()} mg by its label, not {mg} mg."
    if not microlitres_each:
        return ""
    in_hand = f"{mg_text(micrograms_each * 1000 // microlitres_each)} mg/mL"
    known = () if container is Container.ORAL_SOLUTION else strengths(drug, Route.IV)
    if known:
        is_known = any(micrograms_each == each * microlitres_each for each in known)
        sold = ", ".join(f"{each:g}" for each in known)
        return (
            "" if is_known else f"{drug.capitalize()} for injection comes in {sold} mg/mL by its label, not {in_hand}."
        )
    most = max(strengths(Drug.KETAMINE, Route.IV))  # of a label that was not read none is stronger; ours
    if micrograms_each <= most * microlitres_each:
        return ""
    return f"{in_hand} is more than any label says that was read here: {most:g} mg/mL at most."
