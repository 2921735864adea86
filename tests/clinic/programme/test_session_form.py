"""The form of a nasal session: filled from the facts, read by a person, and never said to be sent by anybody else."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from daybreak.clinic.followup.tick import tick
from daybreak.clinic.programme import services
from daybreak.clinic.programme.forms import MonitoringForm
from daybreak.clinic.programme.models import SessionForm, Submission
from daybreak.clinic.programme.services import SeriousEventWords
from daybreak.clinic.programme.worklist import worklist
from daybreak.clinic.record.models import Flag, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.treatment.nasal_programme import current_form, form_due
from daybreak.treatment.patient_facts import Setting
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store
from tests.clinic.programme.spray import by_fax, certify, complete, enrol, held, send, sentence, sprayed, whole
from tests.clinic.treatment_day.day import INFUSION, NASAL, Day, open_day
from tests.web.test_gate import signed_in


@pytest.fixture
def day(clinic: Clinic) -> Day:
    certify(clinic)
    enrol(clinic)
    return sprayed(clinic)


class TestFilled:
    def test_what_the_session_holds_stands_in_the_form(self, day: Day) -> None:
        said = held(day).answers
        assert (said["given_name"], said["family_name"], said["sex"]) == ("Test", "Person", "female")
        assert (said["dose"], said["lot"], said["duration_min"]) == ("56", "E1", "126")
        assert (said["pressure_before"], said["pressure_40"], said["pressure_end"]) == ("128/78", "150/78", "130/78")
        assert (said["sedation"], said["dissociation"]) == ("yes", "yes")
        assert (said["enrolled"], said["site_city"]) == ("yes", "Nowhere")
        assert said["treatment_date"] == timezone.localdate(day.zero).isoformat()

    def test_judgements_and_what_nobody_recorded_stay_blank(self, day: Day) -> None:
        blank = {field.id for field in current_form().fields} - set(held(day).answers)
        assert blank >= {
            "vitals_before", "vitals_after", "ready_min", "benzodiazepines", "opioids", "respiratory_depression",
            "serious_event", "first_treatment", "watcher_phone",
        }  # fmt: skip

    def test_the_facts_for_a_judgement_stand_beside_it(self, day: Day) -> None:
        beside = held(day).beside
        assert "strongest 4" in beside["dissociation"]
        assert "(20 min)" in beside["sedation"]
        assert "(60 min)" in beside["sedation"]
        assert "98 %" in beside["respiratory_depression"]
        assert "Devices at" in beside["dose"]

    def test_no_effect_is_only_said_when_every_check_was_done(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        day.read(40)
        day.do(treatment_day.leave, 126, reason="Wanted to go.")
        assert "dissociation" not in held(day).answers
        assert held(day).beside["dissociation"].startswith("Not in the one value since the first device.")

    def test_a_pressure_far_from_forty_minutes_is_not_the_one_at_forty(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        day.read(20)
        day.do(treatment_day.leave, 25, reason="Wanted to go.")
        assert "pressure_40" not in held(day).answers
        assert held(day).answers["pressure_end"] == "128/78"

    def test_of_a_last_pressure_that_is_the_one_at_forty_nobody_says_that_there_was_none(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        day.begin()
        day.read(33)
        day.do(treatment_day.leave, 34, reason="Wanted to go.")
        assert "pressure_end" not in held(day).answers
        assert held(day).beside["pressure_end"] == "The last was 128/78 at 33 min, which stands at 40 minutes."

    def test_the_lot_of_a_start_that_was_taken_back_is_not_among_those_given(self, clinic: Clinic) -> None:
        day = open_day(clinic, NASAL)
        for minute, lot in ((0, "WRONG"), (10, "E1")):
            day.read(minute - 5)
            day.clear_checks(minute - 5)
            day.do(treatment_day.start_dose, minute, lot=lot)
            if lot == "WRONG":
                day.do(treatment_day.take_back_start, 2, reason="Another person’s device.")
        assert held(day).answers["lot"] == "E1"

    def test_a_lot_that_one_device_lacks_is_asked_for(self, clinic: Clinic) -> None:
        assert "lot" not in held(sprayed(clinic, lots=("E1", ""))).answers

    def test_a_lot_typed_in_other_words_stands_by_its_own_number(self, clinic: Clinic) -> None:
        store = Store(clinic)
        day = sprayed(clinic, lots=("lot: E02", "E-03 98765"))
        assert held(day).answers["lot"] == "lot: E02, E-03 98765"
        for number in ("E02", "E03"):
            store.lot(store.devices, lot=number, at=day.at(-30))
        assert held(day).answers["lot"] == "E02, E-03 98765", "what only may be E03 stays as it was typed"

    def test_two_ways_of_typing_one_lot_are_one_lot(self, clinic: Clinic) -> None:
        store = Store(clinic)
        day = sprayed(clinic, lots=("lot: E02", "(10)E02"))
        store.lot(store.devices, lot="E02", at=day.at(-30))
        assert held(day).answers["lot"] == "E02"

    def test_a_corrected_amount_is_the_amount(self, day: Day) -> None:
        day.do(treatment_day.correct_amount, 130, mg=28)
        assert held(day).answers["dose"] == "28"


class TestVersions:
    def test_a_change_is_a_new_version_and_the_old_one_stays(self, day: Day) -> None:
        first = complete(day)
        second = complete(day, 1, {**whole(day), "lot": "E2"}, reason="Read on the device.")
        assert (second.number, second.corrects) == (2, first)
        assert SessionForm.objects.get(pk=first.pk).answers["lot"] == "E1"

    def test_nobody_overwrites_what_came_in_between(self, day: Day) -> None:
        complete(day)
        with pytest.raises(Refusal, match="came in between"):
            complete(day)

    def test_another_session_has_no_form(self, clinic: Clinic) -> None:
        infusion = open_day(clinic, INFUSION)
        infusion.begin()
        with pytest.raises(Refusal, match="no form"):
            complete(infusion, answers={})

    def test_a_question_the_form_does_not_have_is_refused(self, day: Day) -> None:
        with pytest.raises(Refusal, match="no question"):
            complete(day, answers={"shoe_size": "42"})


class TestSent:
    def test_it_is_not_submitted_until_somebody_says_how(self, day: Day) -> None:
        assert sentence(day) == "Not submitted."
        form = complete(day)
        assert sentence(day) == "Not submitted."
        send(form, day)
        assert "Submitted by fax" in sentence(day)
        assert "A synthetic session nurse, confirmation 77" in sentence(day)

    def test_a_newer_version_was_not_submitted(self, day: Day) -> None:
        send(complete(day), day)
        with pytest.raises(Refusal, match="why it is changed"):
            complete(day, 1)
        second = complete(day, 1, reason="Wrong lot.")
        assert "Version 2 has not been submitted" in sentence(day)
        assert [each.session for each in worklist(day.clinic.site)] == [day.session]
        send(second, day)
        assert worklist(day.clinic.site) == []

    def test_what_was_sent_is_the_version_that_was_read_whatever_came_in_between(self, day: Day) -> None:
        first = complete(day)
        complete(day, 1, {**whole(day), "lot": "E2"}, reason="Read on the device.")
        with pytest.raises(Refusal, match="Version 2 of A synthetic session nurse came in between"):
            send(first, day, newest=1)
        assert sentence(day) == "Not submitted."
        send(first, day, newest=2)
        assert sentence(day).startswith("Version 1: Submitted by fax")
        assert sentence(day).endswith("Version 2 has not been submitted.")

    def test_each_version_can_be_stated_once(self, day: Day) -> None:
        form = complete(day)
        send(form, day)
        with pytest.raises(Refusal, match="already"):
            send(form, day)

    def test_blanks_are_named_and_kept_where_it_was_sent_with_them(self, day: Day) -> None:
        form = complete(day, answers={**whole(day), "ready_min": "", "lot": ""}, reason="Not read.")
        with pytest.raises(Refusal, match="2 required answers are missing: Lot"):
            send(form, day)
        assert send(form, day, incomplete=True).blank == ["lot", "ready_min"]

    def test_taken_back_it_waits_again(self, day: Day) -> None:
        submission = send(complete(day), day)
        services.take_back(submission, "The fax did not go through.", day.nurse, write_id=new_id())
        assert sentence(day) == "Not submitted."
        assert len(worklist(day.clinic.site)) == 1
        assert Submission.objects.count() == 2

    def test_not_before_the_session_and_not_in_the_future(self, day: Day) -> None:
        form = complete(day)
        for at, words in (
            (day.zero - timedelta(days=2), "lies before"),
            (timezone.now() + timedelta(days=1), "to come"),
        ):
            how = services.Sending(Submission.Channel.PORTAL, at, day.nurse.user)
            with pytest.raises(Refusal, match=words):
                services.state_form_sent(form, how, day.nurse, write_id=new_id())

    def test_not_before_this_version_was_kept(self, day: Day) -> None:
        send(complete(day), day)
        second = complete(day, 1, reason="Wrong lot.")
        kept = second.recorded_at
        early = services.Sending(Submission.Channel.FAX, kept - timedelta(minutes=2), day.nurse.user)
        with pytest.raises(Refusal, match=r"before version 2 was kept.*say so"):
            services.state_form_sent(second, early, day.nurse, write_id=new_id())
        services.take_back(
            services.state_form_sent(second, early, day.nurse, write_id=new_id(), kept_later=True),
            "To try the other way.", day.nurse, write_id=new_id(),
        )  # fmt: skip
        same_minute = services.Sending(Submission.Channel.FAX, kept.replace(second=0, microsecond=0), day.nurse.user)
        assert services.state_form_sent(second, same_minute, day.nurse, write_id=new_id())

    def test_what_was_typed_into_the_portal_first_has_its_true_time_and_says_so(self, day: Day) -> None:
        form = complete(day)
        early = replace(by_fax(day), channel=Submission.Channel.PORTAL, at=day.at(140))
        services.state_form_sent(form, early, day.nurse, write_id=new_id(), kept_later=True)
        assert "version 1 with the same answers was kept afterwards" in sentence(day)
        assert f"{timezone.localtime(day.at(140)):%H:%M}" in sentence(day)

    def test_who_states_it_for_somebody_else_is_named(self, day: Day) -> None:
        form = complete(day)
        send(form, day)
        assert f", by the word of {day.nurse.user.display_name}, confirmation 77" in sentence(day)
        services.take_back(form.submissions.get(), "Wrong name.", day.nurse, write_id=new_id())
        services.state_form_sent(form, by_fax(day), day.prescriber, write_id=new_id())
        sent, stated = day.nurse.user.display_name, day.prescriber.user.display_name
        assert sentence(day).endswith(f", by {sent}, by the word of {stated}, confirmation 77.")


class TestReminders:
    def remind(self, day: Day, days: int) -> int:
        return services.remind(type(day.nurse)(None, "clock", day.zero + timedelta(days=days)))

    def flags(self) -> list[Flag]:
        return list(open_flags().filter(kind=services.FORM_DUE))

    def test_two_days_before_and_when_it_is_late_once_each_with_a_named_owner(self, clinic: Clinic) -> None:
        certify(clinic)
        day = sprayed(clinic, days_ago=9)
        assert self.remind(day, 4) == 0
        assert (self.remind(day, 5), self.remind(day, 5)) == (1, 0)
        (soon,) = self.flags()
        assert soon.owner == day.nurse.user
        assert "is due on" in soon.title
        assert timezone.localdate(soon.due_at) == form_due(timezone.localdate(day.zero))
        assert (self.remind(day, 8), self.remind(day, 9)) == (1, 0)
        (late,) = self.flags()
        assert "was due on" in late.title

    def test_the_clock_raises_it(self, clinic: Clinic) -> None:
        certify(clinic)
        day = sprayed(clinic, days_ago=9)
        tick(day.zero + timedelta(days=4))
        assert self.flags() == []
        tick(day.zero + timedelta(days=5))
        assert ["is due on" in flag.title for flag in self.flags()] == [True]

    def test_stating_that_it_was_sent_closes_it(self, clinic: Clinic) -> None:
        certify(clinic)
        day = sprayed(clinic, days_ago=9)
        self.remind(day, 8)
        send(complete(day), day)
        assert self.flags() == []
        assert self.remind(day, 9) == 0

    def test_a_session_before_the_certification_is_not_asked_for(self, clinic: Clinic) -> None:
        sprayed(clinic, days_ago=9)
        certify(clinic, timezone.localdate())
        assert worklist(clinic.site) == []

    def test_what_an_outpatient_site_owes_it_owes_when_it_is_an_inpatient_site(self, clinic: Clinic) -> None:
        certify(clinic)
        day = sprayed(clinic, days_ago=3)
        certify(clinic, timezone.localdate(), setting=Setting.INPATIENT)
        assert [each.session for each in worklist(clinic.site)] == [day.session]
        certify(clinic, timezone.localdate() - timedelta(days=4), setting=Setting.INPATIENT, older=True)
        assert worklist(clinic.site) == []

    def test_elsewhere_nothing_waits(self, day: Day) -> None:
        day.clinic.site.jurisdiction = "EU"
        day.clinic.site.save()
        assert worklist(day.clinic.site) == []


def test_who_is_still_here_owes_no_form_yet_and_who_left_unrecorded_does(clinic: Clinic) -> None:
    certify(clinic)
    day = open_day(clinic, NASAL)
    day.begin()
    assert worklist(clinic.site, day.at(60)) == []
    assert [each.session for each in worklist(clinic.site, day.at(13 * 60))] == [day.session]


class TestSeriousEvents:
    def told(self, day: Day, **more: object) -> SeriousEventWords:
        usual = {
            "occurred_at": day.at(60), "known_on": timezone.localdate(day.at(60)), "words": "Could not be roused.",
            "seriousness": ("important_medical_event",), "outcome": "",
        }  # fmt: skip
        return SeriousEventWords(**usual | more)

    def test_it_is_on_the_list_with_a_flag_until_it_is_stated_as_reported(self, day: Day) -> None:
        event = services.record_event(day.session, self.told(day), day.nurse, write_id=new_id())
        assert event in {each.event for each in worklist(day.clinic.site)}
        assert open_flags().filter(kind="serious_event", subject=event.pk).count() == 1
        assert held(day).answers["serious_event"] == "yes"
        services.state_event_sent(event, by_fax(day), day.nurse, write_id=new_id())
        assert not open_flags().filter(kind="serious_event").exists()
        assert {each.event for each in worklist(day.clinic.site)} == {None}

    def test_it_was_reported_neither_before_it_happened_nor_in_the_future(self, day: Day) -> None:
        told = self.told(day)
        event = services.record_event(day.session, told, day.nurse, write_id=new_id())
        for at, words in (
            (told.occurred_at - timedelta(minutes=2), "lies before the event, which happened at|lies before what was"),
            (timezone.now() + timedelta(hours=1), "is still to come"),
        ):
            with pytest.raises(Refusal, match=words):
                services.state_event_sent(event, replace(by_fax(day), at=at), day.nurse, write_id=new_id())
        assert not event.submissions.exists()

    def test_a_report_of_the_account_that_was_read_is_kept_though_a_better_one_came(self, day: Day) -> None:
        event = services.record_event(day.session, self.told(day), day.nurse, write_id=new_id())
        newer = services.correct_event(event, self.told(day, outcome="Well."), "Known.", day.nurse, write_id=new_id())
        services.state_event_sent(event, by_fax(day), day.nurse, write_id=new_id())
        assert [each.event for each in worklist(day.clinic.site) if each.event] == [newer]
        assert open_flags().filter(kind="serious_event", subject=newer.pk).exists()

    def test_list_and_flag_of_an_event_name_the_same_person(self, day: Day) -> None:
        coordinator = day.clinic.actor(Role.COORDINATOR)
        event = services.record_event(day.session, self.told(day), coordinator, write_id=new_id())
        (listed,) = [each for each in worklist(day.clinic.site) if each.event == event]
        assert listed.owner == open_flags().get(kind="serious_event").owner

    def test_a_better_account_is_to_be_reported_anew(self, day: Day) -> None:
        event = services.record_event(day.session, self.told(day), day.nurse, write_id=new_id())
        services.state_event_sent(event, by_fax(day), day.nurse, write_id=new_id())
        newer = services.correct_event(
            event, self.told(day, outcome="Well the next day."), "Outcome known.", day.nurse, write_id=new_id()
        )
        assert [each.event for each in worklist(day.clinic.site) if each.event] == [newer]

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [({"words": " "}, "what happened"), ({"seriousness": ()}, "what makes it serious"),
         ({"seriousness": ("tiresome",)}, "what makes it serious")],
    )  # fmt: skip
    def test_it_says_what_happened_and_why_it_is_serious(self, day: Day, wrong: dict, words: str) -> None:
        with pytest.raises(Refusal, match=words):
            services.record_event(day.session, self.told(day, **wrong), day.nurse, write_id=new_id())

    def test_its_day_lies_between_treatment_and_today(self, day: Day) -> None:
        for wrong in ({"occurred_at": day.zero - timedelta(days=1)}, {"known_on": timezone.localdate() + timedelta(1)}):
            with pytest.raises(Refusal, match=r"Check it|check the day"):
                services.record_event(day.session, self.told(day, **wrong), day.nurse, write_id=new_id())


def test_alertness_as_before_the_dose_is_no_sedation(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    before = {Vital.ALERTNESS: 4, Vital.DISSOCIATION: 2}
    day.begin()
    day.read(-1, before)
    for minute in (20, 40, 60, 90, 120):
        day.read(minute, {Vital.ALERTNESS: 4, Vital.DISSOCIATION: 2})
    day.do(treatment_day.leave, 126, reason="Well, wants home.")
    assert "yes" not in (held(day).answers.get("sedation"), held(day).answers.get("dissociation"))


class TestAgainstTheRecord:
    """Whoever types 140 mg on a form of 56 mg given is asked, and whoever reads the paper sees it."""

    @pytest.mark.parametrize(("name", "typed", "said"), [
        ("dose", "140.0", "Dose administered, mg: 140.0 here, 56 in the record."),
        ("pressure_40", "128/78", "128/78 here, 150/78 in the record."),
        ("dissociation", "no", "no here, yes in the record."),
        ("pressure_before", "", "Blood pressure before administration: nothing here, 128/78 in the record."),
        ("lot", "E9", "Lot: E9 here, E1 in the record."),
        ("serious_event", "yes", "Serious adverse event: yes here, no serious event in the record."),
        ("given_name", "Somebody", "First name: Somebody here, Test in the record."),
        ("family_name", "Else", "Last name: Else here, Person in the record."),
    ])  # fmt: skip
    def test_an_answer_asks_why_and_the_paper_marks_it(self, day: Day, name: str, typed: str, said: str) -> None:
        answers = whole(day) | {name: typed}
        with pytest.raises(Refusal, match=re.escape(said)):
            complete(day, answers=answers)
        complete(day, answers=answers, reason="Told by the person who watched.")
        nurse = signed_in(day.clinic, Role.NURSE)
        page, paper = (
            nurse.get(f"/programme/sessions/{day.session.pk}{part}").content.decode() for part in ("/", "/paper")
        )
        held = said.split("here, ")[1].removesuffix(" in the record.")
        assert f"The record has {held}" in page
        assert f"differs from the record: {held.lower()}." in paper.lower()
        assert "Told by the person who watched." in paper

    @pytest.mark.parametrize(("name", "typed", "said"), [
        ("watcher_email", "nope", "Write an address as name@clinic.org."), ("ready_min", "-1", "Write whole minutes"),
        ("dose", "abc", "Write milligrams from 0 to 200"),
    ])  # fmt: skip
    def test_nonsense_is_refused_in_words(self, name: str, typed: str, said: str) -> None:
        form = MonitoringForm({"write_id": new_id(), "after": 0, name: typed}, form=current_form())
        assert said in form.errors[name].as_text()

    def test_ready_to_leave_only_after_the_end_of_monitoring_asks_why(self, day: Day) -> None:
        """900 for 90: the programme would count a person who was unwell for fifteen hours."""
        for typed, of in (("900", {}), ("127", {}), ("900", {"duration_min": ""})):
            with pytest.raises(Refusal, match=f"{typed} here, 126 minutes watched in the record"):
                complete(day, answers=whole(day) | {"ready_min": typed} | of)
        with pytest.raises(Refusal, match="110 here, later than the end of monitoring at 100"):
            complete(day, answers=whole(day) | {"ready_min": "110", "duration_min": "100"})
        assert complete(day, answers=whole(day) | {"ready_min": "126"}).number == 1
        late = whole(day) | {"ready_min": "900"}
        kept = complete(day, 1, answers=late, reason="Left against advice, told by telephone.")
        assert kept.answers["ready_min"] == "900"

    def test_no_serious_event_beside_words_about_one_asks_why(self, day: Day) -> None:
        told = whole(day) | {"serious_event_words": "Seizure, taken to hospital by ambulance."}
        with pytest.raises(Refusal, match="event: no here, although it is told what happened: “Seizure, taken"):
            complete(day, answers=told)
        for nothing in ("", "None.", "n/a"):
            assert complete(day, SessionForm.objects.count(), whole(day) | {"serious_event_words": nothing})
        kept = complete(day, 3, told, reason="Told by the neighbour; it was another person.")
        assert kept.answers["serious_event"] == "no"

    @pytest.mark.parametrize(("name", "medicine"), [
        ("maoi", "tranylcypromine"), ("benzodiazepines", "lorazepam"), ("psychostimulants", "methylphenidate"),
    ])  # fmt: skip
    def test_a_medicine_that_is_named_and_whose_class_is_denied_asks_why(
        self, day: Day, name: str, medicine: str
    ) -> None:
        said = whole(day) | {"other_medicines": f"{medicine.capitalize()} 10 mg, aspirin."}
        assert complete(day, answers=said)
        with pytest.raises(Refusal, match=f"no here, although {medicine} is named among the other medicines"):
            complete(day, 1, said | {name: "no"})
        assert complete(day, 1, said | {name: "no"}, reason="Stopped in spring.").correction_reason

    def test_what_agrees_or_is_told_in_other_words_is_not_asked_about(self, day: Day) -> None:
        said = {
            "dose": "56.0", "lot": "lot e-1", "given_name": " test ", "watcher_name": "Somebody else",
            "pulse_oximetry": "never below 97",
        }  # fmt: skip
        assert complete(day, answers=whole(day) | said).number == 1

    def test_a_serious_event_that_is_recorded_is_not_denied_on_the_form(self, day: Day) -> None:
        told = SeriousEventWords(day.at(30), timezone.localdate(), ("hospitalisation",), "Fainted.", "")
        services.record_event(day.session, told, day.nurse, write_id=new_id())
        with pytest.raises(Refusal, match="Serious adverse event: no here, yes in the record"):
            complete(day, answers=whole(day) | {"serious_event": "no"})

    @pytest.mark.parametrize(("name", "typed", "said"), [
        ("duration_min", "125", "Minutes from the first device to the end of monitoring: 125 here, no leaving in the"),
        ("ready_min", "100", "100 here, no leaving in the record."),
        ("pressure_end", "130/80", "130/80 here, no leaving in the record."),
        ("vitals_after", "yes", "yes here, no leaving in the record."),
        ("pressure_40", "140/85", "140/85 here, 6 minutes watched in the record."),
    ])  # fmt: skip
    def test_what_it_says_of_the_end_is_asked_about_while_the_person_is_in_the_chair(
        self, clinic: Clinic, name: str, typed: str, said: str
    ) -> None:
        """At minute 6, before the last device: nobody was watched for 125 minutes."""
        certify(clinic)
        day = open_day(clinic, NASAL, hours_ago=0.1)
        day.begin()
        with pytest.raises(Refusal, match=re.escape(said)):
            complete(day, answers=dict(held(day).answers) | {name: typed})
        kept = complete(
            day, answers=dict(held(day).answers) | {name: typed}, reason="Another person’s form, kept here."
        )
        assert sentence(day) == "Not submitted."
        send(kept, day, incomplete=True)
        assert "the record says otherwise" not in sentence(day)

    def test_what_nobody_answered_of_the_end_is_not_asked_about(self, clinic: Clinic) -> None:
        certify(clinic)
        day = open_day(clinic, NASAL, hours_ago=0.1)
        day.begin()
        assert complete(day, answers=dict(held(day).answers)).number == 1

    def test_a_pressure_at_forty_minutes_of_who_left_before_is_asked_about(self, clinic: Clinic) -> None:
        certify(clinic)
        day = open_day(clinic, NASAL)
        day.begin()
        day.do(treatment_day.leave, 25, reason="Wanted to go.")
        with pytest.raises(Refusal, match="140/85 here, 25 minutes watched in the record"):
            complete(day, answers=dict(held(day).answers) | {"pressure_40": "140/85"})

    def test_vital_signs_that_were_acceptable_at_the_end_are_held_against_a_red_mark_open_at_leaving(
        self, clinic: Clinic
    ) -> None:
        certify(clinic)
        day = open_day(clinic, NASAL)
        day.begin()
        day.read(100, {Vital.SYSTOLIC: 196, Vital.DIASTOLIC: 90})
        day.do(treatment_day.leave, 110, reason="Did not want to wait any longer, against advice.")
        said = dict(held(day).answers)
        with pytest.raises(Refusal, match=r"yes here, Systolic 196.* open at leaving in the record"):
            complete(day, answers=said | {"vitals_after": "yes"})
        assert complete(day, answers=said | {"vitals_after": "no"}).number == 1

    def test_the_lowest_saturation_is_that_of_the_record(self, day: Day) -> None:
        day.read(50, {Vital.SPO2: 97})
        told = held(day).answers["pulse_oximetry"]
        with pytest.raises(Refusal, match=r"lowest 99 %, .* here, 98 % before, lowest 97 %.* in the record"):
            complete(day, answers=whole(day) | {"pulse_oximetry": told.replace("lowest 97", "lowest 99")})
        assert complete(day, answers=whole(day) | {"pulse_oximetry": "Lowest 97, well all the time."}).number == 1

    @pytest.mark.parametrize(("typed", "said"), [
        ("15/296", "15 is no value for systolic pressure"), ("78/128", "Systolic 78 is not above diastolic 128"),
    ])  # fmt: skip
    def test_a_pressure_nobody_has_is_refused_at_its_box(self, typed: str, said: str) -> None:
        form = MonitoringForm({"write_id": new_id(), "after": 0, "pressure_before": typed}, form=current_form())
        assert not form.is_valid()
        assert said in form.errors["pressure_before"].as_text()
