"""The small parts of the visual language that every page uses."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from daybreak.clinic.record import times
from daybreak.clinic.record.flag_places import flag_place
from daybreak.clinic.record.models import Course, Flag, Stage, User, new_id
from daybreak.clinic.record.permissions import Permission, Role
from daybreak.clinic.record.queries import WayStep, staff
from daybreak.clinic.record.services import MOVES
from daybreak.treatment.days import said_day
from daybreak.treatment.dose_preparation import as_measured
from daybreak.treatment.indications import indication

register = template.Library()

_STATES = {
    "met": ("tick", "Met"),
    "not_met": ("cross", "Not met"),
    "unknown": ("what", "Unknown"),
    "not_applicable": ("info", "Does not apply"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """One symbol of the sprite, hidden from screen readers: a word always stands beside it."""
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def state(value: str, word: str = "") -> SafeString:
    """A criterion's state with its shape and its word, or one of the page's own. Unknown is never shown as met."""
    symbol, usual = _STATES[value]
    css = {"not_met": "not-met", "not_applicable": "soft"}.get(value, value)
    return stated(css, symbol, word or usual)


def stated(css: str, symbol: str, word: str) -> SafeString:
    """A state's shape and its word."""
    return format_html('<span class="is {}">{}{}</span>', css, icon(symbol), word)


@register.filter
def dialled(text: str, phone: str) -> str:
    """The text with this telephone number, where it stands in it, as a link that dials. Words beside a number never
    dial: they may hold another."""
    if not phone or phone not in text or set(phone) - set("+0123456789 -.()/"):
        return text
    before, after = text.split(phone, 1)
    number = "".join(each for each in phone if each in "+0123456789")
    return format_html('{}<a class="tel" href="tel:{}">{}</a>{}', before, number, phone, after)


# Where each stage has its page, and what opening it needs.
_STAGE_PAGES = {
    Stage.REFERRAL: ("referral", Permission.REFERRAL_READ),
    Stage.SCREENING: ("screening", Permission.SCREENING_READ),
    Stage.PLAN: ("plan", Permission.PLAN_READ),
    Stage.TREATMENT: ("sessions", Permission.SESSION_READ),
    Stage.FOLLOWUP: ("course", Permission.FOLLOWUP_READ),
    Stage.ENDED: ("course", Permission.FOLLOWUP_READ),
}


@register.simple_tag(takes_context=True)
def way_link(context: dict[str, Any], step: WayStep, course: Course, here: str = "") -> SafeString:
    """One stage of the way: a link where this user may go, plain text elsewhere. `here` is the page one is on."""
    name, permission = _STAGE_PAGES[step.stage]
    when = format_html(" <span>{}</span>", day(step.since)) if step.since else ""
    current = mark_safe(' aria-current="step"') if step.stage == (here or course.stage) else ""
    if not allows(context["user"], permission):
        return format_html("<span{}>{}{}</span>", current, step.stage.label, when)
    return format_html('<a href="{}"{}>{}{}</a>', reverse(name, args=[course.pk]), current, step.stage.label, when)


@register.simple_tag(takes_context=True)
def course_address(context: dict[str, Any], course: Course) -> str:
    """The address of a course: the page of its stage, or the first this user may open."""
    stages = [course.stage] if hasattr(course, "stage") else []
    for stage in [*stages, *Stage]:
        name, permission = _STAGE_PAGES[Stage(stage)]
        if allows(context["user"], permission):
            return reverse(name, args=[course.pk])
    return ""


@register.simple_tag(takes_context=True)
def flag_address(context: dict[str, Any], flag: Flag) -> str:
    """The address of the page where a flag is looked into: of what raised it, else of its course, else none."""
    if found := flag_place(flag, context["user"]):
        return found
    is_open = flag.course is not None and allows(context["user"], Permission.PEOPLE_READ)
    return course_address(context, flag.course) if is_open else ""


@register.inclusion_tag("record/steps.html", takes_context=True)
def course_steps(context: dict[str, Any], course: Course) -> dict[str, Any]:
    """What moves a course on: its stage and its therapist."""
    return {
        "user": context["user"],
        "csrf_token": context.get("csrf_token"),
        "course": course,
        "stages": [(stage.value, stage.label) for stage in MOVES],
        "therapists": staff(course.patient.site, Role.THERAPIST),
    }


