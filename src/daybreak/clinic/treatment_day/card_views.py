"""The emergency card as a page of its own, to print; and what the site writes on it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from daybreak.clinic.record.forms import WriteForm
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.pages import actor
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.clinic.record.refusals import Refusal, WriteConflict
from daybreak.clinic.tablet.queries import is_locked
from daybreak.clinic.treatment_day import services
from daybreak.clinic.treatment_day.emergency_card import as_lines, card_for
from daybreak.clinic.treatment_day.sheet import KINDS
from daybreak.treatment.drugs import Drug, Route

FIRST = next(iter(KINDS))


class CardForm(WriteForm):
    """The site's own part, one line each."""

    numbers = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5}), label="Whom to call",
        help_text="One a line, in the order of calling: Anaesthetist on duty: 555 0100",
    )  # fmt: skip
    medicines = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 6}),
        label="Rescue medicines by your own protocol",
        help_text="One a line: the medicine; its dose; where the dose is written",
    )  # fmt: skip
    leave_empty = forms.BooleanField(required=False, label="Leave it empty: the site has nothing of its own to say")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        is_empty = not any(said.get(name, "").strip() for name in ("numbers", "medicines"))
        if is_empty and not self.errors and not said.get("leave_empty"):
            raise forms.ValidationError(
                "Both boxes are empty, so the card would lose the site’s numbers and doses. Write them, or tick "
                "“Leave it empty”. Nothing was changed."
            )
        return said


@requires(Permission.DAY_READ)
def emergency_card(request: HttpRequest) -> HttpResponse:
    """The card for one drug and route, to print and put beside the chairs. Open on a locked tablet too: it names no
    patient, and then leads nowhere but back to the lock.
    """
    kind = request.GET.get("for", FIRST)
    drug, _, route = kind.partition("-")
    if drug not in set(Drug) or route not in set(Route):
        raise Refusal(f"There is no card “{kind[:40]}”. Choose one of: {', '.join(KINDS)}.")
    locked = is_locked(request)
    context = {
        "locked": locked,
        "layout": "treatment_day/behind_lock.html" if locked else "base.html",
        "kinds": KINDS,
        "kind": kind,
        "title": f"{drug.capitalize()} {route}",
        "card": card_for(request.user.site, Drug(drug), Route(route)),
        "now": timezone.localtime(),
    }
    return render(request, "treatment_day/emergency_card.html", context)


@requires(Permission.CARD_WRITE)
def emergency_card_write(request: HttpRequest) -> HttpResponse:
    """The director writes the site's numbers and rescue doses."""
    if request.method == "POST":
        form = CardForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            try:
                services.write_card(
                    request.user.site, said["numbers"], said["medicines"], actor(request), write_id=said["write_id"]
                )
            except WriteConflict:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.info(request, "The emergency card is written. Print it anew where it hangs.")
                return redirect("emergency_card")
    else:
        card = card_for(request.user.site, Drug.KETAMINE, Route.IV)  # its own part is the same for every drug
        typed = {"numbers": as_lines(card.numbers), "medicines": as_lines(card.medicines)}
        form = CardForm(initial={"write_id": new_id(), **typed})
    return render(
        request, "treatment_day/emergency_card_write.html", {"form": form}, status=422 if form.errors else 200
    )
