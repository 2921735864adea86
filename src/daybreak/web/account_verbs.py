"""What gives a patient a sign-in, what helps whoever cannot sign in, and what ends the account of one who left.

Carried out on the command line, by whoever runs the server: no page may give away another person's account. Each is in
the audit trail.
"""

from allauth.mfa.models import Authenticator
from axes.utils import reset as end_pause
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from daybreak.clinic.escalation.queries import roster
from daybreak.clinic.pharmacy.models import Discrepancy
from daybreak.clinic.pharmacy.queries import open_discrepancies
from daybreak.clinic.pharmacy.services import whose
from daybreak.clinic.record import audit
from daybreak.clinic.record.models import Course, Patient, Stage, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import death, died, open_flags
from daybreak.clinic.record.refusals import Refusal
from daybreak.clinic.record.setting_up import COMMAND_LINE, free_username, keep_with_password
from daybreak.clinic.schedule.models import Appointment
from daybreak.clinic.schedule.queries import standing
from daybreak.clinic.tablet.models import Pin, TabletSignIn
from daybreak.treatment.days import said_day


def user_called(username: str) -> User:
    """Who signs in by this name, whatever its capitals.

    Raises:
        Refusal: if there is nobody, or more than one whom only capitals tell apart.
    """
    found = list(User.objects.filter(username__iexact=username.strip()))
    exact = [user for user in found if user.username == username.strip()]
    if len(found) > 1 and not exact:
        raise Refusal(f"{' and '.join(user.username for user in found)}: write the name with its capitals.")
    if not found:
        raise Refusal(f"Nobody signs in as {username!r}. Nothing was changed.")
    return (exact or found)[0]


def person_of_record(number: str) -> Patient:
    """The person whose papers carry this record number: another system's, or ours.

    Raises:
        Refusal: if there is nobody, or more than one.
    """
    typed = " ".join(number.split())
    ours = [pk for pk in Patient.objects.values_list("pk", flat=True) if f"Daybreak {pk.hex[-8:]}" == typed]
    found = list(Patient.objects.filter(Q(identifiers__value=typed) | Q(pk__in=ours)).select_related("site").distinct())
    if not found:
        raise Refusal(
            f"No person of the record has the number {typed!r}. It stands on their papers, beside the date of birth. "
            "Nothing was added."
        )
    if len(found) > 1:
        people = "; ".join(f"{who(each)}, Daybreak {each.pk.hex[-8:]}" for each in found)
        raise Refusal(f"{typed!r} is the number of several people: {people}. Write “Daybreak” and what follows it.")
    return found[0]


def who(patient: Patient) -> str:
    """A person as somebody at the command line can tell them from others."""
    return f"{patient}, born {said_day(patient.birth_date)}, at {patient.site}"


def new_patient_user(patient: Patient, username: str) -> User:
    """The account of a person of the record, once a password is known: not kept yet.

    Raises:
        Refusal: for a user name that is odd or taken, and for somebody who has an account or is recorded as dead.
    """
    if (found := death(patient)) is not None:
        raise Refusal(f"{died(found)} Nothing was added.")
    if there := User.objects.filter(patient=patient).first():
        more = "" if there.is_active else f" It was ended; `daybreak account open-again {there.username}` opens it."
        raise Refusal(f"{patient} signs in as {there.username!r} already.{more} Nothing was added.")
    name = free_username(username)
    return User(username=name, role=Role.PATIENT, display_name=str(patient), site=patient.site, patient=patient)


@transaction.atomic
def add_patient_user(user: User, password: str) -> User:
    """Keep a patient's account.

    Raises:
        Refusal: for a weak password.
    """
    keep_with_password(user, password)
    audit.record(COMMAND_LINE, "patient account added", patient=user.patient, subject=user.username)
    return user


@transaction.atomic
def new_password(user: User, password: str) -> None:
    """Another password. It ends every sign-in, PIN and pause of this person; the second factor stays.

    Raises:
        Refusal: for a weak password, and for an account that was ended.
    """
    _require_open(user)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal(f"{' '.join(error.messages)} Nothing was changed.") from error
    user.set_password(password)
    user.save(update_fields=["password"])
    _sign_out_everywhere(user)
    end_pause(username=user.username.lower())
    audit.record(COMMAND_LINE, "password reset", subject=user.username)


