"""The last words, by how the session ended."""

from __future__ import annotations

from voicecoach.parts.base import STAY, Course, Move, Part
from voicecoach.vocabulary import Outcome


class Farewell(Part):
    """Sums up, says goodbye, and is over when that has been said."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self.outcome = Outcome.COMPLETED

    def enter(self) -> Move:
        """Summary where there is something to sum up, then the goodbye of this outcome."""
        self.floor.alarm = None
        self.floor.wait(0.0)
        tally = self.plan.tally
        if tally.holds and self.outcome in {Outcome.COMPLETED, Outcome.FINISHED_EARLY, Outcome.STOPPED}:
            self.floor.say("goodbye.summary" if tally.holds > 1 else "goodbye.summary-one", holds=tally.holds,
                           stretches=len(tally.stretches), seconds=tally.held_seconds)
            if tally.eases:
                self.floor.say("goodbye.eases")
        return self.resume()

    def resume(self) -> Move:
        """The goodbye again, after somebody interrupted it: its advice must not be lost."""
        self.floor.say(f"goodbye.{self.outcome.value}")
        return STAY
