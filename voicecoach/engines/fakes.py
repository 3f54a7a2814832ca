"""Engines without a device, a library or a clock: for tests, for rehearsing one's own dialogs, for machines without sound.

They ship with the package and pass the same contract suites as the real ones. Time passes only when the caller says so.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicecoach.audio import RATE, Pcm, Samples, read
from voicecoach.engines import Recogniser
from voicecoach.errors import AudioFileError, EngineError
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.language.intents import normal, understand


class SilentVoice:
    """A `Voice` that renders silence as long as the text would take to speak.

    Args:
        seconds_per_character: 0.06 is what espeak takes at 150 words a minute.
        rate: samples a second.
    """

    name = "silent"

    def __init__(self, seconds_per_character: float = 0.06, rate: int = 22_050) -> None:
        self._seconds_per_character, self._rate = seconds_per_character, rate
        self.rendered: list[str] = []
        """Every text that was rendered, in order."""

    @property
    def fingerprint(self) -> str:
        """See `voicecoach.machine.speech_cache.CacheableVoice`."""
        return f"{self.name}|{self._seconds_per_character}|{self._rate}"

    def check(self) -> None:
        """Silence always works."""

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """See `Voice.render`."""
        if not any(letter.isalnum() for letter in text):
            raise EngineError(self.name, f"nothing can be spoken of {text!r}", "give the line words")
        self.rendered.append(text)
        count = round(len(text) * self._seconds_per_character / rate * self._rate)
        return Pcm(np.zeros(count, np.float32), self._rate)


class BrokenVoice(SilentVoice):
    """A `Voice` that dies: it renders `lines` lines and then raises, as a real one does after its retries."""

    name = "broken"

    def __init__(self, lines: int = 0) -> None:
        super().__init__()
        self._lines = lines

    def check(self) -> None:
        """Raise, if it has died already."""
        if len(self.rendered) >= self._lines:
            raise EngineError(self.name, "the voice failed", "use another voice")

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """See `Voice.render`."""
        self.check()
        return super().render(text, rate)


class PressedHand:
    """A `Hand` that the caller presses."""

    name = "button"

    def __init__(self) -> None:
        self.there = True
        """False: it cannot be found."""
        self._press: Callable[[str], None] | None = None
        self._lost: Callable[[str], None] | None = None

    def check(self) -> None:
        """Raise, if it is not there."""
        if not self.there:
            raise EngineError(self.name, "no button is called 'pressed'", "connect it")

    def start(self, press: Callable[[str], None], lost: Callable[[str], None]) -> None:
        """See `Hand.start`."""
        self.check()
        self._press, self._lost = press, lost

    def stop(self) -> None:
        """See `Hand.stop`."""
        self._press = self._lost = None

    def press(self, key: str = "enter") -> None:
        """Somebody presses it."""
        if self._press:
            self._press(key)

    def unplug(self, reason: str = "pressed: it is not connected any more") -> None:
        """Lose it."""
        lost, self._press, self._lost = self._lost, None, None
        if lost:
            lost(reason)


class FileMicrophone:
    """A `Microphone` that hears a recording, at the caller's pace.

    Args:
        source: any recording, or samples at 16 kHz.
        block: samples a block; 320 is 20 ms.
    """

    def __init__(self, source: Path | Samples, block: int = 320) -> None:
        self.name = source.name if isinstance(source, Path) else "samples"
        self._source, self._block = source, block
        self._samples: Samples | None = None if isinstance(source, Path) else source
        self._deliver: Callable[[Samples], None] | None = None
        self._lost: Callable[[str], None] | None = None
        self.position = 0.0
        """Seconds of sound delivered."""
        self.overflows = 0
        """See `Microphone.overflows`; the caller sets it."""

    def check(self) -> None:
        """Read the recording; raise `EngineError` when it is none."""
        self._recording()

    def start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:
        """See `Microphone.start`; nothing is delivered before `pump`."""
        self._recording()
        self._deliver, self._lost = deliver, lost

    def stop(self) -> None:
        """See `Microphone.stop`."""
        self._deliver = self._lost = None

    def pump(self, seconds: float) -> bool:
        """Deliver whole blocks until `seconds` more have been heard; False at the end. The last block is padded."""
        samples = self._recording()
        until = round((self.position + seconds) * RATE)
        at = round(self.position * RATE)
        while self._deliver and at + self._block <= until and at < len(samples):
            block = samples[at: at + self._block]
            at += self._block
            self.position = at / RATE
            self._deliver(np.pad(block, (0, self._block - len(block))))
        return self._deliver is not None and at < len(samples)

    def unplug(self, reason: str = "unplugged") -> None:
        """Lose the device, as a pulled cable does."""
        lost, self._deliver, self._lost = self._lost, None, None
        if lost:
            lost(reason)

    def _recording(self) -> Samples:
        if self._samples is None:
            try:
                self._samples = read(Path(str(self._source)))
            except AudioFileError as error:
                raise EngineError("microphone", str(error).rstrip(".").partition("; ")[0], "give a recording") from error
        return self._samples


@dataclass(slots=True)
class Played:
    """What became of one line."""

    pcm: Pcm
    start: float
    """When it began, in seconds of `RecordingSpeaker.position`."""
    seconds: float = 0.0
    """How much of it sounded."""
    hushed: bool = False
    """It was cut off."""


class RecordingSpeaker:
    """A `Speaker` that keeps what it plays; `advance` is its clock."""

    name = "recording"
    underflows = 0

    def __init__(self) -> None:
        self.position = 0.0
        """Seconds that have passed."""
        self.lines: list[Played] = []
        """Every line that began to sound, in order."""
        self._waiting: deque[_Line] = deque()
        self._current: _Line | None = None
        self._lost: Callable[[str], None] | None = None
        self._played: Callable[[Pcm, float], None] | None = None

    def check(self) -> None:
        """A recorder always works."""

    def tap(self, played: Callable[[Pcm, float], None]) -> None:
        """See `Speaker.tap`; the time is that of `position`, and a block is what one `advance` plays of one line, or one silence."""
        self._played = played

    def start(self, lost: Callable[[str], None]) -> None:
        """See `Speaker.start`."""
        self._lost = lost

    def play(self, pcm: Pcm, started: Callable[[], None], finished: Callable[[], None]) -> None:
        """See `Speaker.play`; `started` is called by `advance`."""
        self._waiting.append(_Line(pcm, started, finished))
        if not self._lost:
            self.hush()

    def hush(self) -> None:
        """See `Speaker.hush`."""
        current, self._current = self._current, None
        waiting, self._waiting = self._waiting, deque()
        if current:
            self.lines[-1].hushed = True
            current.finished()
        for line in waiting:
            line.started()
            line.finished()

    def stop(self) -> None:
        """See `Speaker.stop`."""
        self._lost = None
        self.hush()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass: lines start, sound and finish in it, one straight after the other."""
        until = self.position + seconds
        while self._current or self._waiting:
            if self._current is None:
                if self.position >= until:
                    break
                self._current = self._waiting.popleft()
                self.lines.append(Played(self._current.pcm, self.position))
                self._current.started()
                continue  # the callback may have hushed
            played = self.lines[-1]
            end = played.start + played.pcm.seconds
            before, self.position = self.position, min(end, until)
            played.seconds = self.position - played.start
            first, last = (round((at - played.start) * played.pcm.rate) for at in (before, self.position))
            self._tell(Pcm(played.pcm.samples[first:last], played.pcm.rate), before)
            if end > until:
                break
            line, self._current = self._current, None
            line.finished()
        self._tell(Pcm(np.zeros(round((until - self.position) * RATE), np.float32), RATE), self.position)
        self.position = until

    def _tell(self, pcm: Pcm, at: float) -> None:
        if self._played and len(pcm.samples):
            self._played(pcm, at)

    def unplug(self, reason: str = "unplugged") -> None:
        """Lose the device, as a pulled cable does."""
        lost, self._lost = self._lost, None
        if lost:
            lost(reason)
        self.hush()


