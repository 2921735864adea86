"""Every release of the shipped data, kept whole, so that a result can be held against what it was.

A release is one ZIP file of the tables and words its version is a hash of. `python -m daybreak.evidence.releases`
keeps the data as they stand; `data/about.yaml` then gets a line for them, the newest last.
"""

import io
import zipfile
from functools import lru_cache
from pathlib import Path

from daybreak.evidence import data
from daybreak.evidence.dataset import FILES, DataSet, dataset, read_files

_FOLDER = "releases"
_SAME_DAY = (1980, 1, 1, 0, 0, 0)  # in every file's entry: the same data make the same bytes


def releases() -> tuple[str, ...]:
    """The versions that are kept, the oldest first."""
    return tuple(each["version"] for each in data.load("about.yaml")["releases"])


@lru_cache(maxsize=4)
def release(version: str) -> DataSet:
    """The data of a release, read by today's checks.

    Raises:
        ValueError: for a version that is not kept; the sentence names those that are.
    """
    if version not in releases():
        raise ValueError(f"{version!r} is no version that is kept. Choose one of {', '.join(releases())}.")
    with zipfile.ZipFile(io.BytesIO(data.content(f"{_FOLDER}/{version}.zip"))) as kept:
        files = {name: kept.read(name).decode() for name in FILES}
    return read_files(files, date=version.partition("+")[0])


def keep(folder: Path) -> Path:
    """Write the shipped data into a folder as a release, and return the file."""
    into = folder / f"{dataset().version}.zip"
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as kept:
        for name in FILES:
            entry = zipfile.ZipInfo(name, _SAME_DAY)
            kept.writestr(entry, data.text(name), zipfile.ZIP_DEFLATED, 9)
    return into


if __name__ == "__main__":
    print(keep(Path(__file__).parent / "data" / _FOLDER))  # noqa: T201
