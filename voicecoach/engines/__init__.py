"""The things a session needs from the outside, as Protocols; one file beside this one for each engine.

Every engine answers `check()`: it returns when the engine can be used here and raises `EngineError` with a remedy when
not. No engine is imported before it is asked for, so a missing library is a sentence in ``voicecoach doctor`` and
never an ImportError. Sound is 16 kHz, mono, float32 in [-1, 1] on the way in, and `Pcm` on the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from voicecoach.audio import Pcm, Samples
from voicecoach.hearing.hypothesis import Grammar, Hypothesis


class Microphone(Protocol):
    """A live source of sound."""

    name: str

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

    def check(self) -> None:
        """Return when the ear and its model are usable; raise `EngineError` when not."""

    def listen(self, grammar: Grammar) -> None:
        """Understand `grammar` from the next sample on, also in the middle of an utterance.

        Raises:
            EngineError: the model cannot write one of the words; the message names them.
        """

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """Take the next samples, any number of them, and return what was decided on them."""


class Hand(Protocol):
    """A key, a switch, a page-turner or a pedal with which somebody says stop without a voice."""

    name: str
    """What `Heard.ear` says of its presses; one of `voicecoach.safety.HANDS`."""

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

    def check(self) -> None:
        """Return when a speaker can be opened; raise `EngineError` when not."""

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
