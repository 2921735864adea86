"""Pages of the calendar: a day, a week, what is ready for a day, the site's hours."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.forms import NamedWriteForm
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.times import midnight
from daybreak.clinic.schedule import forms, queries, readiness, services, supply
from daybreak.clinic.schedule.diary import hours_in_words
from daybreak.clinic.schedule.fitting import misfits_of_site
from daybreak.clinic.schedule.grid import grid
from daybreak.clinic.schedule.models import Closing
from daybreak.clinic.treatment_day import planned_today
from daybreak.clinic.treatment_day.chair_queries import chairs_in_use
from daybreak.clinic.treatment_day.queries import wants_time_out
from daybreak.clinic.treatment_day.services import set_time_out
from daybreak.treatment import time_out
from daybreak.treatment.booking import rule


@requires(Permission.SCHEDULE_READ)
def calendar(request: HttpRequest) -> HttpResponse:
    """One day: chairs across, hours down; on a phone a list."""
    site, day = request.user.site, _day(request)
    hours = queries.hours_in_force(site)
    booked = queries.visits(site, day)
    walked_in = queries.walk_ins(site, day, booked, timezone.now())
    shown = sorted([*booked, *walked_in], key=lambda visit: visit.starts_at)
    # A retired chair stands where somebody is booked in it, or was treated in it, on this day.
    chairs = sorted(
        {*chairs_in_use(site), *(visit.chair for visit in shown if visit.chair)}, key=lambda each: each.name
    )
    context = {
        **_around(day, 1),
        "chairs": chairs,
        "visits": shown,
        "booked": len(booked),
        "walked_in": len(walked_in),
        "grid": grid(chairs, shown, hours.opens, hours.closes),
        "closed": day.isoweekday() not in hours.weekdays,
        "closing": queries.closed_days(site, day, day).get(day, ""),
        "hours": hours_in_words(hours.hours),
    }
    return render(request, "schedule/calendar.html", context)


@requires(Permission.SCHEDULE_READ)
def week(request: HttpRequest) -> HttpResponse:
    """Seven days from a Monday, each with who comes."""
    site, day = request.user.site, _day(request)
    monday = day - timedelta(days=day.weekday())
    shown = queries.visits(site, monday, days=7)
    hours = queries.hours_in_force(site)
    closed = queries.closed_days(site, monday, monday + timedelta(days=6))
    columns = []
    for each in (monday + timedelta(days=number) for number in range(7)):
        found = [visit for visit in shown if visit.starts_at.date() == each]
        if found or each.isoweekday() in hours.weekdays:
            columns.append((each, found, closed.get(each, "")))
    context = {**_around(monday, 7), "columns": columns, "count": len(shown), "today": timezone.localdate()}
    return render(request, "schedule/week.html", context)


@requires(Permission.SCHEDULE_READ)
def ready(request: HttpRequest) -> HttpResponse:
    """What is ready for a day, person by person, and what would settle what is open."""
    day = _day(request)
    people = readiness.of_day(request.user.site, day)
    context = {
        **_around(day, 1),
        "people": people,
        "outlook": supply.outlook(request.user.site),
        "misfits": misfits_of_site(request.user.site, timezone.now()),
        "open": sum(bool(each.open) for each in people),
    }
    return render(request, "schedule/ready.html", context)


@requires(Permission.SCHEDULE_READ)
def coming(request: HttpRequest) -> HttpResponse:
    """Who is still to come today, booked or only planned, with how much is open, and how many appointments cannot stay
    as they are: a part of the board.
    """
    site = request.user.site
    context = {
        "people": readiness.of_day(site, timezone.localdate()),
        "unbooked": queries.without_appointment(planned_today.expected(site)),
        "misfits": misfits_of_site(site, timezone.now()),
        "now": timezone.localtime(),
        "may_open": request.user.allows(Permission.SESSION_READ),
    }
    return render(request, "schedule/coming.html", context)


@requires(Permission.SCHEDULE_SET)
def hours(request: HttpRequest) -> HttpResponse:
    """When the site treats, and how many people one nurse watches: the medical director's to set."""
    site, who = request.user.site, actor(request)
    if request.method != "POST":
        return _rules(request)

    def do(said: dict[str, Any]) -> str:
        made = services.set_hours(site, who, **said)
        left = "Appointments that stand already are left; what no longer fits stands under What is ready."
        return f"{hours_in_words(made.hours)}. {left}"

    form = forms.HoursForm(request.POST)
    return answered(request, form, do, lambda bound: _rules(request, form=bound), "calendar_hours", kept=True)


