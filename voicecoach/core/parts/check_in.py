"""Check-in after a repetition: do you feel a stretch, where, was it too much? The answers shape the next one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum

from voicecoach.core.parts.base import STAY, Course, Go, Move, Part, Pause
from voicecoach.core.parts.between import skip
from voicecoach.core.parts.force import NOWHERE, UNKNOWN, Strain
from voicecoach.core.phases import Step
from voicecoach.core.plan import Bout
from voicecoach.core.question import ANSWERS
from voicecoach.vocabulary import Heard, Intent

OFTEN = 2
"""So often in the wrong place, and the rest of the stretch is left out: easing has not helped."""


class Ask(Enum):
    """The question that is open; the value is the key of its line."""

    FEEL = "check-in.feel"
    WHERE = "check-in.where"
    RIGHT_PLACE = "right_place"
    """Instead of "where?", when nobody answers that: yes or no. Its line is one of the stretch."""
    TOO_MUCH = "check-in.too-much"


RE_PROMPTS: Mapping[Ask, tuple[str, ...]] = {
    Ask.FEEL: ("check-in.feel-again", "check-in.feel-short"), Ask.WHERE: ("check-in.where-again",), Ask.RIGHT_PLACE: (),
    Ask.TOO_MUCH: ("check-in.too-much-again", "check-in.too-much-short"),
}
"""What is said when nobody answers, one after the other: the question in other words and with help; then, since two went
unanswered, in its shortest form and with what may be the matter."""
GRAMMARS: Mapping[Ask, str] = {Ask.FEEL: "check-in", Ask.WHERE: "place", Ask.RIGHT_PLACE: "place-check", Ask.TOO_MUCH: "check-in"}
"""What is listened for."""


class CheckIn(Part):
    """Three short questions."""

    def __init__(self, course: Course, strain: Strain) -> None:
        super().__init__(course)
        self._strain = strain
        self._asking = Ask.FEEL
        self._prompts = 0
        self._felt = False
        self._wrong: Counter[str] = Counter()
        """How often each stretch was felt in the wrong place."""
        self._counted = False
        """The plan has gone past this repetition already."""

    def enter(self) -> Move:
        """The first question; if the wrong place ended the repetition, that has been answered."""
        self._counted = False
        slot, self._strain.wrong_place = self._strain.wrong_place, ""
        if slot and (bout := self.plan.current):
            self._felt = True
            return self._wrong_place(bout, slot)
        return self._ask(Ask.FEEL)

    def _ask(self, question: Ask) -> Move:
        self._asking, self._prompts = question, 0
        self.floor.listen(GRAMMARS[question])
        self.floor.ask(self._line)
        self.floor.wait(self.patience)
        return STAY

    @property
    def _line(self) -> str:
        """The line of the open question."""
        bout = self.plan.current
        return f"{bout.stretch.id}.right_place" if bout and self._asking is Ask.RIGHT_PLACE else self._asking.value

    def heard(self, heard: Heard) -> Move | None:
        """An answer to the open question, or one to a later question given early."""
        if heard.intent is Intent.SKIP:
            return self._skip()
        if heard.intent is Intent.GO_BACK:
            return self._ask(Ask.WHERE if self._asking is Ask.RIGHT_PLACE or (self._asking is Ask.TOO_MUCH and self._felt) else Ask.FEEL)
        if heard.intent is Intent.EASE:
            return self._was_too_much()
        if heard.intent in {Intent.MEANT_YES, Intent.MEANT_NO}:
            return self._corrected(heard.intent)
        return self._answered(heard) if heard.intent not in ANSWERS or self.counts(heard) else STAY

    def _answered(self, heard: Heard) -> Move | None:
        if self._asking is Ask.FEEL:
            return self._feel(heard.intent)
        if self._asking in {Ask.WHERE, Ask.RIGHT_PLACE}:
            return self._where(heard)
        return self._too_much(heard.intent)

    def _corrected(self, what: Intent) -> Move | None:
        """The answer before was wrong. Nothing that is said here leads to more force; in doubt the coach asks again."""
        if self._asking is Ask.FEEL:
            return None
        self.floor.cut()
        if self._asking is not Ask.TOO_MUCH:
            # Only a "yes" led to the question where it was felt.
            return self._feel(Intent.NO) if what is Intent.MEANT_NO else self._ask(Ask.WHERE)
        if what is Intent.MEANT_YES:
            return self._was_too_much() if self._felt else self._feel(Intent.YES)
        return self._ask(Ask.FEEL)

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
        slot = self._place(heard)
        if not slot or bout is None:
            return None
        if slot == NOWHERE:
            self.floor.say("check-in.nothing-felt")
        elif slot in bout.stretch.places:
            self.floor.say("check-in.right-place")
        else:
            return self._wrong_place(bout, slot)
        return self._ask(Ask.TOO_MUCH)

    def _place(self, heard: Heard) -> str:
        """The slot of the place that an answer means; empty if it means none."""
        if heard.intent is Intent.PLACE:
            return heard.slot or UNKNOWN
        if self._asking is Ask.RIGHT_PLACE and self.plan.current:
            return {Intent.YES: min(self.plan.current.stretch.places), Intent.GOOD: min(self.plan.current.stretch.places), Intent.NO: UNKNOWN}.get(heard.intent, "")
        return ""

    def _wrong_place(self, bout: Bout, slot: str) -> Move:
        """First something is changed and there is less force; felt in the wrong place again, the stretch is left out."""
        self.plan.lighter = True
        self._wrong[bout.stretch.id] += 1
        if self._wrong[bout.stretch.id] >= OFTEN and self.plan.more_of_this:
            self.floor.say("check-in.wrong-again")
            return self._skip()
        if f"place.{slot}" in self.course.script.lines:
            self.floor.say(f"place.{slot}")
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
            self._prompt()
        return STAY

    def _prompt(self) -> None:
        self._prompts += 1
        self.floor.say(next(iter(RE_PROMPTS[self._asking][self._prompts - 1 :]), self._line))
        self.floor.wait(self.patience)

    def silence(self) -> Move:
        """Ask with more help, then in another way; then pause, since nobody is stretched without an answer."""
        if self._prompts < len(RE_PROMPTS[self._asking]):
            self._prompt()
            return STAY
        return self._ask(Ask.RIGHT_PLACE) if self._asking is Ask.WHERE else Pause()
