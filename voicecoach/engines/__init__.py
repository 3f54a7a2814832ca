"""The things a session needs from the outside, as Protocols; one file beside this one for each engine.

Every engine answers `check()`: it returns when the engine can be used here and raises `EngineError` with a remedy when
not. No engine is imported before it is asked for, so a missing library is a sentence in ``voicecoach doctor`` and
never an ImportError. Sound is 16 kHz, mono, float32 in [-1, 1] on the way in, and `Pcm` on the way out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from voicecoach.audio import Pcm, Samples
from voicecoach.hearing.hypothesis import Grammar, Hypothesis

# Since 1.29 the library that runs the models reports its use to its makers over the internet, unless this is set before it is
# loaded. Every engine is below this package, and every child process inherits it. tests/live/test_live_privacy.py has found it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


class Microphone(Protocol):
    """A live source of sound."""

    name: str

    @property
    def overflows(self) -> int:
        """How often sound was lost because it was not fetched in time, since `start`."""

    def check(self) -> None:
        """Return when a microphone can be opened; raise `EngineError` when not."""

    def start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:
        """Open the device and call `deliver` with each block from the audio thread; `lost` once, if the device goes.

        Raises:
            EngineError: the device cannot be opened.
        """

    def stop(self) -> None:
        """Close the device; `deliver` is not called again once this has returned."""


class Recogniser(Protocol):
    """An ear: sound in, hypotheses out, in the order and on the clock of the audio. Used from one thread only."""

    name: str
    release_only: bool
    """It reports release words and nothing else, so it can neither confirm nor contradict another ear's word."""

    def check(self) -> None:
        """Return when the ear and its model are usable; raise `EngineError` when not."""

    def listen(self, grammar: Grammar) -> None:
        """Understand `grammar` from the next sample on, also in the middle of an utterance.

        Raises:
            EngineError: the model cannot write one of the words; the message names them.
        """

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """Take the next samples, any number of them, and return what was decided on them."""

    def edge(self) -> None:
        """A line of the coach begins or ends about here, so what comes next may be somebody else's utterance.

        An ear that takes together what follows closely should part it more readily for a moment, and lose no release word by
        that. Others need do nothing.
        """

    def retract(self, hypothesis: Hypothesis) -> None:
        """It was only the coach who said `hypothesis`, the last thing that was reported or one that was reported with it.

        An ear that reports a word once must report it again when it goes on to hear it: a person may be saying it just now. Others need
        do nothing.
        """


class Hand(Protocol):
    """A key, a switch, a page-turner or a pedal with which somebody says stop without a voice."""

    name: str
    """What `Heard.ear` says of its presses; one of `voicecoach.core.safety.HANDS`."""

    def check(self) -> None:
        """Return when it is there and can be read; raise `EngineError` when not."""

    def start(self, press: Callable[[str], None], lost: Callable[[str], None]) -> None:
        """Call `press` with the name of each key that goes down, from any thread; `lost` once, if the device goes.

        Raises:
            EngineError: it is not there, or cannot be read.
        """

    def stop(self) -> None:
        """Let go of the device and leave it as it was; neither call comes once this has returned."""


class Voice(Protocol):
    """Text to sound. Renders, and never plays."""

    name: str

    def check(self) -> None:
        """Return when the voice can render; raise `EngineError` when not."""

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """Speak `text` into memory at `rate` times the voice's configured speed. May be called from several threads.

        Raises:
            EngineError: the voice died, hung past its time-out, or rendered nothing.
        """


class Speaker(Protocol):
    """A live sink of sound that plays one line after another."""

    name: str

    @property
    def underflows(self) -> int:
        """How often the device ran dry because nothing came in time, since `start`."""

    def check(self) -> None:
        """Return when a speaker can be opened; raise `EngineError` when not."""

    def tap(self, played: Callable[[Pcm, float], None]) -> None:
        """From the next `start` on call `played`, from any thread, with all that is given to the device: silence too.

        The blocks follow each other without a gap, with the time on `time.monotonic`'s clock at which each was given: it is heard
        then or later. A speaker with a clock of its own tells that one's time.
        """

    def start(self, lost: Callable[[str], None]) -> None:
        """Open the device; `lost` is called once, from any thread, if the device goes.

        Raises:
            EngineError: the device cannot be opened.
        """

    def play(self, pcm: Pcm, started: Callable[[], None], finished: Callable[[], None]) -> None:
        """Queue `pcm`. `started` and `finished` are called from any thread; each exactly once, also when hushed."""

    def hush(self) -> None:
        """Silence within one output block; everything queued is dropped, its callbacks called."""

    def stop(self) -> None:
        """Close the device."""


class Alarm(Protocol):
    """What still says that the partner lets go when the speaker, or the whole program, does not."""

    def prepare(self) -> None:
        """Begin what takes time; `arm` follows. Opens no device: the coach is about to. Never waits."""

    def arm(self, text: str, line: Pcm) -> None:
        """Be ready to say `line`; from now on `beat` is expected."""

    def beat(self) -> None:
        """The program lives. Never waits."""

    def sound(self) -> None:
        """Raise the alarm now: on whatever output exists, and on the screen. Never waits."""

    def stop(self) -> None:
        """All is over; an alarm that sounds is heard to its end."""


class EchoCanceller(Protocol):
    """Takes the coach's own voice out of the microphone's sound. Used from one thread only."""

    name: str
    frame: int
    """Samples that it takes at a time."""

    def check(self) -> None:
        """Return when it is usable; raise `EngineError` when not."""

    def cancel(self, microphone: Samples, far: Samples) -> Samples:
        """The next frame of the microphone without the echo of the far end; both of shape (`frame`,).

        `far` is what the loudspeaker played; it must not come later than its echo, and earlier by 0.2 s at most. With nothing at
        the far end the person comes through.

        Raises:
            EngineError: the library is missing or broken.
        """

    def reset(self) -> None:
        """Forget the room: what comes next has nothing to do with what came before."""
