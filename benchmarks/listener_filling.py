"""`python -m benchmarks.listener_filling URL CHAIRS`: so many people in chairs, each with a monitor M0, M1, ...

A process of its own, because Django reads its settings once.
"""

import sys

from benchmarks import harness


def main(url: str, chairs: int) -> None:
    """Fill an empty database."""
    harness.become_daybreak(url)
    from django.db import transaction

    from tests.clinic.people import make_clinic
    from tests.exchange.ward import seat

    with transaction.atomic():
        clinic = make_clinic()
        for number in range(chairs):
            seat(clinic, number)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
