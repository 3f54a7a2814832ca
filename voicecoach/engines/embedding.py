"""Google's speech embedding network, as the openWakeWord project published it in ONNX (Apache-2.0): docs/models/speech-embedding.md."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np

from voicecoach.engines.onnx import shared_network
from voicecoach.errors import EngineError
from voicecoach.hearing.embeddings import WIDTH
from voicecoach.hearing.mel import Array

NAME: Final = "speech embedding"
WEIGHTS: Final = files("voicecoach.hearing") / "weights" / "speech_embedding.onnx"


class SpeechEmbedding:
    """A `voicecoach.hearing.embeddings.Embedder` of 330 thousand weights, loaded on first use; about 1.3 ms of one core a field.

    Several threads may share one: no call leaves anything behind.
    """

    def check(self) -> None:
        """Return when the network loads.

        Raises:
            EngineError: the file or onnxruntime is missing or broken.
        """
        _ = self._session

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        try:
            with as_file(WEIGHTS) as path:
                return shared_network(path)
        except Exception as error:  # onnxruntime's exceptions have no common base
            raise EngineError(NAME, f"{WEIGHTS} cannot be loaded ({error})", "install voicecoach again") from error

    def embed(self, fields: Array) -> Array:
        """Embeddings, shape (N, 96), of N scaled fields, shape (N, 76, 32)."""
        output = self._session.run(None, {self._session.get_inputs()[0].name: fields[..., None]})[0]
        return np.asarray(output, np.float32).reshape(-1, WIDTH)
