"""The forms of letters that write."""

from typing import Any

from daybreak.clinic.letters import queries, services
from daybreak.clinic.letters.models import Kind, Letter
from daybreak.clinic.letters.services import Words
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.treatment_day import services as treatment_day
from tests.clinic.forms import Form, form
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import Day, open_day


def treated(clinic: Clinic) -> Day:
    """An infusion given and left."""
    day = open_day(clinic)
    day.begin()
    day.do(treatment_day.stop, 40)
    day.do(treatment_day.leave, 110, goes_with="brother", reason="The prescriber saw the person.")
    return day


def drafted(clinic: Clinic, kind: Kind = Kind.AFTER_SESSION, day: Day | None = None) -> Letter:
    """A draft; about a session of its own where none is given."""
    session = (day or treated(clinic)).session if kind is Kind.AFTER_SESSION else None
    return services.write_letter(clinic.course, kind, session, clinic.actor(Role.NURSE), write_id=new_id())


def words(letter: Letter, **more: Any) -> Words:
    """The newest text, addressed."""
    text = queries.text(letter)
    usual = {"addressee": "Dr A. Synthetic", "subject": text.subject, "sections": [tuple(e) for e in text.sections]}
    return Words(**usual | more)


def signed(clinic: Clinic, letter: Letter | None = None) -> Letter:
    letter = letter or drafted(clinic)
    who = clinic.actor(Role.PRESCRIBER)
    services.sign_letter(letter, words(letter), who, write_id=new_id(), after=queries.text(letter).number)
    return letter


@form("letter_new")
def _new(clinic: Clinic) -> Form:
    said = {"kind": Kind.AFTER_SESSION.value, "session": treated(clinic).session.pk}
    return Form(Role.NURSE, [clinic.course.pk], said, {"kind": Kind.FOR_PATIENT.value})


def _typed(letter: Letter) -> dict[str, Any]:
    said = words(letter)
    boxes = {f"section_{place}": text for place, (_, text) in enumerate(said.sections)}
    return {"after": 1, "addressee": said.addressee, "subject": said.subject, **boxes}


@form("letter_keep")
def _keep(clinic: Clinic) -> Form:
    letter = drafted(clinic)
    return Form(Role.NURSE, [letter.pk], _typed(letter), {**_typed(letter), "subject": "Another subject"})


@form("letter_sign")
def _sign(clinic: Clinic) -> Form:
    letter = drafted(clinic)
    return Form(Role.PRESCRIBER, [letter.pk], _typed(letter), {**_typed(letter), "addressee": "Dr B. Synthetic"})


@form("letter_amend")
def _amend(clinic: Clinic) -> Form:
    said = {"words": "The brother was a friend.", "reason": "Heard later."}
    return Form(Role.PRESCRIBER, [signed(clinic).pk], said, {**said, "words": "It was a neighbour."})
