"""What was done while a tablet had no network, and what the server would have refused: it is kept, in red, and never
thrown away. Whoever did it read no refusal, and the person has the drug."""

import pytest
from django.test import Client

from daybreak.clinic.record.models import Course, Flag, FlagEvent, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.services import answer_flag
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.clinic.treatment_day.models import SessionEvent
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import NASAL, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_device_lot import SCANNED
from tests.clinic.treatment_day.test_pages import page, post, signed_in

Kind = SessionEvent.Kind


@pytest.fixture
def nasal(clinic: Clinic) -> Day:
    """Two devices are planned, and both are recorded: the second by another tablet."""
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.give_device, 6, lot="E03")
    return day


def red(day: Day) -> Flag:
    kinds = (queries.DONE_WITHOUT_NETWORK, queries.AGAINST_CHECKS)
    (flag,) = Flag.objects.filter(kind__in=kinds, subject=day.session.pk)
    assert flag.level == Flag.Level.ACT
    return flag


def kept(day: Day) -> SessionEvent:
    return day.session.events.get(kind=Kind.OBSERVATION, data__what="not_counted")


def test_a_device_more_than_the_plan_has_is_kept_and_not_counted(nasal: Day) -> None:
    """Two lots, perhaps three devices in the person: that must not vanish with a touch on Dismiss."""
    nasal.do(services.give_device, 6.2, lot="E02", waited=True)
    assert nasal.state().given_mg == 56
    assert "lot E02" in kept(nasal).data["words"]
    assert "2 devices, and all were given" in kept(nasal).data["words"]
    assert "not counted" in red(nasal).title
    assert "Count the empty devices" in red(nasal).detail
    assert "Amount given" in red(nasal).detail
    assert "lot E02" in services.draft_note(nasal.session)
    for role in (Role.NURSE, Role.PRESCRIBER):
        assert red(nasal).title in page(signed_in(nasal.clinic, role), nasal)


def test_an_answer_against_the_dose_that_comes_when_it_has_begun_is_red(clinic: Clinic) -> None:
    """Without a network the questions still stand there after Start; nobody would read this one in the list."""
    day = open_day(clinic, NASAL)
    day.begin()
    for check_id, yes in (("consent", True), ("alcohol", True), ("bladder", True)):
        services.answer_check(day.session, check_id, yes, day.nurse, write_id=new_id(), at=day.at(1))
    assert "after the dose had begun: Alcohol in the last 24 hours" in red(day).title
    assert "tell the prescriber now" in red(day).detail


def test_what_is_too_long_for_a_lot_is_kept_whole(clinic: Clinic) -> None:
    """A start is a start, and its words say what was typed: by them the container is found again."""
    day = open_day(clinic, NASAL)
    day.read(-5)
    day.clear_checks()
    start = day.do(services.start_dose, 0, lot=SCANNED, waited=True)
    assert (start.data["lot"], SCANNED in start.data["no_lot"]) == ("", True)
    assert "68 characters" in red(day).title
    assert f"too long for a lot: {SCANNED}" in services.draft_note(day.session)
    day.do(services.give_device, 6, lot=SCANNED, waited=True)
    assert SCANNED in kept(day).data["words"]


def test_sent_again_it_is_kept_once(nasal: Day) -> None:
    same = {"write_id": new_id(), "at": nasal.at(6.2), "lot": "E02", "waited": True}
    for _ in range(2):
        services.give_device(nasal.session, nasal.nurse, **same)
    assert kept(nasal)
    assert red(nasal)


def test_with_the_network_it_is_refused_where_it_is_read(nasal: Day) -> None:
    with pytest.raises(Refusal, match="count the empty devices"):
        nasal.do(services.give_device, 6.2, lot="E02")


def test_while_a_device_is_in_question_the_next_takes_ten_words(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL.replace("56", "84"))
    day.begin()
    day.do(services.give_device, 6, lot="E03")
    day.do(services.give_device, 6.2, lot="E02", waited=True)
    assert len(day.state().run.device_times) == 2
    with pytest.raises(Refusal, match="not counted"):
        day.do(services.give_device, 12, lot="E04")
    assert "not counted" in page(signed_in(clinic), day).split('id="live-against"')[1].split("</ul>")[0]


