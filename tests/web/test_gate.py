"""The gate: nothing is served that names no permission; staff need a second factor; refusals are recorded."""

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from daybreak.clinic.record import audit
from daybreak.clinic.record.models import AuditEntry, Patient, User, new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import ROLE_PERMISSIONS, Permission, Role, may
from daybreak.web.gate import GateMiddleware, access_of
from tests.clinic.people import Clinic, make_clinic
from tests.web.walk_objects import MAKERS


def signed_in(clinic: Clinic, role: Role, *, second_factor: bool = True) -> Client:
    client = Client()
    client.force_login(clinic.users[role])
    if second_factor:
        session = client.session
        session["second_factor_set"] = True
        session.save()
    return client


def test_a_view_that_names_nothing_is_open_to_nobody(clinic: Clinic, rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")

    request = rf.get("/somewhere")
    request.user, request.session = clinic.users[Role.DIRECTOR], {"second_factor_set": True}
    assert access_of(view, "somewhere") is None
    answer = GateMiddleware(view).process_view(request, view, (), {})
    assert answer is not None
    assert answer.status_code == 403


def test_staff_without_a_second_factor_reach_only_its_set_up(clinic: Clinic) -> None:
    client = signed_in(clinic, Role.NURSE, second_factor=False)
    response = client.get("/people/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/second-factor/totp/activate/")


def test_a_refusal_is_a_sentence_and_an_entry(clinic: Clinic) -> None:
    response = signed_in(clinic, Role.RESEARCHER).get("/people/")
    assert response.status_code == 403
    assert "A researcher may not open this page" in response.content.decode()
    assert AuditEntry.objects.filter(action="refused", user=clinic.users[Role.RESEARCHER], subject="/people/").exists()


def test_a_role_nobody_defined_may_do_nothing() -> None:
    assert not any(may("owner of everything", permission) for permission in Permission)


def test_a_patient_holds_only_what_is_their_own() -> None:
    assert ROLE_PERMISSIONS[Role.PATIENT] == {Permission.OWN_ANSWER}


def test_an_opening_is_recorded_once_not_at_each_refresh(clinic: Clinic) -> None:
    for _ in range(3):
        audit.record_opening(clinic.actor(Role.NURSE), clinic.patient, "screening")
    audit.record_opening(clinic.actor(Role.PRESCRIBER), clinic.patient, "screening")
    assert AuditEntry.objects.filter(action="opened").count() == 2


def test_staff_of_another_site_see_nobody_here(clinic: Clinic) -> None:
    elsewhere = make_clinic("Another clinic")
    page = signed_in(elsewhere, Role.PRESCRIBER).get("/people/").content.decode()
    assert page.count("Test Person") == 1
    assert Patient.objects.count() == 2


def test_the_address_is_the_connections_own_not_a_claimed_one(clinic: Clinic, rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
    request.user = clinic.users[Role.NURSE]
    assert actor(request).address == "192.0.2.1"


def test_a_form_that_is_not_ours_is_refused_with_a_sentence(clinic: Clinic) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(clinic.users[Role.DIRECTOR])
    response = client.post("/rules/sign", {"confirm": "on"}, secure=True)
    assert response.status_code == 403
    assert "the form did not come from Daybreak" in response.content.decode()


def test_an_entry_of_the_tablet_without_its_cookies_is_never_refused_for_good(clinic: Clinic) -> None:
    """As after a sign-in that ran out: the tablet keeps it until its typist is back."""
    by_script = {"Accept": "application/json", "X-Typed-By": str(clinic.users[Role.NURSE].pk)}
    response = Client(enforce_csrf_checks=True).post(f"/sessions/{new_id()}/readings", headers=by_script)
    assert response.status_code == 401
    assert "refused" not in response.json()
    assert "What you typed is kept" in response.json()["trouble"]


@pytest.mark.parametrize(
    ("page", "back"),
    [("https://testserver/escalation/?x=1", "/escalation/%3Fx%3D1"), ("https://elsewhere.example/a", "/"), ("", "/")],
)
def test_a_form_sent_after_sign_out_leads_back_to_its_page_and_never_to_an_address_that_shows_nothing(
    client: Client, db: None, page: str, back: str
) -> None:
    sent = client.post("/escalation/roster", {}, headers={"Referer": page}, secure=True)
    assert (sent.status_code, sent["Location"]) == (302, f"/accounts/sign-in/?next={back}")


def test_what_a_tab_keeps_is_kept_for_who_typed_it(clinic: Clinic) -> None:
    """Every page names its user: where it did not, the next at a shared tablet found what another had typed."""
    for role, address in (
        (Role.DIRECTOR, "/rules/limits"),
        (Role.PRESCRIBER, f"/courses/{clinic.course.pk}/screening"),
    ):
        page = signed_in(clinic, role).get(address).content.decode()
        assert f'data-user="{clinic.users[role].pk}"' in page


def test_the_button_back_shows_no_record_after_sign_out(clinic: Clinic) -> None:
    assert signed_in(clinic, Role.NURSE).get("/people/")["Cache-Control"] == "no-store"


def test_pages_come_with_a_strict_policy(client: Client, db: None) -> None:
    response = client.get("/accounts/sign-in/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    page = response.content.decode()
    assert " style=" not in page
    assert " onclick=" not in page


@pytest.mark.parametrize("address", ["/people/", "/rules/", "/audit/", "/status/"])
def test_sign_up_and_reset_have_no_address(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 302
    assert client.get("/accounts/signup/").status_code == 404
    assert client.get("/accounts/password/reset/").status_code == 404


def test_a_flag_is_answered_and_a_strange_way_on_leads_nowhere_else(clinic: Clinic) -> None:
    flag = MAKERS["flag_id"](clinic)
    said = {"write_id": new_id(), "kind": "acknowledged", "action": "Called", "next": "nonsense"}
    response = signed_in(clinic, Role.NURSE).post(f"/flags/{flag}/answer", said)
    assert (response.status_code, response["Location"]) == (302, "/flags/")


def test_a_director_reads_the_audit_of_their_own_site_alone(clinic: Clinic) -> None:
    elsewhere = make_clinic("Another clinic")
    audit.record(clinic.actor(Role.NURSE), "opened", patient=clinic.patient, subject="their own page")
    page = signed_in(elsewhere, Role.DIRECTOR).get("/audit/").content.decode()
    assert "their own page" not in page
    assert "their own page" in signed_in(clinic, Role.DIRECTOR).get("/audit/").content.decode()


def test_a_body_too_large_gets_a_sentence(clinic: Clinic) -> None:
    client = signed_in(clinic, Role.NURSE)
    response = client.post("/flags/" + str(new_id()) + "/answer", {f"field{n}": "x" for n in range(600)})
    assert response.status_code in (400, 404)
    assert "DEBUG" not in response.content.decode()


@pytest.mark.parametrize("end", ["made inactive", "another role", "another password", "session removed", "session old"])
def test_what_is_taken_from_somebody_is_gone_at_their_next_request(clinic: Clinic, end: str) -> None:
    client, nurse = signed_in(clinic, Role.NURSE), clinic.users[Role.NURSE]
    assert client.get("/today/").status_code == 200
    match end:
        case "made inactive":
            User.objects.filter(pk=nurse.pk).update(is_active=False)
        case "another role":
            User.objects.filter(pk=nurse.pk).update(role=Role.RESEARCHER)
        case "another password":
            nurse.set_password("a new password, kept here only")
            nurse.save()
        case "session removed":
            Session.objects.all().delete()
        case "session old":
            Session.objects.update(expire_date=timezone.now())
    answer = client.get("/today/")
    assert answer.status_code == (403 if end == "another role" else 302)
    assert answer.get("Location", "/accounts/sign-in/").startswith("/accounts/sign-in/")


def test_signing_in_leads_to_the_backend_that_asks_anew(clinic: Clinic, client: Client) -> None:
    patient = clinic.users[Role.PATIENT]
    patient.set_password("a right password, kept here only")
    patient.save()
    words = {"login": patient.username, "password": "a right password, kept here only"}
    assert client.post("/accounts/sign-in/", words).status_code == 302
    assert client.session[BACKEND_SESSION_KEY] == settings.AUTHENTICATION_BACKENDS[-1]
    assert client.get("/me/").status_code == 200
