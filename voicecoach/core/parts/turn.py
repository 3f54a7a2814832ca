"""One person's turn is over: do the two change places? Asked only when nobody was sent to a doctor and nobody said stop."""

from __future__ import annotations

from voicecoach.core.parts.base import STAY, Course, End, Move, Part
from voicecoach.vocabulary import Heard, Intent, Outcome

OFFERED = frozenset({Outcome.COMPLETED, Outcome.FINISHED_EARLY})
"""Ways to end a turn after which the other one may lie down."""


class TurnOver(Part):
    """One question; silence is a "no"."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self.outcome = Outcome.COMPLETED
        """How the turn ended that is over now."""
        self.change = False
        """The two change places after the last words."""
        self._prompts = 0

    def enter(self) -> Move:
        """Ask."""
        return self._ask()

    def _ask(self, prompts: int = 0) -> Move:
        self._prompts = prompts
        self.floor.listen("turn", Intent.YES, Intent.SWAP)
        (self.floor.say if prompts else self.floor.ask)("turn.ask")
        self.floor.wait(self.patience)
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """Change places, or not."""
        if heard.intent in {Intent.YES, Intent.SWAP}:
            if not self.counts(heard):
                return STAY
            self.change = True
            return End(self.outcome)
        if heard.intent in {Intent.NO, Intent.FINISH}:
            return End(self.outcome) if self.counts(heard) else STAY
        return None

    def unclear(self) -> Move:
        """Say once what can be said."""
        if self.floor.quiet and self._prompts == 0:
            self._prompts = 1
            self.floor.remind("help.turn")
        return STAY

    def silence(self) -> Move:
        """Ask once more; then the session is over."""
        if self._prompts:
            return End(self.outcome)
        self.floor.say("help.turn")
        return self._ask(1)

    def time_left(self) -> tuple[str, dict[str, str | float]]:
        """Nothing is left but the goodbye."""
        return "cool-down.left", {}
