"""What is installed is what was locked: every package by its hash, none by the address of a registry."""

import re
import tomllib
from itertools import pairwise

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.harness.commands import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN_TIME = PROJECT["project"]["dependencies"]
WANTED = {
    "run": RUN_TIME,
    "test": RUN_TIME + PROJECT["project"]["optional-dependencies"]["test"],
    "build": PROJECT["build-system"]["requires"],
}


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def entries(name: str) -> list[str]:
    """One text per locked package: its pin, its hashes and who asked for it."""
    starts = [match.start() for match in re.finditer(r"^(?=\w)", lock_text(name), flags=re.MULTILINE)]
    return [lock_text(name)[start:end] for start, end in pairwise([*starts, None])]


def pins(name: str) -> dict[str, set[Version]]:
    """Package to locked versions: more than one where newer Pythons take a newer version."""
    found: dict[str, set[Version]] = {}
    for entry in entries(name):
        package, version = re.match(r"([\w.-]+)==(\S+)", entry).groups()  # type: ignore[union-attr]
        found.setdefault(canonicalize_name(package), set()).add(Version(version))
    return found


@pytest.mark.parametrize("lock", WANTED)
def test_every_dependency_is_locked_in_a_version_the_project_allows(lock: str) -> None:
    locked = pins(lock)
    for wanted in map(Requirement, WANTED[lock]):
        versions = locked.get(canonicalize_name(wanted.name), set())
        assert versions, f"{wanted.name} is not in requirements/{lock}.txt: run `make lock`"
        assert all(version in wanted.specifier for version in versions), f"{wanted}: run `make lock`"


@pytest.mark.parametrize("lock", WANTED)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    assert [entry for entry in entries(lock) if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_names_no_registry_and_no_folder_of_the_machine_it_was_made_on(lock: str) -> None:
    options = [line for line in lock_text(lock).splitlines() if line.startswith("-")]
    assert options == []
    assert "://" not in lock_text(lock)
    assert " @ " not in lock_text(lock)


def test_tests_run_with_the_versions_that_are_run() -> None:
    tested = pins("test")
    assert {package: tested.get(package) for package in pins("run")} == pins("run")
