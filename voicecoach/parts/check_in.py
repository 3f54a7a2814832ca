"""Check-in after a repetition: do you feel a stretch, where, was it too much? The answers shape the next one."""

from __future__ import annotations

from enum import Enum

from voicecoach.parts.base import STAY, Course, Go, Move, Part, Pause
from voicecoach.parts.between import skip
from voicecoach.phases import Step
from voicecoach.question import ANSWERS
from voicecoach.vocabulary import Heard, Intent

NOWHERE = "nowhere"
"""The slot of the places that are none. The slot that is a warning is the guard's affair."""
PROMPTS = 2
"""So often a question is asked again before the session pauses."""


class Ask(Enum):
    """The question that is open; the value is the key of its line."""

    FEEL = "check-in.feel"
    WHERE = "check-in.where"
    TOO_MUCH = "check-in.too-much"


class CheckIn(Part):
    """Three short questions."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._asking = Ask.FEEL
        self._prompts = 0
        self._felt = False
        self._counted = False
        """The plan has gone past this repetition already."""

    def enter(self) -> Move:
        """The first question."""
        self._counted = False
        return self._ask(Ask.FEEL)

    def _ask(self, question: Ask, prompts: int = 0) -> Move:
        self._asking, self._prompts = question, prompts
        self.floor.listen("place" if question is Ask.WHERE else "check-in")
        (self.floor.say if prompts else self.floor.ask)(question.value)
        self.floor.wait(self.patience)
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """An answer to the open question, or one to a later question given early."""
        if heard.intent is Intent.SKIP:
            return self._skip()
        if heard.intent is Intent.GO_BACK:
            return self._ask(Ask.WHERE if self._asking is Ask.TOO_MUCH and self._felt else Ask.FEEL)
        if heard.intent is Intent.EASE:
            return self._was_too_much()
        return self._answered(heard) if heard.intent not in ANSWERS or self.counts(heard) else STAY

    def _answered(self, heard: Heard) -> Move | None:
        if self._asking is Ask.FEEL:
            return self._feel(heard.intent)
        if self._asking is Ask.WHERE:
            return self._where(heard)
        return self._too_much(heard.intent)

    def _skip(self) -> Move:
        """What is left of this stretch is left out; when nothing is, only the questions are."""
        done = self.plan.current
        self.plan.advance()
        self._counted = True
        coming = self.plan.current
        return skip(self) if done and coming and coming.stretch == done.stretch else self._done()

    def _feel(self, answer: Intent) -> Move | None:
        self._felt = answer in {Intent.YES, Intent.GOOD}
        if self._felt:
            return self._ask(Ask.WHERE)
        if answer in {Intent.NO, Intent.UNSURE}:
            self.floor.say("check-in.nothing-felt")
            return self._ask(Ask.TOO_MUCH)
        return None

    def _where(self, heard: Heard) -> Move | None:
        bout = self.plan.current
        if heard.intent is Intent.UNSURE:
            return self._ask(Ask.TOO_MUCH)
        if heard.intent is not Intent.PLACE or bout is None:
            return None
        if heard.slot == NOWHERE:
            self.floor.say("check-in.nothing-felt")
        elif heard.slot in bout.stretch.places:
            self.floor.say("check-in.right-place")
        else:
            self.plan.lighter = True
            self.floor.say(f"{bout.stretch.id}.wrong_place")
        return self._ask(Ask.TOO_MUCH)

    def _too_much(self, answer: Intent) -> Move | None:
        if answer in {Intent.YES, Intent.UNSURE}:
            return self._was_too_much()
        if answer in {Intent.NO, Intent.GOOD}:
            self.floor.say("check-in.fine")
            return self._done()
        return None

    def _was_too_much(self) -> Move:
        self.plan.lighter = True
        self.plan.wants_less()
        self.floor.say("check-in.lighter")
        return self._done()

    def _done(self) -> Move:
        return Go(Step.CHECKED)

    def leave(self) -> None:
        """The repetition is over, whether or not all questions were answered."""
        if not self._counted:
            self.plan.advance()

    def unclear(self) -> Move:
        """Say once what can be answered."""
        if self.floor.quiet and self._prompts == 0:
            self._prompts = 1
            self.floor.say(f"help.{self.floor.grammar}")
            self.floor.wait(self.patience)
        return STAY

    def silence(self) -> Move:
        """Ask once more with help; then pause, since nobody is stretched without an answer."""
        if self._prompts < PROMPTS:
            self.floor.say(f"help.{self.floor.grammar}")
            return self._ask(self._asking, self._prompts + 1)
        return Pause()
