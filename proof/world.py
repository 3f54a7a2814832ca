"""The small world in which the search is exhaustive, and everything that can happen in it.

One stretch, two repetitions, two questions (a red flag, and one with a follow-up), one "more", and few reminders: every
counter of the real session is here, only its end comes sooner. Lines are all of one length and one wording, since no rule depends on either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final
from unittest.mock import patch

from proof.abstraction import FIRED, ROOT, Abstraction, Memory
from voicecoach import script as scripts
from voicecoach.parts import approach, between, check_in, force, latched, screening
from voicecoach.phases import Phase
from voicecoach.script import Program, Script
from voicecoach.session import Session
from voicecoach.vocabulary import (
    Alive,
    Command,
    Dictated,
    Event,
    Evidence,
    Heard,
    Hush,
    Intent,
    LineFinished,
    LineStarted,
    Lost,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
    Unclear,
)

STRETCH: Final = "knees-to-chest"
BOUNDS: Final = (
    (screening, "RE_ASKS", 1), (screening, "REMINDERS", 1), (approach, "RE_PROMPTS", ("position.help", "position.ready")), (between, "COOL_DOWN_LINES", 2),
    (check_in, "RE_PROMPTS", {ask: prompts[:1] for ask, prompts in check_in.RE_PROMPTS.items()}), (force, "EASES", 2),
    (latched.Released, "reminders", 1), (latched.Paused, "reminders", 1),
)
"""Counters that end sooner here. The code that counts is the real one."""


@contextmanager
def bounded() -> Iterator[None]:
    """The counters of `BOUNDS` end sooner while this lasts; one that is gone is an error."""
    with ExitStack() as stack:
        for owner, name, value in BOUNDS:
            stack.enter_context(patch.object(owner, name, value))
        yield


@cache
def small_script() -> Script:
    """The English script with two questions, and one short wording for each line."""
    script = scripts.load_script(ROOT / "dialogs" / "en")
    red_flag = next(question for question in script.questions if question.emergency)
    with_follow_up = next(question for question in script.questions if question.follow_up)
    lines = {key: replace(line, texts=("Line.",)) for key, line in script.lines.items()}
    return replace(script, questions=(red_flag, with_follow_up), lines=MappingProxyType(lines))


def small_session() -> Session:
    """A session of the small world, not yet started."""
    script = small_script()
    program = Program.model_validate({
        "title": {script.language.language: "small"}, "warm_up_minutes": 5, "rest_seconds": 5, "cool_down_seconds": 20, "deepen_limit": 1,
        "stretches": [{"stretch": STRETCH, "repetitions": 2, "hold_seconds": 20}],
    })
    # Two minutes, which no program may have: a minute that is over leaves less of them, and the key must be able to tell.
    return Session(script, program.model_copy(update={"warm_up_minutes": 2}), earcons="all")


# --- what can happen --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Now:
    """An event, with no time since the last one."""

    event: Event

    def __str__(self) -> str:
        match self.event:
            case Heard(intent, evidence, slot=slot, ear=ear):
                who = "a key says" if ear else "somebody says"
                return f"{who} {intent.value}{f' ({slot})' if slot else ''}, {evidence.name.lower()}"
            case Alive(source):
                return f"the {source.value} is alive"
            case Lost(source):
                return f"the {source.value} is lost"
            case _:
                return type(self.event).__name__


@dataclass(frozen=True, slots=True)
class Mouth:
    """The speaker begins or ends a line; `on`: and so on, until a line sounds that means something or is the last."""

    on: bool = False

    def __str__(self) -> str:
        return "the coach speaks on" if self.on else "the speaker goes one step on"


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes, and the ears are alive all the while."""

    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:g} s pass"


@dataclass(frozen=True, slots=True)
class Due:
    """Nothing happens until the first of the clocks runs out; then the session is told that time has passed. The ears are alive."""

    def __str__(self) -> str:
        return "silence until the deadline"


@dataclass(frozen=True, slots=True)
class Fire:
    """Of the clocks that are running this one runs out first."""

    clock: str

    def __str__(self) -> str:
        return f"the clock '{self.clock.strip('_')}' runs out first"


PASSED: Final = TimePassed()


