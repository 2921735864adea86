"""The checks before the next dose as the page of a session lists them."""

from dataclasses import dataclass

from daybreak.clinic.treatment_day.known_answers import CONSENT_CHECK, consent_on_record, says_otherwise
from daybreak.clinic.treatment_day.models import Session
from daybreak.clinic.treatment_day.state import SessionState
from daybreak.treatment.checks import Answer, Check, standing_against
from daybreak.treatment.findings import Effect, State


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check before the dose as the list shows it."""

    check: Check
    answer: Answer | None
    against: str | None
    reason: str
    from_record: bool = False
    recorded_sex: str = ""  # where, by it, the question may not apply
    on_record: str = ""  # which consent is recorded, of which drug and route
    record_says: str = ""  # where somebody answered otherwise than the record
    asks_what_was_read: bool = False  # the record stands against the dose, and there is no other way round

    @property
    def state(self) -> str:
        if self.answer is None or self.answer.yes is None:
            return State.UNKNOWN.value
        return (State.NOT_MET if self.against else State.MET).value

    @property
    def word(self) -> str:
        """Its state as it is told: "not met" beside "Any alcohol?" would read as "none". Empty: met or not met."""
        if self.check.clears:
            return ""
        return {State.MET: "Clear", State.NOT_MET: "Against it"}.get(State(self.state), "")


def _is_against_record(state: SessionState, check: Check) -> bool:
    """Whether the record stands against the dose where there is no way round it but a newer answer."""
    return check.effect is Effect.BLOCK and says_otherwise(state.recorded.get(check.id), check.clears) != ""


def check_rows(session: Session, state: SessionState) -> list[CheckRow]:
    """The checks of the next dose; none once every dose was begun."""
    if state.next_dose is None or state.left:
        return []
    answers, sex, consent = state.check_answers, session.course.patient.sex, consent_on_record(session)
    return [
        CheckRow(
            check=check,
            answer=(answer := answers.get(check.id)),
            against=standing_against(check, answer),
            reason=state.reasons_that_count.get(check.id, ""),
            from_record=not check.is_measured and answer is not None and answer is state.recorded.get(check.id),
            asks_what_was_read=_is_against_record(state, check),
            on_record=consent if check.id == CONSENT_CHECK else "",
            recorded_sex=sex if sex in check.may_not_apply_to else "",
            record_says=says_otherwise(state.recorded.get(check.id), answer.yes if answer else None),
        )
        for check in state.checks
    ]
