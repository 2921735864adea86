"""A paused dose runs on with a red mark open only when somebody wrote why; what waited without a network is kept."""

import pytest

from daybreak.clinic.record.models import Flag
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.doses import Phase
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import BEFORE, TEN_WORDS, Day, open_day
from tests.clinic.treatment_day.test_pages import page, post, signed_in


@pytest.fixture
def paused(day: Day) -> Day:
    """An infusion that was paused for a systolic of 185."""
    day.begin()
    day.read(5, {**BEFORE, Vital.SYSTOLIC: 185})
    day.do(services.pause, 6)
    return day


def test_with_a_red_mark_open_a_resume_takes_ten_words_and_the_note_tells_them(paused: Day) -> None:
    for too_little in ("", "Looks better."):
        with pytest.raises(Refusal, match=r"Systolic 185, above red 180.*The dose stays paused"):
            paused.do(services.resume, 8, reason=too_little)
    assert paused.state(8).phase is Phase.PAUSED
    paused.do(services.resume, 8, reason=TEN_WORDS)
    assert paused.state(9).phase is Phase.RUNNING
    assert f"Systolic 185, above red 180. Why: {TEN_WORDS}" in services.draft_note(paused.session)


def test_an_amber_mark_or_one_of_after_the_resume_asks_nothing(day: Day) -> None:
    day.begin()
    day.read(5, {**BEFORE, Vital.SYSTOLIC: 165})
    day.do(services.pause, 6)
    day.read(9, {**BEFORE, Vital.SYSTOLIC: 185})
    day.do(services.resume, 8)
    assert day.state(8).phase is Phase.RUNNING


def test_resumed_without_a_network_it_is_kept_and_the_prescriber_hears_of_it(paused: Day) -> None:
    event = paused.do(services.resume, 8, waited=True)
    assert paused.state(9).phase is Phase.RUNNING
    assert "Systolic 185" in event.data["against"][0]
    (flag,) = Flag.objects.filter(kind=queries.AGAINST_CHECKS, subject=paused.session.pk)
    assert flag.owner == paused.clinic.users[Role.PRESCRIBER]
    assert "resumed" in flag.title
    assert "Systolic 185" in flag.title


def test_the_page_asks_in_a_dialog_while_a_red_mark_is_open_and_touches_once_else(clinic: Clinic) -> None:
    day = open_day(clinic, hours_ago=0.3)
    day.begin()
    day.do(services.pause, 6)
    client = signed_in(clinic)
    assert 'popovertarget="resume">Resume<' not in page(client, day)
    day.read(7, {**BEFORE, Vital.SYSTOLIC: 185})
    shown = page(client, day)
    assert 'popovertarget="resume">Resume<' in shown
    assert "Systolic 185, above red 180" in shown.split('id="live-against-resume"')[1].split("</ul>")[0]
    assert "stays paused" in post(client, day, "resume").json()["refused"]
    assert post(client, day, "resume", reason=TEN_WORDS).status_code == 200
