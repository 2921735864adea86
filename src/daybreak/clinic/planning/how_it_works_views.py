"""The page that draws the mechanism and says what of it is data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from daybreak import charts
from daybreak.clinic.planning import mechanism_drawings
from daybreak.clinic.record.permissions import Permission, requires
from daybreak.pharmacology.calibration.estimates import load_estimates, load_priors
from daybreak.pharmacology.mechanism.steps import mechanism_steps


@requires(Permission.MODEL_READ)
def how_it_works(request: HttpRequest) -> HttpResponse:
    """From a dose to the symptoms, and hours against weeks. About no person in particular."""
    weeks, chain = mechanism_drawings.hours_and_weeks(), mechanism_drawings.chain()
    context = {
        "steps": mechanism_steps(),
        "mechanism": charts.render_pathway(mechanism_drawings.mechanism(), key="mechanism"),
        "weeks": {"svg": charts.render(weeks, key="weeks"), "table": charts.table(weeks), "says": weeks.description},
        "chain": {"svg": charts.render(chain, key="chain"), "says": chain.description},
        "regimen": mechanism_drawings.REPEATED,
        "limits": load_priors("mechanism").limits,
        "versions": [load_estimates("response"), load_estimates("antidepressant"), load_priors("mechanism")],
        "oral_limits": load_estimates("antidepressant").limits,
    }
    return render(request, "planning/how_it_works.html", context)
