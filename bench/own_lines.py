"""The coach's own lines through the echo path: which of them, in which situation, would be taken for a command of a person.

Each line is rendered by the coach's voice, played into a room as loud as a person or louder, heard by the real ear with every
grammar that may be listened for while it sounds, and what the ear makes of it is judged by the session's own guard. Nobody else
speaks, so any verdict but "ignore" and "doubt" is a command that nobody gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level
from voicecoach.choices import listed, pages
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.floor import ECHO_TAIL
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.risk import RELEASE
from voicecoach.hearing.segmenter import Vad
from voicecoach.phases import Phase
from voicecoach.rehearsal.room import EchoPath
from voicecoach.safety import Situation, Verdict, judge
from voicecoach.script import Line, Script, names
from voicecoach.vocabulary import Heard

HARMLESS = frozenset({Verdict.IGNORE, Verdict.DOUBT})
PERSON = 0.05
"""Active level of a person at the microphone; the recordings of people have it on average."""
BEFORE, AFTER = 0.3, 1.1
"""Seconds of silence around a line."""
BLOCK = 320

_ANYWHERE: Final = "screening warm-up confirm position stretch hold check-in place rest released paused cool-down who turn"
GRAMMARS: Final = {
    "who.*": "who confirm", "who.unknown": "who confirm screening", "turn.*": "turn",
    "screen.*": "screening", "question.*": "screening", "condition.*": "screening",
    "warm-up.*": "warm-up confirm", "warm-up.confirm": "confirm",
    "next.*": "rest position released",
    "rule.*": "position", "position.*": "position paused",
    "*.client_position": "position", "*.partner_position": "position released", "*.position_again": "position", "*.introduction": "rest position",
    "approach.lighter": "position released", "approach.*": "stretch hold", "*.approach_*": "stretch hold", "force.*": "stretch hold check-in",
    "hold.*": "hold check-in", "*.hold_*": "hold check-in",
    "*.let_down": "check-in hold", "check-in.*": "check-in place place-check rest position", "*.wrong_place": "check-in place place-check",
    "*.why": "position rest", "*.muscles": "position rest",
    "dose.*": "dose rest", "help.dose": "dose",
    "released.*": "released confirm", "latched.*": "released paused confirm", "paused.*": "paused confirm",
    "progress.*": "warm-up rest paused cool-down", "cool-down.*": "cool-down rest", "goodbye.*": _ANYWHERE,
    "talk.pardon": _ANYWHERE, "talk.*": "position rest warm-up check-in released cool-down",
    "help.*": _ANYWHERE, "help.confirm": "confirm", "*.right_place": "place-check", "*.where": "position stretch hold check-in place rest",
    "*.normal": "position stretch hold check-in place rest", "place.*": "place place-check check-in rest", "correct.*": "screening position check-in place rest",
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
                numbers = dict.fromkeys(("minutes", "seconds", "count", "holds", "stretches", "weeks", "sessions"), NUMBERS[end])
                values = {**names(script), **numbers, "stretch": stretches[end], "side": sides[end], "program": "the lower back",
                          "name": "Anna", "number": "number two"}
                if "{choices}" not in text:
                    filled = script.speak(text, **values)
                    found[filled] = Spoken(line, filled, grammars)
                for name in grammars if "{choices}" in text else ():
                    for page in pages(script.grammars[name], frozenset() if name in PUSHED else RELEASE):
                        filled = script.speak(text, **values, choices=listed(page, script.language))
                        # What it says of itself is known to the session, as that of other lines is.
                        found[filled] = Spoken(replace(line, texts=(filled,), mentions=script.mentions(filled)), filled, (name,))
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
    places = frozenset[str]().union(*(script.places(text) for text in line.texts))
    return [Situation(phase, speaking=True, mentioned=line.mentions, places=places, loading=frozenset(), expected=expected, silent_for=0.0,
                      pushed=grammar in PUSHED, deaf=False, line_overdue=False) for phase in phases]


class Listener:
    """The real ear, once for each grammar, in one room with the coach, whose front end learns the room as the session goes on.

    Args:
        script: whose grammars are listened for.
        room: where the coach is heard.
        front: what hears him first.
        model: may be shared by many listeners.
    """

    def __init__(self, script: Script, room: Room, front: FrontEnd, model: Moonshine) -> None:
        self._script, self._room, self._front, self._model = script, room, front, model
        self._echo = EchoPath(0.0, room.delay, room.ringing, room.seed)
        self._ears: dict[str, tuple[HearingPath, Vad]] = {}

    def learn(self, line: Samples) -> None:
        """A line that is not listened to."""
        for microphone, far in blocks(np.pad(line, (0, RATE)), self._echo, self._gain(line)):
            self._front.accept(microphone, far)

    def hears(self, spoken: Spoken, line: Samples) -> list[SelfHeard]:
        """The commands in `line` as it comes back."""
        paths = {grammar: self._path(grammar) for grammar in spoken.grammars}
        began = {grammar: path.now for grammar, path in paths.items()}
        found: list[SelfHeard] = []
        padded = np.pad(line, (round(BEFORE * RATE), round(AFTER * RATE)))
        for microphone, far in blocks(padded, self._echo, self._gain(line)):
            for piece in self._front.accept(microphone, far):
                for grammar, path in paths.items():
                    if piece.edge:
                        path.edge()
                    for at, event in path.accept(piece.samples):
                        if isinstance(event, Heard):
                            found += self._judge(spoken, grammar, at - began[grammar] - BEFORE - len(line) / RATE, event)
        return found

    def _gain(self, line: Samples) -> float:
        return PERSON * 10 ** (self._room.louder / 20) / active_level(line)

    def _path(self, grammar: str) -> HearingPath:
        """The ear for `grammar`, which has heard the end of the line before."""
        if grammar not in self._ears:
            vad = load_vad()
            path = HearingPath([MoonshineEar(self._model, vad)], self._front.vouches)
            path.listen(self._script.grammars[grammar])
            self._ears[grammar] = path, vad
        path, vad = self._ears[grammar]
        vad.reset()
        return path

    def _judge(self, spoken: Spoken, grammar: str, at: float, event: Heard) -> Iterator[SelfHeard]:
        for situation in situations(self._script, spoken.line, grammar):
            late = replace(situation, mentioned=frozenset(), speaking=False) if at > ECHO_TAIL else situation
            if (verdict := judge(event, late)) not in HARMLESS:
                yield SelfHeard(spoken, grammar, at, event, verdict)


def blocks(line: Samples, echo: EchoPath, gain: float, person: Samples | None = None) -> Iterator[tuple[Samples, Samples]]:
    """What the microphone hears and the loudspeaker plays of `line`, 20 ms at a time; the microphone in 16 bits, and with a person."""
    for at in range(0, len(line) // BLOCK * BLOCK, BLOCK):
        far = line[at : at + BLOCK]
        near = echo.through(far) * np.float32(gain) + (0 if person is None else person[at : at + BLOCK])
        yield np.asarray(np.clip(np.round(near * 32768), -32768, 32767) / 32768, np.float32), far
