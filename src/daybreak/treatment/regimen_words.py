"""From a clinician's sentence to its phrases.

Which words there are stands in `regimen_vocabulary`; what the phrases mean together, and the rules of the language, in
`regimen_language`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.phases import THREE_TIMES_WEEKLY, TWICE_WEEKLY, Rhythm, every
from daybreak.treatment.regimen import RegimenError
from daybreak.treatment.regimen_vocabulary import (
    DAYS,
    DAYS_PER_WEEK,
    DOSES,
    MINUTES,
    NAMES,
    NUMBERS,
    ORDINALS,
    REFUSED,
    RELEASES,
    REST,
    SILENT,
    TIMES_WEEKLY,
)

LONGEST_TEXT = 50_000  # characters; room for the longest regimen that `say` can put into words
LARGEST_NUMBER = 100_000  # beyond any dose, day or duration; stops a slip before it is reckoned with
EXAMPLE = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks"

_TOKEN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<word>[a-zµμ]+(?:\.[a-z]+)*\.?)|(?P<mark>[,;/])")
_DECIMAL_COMMA = re.compile(r"(?<![0-9])[0-9]+,[0-9]+(?=\s*(?:mg|min|h|µ|μ|mc|g)\b)")
_END = ""


@dataclass(slots=True)
class Phrase:
    """What one phase says of itself. What it leaves out is carried over from the phase before."""

    drug: Drug | None = None
    route: Route | None = None
    amount: tuple[Decimal, str] | None = None  # with its unit: mg, mg/kg, mg/h, mg/kg/h
    manner: Manner | None = None
    duration_min: Decimal | None = None  # zero for a bolus
    once: bool | None = None
    rhythm: Rhythm | None = None
    length_days: int | None = None
    count: int | None = None
    from_day: int | None = None  # counted from zero
    days: tuple[int, ...] | None = None  # counted from zero


def read(text: str) -> list[Phrase]:
    """The phrases of a sentence, in order.

    Raises:
        RegimenError: if a word is not understood, with the word and what could be written.
    """
    if len(text) > LONGEST_TEXT:
        raise RegimenError(f"The regimen is {len(text):,} characters long. Write it in at most {LONGEST_TEXT:,}.")
    reader = _Reader(_tokens(text))
    phrases = [reader.phrase()]
    while reader.skip_to_next_phase():
        phrases.append(reader.phrase())
    return phrases


def _tokens(text: str) -> list[str]:
    text = text.strip().lower().replace("×", " x ").rstrip(".")
    text = text.replace("s-ketamine", "esketamine").replace("racemic ketamine", "ketamine")
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    text = re.sub(r"(?<![a-z])x(?=[0-9])", "x ", text)
    if found := _DECIMAL_COMMA.search(text):
        point = found.group().replace(",", ".")
        raise RegimenError(f"'{found.group()}' can be read in two ways. Write a decimal point: {point}.")
    tokens, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise _bad_character(text, at)
        token = match.group()
        tokens.append({"per": "/"}.get(token, token.replace(".", "") if match["word"] else token))
        at = match.end()
    return tokens


def _bad_character(text: str, at: int) -> RegimenError:
    character, after = text[at], text[at + 1 : at + 2].isdigit()
    if character in "-–—":
        return RegimenError("A regimen has no minus sign and no range. Write one amount above zero, as 56 mg.")
    if character == "." and after:
        return RegimenError("A number cannot begin with a point. Write 0.5, not .5.")
    return RegimenError(f"The character '{character}' is not understood. Write, for example: {EXAMPLE}.")


class _Reader:
    """Walks along the words of a sentence."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else _END

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def take_if(self, *words: str) -> bool:
        if self.peek() in words and self.peek() != _END:
            self.at += 1
            return True
        return False

    def skip_to_next_phase(self) -> bool:
        """Step over the words between two phases; False at the end of the sentence."""
        separated = False
        while self.peek() in (",", ";", "then", "followed", "and"):
            word = self.take()
            if word == "followed" and not self.take_if("by"):
                raise _unknown("followed")
            separated = separated or word != ","
        if self.peek() == _END and not separated:
            return False
        if self.peek() == _END:
            raise RegimenError("The regimen ends with 'then'. Write what follows, or leave the word out.")
        return True

    def phrase(self) -> Phrase:
        phrase = Phrase()
        while self.peek() not in (_END, ";", "then", "followed", "and"):
            self.clause(phrase)
        if phrase == Phrase():
            raise RegimenError(f"A phase of the regimen is empty. Write, for example: {EXAMPLE}.")
        return phrase

    def clause(self, phrase: Phrase) -> None:
        word = self.take()
        if word == ",":
            return
        if word[0].isdigit() or word in NUMBERS:
            self.after_number(phrase, _number(word), word)
        elif word in NAMES:
            _say(phrase, *NAMES[word])
        elif manner := self.manner(word):
            _say(phrase, "manner", manner, "how it is taken")
        elif word == "bolus":
            _say(phrase, "duration_min", Decimal(0), "the duration")
        elif word in ("over", "for"):
            self.length(phrase, word)
        elif word == "x":
            self.after_x(phrase)
        elif word in ("once", "twice", "thrice"):
            self.times(phrase, ("once", "twice", "thrice").index(word) + 1)
        elif word == "every":
            _say(phrase, "rhythm", self.every(), "how often")
        elif word in ("on", "from"):
            self.anchor(phrase, word)
        elif word not in SILENT:
            raise _unknown(word)

    def after_number(self, phrase: Phrase, number: Decimal, written: str) -> None:
        unit = self.take()
        if unit == "mg":
            _say(phrase, "amount", (number, self.amount_unit()), "the amount")
        elif unit in DOSES:
            self.doses(phrase, _whole(number, unit))
        elif unit in ("x", "times"):
            self.times(phrase, _whole(number, "times"))
        elif unit == "/" and self.peek() == "week":
            self.times(phrase, _whole(number, "doses a week"))
        elif unit in MINUTES or unit in DAYS:
            raise RegimenError(f"Write 'over {written} {unit}' for an infusion, 'for {written} {unit}' for a length.")
        elif unit in REFUSED:
            raise _unknown(unit)
        elif unit == "e":
            raise RegimenError(
                f"The amount {written}e{self.peek()} cannot be read. Write it in plain digits, as 35 mg."
            )
        else:
            raise RegimenError(f"The number {written} has no unit. Write mg, mg/kg, min, weeks or doses after it.")

    def amount_unit(self) -> str:
        unit = "mg"
        while self.take_if("/"):
            part = self.take()
            if (unit, part) == ("mg", "kg"):
                unit += "/kg"
            elif MINUTES.get(part) == 60 and not unit.endswith("/h"):
                unit += "/h"
            else:
                raise RegimenError(f"'{unit}/{part}' is not a unit here. Write mg, mg/kg, mg/h or mg/kg/h.")
        return unit

    def manner(self, word: str) -> Manner | None:
        """`prolonged release`, `immediate release`, `spat out`, `swallowed`; None if it is another word."""
        if word in REST:
            self.take_if("out")
            return REST[word]
        return RELEASES[word] if word in RELEASES and self.take_if("release") else None

    def doses(self, phrase: Phrase, count: int) -> None:
        """`6 doses`, `6 doses over 3 weeks`."""
        _say(phrase, "count", count, "the number of doses")
        if self.peek() == "over" and self.peek(2) in DAYS:
            self.take()
            days = _whole(self.number(), "over") * DAYS[self.take()]
            _say(phrase, "rhythm", _spread(count, days), "how often")

    def length(self, phrase: Phrase, word: str) -> None:
        """`over 40 min`, `for 3 weeks`, `for 6 doses`."""
        number = self.number()
        unit = self.take()
        if unit in MINUTES:
            _say(phrase, "duration_min", number * MINUTES[unit], "the duration")
        elif unit in DAYS and word == "for":
            _say(phrase, "length_days", _whole(number * DAYS[unit], "days"), "its length")
        elif unit in DOSES and word == "for":
            self.doses(phrase, _whole(number, unit))
        else:
            raise RegimenError(
                f"'{word} {number:f} {unit}' is not understood. Write 'over 40 min', 'for 3 weeks' or '6 doses'."
            )

    def after_x(self, phrase: Phrase) -> None:
        """`x6`, `x 6 weeks`."""
        if self.peek(1) in DAYS:
            self.length(phrase, "for")
        else:
            self.doses(phrase, _whole(self.number(), "doses"))
            self.take_if(*DOSES)

    def times(self, phrase: Phrase, times: int) -> None:
        """`once`, `twice weekly`, `3 times a week`, `once every 2 weeks`, `6 times`."""
        if self.peek() == "every" and times == 1:
            return  # the next clause says the rest
        joined = self.take_if("a", "/", "each")
        period = {"weekly": "week", "daily": "day", "monthly": "month"}.get(self.peek(), self.peek())
        if period == "week" and times in TIMES_WEEKLY:
            rhythm = TIMES_WEEKLY[times]
        elif period in ("day", "month") and times == 1:
            rhythm = every(DAYS[period])
        elif period in ("week", "day", "month") or joined:
            raise RegimenError(
                f"{times} times a {period or 'what'} is not understood. "
                "Write once, twice or three times weekly, daily, every 3 days or monthly."
            )
        else:
            single = times == 1
            _say(phrase, "once" if single else "count", single or times, "the number of doses")
            return
        self.take()
        _say(phrase, "rhythm", rhythm, "how often")

    def every(self) -> Rhythm:
        """`every week`, `every other week`, `every 3 days`."""
        word = self.peek()
        if word in DAYS:
            number = 1
        elif word in ORDINALS:
            number = ORDINALS[self.take()]
        else:
            number = _whole(self.number(), "every")
        unit = self.take()
        if unit not in DAYS:
            raise RegimenError(f"'every {number} {unit}' is not understood. Write it in days, weeks or months.")
        return every(number * DAYS[unit])

    def anchor(self, phrase: Phrase, word: str) -> None:
        """`from day 22`, `on days 1, 4 and 9`. Day 1 is the day of the first dose of the regimen."""
        if not self.take_if("day", "days"):
            raise RegimenError(f"After '{word}' comes a day of the course. Write '{word} day 8'.")
        days = [self.day()]
        while word == "on" and self.peek() in (",", "and") and self.peek(1)[:1].isdigit() and self.lists(2):
            self.take()
            days.append(self.day())
        if word == "from":
            _say(phrase, "from_day", days[0], "the day it starts")
        else:
            _say(phrase, "days", tuple(days), "the days")

    def lists(self, ahead: int) -> bool:
        """Whether the number before this word is one of a list of days, not an amount or a count."""
        return self.peek(ahead) in (_END, ",", ";", "and", "then", "followed")

    def day(self) -> int:
        return _whole(self.number(), "day") - 1

    def number(self) -> Decimal:
        word = self.take()
        if not word[:1].isdigit() and word not in NUMBERS:
            found = f"not '{_shown(word)}'" if word else "and the regimen ends here"
            raise RegimenError(f"A number is needed after '{self.tokens[self.at - 2]}', {found}.")
        return _number(word)


