"""SVG charts from plain series. Knows no other room of the house and no framework.

`render(chart, key=...)` draws, `table(chart)` gives the same numbers as text; so do `render_forest` and
`render_calendar` with their tables.
The stylesheet alone gives colour.
"""

from daybreak.charts.calendar import Calendar, CalendarSession, Review, calendar_table, render_calendar
from daybreak.charts.forest import Forest, ForestRow, ForestTotal, forest_table
from daybreak.charts.forest_picture import render_forest
from daybreak.charts.marks import (
    Axis,
    Band,
    Bars,
    Chart,
    Checks,
    Label,
    Lane,
    Limit,
    Line,
    Missing,
    Now,
    Points,
    Sessions,
    Shade,
    Span,
    Steps,
    Stretch,
)
from daybreak.charts.pathway import Detour, Pathway, Step, render_pathway
from daybreak.charts.render import render
from daybreak.charts.standalone import standalone
from daybreak.charts.table import Table, table

__all__ = [
    "Axis",
    "Band",
    "Bars",
    "Calendar",
    "CalendarSession",
    "Chart",
    "Checks",
    "Detour",
    "Forest",
    "ForestRow",
    "ForestTotal",
    "Label",
    "Lane",
    "Limit",
    "Line",
    "Missing",
    "Now",
    "Pathway",
    "Points",
    "Review",
    "Sessions",
    "Shade",
    "Span",
    "Step",
    "Steps",
    "Stretch",
    "Table",
    "calendar_table",
    "forest_table",
    "render",
    "render_calendar",
    "render_forest",
    "render_pathway",
    "standalone",
    "table",
]
