"""Reads: trials found by words and kind, one trial with what is known and what is missing, proposals of a site."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from daybreak.clinic.evidence.editions import Edition
from daybreak.clinic.evidence.models import Proposal
from daybreak.clinic.record.models import Site
from daybreak.evidence.comparisons import USABLE_SAMPLES
from daybreak.evidence.pictures import drug_name
from daybreak.evidence.times import time_words
from daybreak.evidence.trials import Arm, Kind, Result, Sample, Trial, evidence_indications, outcomes
from daybreak.treatment.sources import Status


def find_trials(edition: Edition, asked: Mapping[str, str]) -> list[Trial]:
    """Trials that hold every word and are of the kinds asked for, the newest first."""
    data = edition.data
    words = asked.get("words", "").lower().split()
    found = []
    for trial in data.trials.values():
        arms = data.arms_of(trial.id)
        if (
            all(word in _text(trial, arms) for word in words)
            and asked.get("indication", "") in ("", trial.indication)
            and asked.get("design", "") in ("", trial.design)
            and _has_arm(arms, "active", asked.get("drug", ""), asked.get("route", ""))
            and _has_arm(arms, "control", asked.get("comparator", ""), "")
        ):
            found.append(trial)
    return sorted(found, key=lambda trial: (-(trial.year or 0), trial.label))


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A trial in a list: what was given, against what, how many numbers it has."""

    trial: Trial
    indication: str
    active: str
    control: str
    numbers: int


def in_a_line(edition: Edition, trial: Trial) -> TrialLine:
    """A trial as the list shows it."""
    arms = edition.data.arms_of(trial.id)

    def given(role: str) -> str:
        named = (f"{drug_name(arm.drug)} {arm.route}".strip() for arm in arms if arm.role == role)
        return ", ".join(dict.fromkeys(named))

    name = evidence_indications()[trial.indication].name
    return TrialLine(trial, name, given("active"), given("control"), len(edition.data.by_trial[trial.id]))


def _text(trial: Trial, arms: list[Arm]) -> str:
    parts = [
        trial.id,
        trial.label,
        trial.name,
        trial.population,
        trial.comparator,
        trial.doi,
        trial.pmid,
        trial.registry,
    ]
    parts += [evidence_indications()[trial.indication].name, str(trial.year or "")]
    parts += [f"{arm.label} {arm.drug} {arm.drug_words} {arm.route}" for arm in arms]
    return " ".join(parts).lower()


def _has_arm(arms: list[Arm], role: str, drug: str, route: str) -> bool:
    if not drug and not route:
        return True
    return any(arm.role == role and drug in ("", arm.drug) and route in ("", arm.route) for arm in arms)


@dataclass(frozen=True, slots=True)
class Number:
    """One result of a trial with its arm, and why it is in no pooled result."""

    result: Result
    arm: Arm
    left_out: str

    @property
    def time(self) -> str:
        return time_words(self.result.time_h)

    @property
    def words(self) -> str:
        """The arm's own number with its spread."""
        row = self.result
        if row.events is not None:
            return f"{row.events} people" + (f", {row.percent:g}\N{NO-BREAK SPACE}%" if row.percent is not None else "")
        if row.percent is not None:
            return f"{row.percent:g}\N{NO-BREAK SPACE}%"
        if row.mean is None:
            return "not printed"
        spread = (
            f", SD\N{NO-BREAK SPACE}{row.sd:g}"
            if row.sd is not None
            else f", SE\N{NO-BREAK SPACE}{row.se:g}"
            if row.se is not None
            else ", no spread"
        )
        return f"{signed(row.mean)}{spread}"

    @property
    def contrast(self) -> str:
        """What was printed of the difference from control."""
        printed = self.result.contrast
        if printed is None:
            return "–"
        low, high = printed.low, printed.high
        interval = "" if low is None or high is None else f" ({signed(low)} to {signed(high)})"
        return f"{printed.measure.replace('_', ' ')} {signed(printed.estimate)}{interval}"


def signed(value: float) -> str:
    """A number as it was printed, with a true minus sign."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}", 1) if value < 0 else f"{value:g}"


@dataclass(frozen=True, slots=True)
class TrialPage:
    """One trial: its arms and the name of what each is held against, its numbers by outcome, what nobody recorded."""

    trial: Trial
    arms: list[tuple[Arm, str]]
    numbers: dict[str, list[Number]]
    missing: list[str]


def trial_page(edition: Edition, identifier: str) -> TrialPage | None:
    """What is known of a trial; None where there is no such trial."""
    data = edition.data
    trial = data.trials.get(identifier)
    if trial is None:
        return None
    arms = data.arms_of(identifier)
    by_id = {arm.id: arm for arm in arms}
    numbers: dict[str, list[Number]] = {}
    for row in data.by_trial[identifier]:
        name = outcomes()[row.outcome].name
        numbers.setdefault(name, []).append(Number(row, by_id[row.arm], _left_out(trial, row)))
    held = [(arm, by_id[arm.against].label if arm.against in by_id else "") for arm in arms]
    return TrialPage(trial, held, numbers, _missing(trial, arms, data.by_trial[identifier]))


def _left_out(trial: Trial, row: Result) -> str:
    """Why a number enters no pool, or only some; empty where nothing stands against it."""
    if row.doubt:
        return f"doubtful: {row.doubt}"
    if row.status is Status.RECALLED:
        return "from memory: nobody has checked it"
    if not trial.design.is_randomised:
        return "not randomised"
    if row.kind is Kind.PEOPLE_ONLY:
        return "only the number of people could be read"
    if row.kind is Kind.BASELINE:
        return "before treatment"
    if row.sample not in USABLE_SAMPLES:
        return f"{row.sample or Sample.WHOLE}: not the whole trial"
    if row.overlaps:
        return f"shares people with {', '.join(row.overlaps)}: never in one pool with it"
    return ""


def _missing(trial: Trial, arms: list[Arm], rows: list[Result]) -> list[str]:
    """What a reader would look for and nobody has recorded."""
    said = []
    if not (trial.doi or trial.pmid or trial.registry):
        said.append("No identifier was checked (DOI, PubMed or registry number).")
    if not trial.risk_of_bias.judgements:
        said.append("No published judgement of the risk of bias was read.")
    if any(arm.role == "active" and not arm.dose for arm in arms):
        said.append("The dose of an active arm is not recorded.")
    if any(arm.role == "active" and not arm.against for arm in arms):
        said.append("An active arm has no control arm here.")
    without_spread = [
        row
        for row in rows
        if row.kind in (Kind.ENDPOINT, Kind.CHANGE) and row.sd is None and row.se is None and row.contrast is None
    ]
    for count, words in (
        (sum(row.n is None for row in rows), "without the number of people"),
        (len(without_spread), "a score without its spread or a difference"),
        (sum(row.time_h is None for row in rows), "without a printed time"),
        (sum(row.status is Status.RECALLED for row in rows), "recalled, so nobody has checked the number"),
    ):
        if count:
            said.append(f"{count} of {len(rows)} numbers: {words}.")
    if not rows:
        said.append("No number of this trial is in the data.")
    return said


def proposals(site: Site) -> QuerySet[Proposal]:
    """Every proposal of a site, the newest first, with who proposed and who decided."""
    found = Proposal.objects.filter(site=site).select_related("recorded_by", "decision__recorded_by")
    return found.order_by("-recorded_at", "-pk")
