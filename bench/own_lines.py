"""The coach's own lines through the echo path: which of them, in which situation, would be taken for a command of a person.

Each line is rendered by the coach's voice, played into a room as loud as a person or louder, heard by the real ear with every
grammar that may be listened for while it sounds, and what the ear makes of it is judged by the session's own guard. Nobody else
speaks, so any verdict but "ignore" and "doubt" is a command that nobody gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level
from voicecoach.core.choices import listed, pages
from voicecoach.core.floor import ECHO_TAIL
from voicecoach.core.phases import Phase
from voicecoach.core.safety import Situation, Verdict, judge
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.hearing.arbiter import Arbiter
from voicecoach.hearing.ear import MoonshineEar, Tries
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.head import Frames, StopHead
from voicecoach.hearing.hypothesis import Grammar, Hypothesis, Phrase
from voicecoach.hearing.path import believed
from voicecoach.hearing.risk import RELEASE
from voicecoach.hearing.scorer import BEAM, WIDTH, Array, Reading, Scorer, Trie
from voicecoach.hearing.segmenter import Window
from voicecoach.language.script import Line, Script, names
from voicecoach.rehearsal.room import EchoPath
from voicecoach.vocabulary import Heard, Intent

HARMLESS = frozenset({Verdict.IGNORE, Verdict.DOUBT})
PERSON = 0.05
"""Active level of a person at the microphone; the recordings of people have it on average."""
BEFORE, AFTER = 0.3, 1.1
"""Seconds of silence around a line."""
BLOCK = 320

_ANYWHERE: Final = "screening warm-up confirm position stretch hold check-in place rest released paused cool-down who name turn"
GRAMMARS: Final = {
    "who.*": "who confirm", "who.unknown": "who confirm screening", "name.*": "name confirm who", "help.name": "name", "turn.*": "turn",
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
    for line in (*script.lines.values(), *script.alone.values()):
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


class ManyGrammars(MoonshineEar):
    """What an ear for each of several grammars would hear of the same sound, at little more than the cost of one.

    Detector, windows, encoder and head know nothing of grammars, and a score depends on the phrases alone. So each window is encoded once,
    and each set of phrases is scored once. What was reported already is remembered for each grammar. A window in which no word whatever
    would be believed is not scored at all.

    Args:
        model: may be shared.
        front: is asked whether somebody but the coach was there.
    """

    def __init__(self, model: Moonshine, front: FrontEnd) -> None:
        super().__init__(Once(model), load_vad(), OnceHead())
        self._scorer = OnceScorer(model)
        self._front, self._began = front, front.now
        self._names: tuple[str, ...] = ()
        self._memory: dict[str, tuple[dict[Intent, int], bool, frozenset[Intent]]] = {}
        self._known: dict[str, Tries] = {}
        self.found: list[tuple[str, Hypothesis]] = []
        """What was heard and believed, with the grammar's name."""

    def hear(self, grammars: Sequence[Grammar]) -> None:
        """Listen for these from now on."""
        for grammar in grammars:
            self.listen(grammar)
            self._known[grammar.name] = self._tries[grammar]
        self._names = tuple(grammar.name for grammar in grammars)

    def _judge(self, window: Window, _: Tries) -> list[Hypothesis]:
        """As the ear, for each grammar."""
        anything = Hypothesis(self.name, Phrase("anything", Intent.STOP), window.kind.over, 0.0, True, "", window.onset / RATE + self._began, window.stop / RATE + self._began)
        if not self._front.vouches(anything):
            # What the ear would have suspected in this window is not known: the worst is taken.
            self._memory = {name: (reported, left_out, frozenset({Intent.STOP})) for name, (reported, left_out, _) in self._memory.items()}
            return []
        for name in self._names:
            self._reported, self._left_out, self._suspected = self._memory.get(name, ({}, False, frozenset({Intent.STOP})))
            found = super()._judge(window, self._known[name])
            late = [replace(h, start=h.start + self._began, at=h.at + self._began) for h in found]
            self.found += [(name, hypothesis) for hypothesis in believed(self, late, self._front.vouches)]
            self._memory[name] = self._reported, self._left_out, self._suspected
        return []


