"""The database's own refusal to change facts.

Every model with `append_only = True` gets triggers that refuse UPDATE, DELETE and TRUNCATE, on SQLite and on
PostgreSQL. Django rebuilds a SQLite table when a field changes and the triggers vanish with the old table, so
they are installed after every migrate and looked for at every start.
"""

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS "append_only_{table}_{event}" BEFORE {event} ON "{table}"
BEGIN SELECT RAISE(ABORT, '{table} is append-only: {event} refused'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION daybreak_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
_POSTGRESQL = """
CREATE OR REPLACE TRIGGER "append_only_{table}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION daybreak_append_only()
"""
_SQLITE_EVENTS = ("UPDATE", "DELETE")


def append_only_models() -> list[type[models.Model]]:
    """Every model whose rows are never changed."""
    return [model for model in apps.get_models() if getattr(model, "append_only", False)]


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """Install the triggers on every append-only table that exists by now."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    tables = [model._meta.db_table for model in append_only_models() if model._meta.db_table in existing]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for table in tables:
            for statement in _statements(connection.vendor, table):
                cursor.execute(statement)


def _statements(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [_POSTGRESQL.format(table=table)]
    return [_SQLITE.format(table=table, event=event) for event in _SQLITE_EVENTS]


def missing_triggers(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The names of triggers that should be in the database and are not."""
    connection = connections[using]
    present = _present(connection)
    tables = [model._meta.db_table for model in append_only_models()]
    if connection.vendor == "postgresql":
        expected = [f"append_only_{table}" for table in tables]
    else:
        expected = [f"append_only_{table}_{event}" for table in tables for event in _SQLITE_EVENTS]
    return [name for name in expected if name not in present]


def _present(connection: BaseDatabaseWrapper) -> set[str]:
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def require_triggers(using: str = DEFAULT_DB_ALIAS) -> None:
    """Refuse to start on a database that would let facts be changed.

    Raises:
        ImproperlyConfigured: naming the first missing trigger and what to do.
    """
    missing = missing_triggers(using)
    if missing:
        raise ImproperlyConfigured(
            f"The database lacks the trigger {missing[0]!r} ({len(missing)} missing), so facts could be changed. "
            "Run `daybreak manage migrate`, which installs them."
        )
