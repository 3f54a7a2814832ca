"""Setting up a position and, once the people say "ready", approaching a gentle stretch slowly."""

from __future__ import annotations

from voicecoach.parts.base import STAY, Course, Go, Move, Pause
from voicecoach.parts.between import skip
from voicecoach.parts.force import ANSWER, Force, Strain
from voicecoach.phases import Step
from voicecoach.vocabulary import Heard, Intent

SETTLING = 25.0
"""Seconds to get into position before the coach asks again."""
PROMPTS = 4
"""After so many unanswered questions for "ready" the session pauses."""


class Approach(Force):
    """Position, then the slow way in."""

    question = "approach.ask"

    def __init__(self, course: Course, strain: Strain) -> None:
        super().__init__(course, strain)
        self._moving = False
        self._prompts = 0

    def enter(self) -> Move:
        """Say how to lie and stand, then wait for "ready"."""
        self._moving, self._prompts = False, 0
        self.strain.renew()
        stretch = self.bout.stretch.id
        if self.bout.repetition == 1:
            # A stretch without sides does not know {side}; format ignores what it does not need.
            self.floor.say(f"{stretch}.client_position", **self.side)
            self.floor.say(f"{stretch}.partner_position", **self.side)
        else:
            self.floor.say(f"{stretch}.position_again", **self.side)
        if not self.plan.force_seen:
            self.floor.say("rule.stop")
            self.floor.say("rule.words")
        if self.plan.lighter:
            self.floor.say("approach.lighter")
        self.floor.say("position.ready")
        self.floor.listen("position", Intent.READY)
        self.floor.wait(SETTLING)
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """"Ready" starts the force; after it, "good" stops the way in."""
        if heard.intent is Intent.SKIP:
            if self._moving:
                self._let_down()
            return skip(self)
        if not self._moving:
            return self._approach() if heard.intent is Intent.READY else None
        if heard.intent in {Intent.GOOD, Intent.YES}:
            return Go(Step.HELD_STILL)
        if heard.intent is Intent.NO and self.worry:
            # "No, I feel nothing yet" must not push by itself: only "more" does.
            self.floor.say("approach.say-more")
            self.answered()
            self.floor.wait(ANSWER)
            return STAY
        return super().heard(heard)

    def _approach(self) -> Move:
        self._moving = self.plan.force_seen = True
        self.floor.say(f"{self.bout.stretch.id}.approach_partner", **self.side)
        self.floor.say(f"{self.bout.stretch.id}.approach_client", **self.side)
        self.floor.listen("stretch", Intent.MORE, Intent.YES)
        self.answered()
        self.floor.wait(ANSWER)
        return STAY

    def _let_down(self) -> None:
        self.floor.hush()
        self.floor.say(f"{self.bout.stretch.id}.let_down", **self.side)

    def silence(self) -> Move:
        """Before the force: ask again and in the end pause. Under force: see `Force.silence`."""
        if self._moving:
            return super().silence()
        self._prompts += 1
        if self._prompts >= PROMPTS:
            return Pause()
        self.floor.say("position.ready" if self._prompts == 1 else "position.help")
        self.floor.wait(SETTLING)
        return STAY

    def ease(self) -> Move:
        """Before "ready" nobody pushes, and easing changes nothing but the mood: say that it was heard."""
        if self._moving:
            return super().ease()
        self.floor.hush()
        self.floor.say("safety.ease")
        self.floor.say("position.ready")
        self.floor.wait(SETTLING)
        return STAY
