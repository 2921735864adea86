"""Memory that is free goes back to the machine. Without glibc, which has these calls, nothing happens."""

import ctypes
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

_LIBRARY = ctypes.CDLL(None)
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def keep_one_heap() -> None:
    """Let all threads allocate from one heap: each of several would keep what it freed."""
    if hasattr(_LIBRARY, "mallopt"):
        _LIBRARY.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the machine what is free on the heap now."""
    if hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)


def giving_back(work: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """Work that needs megabytes for a moment: afterwards they are free for the whole machine."""

    @wraps(work)
    def done(*arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
        try:
            return work(*arguments, **named)
        finally:
            give_back()

    return done
