"""A setting or a database that cannot be used is one sentence and an exit code: for whoever sets a clinic up."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

NOT_CONFIGURED = 2
NO_DATABASE = 3  # 1 says that something is wrong in a database that was read


@contextmanager
def said_plainly() -> Iterator[None]:
    """Leave the process with a sentence instead of a traceback."""
    try:
        yield
    except ImproperlyConfigured as problem:
        _leave(str(problem), NOT_CONFIGURED)
    except Error as problem:
        _leave(
            f"The database cannot be used: {str(problem).strip()}. Look whether it "
            "runs, whether DAYBREAK_DATABASE names it, and whether `daybreak manage migrate` was run.",
            NO_DATABASE,
        )


def _leave(sentence: str, code: int) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201
    sys.exit(code)
