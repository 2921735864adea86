"""The forms of the nasal programme that write."""

import json
from typing import Any

from django.utils import timezone

from daybreak.clinic.programme import services
from daybreak.clinic.programme.services import SeriousEventWords
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services as treatment_day
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic
from tests.clinic.programme.spray import certify, complete, send, sprayed
from tests.clinic.treatment_day.day import Day


def _today() -> str:
    return timezone.localdate().isoformat()


def _now() -> str:
    return f"{timezone.localtime():%Y-%m-%dT%H:%M}"


@form("programme_site")
def _site(clinic: Clinic) -> Form:
    said = {"state": "certified", "on": _today(), "setting": "outpatient", "representative": "A. Representative"}
    return Form(Role.COORDINATOR, [], said, {**said, "number": "12"})


@form("programme_enrol")
def _enrol(clinic: Clinic) -> Form:
    said = {
        "state": "enrolled", "on": _today(), "agreed_on": _today(), "prescriber": clinic.users[Role.PRESCRIBER].pk,
    }  # fmt: skip
    return Form(Role.COORDINATOR, [clinic.course.pk], said, {**said, "number": "12"})


def _spray(clinic: Clinic) -> Day:
    certify(clinic)
    return sprayed(clinic)


@form("programme_complete")
def _complete(clinic: Clinic) -> Form:
    said: dict[str, Any] = {
        "after": 0,
        "lot": "E1",
        "pressure_40": "150/90",
        "sedation": "no",
        "dose": "56",
        "reason": "As the watcher saw it.",
    }
    return Form(Role.COORDINATOR, [_spray(clinic).session.pk], said, {**said, "lot": "E2"})


def _how(clinic: Clinic) -> dict[str, Any]:
    return {"channel": "portal", "at": _now(), "by": clinic.users[Role.NURSE].pk, "confirmation": "77"}


@form("programme_sent")
def _sent(clinic: Clinic) -> Form:
    day = _spray(clinic)
    complete(day)
    said = {**_how(clinic), "newest": 1, "version": 1}
    return Form(Role.COORDINATOR, [day.session.pk], said, {**said, "confirmation": "78"})


@form("programme_told")
def _told_what_changed(clinic: Clinic) -> Form:
    day = _spray(clinic)
    send(complete(day), day)
    day.do(treatment_day.correct_amount, 130, mg=28)
    said = {**_how(clinic), "told": json.dumps({"dose": "28"})}
    return Form(Role.COORDINATOR, [day.session.pk], said, {**said, "confirmation": "78"})


@form("programme_take_back")
def _take_back(clinic: Clinic) -> Form:
    day = _spray(clinic)
    submission = send(complete(day), day)
    return Form(Role.COORDINATOR, [submission.pk], {"reason": "No paper came out."}, {"reason": "Wrong number."})


def _told() -> dict[str, Any]:
    return {"occurred_at": _now(), "known_on": _today(), "seriousness": ["hospitalisation"], "words": "Fell at home."}


@form("programme_event_new")
def _event(clinic: Clinic) -> Form:
    return Form(Role.NURSE, [_spray(clinic).session.pk], _told(), {**_told(), "words": "Fell in the street."})


def recorded(clinic: Clinic) -> Any:
    """A serious event, reported by nobody yet."""
    told = SeriousEventWords(timezone.now(), timezone.localdate(), ("hospitalisation",), "Fell at home.")
    day = _spray(clinic)
    return services.record_event(day.session, told, day.nurse, write_id=new_id())


@form("programme_event_correct")
def _correct(clinic: Clinic) -> Form:
    said = {**_told(), "reason": "Heard more.", "outcome": "Home again."}
    return Form(Role.NURSE, [recorded(clinic).pk], said, {**said, "outcome": "Still there."})


@form("programme_event_sent")
def _event_sent(clinic: Clinic) -> Form:
    return Form(Role.NURSE, [recorded(clinic).pk], _how(clinic), {**_how(clinic), "channel": "telephone"})
