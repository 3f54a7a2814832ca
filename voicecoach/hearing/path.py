"""The whole way from sound to events, on one thread and on the audio's clock: what `voicecoach hear` runs on recordings.

A live session runs each ear on a thread of its own and merges with the same `Arbiter`. Another source of hypotheses,
such as a model of one person's own words, is another ear here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from json import dumps
from pathlib import Path
from typing import Any, Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level, read
from voicecoach.engines import Recogniser
from voicecoach.hearing.arbiter import Arbiter
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.hearing.segmenter import CHUNK
from voicecoach.vocabulary import Dictated, Event, Heard, Unclear

TAIL: Final = 1.2
"""Seconds of silence after a recording, so that its last utterance meets its endpoint in every ear."""


class HearingPath:
    """Ears, and the arbiter between them.

    Args:
        ears: used one after the other.
        vouches: asked of each hypothesis; False: only the coach spoke then (`FrontEnd.vouches`).
    """

    def __init__(self, ears: Sequence[Recogniser], vouches: Callable[[Hypothesis], bool] = lambda _: True) -> None:
        self._ears, self._vouches = tuple(ears), vouches
        self._arbiter = Arbiter.between(self._ears)
        self._samples = 0

    @property
    def now(self) -> float:
        """Seconds of audio taken so far."""
        return self._samples / RATE

    def listen(self, grammar: Grammar) -> None:
        """Let every ear understand `grammar` from now on.

        Raises:
            EngineError: an ear cannot recognise one of the phrases.
        """
        for ear in self._ears:
            ear.listen(grammar)

    def edge(self) -> None:
        """A line of the coach begins or ends here: see `Recogniser.edge`."""
        for ear in self._ears:
            ear.edge()

    def accept(self, samples: Samples) -> list[tuple[float, Event]]:
        """Take the next samples, any number; return each event with the time, in seconds of audio, it was decided."""
        events: list[tuple[float, Event]] = []
        at = 0
        while at < len(samples):
            block = samples[at : at + CHUNK - self._samples % CHUNK]
            at += len(block)
            self._samples += len(block)
            found = [h for ear in self._ears for h in believed(ear, ear.accept(block), self._vouches)]
            events += [(self.now, event) for event in self._arbiter.merge(found, self.now)]
        return events


def believed(ear: Recogniser, found: Sequence[Hypothesis], vouches: Callable[[Hypothesis], bool]) -> list[Hypothesis]:
    """What `ear` has just found, without what only the coach can have said; of that the ear is told."""
    people = [hypothesis for hypothesis in found if vouches(hypothesis)]
    for hypothesis in found:
        if hypothesis not in people:
            ear.retract(hypothesis)
    return people


@dataclass(frozen=True, slots=True)
class Decision:
    """One event on a recording, as `voicecoach hear --json` prints it."""

    file: str
    intent: str | None
    """None: speech, but no phrase of the grammar."""
    words: str
    """The phrase, or for no phrase what the recogniser would write."""
    evidence: str | None
    score: float
    ear: str
    at: float
    """Seconds of audio heard when it was decided."""

    @classmethod
    def of(cls, file: str, at: float, event: Event) -> Decision:
        """The decision behind an event of `HearingPath.accept`."""
        if isinstance(event, Heard):
            evidence = event.evidence.name.lower()
            return cls(file, event.intent.value, event.words, evidence, round(event.score, 2), event.ear, round(at, 3))
        if isinstance(event, Unclear | Dictated):
            return cls(file, None, event.words, None, 0.0, event.ear, round(at, 3))
        raise TypeError(f"hearing decides nothing like {event}")

    def to_json(self) -> str:
        """One line of JSON."""
        data: dict[str, Any] = asdict(self)
        return dumps(data, ensure_ascii=False)


def hear_file(path: Path, grammar: Grammar, make_ears: Callable[[], Sequence[Recogniser]],
              noise: Samples | None = None, snr: float = 10.0) -> Iterator[Decision]:
    """Run the live path over a recording in simulated time and yield what is decided, as it is decided.

    `make_ears` gives fresh ears, for nothing may be left of the recording before. `noise` (16 kHz, repeated as needed)
    is added so that speech is `snr` dB above it.

    Raises:
        AudioFileError: the file cannot be read as sound.
        EngineError: an ear cannot be used, or cannot recognise a phrase of `grammar`.
    """
    hearing = HearingPath(make_ears())
    hearing.listen(grammar)
    sound = np.concatenate((read(path), np.zeros(int(TAIL * RATE), np.float32)))
    if noise is not None:
        sound = add_noise(sound, noise, snr)
    for at in range(0, len(sound), RATE // 10):
        for decided, event in hearing.accept(sound[at : at + RATE // 10]):
            yield Decision.of(str(path), decided, event)


def add_noise(speech: Samples, noise: Samples, snr: float) -> Samples:
    """`speech` with `noise` under all of it, the active level of the speech `snr` dB above the level of the noise."""
    if not len(noise):
        return speech
    under = np.resize(noise, len(speech))
    level = float(np.sqrt(np.mean(np.square(under, dtype=np.float64))))
    if level == 0:
        return speech
    gain = active_level(speech) / level / 10 ** (snr / 20)
    return np.asarray(speech + under * gain, np.float32)
