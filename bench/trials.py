"""Sounds and what the live path makes of them: words in noise, in a room, near and far, and streams of talk.

Each fold of the speakers, with its own sentences and its own stretch of the kitchen, meets the one of the five release heads that has not
heard it; the product averages all five. If nothing else is said, only those who chose nothing are used (`bench.split`: TEST). A word lies in 2.5 seconds of its noise before and 1.5 after, so that the detector of speech is in the state that the noise brings about.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from bench.hearing import word_end
from bench.memo import Memo
from bench.split import FOLDS, TEST_FOLDS, Recording, kitchen_fold, recordings
from voicecoach.audio import RATE, Samples, active_level, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.hearing import rules
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.head import ReleaseHead, StopHead
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.path import HearingPath, add_noise
from voicecoach.hearing.rules import Verdict
from voicecoach.hearing.scorer import Reading, SpeechModel
from voicecoach.hearing.segmenter import Kind, Vad, Window
from voicecoach.vocabulary import Evidence, Heard, Intent

BEFORE, AFTER = 2.5, 1.5
"""Seconds of noise around a word."""
LATE: Final = 1.2
"""A word counts as heard until so many seconds after its end."""
TALKERS: Final = 4
MARGIN: Final = 0.5
"""Seconds around the word in what a peer gets: cut out for it, which is easier than to listen all the time."""


@dataclass(frozen=True)
class Condition:
    """What a word is heard in."""

    noise: str = ""
    """``kitchen``, ``babble``, or none."""
    snr: float = 0.0
    """Decibels between the word's active level and the noise."""

    @property
    def name(self) -> str:
        """As it stands in tables."""
        return f"{self.noise}, {self.snr:.0f} dB" if self.noise else "clean"


CLEAN = Condition()
CONDITIONS = (CLEAN, Condition("kitchen", 10), Condition("kitchen", 5), Condition("babble", 10), Condition("babble", 5))


@dataclass(frozen=True, slots=True)
class Reason:
    """How near one scored window came to "stop"."""

    at: float
    kind: Kind
    scored: bool
    """Whether the scored grammar's rule alone, without a head, says "stop"."""
    written: bool
    """The transcript has the words."""
    likely: float
    """`pre` above what the rule asks for, for the likeliest phrase."""
    head: float
    """The release head's score; -inf without a head."""
    waits: bool = True
    """The likeliest phrase has the word "stop"; "no more" and "let go" need no second window."""

    def found(self, bar: float = 0.0) -> bool:
        """Whether there is anything of a "stop" in it when every bar is raised by `bar`."""
        return self._said(bar) or self.head > rules.HEAD_BAR[self.kind] + bar

    def alone(self, bar: float = 0.0) -> bool:
        """Whether it needs no second window then: as if the head's score were lower by as much."""
        said = self._said(bar)
        return (said and not self.waits) or rules.enough(self.kind, self.head - bar, said=said)

    def _said(self, bar: float) -> bool:
        """What is written counts below a bar of 6."""
        return (self.written and bar < 6) or self.likely > bar


def stop_times(reasons: Iterable[Reason], bar: float = 0.0) -> Iterator[float]:
    """When "stop" would be heard if every bar were raised by `bar`."""
    before = False
    for one in reasons:
        found = one.found(bar)
        if found and (before or one.alone(bar)):
            yield one.at
        before = found and not one.kind.over


@dataclass
class Trial:
    """One sound through the live path."""

    word: str
    seconds: float
    fold: int | None
    """Whose head listens; None: all five, for voices that none of them has heard."""
    start: float = 0.0
    end: float = 0.0
    """Where the word begins and ends; both 0 if there is none."""
    events: list[tuple[float, Intent, bool]] = field(default_factory=list)
    """When, what, and whether with strong evidence."""
    reasons: list[Reason] = field(default_factory=list)
    cpu: float = 0.0
    """Seconds of processor time."""

    def heard(self, *intents: Intent) -> float | None:
        """When the word was taken for one of `intents`."""
        return next((at for at, intent, _ in self.events if intent in intents and self.belongs(at)), None)

    def heard_without_head(self) -> float | None:
        """When it would have been taken for "stop" by the scored grammar alone."""
        return next((one.at for one in self.reasons if one.scored and self.belongs(one.at)), None)

    def passes(self, bar: float) -> bool:
        """Whether the word would be a "stop" with every bar raised by `bar`."""
        return any(self.belongs(at) for at in stop_times(self.reasons, bar))

    def count(self, intent: Intent, *, strong: bool = False) -> int:
        """How often `intent` was heard in all of the sound."""
        return sum(found is intent and (sure or not strong) for _, found, sure in self.events)

    def belongs(self, at: float) -> bool:
        """Whether a decision at this time may be about the word."""
        return self.start <= at <= self.end + LATE


