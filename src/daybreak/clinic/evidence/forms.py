"""Forms: finding trials, proposing a trial, a correction or files, deciding about a proposal."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import slugify

from daybreak.clinic.evidence.asking import active_words, comparator_words
from daybreak.clinic.evidence.editions import Edition
from daybreak.clinic.evidence.models import Proposal
from daybreak.clinic.record.refusals import Refusal
from daybreak.evidence.reading import Refused
from daybreak.evidence.rows import blank_row, result_row
from daybreak.evidence.trials import Design, Kind, Result, evidence_indications, outcomes, scales
from daybreak.treatment.sources import Status

LARGEST_FILE_BYTES = 1_000_000
_STATUS = [(Status.SEEN, "read in the source named here"), (Status.RECALLED, "recalled, not checked")]


class TrialsForm(forms.Form):
    """Search among the trials."""

    words = forms.CharField(label="Words", required=False, max_length=100)
    indication = forms.ChoiceField(label="For", required=False)
    drug = forms.ChoiceField(label="Drug", required=False)
    route = forms.ChoiceField(label="Route", required=False)
    comparator = forms.ChoiceField(label="Against", required=False)
    design = forms.ChoiceField(
        label="Design", required=False, choices=[("", "Any"), *((each, each.replace("_", " ")) for each in Design)]
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        data = edition.data
        treated = {trial.indication for trial in data.trials.values()}
        arms = list(data.arms.values())
        self.fields["indication"].choices = [
            ("", "Any"),
            *((each.id, each.name) for each in evidence_indications().values() if each.id in treated),
        ]
        drugs = sorted({arm.drug for arm in arms if arm.role == "active"}, key=lambda drug: (drug != "ketamine", drug))
        self.fields["drug"].choices = [("", "Any"), *((drug, active_words(drug)) for drug in drugs)]
        routes = sorted({arm.route for arm in arms if arm.role == "active" and arm.route})
        self.fields["route"].choices = [("", "Any"), *((route, route) for route in routes)]
        controls = sorted({arm.drug for arm in arms if arm.role == "control" and arm.drug})
        self.fields["comparator"].choices = [("", "Any"), *((drug, comparator_words(drug)) for drug in controls)]
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = "%(value)s is not known here. Choose one of the list."


class HarmsForm(forms.Form):
    """Which harms: of a drug, a route, and in the trials of an indication."""

    indication = forms.ChoiceField(label="Counted in trials of")
    drug = forms.ChoiceField(label="Drug", choices=[("ketamine", "Ketamine"), ("esketamine", "Esketamine")])
    route = forms.ChoiceField(
        label="Route",
        required=False,
        choices=[("", "Any"), *((each, each) for each in ("iv", "im", "sc", "nasal", "oral"))],
    )

    def __init__(self, sent: Any, *, edition: Edition) -> None:
        usual = {"indication": "treatment_resistant_depression", "drug": "esketamine"}
        super().__init__({**usual, **{name: value for name, value in sent.items() if name in self.base_fields}})
        treated = {trial.indication for trial in edition.data.trials.values()}
        self.fields["indication"].choices = [
            (each.id, each.name) for each in evidence_indications().values() if each.id in treated
        ]
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = "%(value)s is not known here. Choose one of the list."


class ProposalForm(forms.Form):
    """What every proposal says of itself."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why, and where the numbers can be read",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why the data should change and where a second person can read the numbers."},
    )

    status = Refusal.status  # of the page, where something was refused

    @property
    def is_kept(self) -> bool:
        """Whether this was sent before and is kept: then the data of today, which may hold it, refuse it no more."""
        return Proposal.objects.filter(pk=self.cleaned_data.get("write_id")).exists()

    def refuse(self, refusal: Refusal) -> None:
        """Say on the page why it was refused."""
        self.add_error(None, str(refusal))
        self.status = refusal.status

    def place(self, refused: Iterable[Refused]) -> None:
        """Put the reason a row was refused beside the field it came from."""
        for row in refused:
            name = self.field_of(row)
            self.add_error(name if name in self.fields else None, f"{row.field}: {row.reason}.")

    def field_of(self, row: Refused) -> str:
        """The field a refused row's cell was typed into."""
        return row.field


class FilesForm(ProposalForm):
    """Rows as CSV files in the columns of the shipped ones."""

    title = forms.CharField(label="What is proposed", max_length=200)
    trials = forms.FileField(label="trials.csv", required=False)
    arms = forms.FileField(label="arms.csv", required=False)
    results = forms.FileField(label="results.csv", required=False)

    field_order = ("title", "trials", "arms", "results", "reason")

    def clean_trials(self) -> str:
        return self._text("trials")

    def clean_arms(self) -> str:
        return self._text("arms")

    def clean_results(self) -> str:
        return self._text("results")

    def _text(self, name: str) -> str:
        file = self.cleaned_data[name]
        if not file:
            return ""
        if file.size > LARGEST_FILE_BYTES:
            raise forms.ValidationError(
                f"{name}.csv has {file.size / 1e6:.1f} MB; a table may have {LARGEST_FILE_BYTES / 1e6:.0f} MB. "
                "Send it in parts."
            )
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(
                f"{name}.csv is not UTF-8 text: its byte {error.start + 1} cannot be read. Save it again as CSV UTF-8."
            ) from error


