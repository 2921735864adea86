"""Sources as a page shows them."""

import re
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_ADDRESS = re.compile(r"(https?://[A-Za-z][^\s;,]*[^\s;,.)])")  # of a name: a bare number address is no link
_IN_PMC = re.compile(r"/(PMC\d+)")
_IN_PUBMED = re.compile(r"/(\d{6,9})/?$")


@register.filter
def cited(source: str) -> SafeString:
    """A source with its addresses as links that are named by what they are: PMC, PubMed, DOI, else their host.

    On paper the stylesheet prints the whole address in the place of the name.
    """
    parts = _ADDRESS.split(source)
    return format_html_join("", "{}", ((_link(part) if place % 2 else part,) for place, part in enumerate(parts)))


def _link(address: str) -> SafeString:
    return format_html('<a href="{}" rel="noreferrer nofollow">{}</a>', address, _name(address))


def _name(address: str) -> str:
    to = urlsplit(address)
    host = (to.hostname or "").removeprefix("www.")
    if found := _IN_PMC.search(to.path):
        return found[1]
    if host in ("pubmed.ncbi.nlm.nih.gov", "pubmed.gov") and (found := _IN_PUBMED.search(to.path)):
        return f"PubMed {found[1]}"
    if host in ("doi.org", "dx.doi.org"):
        return f"doi:{to.path.strip('/')}"
    return host
