"""A letter from its draft to its amendment."""

import pytest
from django.test import Client
from django.urls import reverse

from daybreak.clinic.letters import queries, services
from daybreak.clinic.letters.models import Kind, LetterSignature, LetterText
from daybreak.clinic.record.amounts import typed_by_hand
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services as treatment_day
from tests.clinic.followup.story import begin
from tests.clinic.letters.forms import drafted, signed, treated, words
from tests.clinic.people import Clinic


def signed_in(clinic: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(clinic.users[role])
    session = client.session
    session["second_factor_set"] = True
    session.save()
    return client


def page(clinic: Clinic, name: str, *arguments: object, role: Role = Role.NURSE) -> str:
    response = signed_in(clinic, role).get(reverse(name, args=arguments))
    assert response.status_code == 200, response.content.decode()[-2000:]
    return response.content.decode()


def test_what_is_edited_is_kept_and_what_stood_before_as_well(clinic: Clinic) -> None:
    letter, nurse = drafted(clinic), clinic.actor(Role.NURSE)
    services.keep_draft(letter, words(letter, subject="Edited"), nurse, write_id=new_id(), after=1)
    assert queries.text(letter).subject == "Edited"
    assert LetterText.objects.filter(letter=letter).count() == 2
    with pytest.raises(Refusal, match="came in between"):
        services.keep_draft(letter, words(letter, subject="Late"), nurse, write_id=new_id(), after=1)


def test_signed_it_is_locked_and_only_amended_with_a_reason(clinic: Clinic) -> None:
    letter = drafted(clinic)
    with pytest.raises(Refusal, match="not signed yet"):
        services.amend_letter(letter, "More.", "Why.", clinic.actor(Role.NURSE), write_id=new_id())
    signed(clinic, letter)
    letter = queries.letter(letter.pk).get()
    with pytest.raises(Refusal, match="locked"):
        services.keep_draft(letter, words(letter), clinic.actor(Role.NURSE), write_id=new_id(), after=2)
    with pytest.raises(Refusal, match="and why"):
        services.amend_letter(letter, "More.", " ", clinic.actor(Role.NURSE), write_id=new_id())
    services.amend_letter(letter, "It was a friend.", "Heard later.", clinic.actor(Role.NURSE), write_id=new_id())
    shown = page(clinic, "letter", letter.pk)
    assert "It was a friend." in shown
    assert "Why: Heard later." in shown


def test_to_nobody_or_empty_it_is_not_signed(clinic: Clinic) -> None:
    letter, who = drafted(clinic), clinic.actor(Role.PRESCRIBER)
    for wrong, said in ((words(letter, addressee=" "), "to whom"), (words(letter, sections=[("A", " ")]), "empty")):
        with pytest.raises(Refusal, match=said):
            services.sign_letter(letter, wrong, who, write_id=new_id(), after=1)
    with pytest.raises(Refusal, match="prescriber or a nurse"):
        services.sign_letter(letter, words(letter), clinic.actor(Role.COORDINATOR), write_id=new_id(), after=1)


def test_a_signed_letter_says_what_changed_after_it(clinic: Clinic) -> None:
    day = treated(clinic)
    letter = signed(clinic, drafted(clinic, day=day))
    assert queries.changed(queries.letter(letter.pk).get()) == ()
    day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
    assert "The amount given is 20 mg now" in page(clinic, "letter", letter.pk)
    who = clinic.actor(Role.PRESCRIBER)
    services.amend_letter(letter, "20 mg were given.", "The pump was read again.", who, write_id=new_id())
    assert queries.changed(queries.letter(letter.pk).get()) == ()


def test_a_letter_about_a_course_says_that_a_score_came_after_it(clinic: Clinic) -> None:
    story = begin(clinic, days_ago=20)
    story.dose(1, days=0)
    letter = drafted(clinic, Kind.FOR_PATIENT)
    assert queries.changed(queries.letter(letter.pk).get()) == ()
    story.answer(12, days=21)
    assert "PHQ-9 12" in " ".join(queries.changed(queries.letter(letter.pk).get()))


def test_a_draft_is_nobodys_to_read_but_those_who_write_letters(clinic: Clinic) -> None:
    letter = drafted(clinic)
    coordinator = signed_in(clinic, Role.COORDINATOR)
    assert coordinator.get(reverse("letter", args=[letter.pk])).status_code == 403
    assert "No letter yet" in page(clinic, "letters", clinic.course.pk, role=Role.COORDINATOR)
    signed(clinic, letter)
    assert coordinator.get(reverse("letter", args=[letter.pk])).status_code == 200


def test_on_paper_a_draft_says_that_it_is_one_and_empty_sections_are_left_out(clinic: Clinic) -> None:
    letter = drafted(clinic)
    sheet = page(clinic, "letter_paper", letter.pk)
    assert "Draft, not signed." in sheet
    assert "What we ask of you" not in sheet
    signed(clinic, letter)
    sheet = page(clinic, "letter_paper", letter.pk)
    assert "Draft, not signed." not in sheet
    assert "A synthetic prescriber, prescriber" in sheet


def test_enter_in_a_box_keeps_the_draft_and_never_signs(clinic: Clinic) -> None:
    """A browser takes the first button of a form for Enter."""
    shown = page(clinic, "letter", drafted(clinic).pk, role=Role.PRESCRIBER)
    assert 0 < shown.index("Keep the draft") < shown.index("Sign the letter")


def test_an_amount_typed_by_hand_is_asked_about_before_it_is_signed(clinic: Clinic) -> None:
    letter = drafted(clinic)
    before = words(letter)
    heading, text = before.sections[0]
    changed = words(letter, sections=[(heading, f"{text} Next time 560 mg."), *before.sections[1:]])
    client = signed_in(clinic, Role.PRESCRIBER)
    typed = {"write_id": new_id(), "after": 1, "addressee": changed.addressee, "subject": changed.subject} | {
        f"section_{place}": body for place, (_, body) in enumerate(changed.sections)
    }
    asked = client.post(reverse("letter_sign", args=[letter.pk]), typed)
    assert asked.status_code == 422
    assert "in no draft from the record: 560 mg." in asked.content.decode()
    assert "The amounts typed by hand are right" in asked.content.decode()
    assert not LetterSignature.objects.exists()
    client.post(reverse("letter_sign", args=[letter.pk]), typed | {"amounts_are_right": "on"})
    assert LetterSignature.objects.get().letter == letter


def test_an_amount_in_an_amendment_is_asked_about_before_it_is_added(clinic: Clinic) -> None:
    letter = drafted(clinic)
    signed(clinic, letter)
    client, address = signed_in(clinic, Role.PRESCRIBER), reverse("letter_amend", args=[letter.pk])
    typed = {"write_id": new_id(), "words": "Next time 560 mg.", "reason": "Asked by phone."}
    asked = client.post(address, typed)
    assert asked.status_code == 422
    assert "in no draft from the record: 560 mg." in asked.content.decode()
    assert "The amounts typed by hand are right" in asked.content.decode()
    assert not letter.amendments.exists()
    client.post(address, typed | {"amounts_are_right": "on"})
    assert letter.amendments.get().words == "Next time 560 mg."


@pytest.mark.parametrize(
    ("written", "strange"),
    [
        ("56 mg nasal", []),
        ("5.6 mg nasal", ["5.6 mg"]),
        ("0,5 mg/kg", []),
        ("5 mg/kg", ["5 mg/kg"]),
        ("56mg, 34.50 mL, 0.56 mg", ["0.56 mg"]),
        ("5 minutes, 160/90, 97 %", []),
        ("56 milligrams, 56 mgs, 34.5 ml", []),
        ("604 milligrams, 640 mgs", ["604 milligrams", "640 mgs"]),
        ("ninety milligrams, one hundred and ten mg", ["ninety milligrams", "one hundred and ten mg"]),
    ],
)
def test_only_an_amount_the_draft_does_not_hold_is_strange(written: str, strange: list[str]) -> None:
    assert typed_by_hand(written, "Given: 56 mg, which is 0.5 mg/kg in 34.5 mL.") == strange