class WatchedEar(MoonshineEar):
    """The product's ear; it also notes how near each window came to "stop"."""

    def __init__(self, model: SpeechModel, vad: Vad, head: ReleaseHead, memo: Memo | None = None) -> None:
        super().__init__(model, vad, head)
        self._scorer = memo  # type: ignore[assignment] - it reads as a scorer does
        self.reasons: list[Reason] = []

    def _released(self, reading: Reading, window: Window, head: float | None) -> list[Verdict]:
        found = [i for i, phrase in enumerate(reading.phrases) if phrase.intent is Intent.STOP]
        written = any(rules._written(reading, reading.phrases[i]) for i in found)  # noqa: SLF001 - the rule itself
        whole = [i for i in found if rules.no_rival(reading, i, over=window.kind.over)]
        seconds = window.seconds
        likely, text = max(((rules.surplus(reading, i, window.kind, head, seconds), reading.phrases[i].text) for i in whole), default=(-np.inf, rules.STOP))
        scored = written or any(rules.surplus(reading, i, window.kind, None, seconds) > 0 for i in whole)
        score, waits = -np.inf if head is None else head, rules.STOP in rules.words(text)
        self.reasons.append(Reason(window.stop / RATE, window.kind, scored, written, likely, score, waits))
        return super()._released(reading, window, head)


class Stage:
    """One model, one detector, the noises; fresh ears for each sound.

    Args:
        speech: the folder of the recordings.
        folds: whose.
        memo: what the model said before, if anything is kept.
    """

    def __init__(self, speech: Path, folds: Sequence[int] = TEST_FOLDS, memo: Memo | None = None) -> None:
        self.speech, self.folds = speech, tuple(folds)
        self._memo, self._vad = memo, load_vad()
        self._model = memo.model if memo else Moonshine()
        self.recordings = [r for r in recordings(speech) if r.fold in folds]
        self.sentences = [r for r in self.recordings if "sentences" in r.path.parts]
        self.background = [r for r in self.recordings if "background" in r.path.parts]
        self._heads: dict[int | None, StopHead] = {None: StopHead()} | {fold: StopHead((fold,)) for fold in range(FOLDS)}
        self._noises = {
            fold: {"kitchen": kitchen_fold(speech, fold), "babble": make_babble([read(r.path) for r in self.sentences if r.fold == fold])}
            for fold in sorted({r.fold for r in self.sentences})}

    @property
    def model(self) -> Moonshine:
        """For a peer that uses the same one."""
        return self._model

    def words(self, *wanted: str) -> list[Recording]:
        """Single words: these, or every one but "stop"."""
        return [r for r in self.recordings if (r.word in wanted if wanted else r.word not in {"", "stop"})]

    def place(self, sound: Samples, condition: Condition, turn: int, word: str = "", fold: int | None = None) -> tuple[Samples, Trial]:
        """A word with its fold's noise under and around it, from another place of the noise at each turn."""
        end = BEFORE + word_end(sound)
        start = BEFORE + len(sound) / RATE - word_end(sound[::-1])
        padded = np.pad(sound, (int(BEFORE * RATE), int(AFTER * RATE)))
        if condition.noise:
            padded = add_noise(padded, self._noise(max(self._noises) if fold is None else fold, condition.noise, turn), condition.snr)
        return padded, Trial(word, len(padded) / RATE, fold, start, end)

    def _noise(self, fold: int, name: str, turn: int) -> Samples:
        """A fold's noise, begun at another place in each turn."""
        return np.roll(self._noises[fold][name], -turn * 48_611)

    def hear(self, sound: Samples, trial: Trial, grammar: Grammar) -> Trial:
        """Run the live path and fill in what it decided."""
        self._vad.reset()
        ear = WatchedEar(self._memo or self._model, self._vad, self._heads[trial.fold], self._memo)
        path = HearingPath([ear])
        began = time.process_time()
        path.listen(grammar)
        trial.events = [(at, event.intent, event.evidence is Evidence.STRONG)
                        for at, event in path.accept(sound) if isinstance(event, Heard)]
        trial.cpu = time.process_time() - began
        trial.reasons = ear.reasons
        return trial

    def hear_words(self, chosen: Sequence[Recording], grammar: Grammar, condition: Condition, turns: int = 1) -> list[Trial]:
        """Each recording, as often as there are turns, each time in another stretch of the noise."""
        repeats = turns if condition.noise else 1
        return [self.hear(*self.place(read(r.path), condition, i + len(chosen) * turn, r.word, r.fold), grammar)
                for turn in range(repeats) for i, r in enumerate(chosen)]

    def hear_talk(self, sounds: Iterable[Samples], grammar: Grammar, fold: int | None = None) -> Trial:
        """People who talk, with 0.4 s between them and nobody who gives a command."""
        gap = np.zeros(int(0.4 * RATE), np.float32)
        sound = np.concatenate([piece for one in sounds for piece in (one, gap)])
        return self.hear(sound, Trial("", len(sound) / RATE, fold), grammar)

    def hear_babble(self, fold: int, seconds: float, grammar: Grammar) -> Trial:
        """Four people at once and nobody near, at a usual level."""
        sound = np.resize(self._noises[fold]["babble"], int(seconds * RATE))
        return self.hear(np.asarray(sound * 0.05 / active_level(sound), np.float32), Trial("", seconds, fold), grammar)

    def hear_kitchen(self, fold: int, decibels: float, turn: int, grammar: Grammar) -> Trial:
        """A fold's noise of the kitchen and nobody there, with an RMS of so many dBFS, from another place at each turn."""
        sound = self._noise(fold, "kitchen", turn)
        louder = 10 ** (decibels / 20) / float(np.sqrt(np.mean(np.square(sound))))
        return self.hear(np.asarray(sound * louder, np.float32), Trial("", len(sound) / RATE, fold), grammar)


