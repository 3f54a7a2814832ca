"""What approach and hold have in common: easing, deepening within limits, and silence that takes force away.

Force rises only on the client's own clear word, at most a set number of times, and never after an ease in the same
repetition. Silence is asked about, then eased, then released.
"""

from __future__ import annotations

from enum import IntEnum

from voicecoach.core.parts.base import STAY, Cause, Course, Go, LetGo, Move, Part
from voicecoach.core.phases import Step
from voicecoach.core.plan import Bout
from voicecoach.vocabulary import Heard, Intent

ANSWER = 7.0
"""Seconds of silence under force before the next milder step; short, since somebody may be unable to speak."""
EASES = 3
"""The third "ease off" in one repetition ends it: the position does not suit today."""


class Worry(IntEnum):
    """How far an unanswered question has led."""

    NONE = 0
    ASKED = 1
    EASED = 2


NOWHERE = "nowhere"
"""The slot of the places that are none. The slot that is a warning is the guard's affair."""
UNKNOWN = "unknown"
"""The slot of a place that nobody has named: not where it should be."""


class Strain:
    """What has been asked of the body in the present repetition, and what came of it; approach, hold and check-in share it."""

    def __init__(self) -> None:
        self.eases = 0
        self.deepened = 0
        self.anew = False
        """The repetition is about to be set up once more."""
        self.wrong_place = ""
        """The slot of the wrong place that ended it, for the check-in to take up; empty: none did."""

    def renew(self) -> None:
        """A new repetition; for one that is set up once more, what was asked of the body so far is not forgotten."""
        if not self.anew:
            self.eases = self.deepened = 0
        self.anew = False


class Force(Part):
    """A part in which the partner may be pushing."""

    question = ""
    """The line that asks whether all is well."""

    def __init__(self, course: Course, strain: Strain) -> None:
        super().__init__(course)
        self.strain = strain
        self.worry = Worry.NONE
        self.awaiting = False
        """The client has been told to say when it is good."""

    @property
    def bout(self) -> Bout:
        """The repetition under way."""
        bout = self.plan.current
        if bout is None:
            raise RuntimeError("force without a repetition under way")
        return bout

    @property
    def side(self) -> dict[str, str | float]:
        """The value of {side} for the lines of a stretch with sides."""
        return {"side": self.course.script.language.side(self.bout.side)} if self.bout.side else {}

    def answered(self) -> None:
        """Somebody has said that all is well."""
        self.worry, self.awaiting = Worry.NONE, False
        self.floor.wait(None)

    def ask(self) -> None:
        """Ask, and count the silence."""
        self.worry = Worry.ASKED
        self.floor.say(self.question)
        self._await()

    def _await(self) -> None:
        self.awaiting = True
        self.floor.wait(ANSWER)

    def ease(self) -> Move:
        """Less, and stay there; the third time let down altogether."""
        self.plan.tally.eases += 1
        self.plan.lighter = True
        self.plan.wants_less()
        self.worry = Worry.NONE
        return self._lower("safety.ease")

    def _lower(self, line: str) -> Move:
        self.floor.hush()
        self.strain.eases += 1
        if self.strain.eases >= EASES:
            return self._all_the_way_down()
        self.floor.say(line)
        self._await()
        return STAY

    def _all_the_way_down(self) -> Move:
        self.floor.say("safety.ease-down")
        return Go(Step.LET_DOWN)

    def legs_down(self) -> None:
        """Whatever the coach was saying, the force goes first."""
        self.floor.hush()
        self.floor.say(f"{self.bout.stretch.id}.let_down", **self.side)

    def change_side(self, *, after_this: bool = False) -> None:
        """Say which side comes first now, once the legs are down; or that there is no other."""
        if other := self.plan.other_side:
            self.plan.other_side_first(after_this=after_this)
            self.floor.say("correct.side", side=self.course.script.language.side(other))
        else:
            self.floor.say("correct.no-side")

    def felt(self, slot: str) -> Move:
        """Somebody says where, asked or not. The right place is no sign that all is well, and changes nothing."""
        if slot in self.bout.stretch.places:
            self.floor.say("check-in.right-place")
        elif slot == NOWHERE:
            self.floor.say("check-in.nothing-felt")
        else:
            return self._wrong_place(slot)
        return STAY

    def _wrong_place(self, slot: str) -> Move:
        """Nobody can move a hand or a pillow under force: the legs go down, and the check-in tells what to change."""
        self.plan.tally.eases += 1
        self.plan.wants_less()
        self.strain.wrong_place = slot or UNKNOWN
        self.floor.hush()
        return self._all_the_way_down()

    def deepen(self) -> Move:
        """A little more, if that is still allowed; one word that was heard twice is one word."""
        if self.floor.urging:
            return STAY
        if self.strain.eases:
            self.floor.say("force.no-more-after-ease")
        elif self.strain.deepened >= self.plan.deepen_limit:
            self.floor.say("force.no-more")
        else:
            self.strain.deepened += 1
            self.floor.say("force.deeper")
        self.worry = Worry.NONE
        self._await()
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """The words that mean the same while approaching and holding."""
        match heard.intent:
            case Intent.MORE:
                return self.deepen()
            case Intent.NO:
                return self.ease()
            case Intent.PLACE:
                return self.felt(heard.slot)
            case Intent.HELP | Intent.NORMAL:
                return self._less_first(heard.intent)
            case Intent.REPEAT if not self.floor.say_again():
                self.ask()
            case Intent.REPEAT:
                pass
            case _:
                return None
        return STAY

    def _less_first(self, asked: Intent) -> Move:
        """Under force "help" may be a cry, and who has to ask whether this is normal is not sure: the answer comes after an ease."""
        move = self.ease()
        if move is STAY and asked is Intent.HELP:
            self.floor.offer(self.pointless)
        elif move is STAY:
            self.floor.say(f"{self.bout.stretch.id}.normal")
        return move

    @property
    def pointless(self) -> frozenset[Intent]:
        """What would bury the words that change something: ten places, a second word for "go back"; and "more", since an ease goes before this answer."""
        return super().pointless | {Intent.PLACE, Intent.MEANT_NO, Intent.MORE}

    def doubted(self) -> Move:
        """Under force nobody is asked to say "more" again, and the silence is counted on."""
        return STAY

    def silence(self) -> Move:
        """Ask; then ease; then let go."""
        if self.worry is Worry.NONE:
            self.ask()
            return STAY
        if self.worry is Worry.ASKED:
            self.worry = Worry.EASED
            self.plan.wants_less()
            return self._lower("safety.ease-silent")
        return LetGo(Cause.SILENCE)
