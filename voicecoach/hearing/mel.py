"""The log mel spectrogram that the speech embedding was trained on. Plain numpy, and nothing in it depends on what comes later.

Frame t covers samples 160 t to 160 t + 511: 25 ms of them under a Hann window, in the middle of the 512 that are transformed.

    p_tf = |FFT of the windowed samples, in 16 bits' units|^2            f = 0..256, 31.25 Hz apart
    mel_tb = 10 log10 max(1e-10, sum over f of p_tf triangle_fb)           32 bands of equal area from 60 to 3,800 Hz

The bands stand at equal distances on Slaney's mel scale, which is linear below 1 kHz and logarithmic above. The figures are those
of the network's published front end (openWakeWord's melspectrogram.onnx, Apache-2.0); ours differs from it by less than 0.001 dB.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from voicecoach.audio import RATE, Samples

Array = npt.NDArray[np.float32]

HOP: Final = 160
"""Samples from one frame to the next."""
SIZE: Final = 512
"""Samples that a frame covers."""
BANDS: Final = 32
FLOOR: Final = 1e-10
_LOWEST, _HIGHEST = 60.0, 3_800.0
_HANN: Final = 400
_KNEE, _SLOPE, _STEP = 1_000.0, 3 / 200, np.log(6.4) / 27
"""Slaney: 15 mel at 1 kHz, below it 200 Hz are 3 mel, above it 27 mel are a factor of 6.4."""


def log_mel(samples: Samples) -> Array:
    """The spectrogram in decibels, shape (frames, 32), of samples inside [-1, 1]; no frame if there are fewer than 512."""
    count = (len(samples) - SIZE) // HOP + 1
    if count <= 0:
        return np.zeros((0, BANDS), np.float32)
    cut = np.lib.stride_tricks.sliding_window_view(samples, SIZE)[: count * HOP : HOP]
    spectrum = np.fft.rfft(cut * _WINDOW, axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return np.asarray(10 * np.log10(np.maximum(power @ _TRIANGLES, FLOOR)), np.float32)


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _KNEE * _SLOPE
    return np.where(mel < knee, mel / _SLOPE, _KNEE * np.exp((mel - knee) * _STEP))


def _mel(hertz: float) -> float:
    return hertz * _SLOPE if hertz < _KNEE else _KNEE * _SLOPE + float(np.log(hertz / _KNEE) / _STEP)


def _triangles() -> npt.NDArray[np.float64]:
    """Shape (257, 32): band b rises from edge b to b + 1, falls to b + 2, and has area 1 (in 1/Hz)."""
    edges = _hertz(np.linspace(_mel(_LOWEST), _mel(_HIGHEST), BANDS + 2))
    below, middle, above = edges[:-2], edges[1:-1], edges[2:]
    hertz = np.fft.rfftfreq(SIZE, 1 / RATE)[:, None]
    rise, fall = (hertz - below) / (middle - below), (above - hertz) / (above - middle)
    return np.maximum(0, np.minimum(rise, fall)) * (2 / (above - below))


def _window() -> npt.NDArray[np.float64]:
    """A periodic Hann window in the middle of a frame, times the largest number of 16 bits."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_HANN) / _HANN)
    return np.asarray(np.pad(hann, (SIZE - _HANN) // 2) * 32_767)


_TRIANGLES: Final = _triangles()
_WINDOW: Final = _window()