@dataclass(frozen=True, slots=True)
class Jump:
    """The machine sleeps, or its clock is set; the ears were not alive meanwhile."""

    seconds: float
    event: Event = PASSED

    def __str__(self) -> str:
        return f"the clock jumps by {self.seconds:g} s, then {Now(self.event)}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """The coach says all that waits, and his words die away."""

    def __str__(self) -> str:
        return "the coach says all that he has to say"


Deed = Quiet | Now | Mouth | Wait | Due | Fire | Jump

ECHO: Final = 0.6
"""Seconds for which the coach's own words may come back from the room."""
TAIL: Final = 0.7
"""Seconds after which a line that has ended is no echo any more."""
ENOUGH: Final = 1.6
"""Seconds after which a question that sounds can be answered."""
BEAT: Final = 1.0
"""Seconds between two signs of life of the ears."""

PLACES: Final = ("lower-back", "neck", "nowhere", "radiating")
"""Slots of a place: right, wrong, none, and a warning."""
_WORDS = tuple(Heard(intent, evidence, slot=slot) for intent in Intent for slot in (PLACES if intent is Intent.PLACE else ("",)) for evidence in Evidence)
_KEYS = tuple(Heard(intent, Evidence.STRONG, slot=PLACES[0] if intent is Intent.PLACE else "", ear="keyboard") for intent in Intent)
ANY_TIME: Final[tuple[Deed, ...]] = (
    *(Now(heard) for heard in (*_WORDS, *_KEYS)),
    *(Now(event) for source in Source for event in (Alive(source), Lost(source))),
    Now(Unclear()), Now(Dictated("Anna", "1")), Now(Started()), Now(TimePassed()), Now(LineStarted(0)), Now(LineFinished(0)),
    Jump(-100.0), Jump(1.6), Jump(3600.0),
    *(Jump(3600.0, Heard(intent, Evidence.STRONG)) for intent in (Intent.YES, Intent.NO, Intent.READY, Intent.MORE, Intent.GOOD, Intent.CONTINUE)),
)
"""What may happen in every state."""


def _says(intent: Intent) -> tuple[Deed, ...]:
    return Quiet(), Now(Heard(intent, Evidence.STRONG))


_TO_THE_POSITION = (*_says(Intent.NO), *_says(Intent.NO), Quiet(), Due(), *_says(Intent.WARM), *_says(Intent.YES), Quiet(), Due())
_TO_THE_HOLD = (*_TO_THE_POSITION, *_says(Intent.READY), *_says(Intent.GOOD), Quiet(), Due())
LEADS: Final[dict[str, tuple[Deed, ...]]] = {
    "the start": (),
    "the warm-up": _TO_THE_POSITION[:6],
    "the position": _TO_THE_POSITION,
    "the question for ready": (*_TO_THE_POSITION, Quiet()),
    "the approach": (*_TO_THE_POSITION, *_says(Intent.READY)),
    "the last question": (*_says(Intent.NO), Quiet(), Due(), Quiet()),
    "the pause": (*_TO_THE_POSITION, *_says(Intent.PAUSE)),
    "the deafness": (*_TO_THE_POSITION, Quiet(), Now(Lost(Source.MICROPHONE)), Now(Lost(Source.RECOGNISER)), Quiet()),
    "the hold": _TO_THE_HOLD,
    "the place": (*_TO_THE_HOLD, *_says(Intent.NEXT), *_says(Intent.YES), Quiet()),
}
"""Ways to places from which a search may begin; whoever searches the whole space begins at the start."""


@dataclass(frozen=True, slots=True)
class Place:
    """A state of the small world: the session's, and that of its speaker and its clock."""

    memory: Memory
    now: float
    queue: tuple[Say, ...]
    sounding: bool
    echo: frozenset[Intent]
    echo_until: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One event that the session was given, and its answer."""

    event: Event
    now: float
    before: Phase
    after: Phase
    commands: tuple[Command, ...]
    line: Say | None
    """The line that the event began or ended."""
    due: float | None
    """The session's deadline before the event."""
    deadline: float | None
    """And after it."""
    outcome: Outcome | None
    says: tuple[str, ...]
    """The keys of the lines that were ordered."""
    word: Heard | None
    """What a person said; None if it may have been the coach."""
    clear: Intent | None
    """What a person said, beyond doubt."""


