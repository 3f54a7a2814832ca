"""The two imagined people: what the coach's lines make them say, and what of it the microphone picks up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicecoach.audio import RATE, Samples, active_level, read
from voicecoach.engines import Voice
from voicecoach.rehearsal.scenario import Answer, Noise, Scenario, Step, Utterance

SPEECH_LEVEL = 0.05
"""RMS of the people's active speech at the microphone, -26 dBFS: somebody two metres away with a usual gain."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the scenario was taken."""

    number: int
    """From 1."""
    step: Step
    at: int
    """The sample at which its words end or its fault happens."""


@dataclass(frozen=True, slots=True, eq=False)
class _Coming:
    """Somebody will say this, from the sample `at` on."""

    at: int
    sound: Samples
    who: str
    words: str


class Cast:
    """Client and partner of one scenario."""

    def __init__(self, scenario: Scenario, base: Path, voices: Mapping[str, Voice]) -> None:
        """Prepare the people.

        Args:
            scenario: what they do.
            base: the folder that its recordings are relative to.
            voices: for "client" and "partner".
        """
        self._scenario, self._base, self._voices = scenario, base, voices
        self._noise = _noise(scenario.noise, base)
        self._coming: list[_Coming] = []
        self._answers = [0] * len(scenario.answers)
        self._next, self._cues = 0, 0
        self._last: Utterance | None = None
        """What was said last, and is said again when it was not understood."""

    @property
    def waiting(self) -> tuple[int, Step] | None:
        """The step that is still to come, with its number; None when all have been taken."""
        steps = self._scenario.steps
        return (self._next + 1, steps[self._next]) if self._next < len(steps) else None

    def cue(self, key: str, at: int, *, begins: bool) -> Taken | None:
        """The coach's line `key` begins or ends at sample `at`: take the step that waits for it, or let somebody answer."""
        if (waiting := self.waiting) and waiting[1].cued_by(key, begins=begins):
            self._cues += 1
            if self._cues >= waiting[1].count:
                self._next, self._cues = self._next + 1, 0
                return Taken(*waiting, self._act(waiting[1], at))
        for index, answer in enumerate(self._scenario.answers):
            if answer.cued_by(key, begins=begins):
                self._answer(answer, at, self._answers[index])
                self._answers[index] += 1
                break
        return None

    def _act(self, step: Step, at: int) -> int:
        if not (step.say or step.recording):
            return at + round(step.wait * RATE)
        self._last = step
        return self._speak(step, at, 0)

    def _answer(self, answer: Answer, at: int, turn: int) -> None:
        if not answer.again:
            self._last = answer
            self._speak(answer, at, turn)
        elif self._last:
            self._speak(self._last.model_copy(update={"wait": answer.wait}), at, turn)

    def _speak(self, utterance: Utterance, at: int, turn: int) -> int:
        """Let somebody speak some time after `at`; returns the sample after the last one."""
        if utterance.say:
            words = utterance.say[turn % len(utterance.say)]
            sound = self._voices[utterance.who].render(words).at(RATE).samples
        else:
            path = self._base / (utterance.recording or "")
            words, sound = f"[{path.name}]", read(path)
        level = active_level(sound)
        at += round(utterance.wait * RATE)
        self._coming.append(_Coming(at, sound * np.float32(SPEECH_LEVEL / level if level else 1.0), utterance.who, words))
        return at + len(sound)

    def sound(self, at: int, count: int, begins: Callable[[str, str], None]) -> Samples:
        """What the microphone gets in `count` samples from `at` on; `begins` is told who begins to say what."""
        block = np.take(self._noise, np.arange(at, at + count), mode="wrap") if len(self._noise) else np.zeros(count, np.float32)
        for coming in self._coming:
            start = coming.at - at
            if 0 <= start < count:
                begins(coming.who, coming.words)
            if start < count:
                part = coming.sound[max(0, -start): count - start]
                first = max(0, start)
                block[first: first + len(part)] += part
        self._coming = [coming for coming in self._coming if coming.at + len(coming.sound) > at + count]
        return block


def _noise(noise: Noise | None, base: Path) -> Samples:
    if noise is None:
        return np.zeros(0, np.float32)
    samples = read(base / noise.recording) if noise.recording else pink_noise(30 * RATE)
    level = float(np.sqrt(np.mean(np.square(samples))))
    return np.asarray(samples * (SPEECH_LEVEL / 10 ** (noise.snr / 20) / max(level, 1e-9)), np.float32)


def pink_noise(count: int, seed: int = 0) -> Samples:
    """`count` samples of noise with equal power in each octave, RMS 1: a fan, rain, a busy street."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / np.sqrt(np.mean(np.square(noise))), np.float32)
