"""The page that draws the mechanism and says what of it is data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from daybreak.clinic.record.permissions import Permission, requires


@requires(Permission.MODEL_READ)
def how_it_works(request: HttpRequest) -> HttpResponse:
    """From a dose to the symptoms, and hours against weeks."""
    return render(request, "planning/how_it_works.html")
