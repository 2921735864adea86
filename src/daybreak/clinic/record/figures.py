"""A number as a hand types it: a comma is a point.

"1,000" could be one or a thousand, and "1.234,5" is no one number at all: what can be read in two ways is asked again.
"""

import re
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms

LONGEST_SHOWN = 20


def read_figure(value: Any, *, figures: int = 6, after_a_point: int = 2, signed: bool = False) -> Decimal | None:
    """The number in a field, exactly; None when the field is empty.

    Args:
        figures: how many may stand before the point.
        after_a_point: how many may stand after one; after a comma never more than two.
        signed: whether it may be below zero.

    Raises:
        ValidationError: with what was typed and how to type it.
    """
    text = str(value or "").strip()
    if not text:
        return None
    if not _pattern(figures, after_a_point, signed).fullmatch(text):
        shown = text[:LONGEST_SHOWN]
        if _THREE_AFTER.fullmatch(text):
            point = "comma" if "," in text else "point"
            raise forms.ValidationError(
                f"“{shown}” cannot be read as one number: with three figures after the {point} it could be "
                f"{re.sub('[.,]', '', shown)} as well. Type at most two there, as 36.5, or leave the {point} out."
            )
        raise forms.ValidationError(f"“{shown}” cannot be read as one number. Type figures only, as 36.5.")
    return Decimal(text.replace(",", "."))


_THREE_AFTER = re.compile(r"-?[0-9]{1,6}[.,][0-9]{3}")


@cache
def _pattern(figures: int, after_a_point: int, signed: bool) -> re.Pattern[str]:
    sign = "-?" if signed else ""
    below_one = r"0[.,][0-9]{1,3}"  # no thousand begins with a nought
    return re.compile(rf"{sign}({below_one}|[0-9]{{1,{figures}}}(\.[0-9]{{1,{after_a_point}}}|,[0-9]{{1,2}})?)")
