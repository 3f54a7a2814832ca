"""The coach's own lines through the echo path: which of them, in which situation, would be taken for a command of a person.

Each line is rendered by the coach's voice, played into a room as loud as a person or louder, heard by the real ear with every
grammar that may be listened for while it sounds, and what the ear makes of it is judged by the session's own guard. Nobody else
speaks, so any verdict but "ignore" and "doubt" is a command that nobody gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.floor import ECHO_TAIL
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.path import HearingPath
from voicecoach.phases import Phase
from voicecoach.rehearsal.room import EchoPath
from voicecoach.safety import Situation, Verdict, judge
from voicecoach.script import Line, Script, names
from voicecoach.vocabulary import Event, Heard

HARMLESS = frozenset({Verdict.IGNORE, Verdict.DOUBT})
PERSON = 0.05
"""Active level of a person at the microphone; the recordings of people have it on average."""
BEFORE, AFTER = 0.3, 1.5
"""Seconds of silence around a line."""
BLOCK = 320

_ANYWHERE: Final = "screening warm-up confirm position stretch hold check-in place rest released paused cool-down"
GRAMMARS: Final = {
    "screen.*": "screening", "question.*": "screening",
    "warm-up.*": "warm-up confirm", "warm-up.confirm": "confirm",
    "next.*": "rest position released",
    "rule.*": "position", "position.*": "position paused",
    "*.client_position": "position", "*.partner_position": "position released", "*.position_again": "position", "*.introduction": "rest position",
    "approach.lighter": "position released", "approach.*": "stretch hold", "*.approach_*": "stretch hold", "force.*": "stretch hold check-in",
    "hold.*": "hold check-in", "*.hold_*": "hold check-in",
    "*.let_down": "check-in hold", "check-in.*": "check-in place rest position", "*.wrong_place": "check-in place",
    "*.why": "position rest", "*.muscles": "position rest",
    "released.*": "released confirm", "latched.*": "released paused confirm", "paused.*": "paused confirm",
    "cool-down.*": "cool-down rest", "goodbye.*": _ANYWHERE,
    "talk.pardon": _ANYWHERE, "talk.*": "position rest warm-up check-in released cool-down",
    "help.screening": "screening", "help.warm-up": "warm-up", "help.confirm": "confirm", "help.position": "position rest", "help.stretch": "stretch",
    "help.hold": "hold", "help.check-in": "check-in", "help.place": "place", "help.rest": "rest position", "help.released": "released confirm",
    "help.paused": "paused confirm", "help.cool-down": "cool-down",
    "safety.ease*": "stretch hold check-in place position", "safety.*": "released paused confirm check-in place position rest",
}
"""The grammars that may be listened for while a line sounds: the most exact pattern for a key counts. A test compares it with sessions."""
PUSHED: Final = {"stretch": Phase.STRETCH, "hold": Phase.HOLD}
"""Grammars that are listened for while somebody may be under force, with their phases."""
LATCHED: Final = {"released": Phase.RELEASED, "paused": Phase.PAUSED}
NUMBERS: Final = (5, 25)
"""Put in for every number."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text of the coach, placeholders filled in."""

    line: Line
    text: str
    grammars: tuple[str, ...]
    """What may be listened for while it sounds."""


@dataclass(frozen=True, slots=True)
class SelfHeard:
    """A command that the coach gave himself."""

    spoken: Spoken
    grammar: str
    at: float
    """Seconds from the line's end; negative: before it."""
    heard: Heard
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Room:
    """One echo path."""

    delay: float
    ringing: float
    louder: float
    """Decibels by which the echo is louder than a person."""
    seed: int = 1

    def __str__(self) -> str:
        """As it stands in tables."""
        return f"{1000 * self.delay:.0f} ms, RT60 {self.ringing:g} s, {self.louder:+.0f} dB"


ROOMS = tuple(Room(delay, ringing, louder, seed) for seed, (delay, ringing) in enumerate(((0.02, 0.2), (0.08, 0.3), (0.14, 0.4), (0.2, 0.5)), 1)
              for louder in (0.0, 10.0))


