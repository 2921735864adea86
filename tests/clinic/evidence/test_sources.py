"""A source is named by what it is, can be opened, and holds nothing a browser would carry out."""

import pytest

from daybreak.clinic.evidence.templatetags.evidence import cited
from daybreak.evidence.data import text


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC7894501/table/cpt2024-tbl-0001", "PMC7894501"),
        ("https://pubmed.ncbi.nlm.nih.gov/11027905/ (read in a copy)", "PubMed 11027905"),
        ("https://doi.org/10.1016/S0006-3223(99)00230-9", "doi:10.1016/S0006-3223(99)00230-9"),
        ("the label, https://www.usmedicine.com/2021online-dir/inc/html/35.html; table 6", "usmedicine.com"),
    ],
)
def test_an_address_is_named_by_what_it_is_and_the_words_around_it_stay(source, name):
    said = cited(source)
    address = next(part for part in source.replace(";", " ").split() if part.startswith("https:"))
    assert f'<a href="{address}" rel="noreferrer nofollow">{name}</a>' in said
    assert said.split("<a ")[0] + said.split("</a>")[1] == source.replace(address, "")


@pytest.mark.parametrize(
    "source",
    ["PMID 39514643", "", "javascript:alert(1)", "http://192.0.2.7:8081/30286416", "openscience.ink/paper/x"],
)
def test_what_is_no_address_of_a_name_is_no_link(source):
    assert cited(source) == source


def test_a_source_cannot_write_markup():
    said = cited('<script>x</script> https://a.example/"onmouseover="x')
    assert "<script>" not in said
    assert '"onmouseover' not in said


@pytest.mark.parametrize("file", ["results.csv", "harms.csv", "antidepressants.csv", "published.csv", "trials.csv"])
def test_no_shipped_source_leads_to_a_bare_number_address_or_through_a_proxy(file):
    assert "://47." not in text(file)
    assert "proxy?url=" not in text(file)
