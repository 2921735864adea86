"""Whether two devices speak in turn under one name from one address, told by what one device never does.

A device that connects again, or is set to another bed or person, goes on from there. It does not go back, and back
again: of two lines, two beds or two patient numbers in turn, each belongs to a device of its own. Two that share all
of this cannot be told apart.

What was heard is kept in the memory of the process that listens: begun anew, it hears the next two returns.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

# Ours: longer than two devices of one name need to be heard in turn.
WATCHED = timedelta(minutes=10)
RETURNS = 2  # one may be a message that was on its way while the line broke, or a slip at the monitor; ours
MOST_REMEMBERED = 16
CLOCK_SET_BACK = timedelta(minutes=1)
# After the last return one device is believed again. Ours: longer than any monitor waits between two sets.
BELIEVED_AFTER = timedelta(minutes=2)
# What differs in turn, as it is said of a monitor.
HOW = {
    "line": "over two lines in turn",
    "bed": "from two beds in turn",
    "person": "about two patient numbers in turn",
}


@dataclass
class _Heard:
    """The voices of one name, each with when it was heard last, the newest at the end; and when one came back."""

    voices: deque[tuple[str, datetime]] = field(default_factory=lambda: deque(maxlen=MOST_REMEMBERED))
    returns: deque[datetime] = field(default_factory=lambda: deque(maxlen=RETURNS))

    def hear(self, voice: str, at: datetime) -> None:
        """Note a message; the same one again, since it could not be stored, is no other."""
        if self.voices and at <= self.voices[-1][1]:
            if self.voices[-1][1] - at <= CLOCK_SET_BACK:
                return
            self.voices.clear()
            self.returns.clear()
        if self.voices and self.voices[-1][0] == voice:
            self.voices.pop()
        elif any(before == voice and at - heard <= WATCHED for before, heard in self.voices):
            self.returns.append(at)
        self.voices.append((voice, at))

    def are_two(self, at: datetime) -> bool:
        """Whether two were heard in turn lately."""
        lately = [each for each in self.returns if at - each <= WATCHED]
        return len(lately) == RETURNS and at - lately[-1] <= BELIEVED_AFTER


_HEARD: dict[tuple[UUID, str], _Heard] = {}


def two_in_turn(monitor: UUID, at: datetime, said: dict[str, str]) -> str:
    """How two devices speak in turn under this monitor's name; empty where one does, as far as can be told.

    Args:
        said: the line a message came over, the bed and the person's number in it; what is empty says nothing.
    """
    found = ""
    for kind, voice in said.items():
        if voice:
            heard = _HEARD.setdefault((monitor, kind), _Heard())
            heard.hear(voice, at)
            found = found or (HOW[kind] if heard.are_two(at) else "")
    return found
