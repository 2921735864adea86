"""A letter from its draft to its amendment."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.letters import queries, services
from daybreak.clinic.letters.about_course import day as said_day
from daybreak.clinic.letters.models import Kind, Letter, LetterSignature, LetterText
from daybreak.clinic.record.amounts import typed_by_hand
from daybreak.clinic.record.models import PatientFact, PatientFactKind, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.since_draft import ChangedSince
from daybreak.clinic.schedule import services as schedule
from daybreak.clinic.treatment_day import services as treatment_day
from tests.clinic.followup.story import Story, begin
from tests.clinic.letters.forms import drafted, signed, treated, words
from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week
from tests.clinic.treatment_day.day import open_day


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
    sheet = page(clinic, "letter_paper", letter.pk)
    head = sheet.split("<h1>")[0 if "<h1>On paper" not in sheet else 1]
    assert re.search(r"Amended .+, by A synthetic session nurse", head), "page 1 says that page 2 changes it"


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


class TestAnAmountThatWasCorrected:
    """It stood in the record, and may still stand in it as planned or as signed, but is not what was given."""

    BOTH = "The record says 20 mg; 35 mg was corrected at"

    def test_a_letter_that_names_it_is_asked_about_with_both_figures(self, clinic: Clinic) -> None:
        day = treated(clinic)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        letter, who = drafted(clinic, day=day), clinic.actor(Role.PRESCRIBER)
        said = words(letter, sections=[*words(letter).sections, ("More", "Ketamine 35 mg went in without trouble.")])
        with pytest.raises(Refusal, match=self.BOTH):
            services.sign_letter(letter, said, who, write_id=new_id(), after=1)
        services.sign_letter(letter, words(letter), who, write_id=new_id(), after=1)

    @pytest.mark.parametrize("kind", [Kind.AFTER_SESSION, Kind.END_OF_COURSE])
    def test_an_amendment_that_says_again_what_was_signed_is_too(self, clinic: Clinic, kind: Kind) -> None:
        day = treated(clinic)
        letter, who = signed(clinic, drafted(clinic, kind, day=day)), clinic.actor(Role.PRESCRIBER)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        with pytest.raises(Refusal, match=self.BOTH):
            services.amend_letter(letter, "Of the 35 mg nothing was lost.", "Asked.", who, write_id=new_id())
        services.amend_letter(letter, "20 mg were given, not 35 mg.", "Pump read.", who, write_id=new_id())


class TestTheRecordChangedSinceTheDraft:
    """A letter written at noon is signed in the evening; what was corrected between them is not in it by itself."""

    def sign(self, letter: Letter, clinic: Clinic, said: services.Words | None = None, **more: Any) -> LetterSignature:
        who, after = clinic.actor(Role.PRESCRIBER), queries.text(letter).number
        return services.sign_letter(letter, said or words(letter), who, write_id=new_id(), after=after, **more)

    def test_an_amount_corrected_since_holds_the_signature_until_the_text_says_it(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        with pytest.raises(ChangedSince) as held:
            self.sign(letter, clinic)
        (change,) = held.value.changes
        assert change.heading == "Given"
        assert "35 mg" in change.was[0]
        assert "20 mg" in change.now[0]
        assert not LetterSignature.objects.exists()
        typed = [(name, text.replace("35 mg", "20 mg")) for name, text in words(letter).sections]
        typed[0] = (typed[0][0], f"{typed[0][1]} Planned were 35 mg. Thank you for seeing her.")
        self.sign(letter, clinic, words(letter, sections=typed))
        assert "Thank you for seeing her." in page(clinic, "letter", letter.pk)

    def test_a_text_that_was_kept_and_addressed_in_between_is_held_too(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        services.keep_draft(letter, words(letter), clinic.actor(Role.NURSE), write_id=new_id(), after=1)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        with pytest.raises(ChangedSince, match="20 mg"):
            self.sign(letter, clinic)

    def test_the_amount_of_the_old_draft_in_words_of_ones_own_is_asked_about(self, clinic: Clinic) -> None:
        day = treated(clinic)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        letter = drafted(clinic, day=day)
        day.do(treatment_day.correct_amount, 112, mg=22, reason="Read again.")
        typed = [(name, "She had 20 mg." if name == "Given" else text) for name, text in words(letter).sections]
        with pytest.raises(Refusal, match="20 mg"):
            self.sign(letter, clinic, words(letter, sections=typed), although="Told by phone.")

    def test_a_sign_is_no_reason_why_the_text_stays(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        day.do(treatment_day.correct_amount, 112, mg=22, reason="Read again.")
        with pytest.raises(ChangedSince):
            self.sign(letter, clinic, although="-")

    def test_a_corrected_reading_and_one_that_came_are_named(self, clinic: Clinic) -> None:
        day = open_day(clinic)
        day.begin()
        reading = day.systolic(20, 171)
        day.do(treatment_day.stop, 40)
        letter = drafted(clinic, day=day)
        treatment_day.correct_reading(reading, 131, "Typed wrongly.", day.nurse, write_id=new_id())
        with pytest.raises(ChangedSince) as held:
            self.sign(letter, clinic)
        named = {change.heading: change for change in held.value.changes}
        assert "171" in " ".join(named["Blood pressure"].was)
        assert "131" in " ".join(named["Blood pressure"].now)
        assert "Systolic 171" in " ".join(named["Limits crossed"].was)

    def test_what_stays_says_why_and_that_is_kept_beside_the_letter(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        client = signed_in(clinic, Role.PRESCRIBER)
        said = words(letter)
        typed = {"write_id": new_id(), "after": 1, "addressee": said.addressee, "subject": said.subject} | {
            f"section_{place}": body for place, (_, body) in enumerate(said.sections)
        }
        asked = client.post(reverse("letter_sign", args=[letter.pk]), typed)
        assert asked.status_code == 422
        assert "The record says now" in asked.content.decode()
        assert "Why the text stays as it is" in asked.content.decode()
        client.post(
            reverse("letter_sign", args=[letter.pk]), typed | {"although": "The letter is of the first reading."}
        )
        assert LetterSignature.objects.get().letter == letter
        assert "Why it stayed: The letter is of the first reading." in page(clinic, "letter", letter.pk)
        assert "first reading" not in page(clinic, "letter_paper", letter.pk)

    def test_the_page_of_a_draft_says_what_changed_before_anybody_signs(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        assert "The record has changed" not in page(clinic, "letter", letter.pk)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        assert "The record has changed" in page(clinic, "letter", letter.pk)

    def test_a_section_its_writer_left_out_holds_nothing(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        left = [(name, "" if name == "Given" else text) for name, text in words(letter).sections]
        self.sign(letter, clinic, words(letter, sections=left))

    def test_an_appointment_that_moved_and_a_death_hold_it(self, clinic: Clinic) -> None:
        week = Week(clinic)
        story = Story(clinic, clinic.course, timezone.localtime() - timedelta(days=1))
        story.dose(1, days=0)
        made = week.book(2, week.at(0, 9))
        letter = drafted(clinic, Kind.AFTER_INDUCTION)
        wanted = week.wanted(2, week.at(1, 9))
        moved = schedule.move(made, wanted, week.coordinator, write_id=new_id(), reason="She works.")
        with pytest.raises(ChangedSince, match=said_day(moved.starts_at)):
            self.sign(letter, clinic)
        letter = drafted(clinic, Kind.AFTER_INDUCTION)
        PatientFact.objects.create(
            patient=clinic.patient, kind=PatientFactKind.SERIOUS_EVENT, code=PatientFact.DEATH, text="Died at home."
        )
        with pytest.raises(ChangedSince, match="Recorded as died"):
            self.sign(letter, clinic)

    def test_the_hour_alone_holds_nothing(self, clinic: Clinic) -> None:
        """A draft holds days and times, no "today" and no ages."""
        day = treated(clinic)
        letter = drafted(clinic, day=day)
        tomorrow = timezone.now() + timedelta(days=1)
        assert queries.changed_since_draft(letter, tomorrow) == []
        plain = drafted(clinic, Kind.FOR_PATIENT)
        assert queries.changed_since_draft(plain, tomorrow) == []

    def test_a_signature_sent_twice_counts_once_whatever_came_since(self, clinic: Clinic) -> None:
        day = treated(clinic)
        letter, write_id, who = drafted(clinic, day=day), new_id(), clinic.actor(Role.PRESCRIBER)
        said = words(letter)
        services.sign_letter(letter, said, who, write_id=write_id, after=1)
        day.do(treatment_day.correct_amount, 111, mg=20, reason="Pump.")
        services.sign_letter(letter, said, who, write_id=write_id, after=1)
        assert LetterSignature.objects.count() == 1


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
