"""A session with a speaker, two ears and a clock, and everything that can happen to it. Which session that is: `proof.small`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, NamedTuple, get_args

from proof.abstraction import FIRED, Abstraction, Memory, Unknown
from proof.small import FIRST, SLOTS, Small, sealed
from voicecoach.core.dosing import Dosage
from voicecoach.core.phases import Phase
from voicecoach.core.plan import Bout
from voicecoach.core.safety import Verdict, judge
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.language.script import Script
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

ANY_TIME: Final[tuple[Deed, ...]] = (
    *(Now(event) for source in Source for event in (Alive(source), Lost(source))),
    Now(Unclear()), Now(Dictated("Anna", "1")), Now(Started()), Now(TimePassed()), Now(LineStarted(0)), Now(LineFinished(0)),
    Jump(-100.0), Jump(1.6), Jump(3600.0),
    *(Jump(3600.0, Heard(intent, Evidence.STRONG)) for intent in (Intent.YES, Intent.NO, Intent.READY, Intent.MORE, Intent.GOOD, Intent.CONTINUE)),
)
"""What may happen in every state, beside the words that are said."""


def words(small: Small, script: Script) -> dict[Deed, Heard]:
    """Every word with every detail on every evidence, and from a key.

    Raises:
        Unknown: there is a kind of event that never happens here.
    """
    if missing := [kind.__name__ for kind in get_args(Event) if kind is not Heard and not any(isinstance(deed, Now) and isinstance(deed.event, kind) for deed in ANY_TIME)]:
        raise Unknown(f"Nothing here is a {missing[0]}: add one to ANY_TIME of proof/world.py.")
    slots: dict[Intent, set[str]] = {}
    for grammar in script.grammars.values():
        for phrase in grammar.phrases:
            slots.setdefault(phrase.intent, set()).add(phrase.slot)
    told = {intent: small.slots.get(intent) or SLOTS.get(intent) or tuple(sorted(slots.get(intent, {""}))) for intent in Intent}
    said = [(intent, slot) for intent in Intent for slot in told[intent]]
    heard = [*(Heard(intent, evidence, slot=slot) for intent, slot in said for evidence in Evidence),
             *(Heard(intent, Evidence.STRONG, slot=slot, ear="keyboard") for intent, slot in said)]
    return {Now(word): word for word in heard}


def _says(intent: Intent) -> tuple[Deed, ...]:
    return Quiet(), Now(Heard(intent, Evidence.STRONG))


def _position(*screening: Intent) -> tuple[Deed, ...]:
    """From the first question until they are told how to lie and stand."""
    return (*chain.from_iterable(map(_says, screening)), Quiet(), Due(), *_says(Intent.WARM), *_says(Intent.YES), Quiet(), Due())


def _first_stretch(*screening: Intent) -> tuple[Deed, ...]:
    """From the first question until the first stretch is announced; the warm-up ends by its clock, so there is no word to take back."""
    return (*chain.from_iterable(map(_says, screening)), Quiet(), Due(), Quiet(), Due(), Quiet(), Due())


def _hold(*screening: Intent) -> tuple[Deed, ...]:
    return (*_position(*screening), *_says(Intent.READY), *_says(Intent.GOOD), Quiet(), Due())


_TWO: Final = (Intent.NO, Intent.NO)
_WARM: Final = slice(-6)
"""A way to the position without its last six deeds leads to the warm-up."""
_NAMED: Final = (Quiet(), Now(Heard(Intent.PERSON, Evidence.STRONG, slot="1")), *_says(Intent.YES))
_TURN: Final = (*_NAMED, *_hold(Intent.NO), Quiet(), Due(), Due(), *_says(Intent.NEXT), Now(Heard(Intent.SKIP, Evidence.STRONG)), *_says(Intent.FINISH))
LEADS: Final[dict[str, tuple[Deed, ...]]] = {
    "the start": (),
    "the warm-up": _position(*_TWO)[_WARM],
    "the position": _position(*_TWO),
    "the question for ready": (*_position(*_TWO), Quiet()),
    "the approach": (*_position(*_TWO), *_says(Intent.READY)),
    "the last question": (*_says(Intent.NO), Quiet(), Due(), Quiet()),
    "the pause": (*_position(*_TWO), *_says(Intent.PAUSE)),
    "the deafness": (*_position(*_TWO), Quiet(), Now(Lost(Source.MICROPHONE)), Now(Lost(Source.RECOGNISER)), Quiet()),
    "the hold": _hold(*_TWO),
    "the place": (*_hold(*_TWO), *_says(Intent.NEXT), *_says(Intent.YES), Quiet()),
    "the position after one question": _position(Intent.NO),
    "the hold after one question": _hold(Intent.NO),
    "the first stretch after one question": _first_stretch(Intent.NO),
    "the first stretch after a question read back": _first_stretch(Intent.NO, Intent.YES),
    "the position after a question read back": _position(Intent.NO, Intent.YES),
    "the names": _NAMED[:-1],
    "the first question of a turn": _NAMED,
    "the first proposal after too much": (*_first_stretch(Intent.NO), *_says(Intent.NO), Quiet(), Due(), *_says(Intent.READY), *_says(Intent.GOOD), *_says(Intent.EASE),
                                          *_says(Intent.YES), Quiet(), Now(Heard(Intent.PLACE, Evidence.STRONG, slot="lower-back")), *_says(Intent.NO)),
    "the end of a turn": _TURN,
    "a second turn without questions": (*_TURN, *_says(Intent.SWAP), *_says(Intent.WARM), *_says(Intent.YES), Quiet(), Due()),
    "the position after conditions that nobody knows": _position(Intent.NO, Intent.UNSURE, Intent.UNSURE),
    "the break": (*_position(Intent.NO), *_says(Intent.PAUSE)),
}
"""Ways to places from which a search may begin; whoever searches the whole space begins at the start."""


class Place(NamedTuple):
    """A state of the small world: the session's, and that of its speaker and its clock."""

    abstraction: Abstraction
    """Of the session of this turn, where two change places."""
    memory: Memory
    now: float
    queue: tuple[Say, ...]
    sounding: bool
    echo: frozenset[Intent]
    echo_until: float