class World:
    """A real session with a speaker, two ears and a clock; any deed may be done to it in any of its states."""

    def __init__(self, session: Session | None = None) -> None:
        self.session = session or small_session()
        self.abstraction = Abstraction(self.session)
        self.now = 0.0
        self.queue: tuple[Say, ...] = ()
        self.sounding = False
        self.echo: frozenset[Intent] = frozenset()
        self.echo_until = 0.0
        self.turns: list[Turn] = []
        """What came of the last deed."""

    def save(self) -> Place:
        """This state."""
        return Place(self.abstraction.save(), self.now, self.queue, self.sounding, self.echo, self.echo_until)

    def load(self, place: Place) -> None:
        """Back to that state."""
        self.abstraction.load(place.memory)
        self.now, self.queue, self.sounding, self.echo, self.echo_until = place.now, place.queue, place.sounding, place.echo, place.echo_until

    def key(self) -> object:
        """Equal for states that behave alike."""
        return self.abstraction.key(), self.sounding

    def deeds(self) -> Iterator[Deed]:
        """Everything that can happen now."""
        yield from ANY_TIME
        if self.session.deadline is None:
            return
        if self.queue:
            yield Mouth()
            yield Mouth(on=True)
            if self.sounding:
                yield Wait(ENOUGH)
        else:
            yield Wait(TAIL)
        yield Due()
        floor = self.abstraction.floor
        for _, clock in FIRED:
            at = getattr(floor, clock)
            if at is not None and floor.deadline is not None and at > floor.deadline:
                yield Fire(clock)

    def do(self, deed: Deed) -> list[Turn]:
        """Let `deed` happen."""
        self.turns = []
        match deed:
            case Now(event):
                self._event(event)
            case Mouth(on):
                self._speak()
                while on and self.queue and not (self.sounding and (len(self.queue) == 1 or self.abstraction.means(self.queue[0]))):
                    self._speak()
            case Quiet():
                while self.queue:
                    self._speak()
                self._pass(self.now + TAIL)
            case Wait(seconds):
                self._pass(self.now + seconds)
            case Due():
                # Not `Session.deadline`: that is also the time by which the ears have to report, and here they do.
                self._pass(self.abstraction.floor.deadline or self.now + BEAT)
                self._event(TimePassed())
            case Fire(clock):
                setattr(self.abstraction.floor, clock, self.now)
                self._event(TimePassed())
            case Jump(seconds, event):
                self.now += seconds
                self._event(event)
                self.now = max(self.now, self.abstraction.floor.now)
        return self.turns

    def _speak(self) -> None:
        line = self.queue[0]
        self._event(LineFinished(line.utterance) if self.sounding else LineStarted(line.utterance))

    def _pass(self, until: float) -> None:
        """The ears beat until then; and once more, so that they are as alive as ever when it comes."""
        while self.now < until:
            self.now = min(self.now + BEAT, until)
            self._event(Alive(Source.MICROPHONE))
            self._event(Alive(Source.RECOGNISER))

    def _event(self, event: Event) -> None:
        before, now, due = self.session.phase, self.now, self.session.deadline
        own = (self._mentions() if self.sounding else frozenset()) | (self.echo if now < self.echo_until else frozenset())
        line = self.queue[0] if isinstance(event, LineStarted | LineFinished) and self.queue and event.utterance == self.queue[0].utterance else None
        commands = self.session.handle(event, now)
        if line and isinstance(event, LineStarted):
            self.sounding = True
        elif line:
            self._silent(self.queue[1:])
        for command in commands:
            if isinstance(command, Hush):
                self._silent(())
            elif isinstance(command, Say):
                self.queue = (*self.queue, command)
        word = event if isinstance(event, Heard) and (event.ear or event.intent not in own) else None
        self.turns.append(Turn(
            event, now, before, self.session.phase, tuple(commands), line, due, self.session.deadline, self.session.outcome,
            tuple([command.key for command in commands if isinstance(command, Say)]), word,
            word.intent if word and word.evidence is Evidence.STRONG else None,
        ))

    def _mentions(self) -> frozenset[Intent]:
        return small_script().line(self.queue[0].key).mentions

    def _silent(self, waiting: tuple[Say, ...]) -> None:
        """The line that sounded ends; its words are in the room for a moment longer."""
        if self.sounding:
            self.echo = self._mentions() | (self.echo if self.now < self.echo_until else frozenset())
            self.echo_until = self.now + ECHO
        self.queue, self.sounding = waiting, False
