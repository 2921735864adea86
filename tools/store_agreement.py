"""Store what the models reach against the published values, so that `daybreak model validate` fails when it is lost.

    python tools/store_agreement.py

To be run after a change that was argued, never to make a check pass.
"""

import csv
from pathlib import Path

from daybreak.pharmacology import observed
from daybreak.pharmacology.validation import agreements, aims, by_study

SLACK = 1.01  # for another machine's rounding


def main() -> None:
    found = {", ".join(name): agreement for name, agreement in agreements(by_study).items()} | aims()
    assert observed.__file__ is not None
    with Path(observed.__file__).with_name("bounds.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["rows of", "fold error", "CRPS"])
        for name, row in found.items():
            rows.writerow([name, f"{SLACK * row.fold_error:.4f}", f"{SLACK * row.crps:.4f}"])


if __name__ == "__main__":
    main()
