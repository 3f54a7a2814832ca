"""A small network that listens for "stop" on what the speech model's encoder makes of the sound. Plain numpy.

The decoder writes what one person says, and in babble it writes somebody else's words. The head asks one question only, and
was trained for it with people and noise around the word; the encoder's frames are there anyway. See docs/models/release-head.md.

For frames x1..xT of width D, with the weights' names in brackets:

    u_t = (x_t - mean) / deviation                            D numbers; 0 before the first frame and after the last
    v_t = relu(sum over k of u_(t-1+k) first[k] + first_bias)         k = 0..2; C numbers; again 0 outside
    z_t = relu(sum over k of v_(t-2+2k) second[k] + second_bias)      k = 0..2, every second frame
    a_pt = exp(z_t . attention[p]) / sum over s of exp(z_s . attention[p])     p = 1..P: which frames count
    score = output_bias + sum over p, t of a_pt (z_t . output[p])     natural log odds of "stop"

The file holds several such heads, each trained without one part of the speakers; their scores are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import IO, Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from voicecoach.errors import EngineError

Array = npt.NDArray[np.float32]

WEIGHTS: Final = files("voicecoach.hearing") / "weights" / "release_head.npz"
TAPS: Final = 3
"""Frames that each convolution looks at."""
ROWS: Final = 8
"""Frames multiplied at a time: so few that OpenBLAS stays on the calling thread (2^18 products at most). Its other threads
spin while they wait, and on a busy machine of two cores a window took 35 ms for that."""


class ReleaseHead(Protocol):
    """Whatever can tell from an encoder's frames whether somebody says "stop"."""

    def check(self) -> None:
        """Return when it is usable; raise `EngineError` when not."""

    def score(self, hidden: Array) -> float:
        """Log odds that "stop" is in the sound of `hidden`, shape (1, frames, width)."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weights of H heads; what each array is for stands above."""

    mean: Array
    """(H, D)."""
    deviation: Array
    """(H, D)."""
    first: Array
    """(H, 3 D, C): tap k in rows k D to (k + 1) D."""
    first_bias: Array
    """(H, C)."""
    second: Array
    """(H, 3 C, C)."""
    second_bias: Array
    """(H, C)."""
    attention: Array
    """(H, C, P)."""
    output: Array
    """(H, P, C)."""
    output_bias: Array
    """(H, 1)."""

    @classmethod
    def read(cls, file: IO[bytes]) -> Weights:
        """From an .npz file of arrays with these names.

        Raises:
            ValueError: an array is missing, or its shape does not fit the others.
        """
        try:
            with np.load(file, allow_pickle=False) as data:
                arrays: dict[str, Any] = {name: np.asarray(data[name], np.float32) for name in cls.__dataclass_fields__}
        except (KeyError, OSError, EOFError) as error:
            raise ValueError(str(error)) from error
        weights = cls(**arrays)
        heads, width = weights.mean.shape
        channels, pools = weights.attention.shape[-2:]
        wanted = {"deviation": (width,), "first": (TAPS * width, channels), "first_bias": (channels,),
                  "second": (TAPS * channels, channels), "second_bias": (channels,), "attention": (channels, pools),
                  "output": (pools, channels), "output_bias": (1,)}
        for name, shape in wanted.items():
            if arrays[name].shape != (heads, *shape):
                raise ValueError(f"{name} has shape {arrays[name].shape} instead of {(heads, *shape)}")
        return weights

    def only(self, heads: Sequence[int]) -> Weights:
        """Some of the heads.

        Raises:
            IndexError: there are fewer.
        """
        return Weights(*(getattr(self, name)[list(heads)] for name in self.__dataclass_fields__))


class StopHead:
    """The trained `ReleaseHead`, loaded on first use; about 1.5 ms for a window.

    Args:
        heads: which of the heads in the file to ask; all of them if not given. For measurements: head i has heard nobody of
            fold i of the recordings (docs/models/release-head.md).
    """

    def __init__(self, heads: Sequence[int] | None = None) -> None:
        self._heads = heads

    def check(self) -> None:
        """Return when the weights load.

        Raises:
            EngineError: the file is missing or broken.
        """
        _ = self._weights

    @cached_property
    def _weights(self) -> Weights:
        try:
            with WEIGHTS.open("rb") as file:
                weights = Weights.read(file)
            return weights if self._heads is None else weights.only(self._heads)
        except (OSError, ValueError, IndexError) as error:
            raise EngineError("release head", f"{WEIGHTS} cannot be read ({error})", "install voicecoach again") from error

    def score(self, hidden: Array) -> float:
        """Log odds that "stop" is in the sound of `hidden`, shape (1, frames, width)."""
        return score(self._weights, hidden[0])


def score(weights: Weights, frames: Array) -> float:
    """The mean of the heads' scores of `frames`, shape (T, D); -inf if there are none."""
    if not len(frames):
        return -np.inf
    return float(np.mean([_score(weights, head, frames) for head in range(len(weights.mean))]))


def _score(weights: Weights, head: int, frames: Array) -> np.float32:
    u = (frames - weights.mean[head]) / weights.deviation[head]
    v = _convolve(u, weights.first[head], weights.first_bias[head], step=1)
    z = _convolve(v, weights.second[head], weights.second_bias[head], step=2)
    attention = z @ weights.attention[head]
    attention = np.exp(attention - attention.max(axis=0))
    attention /= attention.sum(axis=0)
    total: np.float32 = np.sum((attention.T @ z) * weights.output[head]) + weights.output_bias[head, 0]
    return total


def _convolve(frames: Array, kernel: Array, bias: Array, step: int) -> Array:
    """The rectified convolution whose three taps lie `step` frames apart, as products of small matrices."""
    count, width = frames.shape
    blocks = -(-count // ROWS)
    padded = np.zeros((blocks * ROWS + 2 * step, width), np.float32)
    padded[step : step + count] = frames
    total: Array = bias
    for tap in range(TAPS):
        seen = padded[tap * step : tap * step + blocks * ROWS].reshape(blocks, ROWS, width)
        total = np.add(total, seen @ kernel[tap * width : (tap + 1) * width], dtype=np.float32)
    out: Array = np.maximum(total.reshape(blocks * ROWS, -1)[:count], 0)
    return out
