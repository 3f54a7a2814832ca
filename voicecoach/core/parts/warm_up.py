"""Warm-up: light activity with spoken time calls. Only a confirmed "we are warm already" shortens it."""

from __future__ import annotations

import math

from voicecoach.core.parts.base import DENIED, STAY, Course, Go, Move, Part, in_minutes
from voicecoach.core.phases import Phase, Step
from voicecoach.vocabulary import Heard, Intent


class WarmUp(Part):
    """Calls the minutes."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._ends = 0.0
        self._confirming = False

    def enter(self) -> Move:
        """Say what to do, and start the clock."""
        self.floor.say("warm-up.begin", minutes=self.course.program.warm_up_minutes)
        return self._run()

    def resume(self) -> Move:
        """Go on with the time that was left, after a break or because they are not warm after all."""
        self.plan.warm = False
        self.floor.say("warm-up.on")
        return self._run()

    def leave(self) -> None:
        """Keep the time that is left for after a break; while the machine slept nobody was seen to move."""
        self.plan.warm_up_left = max(0.0, self._ends - self.floor.awake_until)
        self.floor.alarm = None

    def _run(self) -> Move:
        self._confirming = False
        self._ends = self.floor.now + self.plan.warm_up_left
        self.floor.listen("warm-up")
        self.floor.wait(None)
        self._set_alarm()
        return STAY

    def _set_alarm(self) -> None:
        """At the next full minute, or at the end."""
        # Half a second of tolerance: a call that comes a hair early must not lead to the same minute again.
        minutes = math.ceil((self._ends - self.floor.now - 0.5) / 60)
        self.floor.alarm = self._ends - 60.0 * max(0, minutes - 1)

    def alarm(self) -> Move:
        """A minute is over."""
        minutes = round((self._ends - self.floor.now) / 60)
        if minutes <= 0:
            return self._warm(None)
        if minutes > 1:
            self.floor.say("warm-up.call", minutes=minutes)
        else:
            self.floor.say("warm-up.last")
        self._set_alarm()
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """Being warm already has to be said and then confirmed."""
        if heard.intent is Intent.WHY:
            self.floor.say("warm-up.why")
            return STAY
        if heard.intent in {Intent.WARM, Intent.SKIP} and not self._confirming:
            self._confirming = True
            self.floor.listen("confirm", Intent.YES)
            self.floor.ask("warm-up.confirm")
            self.floor.wait(self.patience)
            return STAY
        if self._confirming and heard.intent is Intent.YES:
            return self._warm(Phase.WARM_UP) if self.counts(heard) else STAY
        if self._confirming and heard.intent in DENIED:
            return self._keep_on()
        return None

    def _warm(self, way_back: Phase | None) -> Move:
        """On to the stretches; `way_back` is where "we are warm" was said, since that can be taken back."""
        self.plan.warm, self.plan.way_back = True, way_back
        return Go(Step.WARMED)

    def silence(self) -> Move:
        """No answer is no "yes"; while nothing is asked nobody counts the silence."""
        return self._keep_on()

    def _keep_on(self) -> Move:
        self._confirming = False
        self.floor.listen("warm-up")
        self.floor.say("warm-up.keep-on")
        self.floor.wait(None)
        return STAY

    @property
    def pointless(self) -> frozenset[Intent]:
        """To take back what nobody has said."""
        return super().pointless | (frozenset() if self._confirming else self.irrevocable)

    @property
    def ends(self) -> float | None:
        """Of the warm-up."""
        return self._ends

    def time_left(self) -> tuple[str, dict[str, str | float]]:
        """Of the warm-up."""
        minutes = in_minutes(self._ends - self.floor.now)
        return ("warm-up.left", {"minutes": minutes}) if minutes > 1 else ("warm-up.last", {})
