"""Facts cannot be changed or removed, whatever asks: the database itself refuses."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from daybreak.clinic.record import append_only, audit
from daybreak.clinic.record.models import AuditEntry, CourseEvent, Fact, WriteReceipt, new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic


def test_every_fact_table_is_guarded(db: None) -> None:
    guarded = set(append_only.append_only_models())
    assert {AuditEntry, WriteReceipt, CourseEvent} <= guarded
    assert all(model in guarded for model in Fact.__subclasses__())
    assert append_only.missing_triggers() == []


@pytest.mark.parametrize("statement", ["UPDATE {table} SET action = 'x'", "DELETE FROM {table}"])
def test_an_audit_entry_stays_as_it_was(clinic: Clinic, statement: str) -> None:
    audit.record(clinic.actor(Role.NURSE), "opened", patient=clinic.patient)
    before = list(AuditEntry.objects.values())
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table=AuditEntry._meta.db_table))
    assert list(AuditEntry.objects.values()) == before


def test_the_object_relational_mapper_is_refused_too(clinic: Clinic) -> None:
    event = CourseEvent.objects.get(course=clinic.course)
    event.reason = "another"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()


def test_replace_and_truncate_do_not_slip_past(clinic: Clinic) -> None:
    receipt = WriteReceipt.objects.create(id=new_id(), kind="test", fingerprint="a", user=None)
    table = WriteReceipt._meta.db_table
    if connection.vendor == "sqlite":
        statement = f"INSERT OR REPLACE INTO {table} (id, kind, fingerprint, recorded_at) VALUES (%s, 'x', 'b', %s)"
        values = [receipt.pk.hex, timezone.now()]
    else:
        statement, values = f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table}", []
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
    assert WriteReceipt.objects.get(pk=receipt.pk).fingerprint == "a"


def test_a_missing_trigger_stops_the_start_and_migrate_brings_it_back(db: None) -> None:
    name = f"append_only_{AuditEntry._meta.db_table}"
    drop = (
        f'DROP TRIGGER "{name}" ON "{AuditEntry._meta.db_table}"'
        if connection.vendor == "postgresql"
        else f'DROP TRIGGER "{name}_UPDATE"'
    )
    with connection.cursor() as cursor:
        cursor.execute(drop)
    with pytest.raises(Exception, match="migrate"):
        append_only.require_triggers()
    append_only.install_after_migrate()
    append_only.require_triggers()
