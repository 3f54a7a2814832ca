"""What is still to be done in a session, and what has been done: pure bookkeeping."""

from __future__ import annotations

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


@dataclass(slots=True)
class Tally:
    """What has happened, for the spoken summary."""

    holds: int = 0
    held_seconds: float = 0.0
    eases: int = 0
    """How often somebody asked for less; easing for want of an answer does not count."""
    stretches: set[str] = field(default_factory=set)


class Plan:
    """The bouts of a program in order, left side before right, and the place in it."""

    def __init__(self, program: Program, script: Script) -> None:
        self.bouts = tuple(
            Bout(stretch, side, repetition, dose.repetitions, dose.hold_seconds)
            for dose in program.stretches
            for stretch in (script.stretches[dose.stretch],)
            for side in (("left", "right") if stretch.sides else ("",))
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

    def advance(self) -> None:
        """This repetition is over."""
        before, self._index = self.bouts[self._index], self._index + 1
        if self.current is None or self.current.stretch != before.stretch:
            self.lighter = False

    @property
    def begun(self) -> bool:
        """The coming repetition is not the first of its stretch."""
        return 0 < self._index < len(self.bouts) and self.bouts[self._index - 1].stretch is self.bouts[self._index].stretch

    @property
    def changes_side(self) -> bool:
        """The coming repetition is of the same stretch as the last one, on the other side."""
        return self.begun and self.bouts[self._index - 1].side != self.bouts[self._index].side

    @property
    def more_of_this(self) -> bool:
        """After the present repetition there are others of the same stretch."""
        return len(self._rest()) > 1

    @property
    def other_side(self) -> str:
        """The side of this stretch that is still to be done and is not the present one; empty: there is none."""
        bout = self.current
        sides = {later.side for later in self._rest() if bout and later.side != bout.side}
        return next(iter(sides), "")

    def other_side_first(self) -> None:
        """Do what is left of the other side of this stretch before the present one. How much is done does not change."""
        rest = self._rest()
        ordered = sorted(rest, key=lambda later: later.side != self.other_side)
        self.bouts = (*self.bouts[: self._index], *ordered, *self.bouts[self._index + len(rest) :])

    def _rest(self) -> list[Bout]:
        """The bouts of the present stretch from the present one on."""
        bout = self.current
        return [later for later in self.bouts[self._index :] if bout and later.stretch is bout.stretch]

    def skip(self) -> None:
        """Leave out the rest of this stretch, on both sides."""
        bout = self.current
        while bout and self.current and self.current.stretch is bout.stretch:
            self.advance()

    def seconds_left(self) -> int:
        """A fair guess of the time to the goodbye."""
        return round(self.warm_up_left) + self.cool_down_seconds + sum(bout.hold_seconds + SECONDS_AROUND_A_HOLD + self.rest_seconds for bout in self.bouts[self._index:])
