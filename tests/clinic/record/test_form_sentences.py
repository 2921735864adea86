"""What a form refuses it says in a sentence that names the field and what to do."""

import pytest
from django import forms

from daybreak.clinic.escalation.forms import DutyForm, SwitchForm
from daybreak.clinic.programme.forms import EnrolmentForm, MonitoringForm, SendingForm, SeriousEventForm, SiteForm
from daybreak.clinic.record.forms import WriteForm
from daybreak.clinic.record.models import new_id
from daybreak.treatment.nasal_programme import current_form
from tests.clinic.people import Clinic

DJANGOS_OWN = ("This field", "Ensure", "Enter a", "Select a", "valid")


def said(form: forms.Form) -> dict[str, list[str]]:
    return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


def test_the_forms_of_escalation_and_of_the_programme_name_what_is_empty_and_what_to_do(clinic: Clinic) -> None:
    empty = {"write_id": new_id()}
    written = [
        DutyForm(empty, site=clinic.site), SwitchForm(empty), SiteForm(empty, site=clinic.site),
        SeriousEventForm(empty, correcting=True), EnrolmentForm(empty, patient=clinic.patient),
        SendingForm(empty, site=clinic.site),
    ]  # fmt: skip
    for form in written:
        assert form.errors
        for name, sentences in said(form).items():
            for sentence in sentences:
                assert not any(words in sentence for words in DJANGOS_OWN)
                named = str(form.fields[name].label) in sentence
                assert named or sentence.startswith(("Choose ", "Write why")), (name, sentence)
    assert said(written[0])["person"] == ["Of “Who” nothing is chosen. Choose one."]
    assert said(written[0])["address"] == ["“E-mail address” is empty. Write the address."]


def test_what_cannot_be_read_or_is_too_much_is_said_with_its_limit(clinic: Clinic) -> None:
    duty = {"write_id": new_id(), "place": "9", "starts_at": "soon", "ends_at": "2026-12-31T14:05", "address": "nobody"}
    wrong = said(DutyForm(duty, site=clinic.site))
    assert wrong["place"] == ["What came as “Called as number” is none of its list. Choose one of them."]
    assert wrong["starts_at"] == ["“From” is no day with a time. Write both, as 2026-12-31 14:05."]
    assert wrong["address"] == ["“E-mail address” is no address. Write it as name@example.org."]
    switch = {"write_id": new_id(), "is_on": "on", "minutes": "45", "words": "x" * 501}
    wrong = said(SwitchForm(switch))
    assert wrong["minutes"] == ["“Minutes without an answer before it climbs” is above 30. Write 30 or less."]
    assert wrong["words"] == ["“Why” has 501 letters, and 500 have room. Shorten it."]


def test_a_form_without_its_id_says_to_open_the_page_again() -> None:
    assert said(WriteForm({}))["write_id"][0].endswith("Open the page again; what is shown there is what was saved.")


@pytest.mark.parametrize("typed", ["many", "-1"])
def test_a_question_of_the_programme_is_named_without_its_star(typed: str) -> None:
    form = MonitoringForm({"write_id": new_id(), "after": typed}, form=current_form())
    assert not any(words in sentence for each in said(form).values() for sentence in each for words in DJANGOS_OWN)
