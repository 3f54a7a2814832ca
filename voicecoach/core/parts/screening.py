"""Screening: may these two stretch at all today? Nobody passes by silence, and a misheard answer can be taken back."""

from __future__ import annotations

from enum import Enum, auto

from voicecoach.core.parts.base import STAY, Course, End, Go, Move, Part
from voicecoach.core.parts.conditions import Conditions
from voicecoach.core.phases import Step
from voicecoach.language.line_keys import SINCE_LAST_TIME
from voicecoach.language.schema import Question
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
    CONDITION = auto()
    """The screening is passed; the program asks what of it suits the client."""
    REFUSED = auto()
    CLEARED = auto()
    NOTHING_LEFT = auto()
    """No stretch of the program suits the client."""


ASKED = frozenset({At.QUESTION, At.FOLLOW_UP, At.READ_BACK, At.CONDITION})
"""Where an answer is waited for."""


class Screening(Part):
    """Asks the questions one by one."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._questions = course.script.questions
        """What is asked today, in order."""
        self._rest: tuple[Question, ...] = ()
        """Questions that one question stands for, if it is answered by a clear "no"."""
        self._conditions = Conditions(course.plan, frozenset(question.id for question in self._questions))
        self._index = 0
        self._at = At.QUESTION
        self._prompts = 0
        self._agreed: set[int] = set()
        """Questions that were passed because a professional has agreed."""
        self._explained = False
        """The answers were listed at this question already."""

    @property
    def _question(self) -> Question:
        return self._questions[self._index]

    def enter(self) -> Move:
        """Welcome, then the first question."""
        self._shorten()
        program = self.course.program.title_in(self.course.script.language.language)
        self.floor.say("screen.welcome", program=program)
        self.floor.say("screen.roles")
        self.floor.say("screen.begin", count=len(self._questions) + self._conditions.count)
        return self._ask()

    def resume(self) -> Move:
        """After a break: the open question again."""
        if self._at in {At.REFUSED, At.CLEARED, At.NOTHING_LEFT}:
            self._at = At.QUESTION
        return self._ask()

    def _ask(self, prompts: int = 0, *, anew: bool = True) -> Move:
        self._prompts = prompts
        self._explained = self._explained and prompts > 0
        # The answer that lets somebody through is the one that needs the best evidence.
        passing = (Intent.YES, Intent.NO) if self._at is At.CONDITION else (self._passing,)
        self.floor.listen("confirm" if self._at is At.READ_BACK else "screening", *passing)
        (self.floor.ask if anew else self.floor.say)(self._asks)
        self.floor.wait(self.patience)
        return STAY

    def _shorten(self) -> None:
        """Let one question stand for those whose answers hardly change, where the person answered them all lately."""
        since, steady = self.course.script.since_last_time, tuple(question for question in self._questions if question.steady)
        if self.course.progress.screened and since and steady and not self.course.script.language.read_back:
            self._rest = steady
            self._questions = (*(question for question in self._questions if not question.steady), since)

    @property
    def _bundled(self) -> bool:
        """The open question stands for several."""
        return self._at is At.QUESTION and self._stands_for_several

    @property
    def _stands_for_several(self) -> bool:
        """The open question, or the one that was answered last."""
        return self._question.id == SINCE_LAST_TIME

    def _one_by_one(self) -> Move:
        """Anything but a clear "no": each question is asked for itself, so that the screening is a full one."""
        self._questions, self._index = (*self._questions[:-1], *self._rest), len(self._questions) - 1
        self._at = At.QUESTION
        self.floor.cut()
        self.floor.say("screen.one-by-one")
        return self._ask()

    @property
    def _asks(self) -> str:
        """The line that asks what is open."""
        if self._at is At.READ_BACK:
            return "screen.read-back"
        return f"{self._topic}.{'follow_up' if self._at is At.FOLLOW_UP else 'ask'}"

    @property
    def _topic(self) -> str:
        """What the keys of the lines about the open question begin with, or about the one that was answered last."""
        condition = {At.CONDITION: self._conditions.open, At.CLEARED: self._conditions.last}.get(self._at)
        return f"condition.{condition}" if condition else f"question.{self._question.id}"

    @property
    def _explains(self) -> str:
        """The line that helps to answer what is open."""
        if self._at is At.READ_BACK:
            return "help.confirm"
        return f"{self._topic}.{'follow_up_help' if self._at is At.FOLLOW_UP and self._question.follow_up_help else 'help'}"

    @property
    def pointless(self) -> frozenset[Intent]:
        """Answers, once no question is open."""
        return super().pointless | (frozenset() if self._at in ASKED else {Intent.YES, Intent.NO, Intent.UNSURE})

    @property
    def _passing(self) -> Intent:
        """The answer that lets them through."""
        return Intent.NO if self._at is At.QUESTION else Intent.YES

    def heard(self, heard: Heard) -> Move | None:
        """Answers, corrections, and "why?"."""
        if heard.intent is Intent.GO_BACK:
            return self._go_back()
        if heard.intent in {Intent.MEANT_YES, Intent.MEANT_NO}:
            return self._meant(heard.intent)
        if heard.intent is Intent.WHY and self._at is not At.NOTHING_LEFT:
            return self._explain()
        if self._at in ASKED and heard.intent in {Intent.YES, Intent.NO, Intent.UNSURE}:
            return self._answered(heard)
        if self._at is At.CLEARED and heard.intent in {Intent.YES, Intent.UNSURE}:
            return self._once_more()
        return None

    def _once_more(self) -> Move:
        """Perhaps the last "no" was none, perhaps this only means "fine": nobody is cleared over it, and nobody turned away."""
        if self._stands_for_several and not self._conditions.last:
            return self._one_by_one()
        return self._go_back("screen.once-more")

    def _explain(self) -> Move:
        """Why; then the open question again, if one is open. An answered one must not sound open: nobody would hear the new answer."""
        self.floor.say(f"{self._topic}.because")
        if self._at in ASKED:
            return self._ask(anew=False)
        self.floor.wait(SECOND_THOUGHTS)
        return STAY

    def _answered(self, heard: Heard) -> Move:
        if self._at is At.CONDITION:
            return self._conditional(heard)
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

    def _meant(self, what: Intent) -> Move:
        """The last answer was wrong. What a program asks beside the screening is asked again: it decides what is done, not whether."""
        if self._at in {At.CONDITION, At.NOTHING_LEFT} or (self._at is At.CLEARED and self._conditions.last):
            return self._go_back()
        return self._meant_yes() if what is Intent.MEANT_YES else self._meant_no()

    def _meant_yes(self) -> Move:
        """A "no" was wrong: the "yes" counts at once. The "yes" that would let somebody through has to be said to its question."""
        if self._at is At.READ_BACK:
            return self._from_the_first()
        if self._at is At.FOLLOW_UP or (self._at is At.REFUSED and self._question.follow_up):
            return self._go_back()
        if self._at is At.REFUSED:
            self.floor.remind("screen.take-back")
            return STAY
        if self._at is At.CLEARED and self._stands_for_several:
            return self._one_by_one()
        if self._at is At.QUESTION and self._index:
            self._index -= 1
        self.floor.cut()
        self.floor.say("correct.yes")
        self._at = At.FOLLOW_UP
        return self._ask() if self._question.follow_up else self._refuse()

    def _meant_no(self) -> Move:
        """A "yes" was wrong: where that speaks against stretching it counts at once, where it would let somebody through they are asked again."""
        if self._at is At.READ_BACK:
            return self._from_the_first()
        if self._at in {At.FOLLOW_UP, At.REFUSED}:
            return self._go_back()
        last = self._index if self._at is At.CLEARED else self._index - 1
        if last in self._agreed:
            self._index = last
            self.floor.cut()
            return self._refuse()
        if self._at is At.CLEARED:
            self.floor.remind("correct.nothing")
            return STAY
        return self._ask(anew=False)

    def _pass(self) -> Move:
        if self._at is At.FOLLOW_UP:
            self._agreed.add(self._index)
        elif self._at is At.QUESTION:
            self._agreed.discard(self._index)
        if self._at is not At.READ_BACK:
            for question in (self._question, *(self._rest if self._bundled else ())):
                self._conditions.know(question.id, known=self._at is At.FOLLOW_UP)
        read_back, self._at = self._at is At.READ_BACK, At.QUESTION
        if self._index + 1 < len(self._questions):
            self._index += 1
            return self._ask()
        if self.course.script.language.read_back and not read_back:
            self._at = At.READ_BACK
            return self._ask()
        return self._next_condition()

    def _conditional(self, heard: Heard) -> Move:
        if self.counts(heard):
            self._conditions.answer({Intent.YES: True, Intent.NO: False}.get(heard.intent))
            return self._next_condition()
        return STAY

    def _next_condition(self) -> Move:
        """What the program still has to know; then what is left out, and whether anything is left."""
        if self._conditions.open:
            self._at = At.CONDITION
            return self._ask()
        self.floor.question.close()
        if self._conditions.nothing_left:
            self._at = At.NOTHING_LEFT
            self.floor.say("screen.nothing-left")
            self.floor.say("screen.take-back")
            self.floor.wait(SECOND_THOUGHTS)
            return STAY
        self._at = At.CLEARED
        for stretch in self._conditions.left_out:
            self.floor.say("next.skipped", stretch=stretch)
        self.floor.say("screen.clear")
        self.floor.wait(SECOND_THOUGHTS if self._conditions.left_out else LAST_CHANCE)
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

    def _go_back(self, says: str = "screen.going-back") -> Move:
        """Back to the question whose answer was wrong: this one if it ended the session or was asked twice."""
        if self._at in {At.CONDITION, At.CLEARED, At.NOTHING_LEFT} and self._conditions.go_back():
            self._at = At.CONDITION
        else:
            if self._at is At.QUESTION and self._index:
                self._index -= 1
            self._at = At.QUESTION
        self.floor.cut()
        self.floor.say(says)
        return self._ask()

    def unclear(self) -> Move:
        """Something was said, but no answer: say once which answers there are."""
        if self._bundled and self.floor.quiet:
            return self._one_by_one()
        if self._at in ASKED and self.floor.quiet and not self._explained:
            self._explained = True
            self.floor.remind("help.confirm" if self._at is At.READ_BACK else "screen.answers")
            self.floor.wait(self.patience)
        return STAY

    def doubted(self) -> Move:
        """A weak "go back" while the session is about to go on is asked for once more, with more time."""
        if self._bundled:
            return self._one_by_one()
        if self._at is At.CLEARED:
            self.floor.wait(SECOND_THOUGHTS)
        if self._at is At.READ_BACK and self.floor.quiet:
            self.floor.remind("help.confirm")
            return STAY
        return super().doubted()

    def silence(self) -> Move:
        """Ask again with more help each time, then wait; silence never passes a question."""
        if self._at not in ASKED:
            return self._over()
        return self._one_by_one() if self._bundled else self._prompt()

    def _prompt(self) -> Move:
        self._prompts += 1
        if self._prompts == 1:
            self.floor.say(self._explains)
            return self._ask(self._prompts, anew=False)
        if self._prompts <= RE_ASKS:
            # Asked twice, and no answer: perhaps somebody did answer, and was not heard.
            self.floor.say("screen.closer")
            return self._ask(self._prompts, anew=False)
        if self._prompts > RE_ASKS + REMINDERS:
            return End(Outcome.UNANSWERED)
        self.floor.remind("screen.waiting")
        self.floor.wait(WAITING)
        return STAY

    def _over(self) -> Move:
        """Nobody has taken anything back."""
        if self._at is At.REFUSED:
            return End(Outcome.EMERGENCY if self._question.emergency else Outcome.SCREENED_OUT)
        if self._at is At.NOTHING_LEFT:
            return End(Outcome.FINISHED_EARLY)
        self._conditions.settle()
        return Go(Step.SCREENED)
