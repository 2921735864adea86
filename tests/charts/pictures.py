"""Reading a drawn chart back: its elements, its words and the places of its marks."""

import re
from xml.etree import ElementTree

from daybreak.charts import Axis, Chart, Line, render

SVG = "{http://www.w3.org/2000/svg}"


def chart(*marks, x=None, y=None, **others):
    """A chart about nothing in particular."""
    return Chart(
        title="A title", description="A sentence.", x=x or Axis(), y=y or Axis(name="Value"), marks=marks, **others
    )


def line_chart(xs, ys, **others):
    return chart(Line(xs, ys, "Value"), **others)


def read(drawn, key="k"):
    """The picture as XML: fails when it is not well formed."""
    svg = drawn if isinstance(drawn, str) else render(drawn, key=key)
    return ElementTree.fromstring(svg)  # our own output


def with_class(root, name):
    return [element for element in root.iter() if name in element.get("class", "").split()]


def texts(root):
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def runs_of(path):
    """The pixels of every unbroken run of a path."""
    return [
        [tuple(map(float, pixel.split())) for pixel in run.rstrip("Z").split("L")]
        for run in re.findall(r"M([^M]+)", path.get("d"))
    ]


def line_pixels(root):
    return [pixel for path in with_class(root, "c-line") for run in runs_of(path) for pixel in run]


def plot_box(root):
    """Left, top, right and bottom of the plot."""
    (clip,) = root.iter(f"{SVG}clipPath")
    x, y, width, height = (float(clip[0].get(name)) for name in ("x", "y", "width", "height"))
    return x + 2, y + 2, x + width - 2, y + height - 2
