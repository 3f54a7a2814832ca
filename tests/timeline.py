"""A session on a timeline: the tests' only clock. Lines are spoken in no time of the machine's, but in time of the session's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from voicecoach.core.household import Household, Person
from voicecoach.core.phases import LATCHED, Phase
from voicecoach.core.session import Session
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.loader import load_program, load_script
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.vocabulary import (
    Alive,
    Command,
    Event,
    Evidence,
    Finish,
    Heard,
    Hush,
    Intent,
    LineFinished,
    LineStarted,
    Listen,
    Say,
    Source,
    Started,
    TimePassed,
)

DIALOGS = Path(__file__).parents[1] / "dialogs"
SCRIPT: Script = load_script(DIALOGS / "en")
FULL: Program = load_program(DIALOGS / "programs/lower-back.yaml", SCRIPT)
SHORT: Program = load_program(DIALOGS / "programs/one-stretch.yaml", SCRIPT)
LETTER = 0.07
"""Seconds that the imagined voice takes for a letter."""


def listening(**more: tuple[Intent, ...]) -> Script:
    """The same words in a language that listens for more than ours: its `place_check` for these intents too, and so on. A translator may write that."""
    known = [phrase for grammar in SCRIPT.grammars.values() for phrase in grammar.phrases]
    wider = {name.replace("_", "-"): intents for name, intents in more.items()}
    grammars = {name: replace(SCRIPT.grammars[name], phrases=(*SCRIPT.grammars[name].phrases, *dict.fromkeys(phrase for phrase in known if phrase.intent in intents)))
                for name, intents in wider.items()}
    return replace(SCRIPT, grammars={**SCRIPT.grammars, **grammars})


class Entry(NamedTuple):
    """What happened at one moment, and what the session made of it."""

    now: float
    before: Phase
    event: Event
    commands: list[Command]
    after: Phase

    @property
    def says(self) -> list[str]:
        return [command.key for command in self.commands if isinstance(command, Say)]


class Timeline:
    """Drives a Session, plays the speaker and the heartbeat, and checks the contract of `deadline` on the way."""

    def __init__(self, program: Program = SHORT, session: Session | None = None, *, ears: bool = True, mouth: bool = True,
                 earcons: str = "none") -> None:
        self._made_of = program, earcons
        self.session = session or Session(SCRIPT, program, earcons=earcons)
        self.now = 0.0
        self.ears, self.mouth = ears, mouth
        self.log: list[Entry] = []
        self.grammar = Grammar("", ())
        self._queue: list[Say] = []
        self._line_ends: float | None = None
        self._next_beat = 0.5
        self.event(Started())

    # --- driving ---

    def event(self, event: Event) -> list[Command]:
        """Something happens now."""
        before = self.phase
        commands = self.session.handle(event, self.now)
        self.log.append(Entry(self.now, before, event, commands, self.phase))
        for command in commands:
            if isinstance(command, Hush):
                self._queue.clear()
                self._line_ends = None
            elif isinstance(command, Say):
                self._queue.append(command)
            elif isinstance(command, Listen):
                self.grammar = SCRIPT.grammars[command.grammar]
        if self.mouth and self._line_ends is None and self._queue:
            self._line_ends = self.now + LETTER * len(self._queue[0].text)
            self.event(LineStarted(self._queue[0].utterance))
        return commands

    def hear(self, intent: Intent, evidence: Evidence = Evidence.STRONG, slot: str = "", ear: str = "") -> list[Command]:
        """A person says something now, or a hand does."""
        return self.event(Heard(intent, evidence, slot=slot, ear=ear))

    def run(self, seconds: float = 3600.0, until: str = "") -> None:
        """Let time pass: `seconds` of it, or until a line whose key begins with `until` has been spoken."""
        end = self.now + seconds
        while self.now < end and self.session.outcome is None:
            deadline = self.session.deadline
            beat = self._next_beat if self.ears else None
            times = [time for time in (deadline, self._line_ends, beat, end) if time is not None]
            self.now = max(self.now, min(times))
            if self._line_ends is not None and self.now >= self._line_ends:
                said = self._queue.pop(0)
                self._line_ends = None
                self.event(LineFinished(said.utterance))
                if until and said.key.startswith(until):
                    return
            elif beat is not None and self.now >= beat:
                self._next_beat = self.now + 0.5
                self.event(Alive(Source.MICROPHONE))
                self.event(Alive(Source.RECOGNISER))
            elif deadline is not None and self.now >= deadline:
                self.event(TimePassed())
                moved = self.session.deadline
                assert moved is None or moved > deadline or self.session.outcome, f"the deadline {deadline} did not move"
        assert not until or self.session.outcome is None, f"the session ended before '{until}'; said: {self.said[-5:]}"
        assert not until or self.now < end, f"'{until}' was not said; said: {self.said[-5:]}"

    def sounding(self, key: str) -> None:
        """Let time pass until the line called `key` sounds."""
        while not (self._queue and self._queue[0].key == key):
            assert self._queue or self.session.deadline, f"'{key}' was not said; said: {self.said[-5:]}"
            self.run(0.05)

    def begin_of_line(self) -> None:
        """Let time pass until the last of the lines that wait begins to sound; at once if none waits."""
        while len(self._queue) > 1 and self.mouth and self.session.outcome is None:
            self.run(0.05)

    def quiet(self) -> None:
        """Let the coach finish, and his echo die away."""
        while self._queue and self.mouth and self.session.outcome is None:
            self.run(0.1)
        self.run(0.7)

    def answer(self, intent: Intent, until: str = "", slot: str = "") -> list[Command]:
        """Wait for the end of what the coach says (or for a certain line), then answer."""
        if until:
            self.run(until=until)
        self.quiet()
        return self.hear(intent, slot=slot)

    # --- well-known places ---

    def to(self, phase: Phase, *, warm: bool = False) -> Timeline:
        """Lead the session to the first moment of `phase` by the usual answers; `warm`: they say that they are warm."""
        if phase in {Phase.WHO, Phase.TURN}:
            return self._with_a_household(phase)
        if phase in LATCHED:
            self.to(Phase.NEXT, warm=warm).run(until="position.ready")
            self.answer(Intent.STOP if phase is Phase.RELEASED else Intent.PAUSE)
            return self
        way = {Phase.WARM_UP: self._pass, Phase.NEXT: self._say_warm if warm else self._warm_up, Phase.STRETCH: self._set_up,
               Phase.HOLD: self._hold, Phase.CHECK_IN: self._let_down, Phase.DONE: self._skip}
        for goal, lead in way.items():
            if self.phase is phase:
                break
            lead()
            assert self.phase is goal
        return self

    def _with_a_household(self, phase: Phase) -> Timeline:
        """These two phases are only where a household is known: begin anew with one."""
        (program, earcons), ears, mouth = self._made_of, self.ears, self.mouth
        household = Household((Person("Anna"), Person("Ben")), asks=phase is Phase.WHO, swaps=True)
        self.__init__(session=Session(SCRIPT, program, earcons=earcons, household=household), ears=ears, mouth=mouth)  # type: ignore[misc]
        self._made_of = program, earcons
        if phase is Phase.TURN:
            self.to(Phase.CHECK_IN)
            for _ in range(30):
                if self.phase is not Phase.TURN:
                    self.answer(Intent.SKIP)
                    self.run(1)
            assert self.phase is Phase.TURN
        return self

    def _pass(self) -> None:
        for _ in SCRIPT.questions:
            self.answer(Intent.NO)
        self.run(until="warm-up.begin")

    def _say_warm(self) -> None:
        self.answer(Intent.WARM)
        self.answer(Intent.YES)
        self.run(until="next.first")

    def _warm_up(self) -> None:
        self.run(until="next.first")

    def _set_up(self) -> None:
        self.run(until="position.ready")
        self.answer(Intent.READY)
        self.quiet()

    def _hold(self) -> None:
        self.hear(Intent.GOOD)
        self.run(until="hold.begin")
        self.run(2)

    def _let_down(self) -> None:
        self.run(until="hold.ask")
        self.answer(Intent.GOOD)
        self.run(until="check-in.feel")

    def _skip(self) -> None:
        for _ in range(300):
            if self.phase in {Phase.CHECK_IN, Phase.NEXT}:
                self.answer(Intent.SKIP)
            if self.phase is not Phase.DONE:
                self.run(1)

    def to_the_end(self) -> None:
        """Nobody says anything any more."""
        for _ in range(20):
            if self.session.outcome is None:
                self.run(600)
        assert self.session.outcome, f"it does not end; said: {self.said[-5:]}"

    # --- looking back ---

    @property
    def says(self) -> list[Say]:
        """Everything the coach was ordered to say."""
        return [command for entry in self.log for command in entry.commands if isinstance(command, Say)]

    @property
    def said(self) -> list[str]:
        """The keys of everything the coach was ordered to say."""
        return [say.key for say in self.says]

    @property
    def phase(self) -> Phase:
        return self.session.phase

    @property
    def finish(self) -> Finish | None:
        return next((command for entry in self.log for command in entry.commands if isinstance(command, Finish)), None)


def keys(commands: list[Command]) -> list[str]:
    """The keys of the lines among `commands`."""
    return [command.key for command in commands if isinstance(command, Say)]


def hold_again(timeline: Timeline) -> None:
    """Into the hold of one more repetition."""
    timeline.answer(Intent.READY, until="position.ready")
    timeline.answer(Intent.GOOD)
    timeline.answer(Intent.NEXT, until="hold.begin")
