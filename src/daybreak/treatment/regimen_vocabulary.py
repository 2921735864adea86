"""The words of a regimen: what each names, how numbers and times are said, and which are refused and why."""

from daybreak.treatment.drugs import Drug, Manner, Route
from daybreak.treatment.phases import THREE_TIMES_WEEKLY, TWICE_WEEKLY, WEEKLY, every

DAYS_PER_WEEK = 7
DAYS_PER_MONTH = 28  # a month of treatment is four weeks

DRUGS = {
    "ketamine": Drug.KETAMINE,
    "ketalar": Drug.KETAMINE,
    "esketamine": Drug.ESKETAMINE,
    "spravato": Drug.ESKETAMINE,
}
ROUTES = {
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
RELEASES = {
    "prolonged": Manner.PROLONGED_RELEASE,
    "extended": Manner.PROLONGED_RELEASE,
    "sustained": Manner.PROLONGED_RELEASE,
    "immediate": Manner.USUAL,
}
REST = {"spat": Manner.SPAT_OUT, "swallowed": Manner.SWALLOWED}
MINUTES = dict.fromkeys(("min", "mins", "minute", "minutes"), 1) | dict.fromkeys(
    ("h", "hr", "hrs", "hour", "hours"), 60
)
DAYS = (
    dict.fromkeys(("day", "days"), 1)
    | dict.fromkeys(("week", "weeks", "wk", "wks"), DAYS_PER_WEEK)
    | dict.fromkeys(("month", "months"), DAYS_PER_MONTH)
)
DOSES = frozenset(
    f"{noun}{ending}" for noun in ("dose", "session", "treatment", "infusion", "injection") for ending in ("", "s")
)
NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
NUMBERS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
ORDINALS = {"other": 2, "second": 2, "third": 3, "fourth": 4}
RHYTHMS = {
    "daily": every(1),
    "weekly": WEEKLY,
    "fortnightly": every(2 * DAYS_PER_WEEK),
    "monthly": every(DAYS_PER_MONTH),
}
NAMES: dict[str, tuple[str, object, str]] = {
    **{word: ("drug", drug, "the drug") for word, drug in DRUGS.items()},
    **{word: ("route", route, "the route") for word, route in ROUTES.items()},
    **{word: ("rhythm", rhythm, "how often") for word, rhythm in RHYTHMS.items()},
}
TIMES_WEEKLY = {1: WEEKLY, 2: TWICE_WEEKLY, 3: THREE_TIMES_WEEKLY, 7: every(1)}
SILENT = frozenset({"spray", "infused", "infusion", "injection", "given"})
REFUSED = {
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
