"""The way of the coach's voice back into the microphone: buffers, air, and a room that rings. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voicecoach.audio import RATE, Samples

FIRST_REFLECTION = round(0.002 * RATE)
"""Samples, 2 ms: nothing comes between the direct sound and the nearest surface's reflection, 0.7 m further."""


class EchoPath:
    """A loudspeaker and a microphone that do not move.

    Args:
        loss: decibels by which the echo is quieter than what is played; negative: louder.
        delay: seconds from the loudspeaker's input to the microphone's output.
        ringing: seconds in which the room's sound falls by 60 dB (RT60); 0: no room. With one, half of the echo's energy is direct.
        seed: chooses one of many rooms.
    """

    def __init__(self, loss: float, delay: float = 0.1, ringing: float = 0.0, seed: int = 1) -> None:
        response = _room(ringing, seed)
        response *= 10 ** (-loss / 20) / np.sqrt(np.sum(np.square(response)))
        self._response = np.concatenate((np.zeros(round(delay * RATE)), response))
        self._past = np.zeros(len(self._response) - 1, np.float32)
        self._spectrum: npt.NDArray[np.complex128] = np.zeros(0, np.complex128)
        self._size = 0

    def through(self, played: Samples) -> Samples:
        """What comes back while `played` is played, of the same length, with the echo of all that was played before."""
        sound = np.concatenate((self._past, played))
        self._past = sound[len(played) :]
        if not sound.any():
            return np.zeros(len(played), np.float32)
        size = 1 << (len(sound) - 1).bit_length()
        if size != self._size:
            self._size, self._spectrum = size, np.fft.rfft(self._response, size)
        echo = np.fft.irfft(np.fft.rfft(sound, size) * self._spectrum, size)
        # What wraps around lies before the last `played` samples.
        return np.asarray(echo[len(self._past) : len(sound)], np.float32)


def _room(ringing: float, seed: int) -> npt.NDArray[np.float64]:
    """Direct sound, and after it noise that falls by 60 dB in `ringing` seconds, with the same energy."""
    response = np.zeros(max(round(ringing * RATE), 1))
    response[0] = 1.0
    if ringing:
        times = np.arange(len(response)) / RATE
        tail = np.random.default_rng(seed).standard_normal(len(times)) * 10 ** (-3 * times / ringing)
        tail[:FIRST_REFLECTION] = 0
        response += tail / np.sqrt(np.sum(np.square(tail)))
    return response