@requires(Permission.SCHEDULE_SET)
@require_POST
def time_out_set(request: HttpRequest) -> HttpResponse:
    """Switch the time-out by two people on or off."""

    def do(said: dict[str, Any]) -> str:
        site, who = request.user.site, actor(request)
        return f"{set_time_out(site, said['wanted'], said['reason'], who, write_id=said['write_id'])}."

    form = forms.TimeOutForm(request.POST)
    return answered(request, form, do, lambda bound: _rules(request, two=bound), "calendar_hours", kept=True)


@requires(Permission.SCHEDULE_SET)
@require_POST
def closed(request: HttpRequest) -> HttpResponse:
    """Enter days on which the site is closed."""
    site, who = request.user.site, actor(request)

    def do(said: dict[str, Any]) -> str:
        made = services.close_days(site, who, **said)
        stand = queries.booked_between(site, made.first_day, made.last_day, who.now)
        left = f" {stand} stand{'s' if stand == 1 else ''} on these days: move what is booked." if stand else ""
        return f"Closed: {made}.{left}"

    form = forms.ClosingForm(request.POST)
    return answered(request, form, do, lambda bound: _rules(request, closing=bound), "calendar_hours", kept=True)


@requires(Permission.SCHEDULE_SET)
@require_POST
def open_again(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Closed days are none after all."""
    found = get_object_or_404(Closing.objects.select_related("site"), pk=closing_id, site=request.user.site)

    def do(said: dict[str, Any]) -> str:
        services.open_again(found, actor(request), **said)
        return f"Open again: {found}."

    form = forms.OpenAgainForm(request.POST, closing=found)
    return answered(request, form, do, lambda bound: _rules(request, again=bound), "calendar_hours", kept=True)


def _rules(request: HttpRequest, *, again: forms.OpenAgainForm | None = None, **bound: NamedWriteForm) -> HttpResponse:
    site = request.user.site
    closed_now = queries.closings(site, timezone.localdate())
    now = queries.hours_in_force(site)
    standing: dict[str, Any] = {
        "opens": now.opens, "closes": now.closes, "weekdays": now.weekdays,
        "people_per_nurse": now.people_per_nurse, "write_id": new_id(),
    }  # fmt: skip
    context = {
        "now": now,
        "words": hours_in_words(now.hours),
        "is_usual": now.recorded_by_id is None,
        "rules": [rule(name) for name in ("hours", "people_per_nurse", "preparation")],
        "wants_time_out": wants_time_out(site.pk),
        "time_out": time_out.rule(),
        "form": forms.HoursForm(initial=standing),
        "two": forms.TimeOutForm(initial={"write_id": new_id()}),
        "closing": forms.ClosingForm(initial={"write_id": new_id()}),
        "closings": [again if again and again.closing == each else _open_again(each) for each in closed_now],
    }
    return render(request, "schedule/hours.html", context | bound)


def _open_again(closing: Closing) -> forms.OpenAgainForm:
    return forms.OpenAgainForm(closing=closing, initial={"write_id": new_id()})


def _day(request: HttpRequest) -> date:
    """The day asked for; today without one, or with one that cannot be."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
        midnight(day - timedelta(days=8)), midnight(day + timedelta(days=8))
    except (ValueError, OverflowError):
        return timezone.localdate()
    return day


def _around(day: date, step: int) -> dict[str, Any]:
    """The day of a page and its neighbours."""
    return {
        "day": day,
        "before": day - timedelta(days=step),
        "after": day + timedelta(days=step),
        "is_today": day == timezone.localdate(),
    }
