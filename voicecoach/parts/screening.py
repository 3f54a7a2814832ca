"""Screening: may these two stretch at all today? Nobody passes by silence, and a misheard answer can be taken back."""

from __future__ import annotations

from enum import Enum, auto

from voicecoach.line_keys import SINCE_LAST_TIME
from voicecoach.parts.base import STAY, Course, End, Go, Move, Part
from voicecoach.phases import Step
from voicecoach.script import Question
from voicecoach.vocabulary import Heard, Intent, Outcome

SECOND_THOUGHTS = 10.0
"""Seconds to take back the answer that ends the session."""
LAST_CHANCE = 5.0
"""Seconds to take back the last answer before the warm-up."""
RE_ASKS = 2
"""So often a question is asked again, with more help each time."""
WAITING = 45.0
"""Seconds between reminders once nobody answers."""
REMINDERS = 8
"""After so many reminders nobody is there: the session ends without having begun."""


class At(Enum):
    """Where the questioning stands."""

    QUESTION = auto()
    FOLLOW_UP = auto()
    READ_BACK = auto()
    """All questions are passed, in a language whose recogniser may take anything for a "no": are these the answers that were given?"""
    REFUSED = auto()
    CLEARED = auto()


ASKED = frozenset({At.QUESTION, At.FOLLOW_UP, At.READ_BACK})
"""Where an answer is waited for."""


