"""Queries that every request makes and rows that every entry stores, with their SQL worked out once.

To find the SQL of a query takes Django a third of a millisecond, to run it a tenth of that. What each request asks
again with one other key (whose browser, who, which session) is therefore prepared; everything else is a query set.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators

Row = TypeVar("Row")
Key = UUID | str


class Prepared(Generic[Row]):
    """A query of one key: `Prepared(lambda key: User.objects.filter(pk=key)).first(user_id)`.

    The rows are those of the query set: objects with what it `select_related`, or tuples of `values_list`.
    """

    def __init__(self, rows: Callable[[Any], QuerySet[Any, Row]], key: type[Key] = UUID) -> None:
        self._rows, self._key = rows, key

    def all(self, key: Key) -> list[Row]:
        """Every row for this key. One query."""
        return self._statement().run(key)

    def first(self, key: Key) -> Row | None:
        """The first row for this key, or None."""
        found = self.all(key)
        return found[0] if found else None

    def _statement(self) -> "_Statement[Row]":
        # Kept with the connection: each thread has one of its own, and the SQL is that of its database.
        database = connections[DEFAULT_DB_ALIAS]
        kept: dict[object, _Statement[Row]] = database.__dict__.setdefault("prepared", {})
        if self not in kept:
            stand_in = uuid4() if self._key is UUID else uuid4().hex
            kept[self] = _Statement(self._rows(stand_in), stand_in, database)
        return kept[self]


class _Statement(Generic[Row]):
    """The SQL of a query set with a place for the key, and how its rows are read."""

    def __init__(self, rows: QuerySet[Any, Row], stand_in: Key, database: BaseDatabaseWrapper) -> None:
        self._database = database
        self._compiler = rows.query.get_compiler(connection=database)
        self._sql, given = self._compiler.as_sql()
        wanted = as_parameter(stand_in, database)
        self._given = [None if value == wanted else value for value in given]
        if self._given.count(None) != 1:
            raise ValueError(f"A prepared query takes its key in one place. This one takes it elsewhere: {self._sql}")
        self._converters = self._compiler.get_converters([column for column, *_ in self._compiler.select])
        about = self._compiler.klass_info
        self._model = rows.model if issubclass(rows._iterable_class, ModelIterable) else None
        if self._model:
            first, last = about["select_fields"][0], about["select_fields"][-1] + 1
            self._own = slice(first, last)
            self._names = [column.target.attname for column, *_ in self._compiler.select[self._own]]
            self._related = get_related_populators(about, self._compiler.select, database.alias)

    def run(self, key: Key) -> list[Row]:
        parameter = as_parameter(key, self._database)
        with self._database.cursor() as cursor:
            cursor.execute(self._sql, [parameter if value is None else value for value in self._given])
            rows = cursor.fetchall()
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return [self._read(row) for row in rows]

    def _read(self, row: Any) -> Any:
        if self._model is None:
            return tuple(row)
        found = self._model.from_db(self._database.alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, found)
        return found


def insert(rows: Sequence[Model]) -> None:
    """Store a few new rows of one model in one query, as `bulk_create` does."""
    database = connections[DEFAULT_DB_ALIAS]
    fields, sql = _insertion(type(rows[0]), len(rows), database.vendor)
    given = [field.get_db_prep_save(getattr(row, field.attname), database) for row in rows for field in fields]
    with database.cursor() as cursor:
        cursor.execute(sql, given)
    for row in rows:
        row._state.adding, row._state.db = False, database.alias


@cache
def _insertion(model: type[Model], rows: int, vendor: str) -> tuple[Sequence[Any], str]:
    fields, quoted = model._meta.concrete_fields, connections[DEFAULT_DB_ALIAS].ops.quote_name
    table, columns = quoted(model._meta.db_table), ", ".join(quoted(field.column) for field in fields)
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * rows)
    return fields, f"INSERT INTO {table} ({columns}) VALUES {places}"  # noqa: S608 - no value among the words


def as_parameter(key: Key, database: BaseDatabaseWrapper) -> Key:
    """The key as this database takes it: SQLite has no type for ids."""
    if isinstance(key, UUID) and not database.features.has_native_uuid_field:
        return key.hex
    return key