@transaction.atomic
def forget_second_factor(user: User) -> None:
    """Forget phone, passkeys and recovery codes; a new second factor is set up at the next sign-in.

    Raises:
        Refusal: for an account that was ended, or that has none.
    """
    _require_open(user)
    gone, _ = Authenticator.objects.filter(user=user).delete()
    if not gone:
        asks = "a patient signs in without one" if user.role == Role.PATIENT else "the next sign-in asks for one"
        raise Refusal(f"{user} has no second factor: {asks}. Nothing was changed.")
    _sign_out_everywhere(user)
    audit.record(COMMAND_LINE, "second factor reset", subject=user.username)


@transaction.atomic
def end_account(user: User, reason: str) -> list[str]:
    """Nobody signs in by it any more, and it is offered for nothing; what it recorded stays.

    Returns:
        What waits for this person still, each as a sentence: somebody else has to take it.

    Raises:
        Refusal: without a reason, or if it was ended before.
    """
    _require_open(user)
    if not reason.strip():
        raise Refusal("Write why, in a few words. Nothing was changed.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    _sign_out_everywhere(user)
    audit.record(COMMAND_LINE, "account ended", subject=user.username, reason=reason.strip())
    left_to = {"was": user.username, "role": user.role}
    for flag in open_flags().filter(owner=user):
        audit.record(COMMAND_LINE, "flag left to its role", patient=flag.patient, subject=flag.pk, **left_to)
    return _waits_for(user)


@transaction.atomic
def open_account_again(user: User, reason: str) -> None:
    """It was ended by mistake, or the person is back.

    Raises:
        Refusal: without a reason, or for an account that was not ended.
    """
    if user.is_active:
        raise Refusal(f"The account of {user} is open. Nothing was changed.")
    if not reason.strip():
        raise Refusal("Write why, in a few words. Nothing was changed.")
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(COMMAND_LINE, "account opened again", subject=user.username, reason=reason.strip())


def _require_open(user: User) -> None:
    if not user.is_active:
        raise Refusal(f"The account of {user} was ended. Nothing was changed.")


def _sign_out_everywhere(user: User) -> None:
    """On every browser and shared tablet."""
    for row in Session.objects.filter(expire_date__gt=timezone.now()):
        if row.get_decoded().get(SESSION_KEY) == str(user.pk):
            row.delete()
    TabletSignIn.objects.filter(user=user).delete()
    Pin.objects.filter(user=user).delete()


def _waits_for(user: User) -> list[str]:
    now = timezone.now()
    courses = Course.objects.with_stage().filter(Q(prescriber=user) | Q(therapist=user)).exclude(stage=Stage.ENDED)
    booked = standing(Appointment.objects.filter(Q(nurse=user) | Q(prescriber=user), starts_at__gt=now))
    said = [
        f"Flag, due {timezone.localtime(flag.due_at):%d %b %H:%M}, for any {user.role_name}: {flag.title}"
        for flag in open_flags().filter(owner=user)
    ]
    said += map(_of_a_case, open_discrepancies(user.site).filter(owner=user) if user.site else ())
    if count := courses.count():
        said.append(f"Prescriber or therapist of {count} course{'s' if count > 1 else ''} not ended.")
    if count := booked.count():
        said.append(f"Named in {count} appointment{'s' if count > 1 else ''} to come: move each into other hands.")
    others = User.objects.filter(site=user.site, role=user.role, is_active=True).exclude(pk=user.pk)
    if user.role != Role.PATIENT and not others.exists():
        said.append(
            f"Nobody else at {user.site} is a {user.role_name}, and some things only they do: `daybreak staff`."
        )
    if user.site and roster(user.site, now).filter(person=user).exists():
        said.append("On the roster of escalation, where they are passed over: put somebody else on it.")
    return said


def _of_a_case(case: Discrepancy) -> str:
    """What a case is about, by when it is to be explained, and whose it is now."""
    of = case.use.label if case.use else f"lot {case.lot.number} in {case.location}" if case.lot else case.about
    due = f"{timezone.localtime(case.due_at):%d %b %H:%M}"
    return f"Case of the drug account, due {due}: {case}, {of}. {whose(case)}"