def make_babble(sentences: list[Samples], seconds: float = 120.0) -> Samples:
    """`TALKERS` people, each with sentences of their own, all at the same active level."""
    total = np.zeros(int(seconds * RATE), np.float32)
    for talker in range(TALKERS):
        mine = [s / active_level(s) for s in sentences[talker::TALKERS]]
        total += np.resize(np.concatenate(mine), len(total)) * np.float32(0.02)
    return total


def sample(chosen: Iterable[Recording], count: int) -> list[Recording]:
    """The first `count` of one fixed shuffle: by the SHA-256 of each file's name within the recordings."""
    def order(one: Recording) -> bytes:
        return hashlib.sha256("/".join(one.path.parts[-2:]).encode()).digest()
    return sorted(chosen, key=order)[:count]


def cut_out(sound: Samples, trial: Trial) -> Samples:
    """The word and half a second on both sides, as peers get it."""
    first, last = max(0.0, trial.start - MARGIN), trial.end + MARGIN
    return sound[int(first * RATE) : int(last * RATE)]


def reverberate(sound: Samples, rt60: float, distance: float = 2.5, volume: float = 50.0, seed: int = 7) -> Samples:
    """`sound` as it arrives in a room without walls of its own: the direct sound, then a tail of noise that falls by 60 dB in `rt60`.

    The tail's energy follows the room: the distance at which both are equal is 0.057 sqrt(Q V / RT60) metres, where V is the
    volume in cubic metres and Q = 2 for a mouth that faces the microphone. The active level stays as it was.
    """
    critical = 0.057 * np.sqrt(2 * volume / rt60)
    rng = np.random.default_rng(seed)
    times = np.arange(int(rt60 * RATE)) / RATE
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / rt60)
    tail[: int(0.004 * RATE)] = 0  # the first reflection comes a little later than the direct sound
    tail *= (distance / critical) / np.sqrt(np.sum(np.square(tail)))
    tail[0] = 1.0
    size = len(sound) + len(tail) - 1
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)]
    return np.asarray(wet * active_level(sound) / max(active_level(np.asarray(wet, np.float32)), 1e-9), np.float32)


def through_microphone(sound: Samples, gain: float) -> Samples:
    """`sound` louder by `gain` decibels in 16 bits: what is too loud is clipped, what is too quiet is lost."""
    return np.asarray(np.clip(np.round(sound * 10 ** (gain / 20) * 32768), -32768, 32767) / 32768, np.float32)
