"""Small made-up data sets, written as the CSV files are."""

import csv
import io

from daybreak.evidence import data
from daybreak.evidence.dataset import read

COLUMNS = {name: data.text(f"{name}.csv").split("\n", 1)[0].split(",") for name in ("trials", "arms", "results")}


def table(name, rows):
    written = io.StringIO()
    writer = csv.DictWriter(written, fieldnames=COLUMNS[name], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


class Smith:
    """Collects trials, their arms and results, and reads them as a data set."""

    def __init__(self):
        self.trials, self.arms, self.results = [], [], []

    def trial(self, name, **cells):
        usual = {
            "label": name, "year": "2020", "indication": "treatment_resistant_depression", "design": "parallel",
            "blinding": "double", "comparator": "placebo",
        }  # fmt: skip
        self.trials.append({"trial": name, **usual, **cells})
        self.arm(name, "control", role="control", drug=cells.get("control_drug", "placebo"), route="iv")
        self.trials[-1].pop("control_drug", None)
        return self

    def arm(self, trial, name, **cells):
        usual = {"role": "active", "drug": "ketamine", "route": "iv", "doses": "1", "schedule": "single infusion"}
        row = {"trial": trial, "arm": name, "label": name, **usual, **cells}
        if row["role"] == "active":
            row.setdefault("against", "control")
        self.arms.append(row)
        return self

    def result(self, trial, arm, **cells):
        usual = {
            "outcome": "depression", "outcome_words": "MADRS", "scale": "madrs", "kind": "change", "better": "lower",
            "time_h": "24", "time_from": "first dose", "source": "a page", "status": "seen",
        }  # fmt: skip
        self.results.append({"id": f"r{len(self.results)}", "trial": trial, "arm": arm, **usual, **cells})
        return self

    def events(self, trial, arm, events, n, **cells):
        usual = {"outcome": "depression_response", "outcome_words": "response", "kind": "events", "better": "more"}
        return self.result(trial, arm, events=str(events), n=str(n), **(usual | cells))

    def simple(self, name, difference=-5.0, n=40, **cells):
        """A trial of two arms with a mean change each, spread 10."""
        self.trial(name, **cells).arm(name, "active")
        self.result(name, "active", n=str(n), mean=str(-10 + difference), sd="10")
        return self.result(name, "control", n=str(n), mean="-10", sd="10")

    def read(self):
        tables = {name: table(name, getattr(self, name)) for name in ("trials", "arms", "results")}
        found = read(**tables, date="2026-01-01")
        assert found.refused == (), [str(row) for row in found.refused]
        return found
