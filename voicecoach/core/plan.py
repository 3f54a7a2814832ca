"""What is still to be done in a session, and what has been done: pure bookkeeping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from voicecoach.core.dosing import Dosage
from voicecoach.core.phases import Phase
from voicecoach.language.program import Program
from voicecoach.language.script import Script, Stretch

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
        """Seconds of the warm-up that are still to be done; once `warm`, that were left out."""
        self.warm = False
        """The warm-up is over."""
        self.way_back: Phase | None = None
        """The phase that a confirmed word led out of last, as long as nobody has been pushed since: "go back" leads there."""
        self.lighter = False
        """The client said "too much" of this stretch; the partner is told so before the next repetition or side."""
        self._index = 0
        self.unease = False
        """The client wanted less in this stretch, and what is left of it has not followed yet."""
        self.carefree = True
        """Nobody has wanted less in this session: only then is more ever proposed."""
        self._deepen_limit, self._deepenings = program.deepen_limit, dict[str, int]()
        self._hold_limits = program.hold_limits
        self._stopped: dict[tuple[str, Dosage, Dosage], dict[tuple[str, int], int]] = {}
        """The holds that the way back from the last change would not give, since a limit has stopped them on the way there; empty nearly always."""

    # --- the dose ---

    @property
    def deepen_limit(self) -> int:
        """How often "more" may deepen the present repetition."""
        return min(self._deepenings.get(self.current.stretch.id, self._deepen_limit), self._deepen_limit) if self.current else 0

    @property
    def dosage(self) -> Dosage | None:
        """The dose of the present repetition; None when all are done."""
        return Dosage(hold_seconds=self.current.hold_seconds, repetitions=self.current.repetitions, deepenings=self.deepen_limit) if self.current else None

    def change(self, stretch: str, old: Dosage, new: Dosage) -> None:
        """Go from one dose to another in what is still to be done of `stretch`; a hold never leaves the program's limits.

        Who takes the change back gets each hold as it was.
        """
        self._deepenings[stretch] = new.deepenings
        before, kept = self.bouts[self._index:], self._stopped.get((stretch, new, old), {})
        after = [replace(bout, hold_seconds=kept.get(_place(bout), bout.hold_seconds)) for bout in self._moved(before, stretch, old, new)]
        self.bouts = (*self.bouts[: self._index], *after)
        back = {_place(bout): bout.hold_seconds for bout in self._moved(after, stretch, new, old)}
        lost = {_place(bout): bout.hold_seconds for bout in before if back.get(_place(bout)) != bout.hold_seconds}
        self._stopped = {(stretch, old, new): lost} if lost else {}

    def _moved(self, bouts: Sequence[Bout], stretch: str, old: Dosage, new: Dosage) -> Iterator[Bout]:
        for bout in bouts:
            yield from self._changed(bout, old, new) if bout.stretch.id == stretch else (bout,)

    def _changed(self, bout: Bout, old: Dosage, new: Dosage) -> Iterator[Bout]:
        """A repetition in the new dose, with those that are added after it; nothing when there are to be fewer."""
        least, most = min(self._hold_limits[0], bout.hold_seconds), max(self._hold_limits[1], bout.hold_seconds)
        seconds = min(max(bout.hold_seconds + new.hold_seconds - old.hold_seconds, least), most)
        last = new.repetitions if bout.repetition == old.repetitions else min(bout.repetition, new.repetitions)
        yield from (replace(bout, repetition=number, repetitions=new.repetitions, hold_seconds=seconds) for number in range(bout.repetition, last + 1))

    def wants_less(self, *, here: bool = True) -> None:
        """Somebody does: nothing grows any more today, and `here`, in what is left of this stretch, it shrinks."""
        self.unease, self.carefree = self.unease or here, False

    @property
    def current(self) -> Bout | None:
        """The bout that is under way or comes next; None when all are done."""
        return self.bouts[self._index] if self._index < len(self.bouts) else None

    def follow(self, answers: Mapping[str, bool | None]) -> None:
        """Leave out what these answers to the conditions do not allow, before anything is done."""
        self.bouts = tuple(bout for bout in self.bouts if bout.suits(answers))

    def advance(self) -> None:
        """This repetition is over."""
        before, self._index = self.bouts[self._index], self._index + 1
        if self.current is None or self.current.stretch != before.stretch:
            self.lighter = self.unease = False

    @property
    def under_way(self) -> bool:
        """A repetition is over, or was left out."""
        return self._index > 0

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
        rest = self._rest()
        return next((later.side for later in rest if later.side != rest[0].side), "")

    def other_side_first(self, *, after_this: bool = False) -> None:
        """Do what is left of the other side of this stretch first. How much is done does not change.

        Args:
            after_this: the present repetition has been held and is not to be held again; what comes after it is ordered.
        """
        rest, done = self._rest(), int(after_this)
        ordered = rest[:done] + sorted(rest[done:], key=lambda later: later.side != self.other_side)
        self.bouts = (*self.bouts[: self._index], *ordered, *self.bouts[self._index + len(rest) :])

    def _rest(self) -> list[Bout]:
        """The bouts of the present stretch from the present one on; not those of another time that the program comes to it."""
        coming = self.bouts[self._index:]
        return list(takewhile(lambda later: later.stretch is coming[0].stretch, coming))

    def skip(self) -> None:
        """Leave out the rest of this stretch, on both sides."""
        for _ in self._rest():
            self.advance()

    def seconds_left(self) -> int:
        """A fair guess of the time to the goodbye."""
        return (0 if self.warm else round(self.warm_up_left)) + self.cool_down_seconds + sum(bout.hold_seconds + SECONDS_AROUND_A_HOLD + self.rest_seconds for bout in self.bouts[self._index:])


def _place(bout: Bout) -> tuple[str, int]:
    """What the seconds of a hold depend on; both sides are alike."""
    return bout.stretch.id, bout.repetition
