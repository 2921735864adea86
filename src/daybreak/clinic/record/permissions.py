"""Who may do what. Every view names one permission; nothing is allowed that is not written here."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar


class Role(StrEnum):
    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    COORDINATOR = "coordinator"
    THERAPIST = "therapist"
    PHARMACIST = "pharmacist"
    RESEARCHER = "researcher"
    DIRECTOR = "director"
    ADMINISTRATOR = "administrator"
    PATIENT = "patient"


ROLE_NAMES: dict[Role, str] = {
    Role.PRESCRIBER: "prescriber",
    Role.NURSE: "session nurse",
    Role.COORDINATOR: "coordinator",
    Role.THERAPIST: "therapist",
    Role.PHARMACIST: "controlled-drug lead",
    Role.RESEARCHER: "researcher",
    Role.DIRECTOR: "medical director",
    Role.ADMINISTRATOR: "administrator",
    Role.PATIENT: "patient",
}


class Permission(StrEnum):
    PEOPLE_READ = "people.read"
    REFERRAL_CREATE = "referral.create"
    REFERRAL_READ = "referral.read"
    SCREENING_READ = "screening.read"
    SCREENING_ANSWER = "screening.answer"
    SCREENING_DECIDE = "screening.decide"
    PLAN_READ = "plan.read"
    PLAN_DRAFT_READ = "plan.draft"
    PLAN_WRITE = "plan.write"
    PLAN_SIGN = "plan.sign"
    MODEL_READ = "model.read"
    DAY_READ = "day.read"
    SESSION_READ = "session.read"
    SESSION_RUN = "session.run"
    SESSION_SIGN = "session.sign"
    DEVICE_MANAGE = "device.manage"
    ESCALATION_MANAGE = "escalation.manage"
    ESCALATION_SWITCH = "escalation.switch"
    CARD_WRITE = "card.write"
    SCHEDULE_READ = "schedule.read"
    SCHEDULE_BOOK = "schedule.book"
    SCHEDULE_SET = "schedule.set"
    SITE_SET = "site.set"
    PROGRAMME_READ = "programme.read"
    PROGRAMME_RECORD = "programme.record"
    PROGRAMME_CERTIFY = "programme.certify"
    LEDGER_READ = "ledger.read"
    LEDGER_RECORD = "ledger.record"
    LEDGER_WITNESS = "ledger.witness"
    LEDGER_MANAGE = "ledger.manage"
    FOLLOWUP_READ = "followup.read"
    MEASURE_RECORD = "measure.record"
    CALL_READ = "call.read"
    CALL_RECORD = "call.record"
    LETTER_READ = "letter.read"
    LETTER_WRITE = "letter.write"
    OWN_ANSWER = "own.answer"
    FLAG_READ = "flag.read"
    FLAG_ACT = "flag.act"
    RULES_READ = "rules.read"
    RULES_SIGN = "rules.sign"
    AUDIT_READ = "audit.read"
    STATUS_READ = "status.read"
    TABLET_SHARE = "tablet.share"
    EVIDENCE_READ = "evidence.read"
    EVIDENCE_PROPOSE = "evidence.propose"
    EVIDENCE_CHECK = "evidence.check"


_P = Permission
_READ_COURSE = {
    _P.PEOPLE_READ,
    _P.REFERRAL_READ,
    _P.SCREENING_READ,
    _P.PLAN_READ,
    _P.SESSION_READ,
    _P.FOLLOWUP_READ,
}
_BOOK = {_P.SCHEDULE_READ, _P.SCHEDULE_BOOK}
_CALL = {_P.CALL_READ, _P.CALL_RECORD}
_PROGRAMME = {_P.PROGRAMME_READ, _P.PROGRAMME_RECORD}
_LETTERS = {_P.LETTER_READ, _P.LETTER_WRITE}
_DRUG = {_P.LEDGER_READ, _P.LEDGER_RECORD, _P.LEDGER_WITNESS}
_DAY = {_P.DAY_READ, _P.FLAG_READ, _P.RULES_READ, _P.STATUS_READ}
# Who shares a tablet at the chair or the desk: nobody else is reached by a PIN, a patient least of all.
_SHARE = {_P.TABLET_SHARE}
_PROPOSE = {_P.EVIDENCE_READ, _P.EVIDENCE_PROPOSE}
_REVIEW = {*_PROPOSE, _P.EVIDENCE_CHECK}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.PRESCRIBER: frozenset(
        _READ_COURSE
        | _DAY
        | _BOOK
        | _CALL
        | _DRUG
        | _SHARE
        | _REVIEW
        | {_P.REFERRAL_CREATE, _P.SCREENING_ANSWER, _P.SCREENING_DECIDE}
        | {_P.PLAN_DRAFT_READ, _P.PLAN_WRITE, _P.PLAN_SIGN, _P.MODEL_READ}
        | {_P.SESSION_RUN, _P.SESSION_SIGN, _P.MEASURE_RECORD, _P.FLAG_ACT, _P.DEVICE_MANAGE}
        | _PROGRAMME
        | _LETTERS
    ),
    Role.NURSE: frozenset(
        _READ_COURSE
        | _DAY
        | _BOOK
        | _CALL
        | _DRUG
        | _PROGRAMME
        | _LETTERS
        | _SHARE
        | {
            _P.PLAN_DRAFT_READ,
            _P.EVIDENCE_READ,
            _P.SCREENING_ANSWER,
            _P.MODEL_READ,
            _P.SESSION_RUN,
            _P.SESSION_SIGN,
            _P.MEASURE_RECORD,
            _P.FLAG_ACT,
            _P.DEVICE_MANAGE,
        }
    ),
    Role.COORDINATOR: frozenset(
        {_P.PEOPLE_READ, _P.REFERRAL_CREATE, _P.REFERRAL_READ, _P.SCREENING_READ, _P.SCREENING_ANSWER}
        | {_P.PLAN_READ, _P.PLAN_DRAFT_READ, _P.FOLLOWUP_READ, _P.FLAG_ACT, _P.EVIDENCE_READ}
        | {_P.ESCALATION_MANAGE, _P.SITE_SET}
        | _PROGRAMME
        | {_P.PROGRAMME_CERTIFY, _P.LETTER_READ}
        | _DAY
        | _BOOK
        | _CALL
        | _SHARE
    ),
    Role.THERAPIST: frozenset(
        {_P.PEOPLE_READ, _P.PLAN_READ, _P.SESSION_READ, _P.FOLLOWUP_READ, _P.LETTER_READ, _P.RULES_READ}
        | _SHARE
        | _PROPOSE
    ),
    # FLAG_ACT: owns the flag of a treatment day that does not add up; the list of clinical flags stays closed.
    Role.PHARMACIST: frozenset(
        _DRUG | {_P.LEDGER_MANAGE, _P.FLAG_ACT, _P.DAY_READ, _P.RULES_READ, _P.STATUS_READ} | _SHARE | _PROPOSE
    ),
    Role.RESEARCHER: frozenset({_P.RULES_READ, _P.MODEL_READ} | _REVIEW),
    Role.DIRECTOR: frozenset(
        _READ_COURSE
        | _DAY
        | _SHARE
        | _REVIEW
        | {
            _P.PLAN_DRAFT_READ,
            _P.MODEL_READ,
            _P.FLAG_ACT,
            _P.RULES_SIGN,
            _P.ESCALATION_MANAGE,
            _P.ESCALATION_SWITCH,
            _P.CARD_WRITE,
            _P.SCHEDULE_READ,
            _P.SCHEDULE_SET,
            _P.SITE_SET,
            _P.CALL_READ,
            _P.AUDIT_READ,
            _P.LEDGER_READ,
            _P.LEDGER_WITNESS,
            _P.PROGRAMME_READ,
            _P.PROGRAMME_CERTIFY,
            _P.LETTER_READ,
        }
    ),
    Role.ADMINISTRATOR: frozenset({_P.STATUS_READ, _P.AUDIT_READ, _P.RULES_READ}),
    Role.PATIENT: frozenset({_P.OWN_ANSWER}),
}

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed in"


def requires(access: Permission | str) -> Callable[[View], View]:
    """Name the permission of a view. `PUBLIC` and `SIGNED_IN` are said as openly as any other."""

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def may(role: str, permission: Permission) -> bool:
    """Whether this role holds this permission. An unknown role holds none."""
    return permission in ROLE_PERMISSIONS.get(role, frozenset())