class CorrectionForm(ProposalForm):
    """One number of the data, to be put right. A doubt takes it out of every pool."""

    n = forms.CharField(label="People", required=False)
    mean = forms.CharField(label="Mean", required=False)
    sd = forms.CharField(label="Standard deviation", required=False)
    se = forms.CharField(label="Standard error", required=False)
    events = forms.CharField(label="People with the event", required=False)
    percent = forms.CharField(label="Per cent with the event", required=False)
    contrast = forms.CharField(label="Printed difference or ratio", required=False)
    contrast_low = forms.CharField(label="Its interval, from", required=False)
    contrast_high = forms.CharField(label="Its interval, to", required=False)
    p = forms.CharField(label="p value", required=False)
    time_h = forms.CharField(label="Hours since the first dose", required=False)
    doubt = forms.CharField(label="Doubt: why it should be left out", required=False, max_length=300)
    source = forms.CharField(label="Source", required=False, max_length=500)
    status = forms.ChoiceField(label="The numbers were", choices=_STATUS)
    note = forms.CharField(label="Note", required=False, max_length=1000)

    cells = ("n", "mean", "sd", "se", "events", "percent", "contrast", "contrast_low", "contrast_high")
    cells += ("p", "time_h", "doubt", "source", "status", "note")

    def __init__(self, *args: Any, row: Result, **kwargs: Any) -> None:
        self.written = result_row(row)
        super().__init__(*args, initial={name: self.written[name] for name in self.cells}, **kwargs)
        unused = ("events", "percent") if outcomes()[row.outcome].kind == "score" else ("mean", "sd", "se")
        for name in unused:
            del self.fields[name]
        for field in self.of_numbers:
            field.field.show_hidden_initial = True  # what the page showed, which may be older than the data
        if row.kind is Kind.PEOPLE_ONLY:
            self.fields["n"].help_text = "Only the number of people could be read so far."

    @property
    def of_numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in self.cells if name in self.fields]

    def clean(self) -> dict[str, Any]:
        """A number is corrected as the page showed it: one that changed meanwhile is looked at again."""
        told = super().clean() or self.cleaned_data
        for name in self.typed if not self.is_kept else ():
            now = self.written[name]
            if self._showed(name) not in (None, now):
                self.add_error(name, f"This number changed since the page was opened: it is {now or 'empty'} now. "
                                     "Open the page again.")  # fmt: skip
        return told

    @property
    def typed(self) -> dict[str, str]:
        """The cells that differ from what the page showed."""
        cells = {name: self.cleaned_data[name].strip() for name in self.cells if name in self.cleaned_data}
        return {name: cell for name, cell in cells.items() if cell != self._showed(name)}

    def _showed(self, name: str) -> str | None:
        return None if (shown := self.data.get(self[name].html_initial_name)) is None else shown.strip()

    @property
    def changes_nothing(self) -> bool:
        return all(self.written[name] == cell for name, cell in self.typed.items())

    @property
    def rows(self) -> dict[str, list[dict[str, str]]]:
        """The row, with the cells it corrects."""
        return {"results": [{"id": self.written["id"]} | self.typed]}