def test_a_device_after_its_start_was_taken_back_is_kept(clinic: Clinic) -> None:
    day = open_day(clinic, NASAL)
    day.begin()
    day.do(services.take_back_start, 2, reason="The wrong chair.")
    day.do(services.give_device, 6, lot="E02", waited=True)
    assert kept(day)
    assert red(day)


def test_nobody_notes_by_hand_that_something_is_not_counted(nasal: Day) -> None:
    with pytest.raises(Refusal, match="cannot be noted"):
        services.observe(nasal.session, "not_counted", nasal.nurse, write_id=new_id(), words="three devices")


def test_a_start_with_ten_times_the_rate_is_recorded_as_it_ran(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    start = day.do(services.start_dose, 0, pump_ml_per_h=525.0, waited=True)
    assert start.data["pump_ml_per_h"] == 525
    assert start.data["against"][0] == "525 mL/h is about ten times 52.5."
    assert day.state(2).run.given_mg(day.at(2)) == pytest.approx(17.5)
    assert "525 mL/h is about ten times 52.5" in red(day).title
    assert "Look at the pump now" in red(day).detail
    assert red(day).title in page(signed_in(day.clinic, Role.PRESCRIBER), day)
    assert "Nobody could be asked" in services.draft_note(day.session)


def test_a_start_with_a_check_open_is_recorded_and_names_it(day: Day) -> None:
    day.read(-5)
    day.clear_checks(but=["consent"])
    start = day.do(services.start_dose, 0, waited=True)
    assert start.kind == Kind.DOSE_STARTED
    assert "consent" in start.data["against"][0].lower()
    assert "consent" in red(day).title.lower()
    assert day.state(1).phase is Phase.RUNNING


def test_a_stop_that_waited_behind_the_start_ends_it(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    day.do(services.start_dose, 0, pump_ml_per_h=525.0, waited=True)
    day.do(services.stop, 1)
    assert day.state().given_mg == pytest.approx(8.75)


def test_a_second_start_and_a_rate_no_pump_has_are_kept_and_not_counted(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    day.do(services.start_dose, 0, pump_ml_per_h=0.0, waited=True)
    assert day.state().runs == ()
    assert "0 mL/h" in kept(day).data["words"]
    assert "Look at the pump now" in red(day).detail


def test_a_start_after_another_tablet_recorded_it_is_kept_and_not_counted(day: Day) -> None:
    day.begin()
    day.do(services.start_dose, 0.5, lot="K04", concentration_mg_per_ml=1.0, pump_ml_per_h=52.5, waited=True)
    assert len(day.state().runs) == 1
    assert "Every dose of this session was started" in kept(day).data["words"]
    assert "one dose or two" in red(day).detail


def test_figures_nobody_can_read_are_kept_as_they_were_typed(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    typed = {"concentration_mg_per_ml": "1", "pump_ml_per_h": "5.925", "lot": "K04"}
    words = "Dose started, Concentration on the label, mg/mL: 1, Rate set on the pump, mL/h: 5.925, lot K04"
    said = _waited(signed_in(day.clinic), day, "start", at=day.at(0).isoformat(), typed=words, **typed)
    assert "not counted" in said["said"]
    assert "5.925" in kept(day).data["words"]
    assert "lot K04" in kept(day).data["words"]
    assert "at the pump where one runs" in red(day).detail


def test_a_pump_rate_that_is_refused_late_is_kept_and_not_counted(day: Day) -> None:
    day.begin()
    day.do(services.change_rate, 2, ml_per_h=525.0, waited=True)
    assert "pump set to 525 mL/h" in kept(day).data["words"]
    assert "about ten times 52.5" in kept(day).data["words"]
    assert "Look at the pump now" in red(day).detail
    assert day.state(3).run.ml_per_h(day.at(3)) == 52.5


def test_whatever_else_waited_is_kept_when_it_is_refused(day: Day) -> None:
    """Its sentence would be read by nobody, and a touch would throw it away."""
    day.begin()
    day.do(services.stop, 20)
    client = signed_in(day.clinic)
    sent = {"write_id": new_id(), "at": day.at(21).isoformat(), "typed": "Amount given, mg: 350", "mg": "350"}
    for _ in range(2):  # the answer was lost, so it came again
        assert "not counted" in _waited(client, day, "amount", **sent)["said"]
    assert "Amount given, mg: 350. 350 mg is about ten times" in kept(day).data["words"]
    assert day.state().given_mg == pytest.approx(17.5)
    assert "enter it again here" in red(day).detail


def test_who_left_while_the_network_was_gone_has_left(day: Day) -> None:
    day.begin()
    said = _waited(signed_in(day.clinic), day, "leave", at=day.at(45).isoformat(), goes_with="alone by taxi")
    assert "saved" in said
    left = day.session.events.get(kind=Kind.LEFT)
    assert left.data["with_open_criteria"] is True
    assert "Nobody could be asked" in left.data["reason"]
    assert Flag.objects.get(kind=queries.LEFT_WITH_OPEN).owner == day.prescriber.user


def test_what_nothing_stands_against_raises_nothing(day: Day) -> None:
    day.read(-5)
    day.clear_checks()
    day.do(services.start_dose, 0, waited=True)
    assert not Flag.objects.filter(kind=queries.DONE_WITHOUT_NETWORK).exists()


def test_the_tablet_says_that_an_entry_waited(nasal: Day) -> None:
    client, sent = signed_in(nasal.clinic), {"lot": "E02", "at": nasal.at(6.2).isoformat()}
    assert post(client, nasal, "device", **sent).status_code == 422
    said = _waited(client, nasal, "device", **sent)
    assert "not counted" in said["said"]
    assert kept(nasal)


def _waited(client: Client, day: Day, deed: str, **sent: str) -> dict[str, str]:
    return client.post(
        f"/sessions/{day.session.pk}/{deed}", {"write_id": new_id(), **sent},
        headers={"Accept": "application/json", "X-Waited": "1"},
    ).json()  # fmt: skip


@pytest.mark.parametrize("reason", ["seen", "The clock was read wrong."])
def test_within_the_rest_a_device_takes_ten_words(clinic: Clinic, reason: str) -> None:
    """The label asks for the rest; whoever leaves it out writes why as for a rate beyond the limit."""
    day = open_day(clinic, NASAL)
    day.begin()
    with pytest.raises(Refusal, match=r"rest of 5 minutes .* at least ten words"):
        day.do(services.give_device, 2, reason=reason)
    assert day.do(services.give_device, 2, reason=TEN_WORDS)


class TestADoseAgainstACheck:
    """The prescriber decides whether it goes on, not whoever began it."""

    @pytest.fixture
    def begun(self, day: Day) -> Day:
        day.read(-5)
        day.clear_checks(but=["alcohol"])
        services.answer_check(day.session, "alcohol", True, day.nurse, write_id=new_id(), at=day.at(-4))
        day.do(services.start_dose, 0, waited=True, reason="She had one glass, and feels well.")
        return day

    def test_is_the_prescribers_to_answer(self, begun: Day) -> None:
        flag = red(begun)
        assert (flag.kind, flag.owner) == (queries.AGAINST_CHECKS, begun.prescriber.user)
        assert "The prescriber decides whether the dose goes on." in flag.detail
        for kind in FlagEvent.Kind:
            with pytest.raises(Refusal, match="answered by a prescriber, who decides"):
                answer_flag(flag, kind, "Looked at the person, all is well.", begun.nurse)
        assert answer_flag(flag, FlagEvent.Kind.CLOSED, "Seen; it goes on.", begun.prescriber)

    def test_stands_on_both_their_pages(self, begun: Day) -> None:
        for role in (Role.NURSE, Role.PRESCRIBER):
            assert red(begun).title in page(signed_in(begun.clinic, role), begun)

    def test_without_a_prescriber_of_the_course_it_goes_to_one_of_the_site(self, day: Day) -> None:
        Course.objects.filter(pk=day.session.course_id).update(prescriber=None)
        day.session.course.refresh_from_db()
        day.begin()
        services.answer_check(day.session, "alcohol", True, day.nurse, write_id=new_id(), at=day.at(1))
        assert red(day).owner == day.prescriber.user

    def test_a_wrong_figure_alone_stays_with_who_treats(self, day: Day) -> None:
        day.read(-5)
        day.clear_checks()
        day.do(services.start_dose, 0, pump_ml_per_h=525.0, waited=True)
        assert (red(day).kind, red(day).owner) == (queries.DONE_WITHOUT_NETWORK, day.nurse.user)
