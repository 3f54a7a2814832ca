"""The course of a program with its times: the real session, led on a simulated clock by people who know all the answers.

So the times follow whatever the session does. They are estimates all the same: the lines are measured by their syllables, and the
people take the times of `PEOPLE`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from voicecoach.core.phases import Phase
from voicecoach.core.plan import Bout
from voicecoach.core.session import Session
from voicecoach.language.duration import spoken_seconds
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.vocabulary import (
    Alive,
    Event,
    Evidence,
    Heard,
    Hush,
    Intent,
    LineFinished,
    LineStarted,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
)

PEOPLE: Final[Mapping[str, tuple[Intent, float]]] = {
    "question.*.ask": (Intent.NO, 1.0), "screen.read-back": (Intent.YES, 1.5), "position.ready": (Intent.READY, 12.0),
    "position.sure": (Intent.READY, 1.5), "*.approach_client": (Intent.GOOD, 5.0), "hold.ask": (Intent.GOOD, 1.5),
    "check-in.feel": (Intent.YES, 1.5), "check-in.where": (Intent.PLACE, 2.0), "check-in.too-much": (Intent.NO, 1.5),
}
"""What the people say after a line, and how many seconds after it. Twelve seconds to lie down is quick, five for the way in usual."""
LONGEST: Final = 3 * 3600.0
HEARTBEAT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Stage:
    """One phase of the session, from beginning to end."""

    phase: Phase
    begins: float
    ends: float
    """Both in seconds from the start."""
    bout: Bout | None
    """The repetition under way or coming next; None before the first stretch and after the last."""

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.ends - self.begins


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole session."""

    stages: tuple[Stage, ...]
    seconds: float
    left_out: tuple[str, ...]
    """Names of the stretches that the answers have left out."""
    outcome: Outcome | None
    """None: it had not ended after three hours."""

    @property
    def holds(self) -> tuple[Stage, ...]:
        """Every hold."""
        return tuple(stage for stage in self.stages if stage.phase is Phase.HOLD)


def outline(script: Script, program: Program, answers: Mapping[str, bool | None] | None = None) -> Outline:
    """The course of `program`.

    Args:
        script: the language in which it is spoken.
        program: the program.
        answers: what the client says to its conditions; without one, whatever keeps the stretch in.
    """
    return _Run(script, program, answers or {}).outline()


class _Run:
    """One session on its own clock."""

    def __init__(self, script: Script, program: Program, answers: Mapping[str, bool | None]) -> None:
        self._script, self._session, self._now = script, Session(script, program, earcons="none"), 0.0
        wanted = dict(reversed([need for dose in program.stretches for need in dose.needs()]))
        self._conditions = {**wanted, **answers}
        self._lines: deque[Say] = deque()
        self._line_ends: float | None = None
        self._beat = HEARTBEAT
        self._answer: tuple[float, Heard] | None = None
        self._stages: list[Stage] = []
        self._began = 0.0
        self._all = [script.stretches[dose.stretch].name for dose in program.stretches]

    def outline(self) -> Outline:
        self._handle(Started())
        while self._session.outcome is None and self._now < LONGEST:
            self._now, event = min(self._coming(), key=lambda coming: coming[0])
            self._happen(event)
        self._close(self._session.phase, None)
        done = {stage.bout.stretch.name for stage in self._stages if stage.bout}
        return Outline(tuple(self._stages), self._now, tuple(name for name in self._all if name not in done), self._session.outcome)

    def _coming(self) -> Iterator[tuple[float, Event]]:
        """What can happen next, each with its time."""
        yield self._beat, Alive(Source.MICROPHONE)
        if self._line_ends is not None:
            yield self._line_ends, LineFinished(self._lines[0].utterance)
        if self._answer:
            yield self._answer
        if (deadline := self._session.deadline) is not None:
            yield max(deadline, self._now), TimePassed()

    def _happen(self, event: Event) -> None:
        match event:
            case Alive():
                self._beat += HEARTBEAT
                self._handle(event)
                event = Alive(Source.RECOGNISER)
            case Heard():
                self._answer = None
            case LineFinished():
                self._line_ends, said = None, self._lines.popleft()
                self._handle(event)
                if not self._lines:
                    self._answer = self._reply(said.key)
                return
        self._handle(event)

    def _handle(self, event: Event) -> None:
        before, bout = self._session.phase, self._session.bout
        commands = self._session.handle(event, self._now)
        if self._session.phase is not before:
            self._close(before, bout)
        for command in commands:
            if isinstance(command, Hush):
                self._lines.clear()
                self._line_ends = None
            elif isinstance(command, Say):
                self._lines.append(command)
        if self._lines and self._line_ends is None:
            self._line_ends = self._now + spoken_seconds(self._script, self._lines[0].text)
            self._handle(LineStarted(self._lines[0].utterance))

    def _close(self, phase: Phase, bout: Bout | None) -> None:
        self._stages.append(Stage(phase, self._began, self._now, None if phase in {Phase.SCREEN, Phase.WARM_UP, Phase.DONE} else bout))
        self._began = self._now

    def _reply(self, key: str) -> tuple[float, Heard] | None:
        if fnmatchcase(key, "condition.*.ask"):
            answer = self._conditions.get(key.split(".")[1])
            intent = Intent.UNSURE if answer is None else Intent.YES if answer else Intent.NO
            return self._now + 1.0, Heard(intent, Evidence.STRONG)
        for pattern, (intent, seconds) in PEOPLE.items():
            if fnmatchcase(key, pattern):
                place = min(self._session.bout.stretch.places) if intent is Intent.PLACE and self._session.bout else ""
                return self._now + seconds, Heard(intent, Evidence.STRONG, slot=place)
        return None
