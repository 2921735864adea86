"""The four referrals of the demonstration, as files another system would send. See `data/referrals/README.md`."""

import gzip
from importlib.resources import files
from pathlib import Path

NAMES = ("major-depression", "fibromyalgia", "chronic-pain", "neuropathy")


def referral(name: str) -> bytes:
    """One FHIR R4 bundle as JSON; `name` is one of `NAMES`.

    Raises:
        KeyError: if there is no such referral.
    """
    if name not in NAMES:
        raise KeyError(name)
    return gzip.decompress(files(__package__).joinpath(f"data/referrals/{name}.json.gz").read_bytes())


def unpack(folder: Path) -> list[Path]:
    """All four written into a folder as .json files, ready to upload. Existing files are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.json" for name in NAMES]
    for path in paths:
        path.write_bytes(referral(path.stem))
    return paths
