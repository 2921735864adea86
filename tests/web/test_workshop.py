"""What measures Daybreak and draws its pictures is run seldom: here it is seen to find what it takes from the house."""

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.harness.commands import ROOT

WORKSHOP = sorted(path for folder in ("benchmarks", "tools") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", WORKSHOP, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_benchmark_or_a_tool_takes_from_the_house_is_there(path: Path) -> None:
    missing = [f"{module}.{name}" for module, name in taken_from_the_house(path) if not is_there(module, name)]
    assert missing == []


def taken_from_the_house(path: Path) -> Iterator[tuple[str, str]]:
    """Every name a file imports from Daybreak, also within a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "daybreak":
            yield from ((node.module or "", alias.name) for alias in node.names)


def is_there(module: str, name: str) -> bool:
    found = import_module(module)
    return hasattr(found, name) or (hasattr(found, "__path__") and find_spec(f"{module}.{name}") is not None)