class Once:
    """A speech model that encodes no sound twice in a row."""

    def __init__(self, model: Moonshine) -> None:
        self._model, self._sound, self._hidden = model, np.zeros(0, np.float32), np.zeros(0, np.float32)
        self.tokenizer, self.check, self.first, self.step = model.tokenizer, model.check, model.first, model.step

    def encode(self, samples: Samples) -> Array:
        """See `SpeechModel.encode`."""
        if not np.array_equal(samples, self._sound):
            self._sound, self._hidden = samples, self._model.encode(samples)
        return self._hidden


class OnceHead(StopHead):
    """A head that judges no window twice in a row."""

    def __init__(self) -> None:
        super().__init__()
        self._seen, self._score = np.zeros(0, np.float32), 0.0

    def score(self, frames: Frames) -> float:
        """See `ReleaseHead.score`."""
        if not np.array_equal(frames["encoder"], self._seen):
            self._seen, self._score = frames["encoder"], super().score(frames)
        return self._score


class OnceScorer(Scorer):
    """A scorer that reads no window twice with the same phrases."""

    def __init__(self, model: Moonshine) -> None:
        super().__init__(model)
        self._hidden = np.zeros(0, np.float32)
        self._readings: dict[tuple[Phrase, ...], Reading] = {}

    def read(self, hidden: Array, trie: Trie, beam: float = BEAM, width: int = WIDTH) -> Reading:
        """See `Scorer.read`."""
        if hidden is not self._hidden:
            self._hidden = hidden
            self._readings.clear()
        if trie.phrases not in self._readings:
            self._readings[trie.phrases] = super().read(hidden, trie, beam, width)
        return self._readings[trie.phrases]


class Listener:
    """The real ear with many grammars, in one room with the coach, whose front end learns the room as the session goes on.

    Args:
        script: whose grammars are listened for.
        room: where the coach is heard.
        front: what hears him first.
        model: may be shared by many listeners.
    """

    def __init__(self, script: Script, room: Room, front: FrontEnd, model: Moonshine) -> None:
        self._script, self._room, self._front, self._model = script, room, front, model
        self._echo = EchoPath(0.0, room.delay, room.ringing, room.seed)
        self._ear: ManyGrammars | None = None

    def learn(self, line: Samples) -> None:
        """A line that is not listened to."""
        for microphone, far in blocks(np.pad(line, (0, RATE)), self._echo, self._gain(line)):
            self._front.accept(microphone, far)

    def hears(self, spoken: Spoken, line: Samples) -> list[SelfHeard]:
        """The commands in `line` as it comes back."""
        self._ear = ear = self._ear or ManyGrammars(self._model, self._front)
        ear.hear([self._script.grammars[name] for name in spoken.grammars])
        arbiters = {name: Arbiter() for name in spoken.grammars}
        end = self._front.now + BEFORE + len(line) / RATE
        found: list[SelfHeard] = []
        padded = np.pad(line, (round(BEFORE * RATE), round(AFTER * RATE)))
        for microphone, far in blocks(padded, self._echo, self._gain(line)):
            for piece in self._front.accept(microphone, far):
                if piece.edge:
                    ear.edge()
                ear.accept(piece.samples)
            for name, hypothesis in ear.found:
                for event in arbiters[name].merge([hypothesis], hypothesis.at):
                    if isinstance(event, Heard):
                        found += self._judge(spoken, name, hypothesis.at - end, event)
            ear.found.clear()
        return found

    def _gain(self, line: Samples) -> float:
        return PERSON * 10 ** (self._room.louder / 20) / active_level(line)

    def _judge(self, spoken: Spoken, grammar: str, at: float, event: Heard) -> Iterator[SelfHeard]:
        for situation in situations(self._script, spoken.line, grammar):
            late = replace(situation, mentioned=frozenset(), speaking=False) if at > ECHO_TAIL else situation
            if (verdict := judge(event, late)) not in HARMLESS:
                yield SelfHeard(spoken, grammar, at, event, verdict)


def blocks(line: Samples, echo: EchoPath, gain: float, person: Samples | None = None) -> Iterator[tuple[Samples, Samples]]:
    """What the microphone hears and the loudspeaker plays of `line`, 20 ms at a time; the microphone in 16 bits, and with a person."""
    line = line[: len(line) // BLOCK * BLOCK]
    near = echo.through(line) * np.float32(gain) + (0 if person is None else person[: len(line)])
    heard = np.asarray(np.clip(np.round(near * 32768), -32768, 32767) / 32768, np.float32)
    for at in range(0, len(line), BLOCK):
        yield heard[at : at + BLOCK], line[at : at + BLOCK]
