"""The last words, by how the session ended."""

from __future__ import annotations

from voicecoach.core.parts.base import STAY, Course, Move, Part, in_minutes
from voicecoach.core.parts.turn import OFFERED
from voicecoach.core.plan import Tally
from voicecoach.vocabulary import Outcome

SPOKEN_AS_MINUTES = 90
"""From so many seconds on a sum is told in minutes."""


class Farewell(Part):
    """Sums up, says goodbye, and is over when that has been said."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self.outcome = Outcome.COMPLETED
        self.change = False
        """The other one lies down next."""

    def enter(self) -> Move:
        """Summary where there is something to sum up, then the goodbye of this outcome."""
        self.floor.wait(0.0)
        tally = self.plan.tally
        if tally.holds and self.outcome in {Outcome.COMPLETED, Outcome.FINISHED_EARLY, Outcome.STOPPED}:
            self._sum_up(tally)
        return self.resume()

    def _sum_up(self, tally: Tally) -> None:
        if tally.holds == 1:
            self.floor.say("goodbye.summary-one")
        elif len(tally.stretches) == 1:
            self.floor.say("goodbye.summary-stretch", holds=tally.holds)
        else:
            self.floor.say("goodbye.summary", holds=tally.holds, stretches=len(tally.stretches))
        if tally.held_seconds < SPOKEN_AS_MINUTES:
            self.floor.say("goodbye.seconds", seconds=round(tally.held_seconds))
        else:
            self.floor.say("goodbye.minutes", minutes=in_minutes(tally.held_seconds))
        if tally.eases:
            self.floor.say("goodbye.eases")

    def instead(self, outcome: Outcome) -> Move:
        """What is told during the last words changes them, unless they send to a doctor already."""
        if self.outcome not in {Outcome.EMERGENCY, Outcome.SCREENED_OUT}:
            self.outcome = outcome
        return self.resume()

    def resume(self) -> Move:
        """The goodbye again, after somebody interrupted it: its advice must not be lost."""
        if self.outcome is Outcome.PAIN:
            self.floor.say("goodbye.pain-advice")
        self.floor.say("turn.change" if self.change and self.outcome in OFFERED else f"goodbye.{self.outcome.value}")
        return STAY
