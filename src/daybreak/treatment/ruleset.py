"""Which rules are in force: a version that a medical director's signature can name."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from daybreak.treatment.knowledge import load


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The content of every knowledge file: the day of the newest revision and a digest of all of it."""

    revised: date
    digest: str  # SHA-256, hexadecimal

    @property
    def version(self) -> str:
        """For example "2026-11-23-1f0c9a5be2d7"."""
        return f"{self.revised.isoformat()}-{self.digest[:12]}"


@cache
def rule_set() -> RuleSet:
    """The rule set this installation ships. A site's own thresholds are facts beside it."""
    texts = {path: file.read_text(encoding="utf-8") for path, file in _knowledge_files()}
    revised = (load(path).get("revised") for path in texts)
    return RuleSet(max(day for day in revised if day), digest_of(texts))


def digest_of(texts: Mapping[str, str]) -> str:
    """One digest for files by path; their order does not matter, every path and character does."""
    digest = hashlib.sha256()
    for path, text in sorted(texts.items()):
        for part in (path, text):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _knowledge_files() -> Iterator[tuple[str, Traversable]]:
    def walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
        for entry in folder.iterdir():
            if entry.is_dir():
                yield from walk(entry, f"{prefix}{entry.name}/")
            elif entry.name.endswith(".yaml"):
                yield f"{prefix}{entry.name}", entry

    return walk(files("daybreak.treatment.knowledge"), "")
