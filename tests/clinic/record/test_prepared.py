"""A prepared query gives what its query set gives, asks the database each time, and works its SQL out once."""

import pytest
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.forms import model_to_dict
from django.utils import timezone

from daybreak.clinic.record.models import Course, Patient, Site, User, WriteReceipt, new_id
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.prepared import Prepared, insert
from tests.clinic.people import Clinic, make_clinic


def test_it_gives_the_object_with_all_its_values_and_what_it_names(clinic: Clinic, django_assert_num_queries) -> None:
    elsewhere = make_clinic("Another clinic")
    course_of = Prepared(lambda key: Course.objects.filter(pk=key).select_related("patient__site", "therapist"))
    for each in (clinic, elsewhere, clinic):
        with django_assert_num_queries(1):
            found = course_of.first(each.course.pk)
            named = (found.patient.site, found.prescriber_id, found.therapist)
        assert model_to_dict(found) == model_to_dict(each.course)
        assert model_to_dict(found.patient) == model_to_dict(Patient.objects.get(pk=each.patient.pk))
        assert named == (each.site, each.users[Role.PRESCRIBER].pk, None)
    assert course_of.first(new_id()) is None


def test_it_gives_what_the_query_set_annotates(clinic: Clinic) -> None:
    signed_in = User.objects.filter(site=OuterRef("pk"), last_login__isnull=False)
    people = User.objects.filter(site=OuterRef("pk")).values("site").annotate(count=Count("pk")).values("count")
    site_of = Prepared(
        lambda key: Site.objects.filter(pk=key).annotate(in_use=Exists(signed_in), people=Subquery(people))
    )
    assert (site_of.first(clinic.site.pk).in_use, site_of.first(clinic.site.pk).people) == (False, len(Role))
    User.objects.filter(pk=clinic.users[Role.NURSE].pk).update(last_login=timezone.now())
    assert site_of.first(clinic.site.pk).in_use is True


def test_it_sees_what_was_changed_since_and_keeps_no_row(clinic: Clinic) -> None:
    user_of, nurse = Prepared(lambda key: User.objects.filter(pk=key)), clinic.users[Role.NURSE]
    before = user_of.first(nurse.pk)
    User.objects.filter(pk=nurse.pk).update(is_active=False, role=Role.RESEARCHER)
    now = user_of.first(nurse.pk)
    assert (before.is_active, now.is_active, now.role) == (True, False, Role.RESEARCHER)


def test_it_gives_tuples_of_values_in_their_order(clinic: Clinic) -> None:
    roles_of = Prepared(
        lambda key: User.objects.filter(site=key, is_active=True).order_by("-role").values_list("pk", "role")
    )
    expected = sorted(((user.pk, user.role) for user in clinic.users.values()), key=lambda row: row[1], reverse=True)
    assert roles_of.all(clinic.site.pk) == expected


def test_a_key_in_two_places_is_refused(clinic: Clinic) -> None:
    two = Prepared(lambda key: User.objects.filter(Q(site=key) | Q(patient=key)))
    with pytest.raises(ValueError, match="in one place"):
        two.first(clinic.site.pk)


def test_a_word_is_never_read_as_sql(clinic: Clinic) -> None:
    by_name = Prepared(lambda key: User.objects.filter(username=key), key=str)
    assert by_name.first("' OR 1=1 --") is None
    assert by_name.first("100%s") is None


def test_rows_are_stored_in_one_query_as_django_would(clinic: Clinic, django_assert_num_queries) -> None:
    nurse = clinic.users[Role.NURSE]
    rows = [WriteReceipt(id=new_id(), kind=kind, fingerprint="f" * 64, user=nurse) for kind in ("100%", "it's")]
    with django_assert_num_queries(1):
        insert(rows)
    beside = [WriteReceipt(id=new_id(), kind=row.kind, fingerprint="f" * 64, user=nurse) for row in rows]
    WriteReceipt.objects.bulk_create(beside)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, fingerprint, user_id FROM record_writereceipt")
        stored = cursor.fetchall()
    assert sorted(stored[:2]) == sorted(stored[2:])
    assert {row.recorded_at for row in rows} <= set(WriteReceipt.objects.values_list("recorded_at", flat=True))
    assert WriteReceipt.objects.get(pk=rows[0].pk).kind == "100%"
