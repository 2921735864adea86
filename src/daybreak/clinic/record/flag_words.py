"""What an open flag says: its own words, and of somebody who died nothing that asks to call them."""

from typing import ClassVar


class FlagWords:
    """The words of a flag as a list shows them while it is open. What was stored stays as it is: a death that is taken
    back brings the words back.
    """

    ASKS_THE_PERSON: ClassVar = frozenset({"suicide answer", "call overdue", "answers missing", "left_with_open"})
    CALL: ClassVar = "Call and assess: "
    died: bool = False  # the person, as `queries.open_flags` read it
    kind: str
    title: str
    detail: str

    @property
    def says(self) -> str:
        """The title."""
        return f"Person died. {self.title.removeprefix(self.CALL)}" if self._asks_the_dead else self.title

    @property
    def asks(self) -> str:
        """The detail."""
        return "Do not call. Tell the prescriber, who reviews and closes it." if self._asks_the_dead else self.detail

    @property
    def _asks_the_dead(self) -> bool:
        return self.died and self.kind in self.ASKS_THE_PERSON
