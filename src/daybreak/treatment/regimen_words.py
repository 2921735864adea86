"""From a clinician's sentence to its phrases: which words there are, and what each says.

What the phrases mean together, and the rules of the language, stand in `daybreak.treatment.regimen_language`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.phases import THREE_TIMES_WEEKLY, TWICE_WEEKLY, WEEKLY, Rhythm, every
from daybreak.treatment.regimen import RegimenError

LONGEST_TEXT = 50_000  # characters; room for the longest regimen that `say` can put into words
LARGEST_NUMBER = 100_000  # beyond any dose, day or duration; stops a slip before it is reckoned with
DAYS_PER_WEEK = 7
DAYS_PER_MONTH = 28  # a month of treatment is four weeks
EXAMPLE = "ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks"

_DRUGS = {
    "ketamine": Drug.KETAMINE,
    "ketalar": Drug.KETAMINE,
    "esketamine": Drug.ESKETAMINE,
    "spravato": Drug.ESKETAMINE,
}
_ROUTES = {
    "iv": Route.IV,
    "intravenous": Route.IV,
    "intravenously": Route.IV,
    "im": Route.IM,
    "intramuscular": Route.IM,
    "intramuscularly": Route.IM,
    "sc": Route.SC,
    "subcutaneous": Route.SC,
    "subcutaneously": Route.SC,
    "nasal": Route.NASAL,
    "nasally": Route.NASAL,
    "intranasal": Route.NASAL,
    "intranasally": Route.NASAL,
    "oral": Route.ORAL,
    "orally": Route.ORAL,
    "po": Route.ORAL,
    "sublingual": Route.SUBLINGUAL,
    "sublingually": Route.SUBLINGUAL,
    "sl": Route.SUBLINGUAL,
}
_RELEASES = {
    "prolonged": Manner.PROLONGED_RELEASE,
    "extended": Manner.PROLONGED_RELEASE,
    "sustained": Manner.PROLONGED_RELEASE,
    "immediate": Manner.USUAL,
}
_REST = {"spat": Manner.SPAT_OUT, "swallowed": Manner.USUAL}
_MINUTES = dict.fromkeys(("min", "mins", "minute", "minutes"), 1) | dict.fromkeys(
    ("h", "hr", "hrs", "hour", "hours"), 60
)
_DAYS = (
    dict.fromkeys(("day", "days"), 1)
    | dict.fromkeys(("week", "weeks", "wk", "wks"), DAYS_PER_WEEK)
    | dict.fromkeys(("month", "months"), DAYS_PER_MONTH)
)
_DOSES = frozenset(
    f"{noun}{ending}" for noun in ("dose", "session", "treatment", "infusion", "injection") for ending in ("", "s")
)
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_NUMBERS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
_ORDINALS = {"other": 2, "second": 2, "third": 3, "fourth": 4}
_RHYTHMS = {
    "daily": every(1),
    "weekly": WEEKLY,
    "fortnightly": every(2 * DAYS_PER_WEEK),
    "monthly": every(DAYS_PER_MONTH),
}
_NAMES: dict[str, tuple[str, object, str]] = {
    **{word: ("drug", drug, "the drug") for word, drug in _DRUGS.items()},
    **{word: ("route", route, "the route") for word, route in _ROUTES.items()},
    **{word: ("rhythm", rhythm, "how often") for word, rhythm in _RHYTHMS.items()},
}
_TIMES_WEEKLY = {1: WEEKLY, 2: TWICE_WEEKLY, 3: THREE_TIMES_WEEKLY, 7: every(1)}
_SILENT = frozenset({"spray", "infused", "infusion", "injection", "given"})
_REFUSED = {
    word: reason
    for words, reason in {
        "mcg ug µg μg microgram micrograms": "Doses are written in mg or mg/kg here, never in micrograms",
        "g gram grams": "Doses are written in mg or mg/kg here, never in grams",
        "ml cc": "A volume is not a dose. Write the dose in mg or mg/kg",
        "device devices spray sprays": "Count in mg, not in devices. One esketamine device holds 28 mg",
        "biweekly": "It is read in two ways. Write 'twice weekly' or 'every 2 weeks'",
        "qd od qod bd bid tid qid": "Write how often in words, as 'twice weekly'",
    }.items()
    for word in words.split()
}
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
        if word[0].isdigit() or word in _NUMBERS:
            self.after_number(phrase, _number(word), word)
        elif word in _NAMES:
            _say(phrase, *_NAMES[word])
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
        elif word not in _SILENT:
            raise _unknown(word)

    def after_number(self, phrase: Phrase, number: Decimal, written: str) -> None:
        unit = self.take()
        if unit == "mg":
            _say(phrase, "amount", (number, self.amount_unit()), "the amount")
        elif unit in _DOSES:
            self.doses(phrase, _whole(number, unit))
        elif unit in ("x", "times"):
            self.times(phrase, _whole(number, "times"))
        elif unit == "/" and self.peek() == "week":
            self.times(phrase, _whole(number, "doses a week"))
        elif unit in _MINUTES or unit in _DAYS:
            raise RegimenError(f"Write 'over {written} {unit}' for an infusion, 'for {written} {unit}' for a length.")
        elif unit in _REFUSED:
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
            elif _MINUTES.get(part) == 60 and not unit.endswith("/h"):
                unit += "/h"
            else:
                raise RegimenError(f"'{unit}/{part}' is not a unit here. Write mg, mg/kg, mg/h or mg/kg/h.")
        return unit

    def manner(self, word: str) -> Manner | None:
        """`prolonged release`, `immediate release`, `spat out`, `swallowed`; None if it is another word."""
        if word in _REST:
            self.take_if("out")
            return _REST[word]
        return _RELEASES[word] if word in _RELEASES and self.take_if("release") else None

    def doses(self, phrase: Phrase, count: int) -> None:
        """`6 doses`, `6 doses over 3 weeks`."""
        _say(phrase, "count", count, "the number of doses")
        if self.peek() == "over" and self.peek(2) in _DAYS:
            self.take()
            days = _whole(self.number(), "over") * _DAYS[self.take()]
            _say(phrase, "rhythm", _spread(count, days), "how often")

    def length(self, phrase: Phrase, word: str) -> None:
        """`over 40 min`, `for 3 weeks`, `for 6 doses`."""
        number = self.number()
        unit = self.take()
        if unit in _MINUTES:
            _say(phrase, "duration_min", number * _MINUTES[unit], "the duration")
        elif unit in _DAYS and word == "for":
            _say(phrase, "length_days", _whole(number * _DAYS[unit], "days"), "its length")
        elif unit in _DOSES and word == "for":
            self.doses(phrase, _whole(number, unit))
        else:
            raise RegimenError(
                f"'{word} {number:f} {unit}' is not understood. Write 'over 40 min', 'for 3 weeks' or '6 doses'."
            )

    def after_x(self, phrase: Phrase) -> None:
        """`x6`, `x 6 weeks`."""
        if self.peek(1) in _DAYS:
            self.length(phrase, "for")
        else:
            self.doses(phrase, _whole(self.number(), "doses"))
            self.take_if(*_DOSES)

    def times(self, phrase: Phrase, times: int) -> None:
        """`once`, `twice weekly`, `3 times a week`, `once every 2 weeks`, `6 times`."""
        if self.peek() == "every" and times == 1:
            return  # the next clause says the rest
        joined = self.take_if("a", "/", "each")
        period = {"weekly": "week", "daily": "day", "monthly": "month"}.get(self.peek(), self.peek())
        if period == "week" and times in _TIMES_WEEKLY:
            rhythm = _TIMES_WEEKLY[times]
        elif period in ("day", "month") and times == 1:
            rhythm = every(_DAYS[period])
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
        if word in _DAYS:
            number = 1
        elif word in _ORDINALS:
            number = _ORDINALS[self.take()]
        else:
            number = _whole(self.number(), "every")
        unit = self.take()
        if unit not in _DAYS:
            raise RegimenError(f"'every {number} {unit}' is not understood. Write it in days, weeks or months.")
        return every(number * _DAYS[unit])

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
        if not word[:1].isdigit() and word not in _NUMBERS:
            found = f"not '{_shown(word)}'" if word else "and the regimen ends here"
            raise RegimenError(f"A number is needed after '{self.tokens[self.at - 2]}', {found}.")
        return _number(word)


def _say(phrase: Phrase, field: str, value: object, what: str) -> None:
    if getattr(phrase, field) is not None:
        raise RegimenError(f"One phase says {what} twice. Write 'then' between phases.")
    setattr(phrase, field, value)


def _number(word: str) -> Decimal:
    number = Decimal(_NUMBERS.get(word, word))
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
    if word in _REFUSED:
        return RegimenError(f"'{word}' is not accepted. {_REFUSED[word]}.")
    return RegimenError(
        f"'{_shown(word)}' is not understood. Write the drug, the amount, the route, how often and how long, "
        f"for example: {EXAMPLE}."
    )


def _shown(word: str) -> str:
    return word if len(word) <= 30 else word[:30] + "…"
