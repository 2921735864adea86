"""What a benchmark found, as rows of one table, and whether a gate failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report.

    Attributes:
        value, beside: what was measured, and the same work in plain code, with their units in words.
        compared: what is held against the gate, e.g. the ratio of the two.
        at_most, at_least: the gate; without one the line is only printed.
    """

    what: str
    value: str
    beside: str = ""
    compared: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def gate(self) -> str:
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else ""

    @property
    def failed(self) -> bool:
        if self.compared is None:
            return False
        too_much = self.at_most is not None and self.compared > self.at_most
        too_little = self.at_least is not None and self.compared < self.at_least
        return too_much or too_little

    @property
    def verdict(self) -> str:
        if not self.gate:
            return ""
        return f"[bold red]{self.gate}: FAILED[/]" if self.failed else f"{self.gate}: holds"


def show(console: Console, title: str, figures: Sequence[Figure]) -> None:
    """Print the figures of one benchmark."""
    table = Table(title=title, title_justify="left", box=SIMPLE)
    table.add_column("What")
    for name in ("Here", "Beside it", "Compared"):
        table.add_column(name, justify="right")
    table.add_column("Gate")
    table.add_column("Remark")
    for figure in figures:
        compared = "" if figure.compared is None else f"{figure.compared:.2f}"
        table.add_row(figure.what, figure.value, figure.beside, compared, figure.verdict, figure.note)
    console.print(table)
