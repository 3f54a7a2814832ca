"""The ear for a person's own sounds: a hum, a click of the tongue, a word that no model knows, taught by a few samples.

Whatever stands out from the background and is over again is encoded by the speech model's encoder and compared with
the samples. With frames made comparable (mean taken off, projected and whitened, length 1) the distance of template
t1..tn to the sound x1..xm is that of subsequence dynamic time warping with slopes between 1/2 and 2:

    c(i, j) = 1 - ti . xj
    D(1, j) = c(1, j)
    D(i, j) = c(i, j) + min(D(i-1, j-1), D(i-1, j-2), D(i-2, j-1) + c(i-1, j))
    distance = min over j of D(n, j) / n

See docs/decisions/personal-words.md for how the bar is found and what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from voicecoach.audio import RATE, Samples
from voicecoach.errors import EngineError
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.hearing.onsets import CHUNK, HANG, LONGEST, Onsets, Sound
from voicecoach.vocabulary import Intent

Array = npt.NDArray[np.float32]

NAME: Final = "personal"
BACKGROUND: Final = files("voicecoach.hearing") / "weights" / "personal_background.npz"
CONTEXT: Final = RATE // 4
"""Samples, 0.25 s, of what was before and after a sound that the encoder sees with it: its frames depend on both."""
MARGIN: Final = RATE // 20
"""Samples, 0.05 s, of that on each side which belong to a template."""
LENGTHS: Final = (0.5, 2.0)
"""A sound shorter or longer than a template by more than these factors is another sound."""
FAR: Final = 9.0
"""A distance that nothing reaches: the largest cosine distance is 2."""


class Encoder(Protocol):
    """What the ear needs of `voicecoach.hearing.scorer.SpeechModel`."""

    def check(self) -> None:
        """Return when the model loads; raise `EngineError` when not."""

    def encode(self, samples: Samples) -> Array:
        """The encoder's output for one stretch of 16 kHz sound, shape (1, frames, width)."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """What ordinary speech and noise look like to the encoder."""

    mean: Array
    """(width,): of all frames."""
    projection: Array
    """(width, K): onto the main directions, whitened."""
    windows: Array
    """(n, frames, K): comparable frames of n windows of 1.5 s of other people's speech and of noise."""

    def comparable(self, hidden: Array) -> Array:
        """Frames of length 1, shape (frames, K), of an encoder's output of shape (1, frames, width)."""
        frames = (hidden[0] - self.mean) @ self.projection
        unit: Array = np.asarray(frames / (np.linalg.norm(frames, axis=1, keepdims=True) + 1e-6), np.float32)
        return unit


