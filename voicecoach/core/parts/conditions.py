"""What a program asks after the screening, and which of its stretches the answers leave. It decides what is done, never whether."""

from __future__ import annotations

from voicecoach.core.plan import Plan


class Conditions:
    """The questions of one program, in the order in which its stretches need them.

    A question that no stretch depends on any more is not asked: whoever cannot get down to the floor is not asked how
    it is to turn there. A stretch is done only with the clear answer that it needs; "I don't know" leaves it out.
    """

    def __init__(self, plan: Plan, screened: frozenset[str]) -> None:
        """Begin with nothing known.

        Args:
            plan: whose stretches are conditional.
            screened: the ids of the screening's own questions; they can be conditions too, and are not asked again.
        """
        self._plan = plan
        self._answers: dict[str, bool | None] = {}
        self._asked: list[str] = []
        needed = (condition for bout in plan.bouts for condition, _ in bout.needs)
        self.count = len(dict.fromkeys(condition for condition in needed if condition not in screened))
        """How many questions there can be."""

    def know(self, condition: str, *, known: bool) -> None:
        """The screening's answer: False for a plain "no", True for a "yes" that a professional has agreed to."""
        self._answers[condition] = known

    @property
    def open(self) -> str:
        """The condition that has to be asked next; empty when there is none."""
        for bout in self._plan.bouts:
            unknown = [condition for condition, _ in bout.needs if condition not in self._answers]
            refused = any(condition in self._answers and self._answers[condition] is not wanted for condition, wanted in bout.needs)
            if unknown and not refused:
                return unknown[0]
        return ""

    @property
    def last(self) -> str:
        """The condition to which the client has said something last; empty when nothing was asked."""
        return self._asked[-1] if self._asked else ""

    def answer(self, answer: bool | None) -> None:  # noqa: FBT001 - it is the answer itself
        """What the client said to the open question: True, False, or None for "I don't know"."""
        self._asked.append(self.open)
        self._answers[self.open] = answer

    def go_back(self) -> bool:
        """Forget the last answer, so that its question is open again; False when none was given."""
        if not self._asked:
            return False
        del self._answers[self._asked.pop()]
        return True

    @property
    def left_out(self) -> list[str]:
        """The names of the stretches that the answers leave out altogether, in the program's order."""
        done = {bout.stretch.id for bout in self._plan.bouts if bout.suits(self._answers)}
        return list(dict.fromkeys(bout.stretch.name for bout in self._plan.bouts if bout.stretch.id not in done))

    @property
    def nothing_left(self) -> bool:
        """No stretch of the program is left."""
        return not any(bout.suits(self._answers) for bout in self._plan.bouts)

    def settle(self) -> None:
        """The session begins with what is left."""
        self._plan.follow(self._answers)
