"""The page of a clinic's own chairs and telephone numbers: what it needs before anybody can be treated."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from daybreak.clinic.record import writes
from daybreak.clinic.record.answered import answered
from daybreak.clinic.record.clinic_numbers import set_numbers
from daybreak.clinic.record.forms import NamedWriteForm
from daybreak.clinic.record.models import Site, new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.treatment_day.models import Chair
from daybreak.clinic.treatment_day.services import chairs


def _line(label: str, length: int, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, widget=forms.TextInput(attrs={"autocomplete": "off"}), **more
    )


class NumbersForm(NamedWriteForm):
    """What people are told to dial."""

    name = "numbers"
    phone = _line("Telephone of the clinic", 40, required=False, help_text="On letters, and on what people take home.")
    emergency_phone = _line(
        "Out of hours and in an emergency", 40, required=False, help_text="On the emergency card and a locked tablet."
    )


class ChairForm(NamedWriteForm):
    """The name of a chair."""

    name = "chair"
    called = _line("Name of a further chair", 60, help_text="What pages put after “Chair”: 1, or window.")


class RenameForm(NamedWriteForm):
    """Another name of a chair."""

    called = _line("New name", 60)

    def __init__(self, *args: Any, chair: Chair, **kwargs: Any) -> None:
        self.chair, self.name = chair, f"rename-{chair.pk}"
        super().__init__(*args, **kwargs)


class UseForm(NamedWriteForm):
    """Retire a chair, or use it again."""

    name = "use"
    in_use = forms.TypedChoiceField(choices=[("yes", "Yes"), ("no", "No")], coerce=lambda said: said == "yes")


@requires(Permission.SITE_SET)
def clinic(request: HttpRequest) -> HttpResponse:
    """The chairs of this clinic and its telephone numbers."""
    return _page(request)


def _page(request: HttpRequest, **bound: forms.Form) -> HttpResponse:
    site = Site.objects.get(pk=request.user.site_id)
    refused = bound.pop("chair", None)
    every = Chair.objects.filter(site=site).order_by("name")
    context = {
        "numbers": NumbersForm(
            initial={"write_id": new_id(), "phone": site.phone, "emergency_phone": site.emergency_phone}
        ),
        "further": ChairForm(initial={"write_id": new_id()}),
        "chairs": [refused if refused and refused.chair == each else _rename(each) for each in every],
        "trouble": next(iter(bound["use"].non_field_errors()), "") if "use" in bound else "",
    }
    return render(request, "treatment_day/clinic.html", context | bound)


def _rename(chair: Chair) -> RenameForm:
    return RenameForm(chair=chair, initial={"write_id": new_id(), "called": chair.name})


@requires(Permission.SITE_SET)
@require_POST
def clinic_numbers(request: HttpRequest) -> HttpResponse:
    """Write the telephone numbers."""

    def do(said: dict[str, Any]) -> str:
        site, who, write_id = request.user.site, actor(request), said.pop("write_id")
        writes.once(
            write_id, "numbers of the site", {"site": site.pk, **said}, who, lambda: set_numbers(site, who, **said)
        )
        none = "" if said["emergency_phone"] else "The clinic has no emergency number now. "
        return f"Written. {none}Print the emergency card anew where it hangs."

    return answered(
        request, NumbersForm(request.POST), do, lambda form: _page(request, numbers=form), "clinic", kept=True
    )


@requires(Permission.SITE_SET)
@require_POST
def chair_add(request: HttpRequest) -> HttpResponse:
    """Add a chair."""

    def do(said: dict[str, Any]) -> str:
        site, who, write_id, name = request.user.site, actor(request), said["write_id"], said["called"]
        writes.once(
            write_id, "chair added", {"site": site.pk, "name": name}, who,
            lambda: chairs.add_chair(site, name, who, chair_id=write_id),
        )  # fmt: skip
        return f"{Chair.objects.get(pk=write_id)} is here. It is offered from now on."

    return answered(
        request, ChairForm(request.POST), do, lambda form: _page(request, further=form), "clinic", kept=True
    )


@requires(Permission.SITE_SET)
@require_POST
def chair_rename(request: HttpRequest, chair_id: UUID) -> HttpResponse:
    """Give a chair another name."""
    chair = _chair(request, chair_id)

    def do(said: dict[str, Any]) -> str:
        who, name = actor(request), said["called"]
        writes.once(
            said["write_id"], "chair renamed", {"chair": chair.pk, "name": name}, who,
            lambda: chairs.rename_chair(chair, name, who),
        )  # fmt: skip
        return f"It is called {str(chair).lower()} now."

    form = RenameForm(request.POST, chair=chair)
    return answered(request, form, do, lambda form: _page(request, chair=form), "clinic", kept=True)


@requires(Permission.SITE_SET)
@require_POST
def chair_use(request: HttpRequest, chair_id: UUID) -> HttpResponse:
    """Retire a chair, or use it again."""
    chair = _chair(request, chair_id)

    def do(said: dict[str, Any]) -> str:
        who, in_use = actor(request), said["in_use"]
        verb = chairs.use_chair_again if in_use else chairs.retire_chair
        writes.once(
            said["write_id"], "chair in use", {"chair": chair.pk, "in_use": in_use}, who, lambda: verb(chair, who)
        )
        if in_use:
            return f"{chair} is offered again."
        return f"{chair} is retired: no new session, no new appointment. Move the appointments that stand in it."

    return answered(request, UseForm(request.POST), do, lambda form: _page(request, use=form), "clinic", kept=True)


def _chair(request: HttpRequest, chair_id: UUID) -> Chair:
    found: Chair = get_object_or_404(Chair.objects.select_related("site"), pk=chair_id, site=request.user.site)
    return found
