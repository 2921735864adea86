"""Sheets of paper as PDF."""

from django.contrib.staticfiles import finders

from daybreak.clinic.record.models import Site
from daybreak.clinic.record.refusals import Refusal

STYLE = "paper.css"
LETTER = "paper-letter.css"


def is_letter(site: Site) -> bool:
    """Whether a site prints on Letter paper; elsewhere it is A4."""
    return site.jurisdiction == "US"


def as_pdf(html: str, site: Site, style: str = STYLE) -> bytes:
    """A whole document as a PDF for the paper of a site.

    Args:
        html: with its head and body.
        style: a static stylesheet of its own, by name.

    Raises:
        Refusal: where the library that makes PDFs cannot be loaded; the page itself prints without it.
    """
    try:
        from weasyprint import CSS, HTML
    except OSError as problem:
        raise Refusal(
            "This machine cannot make a PDF: a system library of WeasyPrint (Pango) is missing. "
            "Print the page from the browser instead; it looks the same."
        ) from problem
    styles = [style, LETTER] if is_letter(site) else [style]
    document: bytes = HTML(string=html).write_pdf(
        stylesheets=[CSS(filename=finders.find(each)) for each in styles], pdf_variant="pdf/ua-1"
    )
    return document
