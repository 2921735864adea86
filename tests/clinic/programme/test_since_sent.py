"""A session that is corrected after its form was sent: the programme knows something else than the record."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.programme import services
from daybreak.clinic.programme.models import PatientEnrolment, Submission
from daybreak.clinic.programme.since_sent import sent_now
from daybreak.clinic.programme.worklist import worklist
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries as days
from daybreak.clinic.treatment_day import services as treatment_day
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.pharmacy.store import Store
from tests.clinic.programme.spray import by_fax, certify, complete, enrol, held, send, sprayed, whole
from tests.clinic.treatment_day.day import NASAL, TEN_WORDS, Day, open_day
from tests.web.test_gate import signed_in

DOSE = "Dose administered, mg: 56 was sent, the record says 28."


@pytest.fixture
def day(clinic: Clinic) -> Day:
    certify(clinic)
    enrol(clinic)
    return sprayed(clinic)


def differs(day: Day) -> list[str]:
    return [str(each) for each in sent_now(days.sessions().get(pk=day.session.pk), timezone.now()).differs]


def third_device_dropped(day: Day, mg: float = 28) -> None:
    day.do(treatment_day.correct_amount, 130, mg=mg, reason=TEN_WORDS)


def tell(day: Day, **more: object) -> Submission:
    told = more.pop("told", {each.field.id: each.held for each in sent_now(day.session, timezone.now()).differs})
    how = replace(by_fax(day), channel=Submission.Channel.TELEPHONE)
    return services.state_told(day.session, told, how, day.nurse, write_id=new_id(), **more)


def test_it_comes_back_on_the_list_with_what_was_sent_and_what_the_record_says(day: Day) -> None:
    send(complete(day), day)
    assert worklist(day.clinic.site) == []
    third_device_dropped(day)
    (back,) = worklist(day.clinic.site)
    assert [str(each) for each in back.sent.differs] == [DOSE]
    nurse = signed_in(day.clinic, Role.NURSE)
    for name, arguments in (("programme", []), ("programme_form", [day.session.pk])):
        assert DOSE in nurse.get(reverse(name, args=arguments)).content.decode()
    page = nurse.get(reverse("programme_form", args=[day.session.pk])).content.decode()
    assert "Submitted, by the word of a person" not in page


def test_an_enrolment_taken_back_brings_it_back(clinic: Clinic) -> None:
    """What was sent comes from more than the session's own events."""
    certify(clinic)
    step = enrol(clinic)
    day = sprayed(clinic)
    send(complete(day), day)
    assert worklist(clinic.site) == []
    enrol(
        clinic, PatientEnrolment.State.NOTHING, instead_of=step, reason="Another person of the same name.",
        prescriber=None, agreed_on=None,
    )  # fmt: skip
    (back,) = worklist(clinic.site)
    assert [each.field.id for each in back.sent.differs] == ["enrolled"]


def test_a_pressure_corrected_and_one_struck_out_are_other_pressures(day: Day) -> None:
    send(complete(day), day)
    (pressure,) = day.session.readings.filter(vital=Vital.SYSTOLIC, measured_at=day.at(40))
    (last,) = day.session.readings.filter(vital=Vital.SYSTOLIC, measured_at=day.at(120))
    for reading, value in ((pressure, 173.0), (last, None)):
        treatment_day.correct_reading(reading, value, "Misread.", day.nurse, write_id=new_id())
    assert differs(day) == [
        "Blood pressure 40 minutes after administration: 150/78 was sent, the record says 173/78.",
        "Blood pressure before the end of the session: 130/78 was sent, the record says nothing.",
    ]


def test_a_difference_somebody_gave_a_reason_for_is_none_until_the_record_changes(day: Day) -> None:
    send(complete(day, answers=whole(day) | {"dose": "84"}, reason="The second device was empty."), day)
    assert differs(day) == []
    third_device_dropped(day)
    assert differs(day) == [DOSE.replace("56", "84")]


def test_a_value_that_changes_no_answer_brings_nothing_back(day: Day) -> None:
    send(complete(day), day)
    (pulse,) = day.session.readings.filter(vital=Vital.HEART_RATE, measured_at=day.at(40))
    treatment_day.correct_reading(pulse, 80, "Misread.", day.nurse, write_id=new_id())
    assert worklist(day.clinic.site) == []


def test_what_was_told_the_programme_is_settled_until_the_record_changes_again(day: Day) -> None:
    send(complete(day), day)
    third_device_dropped(day)
    said = tell(day)
    assert said.told == {"dose": "28"}
    assert worklist(day.clinic.site) == []
    sent = sent_now(day.session, timezone.now())
    assert "Submitted by fax" in sent.sentence
    assert "Corrected by telephone" in sent.sentence
    assert "Dose administered, mg: 28" in sent.sentence
    third_device_dropped(day, 84)
    assert differs(day) == ["Dose administered, mg: 28 was sent, the record says 84."]


def test_taken_back_that_it_was_told_or_sent_it_waits_again(day: Day) -> None:
    first = send(complete(day), day)
    third_device_dropped(day)
    told = tell(day)
    services.take_back(told, "Nobody answered.", day.nurse, write_id=new_id())
    assert differs(day) == [DOSE]
    tell(day)
    services.take_back(first, "The fax did not go through.", day.nurse, write_id=new_id())
    (waiting,) = worklist(day.clinic.site)
    assert waiting.sent.sentence == "Not submitted."


