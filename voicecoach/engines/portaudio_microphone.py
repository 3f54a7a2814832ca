"""The microphone of this machine, through PortAudio.

A device that is pulled out may show no error at all: the blocks pause and then come from somewhere else, so a pause counts as loss.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import soxr

from voicecoach.audio import RATE, Samples
from voicecoach.engines.portaudio import PATIENCE, accepted_format, choose_device, close_stream, look_again, open_stream
from voicecoach.engines.pulse import Route
from voicecoach.errors import EngineError

GAP: Final = 1.2
"""Seconds between two blocks of the microphone after which the device counts as lost. A removed source was seen to
pause for 1.8 s and then to go on with another device's sound; bursts and busy machines stay well below one second."""

MUTED: Final = 2.0
"""Seconds of exact zeros after which a microphone counts as muted; a live one always has some noise."""


class PortAudioMicrophone:
    """A `Microphone`; blocks are 20 ms long, or about that where the device has a rate of its own.

    Args:
        device: a part of the device's name; empty for the system's default.
        muted: seconds of exact zeros that count as a loss; infinite for a device that gates its noise to zero.
    """

    name = "portaudio"

    def __init__(self, device: str = "", *, muted: float = MUTED) -> None:
        self._wanted, self._muted = device, muted
        self._stream: Any = None
        self._intake: _Intake | None = None
        self._route: Route | None = None
        self._failed = False

    @property
    def overflows(self) -> int:
        """How often the system had to drop sound because it was not fetched in time, since `start`."""
        return self._intake.overflows if self._intake else 0

    def check(self) -> None:
        """Find the device and a format that it accepts; raise `EngineError` when there is none."""
        accepted_format("microphone", choose_device("microphone", self._wanted), RATE)

    def start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:
        """See `Microphone.start`. Returns when sound is coming in.

        When it fails for a second time the devices are listed anew: PortAudio does so only when it is initialised, and knows
        nothing of a device that was plugged in since.
        """
        try:
            if self._failed:
                look_again()
            self._start(deliver, lost)
        except EngineError:
            self._failed = True
            raise
        self._failed = False

    def _start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:
        device = choose_device("microphone", self._wanted)
        rate, channels = accepted_format("microphone", device, RATE)
        self._intake = intake = _Intake(deliver, lost, rate, channels, self._muted)
        self._stream = open_stream("microphone", device, rate, channels, intake.callback, intake.ended)
        if not intake.first.wait(PATIENCE):
            self.stop()
            raise EngineError("microphone", f"{device.name} is open but gives no sound",
                              "check that it is connected, or choose another device")
        self._route = route = Route("microphone", intake.lose)
        if route.first and route.first.monitor and "monitor" not in self._wanted.lower():
            self.stop()
            raise EngineError("microphone", f"there is none: the sound system gives the speaker's own sound ({route.first.name}) instead",
                              "connect a microphone and try again")
        intake.trusted = True

    def stop(self) -> None:
        """See `Microphone.stop`."""
        if self._intake:
            self._intake.close()
        if self._route:
            self._route.close()
            self._route = None
        close_stream(self._stream)
        self._stream = None


class _Intake:
    """What happens to each block that the device brings; runs in PortAudio's thread."""

    def __init__(self, deliver: Callable[[Samples], None], lost: Callable[[str], None], rate: int, channels: int,
                 muted: float) -> None:
        self._deliver, self._lost, self._rate, self._channels, self._muted = deliver, lost, rate, channels, muted
        self._resampler = soxr.ResampleStream(rate, RATE, 1, "float32") if rate != RATE else None
        self._open = True
        self.trusted = False
        """It is known where the sound comes from; before, none is delivered."""
        self._previous = 0.0
        self._zeros = 0
        self.first = threading.Event()
        self.overflows = 0

    def callback(self, data: Any, frames: int, _time: Any, status: Any) -> None:  # noqa: ANN401 - PortAudio's
        """Deliver one block, unless it tells that the device has gone."""
        if not self._open:
            return
        now, previous = time.monotonic(), self._previous
        self._previous = now
        self.first.set()
        self.overflows += bool(status.input_overflow)
        block = np.asarray(np.frombuffer(data, np.int16) / np.float32(32768), np.float32)
        self._zeros = 0 if block.any() else self._zeros + frames
        if previous and now - previous > GAP:
            self.lose(f"no sound came for {now - previous:.1f} s")
        elif self._zeros > self._muted * self._rate:
            self.lose(f"exact silence for {self._muted:g} s: it is muted")
        elif self.trusted:
            self._pass_on(block)

    def _pass_on(self, block: Samples) -> None:
        if self._channels > 1:
            block = block.reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        if self._resampler:
            block = self._resampler.resample_chunk(block)
        if len(block):
            self._deliver(block)

    def ended(self) -> None:
        """The stream is over: we closed it, or the device has gone."""
        self.lose("the sound input has ended")

    def close(self) -> None:
        """Deliver nothing more and report nothing more."""
        self._open = False

    def lose(self, reason: str) -> None:
        """The device has gone: deliver nothing more, and report it once."""
        if self._open:
            self._open = False
            self._lost(reason)
