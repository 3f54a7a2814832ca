"""A small network that listens for "stop" on two things that other networks make of the sound. Plain numpy.

The decoder writes what one person says, and in babble it writes somebody else's words. The head asks one question only, and
was trained for it with people and noise around the word. It listens on the frames of the speech model's encoder, which are there
anyway, and on speech embeddings, which cost little and hear other things. See docs/models/release-head.md.

For the frames x1..xT of one source, of width D, with the weights' names in brackets:

    u_t = (x_t - mean) / deviation                            D numbers; 0 before the first frame and after the last
    v_t = relu(sum over k of u_(t-1+k) first[k] + first_bias)           k = 0..2; C numbers; again 0 outside
    z_t = relu(sum over k of v_(t+(k-1)n) second[k] + second_bias)      k = 0..2; n frames apart, see `SOURCES`
    a_pt = exp(z_t . attention[p]) / sum over s of exp(z_s . attention[p])     p = 1..P: which frames count
    part = sum over p, t of a_pt (z_t . output[p])

    score = output_bias + the parts of all sources            natural log odds of "stop"

The file holds several such heads, each trained without one part of the speakers; their scores are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import IO, Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from voicecoach.errors import EngineError

Array = npt.NDArray[np.float32]

WEIGHTS: Final = files("voicecoach.hearing") / "weights" / "release_head.npz"
SOURCES: Final = {"encoder": 2, "embedding": 1}
"""What the head listens on, and how many frames lie between the taps of its second convolution there."""
TAPS: Final = 3
"""Frames that each convolution looks at."""
ROWS: Final = 8
"""Frames multiplied at a time: so few that OpenBLAS stays on the calling thread (2^18 products at most). Its other threads
spin while they wait, and on a busy machine of two cores a window took 35 ms for that."""


Frames = Mapping[str, Array]
"""Of each source, the frames of a window, shape (T, D)."""


class ReleaseHead(Protocol):
    """Whatever can tell from a window's frames whether somebody says "stop"."""

    def check(self) -> None:
        """Return when it is usable; raise `EngineError` when not."""

    def score(self, frames: Frames) -> float:
        """Log odds that "stop" is in the sound of `frames`."""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """What H heads make of one source; what each array is for stands above."""

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

    @classmethod
    def of(cls, arrays: Mapping[str, Array], source: str) -> Branch:
        """Those of one source, under names like "encoder.mean".

        Raises:
            KeyError: an array is missing.
            ValueError: the shape of one does not fit the others.
        """
        branch = cls(*(arrays[f"{source}.{name}"] for name in cls.__dataclass_fields__))
        heads, width = branch.mean.shape
        channels, pools = branch.attention.shape[-2:]
        wanted = {"deviation": (width,), "first": (TAPS * width, channels), "first_bias": (channels,),
                  "second": (TAPS * channels, channels), "second_bias": (channels,), "attention": (channels, pools),
                  "output": (pools, channels)}
        for name, shape in wanted.items():
            if (found := getattr(branch, name).shape) != (heads, *shape):
                raise ValueError(f"{source}.{name} has shape {found} instead of {(heads, *shape)}")
        return branch

    def only(self, heads: Sequence[int]) -> Branch:
        """Some of the heads."""
        return Branch(*(getattr(self, name)[list(heads)] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weights of H heads."""

    branches: Mapping[str, Branch]
    """One for each of `SOURCES`."""
    output_bias: Array
    """(H, 1)."""

    @classmethod
    def read(cls, file: IO[bytes]) -> Weights:
        """From an .npz file of arrays: "output_bias", and for each source those of `Branch`.

        Raises:
            ValueError: an array is missing, or its shape does not fit the others.
        """
        try:
            with np.load(file, allow_pickle=False) as data:
                arrays: dict[str, Any] = {name: np.asarray(data[name], np.float32) for name in data.files}
            weights = cls({source: Branch.of(arrays, source) for source in SOURCES}, arrays["output_bias"])
        except (AttributeError, KeyError, OSError, EOFError) as error:
            raise ValueError(str(error)) from error
        for source, branch in weights.branches.items():
            if weights.output_bias.shape != (len(branch.mean), 1):
                raise ValueError(f"output_bias has shape {weights.output_bias.shape} instead of {(len(branch.mean), 1)} as in {source}")
        return weights

    def only(self, heads: Sequence[int]) -> Weights:
        """Some of the heads.

        Raises:
            IndexError: there are fewer.
        """
        return Weights({source: branch.only(heads) for source, branch in self.branches.items()}, self.output_bias[list(heads)])


class StopHead:
    """The trained `ReleaseHead`, loaded on first use; about 2 ms for a window.

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

    def score(self, frames: Frames) -> float:
        """Log odds that "stop" is in the sound of `frames`."""
        return score(self._weights, frames)


def score(weights: Weights, frames: Frames) -> float:
    """The mean of the heads' scores; -inf if a source has no frames."""
    if not all(len(frames[source]) for source in weights.branches):
        return -np.inf
    parts = sum(np.mean([_part(branch, head, frames[source], SOURCES[source]) for head in range(len(branch.mean))])
                for source, branch in weights.branches.items())
    return float(parts + weights.output_bias.mean())


def _part(branch: Branch, head: int, frames: Array, step: int) -> np.float32:
    u = (frames - branch.mean[head]) / branch.deviation[head]
    v = _convolve(u, branch.first[head], branch.first_bias[head], step=1)
    z = _convolve(v, branch.second[head], branch.second_bias[head], step=step)
    attention = z @ branch.attention[head]
    attention = np.exp(attention - attention.max(axis=0))
    attention /= attention.sum(axis=0)
    total: np.float32 = np.sum((attention.T @ z) * branch.output[head])
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
