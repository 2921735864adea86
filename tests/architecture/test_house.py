"""What may stand in no file of the house, and what each must be. (Its arrows are checked by `make check`.)"""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.harness.commands import ROOT
from tools.run_tests import SUITES

SOURCE = ROOT / "src" / "daybreak"
# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = [r"/ho" + r"me/\w", r"/ro" + r"ot/\w", r"/wo" + r"rk/(main|shared)", r"/Us" + r"ers/\w"]
REGISTRY_HOSTS = [
    r"py" + r"pi\.",
    r"pythonho" + r"sted",
    r"regis" + r"try\.npm",
    r"index-u" + r"rl\s*[= ]\s*\S*:/",
]
FORBIDDEN = re.compile("|".join(MACHINE_PATHS + REGISTRY_HOSTS).encode())


def project_files() -> list[Path]:
    """Every file that is, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_package_registry_or_a_folder_of_somebodys_machine() -> None:
    found = {
        str(path.relative_to(ROOT)): match.group().decode()
        for path in project_files()
        if (match := FORBIDDEN.search(path.read_bytes()))
    }
    assert found == {}


@pytest.mark.parametrize("name", sorted(str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.yaml")))
def test_every_knowledge_file_is_readable_and_repeats_no_key(name: str) -> None:
    """YAML itself lets the second of two equal keys win in silence: a rule would vanish."""
    assert yaml.load((SOURCE / name).read_text(), StrictLoader) is not None


class StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses a repeated key."""


def _mapping_without_repeats(loader: StrictLoader, node: yaml.MappingNode) -> dict[object, object]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
    assert not repeated, f"{', '.join(repeated)} stands twice{node.start_mark}"
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats)


def test_every_test_is_run_by_make_test() -> None:
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders <= {folder for suite in SUITES for folder in suite.folders}
