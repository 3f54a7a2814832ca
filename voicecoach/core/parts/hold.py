"""Holding a stretch: counted sparingly, breathing cues, and one question whether it is still comfortable."""

from __future__ import annotations

from enum import Enum, auto

from voicecoach.core.parts.base import STAY, Course, Go, Move
from voicecoach.core.parts.force import Force, Strain, Worry
from voicecoach.core.phases import Step
from voicecoach.vocabulary import Earcon, Heard, Intent

LAST_SECONDS = 5
"""The end is announced so many seconds before it comes."""
COUNTS = 10.0
"""Seconds from which a hold is one in the summary: the shortest that ACSM counts as a stretch."""
ROOM_FOR_MORE = 8.0
"""With fewer seconds left, "more" is not worth its risk."""


class Mark(Enum):
    """A moment of the hold."""

    HALF = auto()
    LAST = auto()
    END = auto()


class Hold(Force):
    """Counts one hold, from the moment when its first line has been spoken."""

    question = "hold.ask"

    def __init__(self, course: Course, strain: Strain) -> None:
        super().__init__(course, strain)
        self._began: float | None = None
        self._next = Mark.HALF
        self._at_ease = False
        """The client has said during this hold that it is good."""

    @property
    def pushed(self) -> bool:
        """A stretch is held."""
        return True

    @property
    def _ends(self) -> float:
        return (self.floor.now if self._began is None else self._began) + self.bout.hold_seconds

    def enter(self) -> Move:
        """The line that starts the hold."""
        self._began, self._next, self._at_ease = None, Mark.HALF, False
        self.worry, self.awaiting = Worry.NONE, False
        self.floor.say("hold.begin", seconds=self.bout.hold_seconds)
        self.floor.listen("hold", Intent.MORE)
        self.floor.wait(0.0)
        return STAY

    def leave(self) -> None:
        """Count what was held, also when it ended early; a moment is no hold, and will be held again."""
        self.floor.alarm = None
        if self._counts:
            self.plan.tally.held_seconds += self._held
            self.plan.tally.holds += 1
            self.plan.tally.stretches.add(self.bout.stretch.id)

    @property
    def _held(self) -> float:
        """Seconds so far."""
        return 0.0 if self._began is None else min(self.floor.awake_until, self._ends) - self._began

    @property
    def _counts(self) -> bool:
        """It has been held for long enough to be one; the difference of two times may be a hair less than it is."""
        return round(self._held, 3) >= COUNTS

    def silence(self) -> Move:
        """The first silence is the start of the count; after it silence is a worry."""
        if self._began is None:
            self._cue("hold_client")
            self._start()
            return STAY
        return super().silence()

    def _start(self) -> None:
        """The count begins, with the end of its first line or with the first word of the client."""
        if self._began is None:
            self._began = self.floor.now
            self._set_alarm()

    def _set_alarm(self) -> None:
        began, seconds = self._ends - self.bout.hold_seconds, self.bout.hold_seconds
        self.floor.alarm = began + {Mark.HALF: seconds / 2, Mark.LAST: seconds - LAST_SECONDS, Mark.END: seconds}[self._next]

    def alarm(self) -> Move:
        """Half-way, nearly there, there."""
        if self._next is Mark.END:
            return self._end(Earcon.END)
        if self._next is Mark.HALF:
            self._next = Mark.LAST
            self._half_way()
        else:
            self._next = Mark.END
            if self.worry is Worry.NONE:
                self.floor.say("hold.last", seconds=LAST_SECONDS)
        self._set_alarm()
        return STAY

    def _half_way(self) -> None:
        self.floor.chime(Earcon.HALF)
        if self._at_ease or self.worry:
            self.floor.say("hold.half")
            self._cue("hold_client" if self.bout.stretch.alone else "hold_partner")
        else:
            self.floor.say("hold.half")
            self.ask()

    def _cue(self, name: str) -> None:
        self.floor.say(f"{self.bout.stretch.id}.{name}", **self.side)

    def _end(self, earcon: Earcon | None = None) -> Move:
        self.floor.hush()
        if earcon:
            # The clock's end is a moment, and a sound marks it best; a person's word is answered by words alone.
            self.floor.chime(earcon)
        self.floor.say("hold.end")
        self._cue("let_down")
        return Go(Step.LET_DOWN)

    def heard(self, heard: Heard) -> Move | None:
        """"Good" settles it; "next" ends the hold early; "more" comes too late near the end."""
        if heard.intent in {Intent.GOOD, Intent.YES}:
            return self._settle()
        if heard.intent is Intent.NEXT:
            return self._end()
        if heard.intent in {Intent.OTHER_SIDE, Intent.GO_BACK}:
            return self._back(other_side=heard.intent is Intent.OTHER_SIDE)
        if heard.intent is Intent.MEANT_NO:
            # A "yes" or "good" that was not meant.
            return self.ease()
        if heard.intent is Intent.MORE and self._ends - self.floor.now < ROOM_FOR_MORE:
            self.floor.say("hold.no-time")
            self.answered()
            return STAY
        return super().heard(heard)

    def _back(self, *, other_side: bool) -> Move:
        """Out of the hold, legs first. What was held for long enough is not held again; else the position is set up once more."""
        counts = self._counts
        self.legs_down()
        if other_side:
            self.change_side(after_this=counts)
        if counts:
            return Go(Step.LET_DOWN)
        self.strain.anew = True
        return Go(Step.ANEW)

    def _settle(self) -> Move:
        overtaken = self.floor.urging
        if overtaken:
            # "Good" has overtaken a "further" that was still to be said.
            self.floor.hush()
        if overtaken or self.awaiting:
            self.floor.say("hold.good")
        self._at_ease = True
        if self._began is not None:
            self.answered()
        return STAY

    def deepen(self) -> Move:
        """Deeper means that the client's last "good" no longer tells anything."""
        self._at_ease = False
        self._start()
        return super().deepen()

    def ease(self) -> Move:
        """Less, for the rest of this hold."""
        self._at_ease = False
        self._start()
        return super().ease()

    @property
    def pointless(self) -> frozenset[Intent]:
        """The other side, where there is none or it is done."""
        return super().pointless | (frozenset() if self.plan.other_side else {Intent.OTHER_SIDE})

    @property
    def ends(self) -> float | None:
        """Of this hold, from its first counted second on."""
        return None if self._began is None else self._ends

    def time_left(self) -> tuple[str, dict[str, str | float]]:
        """Of this hold."""
        return "hold.left", {"seconds": max(1, round(self._ends - self.floor.now))}