def spoken(script: Script) -> list[Spoken]:
    """Every wording of every line, with the first and the last of what its placeholders may stand for."""
    stretches, sides = [one.name for one in script.stretches.values()], list(script.language.sides.values())
    found = {}
    for line in script.lines.values():
        grammars = tuple(_most_exact(line.key).split())
        for text in line.texts:
            for end in (0, -1):
                numbers = dict.fromkeys(("minutes", "seconds", "count", "holds", "stretches"), NUMBERS[end])
                filled = script.speak(text, **names(script), **numbers, stretch=stretches[end], side=sides[end], program="the lower back")
                found[filled] = Spoken(line, filled, grammars)
    return list(found.values())


def _most_exact(key: str) -> str:
    return GRAMMARS[max((pattern for pattern in GRAMMARS if fnmatchcase(key, pattern)), key=lambda pattern: len(pattern.replace("*", "")))]


def situations(script: Script, line: Line, grammar: str) -> list[Situation]:
    """How the guard sees the session while `line` sounds and `grammar` is listened for."""
    if line.key.startswith("goodbye."):
        phases = [Phase.DONE]
    else:
        phases = [PUSHED.get(grammar, LATCHED.get(grammar, Phase.CHECK_IN))]
    expected = frozenset(phrase.intent for phrase in script.grammars[grammar].phrases)
    return [Situation(phase, speaking=True, mentioned=line.mentions, loading=frozenset(), expected=expected, silent_for=0.0,
                      pushed=grammar in PUSHED, deaf=False, line_overdue=False) for phase in phases]


class Listener:
    """The real ear, built once; fresh for each line."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._model, self._vad = Moonshine(), load_vad()

    def hears(self, spoken: Spoken, line: Samples, room: Room, make: Callable[[], FrontEnd], learn: Samples | None = None) -> Iterator[SelfHeard]:
        """The commands in `line` as it comes back; `learn` was said before it, and not listened to."""
        for grammar in spoken.grammars:
            self._vad.reset()
            front = make()
            path = HearingPath([MoonshineEar(self._model, self._vad)], front.vouches)
            path.listen(self._script.grammars[grammar])
            for at, event in play(line, room, front, path, learn):
                if isinstance(event, Heard):
                    yield from self._judge(spoken, grammar, at - BEFORE - len(line) / RATE, event)

    def _judge(self, spoken: Spoken, grammar: str, at: float, event: Heard) -> Iterator[SelfHeard]:
        for situation in situations(self._script, spoken.line, grammar):
            late = replace(situation, mentioned=frozenset(), speaking=False) if at > ECHO_TAIL else situation
            if (verdict := judge(event, late)) not in HARMLESS:
                yield SelfHeard(spoken, grammar, at, event, verdict)


def play(line: Samples, room: Room, front: FrontEnd, path: HearingPath, learn: Samples | None = None) -> Iterator[tuple[float, Event]]:
    """Play a line into a room; what a path makes of it."""
    echo = EchoPath(0.0, room.delay, room.ringing, room.seed)
    loudness = PERSON * 10 ** (room.louder / 20) / active_level(line)
    if learn is not None:
        for mic, far in _blocks(learn, echo, loudness):
            front.accept(mic, far)
    padded = np.pad(line, (round(BEFORE * RATE), round(AFTER * RATE)))
    for mic, far in _blocks(padded, echo, loudness):
        for piece in front.accept(mic, far):
            if piece.edge:
                path.edge()
            yield from path.accept(piece.samples)


def _blocks(line: Samples, echo: EchoPath, loudness: float) -> Iterator[tuple[Samples, Samples]]:
    """What microphone and far end get of it, 20 ms at a time, in 16 bits."""
    for at in range(0, len(line) // BLOCK * BLOCK, BLOCK):
        far = line[at : at + BLOCK]
        mic = np.clip(np.round(echo.through(far) * np.float32(loudness) * 32768), -32768, 32767) / 32768
        yield np.asarray(mic, np.float32), far


