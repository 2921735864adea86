"""The small language of regimens: what a clinician would say, and exactly what it means.

    ketamine 0.5 mg/kg iv over 40 min, twice weekly for 3 weeks, then weekly for 4 weeks
    esketamine 56 mg nasal once, then 84 mg twice weekly for 4 weeks

A regimen is one phase or several with `then` between them. A phase says the drug, the amount, the route,
for an infusion its length (`over 40 min`; `bolus` for none), how often, and how long. A later phase leaves
out what stays as it was. The rules:

- Twice weekly is days 0 and 3 of each week, three times weekly days 0, 2 and 4. A month is four weeks:
  `monthly` is every 4 weeks. Every other week and fortnightly are every 2 weeks.
- `for 3 weeks` is 21 days: the next phase starts on the day after them. A phase that counts doses
  (`6 doses`, `x6`) ends where its next dose would have come.
- `once` is one dose. The rhythm that follows counts that day as its first place: `56 mg once, then 84 mg
  twice weekly for 4 weeks` is eight sessions in four weeks, the first of them 56 mg. A count of doses after
  `once` counts the doses that follow it.
- `from day 22` starts a phase on another day; `on days 1, 4, 9` lists days. Day 1 is that of the first dose.
- A dose by mouth may be `prolonged release`, a sublingual one `spat out`: what is left in the mouth is not
  swallowed. Without the words a tablet is a plain one and the rest is swallowed.
- A rate times its duration is the amount: `0.35 mg/kg/h iv over 4 h` is 1.4 mg/kg.
- Refused, because they can be read in two ways: a decimal comma, `biweekly`, a number without a unit.
  Refused, because a slip is a thousandfold: micrograms and grams.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from daybreak.treatment.drugs import Manner, Route
from daybreak.treatment.phases import TWICE_WEEKLY, WEEKLY, Phase, Place, Rhythm, phases
from daybreak.treatment.regimen import (
    HOURS_PER_DAY,
    MINUTES_PER_HOUR,
    Amount,
    AmountUnit,
    Dose,
    Regimen,
    RegimenError,
    day_of,
)
from daybreak.treatment.regimen_vocabulary import DAYS_PER_WEEK
from daybreak.treatment.regimen_words import Phrase, read

MOST_DOSES = 600  # every day for more than a year and a half
LONGEST_DAYS = 3_650  # ten years
LONGEST_INFUSION_MIN = 10_080  # seven days
LARGEST = {AmountUnit.MG: 10_000.0, AmountUnit.MG_PER_KG: 100.0}  # a slip of the hand beyond it, not a dose


def parse(text: str) -> Regimen:
    """The regimen that a sentence says.

    Raises:
        RegimenError: if a word is not understood, something is missing or the regimen cannot be given. The
            message is a sentence that names what was wrong and what could be written.
    """
    doses: list[Dose] = []
    said, place = Phrase(), Place()
    for phrase in read(text):
        said = _carried(phrase, said)
        days, place = _days(said, place)
        if doses and days[0] <= day_of(doses[-1]):
            raise RegimenError(
                f"Day {days[0] + 1} comes before the phase ahead of it has ended. "
                f"Write a day after day {day_of(doses[-1]) + 1}."
            )
        dose = _dose(said)
        doses.extend(replace(dose, time_h=day * HOURS_PER_DAY) for day in days)
        if len(doses) > MOST_DOSES:
            raise RegimenError(f"The regimen has more than {MOST_DOSES:,} doses. Write a shorter one.")
    _check_infusions(doses)
    return Regimen(tuple(doses))


def _carried(phrase: Phrase, before: Phrase) -> Phrase:
    """The phrase with what it left out taken over from the phase before.

    A new drug or route takes nothing over, so that no amount moves to a drug it was not written for.
    """
    drug = phrase.drug or before.drug
    if drug is None:
        raise _missing("a drug", "ketamine or esketamine")
    if drug is before.drug and phrase.route in (None, before.route):
        return replace(
            phrase,
            drug=drug,
            route=before.route,
            amount=phrase.amount or before.amount,
            manner=phrase.manner or before.manner,
            duration_min=before.duration_min if phrase.duration_min is None else phrase.duration_min,
            rhythm=phrase.rhythm or (None if phrase.once or phrase.days else before.rhythm),
        )
    if phrase.amount is None:
        raise _missing("an amount", "0.5 mg/kg or 56 mg")
    if phrase.route is None:
        raise _missing("a route", "iv, im, sc, nasal, oral or sublingual")
    return replace(phrase, drug=drug)


def _missing(what: str, examples: str) -> RegimenError:
    return RegimenError(f"The regimen does not say {what}. Write {examples}.")


def _dose(said: Phrase) -> Dose:
    """The dose that a phrase with nothing left out describes, at hour zero."""
    if said.drug is None or said.route is None or said.amount is None:
        raise AssertionError("a carried phrase names drug, route and amount")
    value, unit = said.amount
    duration_min = said.duration_min
    if duration_min is None and said.route is Route.IV:
        raise RegimenError("The regimen does not say how long the infusion runs. Write 'over 40 min', or 'bolus'.")
    duration_min = duration_min or Decimal(0)
    if duration_min > LONGEST_INFUSION_MIN:
        raise RegimenError(f"An infusion of {duration_min:f} min is too long. Write at most 7 days.")
    if unit.endswith("/h"):
        if not duration_min:
            raise RegimenError(f"A rate of {value:f} {unit} needs a duration. Write 'over 4 h' after it.")
        value, unit = value * duration_min / MINUTES_PER_HOUR, unit.removesuffix("/h")
    amount = Amount(float(value), AmountUnit(unit))
    if amount.value > LARGEST[amount.unit]:
        raise RegimenError(
            f"{value:f} {unit} is not a dose for a person. Write at most {LARGEST[amount.unit]:g} {unit}."
        )
    return Dose(said.drug, said.route, amount, float(duration_min), manner=said.manner or Manner.USUAL)


def _days(said: Phrase, place: Place) -> tuple[tuple[int, ...], Place]:
    """The days of a phase, and where the next one starts."""
    if said.days is not None or said.once:
        days = _single_days(said, place)
        return days, Place(days[-1], taken=True)
    if said.rhythm is None and said.count == 1:
        return _days(replace(said, once=True, count=None), place)
    if said.rhythm is None:
        raise RegimenError(
            "The regimen does not say how often. Write, for example, 'once', 'twice weekly for 4 weeks' "
            "or 'every 3 days, 6 doses'."
        )
    return _rhythmic_days(said, said.rhythm, place)


def _single_days(said: Phrase, place: Place) -> tuple[int, ...]:
    if said.rhythm or said.length_days or said.count or (said.once and said.days and len(said.days) > 1):
        raise RegimenError("One phase says both single days and how often. Write 'then' between the two.")
    if said.days is not None:
        days = said.days
    elif said.from_day is not None:
        days = (said.from_day,)
    elif place.taken:
        raise RegimenError("A single dose follows single doses. Write its day, as 'on day 8'.")
    else:
        days = (place.day,)
    if list(days) != sorted(set(days)):
        raise RegimenError("The days of a phase must rise. Write them in order, as 'on days 1, 4, 9'.")
    _check_span(days[-1])
    return days


def _rhythmic_days(said: Phrase, rhythm: Rhythm, place: Place) -> tuple[tuple[int, ...], Place]:
    start = place.day if said.from_day is None else said.from_day
    led = place.taken and said.from_day is None
    if said.length_days is not None:
        _check_span(said.length_days)
        places, length = rhythm.places_within(said.length_days), said.length_days
        if said.count is not None and said.count != places - led:
            raise RegimenError(
                f"{said.count} doses do not fit: that rhythm gives {places - led} "
                f"in {said.length_days} days. Write one of the two."
            )
    elif said.count is not None:
        places = said.count + led
        _check_count(places)
        length = rhythm.day(places)
    else:
        raise RegimenError("The regimen does not say how long. Write, for example, 'for 4 weeks' or '6 doses'.")
    _check_count(places)
    _check_span(start + length)
    days = tuple(start + rhythm.day(number) for number in range(led, places))
    if not days:
        raise RegimenError("The dose given 'once' leaves none for the phase after it. Write a longer phase.")
    return days, Place(start + length)


def _check_count(count: int) -> None:
    if count > MOST_DOSES:
        raise RegimenError(f"{count:,} doses are more than a regimen holds. Write at most {MOST_DOSES:,}.")


def _check_span(days: int) -> None:
    if days > LONGEST_DAYS:
        raise RegimenError(f"{days:,} days are longer than a regimen may be. Write at most {LONGEST_DAYS:,}.")


def _check_infusions(doses: list[Dose]) -> None:
    if day_of(doses[0]) != 0:
        raise RegimenError("Day 1 is the day of the first dose. Let the first phase start on it.")
    for dose, following in pairwise(doses):
        if dose.end_h > following.time_h:
            raise RegimenError(
                f"The infusion on day {day_of(dose) + 1} would still run when the next dose is due. "
                "Write a shorter infusion or a longer interval."
            )


def say(regimen: Regimen) -> str:
    """The regimen in words, always the same for the same regimen; `parse` gives it back.

    Raises:
        RegimenError: if the language has no words for it: two doses on one day, or a dose off the whole day.
    """
    if any(dose.time_h != day_of(dose) * HOURS_PER_DAY for dose in regimen.doses) or day_of(regimen.first):
        raise RegimenError("This regimen has doses off the whole day. Show it as a table of its doses.")
    said = []
    before: Dose | None = None
    for phase in phases(regimen):
        if len(phase.doses) > 1:
            raise RegimenError("This regimen has more than one dose on a day. Show it as a table of its doses.")
        dose = phase.doses[0]
        said.append(" ".join(filter(None, (_say_dose(dose, before), say_days(phase)))))
        before = dose
    return ", then ".join(said)


def _say_dose(dose: Dose, before: Dose | None) -> str:
    """What of the dose is new since the phase before."""
    new = before is None or (dose.drug, dose.route) != (before.drug, before.route)
    words = []
    if new:
        words.append(str(dose.drug))
    if before is None or new or dose.amount != before.amount:
        words.append(f"{_plain(dose.amount.value)} {dose.amount.unit}")
    if new:
        words.append(str(dose.route))
    words.append(_say_manner(dose, Manner.USUAL if before is None or new else before.manner))
    if before is None or new or dose.duration_min != before.duration_min:
        words.append(_say_duration(dose, changed=not new))
    return " ".join(filter(None, words))


def _say_manner(dose: Dose, before: Manner) -> str:
    if dose.manner is before:
        return ""
    return "immediate release" if dose.manner is Manner.USUAL else str(dose.manner)


def _say_duration(dose: Dose, *, changed: bool) -> str:
    minutes = dose.duration_min
    if not minutes:
        return "bolus," if dose.route is Route.IV or changed else ""
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    return f"over {_plain(hours)} h," if hours > 1 and not rest else f"over {_plain(minutes)} min,"


def say_days(phase: Phase) -> str:
    """When a phase is given, in words: `twice weekly for 3 weeks`, `on day 8`."""
    if phase.rhythm is None:
        if not phase.elsewhere:
            return "once"
        listed = ", ".join(str(day + 1) for day in phase.days)
        return f"on day {listed}" if phase.count == 1 else f"on days {listed}"
    words = f"{say_rhythm(phase.rhythm)}{_say_length(phase, phase.rhythm)}"
    return f"{words} from day {phase.first_day + 1}" if phase.elsewhere else words


def say_rhythm(rhythm: Rhythm) -> str:
    """How often, in words: `twice weekly`, `every 3 days`."""
    if len(rhythm.days) > 1:
        return "twice weekly" if rhythm == TWICE_WEEKLY else "three times weekly"
    if rhythm == WEEKLY:
        return "weekly"
    weeks, rest = divmod(rhythm.cycle_days, DAYS_PER_WEEK)
    if rest:
        return "daily" if rhythm.cycle_days == 1 else f"every {rhythm.cycle_days} days"
    return f"every {weeks} weeks"


def _say_length(phase: Phase, rhythm: Rhythm) -> str:
    cycles, rest = divmod(phase.places, len(rhythm.days))
    days = cycles * rhythm.cycle_days
    if not rest and rhythm.cycle_days % DAYS_PER_WEEK == 0:
        weeks = days // DAYS_PER_WEEK
        return f" for {weeks} week{'s' if weeks > 1 else ''}"
    if rhythm.cycle_days == 1:
        return f" for {days} days"
    return f", {phase.count} dose{'s' if phase.count > 1 else ''}"


def _plain(value: float) -> str:
    """A number with every digit it has and no exponent."""
    text = f"{Decimal(repr(value)):f}"
    return text.removesuffix(".0")


def dose_in_words(dose: Dose) -> str:
    """One dose as a clinician writes it: `ketamine 0.5 mg/kg iv over 40 min`."""
    return _say_dose(dose, None).removesuffix(",")
