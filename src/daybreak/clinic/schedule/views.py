"""Pages of the calendar: a day, a week, what is ready for a day, the site's hours."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from daybreak.clinic.pharmacy.pages import answered
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.schedule import forms, queries, readiness, services
from daybreak.clinic.schedule.diary import hours_in_words
from daybreak.clinic.treatment_day.models import Chair
from daybreak.treatment.booking import rule


@requires(Permission.SCHEDULE_READ)
def calendar(request: HttpRequest) -> HttpResponse:
    """One day: chairs across, hours down; on a phone a list."""
    site, day = request.user.site, _day(request)
    hours = queries.hours_in_force(site)
    chairs, shown = list(Chair.objects.filter(site=site).order_by("name")), queries.visits(site, day)
    context = {
        **_around(day, 1),
        "chairs": chairs,
        "visits": shown,
        "grid": queries.grid(chairs, shown, hours.opens, hours.closes),
        "closed": day.isoweekday() not in hours.weekdays,
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
    columns = []
    for each in (monday + timedelta(days=number) for number in range(7)):
        found = [visit for visit in shown if visit.starts_at.date() == each]
        if found or each.isoweekday() in hours.weekdays:
            columns.append((each, found))
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
        "open": sum(bool(each.open) for each in people),
        "names": [point.name for point in people[0].points] if people else [],
    }
    return render(request, "schedule/ready.html", context)


@requires(Permission.SCHEDULE_SET)
def hours(request: HttpRequest) -> HttpResponse:
    """When the site treats, and how many people one nurse watches: the medical director's to set."""
    site, who = request.user.site, actor(request)
    now = queries.hours_in_force(site)

    def page(form: forms.HoursForm) -> HttpResponse:
        context = {
            "form": form, "now": now, "words": hours_in_words(now.hours), "is_usual": now.recorded_by_id is None,
            "rules": [(rule(name), name) for name in ("hours", "people_per_nurse", "preparation")],
        }  # fmt: skip
        return render(request, "schedule/hours.html", context)

    if request.method != "POST":
        standing: dict[str, Any] = {
            "opens": now.opens, "closes": now.closes, "weekdays": now.weekdays,
            "people_per_nurse": now.people_per_nurse, "write_id": new_id(),
        }  # fmt: skip
        return page(forms.HoursForm(initial=standing))

    def do(said: dict[str, Any]) -> str:
        made = services.set_hours(site, who, **said)
        return f"{hours_in_words(made.hours)}. Appointments that stand already are left as they are."

    return answered(request, forms.HoursForm(request.POST), do, page, "calendar_hours")


def _day(request: HttpRequest) -> date:
    """The day asked for; today without one, or with one that cannot be."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
        queries.midnight(day - timedelta(days=8)), queries.midnight(day + timedelta(days=8))
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
