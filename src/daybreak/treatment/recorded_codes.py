"""Which of what a record holds is meant by a rule: by code, or by a word of its text."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from daybreak.treatment.eligibility_rules import Codes
from daybreak.treatment.patient_facts import Coded


def matching(codes: Codes, recorded: Iterable[Coded] | None) -> Iterator[Coded]:
    for item in recorded or ():
        system, code = item.system or "", item.code or ""
        if (
            ("icd-10" in system and any(_icd_matches(code, pattern) for pattern in codes.icd10cm))
            or ("snomed" in system and code in codes.snomed)
            or any(word in item.text.lower() for word in codes.text)
        ):
            yield item


def _icd_matches(code: str, pattern: str) -> bool:
    """Claims often write a code without its point, and a category alone stands for all below it."""
    plain, wanted = code.upper().replace(".", ""), pattern.replace(".", "")
    return fnmatchcase(plain, wanted)


def names_any(text: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", text.lower()) for name in names)
