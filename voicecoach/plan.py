"""What is still to be done in a session, and what has been done: pure bookkeeping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voicecoach.script import Program, Script, Stretch

SECONDS_AROUND_A_HOLD = 65
"""Set-up, approach and check-in of one repetition, for "how long?". A timeline of the full program on which nobody
hesitates needs 58 (14 repetitions); people take their time."""


@dataclass(frozen=True, slots=True)
class Bout:
    """One repetition of one stretch on one side."""

    stretch: Stretch
    side: str
    """"left", "right", or "" for a stretch without sides."""
    repetition: int
    """From 1."""
    repetitions: int
    hold_seconds: int
    needs: tuple[tuple[str, bool], ...] = ()
    """Each condition, and the one answer with which this is done."""

    def suits(self, answers: Mapping[str, bool | None]) -> bool:
        """Whether these answers allow it; what was not asked, or not answered clearly, does not."""
        return all(answers.get(condition) is wanted for condition, wanted in self.needs)


@dataclass(slots=True)
class Tally:
    """What has happened, for the spoken summary."""

    holds: int = 0
    held_seconds: float = 0.0
    eases: int = 0
    """How often somebody asked for less; easing for want of an answer does not count."""
    stretches: set[str] = field(default_factory=set)


class Plan:
    """The bouts of a program in order, and the place in it."""

    def __init__(self, program: Program, script: Script) -> None:
        self.bouts = tuple(
            Bout(stretch, side, repetition, dose.repetitions,
                 min(dose.hold_seconds + (repetition - 1) * dose.build_up_seconds, max(dose.hold_seconds, program.hold_limits[1])), tuple(dose.needs()))
            for dose in program.stretches
            for stretch in (script.stretches[dose.stretch],)
            for side in ((dose.sides or ("left", "right")) if stretch.sides else ("",))
            for repetition in range(1, dose.repetitions + 1)
        )
        self.rest_seconds, self.cool_down_seconds = program.rest_seconds, program.cool_down_seconds
        self.tally = Tally()
        self.warm_up_left = program.warm_up_minutes * 60.0
        """Seconds of the warm-up that are still to be done."""
        self.lighter = False
        """The client said "too much" of this stretch; the partner is told so before the next repetition or side."""
        self._index = 0

    @property
    def current(self) -> Bout | None:
        """The bout that is under way or comes next; None when all are done."""
        return self.bouts[self._index] if self._index < len(self.bouts) else None

    @property
    def repeats(self) -> bool:
        """The stretch of the current bout was done just before, on this side or on the other."""
        return bool(self._index) and self.current is not None and self.bouts[self._index - 1].stretch is self.current.stretch

    def follow(self, answers: Mapping[str, bool | None]) -> None:
        """Leave out what these answers to the conditions do not allow, before anything is done."""
        self.bouts = tuple(bout for bout in self.bouts if bout.suits(answers))

    def advance(self) -> None:
        """This repetition is over."""
        before, self._index = self.bouts[self._index], self._index + 1
        if self.current is None or self.current.stretch != before.stretch:
            self.lighter = False

    def skip(self) -> None:
        """Leave out the rest of this stretch, on both sides."""
        bout = self.current
        while bout and self.current and self.current.stretch is bout.stretch:
            self.advance()

    def seconds_left(self) -> int:
        """A fair guess of the time to the goodbye."""
        return round(self.warm_up_left) + self.cool_down_seconds + sum(bout.hold_seconds + SECONDS_AROUND_A_HOLD + self.rest_seconds for bout in self.bouts[self._index:])