class InstantSpeaker:
    """A `Speaker` on which every line is over as soon as it is played; for driving a live session as fast as it goes."""

    name = "instant"
    underflows = 0

    def __init__(self) -> None:
        self.lines: list[Pcm] = []
        """Everything that was played, in order."""
        self.hushes = 0
        self._lost: Callable[[str], None] | None = None

    def check(self) -> None:
        """It always works."""

    def tap(self, played: Callable[[Pcm, float], None]) -> None:
        """See `Speaker.tap`; nothing sounds here for any time, so there is nothing to tell."""

    def start(self, lost: Callable[[str], None]) -> None:
        """See `Speaker.start`."""
        self._lost = lost

    def play(self, pcm: Pcm, started: Callable[[], None], finished: Callable[[], None]) -> None:
        """See `Speaker.play`."""
        self.lines.append(pcm)
        started()
        finished()

    def hush(self) -> None:
        """See `Speaker.hush`; nothing ever waits here."""
        self.hushes += 1

    def stop(self) -> None:
        """See `Speaker.stop`."""
        self._lost = None

    def unplug(self, reason: str = "unplugged") -> None:
        """Lose the device, as a pulled cable does."""
        lost, self._lost = self._lost, None
        if lost:
            lost(reason)


class ExactCanceller:
    """An `EchoCanceller` for a room that is known: it takes away what a loudspeaker `delay` samples off leaves at `gain`."""

    name = "exact"
    frame = 160

    def __init__(self, delay: int = 0, gain: float = 1.0) -> None:
        self._delay, self._gain = delay, np.float32(gain)
        self.frames = 0
        """How many it has cancelled."""
        self._past = np.zeros(delay + self.frame, np.float32)

    def check(self) -> None:
        """It always works."""

    def cancel(self, microphone: Samples, far: Samples) -> Samples:
        """See `EchoCanceller.cancel`."""
        self.frames += 1
        self._past = np.concatenate((self._past, far))[-(self._delay + self.frame) :]
        return np.asarray(microphone - self._gain * self._past[: self.frame], np.float32)

    def reset(self) -> None:
        """See `EchoCanceller.reset`."""
        self._past = np.zeros(self._delay + self.frame, np.float32)