class NewTrialForm(ProposalForm):
    """A trial of two arms with one outcome. More arms, times and outcomes come by file."""

    label = forms.CharField(label="Trial", max_length=60, help_text="First author and year, as Berman 2000")
    year = forms.CharField(label="Year", required=False)
    trial_name = forms.CharField(label="Its name or title", required=False, max_length=300)
    doi = forms.CharField(label="DOI", required=False, max_length=100)
    pmid = forms.CharField(label="PubMed number", required=False, max_length=20)
    registry = forms.CharField(label="Registry number", required=False, max_length=60)
    indication = forms.ChoiceField(label="For", choices=[(e.id, e.name) for e in evidence_indications().values()])
    population = forms.CharField(label="People", required=False, max_length=200)
    design = forms.ChoiceField(label="Design", choices=[(each, each.replace("_", " ")) for each in Design])
    blinding = forms.ChoiceField(
        label="Blinding",
        choices=[(each, each.replace("_", " ")) for each in ("double", "single", "assessor", "open", "not_stated")],
    )
    drug = forms.CharField(label="Drug", max_length=60, initial="ketamine")
    route = forms.CharField(label="Route", max_length=30, initial="iv")
    dose = forms.CharField(label="Dose", required=False, max_length=30)
    dose_unit = forms.ChoiceField(label="Unit", choices=[("mg/kg", "mg/kg"), ("mg", "mg")])
    doses = forms.CharField(label="How many doses", required=False, initial="1")
    control = forms.CharField(label="Control drug", max_length=60, help_text="placebo, saline, midazolam, ect, …")
    outcome = forms.ChoiceField(label="Outcome", choices=[(each.id, each.name) for each in outcomes().values()])
    scale = forms.ChoiceField(
        label="Scale", required=False, choices=[("", "none, an event"), *((s.id, s.name) for s in scales().values())]
    )
    kind = forms.ChoiceField(
        label="The numbers are",
        choices=[
            (Kind.CHANGE, "mean changes since the start"),
            (Kind.ENDPOINT, "means at the time"),
            (Kind.EVENTS, "people with the event"),
        ],
    )
    time_h = forms.CharField(label="Hours since the first dose", required=False)
    active_n = forms.CharField(label="People", required=False)
    active_mean = forms.CharField(label="Mean", required=False)
    active_sd = forms.CharField(label="Standard deviation", required=False)
    active_events = forms.CharField(label="People with the event", required=False)
    control_n = forms.CharField(label="People", required=False)
    control_mean = forms.CharField(label="Mean", required=False)
    control_sd = forms.CharField(label="Standard deviation", required=False)
    control_events = forms.CharField(label="People with the event", required=False)
    source = forms.CharField(label="Source of the numbers", max_length=500, help_text="An address or a citation")
    status = forms.ChoiceField(label="The numbers were", choices=_STATUS)

    about = ("label", "year", "trial_name", "doi", "pmid", "registry", "indication", "population", "design", "blinding")
    treatment = ("drug", "route", "dose", "dose_unit", "doses", "control")
    measured = ("outcome", "scale", "kind", "time_h")
    of_arms = (("active", "Active arm"), ("control", "Control arm"))
    numbers = ("n", "mean", "sd", "events")

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition

    @property
    def of_trial(self) -> list[forms.BoundField]:
        return [self[name] for name in self.about]

    @property
    def of_treatment(self) -> list[forms.BoundField]:
        return [self[name] for name in self.treatment]

    @property
    def of_outcome(self) -> list[forms.BoundField]:
        return [self[name] for name in self.measured]

    @property
    def of_numbers(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(words, [self[f"{arm}_{name}"] for name in self.numbers]) for arm, words in self.of_arms]

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        identifier = slugify(label)
        if not identifier:
            raise forms.ValidationError(f"{label!r} holds no letter or digit. Write the first author and the year.")
        if identifier in self.edition.data.trials and not self.is_kept:
            raise forms.ValidationError(
                f"There is a trial {label!r} already. Correct its numbers on its page, or name this one {label} b."
            )
        return label

    @property
    def rows(self) -> dict[str, list[dict[str, str]]]:
        """The trial, its two arms and a number of each, as rows of the three tables."""
        told = {name: str(value).strip() for name, value in self.cleaned_data.items()}
        trial = slugify(told["label"])
        blank_trial = blank_row("trials")
        about = {name: told[name] for name in self.about}
        arms = [
            self._arm(trial, "active", told["drug"], told)
            | {"dose": told["dose"], "dose_unit": told["dose_unit"], "against": "control"},
            self._arm(trial, "control", told["control"], told),
        ]
        results = [self._result(trial, arm, told) for arm in ("active", "control")]
        return {
            "trials": [blank_trial | about | {"trial": trial, "comparator": told["control"]}],
            "arms": arms,
            "results": results,
        }

    def _arm(self, trial: str, arm: str, drug: str, told: dict[str, str]) -> dict[str, str]:
        blank = blank_row("arms")
        route = told["route"] if arm == "active" or drug not in ("ect", "usual_care") else ""
        own = {"trial": trial, "arm": arm, "label": drug, "role": arm, "drug": drug, "route": route}
        return blank | own | {"doses": told["doses"]}

    def _result(self, trial: str, arm: str, told: dict[str, str]) -> dict[str, str]:
        blank = blank_row("results")
        shared = {name: told[name] for name in ("outcome", "scale", "kind", "time_h", "source", "status")}
        numbers = {name: told[f"{arm}_{name}"] for name in self.numbers}
        return (
            blank | shared | numbers | {"id": f"{trial}-{arm}-1", "trial": trial, "arm": arm, "time_from": "first dose"}
        )

    def field_of(self, row: Refused) -> str:
        arm = "active" if row.id.endswith("active-1") else "control"
        return f"{arm}_{row.field}" if f"{arm}_{row.field}" in self.fields else row.field


class DecisionForm(forms.Form):
    """A second person's decision."""

    write_id = forms.UUIDField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        choices=[("accept", "Accept"), ("refuse", "Refuse")],
        error_messages={"required": "Accept or refuse.", "invalid_choice": "Accept or refuse."},
    )
    reason = forms.CharField(
        label="What you held it against, or what is wrong with it",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what you held it against, or what is wrong with it."},
    )