def _say(phrase: Phrase, field: str, value: object, what: str) -> None:
    if getattr(phrase, field) is not None:
        raise RegimenError(f"One phase says {what} twice. Write 'then' between phases.")
    setattr(phrase, field, value)


def _number(word: str) -> Decimal:
    number = Decimal(NUMBERS.get(word, word))
    if not 0 < number <= LARGEST_NUMBER:
        raise RegimenError(
            f"{_shown(word)} cannot stand in a regimen. Write a number above 0, up to {LARGEST_NUMBER:,}."
        )
    return number


def _whole(number: Decimal, what: str) -> int:
    if number != int(number):
        raise RegimenError(f"{number:f} {what} is not a whole number. Doses and days are counted whole.")
    return int(number)


def _spread(count: int, days: int) -> Rhythm:
    """The rhythm of so many doses over so many days."""
    for rhythm in (TWICE_WEEKLY, THREE_TIMES_WEEKLY):
        if days % DAYS_PER_WEEK == 0 and rhythm.places_within(days) == count:
            return rhythm
    if days % count:
        raise RegimenError(
            f"{count} doses over {days} days have no even spacing. Write how often, as 'twice weekly', "
            "or the days, as 'on days 1, 4, 8'."
        )
    return every(days // count)


def _unknown(word: str) -> RegimenError:
    if word in REFUSED:
        return RegimenError(f"'{word}' is not accepted. {REFUSED[word]}.")
    return RegimenError(
        f"'{_shown(word)}' is not understood. Write the drug, the amount, the route, how often and how long, "
        f"for example: {EXAMPLE}."
    )


def _shown(word: str) -> str:
    return word if len(word) <= 30 else word[:30] + "…"
