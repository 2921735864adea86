"""Write a page with every kind of chart in light and dark, for people to look at. All numbers are synthetic.

Usage: python tools/chart_gallery.py STYLESHEET PAGE
"""

import math
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from html import escape
from pathlib import Path

from daybreak.charts import (
    Axis,
    Band,
    Bars,
    Calendar,
    CalendarSession,
    Chart,
    Checks,
    Label,
    Lane,
    Limit,
    Line,
    Missing,
    Now,
    Points,
    Review,
    Sessions,
    Shade,
    Span,
    Steps,
    Stretch,
    Table,
    calendar_table,
    render,
    render_calendar,
    table,
)

LIMITS = (Limit(180, "Red 180", "red"), Limit(160, "Amber 160"), Limit(128, "Before 128", "base"))
CHECKS = (0, 10, 20, 30, 40, 55, 70, 85, 100)


def pressure() -> Chart:
    at = [0, 5, 10, 15, 20]
    systolic = [128, 131, 138, 146, 153]
    diastolic = [78, 80, 84, 88, 92]
    model = range(101)
    rise = [min(minute, 40) / 40 * math.exp(-max(0, minute - 40) / 60) for minute in model]
    return Chart(
        title="Blood pressure since the start of the infusion",
        description="Systolic rose from 128 to 164, above the amber limit of 160 at 25 minutes.",
        x=Axis(low=0, high=100, scale="minutes", ticks=tuple((minute, str(minute)) for minute in CHECKS)),
        y=Axis(name="Pressure, mmHg", low=50, high=185),
        marks=(
            Band(model, [122 + 8 * r for r in rise], [134 + 26 * r for r in rise], "Expected"),
            *LIMITS,
            Line([*at, 25], [*systolic, 164], "Systolic", label="164"),
            Line([*at, 25], [*diastolic, 98], "Diastolic", label="98", thin=True),
            Points(at, systolic, "Systolic"),
            Points([25], [164], "Systolic", signal="watch"),
            Points([*at, 25], [*diastolic, 98], "Diastolic", shape="square", hollow=True),
            Stretch(0, 40, "Infusion", until=26),
            Checks(CHECKS, [True] * 3 + [False] * 6),
            Label(1, 150, "Systolic", place="right"),
            Label(2, 68, "Diastolic", place="right"),
            Label(55, 141, "Expected, 90 %", look="accent", place="right"),
            Now(26, "Now 10:38"),
        ),
        height=312,
        gutter=104,
    )


