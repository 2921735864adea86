"""The chain of entries: whoever changes the account behind the application's back is found, at the first bad entry."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import connection
from django.db.models import Model

from daybreak.clinic.pharmacy import chain, queries, services
from daybreak.clinic.pharmacy.models import NOTHING_BEFORE, LedgerEntry, Lot
from daybreak.clinic.record.models import AuditEntry, new_id
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.pharmacy.store import MG, Store
from tests.harness import commands

TABLE = LedgerEntry._meta.db_table


@pytest.fixture
def six(store: Store) -> Store:
    """Six entries: received, moved, drawn, given, wasted, put back."""
    lot, use = store.lot(), store.use()
    services.move(lot, store.safe, store.trolley, 500 * MG, store.nurse, write_id=new_id())
    store.draw(use, lot, 50, location=store.trolley)
    store.given(use, 35.65)
    store.waste(use, lot, 4.35)
    store.put_back(use, lot, 10)
    assert LedgerEntry.objects.count() == 6
    return store


def tamper(*statements: str, of: tuple[type[Model], ...] = (LedgerEntry, Lot, AuditEntry)) -> None:
    """Change the database as somebody with its password would: the guard is taken down first."""
    tables = [model._meta.db_table for model in of]
    with connection.cursor() as cursor:
        for table in tables:
            if connection.vendor == "postgresql":
                cursor.execute(f'DROP TRIGGER "append_only_{table}" ON "{table}"')
            else:
                cursor.execute(f'DROP TRIGGER "append_only_{table}_UPDATE"')
                cursor.execute(f'DROP TRIGGER "append_only_{table}_DELETE"')
        for statement in statements:
            cursor.execute(statement.format(table=TABLE))
            assert cursor.rowcount > 0


def found(store: Store) -> tuple[int | None, str]:
    verdict = chain.verify(store.clinic.site)
    return verdict.bad, verdict.sentence


def test_an_untouched_chain_holds_and_each_entry_names_the_one_before(six: Store) -> None:
    entries = list(LedgerEntry.objects.order_by("number"))
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.previous_hash for entry in entries] == [NOTHING_BEFORE, *(entry.hash for entry in entries[:-1])]
    verdict = chain.verify(six.clinic.site)
    assert (verdict.holds, verdict.entries, verdict.last_hash) == (True, 6, entries[-1].hash)


def test_the_database_itself_refuses_first(six: Store) -> None:
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET micrograms = 1 WHERE number = 3")


CHANGES = {
    "amount": "micrograms = micrograms + 1",
    "kind": "kind = 'found'",
    "time": "occurred_at = '2020-01-01 00:00:00+00:00'",
    "when it was recorded": "recorded_at = '2020-01-01 00:00:00+00:00'",
    "who": "recorded_by_id = NULL",
    "from where": "recorded_from = 'elsewhere'",
    "words": "words = 'nothing happened'",
    "place": "from_location_id = NULL",
    "witness": "witness_id = NULL",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_entry_is_found(six: Store, change: str) -> None:
    number = {"witness": 5, "place": 3, "words": 4}.get(change, 3)
    tamper(f"UPDATE {{table}} SET {CHANGES[change]} WHERE number = {number}")
    assert found(six) == (number, "its content is not what was written")


def test_every_column_of_an_entry_is_part_of_its_hash(six: Store) -> None:
    entry = LedgerEntry.objects.get(number=5)
    for field in LedgerEntry._meta.concrete_fields:
        if field.attname == "hash":
            continue
        changed = LedgerEntry.objects.get(number=5)
        value = getattr(changed, field.attname)
        fresh = {"DateTimeField": changed.recorded_at.replace(year=2001)}.get(field.get_internal_type())
        other = fresh or (value + 1 if isinstance(value, int) else f"{value}x" if isinstance(value, str) else new_id())
        setattr(changed, field.attname, other)
        for name in ("lot", "from_location", "to_location", "counted_in", "use"):
            changed._state.fields_cache[name] = getattr(entry, name)  # so that only the column differs
        assert chain.digest(changed) != chain.digest(entry), field.attname


def test_a_lot_given_another_number_or_day_is_found(six: Store) -> None:
    tamper(f"UPDATE {Lot._meta.db_table} SET number = 'A2'")
    assert found(six) == (1, "its content is not what was written")


def test_an_entry_gone_from_the_middle_is_found(six: Store) -> None:
    tamper("DELETE FROM {table} WHERE number = 3")
    assert found(six) == (3, "it is gone from the middle")


def test_several_gone_from_the_middle_are_named(six: Store) -> None:
    tamper("DELETE FROM {table} WHERE number IN (3, 4)")
    assert found(six) == (3, "it to 4 is gone from the middle")


def test_a_closed_gap_is_found(six: Store) -> None:
    tamper(
        "DELETE FROM {table} WHERE number = 3",
        *(f"UPDATE {{table}} SET number = {n} WHERE number = {n + 1}" for n in (3, 4, 5)),
    )
    assert found(six) == (3, "it does not follow the entry before it")


def test_an_end_that_was_cut_off_is_found_by_the_audit_trail(six: Store) -> None:
    tamper("DELETE FROM {table} WHERE number > 4")
    assert found(six) == (5, "it and what follows, to entry 6, are gone from the end")


def test_an_end_cut_off_together_with_the_audit_trail_is_found_by_the_last_count_sheet(six: Store) -> None:
    last = queries.last_entry(six.clinic.site)
    assert last is not None
    tamper(
        "DELETE FROM {table} WHERE number > 4", f"DELETE FROM {AuditEntry._meta.db_table} WHERE action = 'drug ledger'"
    )
    # The trail is made to look whole.
    for entry in LedgerEntry.objects.order_by("number"):
        AuditEntry.objects.create(
            action=chain.AUDITED, detail={"site": str(entry.site_id), "number": entry.number, "hash": entry.hash}
        )
    assert chain.verify(six.clinic.site).holds  # nothing inside the database knows
    verdict = chain.verify(six.clinic.site, printed=(last.number, last.hash[:12]))
    assert (verdict.bad, verdict.sentence) == (5, "it and what follows, to entry 6, are gone from the end")


def test_an_inserted_entry_is_found(six: Store) -> None:
    columns = ", ".join(
        f'"{field.column}"'
        for field in LedgerEntry._meta.concrete_fields
        if field.column not in ("id", "number", "corrects_id")
    )
    made = new_id().hex if connection.vendor == "sqlite" else str(new_id())
    tamper(
        f"INSERT INTO {{table}} (id, number, {columns}) SELECT '{made}', 7, {columns} FROM {{table}} WHERE number = 3"
    )
    assert found(six)[0] == 7


def test_two_that_changed_places_are_found(six: Store) -> None:
    tamper(*(f"UPDATE {{table}} SET number = {to} WHERE number = {at}" for at, to in ((3, 99), (4, 3), (99, 4))))
    assert found(six) == (3, "it does not follow the entry before it")


def test_a_chain_written_anew_from_a_changed_entry_on_is_found_by_the_audit_trail(six: Store) -> None:
    tamper("UPDATE {table} SET micrograms = 1 WHERE number = 3")
    before = LedgerEntry.objects.get(number=2).hash
    for entry in LedgerEntry.objects.filter(number__gte=3).order_by("number"):
        entry.previous_hash = before
        entry.hash = before = chain.digest(entry)
        entry.save()
    assert found(six) == (3, "the audit trail holds another hash: it was written anew")


def test_an_entry_nobody_audited_is_found(six: Store) -> None:
    tamper(f"DELETE FROM {AuditEntry._meta.db_table} WHERE action = 'drug ledger'")
    assert found(six) == (1, "the audit trail knows nothing of it")


def test_each_site_has_its_own_chain(six: Store) -> None:
    other = Store(make_clinic("Another clinic"))
    other.receive()
    assert LedgerEntry.objects.get(site=other.clinic.site).number == 1
    assert chain.verify(other.clinic.site).holds
    assert chain.verify(six.clinic.site).holds


def test_a_write_that_fails_leaves_no_gap(six: Store) -> None:
    lot = Lot.objects.get()
    with pytest.raises(ZeroDivisionError):
        services.entries.once(
            six.clinic.site, "broken", {}, six.nurse, write_id=new_id(),
            do=lambda: (chain.append(six.clinic.site, six.nurse, LedgerEntry.Kind.GIVEN, 1, lot=lot), 1 / 0),
        )  # fmt: skip
    six.receive()
    assert chain.verify(six.clinic.site).entries == 7


# ---- the command, on a database of its own -------------------------------------------------------------------------

IN_ANOTHER_PROCESS = """
import sys, threading, django
django.setup()
from django.db import connection
from daybreak.clinic.pharmacy import services
from daybreak.clinic.pharmacy.models import LedgerEntry, Lot, StorageLocation, Use
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.models import User, new_id
user, times, threads = User.objects.get(username=sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
lot, safe, use = Lot.objects.get(), StorageLocation.objects.get(name="Safe"), Use.objects.get()
wrong = []
def work():
    try:
        for _ in range(times):
            services.draw(use, lot, safe, 1000, Actor(user, "test"), write_id=new_id(), reason="draw it again")
    except BaseException as problem:
        wrong.append(repr(problem))
    finally:
        connection.close()
workers = [threading.Thread(target=work) for _ in range(threads)]
[each.start() for each in workers]
[each.join() for each in workers]
assert not wrong, wrong
"""

MAKE_A_STORE = """
import django
django.setup()
from tests.clinic.people import make_clinic
from tests.clinic.pharmacy.store import Store
store = Store(make_clinic())
store.lot(containers=100)
store.use()
print(store.clinic.users["nurse"].username, store.clinic.users["prescriber"].username)
"""


def start(database: str, *arguments: str) -> subprocess.Popen[str]:
    variables = commands.environment(database)
    variables["PYTHONPATH"] = f"{variables['PYTHONPATH']}:{commands.ROOT}"
    return subprocess.Popen(
        [sys.executable, *arguments], env=variables, cwd=commands.ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and everything it said."""
    said, _ = process.communicate(timeout=300)
    return process.returncode, said


def verify(database: str, *options: str) -> tuple[int, str]:
    return end(start(database, "-m", "daybreak.cli", "ledger", "verify", *options))


def make_a_store(database: str) -> list[str]:
    """A store in this database; the names of two people who may draw."""
    code, said = end(start(database, "-c", MAKE_A_STORE))
    assert code == 0, said
    return said.split()[-2:]


def test_two_nurses_at_once_in_processes_and_threads_make_one_chain(prepared_database: str) -> None:
    people, times, threads = make_a_store(prepared_database), 15, 3
    working = [
        start(prepared_database, "-c", IN_ANOTHER_PROCESS, person, str(times), str(threads)) for person in people
    ]
    for process in working:
        code, said = end(process)
        assert code == 0, said
    code, said = verify(prepared_database)
    assert code == 0
    assert f"{1 + len(people) * times * threads} entries, each as it was written" in said


CHANGE = f"""
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    on = ' ON "{TABLE}"' if connection.vendor == "postgresql" else ""
    cursor.execute('DROP TRIGGER "append_only_{TABLE}' + ('"' if on else '_UPDATE"') + on)
    cursor.execute("UPDATE {TABLE} SET micrograms = 1")
"""


def test_the_command_names_the_first_bad_entry_and_fails(prepared_database: str) -> None:
    make_a_store(prepared_database)
    code, said = end(start(prepared_database, "-c", CHANGE))
    assert code == 0, said
    code, said = verify(prepared_database)
    assert code == 1
    assert "Test clinic: entry 1 is the first that is not as written: its content is not what was written." in said
    assert "lacks the trigger" in said


@pytest.mark.parametrize("options", [["--site", "nowhere"], ["--printed", "rubbish"]])
def test_the_command_says_what_it_cannot_do(prepared_database: str, options: list[str]) -> None:
    code, said = verify(prepared_database, *options)
    assert code == 2
    assert "Traceback" not in said


def test_who_makes_an_entry_stands_in_it(six: Store, clinic: Clinic) -> None:
    moved = LedgerEntry.objects.get(number=2)
    assert moved.recorded_by == clinic.users[Role.NURSE]
    assert moved.recorded_from
