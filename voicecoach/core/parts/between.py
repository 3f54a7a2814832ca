"""Between two stretches nobody is pushed: rest, what comes next, and after the last one the cool-down and goodbye."""

from __future__ import annotations

from voicecoach.core.parts.base import STAY, Course, End, Go, Move, Part
from voicecoach.core.parts.offer import Offer
from voicecoach.core.phases import Step
from voicecoach.vocabulary import Heard, Intent, Outcome

LOOK_AHEAD = 3.0
"""Seconds between the announcement of a new stretch or side and its set-up: time for "skip" or "pause"."""


class Between(Part):
    """Announces the next bout, or closes the session."""

    def __init__(self, course: Course) -> None:
        super().__init__(course)
        self._first = True
        """Nothing was announced yet."""
        self._cooling = 0
        """0: not yet; then the number of the cool-down's line that was said last."""
        self._offer = Offer(course)

    def know_client(self) -> None:
        """Who is stretched is known from now on: so are the doses of the last time."""
        self._offer.know_client()

    def enter(self) -> Move:
        """What comes next."""
        bout = self.plan.current
        if bout is None:
            return self._cool_down()
        self.floor.listen("rest")
        self.floor.wait(LOOK_AHEAD)
        if bout.repetition > 1:
            self.floor.wait(self.plan.rest_seconds)
        if self.plan.changes_side:
            self.floor.say("next.other-side", side=self._side)
        elif bout.repetition > 1:
            self.floor.say("next.again")
        else:
            self.floor.say("next.first" if self._first else "next.stretch", stretch=bout.stretch.name)
            self.floor.say(f"{bout.stretch.id}.introduction")
        self._first = False
        self._offer.open(self.plan.rest_seconds if bout.repetition > 1 else LOOK_AHEAD)
        return STAY

    def resume(self) -> Move:
        """After a break: from the set-up of the bout that was interrupted, or the cool-down from its beginning."""
        self._cooling = 0
        if self.plan.current is None:
            return self._cool_down()
        self.floor.listen("rest")
        self.floor.say("next.on", stretch=self.plan.current.stretch.name)
        self.floor.wait(LOOK_AHEAD)
        self._offer.open(LOOK_AHEAD)
        return STAY

    def leave(self) -> None:
        """What nobody answered is answered by that."""
        self._offer.close()

    def heard(self, heard: Heard) -> Move | None:
        """Go on at once, leave the stretch out, or less next time."""
        if self._offer.heard(heard):
            return STAY
        if heard.intent is Intent.NEXT and not self._cooling:
            self.floor.cut()
            return Go(Step.SET_UP)
        if heard.intent is Intent.SKIP:
            self.floor.cut()
            return self._say_goodbye() if self._cooling else skip(self)
        if heard.intent is Intent.EASE:
            # Told late, of the repetition before; it shapes the next one if that is of the same stretch.
            return self._lighter()
        return self._corrected(heard.intent)

    def _lighter(self) -> Move:
        self.plan.lighter |= self.plan.begun
        self.plan.wants_less(here=self.plan.begun)
        self.floor.say("check-in.lighter")
        return STAY

    def _corrected(self, what: Intent) -> Move | None:
        """Second thoughts: of the side that comes, or of the last answer. They may lead to less, and never to more."""
        if what is Intent.OTHER_SIDE and self.plan.other_side:
            self.plan.other_side_first()
            self.floor.cut()
            self.floor.say("correct.side", side=self._side)
            return STAY
        if what is Intent.MEANT_YES and self.plan.under_way:
            # The last question of the check-in was whether anything was too much.
            return self._lighter()
        if what is Intent.MEANT_NO and self.plan.lighter and not self.plan.way_back:
            self.floor.say("correct.stays")
            return STAY
        return None

    @property
    def _side(self) -> str:
        """The name of the side that comes."""
        bout = self.plan.current
        return self.course.script.language.side(bout.side if bout else "")

    @property
    def pointless(self) -> frozenset[Intent]:
        """The other side, where there is none or it is done; "next", once only the cool-down is left; to take back what nobody has said."""
        return super().pointless | self.irrevocable | (frozenset() if self.plan.other_side else {Intent.OTHER_SIDE}) | ({Intent.NEXT} if self._cooling else frozenset())

    def silence(self) -> Move:
        """The rest is over."""
        if self._offer.silence():
            return STAY
        return self._cool_down() if self._cooling else Go(Step.SET_UP)

    def unclear(self) -> Move:
        """While a change of the dose is proposed, say once what can be answered."""
        self._offer.unclear()
        return STAY

    def _cool_down(self) -> Move:
        """A few quiet lines, then the summary."""
        self._cooling += 1
        if self._cooling > COOL_DOWN_LINES:
            return self._say_goodbye()
        self.floor.listen("cool-down")
        self.floor.say(f"cool-down.{self._cooling}")
        self.floor.wait(self.plan.cool_down_seconds / COOL_DOWN_LINES)
        return STAY

    def _say_goodbye(self) -> Move:
        return End(Outcome.COMPLETED)

    @property
    def ends(self) -> float | None:
        """Of the rest before a repetition, once all is said and nothing is proposed; the other pauses here are too short to be watched."""
        bout = self.plan.current
        return self.floor.silence_at if bout and bout.repetition > 1 and self.floor.grammar == "rest" else None


COOL_DOWN_LINES = 3
"""``cool-down.1`` and so on, with equal shares of the cool-down's time."""


def skip(part: Part) -> Move:
    """Leave out the rest of the present stretch."""
    if bout := part.plan.current:
        part.floor.say("next.skipped", stretch=bout.stretch.name)
        part.plan.skip()
    return Go(Step.SKIPPED)
