"""The clinic under measurement: a filled database behind two servers, and browsers that are signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import harness
from benchmarks.harness import Server
from benchmarks.load import Client

NOBODY = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as somebody of this role opens it, and the database queries it takes."""

    name: str
    role: str
    path: str
    queries: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A treatment day under way, with what the bare project needs to store the same row."""

    path: str
    session: str
    patient: str
    user: str


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom and what is measured. Keys are those of browser sessions, by role."""

    keys: dict[str, str]
    bare_key: str
    bare_page: str
    pages: tuple[Page, ...]
    open_sessions: tuple[OpenSession, ...]


@dataclass(frozen=True, slots=True)
class Clinic:
    """Two servers over the same records."""

    daybreak: Server
    bare: Server
    subjects: Subjects

    def browser(self, role: str) -> Client:
        """A browser in which somebody of this role is signed in to Daybreak."""
        return Client(self.daybreak.port, self.subjects.keys[role])

    def bare_browser(self) -> Client:
        """A browser in which a nurse is signed in to the bare project."""
        return Client(self.bare.port, self.subjects.bare_key)


@contextmanager
def prepared_clinic() -> Iterator[Clinic]:
    """Fill a database and serve it, and a copy of it from the bare project, until the block ends."""
    with TemporaryDirectory(prefix="daybreak-benchmarks-") as folder:
        database = Path(folder) / "daybreak.sqlite3"
        harness.become_daybreak(harness.sqlite(database))
        # Only now: they import Django's models.
        from benchmarks import filling, subjects

        filling.fill()
        found = subjects.find()
        copied = harness.copy_database(database, Path(folder) / "bare.sqlite3")
        with (
            harness.serving(harness.DAYBREAK, harness.sqlite(database)) as daybreak,
            harness.serving(harness.BARE, harness.sqlite(copied)) as bare,
        ):
            yield Clinic(daybreak, bare, found)