class Turn(NamedTuple):
    """One event that the session was given, and its answer."""

    event: Event
    now: float
    before: Phase
    after: Phase
    commands: tuple[Command, ...]
    line: Say | None
    """The line that the event began or ended."""
    deadline: float | None
    """The session's, after the event."""
    outcome: Outcome | None
    says: tuple[str, ...]
    """The keys of the lines that were ordered."""
    word: Heard | None
    """What a person said; None if it may have been the coach."""
    clear: Intent | None
    """What a person said, beyond doubt."""
    bout: Bout | None
    """The repetition that was under way or coming, before the event."""
    dosage: Dosage | None
    """The dose of the one that is after it; None also in a world without rules for doses."""
    script: Script

    def by(self, heard: Heard, word: Heard | None) -> Turn:
        """The same turn, made by another word of which the session is told the same."""
        return self._replace(event=heard, word=word, clear=_clear(word))


def _clear(word: Heard | None) -> Intent | None:
    return word.intent if word and word.evidence is Evidence.STRONG else None


class World:
    """A real session with a speaker, two ears and a clock; any deed may be done to it in any of its states."""

    def __init__(self, small: Small = FIRST) -> None:
        self.small = small
        self.root = small.make()
        self.abstraction = Abstraction(self.session, echoes=small.echoes)
        self.script = self.session._floor.script
        self.words = words(small, self.script)
        self._doses = self.session._course.rules is not None
        self.now = 0.0
        self.queue: tuple[Say, ...] = ()
        self.sounding = False
        self.echo: frozenset[Intent] = frozenset()
        self.echo_until = 0.0
        self.turns: list[Turn] = []
        """What came of the last deed."""

    @property
    def session(self) -> Session:
        """The session of the present turn."""
        return self.root._session if isinstance(self.root, Sitting) else self.root

    def save(self) -> Place:
        """This state."""
        return Place(self.abstraction, self.abstraction.save(), self.now, self.queue, self.sounding, self.echo, self.echo_until)

    def load(self, place: Place) -> None:
        """Back to that state."""
        self.abstraction, memory, self.now, self.queue, self.sounding, self.echo, self.echo_until = place
        if isinstance(self.root, Sitting):
            self.root._session = self.abstraction.session
        self.abstraction.load(memory)

    def key(self) -> object:
        """Equal for states that behave alike."""
        return self.abstraction.key(), self.sounding

    def deeds(self) -> Iterator[Deed]:
        """Everything that can happen now."""
        yield from self.words
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
        session, now = self.session, self.now
        before, bout = session.phase, session.bout
        word = self._word(event)
        line = self.queue[0] if isinstance(event, LineStarted | LineFinished) and self.queue and event.utterance == self.queue[0].utterance else None
        commands = self.root.handle(sealed(event), now)
        if line and isinstance(event, LineStarted):
            self.sounding = True
        elif line:
            self._silent(self.queue[1:])
        for command in commands:
            if isinstance(command, Hush):
                self._silent(())
            elif isinstance(command, Say):
                self.queue = (*self.queue, command)
        if session is not self.session:
            self._change_places(session)
        self.turns.append(Turn(
            event, now, before, self.session.phase, tuple(commands), line, self.root.deadline, self.root.outcome,
            tuple([command.key for command in commands if isinstance(command, Say)]), word,
            _clear(word), bout, self.session.dosage if self._doses else None, self.script,
        ))

    def _word(self, event: Event) -> Heard | None:
        """`event`, if it can only be a person's word."""
        if not isinstance(event, Heard):
            return None
        return event if event.ear or event.intent not in self._own() else None

    def _own(self) -> frozenset[Intent]:
        """What the coach himself may have said."""
        return (self._mentions() if self.sounding else frozenset()) | (self.echo if self.now < self.echo_until else frozenset())

    def judged(self) -> Iterator[tuple[Deed, Heard, Heard | None, Verdict]]:
        """Each word, what of it can only be a person's, and what the guard makes of it now."""
        own, situation = self._own(), self.session._situation()
        for deed, heard in self.words.items():
            yield deed, heard, heard if heard.ear or heard.intent not in own else None, judge(heard, situation)

    def _change_places(self, before: Session) -> None:
        """The next turn's session. In all that it never changes it has to be like the first one, or their states could not be told apart."""
        old, new = before._course, self.session._course
        if (old.script, old.program, old.rules, replace(old.household, asks=False)) != (new.script, new.program, new.rules, new.household):
            raise Unknown("The second turn's session is another than the first one's: proof/world.py takes the states of both for the same.")
        self.abstraction = Abstraction(self.session, echoes=self.small.echoes)

    def _mentions(self) -> frozenset[Intent]:
        said = self.queue[0]
        return self.script.line(said.key).mentions | (self.script.mentions(said.text) if said.key in {"help.list", "help.more"} else frozenset())

    def _silent(self, waiting: tuple[Say, ...]) -> None:
        """The line that sounded ends; its words are in the room for a moment longer."""
        if self.sounding:
            self.echo = self._mentions() | (self.echo if self.now < self.echo_until else frozenset())
            self.echo_until = self.now + ECHO
        self.queue, self.sounding = waiting, False
