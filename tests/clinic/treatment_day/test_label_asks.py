"""Of a strength typed while no server can be reached the page asks what the server would ask."""

import json
from math import isclose

import pytest

from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.treatment_day import queries, services
from daybreak.clinic.treatment_day.label_asks import label_asks
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import INFUSION, MUSCLE, NASAL, Day
from tests.clinic.treatment_day.test_strength import BOLUS, SKIN, ready
from tests.clinic.treatment_day.test_time_out import confirm, want


def asked(day: Day) -> dict[str, object]:
    session = queries.sessions().get(pk=day.session.pk)
    return json.loads(label_asks(session, day.state(0)) or "{}")


def asks(day: Day, mg_per_ml: float) -> bool:
    """As `unlikeLabel` of waiting.js reads it."""
    said = asked(day)
    if known := said["known"]:
        is_known = any(isclose(mg_per_ml, each, rel_tol=0.01) for each in known)
    else:
        is_known = said["least"] <= mg_per_ml <= said["most"]
    return not is_known or said["mg"] / mg_per_ml > said.get("most_ml", float("inf"))


@pytest.mark.parametrize("words", [INFUSION, MUSCLE, SKIN, BOLUS])
@pytest.mark.parametrize("mg_per_ml", [0.1, 1, 5, 10, 25, 50, 100, 500])
def test_the_page_asks_where_the_server_asks(clinic: Clinic, words: str, mg_per_ml: float) -> None:
    day = ready(clinic, words)
    asks_here = asks(day, mg_per_ml)
    try:
        day.do(services.start_dose, 0, concentration_mg_per_ml=mg_per_ml)
    except Refusal:
        assert asks_here
    else:
        assert not asks_here


def test_what_two_people_confirmed_is_what_the_page_expects(clinic: Clinic) -> None:
    day = ready(clinic, MUSCLE)
    want(day)
    confirm(day, -1, concentration_mg_per_ml=50)
    assert asked(day)["says"] == "Two people confirmed 50 mg/mL."
    assert asks(day, 100)
    assert not asks(day, 50)


def test_no_strength_is_asked_of_a_spray(clinic: Clinic) -> None:
    assert asked(ready(clinic, NASAL)) == {}