class BrokenCanceller(ExactCanceller):
    """An `EchoCanceller` that fails after `frames` frames."""

    name = "broken"

    def __init__(self, frames: int = 0) -> None:
        super().__init__()
        self._last = frames

    def check(self) -> None:
        """Raise, if it has failed already."""
        if self.frames >= self._last:
            raise EngineError(self.name, "the echo canceller failed", "use another one")

    def cancel(self, microphone: Samples, far: Samples) -> Samples:
        """See `EchoCanceller.cancel`."""
        self.check()
        return super().cancel(microphone, far)


@dataclass(frozen=True, slots=True)
class _Line:
    pcm: Pcm
    started: Callable[[], None]
    finished: Callable[[], None]


class TypedRecogniser:
    """A `Recogniser` that reads instead of hearing: `type` a line, and it is decided on the next sound that comes."""

    name = "typed"
    release_only = False

    def __init__(self) -> None:
        self._grammar = Grammar("", ())
        self._typed: list[str] = []
        self._samples = 0

    def check(self) -> None:
        """Reading always works."""

    def listen(self, grammar: Grammar) -> None:
        """See `Recogniser.listen`."""
        self._grammar = grammar

    def type(self, line: str) -> None:
        """Say `line` now; upper case and punctuation do not matter."""
        self._typed.append(line)

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """See `Recogniser.accept`. Each line is final, and sure, and no phrase if it matches none exactly."""
        self._samples += len(samples)
        typed, self._typed = self._typed, []
        return [self._read(line) for line in typed]

    def edge(self) -> None:
        """Nothing to do: every line is an utterance."""

    def retract(self, hypothesis: Hypothesis) -> None:
        """Nothing to do: every line is reported."""

    def _read(self, line: str) -> Hypothesis:
        now = self._samples / RATE
        phrase = understand(line, self._grammar)
        return Hypothesis(self.name, phrase, True, 0.0, phrase is not None, normal(line), now, now, phrase is None and self._grammar.dictation)


class QuietAlarm:
    """An `Alarm` that only keeps what it was told."""

    def __init__(self) -> None:
        self.text = ""
        """The line it was armed with."""
        self.sounded = 0
        """How often it was raised."""
        self.stopped = False
        self.beats = 0

    def prepare(self) -> None:
        """See `Alarm.prepare`."""

    def arm(self, text: str, line: Pcm) -> None:  # noqa: ARG002 - it plays nothing
        """See `Alarm.arm`."""
        self.text = text

    def beat(self) -> None:
        """See `Alarm.beat`."""
        self.beats += 1

    def sound(self) -> None:
        """See `Alarm.sound`."""
        self.sounded += 1

    def stop(self) -> None:
        """See `Alarm.stop`."""
        self.stopped = True


class StuckEar:
    """A `Recogniser` around another one that can be made to hang, as a native library does: it takes sound and never comes back."""

    def __init__(self, ear: Recogniser) -> None:
        self.name, self.release_only = ear.name, ear.release_only
        self._ear = ear
        self._well = threading.Event()
        self._well.set()

    def check(self) -> None:
        """As the ear."""
        self._ear.check()

    def listen(self, grammar: Grammar) -> None:
        """As the ear."""
        self._ear.listen(grammar)

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """As the ear, but for the time between `hang` and `wake`."""
        self._well.wait()
        return self._ear.accept(samples)

    def edge(self) -> None:
        """As the ear."""
        self._ear.edge()

    def retract(self, hypothesis: Hypothesis) -> None:
        """As the ear."""
        self._ear.retract(hypothesis)

    def hang(self) -> None:
        """Come back no more."""
        self._well.clear()

    def wake(self) -> None:
        """Come back after all."""
        self._well.set()