def test_only_what_was_read_can_be_said_to_have_been_told(day: Day) -> None:
    send(complete(day), day)
    with pytest.raises(Refusal, match="says what was sent"):
        tell(day)
    third_device_dropped(day)
    with pytest.raises(Refusal, match="the record says 28"):
        tell(day, told={"dose": "84"})


def test_a_newer_version_settles_it_once_it_is_sent(day: Day) -> None:
    send(complete(day), day)
    third_device_dropped(day)
    second = complete(day, 1, reason="One device dropped.")
    (waiting,) = worklist(day.clinic.site)
    assert "Version 2 has not been submitted" in waiting.sent.sentence
    with pytest.raises(Refusal, match="Version 2"):
        tell(day)
    send(second, day)
    assert worklist(day.clinic.site) == []


def test_what_was_sent_can_still_be_read_as_it_was_and_what_changed_stands_above_it(day: Day) -> None:
    send(complete(day), day)
    third_device_dropped(day)
    client, path = signed_in(day.clinic, Role.NURSE), reverse("programme_paper", args=[day.session.pk])
    sheet = client.get(path).content.decode()
    assert DOSE in sheet
    assert "Differs from the record" not in sheet
    complete(day, 1, whole(day) | {"lot": "E7"}, reason="One device dropped.")
    first, second = (client.get(path, {"version": number}).content.decode() for number in (1, 2))
    assert "the newest is version 2" in first
    assert ("<td>56</td>" in first, "<td>28</td>" in second) == (True, True)
    assert "Differs from the record: E1." in second
    assert client.get(path, {"version": "9"}).status_code == 422


def test_a_lot_that_was_sent_as_typed_and_is_received_later_is_the_same_lot(clinic: Clinic) -> None:
    certify(clinic)
    enrol(clinic)
    day, store = sprayed(clinic, lots=("lot: E02", "E3")), Store(clinic)
    send(complete(day), day)
    store.lot(store.devices, lot="E02", at=day.at(-30))
    assert held(day).answers["lot"] == "E02, E3"
    assert worklist(clinic.site) == []


class TestALeavingThatNobodyKnewOfWhenItWasKept:
    """Version 1 was kept with the answers of the end while the person was in the chair, and with a reason."""

    END = {"vitals_after": "yes", "ready_min": "110"}

    @pytest.fixture
    def early(self, clinic: Clinic) -> Day:
        """Red in the chair; the form is kept before the leaving, which is recorded then, and sent after it."""
        certify(clinic)
        enrol(clinic)
        day = open_day(clinic, NASAL)
        day.begin()
        day.read(1, {Vital.SYSTOLIC: 196, Vital.DIASTOLIC: 90})
        answers = dict(held(day).answers) | self.END | {"serious_event": "yes"}
        form = complete(day, answers=answers, reason="Typed ahead of the end.")
        day.do(treatment_day.leave, 1.2, reason="Did not want to wait any longer, against advice.")
        send(form, day, incomplete=True)
        return day

    def test_what_cannot_be_true_beside_it_differs(self, early: Day) -> None:
        said = [each for each in differs(early) if ": nothing was sent" not in each]
        assert len(said) == 2, said
        assert "had there been no minimum of two hours: 110 was sent, the record says 1 minute watched." in said[0]
        assert re.search(r": Yes was sent, the record says Systolic 196.* open at leaving\.$", said[1], re.IGNORECASE)

    def test_told_it_is_settled(self, early: Day) -> None:
        assert tell(early).told.items() >= {"vitals_after": "", "ready_min": "", "duration_min": "1"}.items()
        assert differs(early) == []

    def test_a_reason_given_beside_the_leaving_holds(self, early: Day) -> None:
        answers = dict(held(early).answers) | self.END
        send(complete(early, 1, answers, reason="Well at the door, read by the prescriber."), early, incomplete=True)
        assert differs(early) == []


class TestTheClock:
    def remind(self, day: Day) -> int:
        return services.remind(type(day.nurse)(None, "clock", timezone.now()))

    def flags(self) -> list[str]:
        return [f"{flag.title} {flag.detail}" for flag in open_flags().filter(kind=services.FORM_DIFFERS)]

    def test_it_raises_a_flag_at_once_and_another_when_the_record_changes_again(self, day: Day) -> None:
        send(complete(day), day)
        assert self.remind(day) == 0
        third_device_dropped(day)
        assert (self.remind(day), self.remind(day)) == (1, 0)
        (flag,) = self.flags()
        assert DOSE in flag
        third_device_dropped(day, 84)
        assert self.remind(day) == 1
        (flag,) = self.flags()
        assert DOSE.replace("28", "84") in flag
        tell(day)
        assert self.flags() == []

    def test_it_closes_it_when_the_record_says_again_what_was_sent(self, day: Day) -> None:
        send(complete(day), day)
        third_device_dropped(day)
        self.remind(day)
        third_device_dropped(day, 56)
        self.remind(day)
        assert self.flags() == []
