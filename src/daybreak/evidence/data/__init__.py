"""The data files of the evidence: trials, arms, results, and the words they are written in. See docs/evidence.md."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def text(name: str) -> str:
    """The content of one data file."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def content(name: str) -> bytes:
    """The content of one data file that is no text."""
    return files(__name__).joinpath(name).read_bytes()


@cache
def load(name: str) -> Any:
    """One YAML file as plain data. Do not change the result."""
    return yaml.load(text(name), Loader=_Loader)  # noqa: S506 - a safe loader
