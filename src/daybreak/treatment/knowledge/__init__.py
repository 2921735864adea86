"""The data files of the treatment language. Each row carries its source, status and basis."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def load(path: str) -> Any:
    """One knowledge file as plain data, for example `load("instruments/phq9.yaml")`. Do not change the result."""
    text = files(__name__).joinpath(path).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