def saturation() -> Chart:
    at = list(range(27))
    values = [None if 12 <= minute < 15 else 97 + (minute * 7 % 5) // 3 for minute in at]
    return Chart(
        title="Oxygen saturation since the start of the infusion",
        description="97 to 98 percent; no signal from minute 12 to 15.",
        x=Axis(low=0, high=100, scale="minutes", ticks=()),
        y=Axis(name="SpO₂, %", low=88, high=101),
        marks=(
            Limit(94, "Amber 94"),
            Limit(90, "Red 90", "red"),
            Missing(11, 15, "no signal"),
            Line(at, values, "SpO₂", label="97"),
            Points([26], [97], "SpO₂"),
            Now(26, ""),
        ),
        height=126,
        gutter=104,
    )


def course() -> Chart:
    first, today = date(2026, 4, 20), date(2026, 11, 24)
    weeks = [first + timedelta(weeks=week) for week in range(31)]
    score = [
        20,
        22,
        21,
        16,
        13,
        11,
        10,
        9,
        8,
        7,
        6,
        4,
        4,
        3,
        4,
        5,
        4,
        5,
        6,
        6,
        None,
        None,
        9,
        12,
        12,
        10,
        8,
        7,
        6,
    ]
    score += [7, 6]
    given = [weeks[3] + timedelta(days=3 * n) for n in range(8)] + [weeks[n] for n in (9, 11, 13, 15, 23, 24, 25, 27)]
    planned = [today + timedelta(days=days) for days in (9, 23)]
    ahead = [weeks[-1] + timedelta(days=7 * n) for n in range(10)]
    width = [math.sqrt(n / 9) for n in range(10)]
    return Chart(
        title="PHQ-9 of one person over seven months",
        description="21 before treatment, response on 1 June, remission on 6 July, 6 now. Two weeks without an answer.",
        x=Axis(low=date(2026, 4, 14), high=ahead[-1], scale="dates"),
        y=Axis(name="PHQ-9, 0 to 27", low=0, high=27),
        marks=(
            Shade(today, ahead[-1], "Forecast"),
            Band(ahead, [6 - 4 * w for w in width], [6 + 7 * w for w in width], "Forecast, 90 of 100"),
            Band(
                ahead,
                [6 - 2 * w for w in width],
                [6 + 3 * w for w in width],
                "Forecast, 50 of 100",
                inner=True,
            ),
            Missing(weeks[20] - timedelta(days=3), weeks[21] + timedelta(days=3), "2 missing"),
            Limit(10.5, "Response ≤ 10", "goal"),
            Limit(4.5, "Remission < 5", "goal"),
            Limit(21, "Baseline 21", "base"),
            Line(weeks, score, "PHQ-9", label=""),
            Points(weeks, score, "PHQ-9"),
            Line(ahead, [6] * 10, "Forecast, median", label="", tone="accent"),
            Label(weeks[6], 10, "Response, 1 Jun", point=True),
            Label(weeks[11], 4, "Remission, 6 Jul", place="below", point=True),
            Label(weeks[23], 12, "Worse: 12, flag raised", point=True),
            Sessions(given + planned, [True] * len(given) + [False] * 2, "Sessions", "16 given, 2 planned"),
            Now(today, "Today"),
            Lane(
                "Medicines",
                (
                    Span(date(2026, 4, 14), date(2026, 7, 11), "Venlafaxine 225 mg"),
                    Span(date(2026, 7, 11), today, "Venlafaxine 150 mg"),
                    Span(date(2026, 4, 14), date(2026, 6, 15), "Zopiclone 7.5 mg", "stopped 15 Jun", ended=True),
                ),
            ),
        ),
        width=1080,
        height=464,
    )


def concentration() -> Chart:
    minutes = range(0, 241, 2)
    middle = [
        162 * (m / 40) ** 0.8 if m <= 40 else 162 * (0.6 * math.exp(-(m - 40) / 30) + 0.4 * math.exp(-(m - 40) / 160))
        for m in minutes
    ]
    hours = [m / 60 for m in minutes]
    return Chart(
        title="Predicted ketamine concentration, first dose",
        description="Median peaks at 162 ng/mL at 40 minutes.",
        x=Axis(name="Hours", ticks=tuple((hour, f"{hour} h") for hour in range(5))),
        y=Axis(name="ng/mL plasma, venous, S + R"),
        marks=(
            Band(hours, [0.85 * c for c in middle], [1.18 * c for c in middle], "90 of 100 people"),
            Band(hours, [0.94 * c for c in middle], [1.07 * c for c in middle], "50 of 100 people", inner=True),
            Line(hours, middle, "Median", label="", tone="accent"),
            Stretch(0, 40 / 60, "Infusion"),
            Label(0.75, 172, "Median 162 at 40 min", place="right"),
            Label(1.3, 118, "Band: 90 of 100 people", look="accent", place="right"),
        ),
        width=520,
        height=270,
        foot="Infusion 40 min",
    )


def dissociation() -> Chart:
    sessions = range(1, 19)
    return Chart(
        title="Strongest dissociation by session",
        description="Own scale 0 to 10: 7 in the first session, 3 in the latest.",
        x=Axis(name="Session", low=0.4, high=18.6, ticks=((1, "1"), (6, "6"), (12, "12"), (18, "18"))),
        y=Axis(name="Strongest dissociation, 0 to 10, by session", low=0, high=10),
        marks=(Bars(sessions, [7, 6, 6, 5, 5, 4, 5, 4, 4, 3, 4, 3, 5, 4, 3, 3, 3, 3], "Dissociation"),),
        width=520,
        height=170,
    )


def effect() -> Chart:
    hours = [2, 4, 24, 48, 72, 168, 336]
    ticks = (
        (2, "2 h"),
        (4, "4 h"),
        (12, "12 h"),
        (24, "1 day"),
        (72, "3 days"),
        (168, "1 wk"),
        (336, "2 wk"),
        (2016, "12 wk"),
    )
    iv = [-0.42, -0.62, -0.8, -0.74, -0.66, -0.42, -0.3]
    oral = [168, 336, 672, 1008, 2016]
    return Chart(
        title="Effect against time since the first dose, log axis",
        description="Three lines from different trials.",
        x=Axis(name="Hours", low=2, high=2016, scale="log", ticks=ticks),
        y=Axis(name="Hedges’ g against control. Lower is better.", low=-1.1, high=0.15),
        marks=(
            Band(hours, [g - 0.24 for g in iv], [g + 0.24 for g in iv], "Ketamine iv, 95 %"),
            Line(hours, iv, "Ketamine iv, one infusion", label="", tone="accent"),
            Points(hours, iv, "Ketamine iv, one infusion", tone="accent"),
            Line(oral, [-0.1, -0.18, -0.26, -0.31, -0.33], "Oral antidepressants", dash="broken"),
            Points(
                oral,
                [-0.1, -0.18, -0.26, -0.31, -0.33],
                "Oral antidepressants",
                shape="triangle",
                hollow=True,
            ),
            Label(26, -0.9, "Ketamine iv, one infusion", look="accent", place="below"),
        ),
        width=1080,
        height=300,
    )


def edge_cases() -> Iterator[Chart]:
    yield Chart(
        title="Empty",
        description="Nothing yet.",
        x=Axis(low=0, high=60, scale="minutes"),
        y=Axis(name="Pressure, mmHg", low=60, high=180),
        marks=LIMITS,
        width=520,
        height=200,
        empty="No reading yet. The first is due before the dose.",
    )
    yield Chart(
        title="One point",
        description="One.",
        x=Axis(scale="dates"),
        y=Axis(name="PHQ-9, 0 to 27", low=0, high=27),
        marks=(Line([date(2026, 11, 24)], [14], "PHQ-9", label="14"),),
        width=520,
        height=200,
    )
    yield Chart(
        title="Outside",
        description="Values outside.",
        x=Axis(low=0, high=60, scale="minutes"),
        y=Axis(name="Pressure, mmHg", low=60, high=180),
        marks=(
            *LIMITS[1:],
            Limit(220, "Red 220", "red"),
            Line([0, 10, 20, 30, 40, 50, 70], [120, 150, 231, 150, 40, 90, 100], "Systolic"),
            Points([0, 10, 20, 30, 40, 50, 70], [120, 150, 231, 150, 40, 90, 100], "Systolic"),
        ),
        width=520,
        height=220,
    )
    noise = random.Random(1)
    yield Chart(
        title="Dense",
        description="A monitor.",
        x=Axis(high=10_000, ticks=((0, "0 h"), (3600, "1 h"), (7200, "2 h"))),
        y=Axis(name="Heart rate, per min", low=40),
        marks=(
            Line(
                range(10_000),
                [150 if n == 6000 else 70 + noise.gauss(0, 3) for n in range(10_000)],
                "Pulse",
                thin=True,
            ),
        ),
        width=520,
        height=200,
    )
    yield Chart(
        title="<script>alert(1)</script>",
        description='"&<>',
        x=Axis(low=0, high=3, name="<b>"),
        y=Axis(name="<script>alert(1)</script> & ]]>\x00"),
        marks=(
            Steps([0, 1, 2, 3], [1, 3, 2, 2], "Rate"),
            Limit(3.05, "Limit " + "very long words " * 5),
            Limit(3, "Close by"),
            Limit(2.95, "Closer", "red"),
            Label(1.2, 1, "</svg><b>", place="right"),
        ),
        width=520,
        height=220,
    )


def calendars() -> Iterator[Calendar]:
    start = date(2026, 11, 23)
    days = [start + timedelta(days=7 * week + day) for week in range(3) for day in (1, 4)]
    days += [start + timedelta(days=7 * week + 1) for week in range(3, 7)]
    yield Calendar(
        title="Calendar of the plan",
        description="Ten sessions: Tuesday and Friday in weeks 1 to 3, then Tuesdays to week 7.",
        start=start,
        sessions=tuple(map(CalendarSession, days)),
        reviews=(
            Review(date(2026, 12, 12), "Review: go on or stop"),
            Review(date(2027, 1, 8), "Review: space out or end"),
        ),
        dose="36 mg each",
        note="No sessions planned. PHQ-9 each Monday to week 12.",
    )
    yield Calendar(
        title="Calendar over two rows",
        description="Daily, then weekly to week 20.",
        start=start,
        sessions=tuple(
            CalendarSession(start + timedelta(days=day), day < 14) for day in [*range(5), *range(7, 140, 7)]
        ),
        reviews=(
            Review(date(2026, 12, 12), "Review: go on or stop"),
            Review(date(2026, 12, 20), "Review: once more"),
        ),
        weeks=20,
    )


def table_html(numbers: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in numbers.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in numbers.rows[:12])
    notes = "".join(f"<li>{escape(note)}</li>" for note in numbers.notes)
    return (
        f"<details><summary>The same as numbers</summary><table><tr>{head}</tr>{rows}</table><ul>{notes}</ul></details>"
    )


def figure(svgs: list[str], size: str, numbers: Table) -> str:
    return f'<figure class="sheet chart {size}"><div class="scroll">{"".join(svgs)}</div>{table_html(numbers)}</figure>'


def gallery(theme: str) -> str:
    whole = [
        figure(
            [render(pressure(), key=f"{theme}-bp"), render(saturation(), key=f"{theme}-ox")],
            "",
            table(pressure()),
        ),
        figure([render(course(), key=f"{theme}-course")], "wide", table(course())),
        *(
            figure([render_calendar(calendar, key=f"{theme}-cal{n}")], "wide strip", calendar_table(calendar))
            for n, calendar in enumerate(calendars())
        ),
        figure([render(effect(), key=f"{theme}-effect")], "wide", table(effect())),
    ]
    half = [concentration(), dissociation(), *edge_cases()]
    halves = [figure([render(chart, key=f"{theme}-half{n}")], "small", table(chart)) for n, chart in enumerate(half)]
    return (
        f'<main data-theme="{theme}" class="page"><h1>Charts, {theme}</h1>{"".join(whole)}'
        f'<div class="cols two">{"".join(halves)}</div></main>'
    )


def main(stylesheet: Path, page: Path) -> None:
    page.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Charts</title>'
        f"<style>{stylesheet.read_text('utf-8')}"
        "main { background: var(--paper); color: var(--ink); padding: 1rem; } figure { margin-bottom: 1rem; }</style>"
        f"<body>{gallery('light')}{gallery('dark')}</body></html>",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