@cache
def load_background() -> Background:
    """The statistics that ship.

    Raises:
        EngineError: the file is missing or broken.
    """
    try:
        with BACKGROUND.open("rb") as file, np.load(file, allow_pickle=False) as data:
            return Background(data["mean"].astype(np.float32), data["projection"].astype(np.float32),
                              data["windows"].astype(np.float32) / 127)
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise EngineError(NAME, f"{BACKGROUND} cannot be read ({error})", "install voicecoach again") from error


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One sample of a person's sound, as features; no sound can be made of it again that anybody would know."""

    frames: Array
    """(frames, K)."""
    samples: int
    """How long the sound was, at 16 kHz."""
    bar: float
    """A sound closer to it than this is it."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnSound:
    """What was taught for one intent."""

    intent: Intent
    templates: tuple[Template, ...]

    def ratio(self, frames: Array, samples: int) -> float:
        """The smallest distance to a template of about the same length, as a share of its bar: below 1 it is the sound."""
        shortest, longest = LENGTHS
        near = (distance(t.frames, frames) / t.bar for t in self.templates if shortest <= samples / t.samples <= longest)
        return min(near, default=FAR)


def distance(template: Array, frames: Array) -> float:
    """The distance that stands at the head of this file; at least 0, `FAR` if `frames` are too few."""
    cost = 1 - template @ frames.T
    count, width = cost.shape
    if 2 * width < count:
        return FAR
    padded = np.full((count, width + 2), np.inf)
    padded[0, 2:] = cost[0]
    for i in range(1, count):
        best = np.minimum(padded[i - 1, 1:-1], padded[i - 1, :-2])
        if i > 1:
            best = np.minimum(best, padded[i - 2, 1:-1] + cost[i - 1])
        padded[i, 2:] = cost[i] + best
    return min(FAR, float(np.min(padded[-1]) / count))


def surroundings(samples: Samples, sound: Sound) -> tuple[Samples, int]:
    """The part of `samples` that the encoder is to see of `sound`, and where in it the sound begins."""
    first = max(0, sound.start - CONTEXT)
    return samples[first : sound.stop + CONTEXT], sound.start - first


class PersonalEar:
    """A `voicecoach.engines.Recogniser` that hears only what was taught, at the end of each single sound.

    The same sound gives the same hypotheses, however it is cut into blocks.
    """

    def __init__(self, model: Encoder, taught: Sequence[OwnSound], background: Background | None = None) -> None:
        self.name = NAME
        self.release_only = True  # `voicecoach teach` takes release intents alone
        self._model, self._taught, self._background = model, tuple(taught), background
        self._onsets = Onsets()
        self._grammar: Grammar | None = None
        self._rest: Samples = np.zeros(0, np.float32)
        self._kept: Samples = np.zeros(0, np.float32)
        self._now = 0

    def check(self) -> None:
        """Return when the model and the background's statistics load.

        Raises:
            EngineError: one of them is missing or broken.
        """
        self._model.check()
        self._background = self._background or load_background()

    def listen(self, grammar: Grammar) -> None:
        """From now on report the intents of `grammar` that have a sound of their own."""
        self._grammar = grammar

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """Take the next samples, any number of them, and return what was decided on them."""
        tame = np.clip(np.nan_to_num(np.asarray(samples, np.float32)), -1.0, 1.0)
        sound = np.concatenate((self._rest, tame))
        whole = len(sound) // CHUNK * CHUNK
        self._rest = sound[whole:]
        found: list[Hypothesis] = []
        for at in range(0, whole, CHUNK):
            found += self._take(sound[at : at + CHUNK])
        return found

    def edge(self) -> None:
        """Nothing to do: a sound of a person's own ends where it falls silent."""

    def retract(self, hypothesis: Hypothesis) -> None:
        """Nothing to do: every sound is judged for itself."""

    def _take(self, chunk: Samples) -> list[Hypothesis]:
        self._kept = np.concatenate((self._kept[-(LONGEST + CONTEXT + HANG * CHUNK) :], chunk))
        self._now += CHUNK
        sound = self._onsets.accept(chunk)
        if sound is None or self._grammar is None:
            return []
        return self._judge(sound, self._grammar)

    def _judge(self, sound: Sound, grammar: Grammar) -> list[Hypothesis]:
        """The taught intent that fits best, if one does."""
        phrases = {phrase.intent: phrase for phrase in reversed(grammar.phrases)}
        taught = [own for own in self._taught if own.intent in phrases]
        if not taught:
            return []
        self._background = self._background or load_background()
        first = self._now - len(self._kept)
        part, _ = surroundings(self._kept, Sound(sound.start - first, sound.stop - first))
        frames = self._background.comparable(self._model.encode(part))
        ratios = {own.intent: own.ratio(frames, sound.stop - sound.start) for own in taught}
        best = min(ratios, key=lambda intent: ratios[intent])
        if ratios[best] >= 1:
            return []
        score = 1 - ratios[best]  # 0 at the bar, 1 for a sample itself: no logarithm, for there is no transcript
        return [Hypothesis(self.name, phrases[best], True, score, True, "", sound.start / RATE, self._now / RATE)]
