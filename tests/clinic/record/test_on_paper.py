"""Sheets come apart: each page of paper says whose it is, by name, date of birth and record number."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from daybreak.clinic.record.models import PatientIdentifier
from daybreak.clinic.record.paper import STYLE
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import banner, on_paper
from daybreak.clinic.treatment_day import sheet
from tests.clinic.people import Clinic
from tests.clinic.treatment_day.day import open_day
from tests.web.test_gate import signed_in

WHOSE = "Synthetic person. Test Person, born 1 Mar 1984, record A-17"


@pytest.fixture
def numbered(clinic: Clinic) -> Clinic:
    for value in ("A-17", "B-18"):
        PatientIdentifier.objects.create(patient=clinic.patient, system="urn:example:clinic", value=value)
    return clinic


def feet(html: str, style: str) -> list[str]:
    """What stands in the margin at the foot of each page that the PDF maker makes."""
    weasyprint = pytest.importorskip("weasyprint", exc_type=OSError)
    style_sheet = weasyprint.CSS(filename=finders.find(style))
    pages = weasyprint.HTML(string=html).render(stylesheets=[style_sheet]).pages
    margins = ([box for box in page._page_box.children if hasattr(box, "at_keyword")] for page in pages)
    return [
        " ".join(each.text for box in boxes for each in box.descendants() if hasattr(each, "text")) for boxes in margins
    ]


def test_a_person_without_a_number_of_another_system_has_our_own(clinic: Clinic) -> None:
    assert clinic.patient.record_number == f"Daybreak {clinic.patient.pk.hex[-8:]}"
    assert on_paper(clinic.patient).endswith(clinic.patient.record_number)


def test_the_first_number_that_was_sent_is_that_of_every_paper(numbered: Clinic) -> None:
    assert on_paper(numbered.patient) == banner(numbered.course).on_paper == WHOSE


def test_every_page_of_a_letter_names_the_person(numbered: Clinic) -> None:
    long = "\n\n".join(["A paragraph of a letter."] * 90)
    said = {"on_paper": on_paper(numbered.patient), "text": {"subject": "About"}, "today": timezone.localdate()}
    found = feet(render_to_string("letters/paper_body.html", said | {"sections": [("Treatment", long)]}), STYLE)
    assert len(found) > 1
    assert all(WHOSE in foot for foot in found)


@pytest.mark.parametrize("kind", sheet.KINDS)
def test_the_blank_sheet_is_two_pages_and_each_takes_a_name(clinic: Clinic, kind: str) -> None:
    html = render_to_string("treatment_day/blank_sheet_body.html", {"sheet": sheet.blank(kind, clinic.site)})
    found = feet(html, sheet.STYLE)
    assert len(found) == 2, "one leaf, printed on both sides"
    assert all("Name" in foot and "Born" in foot and "Record number" in foot for foot in found)


def test_the_blank_sheet_takes_what_happened_and_who_wrote_it(clinic: Clinic) -> None:
    words = render_to_string(
        "treatment_day/blank_sheet_content.html", {"sheet": sheet.blank("ketamine-iv", clinic.site)}
    )
    assert "What happened" in words
    assert words.count("Initials") == 2, "of each row of values, and of each thing done"
    assert "Pump, mL/h" in words


def test_the_pages_of_a_course_say_it_for_the_printer(numbered: Clinic) -> None:
    day = open_day(numbered)
    client = signed_in(numbered, Role.NURSE)
    for address in (reverse("plan", args=[numbered.course.pk]), reverse("session", args=[day.session.pk])):
        assert f'data-person="{WHOSE}"' in client.get(address).content.decode().split(">")[1]
    style = Path(finders.find("daybreak.css")).read_text()
    assert "--person: attr(data-person)" in style
    assert "@bottom-left { content: var(--person)" in style


def test_part_of_a_list_says_on_paper_that_it_is_not_the_whole(rf: RequestFactory) -> None:
    page = Paginator(range(423), 50).get_page(2)
    words = render_to_string("record/pages.html", {"page": page}, rf.get("/"))
    assert "On this paper: 51 to 100 of 423" in words
    assert 'class="row no-print"' in words, "the screen's own count of pages is not printed beside the paper's"
