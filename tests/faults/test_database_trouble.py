"""The database is locked, read-only, full or gone: the nurse reads why, nothing is half-saved, and what was typed is
saved when it is sent again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection
from django.test import Client

from daybreak.clinic.record.models import WriteReceipt
from daybreak.clinic.treatment_day.models import Reading
from tests.exchange.ward import another
from tests.faults.conftest import Ward
from tests.harness.tablet import entry

LONGEST = 500  # entries until a full database must have said so
NO_BOUND = 1_073_741_823  # pages, SQLite's own default

Trouble = Callable[[], AbstractContextManager[None]]


def say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def ask(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


@contextmanager
def locked_file() -> Iterator[None]:
    say("PRAGMA busy_timeout = 20")
    with another() as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def locked_table() -> Iterator[None]:
    say("SET lock_timeout = '20ms'")
    with another() as other:
        other.execute("BEGIN")
        other.execute(f"LOCK TABLE {WriteReceipt._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only_disk() -> Iterator[None]:
    say("PRAGMA query_only = 1")
    yield
    say("PRAGMA query_only = 0")


@contextmanager
def full_disk() -> Iterator[None]:
    say(f"PRAGMA max_page_count = {ask('PRAGMA page_count')}")
    yield
    say(f"PRAGMA max_page_count = {NO_BOUND}")


@contextmanager
def cut_connection() -> Iterator[None]:
    ours = ask("SELECT pg_backend_pid()")
    with another() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ours])
    yield
    connection.close()  # as at the end of a request: the next one connects anew


TROUBLES = {"sqlite": (locked_file, read_only_disk, full_disk), "postgresql": (locked_table, cut_connection)}


@pytest.fixture
def tablet(ward: Ward) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = ward.nurse_key
    return client


def values() -> dict[str, str]:
    return entry(systolic="124", diastolic="78", heart_rate="72")


@pytest.mark.parametrize("trouble", TROUBLES[connection.vendor])
def test_an_entry_is_not_saved_in_half_and_is_saved_when_sent_again(
    ward: Ward, tablet: Client, trouble: Trouble, figure: Callable[[str], None]
) -> None:
    before, saved = Reading.objects.count(), 0

    def send(typed: dict[str, str]) -> tuple[int, dict[str, str]]:
        response = tablet.post(f"{ward.path}readings", typed, headers={"Accept": "application/json"})
        return response.status_code, response.json()

    with trouble():
        while (answer := send(waiting := values()))[0] == 200 and saved < LONGEST:
            saved += 1
    status, said = answer
    assert status == 503
    assert "database" in said["trouble"]
    assert "refused" not in said, "a tablet would put a refused entry aside and not send it again"
    assert Reading.objects.count() == before + 3 * saved

    assert send(waiting) == (200, {"saved": waiting["write_id"]})
    assert Reading.objects.count() == before + 3 * (saved + 1)
    figure(
        f"{trouble.__name__.replace('_', ' ').capitalize()}: {saved} saved before it, 1 answered 503 and saved later."
    )


@pytest.mark.parametrize("trouble", TROUBLES[connection.vendor])
def test_a_form_without_a_script_gets_a_page_that_says_so(ward: Ward, tablet: Client, trouble: Trouble) -> None:
    with trouble():
        for _ in range(LONGEST):
            response = tablet.post(f"{ward.path}readings", values())
            if response.status_code != 302:
                break
    assert response.status_code == 503
    page = response.content.decode()
    assert "Nothing was half-saved" in page
    assert "blank session sheet" in page
