"""What every part of a session is: it hears, it is told of silence and of its alarm, and it answers with a move."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from voicecoach.core.dosing import Rules
from voicecoach.core.floor import Floor
from voicecoach.core.household import NOBODY_ELSE, Cast, Household, Person
from voicecoach.core.phases import Step
from voicecoach.core.plan import Plan
from voicecoach.core.progress import Progress
from voicecoach.hearing.risk import RELEASE
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.vocabulary import Dictated, Heard, Intent, Outcome


class Cause(Enum):
    """Why somebody has to let go; the value is the key of the safety line."""

    STOP = "safety.stop"
    SILENCE = "safety.silence"
    DEAF = "safety.cannot-hear"
    BUTTON_LOST = "safety.button-lost"


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing changes but what was said."""


@dataclass(frozen=True, slots=True)
class Go:
    """Leave the phase by this row of the table."""

    step: Step


@dataclass(frozen=True, slots=True)
class LetGo:
    """To the released phase, saying so first."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Pause:
    """To the paused phase; with force on the body it is taken away first."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Out of a latched phase, to the place that comes before what was interrupted."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Back to `Plan.way_back`, where a word was confirmed that was not meant; with hands on the body they go first."""


@dataclass(frozen=True, slots=True)
class End:
    """To the last words."""

    outcome: Outcome


Move = Stay | Go | LetGo | Pause | Resume | TakeBack | End
STAY = Stay()


@dataclass(frozen=True, slots=True)
class Course:
    """What all parts of one session share."""

    script: Script
    program: Program
    plan: Plan
    floor: Floor
    rules: Rules | None = None
    """How the dose follows what the client says; None: it stays as the program has it."""
    cast: Cast = field(default_factory=lambda: Cast(Person(), Person()))
    """Who is stretched and who helps."""
    household: Household = NOBODY_ELSE
    """Who else there is, and what is asked about them."""

    @property
    def progress(self) -> Progress:
        """What is known of the client's last weeks."""
        return self.cast.client.progress


DENIED = frozenset({Intent.NO, Intent.UNSURE, Intent.GO_BACK, Intent.MEANT_NO})
"""Whatever answers a confirmation and is no "yes": the word that was about to be confirmed is not acted upon."""


class Part:
    """Behaviour in one phase. A part speaks through the floor and never changes the phase itself."""

    def __init__(self, course: Course) -> None:
        self.course, self.floor, self.plan = course, course.floor, course.plan

    @property
    def patience(self) -> float:
        """Seconds of silence before a question is asked again."""
        return self.floor.patience

    def enter(self) -> Move:
        """The phase has just begun."""
        return STAY

    def resume(self) -> Move:
        """The phase begins again after a break."""
        return self.enter()

    def leave(self) -> None:
        """The phase is about to end, for whatever reason."""

    def heard(self, _heard: Heard) -> Move | None:
        """An intent that the guard let pass; None leaves it to the general conversation."""
        return None

    @property
    def pushed(self) -> bool:
        """Somebody may be under force."""
        return False

    @property
    def asked(self) -> bool:
        """The coach has said all that he had to say.

        "Ready" counts only then: what is still to be said before force has to be heard.
        """
        return self.floor.quiet

    def counts(self, heard: Heard) -> bool:
        """Whether `heard` answers the open question now; an early answer is kept, and comes again at the question's end."""
        return self.floor.answers(heard)

    def doubted(self) -> Move:
        """A word that makes sense here was not heard well enough for what it would do."""
        if self.floor.quiet:
            self.floor.remind("talk.pardon")
        return STAY

    def dictated(self, _event: Dictated) -> bool:
        """Whether this part makes something of words that are no phrase; it then asks them back, and leaves no phase for them."""
        return False

    def unclear(self) -> Move:
        """Somebody said something that is no phrase here."""
        return STAY

    def ease(self) -> Move:
        """Somebody wants less, in a phase with force."""
        return STAY

    def silence(self) -> Move:
        """Nobody said anything for as long as `Floor.wait` said."""
        return STAY

    def alarm(self) -> Move:
        """`Floor.alarm` has come and is set no more; a part that wants another sets it."""
        return STAY

    @property
    def ends(self) -> float | None:
        """When what is counted down here ends, on the session's clock; None where nothing is, or not yet."""
        return None

    @property
    def pointless(self) -> frozenset[Intent]:
        """Intents of the open grammar that would lead to nothing now, so that nobody is told of them."""
        # Where nobody is pushed "stop" and "too much" need not be taught, and a coach who says them would cover a real one.
        return frozenset() if self.pushed else RELEASE

    @property
    def irrevocable(self) -> frozenset[Intent]:
        """The words that take something back, where nothing is to be taken back; else the one of the two that need not be told."""
        return frozenset({Intent.MEANT_NO}) if self.plan.way_back else frozenset({Intent.GO_BACK, Intent.MEANT_NO})

    def time_left(self) -> tuple[str, dict[str, str | float]]:
        """The line that answers "how long?", and its values."""
        if self.plan.current is None:
            return "cool-down.left", {}
        return "talk.time-left", {"minutes": in_minutes(self.plan.seconds_left())}


def in_minutes(seconds: float) -> float:
    """A time as people tell it: to half a minute below three minutes, else to a minute."""
    halves = max(1, round(seconds / 30))
    return halves / 2 if halves < HALVES_TOLD else round(seconds / 60)


HALVES_TOLD = 6
"""Half minutes from which nobody cares for a half."""