@register.filter
def stage_name(stage: str) -> str:
    """The name of a stage as the way shows it."""
    return Stage(stage).label


@register.filter
def indication_name(identifier: str) -> str:
    """The plain name of an indication."""
    return indication(identifier).name


@register.simple_tag
def write_id() -> UUID:
    """A fresh id for a form: the form sent twice is saved once."""
    return new_id()


@register.filter
def svg(text: str) -> SafeString:
    """A chart of `daybreak.charts`, which escapes all it is given."""
    return mark_safe(text)  # noqa: S308


@register.filter
def number(value: float | None, decimals: int = 1) -> str:
    """A figure without needless zeros, half rounded up as a hand does it; a dash where there is none."""
    if value is None:
        return "–"
    shown = f"{Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if decimals else shown


@register.filter
def dose(value: float | None) -> str:
    """An amount in mg or mL as a syringe measures it; a dash where there is none."""
    return "–" if value is None else as_measured(value)


@register.filter
def words(name: str) -> str:
    """A name of the code as words: trial_exclusion, trial exclusion."""
    return name.replace("_", " ")


_CHECKED = {"seen": "read in the source", "recalled": "from memory, not read"}


@register.filter
def checked(status: str) -> str:
    """How far a number was checked, so that nobody takes it for the recall of a product."""
    return _CHECKED.get(str(status), str(status))


@register.filter
def rule_name(rule: str) -> str:
    """A rule as a page names it: limits of a session carry what they measure behind their name, TH1-systolic-amber.
    Empty for a name of the code, which no list of rules holds."""
    if not rule[:1].isupper():
        return ""
    name, _, _ = rule.partition("-")
    return name if name.startswith("TH") and name[2:].isdigit() else rule


@register.filter
def unit(ucum: str) -> str:
    """A unit as a page prints it."""
    return {"mm[Hg]": "mmHg", "/min": "per min", "{score}": ""}.get(ucum, ucum)


@register.filter
def allows(user: User, permission: str) -> bool:
    """Whether this user holds this permission: `{% if user|allows:"plan.sign" %}`."""
    return isinstance(user, User) and user.allows(permission)


@register.filter
def clock(value: datetime | None) -> str:
    """The time of day, in the site's time zone."""
    return timezone.localtime(value).strftime("%H:%M") if value else "–"


@register.filter
def clock_beside(value: datetime | None, other: datetime) -> str:
    """The time of day, with the date where it lies on another day than `other`."""
    return times.clock(value, timezone.localtime(other).date()) if value else "–"


@register.filter
def day(value: datetime | None) -> str:
    """The day, in the site's time zone, with its year."""
    if value is None:
        return "–"
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    return said_day(local)


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """A moment in a table: the day, its time below it; neither breaks over a line."""
    if at is None:
        return mark_safe("–")
    return format_html(
        '<time class="when" datetime="{}">{}<small>{}</small></time>',
        timezone.localtime(at).isoformat(),
        day(at),
        clock(at),
    )


@register.simple_tag
def due(at: date, now: datetime | None = None) -> SafeString:
    """When something is due, as the lead of its line: today the time, else the day, and how far off that is."""
    now = now or timezone.now()
    today = timezone.localtime(now).date()
    on = timezone.localtime(at).date() if isinstance(at, datetime) else at
    far, is_moment = times.away(at, now), isinstance(at, datetime)
    said = said_day(on) if on.year != today.year else f"{on.day} {on:%b}"
    if is_moment and on == today:
        said = clock(at)
    elif is_moment:
        far = f"{clock(at)}, {far}"
    return format_html('<p class="due{}">{}<small>{}</small></p>', " over" if far.endswith(" over") else "", said, far)


_PARTS = {
    "tick": "Clock",
    "tick, overdue checks": "Reminders of overdue checks",
    "tick, the climb": "Escalation",
    "tick, what has days": "Daily work: calls, questions, deadlines",
    "listener": "Listener of monitors",
}


@register.filter
def part_name(part: str) -> str:
    """A part of the running house in the words of who looks whether it runs."""
    return _PARTS.get(part, part)


@register.filter
def ago(at: datetime) -> str:
    """How long ago something was: "3 min ago"; from the future by a clock set back, so."""
    now = timezone.now()
    if at > now + times.CLOCK_AHEAD:
        return "still to come by this clock"
    return "within the minute" if now - at < timedelta(minutes=1) else times.away(at, now).replace(" over", " ago")
