"""Setting up a position and, once the people say "ready", approaching a gentle stretch slowly."""

from __future__ import annotations

from voicecoach.core.parts.base import STAY, Course, Go, Move, Part, Pause
from voicecoach.core.parts.between import skip
from voicecoach.core.parts.force import ANSWER, Force, Strain, Worry
from voicecoach.core.phases import Step
from voicecoach.vocabulary import Heard, Intent

SETTLING = 25.0
"""Seconds to get into position before the coach asks again."""
RE_PROMPTS = ("position.help", "position.closer", "position.ready")
"""What is said while nobody is "ready": more help, then what may be the matter. After one more silence the session pauses."""


class Approach(Force):
    """Position, then the slow way in."""

    question = "approach.ask"

    def __init__(self, course: Course, strain: Strain) -> None:
        super().__init__(course, strain)
        self._moving = False
        self._sure = True
        """False while "ready" is read back, in a language whose recogniser may take anything for it."""
        self._prompts = 0

    @property
    def pushed(self) -> bool:
        """From "ready" on."""
        return self._moving

    def enter(self) -> Move:
        """Say how to lie and stand, then wait for "ready"."""
        self.strain.renew()
        return self._set_up()

    def _set_up(self) -> Move:
        self._moving, self._prompts = False, 0
        # No more than tidiness: the push begins with this as well. What is left over here would be further states for the model check.
        self.worry, self.awaiting = Worry.NONE, False
        stretch = self.bout.stretch.id
        if self.bout.repetition == 1:
            # A stretch without sides does not know {side}; format ignores what it does not need.
            self.floor.say(f"{stretch}.client_position", **self.side)
            if not self.bout.stretch.alone:
                self.floor.say(f"{stretch}.partner_position", **self.side)
        else:
            self.floor.say(f"{stretch}.position_again", **self.side)
        if self.plan.lighter:
            self.floor.say("approach.lighter")
        return self._ask_ready()

    def _ask_ready(self) -> Move:
        """The rule, until it has once been spoken to its end, and the question that comes before any force."""
        self._sure = True
        self.floor.listen("position", Intent.READY)
        for rule in ("rule.stop", "rule.words"):
            if not self.floor.spoken(rule):
                self.floor.say(rule)
        self.floor.say("position.ready")
        self.floor.wait(SETTLING)
        return STAY

    def heard(self, heard: Heard) -> Move | None:
        """"Ready" starts the force; what takes it back, or the side, counts before it and after it."""
        match heard.intent:
            case Intent.SKIP:
                return self._skip()
            case Intent.OTHER_SIDE:
                return self._other_side()
            case Intent.GO_BACK | Intent.MEANT_NO if self._moving or not self._sure:
                return self._not_ready()
            case Intent.READY if not self._moving:
                return self._ready()
        return self._on_the_way(heard) if self._moving else None

    def _on_the_way(self, heard: Heard) -> Move | None:
        """"Good" stops the way in."""
        if heard.intent in {Intent.GOOD, Intent.YES}:
            # Nothing that is still to be said about the way in matters any more.
            self.floor.hush()
            return Go(Step.HELD_STILL)
        if heard.intent is Intent.NO and self.worry is Worry.ASKED and self.asked and not self.strain.eases:
            # "No, I feel nothing yet" must not push by itself: only "more" does. Any other "no" eases.
            self.floor.say("approach.say-more")
            self.answered()
            self.floor.wait(ANSWER)
            return STAY
        return super().heard(heard)

    def _ready(self) -> Move:
        if not self.asked:
            return STAY
        if not (self.course.script.language.read_back and self._sure):
            return self._approach()
        self._sure = False
        self.floor.say("position.sure")
        self.floor.wait(self.patience)
        return STAY

    def _approach(self) -> Move:
        self._moving = self._sure = True
        self.plan.way_back = None
        self.floor.say(f"{self.bout.stretch.id}.{'approach_self' if self.bout.stretch.alone else 'approach_partner'}", **self.side)
        self.floor.say(f"{self.bout.stretch.id}.approach_client", **self.side)
        self.floor.listen("stretch", Intent.MORE, Intent.YES)
        self.answered()
        self.floor.wait(ANSWER)
        return STAY

    def _not_ready(self) -> Move:
        """"Ready" was not meant: back to before the push, and what was asked of the body so far is not forgotten by that."""
        if not self._moving:
            return self._ask_ready()
        self.legs_down()
        return self._set_up()

    def _skip(self) -> Move:
        if self._moving:
            self.legs_down()
        else:
            self.floor.cut()
        return skip(self)

    def _other_side(self) -> Move:
        """The other side first. Legs that have moved are put down; what was asked of the body so far is not forgotten by that."""
        moved, there = self._moving, bool(self.plan.other_side)
        if moved:
            self.legs_down()
        else:
            self.floor.cut()
        self.change_side()
        return self._set_up() if moved or there else self._ask_ready()

    @property
    def pointless(self) -> frozenset[Intent]:
        """The other side, where there is none or it is done; before the force, to take back what nobody has said."""
        lonely = frozenset() if self.plan.other_side else frozenset({Intent.OTHER_SIDE})
        return super().pointless | lonely | (frozenset() if self._moving else self.irrevocable)

    def doubted(self) -> Move:
        """Before the force a weak "ready" is asked for again."""
        if not self._sure:
            if self.floor.quiet:
                self.floor.remind("position.sure")
            return STAY
        return super().doubted() if self._moving else Part.doubted(self)

    def silence(self) -> Move:
        """Before the force: ask again and in the end pause. Under force: see `Force.silence`."""
        if self._moving:
            return super().silence()
        self._prompts += 1
        if self._prompts > len(RE_PROMPTS):
            return Pause()
        if not self._sure:
            return self._ask_ready()
        self.floor.remind(RE_PROMPTS[self._prompts - 1])
        self.floor.wait(SETTLING)
        return STAY

    def ease(self) -> Move:
        """Before "ready" nobody should push: then it was the coach's own word, or hands that wait too heavily."""
        if self._moving:
            return super().ease()
        if Intent.EASE in self.floor.mentioned:
            return STAY
        self.floor.hush()
        self.floor.say("safety.ease-early")
        return self._ask_ready()
