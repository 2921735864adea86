"""Which passwords are refused: a common or a repeated word, one's own name or the clinic's with little beside."""

import re
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from daybreak.clinic.record.models import User

LEAST_LENGTH, LEFT_BESIDE_NAMES, SHORTEST_NAME = 12, 6, 3  # characters; all ours
RULE = (
    f"{LEAST_LENGTH} characters or more, letters among them. No common word, also not with figures behind it, nothing "
    "repeated, and not your name or the clinic’s. Four words that have nothing to do with each other are good."
)


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


class WordValidator:
    """What is left of a password once figures, signs, repetition and names are taken off must be no common word."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse what somebody would try first.

        Raises:
            ValidationError: with a sentence.
        """
        letters = re.sub(r"[\W\d_]", "", password.casefold())
        once = _once(letters)
        if _once(password.casefold()) != password.casefold() or (letters and once != letters):
            raise ValidationError("This password repeats itself. Take several words.", code="password_repeated")
        if not letters or once in _common():
            raise ValidationError(
                "This password is a common word with figures or signs, or has no letter. Take several words.",
                code="password_common_word",
            )
        left = letters
        for name in _names(user):
            left = left.replace(name, "")
        if left != letters and len(left) < LEFT_BESIDE_NAMES:
            raise ValidationError(
                "This password is little more than your name or the clinic’s. Take words that are no names.",
                code="password_of_names",
            )

    def get_help_text(self) -> str:
        return RULE


def _once(text: str) -> str:
    """The part that is repeated to make this text, or the text itself."""
    for length in range(1, len(text) // 2 + 1):
        if text == text[:length] * (len(text) // length):
            return text[:length]
    return text


def _names(user: User | None) -> list[str]:
    """Every word of the person's names and the clinic's, the longest first, and what this software is called."""
    said = [user.username, user.display_name, user.site.name if user.site else ""] if user else []
    words = {word for each in said for word in re.split(r"[\W\d_]+", each.casefold()) if len(word) >= SHORTEST_NAME}
    return sorted(words | {"daybreak"}, key=len, reverse=True)
