"""What a prediction needs for a moment is the machine's again afterwards."""

from pathlib import Path

import pytest

from daybreak.clinic.record.memory import giving_back

PIECE = 100_000  # small enough to lie on the heap
PIECES = 600
PAGE = 4096


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def leaving_a_hole() -> list[bytearray]:
    """Much that is freed below a little that stays, so that the heap cannot simply shrink."""
    pieces = [bytearray(PIECE) for _ in range(PIECES)]
    return pieces[-1:]


def test_what_work_freed_goes_back_to_the_machine():
    before = resident_bytes()
    kept = giving_back(leaving_a_hole)()
    assert len(kept) == 1
    assert resident_bytes() - before < PIECE * PIECES / 4


def test_what_it_answers_and_what_it_raises_pass_through():
    @giving_back
    def part(number: int) -> float:
        """One part of so many."""
        return 1 / number

    assert (part(2), part.__doc__) == (0.5, "One part of so many.")
    with pytest.raises(ZeroDivisionError):
        part(0)
