"""What a letter says follows from the record; what the record lacks is said, and nothing is added."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.letters import about_course as about
from daybreak.clinic.letters.drafting import Draft, draft
from daybreak.clinic.letters.models import Kind
from daybreak.clinic.planning.models import Plan
from daybreak.clinic.planning.queries import planned_session
from daybreak.clinic.record.models import Course, Stage, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import enter_stage
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.clinic.treatment_day.last_session import last_session
from daybreak.clinic.treatment_day.models import Session, SessionEvent
from daybreak.clinic.treatment_day.queries import held
from daybreak.treatment.vitals import Vital
from tests.clinic.followup.story import Story, begin
from tests.clinic.people import Clinic
from tests.clinic.schedule.week import Week
from tests.clinic.treatment_day.day import BEFORE, NASAL, Day, open_day
from tests.web.test_gate import signed_in

UNDER_THE_TONGUE = "ketamine 100 mg sublingual, once"


def about_session(day: Day) -> dict[str, str]:
    return dict(draft(day.clinic.course, Kind.AFTER_SESSION, day.session, timezone.now()).sections)


def test_the_devices_of_a_spray_are_told_as_parts_of_one_dose(clinic: Clinic) -> None:
    """56 mg at two times would read as twice 56 mg."""
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(treatment_day.give_device, 6)
    given = about_session(day)["Given"]
    assert re.search(r"Esketamine nasal 56 mg in all, in 2 devices, at \d\d:\d\d.* and \d\d:\d\d", given)


def test_one_value_is_told_as_one_and_no_range_is_made_of_it(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.read(10, BEFORE)
    said = about_session(day)
    assert said["Oxygen"] == "98 % after the dose, one value."
    assert "No dissociation in the one check." in said["Side effects"]


def about_course(clinic: Clinic, kind: Kind) -> Draft:
    return draft(Course.objects.get(pk=clinic.course.pk), kind, None, timezone.now())


class TestAfterASession:
    @pytest.fixture
    def day(self, clinic: Clinic) -> Day:
        day = open_day(clinic)
        day.begin()
        for minute, pressure, felt in ((10, 138, 2), (25, 164, 4), (40, 150, 3), (85, 130, 0)):
            day.read(minute, {**BEFORE, Vital.SYSTOLIC: pressure, Vital.DISSOCIATION: felt})
        treatment_day.observe(day.session, "nausea", day.nurse, write_id=new_id(), at=day.at(30))
        day.do(treatment_day.stop, 40)
        treatment_day.check_criterion(day.session, "advice", True, day.nurse, write_id=new_id(), at=day.at(101))
        day.do(treatment_day.leave, 105, goes_with="her brother", reason="The prescriber saw her.")
        return day

    def test_it_tells_what_happened_with_its_numbers(self, day: Day) -> None:
        said = about_session(day)
        start, end = (timezone.localtime(day.at(minute)) for minute in (0, 40))
        began = f"{start:%H:%M}"
        # Past midnight the day is said: the letter is of the day the session was opened.
        assert re.search(rf"Ketamine iv 35 mg from {began}( on \d+ \w+)? to {end:%H:%M}( on \d+ \w+)?\.", said["Given"])
        assert said["Blood pressure"] == "128/78 mmHg before, 164/78 highest at 25 min, 130/78 last at 85 min."
        assert said["Limits crossed"] == "Systolic 164, above amber 160, at 25 min."
        assert said["Oxygen"] == "Always 98 % after the dose, 4 values."
        assert "Dissociation 4 of 10 at its strongest, 25 min after the dose; gone by" in said["Side effects"]
        assert "Nausea." in said["Side effects"]
        assert "with her brother" in said["Leaving"]
        assert "Written advice was given" in said["Leaving"]

    def test_off_label_is_said(self, day: Day) -> None:
        assert about_session(day)["Label"].startswith("Off-label use.")

    def test_an_amount_that_differs_from_the_plan_is_said(self, day: Day) -> None:
        day.do(treatment_day.correct_amount, 106, mg=30)
        assert "30 mg from" in about_session(day)["Given"]
        assert "Planned were 35 mg." in about_session(day)["Given"]

    def test_what_a_person_must_add_is_left_to_them(self, day: Day) -> None:
        assert about_session(day)["What we ask of you"] == ""


def test_every_limit_crossed_is_told_once_the_gravest_first(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.read(10, {**BEFORE, Vital.SYSTOLIC: 162})
    bad = {Vital.SYSTOLIC: 170, Vital.DIASTOLIC: 112, Vital.SPO2: 88, Vital.HEART_RATE: 130}
    day.read(25, {**BEFORE, **bad, Vital.RESPIRATORY_RATE: 9, Vital.ALERTNESS: 2})
    lines = about_session(day)["Limits crossed"].splitlines()
    names = ("Systolic 170", "Diastolic 112", "SpO₂ 88", "Heart rate 130", "Breaths", "Alertness")
    for name in names:
        assert sum(line.startswith(name) for line in lines) == 1, (name, lines)
    assert len(lines) == len(names)
    levels = [next(level for level in ("emergency", "red", "amber") if f" {level} " in line) for line in lines]
    assert levels == sorted(levels, key=["emergency", "red", "amber"].index)


def test_what_was_noted_of_the_rest_of_a_dose_is_told_as_it_stands(clinic: Clinic) -> None:
    """Swallowed by a slip, then spat out: the letter tells the last, the note both, the first as replaced."""
    day = open_day(clinic, UNDER_THE_TONGUE)
    day.begin()
    for minute, what, words in ((8, "swallowed", ""), (12, "spat_out", "The nurse saw the cup.")):
        treatment_day.observe(day.session, what, day.nurse, write_id=new_id(), at=day.at(minute), words=words)
    said = about_session(day)["Side effects"]
    assert "wallowed" not in said
    assert said.count("Rest spat out: The nurse saw the cup") == 1
    (first,) = [line for line in treatment_day.draft_note(day.session).splitlines() if "Rest swallowed" in line]
    replaced = rf"replaced at {timezone.localtime(day.at(12)):%H:%M}( on \d+ \w+)? \[was Rest swallowed\]"
    assert re.search(replaced, first), first
    assert last_session(held(day.clinic.course)).seen == ("Rest spat out: The nurse saw the cup.",)


def test_where_no_limit_was_crossed_the_letter_says_none(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.read(10, BEFORE)
    assert about_session(day)["Limits crossed"] == "None."


def test_what_is_missing_is_said_as_missing(clinic: Clinic) -> None:
    day = open_day(clinic)
    day.begin()
    day.do(treatment_day.stop, 40)
    said = about_session(day)
    assert "none recorded after it" in said["Blood pressure"]
    assert said["Oxygen"] == "No oxygen saturation was recorded after the dose."
    assert "Dissociation was not asked after the dose." in said["Side effects"]
    assert said["Leaving"] == "The person has not left yet."
    assert said["Scores"] == "No score of this course is on record."


def test_a_session_without_a_dose_and_a_course_without_one_have_no_letter(clinic: Clinic) -> None:
    day = open_day(clinic)
    with pytest.raises(Refusal, match="No dose was given in this session"):
        about_session(day)
    for kind in (Kind.AFTER_INDUCTION, Kind.END_OF_COURSE, Kind.FOR_PATIENT):
        with pytest.raises(Refusal, match="No dose was given in this course"):
            about_course(clinic, kind)
    with pytest.raises(Refusal, match="Choose the session"):
        about_course(clinic, Kind.AFTER_SESSION)


@pytest.fixture
def story(clinic: Clinic) -> Story:
    story = begin(clinic, days_ago=20)
    story.answer(20, days=-1)
    story.dose(1, days=0)
    story.dose(2, days=3)
    story.answer(9, days=7)
    return story


def test_the_next_session_is_the_one_that_is_booked_and_a_clash_with_the_plan_is_said(clinic: Clinic) -> None:
    """Sent on the day of the plan, a person who is booked for another stands at a closed door."""
    week = Week(clinic)
    story = Story(clinic, clinic.course, timezone.localtime() - timedelta(days=1))
    story.dose(1, days=0)
    planned = planned_session(week.plan, 2).day
    assert f"planned for {about.day(planned)}." in next_words(clinic)
    made = week.book(2, week.at(0, 9))
    booked = about.day(made.starts_at)
    assert next_words(clinic) == f"Session 2 is booked for {booked}; the plan has it on {about.day(planned)}."
    plain = dict(about_course(clinic, Kind.FOR_PATIENT).sections)["What comes next"]
    assert plain.startswith(f"Your next treatment is booked for {booked}. Somebody")


def test_a_session_left_before_any_dose_is_told_as_still_to_be_held(clinic: Clinic) -> None:
    story = begin(clinic, days_ago=5)
    story.dose(1, days=0)
    left = story.dose(2, days=3)
    Session.objects.filter(pk=left.pk).update(holds_number=False)
    assert f"Session 2, left before any dose on {about.day(left.opened_at)}, is still to be held." in next_words(clinic)


def next_words(clinic: Clinic) -> str:
    return dict(about_course(clinic, Kind.AFTER_INDUCTION).sections)["What comes next"]


class TestOfACourse:
    def test_scores_stand_against_sessions_in_order(self, story: Story) -> None:
        lines = dict(about_course(story.clinic, Kind.AFTER_INDUCTION).sections)["Sessions and scores"].splitlines()
        assert [line.split(": ")[1] for line in lines] == [
            "PHQ-9 20",
            "session 1, esketamine nasal 56 mg",
            "session 2, esketamine nasal 56 mg",
            "PHQ-9 9",
        ]

    def test_what_was_given_two_ways_is_no_sum(self, clinic: Clinic) -> None:
        """40 mg into a vein and 100 mg under the tongue are not 140 mg of ketamine."""
        story = begin(clinic, days_ago=20)
        ways = ((2, "ketamine 40 mg iv over 40 min, once", 1, 40), (3, UNDER_THE_TONGUE, 2, 100))
        for version, words, number, mg in ways:
            plan = Plan.objects.create(
                course=story.course, version=version, regimen_text=words, first_day=story.zero.date(), weight_kg=70.0,
                jurisdiction="US", labelled=False, first_number=number, **story.clinic.actor(Role.PRESCRIBER).stamp,
            )  # fmt: skip
            given = Session.objects.create(
                course=story.course, plan=plan, number=number, opened_at=story.at(days=number)
            )
            SessionEvent.objects.create(
                session=given, kind=SessionEvent.Kind.DOSE_STARTED, occurred_at=story.at(days=number), data={"mg": mg},
                **story.clinic.actor(Role.NURSE).stamp,
            )  # fmt: skip
        said = dict(about_course(clinic, Kind.AFTER_INDUCTION).sections)["Treatment"]
        assert said.endswith(", in all ketamine iv 40 mg and ketamine sublingual 100 mg.")
        plain = dict(about_course(clinic, Kind.FOR_PATIENT).sections)["What you had"]
        assert "with ketamine into a vein and ketamine under the tongue, from" in plain
        nurse = signed_in(clinic, Role.NURSE)
        page = nurse.get(reverse("course", args=[clinic.course.pk])).content.decode()
        assert "ketamine iv 40 mg, ketamine sublingual 100 mg" in page
        page = nurse.get(reverse("sessions", args=[clinic.course.pk])).content.decode()
        assert "ketamine sublingual 100 mg</td>" in page

    def test_response_comes_with_its_rule(self, story: Story) -> None:
        said = dict(about_course(story.clinic, Kind.AFTER_INDUCTION).sections)["Response"]
        assert "PHQ-9 20 before treatment" in said
        assert "Change −11 points, −55 %." in said
        assert re.search(r"Response \(.+\): met\.", said)
        assert re.search(r"Remission \(.+\): not met\.", said)

    def test_without_a_score_from_before_no_response_is_told(self, clinic: Clinic) -> None:
        story = begin(clinic, days_ago=20)
        story.dose(1, days=0)
        story.answer(9, days=7)
        said = dict(about_course(clinic, Kind.AFTER_INDUCTION).sections)
        assert "cannot be told" in said["Response"]
        assert "No score from before the first dose." in said["What is not known"]

    def test_an_end_has_its_reason_and_none_is_invented(self, story: Story) -> None:
        def ending() -> str:
            return dict(about_course(story.clinic, Kind.END_OF_COURSE).sections)["How the course ended"]

        assert ending() == "The course is not recorded as ended."
        who = story.clinic.actor(Role.PRESCRIBER)
        enter_stage(story.clinic.course, Stage.ENDED, who, reason="Response held for eight weeks.")
        assert "Response held for eight weeks." in ending()

    def test_silence_is_not_safety(self, story: Story) -> None:
        said = dict(about_course(story.clinic, Kind.AFTER_INDUCTION).sections)["Side effects and events"]
        assert "What nobody told us is not in here." in said


class TestForThePerson:
    def whole(self, clinic: Clinic) -> str:
        return "\n".join(text for _, text in about_course(clinic, Kind.FOR_PATIENT).sections)

    def test_every_number_is_one_of_their_answers_days_or_phones(self, story: Story) -> None:
        """No number of the model: nothing but answers, counts of treatments, days, years and phone numbers."""
        story.clinic.site.phone = "555 0100"
        story.clinic.site.save()
        said = self.whole(story.clinic)
        days = {str(timezone.localtime(story.at(days=each)).day) for each in (0, 3, 7)}
        planned = {each for line in said.splitlines() if "next treatment" in line for each in re.findall(r"\d+", line)}
        years = {str(timezone.localdate().year), str(timezone.localdate().year - 1)}
        known = {"20", "9", "2"} | days | years | planned | {"555", "0100", "988", "911"}
        assert set(re.findall(r"\d+", said)) <= known

    def test_it_says_what_is_not_known_and_whom_to_call(self, story: Story) -> None:
        said = self.whole(story.clinic)
        assert "We do not know how long" in said
        assert "988" in said
        assert "do not wait" in said

    def test_off_label_in_plain_words(self, clinic: Clinic, story: Story) -> None:
        assert "is approved for" in self.whole(clinic)
        clinic.course.indication = "ptsd"
        clinic.course.save()
        assert "This is called off-label." in self.whole(clinic)

    def test_no_word_of_the_trade(self, story: Story) -> None:
        said = self.whole(story.clinic).lower()
        assert not {"response", "remission", "baseline", "dissociation", "mmhg", "predicted", "expected"} & set(
            re.findall(r"[a-z]+", said)
        )
