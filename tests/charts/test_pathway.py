"""A pathway draws each arrow as firmly as what is known of it, and says the same in words."""

import pytest

from daybreak.charts import Detour, Pathway, Step, render_pathway
from tests.charts.pictures import read, texts, with_class

STEPS = (Step("Dose"), Step("Concentration", "in blood"), Step("Block"), Step("Symptoms"))


def pathway(links=("people", "animals", "assumed"), detour=None):
    return Pathway(title="A way", description="From dose to symptoms.", steps=STEPS, links=links, detour=detour)


def test_what_is_assumed_is_never_drawn_as_measured():
    root = read(render_pathway(pathway(), key="w"))
    looks = [element.get("class") for element in root.iter() if "c-line" in element.get("class", "").split()]
    lines = looks[::2]  # every other path is a head
    assert ["guess" in look.split() for look in lines] == [False, False, True]
    assert ["broken" in look.split() for look in lines] == [False, True, False]


def test_every_step_and_the_firmness_of_every_arrow_can_be_read():
    words = texts(read(render_pathway(pathway(), key="w")))
    for said in ("Dose", "Concentration", "in blood", "measured in people", "from animals", "assumed"):
        assert said in words


def test_a_detour_passes_the_steps_between_by():
    detour = Detour(1, 3, "people", ("fitted to trials",))
    plain, passed = (read(render_pathway(pathway(detour=each), key="w")) for each in (None, detour))
    assert len(with_class(passed, "a")) == len(with_class(plain, "a")) + 1
    assert "fitted to trials" in texts(passed)


@pytest.mark.parametrize(
    "wrong", [{"links": ("people",)}, {"detour": Detour(3, 1, "people", ())}, {"detour": Detour(0, 9, "people", ())}]
)
def test_a_way_that_leads_nowhere_is_refused(wrong):
    with pytest.raises(ValueError, match=r"links|nowhere"):
        pathway(**wrong)