class Screening(Part):
    """Asks the questions one by one."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._questions = course.script.questions
        """What is asked today, in order."""
        self._rest: tuple[Question, ...] = ()
        """Questions that one question stands for, as long as it is answered by a clear "no"."""
        self._index = 0
        self._at = At.QUESTION
        self._prompts = 0
        self._explained = False
        """The answers were listed at this question already."""

    @property
    def _question(self) -> Question:
        return self._questions[self._index]

    def enter(self) -> Move:
        """Welcome, then the first question."""
        self._shorten()
        program = self.course.program.title[self.course.script.language.language]
        self.floor.say("screen.welcome", program=program)
        self.floor.say("screen.roles")
        self.floor.say("screen.begin", count=len(self._questions))
        return self._ask()

    def resume(self) -> Move:
        """After a break: the open question again."""
        if self._at in {At.REFUSED, At.CLEARED}:
            self._at = At.QUESTION
        return self._ask()

    def _ask(self, prompts: int = 0, *, anew: bool = True) -> Move:
        self._prompts = prompts
        self._explained = self._explained and prompts > 0
        # The answer that lets somebody through is the one that needs the best evidence.
        self.floor.listen("confirm" if self._at is At.READ_BACK else "screening", self._passing)
        (self.floor.ask if anew else self.floor.say)(self._asks)
        self.floor.wait(self.patience)
        return STAY

    def _shorten(self) -> None:
        """Let one question stand for those whose answers hardly change, where the person answered them all lately."""
        since = self.course.script.since_last_time
        if self.course.progress.screened and since and not self.course.script.language.read_back:
            self._rest = tuple(question for question in self._questions if question.steady)
            self._questions = (*(question for question in self._questions if not question.steady), since)

    @property
    def _bundled(self) -> bool:
        """The open question stands for several."""
        return bool(self._rest) and self._question.id == SINCE_LAST_TIME

    def _one_by_one(self) -> Move:
        """Anything but a clear "no": each question is asked for itself, so that the screening is a full one."""
        self._questions, self._index = (*self._questions[:-1], *self._rest), len(self._questions) - 1
        self._rest, self._at = (), At.QUESTION
        self.floor.cut()
        self.floor.say("screen.one-by-one")
        return self._ask()

    @property
    def _asks(self) -> str:
        """The line that asks what is open."""
        if self._at is At.READ_BACK:
            return "screen.read-back"
        return f"question.{self._question.id}.{'follow_up' if self._at is At.FOLLOW_UP else 'ask'}"

    @property
    def _passing(self) -> Intent:
        """The answer that lets them through."""
        return Intent.NO if self._at is At.QUESTION else Intent.YES

    def heard(self, heard: Heard) -> Move | None:
        """Answers, corrections, and "why?"."""
        if heard.intent is Intent.GO_BACK:
            return self._go_back()
        if heard.intent is Intent.WHY:
            self.floor.say(f"question.{self._question.id}.because")
            return self._ask(anew=False)
        if self._at in ASKED and heard.intent in {Intent.YES, Intent.NO, Intent.UNSURE}:
            return self._answered(heard)
        return None

    def _answered(self, heard: Heard) -> Move:
        if heard.intent is self._passing:
            return self._pass() if self.counts(heard) else STAY
        if self._bundled:
            return self._one_by_one()
        if self._at is At.READ_BACK:
            return self._from_the_first()
        self.floor.cut()
        if heard.intent is Intent.YES and self._question.follow_up:
            self._at = At.FOLLOW_UP
            return self._ask()
        return self._refuse()

    def _pass(self) -> Move:
        read_back, self._at = self._at is At.READ_BACK, At.QUESTION
        if self._index + 1 < len(self._questions):
            self._index += 1
            return self._ask()
        if self.course.script.language.read_back and not read_back:
            self._at = At.READ_BACK
            return self._ask()
        self._at = At.CLEARED
        self.floor.question.close()
        self.floor.say("screen.clear")
        self.floor.wait(LAST_CHANCE)
        return STAY

    def _refuse(self) -> Move:
        self._at = At.REFUSED
        self.floor.question.close()
        self.floor.say(f"question.{self._question.id}.advice")
        self.floor.say("screen.take-back")
        self.floor.wait(SECOND_THOUGHTS)
        return STAY

    def _from_the_first(self) -> Move:
        """Some answer was misheard, and nobody can tell which."""
        self._at, self._index = At.QUESTION, 0
        self.floor.cut()
        self.floor.say("screen.going-back")
        return self._ask()

    def _go_back(self) -> Move:
        """Back to the question whose answer was wrong: this one if it ended the session or was asked twice."""
        if self._at is At.QUESTION and self._index:
            self._index -= 1
        self._at = At.QUESTION
        self.floor.cut()
        self.floor.say("screen.going-back")
        return self._ask()

    def unclear(self) -> Move:
        """Something was said, but no answer: say once which answers there are."""
        if self._at is At.QUESTION and self._bundled and self.floor.quiet:
            return self._one_by_one()
        if self._at in ASKED and self.floor.quiet and not self._explained:
            self._explained = True
            self.floor.remind("help.confirm" if self._at is At.READ_BACK else "screen.answers")
            self.floor.wait(self.patience)
        return STAY

    def doubted(self) -> Move:
        """A weak "go back" while the session is about to go on is asked for once more, with more time."""
        if self._at is At.QUESTION and self._bundled:
            return self._one_by_one()
        if self._at in {At.REFUSED, At.CLEARED}:
            self.floor.wait(SECOND_THOUGHTS)
        if self._at is At.READ_BACK and self.floor.quiet:
            self.floor.remind("help.confirm")
            return STAY
        return super().doubted()

    def silence(self) -> Move:
        """Ask again with more help each time, then wait; silence never passes a question."""
        if self._at is At.REFUSED:
            return End(Outcome.EMERGENCY if self._question.emergency else Outcome.SCREENED_OUT)
        if self._at is At.CLEARED:
            return Go(Step.SCREENED)
        return self._one_by_one() if self._bundled else self._prompt()

    def _prompt(self) -> Move:
        self._prompts += 1
        if self._prompts == 1 and self._at is not At.READ_BACK:
            name = "follow_up_help" if self._at is At.FOLLOW_UP and self._question.follow_up_help else "help"
            self.floor.say(f"question.{self._question.id}.{name}")
            return self._ask(self._prompts, anew=False)
        if self._prompts <= RE_ASKS:
            self.floor.say("screen.answers")
            return self._ask(self._prompts, anew=False)
        if self._prompts > RE_ASKS + REMINDERS:
            return End(Outcome.UNANSWERED)
        self.floor.remind("screen.waiting")
        self.floor.wait(WAITING)
        return STAY
