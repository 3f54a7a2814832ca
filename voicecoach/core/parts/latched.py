"""The two latched phases: released after a "stop", and paused. Only a spoken "continue" leads out of them."""

from __future__ import annotations

from voicecoach.core.parts.base import DENIED, STAY, Course, End, Move, Part, Resume
from voicecoach.vocabulary import Heard, Intent, Outcome


class Latched(Part):
    """Waits for "continue"; asks whether it was meant; time alone leads to the end, never back to force."""

    grammar = ""
    ask_line = ""
    ending = Outcome.STOPPED
    reminder = 40.0
    """Seconds between reminders of what can be said."""
    reminders = 6
    """After so many, nobody wants to go on."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._confirming = False
        self._reminded = 0

    def enter(self) -> Move:
        """Say what can be said."""
        self._reminded = 0
        return self._ask()

    def _ask(self) -> Move:
        self._confirming = False
        self.floor.listen(self.grammar, Intent.CONTINUE)
        self.floor.say(self.ask_line)
        self.floor.wait(self.reminder)
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """Continue, then yes."""
        if heard.intent is Intent.CONTINUE and not self._confirming:
            self._confirming = True
            self.floor.listen("confirm", Intent.YES)
            self.floor.ask("latched.confirm")
            self.floor.wait(self.patience)
            return STAY
        if self._confirming and heard.intent is Intent.YES:
            return Resume() if self.counts(heard) else STAY
        if self._confirming and heard.intent in DENIED:
            return self._ask()
        if heard.intent is Intent.FINISH:
            return End(self.ending)
        return None

    def silence(self) -> Move:
        """An unanswered confirmation is a "no"; enough unanswered reminders are a goodbye."""
        if not self._confirming:
            self._reminded += 1
        if self._reminded > self.reminders:
            return End(self.ending)
        return self._ask()


class Released(Latched):
    """Somebody said stop, nobody answered, or nobody could be heard."""

    grammar = "released"
    ask_line = "released.ask"

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self.deaf = False
        """Nobody can be heard; the session says so again from time to time."""

    def enter(self) -> Move:
        """While nobody can be heard there is no use in asking."""
        if not self.deaf:
            return super().enter()
        self._reminded = 0
        self.floor.listen(self.grammar, Intent.CONTINUE)
        self.floor.wait(self.reminder / 2)
        return STAY

    def hears_again(self) -> Move:
        """The ears are back: say so, and ask."""
        self.deaf = False
        self.floor.say("released.hears-again")
        return super().enter()

    def silence(self) -> Move:
        """Deaf: say so again, and give up after a while."""
        if not self.deaf:
            return super().silence()
        self._reminded += 1
        if self._reminded > self.reminders:
            return End(Outcome.CANNOT_HEAR)
        self.floor.say("safety.cannot-hear")
        self.floor.wait(self.reminder / 2)
        return STAY


class Paused(Latched):
    """A break; long enough for a telephone call, since giving up means another screening."""

    grammar = "paused"
    ask_line = "paused.ask"
    ending = Outcome.FINISHED_EARLY
    reminder = 90.0
    reminders = 10
