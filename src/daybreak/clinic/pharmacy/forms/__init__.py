"""What is typed in the drug account, read leniently and refused in words."""

from daybreak.clinic.pharmacy.forms.cases import CloseForm, ExplainForm, LossForm
from daybreak.clinic.pharmacy.forms.counting import CountForm
from daybreak.clinic.pharmacy.forms.periods import PeriodForm
from daybreak.clinic.pharmacy.forms.stock import (
    FormulationForm,
    LocationForm,
    MoveForm,
    OutForm,
    RecallForm,
    ReceiveForm,
    ReverseForm,
)
from daybreak.clinic.pharmacy.forms.uses import DrawForm, PutBackForm, WasteForm

__all__ = [
    "CloseForm",
    "CountForm",
    "DrawForm",
    "ExplainForm",
    "FormulationForm",
    "LocationForm",
    "LossForm",
    "MoveForm",
    "OutForm",
    "PeriodForm",
    "PutBackForm",
    "RecallForm",
    "ReceiveForm",
    "ReverseForm",
    "WasteForm",
]
