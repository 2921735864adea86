"""Proposals as a clinic makes them."""

from django.test import Client

from daybreak.clinic.evidence import services
from daybreak.clinic.evidence.models import Proposal
from daybreak.clinic.record.models import User, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.evidence.dataset import dataset
from daybreak.evidence.rows import result_row, tables, write
from tests.clinic.people import Clinic

SPRAY = "indication=treatment_resistant_depression&active=esketamine/nasal&outcome=depression&time=4wk&given=any"
WHY = "Read again in the report, table 2."


def row_of(identifier: str) -> dict[str, str]:
    """A shipped result as a row."""
    return result_row(next(row for row in dataset().results if row.id == identifier))


def corrected(**cells: str) -> dict[str, str]:
    """A table of results with one corrected row; by default another mean in one arm of the spray's trials."""
    usual = {"mean": "-25", "contrast": "", "contrast_low": "", "contrast_high": ""}
    return {"results": write([row_of("r001") | (cells or usual)])}


def new_trial(identifier: str = "walker-2026") -> dict[str, str]:
    """A trial of the spray with its arms and a result of each."""
    shipped = tables(dataset())
    trial = next(row for row in shipped["trials"] if row["trial"] == "popova-2019")
    arms = [row | {"trial": identifier} for row in shipped["arms"] if row["trial"] == "popova-2019"]
    results = [row_of(name) | {"id": f"{identifier}-{name}", "trial": identifier} for name in ("r016", "r017")]
    told = {
        "trial": identifier,
        "label": "Walker 2026",
        "trial_name": "synthetic",
        "doi": "",
        "pmid": "",
        "registry": "",
    }
    return {"trials": write([trial | told]), "arms": write(arms), "results": write(results)}


def propose(clinic: Clinic, texts: dict[str, str], role: Role = Role.PRESCRIBER, title: str = "A trial") -> Proposal:
    return services.propose(clinic.site, texts, clinic.actor(role), title=title, reason=WHY, proposal_id=new_id())


def correction(clinic: Clinic, role: Role = Role.PRESCRIBER) -> Proposal:
    return propose(clinic, corrected(), role, "Correction: Fedgchin 2019, r001")


def accept(clinic: Clinic, proposal: Proposal, role: Role = Role.DIRECTOR) -> None:
    services.decide(
        Proposal.objects.get(pk=proposal.pk),
        clinic.actor(role),
        accepted=True,
        reason="The numbers stand so in table 2.",
        decision_id=new_id(),
    )


def browser(user: User) -> Client:
    """A signed-in browser, the second factor behind it."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client
