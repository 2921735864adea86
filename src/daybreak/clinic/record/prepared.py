"""Queries that every request makes and rows that every entry stores, with their SQL worked out once.

To find the SQL of a query takes Django a third of a millisecond, to run it a tenth of that. What each request asks
again with one other key (whose browser, who, which session) is therefore prepared, and what each message of a monitor
asks; everything else is a query set.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators

Row = TypeVar("Row")
Key = UUID | str | datetime


class Prepared(Generic[Row]):
    """A query of one key: `Prepared(lambda key: User.objects.filter(pk=key)).first(user_id)`.

    The rows are those of the query set: objects with what it `select_related` and annotates, or tuples of
    `values_list`. A query of several keys names the type of each:
    `Prepared(lambda who, since: ..., key=(UUID, datetime))`.
    """

    def __init__(self, rows: Callable[..., QuerySet[Any, Row]], key: type[Key] | tuple[type[Key], ...] = UUID) -> None:
        self._rows, self._types = rows, key if isinstance(key, tuple) else (key,)

    def all(self, *keys: Key) -> list[Row]:
        """Every row for these keys. One query."""
        return self._statement().run(keys)

    def first(self, *keys: Key) -> Row | None:
        """The first row for these keys, or None."""
        found = self.all(*keys)
        return found[0] if found else None

    def _statement(self) -> "_Statement[Row]":
        # Kept with the connection: each thread has one of its own, and the SQL is that of its database.
        database = connections[DEFAULT_DB_ALIAS]
        kept: dict[object, _Statement[Row]] = database.__dict__.setdefault("prepared", {})
        if self not in kept:
            stand_ins = [_stand_in(kind, number) for number, kind in enumerate(self._types)]
            kept[self] = _Statement(self._rows(*stand_ins), stand_ins, database)
        return kept[self]


def _stand_in(kind: type[Key], number: int) -> Key:
    """A key nobody has, to find the place of one in the SQL."""
    if kind is datetime:
        return datetime(1900, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return uuid4() if kind is UUID else uuid4().hex


class _Statement(Generic[Row]):
    """The SQL of a query set with a place for each key, and how its rows are read."""

    def __init__(self, rows: QuerySet[Any, Row], stand_ins: Sequence[Key], database: BaseDatabaseWrapper) -> None:
        self._database = database
        self._compiler = rows.query.get_compiler(connection=database)
        self._sql, given = self._compiler.as_sql()
        self._given = list(given)
        wanted = [as_parameter(key, database) for key in stand_ins]
        if any(self._given.count(key) != 1 for key in wanted):
            raise ValueError(f"A prepared query takes a key in one place. This one takes it elsewhere: {self._sql}")
        self._places = [self._given.index(key) for key in wanted]
        self._converters = self._compiler.get_converters([column for column, *_ in self._compiler.select])
        about = self._compiler.klass_info
        self._model = rows.model if issubclass(rows._iterable_class, ModelIterable) else None
        if self._model:
            first, last = about["select_fields"][0], about["select_fields"][-1] + 1
            self._own = slice(first, last)
            self._names = [column.target.attname for column, *_ in self._compiler.select[self._own]]
            self._related = get_related_populators(about, self._compiler.select, database.alias)
            self._annotated = dict(self._compiler.annotation_col_map)

    def run(self, keys: Sequence[Key]) -> list[Row]:
        parameters = list(self._given)
        for place, key in zip(self._places, keys, strict=True):
            parameters[place] = as_parameter(key, self._database)
        with self._database.cursor() as cursor:
            cursor.execute(self._sql, parameters)
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
        for name, place in self._annotated.items():
            setattr(found, name, row[place])
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
    """The key as this database takes it: SQLite has no type for ids, nor for times."""
    if isinstance(key, datetime):
        taken: Key = database.ops.adapt_datetimefield_value(key)
        return taken
    if isinstance(key, UUID) and not database.features.has_native_uuid_field:
        return key.hex
    return key
