"""The forms of living evidence that write."""

from django.core.files.uploadedfile import SimpleUploadedFile

from daybreak.clinic.record.permissions import Role
from tests.clinic.evidence.cases import WHY, correction, new_trial, row_of
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic

TYPED_TRIAL = {
    "label": "Walker 2026", "year": "2026", "indication": "treatment_resistant_depression", "design": "parallel",
    "blinding": "double", "drug": "ketamine", "route": "iv", "dose": "0.5", "dose_unit": "mg/kg", "doses": "1",
    "control": "midazolam", "outcome": "depression", "scale": "madrs", "kind": "change", "time_h": "24",
    "active_n": "40", "active_mean": "-15", "active_sd": "9", "control_n": "40", "control_mean": "-8",
    "control_sd": "9", "source": "synthetic, table 2", "status": "seen", "reason": WHY,
}  # fmt: skip


def typed_result(identifier: str, **changed: str) -> dict[str, str]:
    """The page of a result as it comes, every cell it shows, but for what is changed."""
    cells = {name: value for name, value in row_of(identifier).items() if name not in ("events", "percent")}
    return cells | {"reason": WHY} | changed


@form("evidence_propose_trial")
def _trial(clinic: Clinic) -> Form:
    return Form(Role.PRESCRIBER, [], TYPED_TRIAL, TYPED_TRIAL | {"active_n": "41"})


@form("evidence_correct")
def _correct(clinic: Clinic) -> Form:
    one, other = (typed_result("r001", doubt=words) for words in ("Another table says less.", "Read wrongly."))
    return Form(Role.PRESCRIBER, ["r001"], one, other)


@form("evidence_propose_files")
def _files(clinic: Clinic) -> Form:
    said = {
        name: SimpleUploadedFile(f"{name}.csv", text.encode(), content_type="text/csv")
        for name, text in new_trial().items()
    }
    said |= {"title": "Three tables", "reason": WHY}
    return Form(Role.PRESCRIBER, [], said, {**said, "title": "Other tables"})


@form("evidence_decide")
def _decide(clinic: Clinic) -> Form:
    said = {"decision": "accept", "reason": "The numbers stand so in table 2."}
    return Form(Role.DIRECTOR, [correction(clinic).pk], said, {**said, "decision": "refuse"})
