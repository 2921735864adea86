"""Chooses whom the pages are about, signs somebody of each role in, and counts the queries of each page."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client as InProcess
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.clinic import NOBODY, OpenSession, Page, Subjects
from daybreak.clinic.record.models import Course, Stage, User
from daybreak.clinic.treatment_day.models import Session
from daybreak.demonstration.people import PREFIX

OURS = "daybreak.web.accounts.Backend"
ONE_QUESTION = "?indication=treatment_resistant_depression&active=esketamine/nasal&outcome=depression&time=4wk"
PLAIN = "django.contrib.auth.backends.ModelBackend"


def find() -> Subjects:
    """Everything the benchmarks ask for by address, from the filled database."""
    staff = people()
    keys = {NOBODY: ""} | {role: sign_in(user) for role, user in staff.items()}
    held = Session.objects.filter(is_over=True).order_by("pk").first()
    open_sessions = Session.objects.filter(is_over=False).select_related("course").order_by("opened_at")
    found = Subjects(
        keys=keys,
        bare_key=sign_in(staff["nurse"], PLAIN),
        bare_page=f"/sessions/{held.pk}",
        pages=tuple(_page(name, role, path, keys[role]) for name, role, path in _addresses(open_sessions[0])),
        open_sessions=tuple(_open_session(session, staff["nurse"]) for session in open_sessions),
    )
    connection.close()
    return found


def _addresses(under_way: Session) -> list[tuple[str, str, str]]:
    """Each page of the way: its name, the role that opens it, its address."""
    screened, planned, followed = map(_course_in, (Stage.SCREENING, Stage.PLAN, Stage.FOLLOWUP))
    return [
        ("Sign-in", NOBODY, reverse("account_login")),
        ("People", "coordinator", reverse("people")),
        ("Today", "nurse", reverse("today")),
        ("Today, its live parts", "nurse", reverse("today_live")),
        ("Flags", "prescriber", reverse("flags")),
        ("Referral", "coordinator", reverse("referral", args=[screened])),
        ("Screening", "prescriber", reverse("screening", args=[screened])),
        ("Plan", "prescriber", reverse("plan", args=[planned])),
        ("Sessions of a course", "nurse", reverse("sessions", args=[followed])),
        ("Session", "nurse", reverse("session", args=[under_way.pk])),
        ("Session, its live parts", "nurse", reverse("session_live", args=[under_way.pk])),
        ("Evidence, one question", "prescriber", reverse("evidence") + ONE_QUESTION),
        ("Trials found", "prescriber", reverse("evidence_trials")),
        ("Follow-up", "prescriber", reverse("course", args=[followed])),
        ("A patient's own page", "patient", reverse("own")),
    ]


def _course_in(stage: Stage) -> object:
    """The longest known course of the demonstration at this stage."""
    return Course.objects.with_stage().filter(stage=stage, acceptances__isnull=False).order_by("opened_at").first().pk


def _open_session(session: Session, nurse: User) -> OpenSession:
    address = reverse("session", args=[session.pk])
    return OpenSession(address, str(session.pk), str(session.course.patient_id), str(nurse.pk))


def people() -> dict[str, User]:
    """The demonstration's people, by role."""
    return {user.role: user for user in User.objects.filter(username__startswith=PREFIX)}


def sign_in(user: User, backend: str = OURS) -> str:
    """The key of a session as signing in leaves it, the second factor shown."""
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["second_factor_set"] = True
    session.create()
    return str(session.session_key)


def _page(name: str, role: str, path: str, key: str) -> Page:
    """The page with its queries, as often as it is opened: the first opening is the one that is recorded."""
    browser = InProcess()
    browser.cookies["sessionid"] = key
    browser.get(path)
    with CaptureQueriesContext(connection) as queries:
        browser.get(path)
    return Page(name, role, path, len(queries))
