"""Moonshine tiny, English: the speech model whose weights come with a package. Loads it and runs it, decides nothing.

The weights (MIT) lie in the PyPI package moonshine-voice 0.0.73, the last one that carries them; they are run through
onnxruntime, and the package itself is never imported. One thread that does not spin: a window costs about 50 ms of one
core, and the rest of the machine stays free for the voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from voicecoach.audio import Samples
from voicecoach.engines.onnx import load_network
from voicecoach.errors import EngineError
from voicecoach.hearing.scorer import Array, DecoderState
from voicecoach.hearing.tokens import BOS, Tokenizer

NAME: Final = "moonshine"
PACKAGE: Final = "moonshine-voice==0.0.73"
FILES: Final = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
SHORTEST: Final = 4_000
"""The encoder's convolutions want some sound to work on: shorter pieces are padded with silence to 0.25 s."""

LAYERS, HEADS, HEAD_WIDTH = 6, 8, 36
_SIDES = ("key", "value")
_DECODER = [f"{layer}.decoder.{side}" for layer in range(LAYERS) for side in _SIDES]
_ENCODER = [f"{layer}.encoder.{side}" for layer in range(LAYERS) for side in _SIDES]
_PAST, _CROSS = ([f"past_key_values.{name}" for name in names] for names in (_DECODER, _ENCODER))
_NEW_PAST, _NEW_CROSS = ([f"present.{name}" for name in names] for names in (_DECODER, _ENCODER))


def find_weights() -> Path:
    """The folder of the weights.

    Raises:
        EngineError: the package is missing, or is a release without the weights.
    """
    remedy = f"install it with: pip install {PACKAGE}"
    spec = find_spec("moonshine_voice")
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(NAME, "the package with the English speech model is not installed", remedy)
    folder = Path(spec.submodule_search_locations[0]) / "assets" / "tiny-en"
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise EngineError(NAME, f"the installed moonshine-voice lacks {', '.join(missing)}", remedy)
    return folder


class Moonshine:
    """The model behind `voicecoach.hearing.scorer.SpeechModel`. Cheap to make; loaded on first use (0.3 s, 190 MB).

    Several threads may share one: no call leaves anything behind (what the decoder remembers is the caller's `DecoderState`), and
    onnxruntime runs a session for any number of threads at once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._loading = Lock()

    def check(self) -> None:
        """Return when the model loads.

        Raises:
            EngineError: a file is missing or broken, or onnxruntime is not installed.
        """
        with self._loading:  # the ears start at the same time, and each would load the weights
            _ = self.tokenizer, self._encoder, self._decoder

    @cached_property
    def _folder(self) -> Path:
        return self._given or find_weights()

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The model's vocabulary, 32,768 pieces."""
        path = self._folder / "tokenizer.bin"
        try:
            return Tokenizer.read(path.read_bytes())
        except (OSError, ValueError) as error:
            raise EngineError(NAME, f"{path} cannot be read ({error})", f"reinstall {PACKAGE}") from error

    @cached_property
    def _encoder(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        return _session(self._folder / "encoder_model.ort")

    @cached_property
    def _decoder(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        return _session(self._folder / "decoder_model_merged.ort")

    def encode(self, samples: Samples) -> Array:
        """The encoder's output, shape (1, frames, 288): about 41 frames a second of sound."""
        sound = np.zeros((1, max(len(samples), SHORTEST)), np.float32)
        sound[0, : len(samples)] = samples
        feed = {"input_values": sound, "attention_mask": np.ones(sound.shape, np.int64)}
        hidden: Array = self._encoder.run(["last_hidden_state"], feed)[0]
        return hidden

    def first(self, hidden: Array) -> tuple[Array, DecoderState]:
        """Logits of the first token, shape (1, 32768), and the state behind them."""
        empty = np.zeros((1, HEADS, 0, HEAD_WIDTH), np.float32)
        feed = self._feed(hidden, [BOS], cached=False) | dict.fromkeys([*_PAST, *_CROSS], empty)
        logits, *arrays = self._decoder.run(["logits", *_NEW_PAST, *_NEW_CROSS], feed)
        past, cross = tuple(arrays[: len(_NEW_PAST)]), tuple(arrays[len(_NEW_PAST) :])
        return logits[:, -1], DecoderState(hidden, cross, past)

    def step(self, state: DecoderState, parents: Sequence[int], tokens: Sequence[int]) -> tuple[Array, DecoderState]:
        """One more token for each row; what concerns the sound stays at batch 1 and is broadcast inside the model."""
        rows = list(parents)
        feed = self._feed(state.hidden, tokens, cached=True)
        feed |= {name: array[rows] for name, array in zip(_PAST, state.past, strict=True)}
        feed |= dict(zip(_CROSS, state.cross, strict=True))
        logits, *past = self._decoder.run(["logits", *_NEW_PAST], feed)
        return logits[:, -1], DecoderState(state.hidden, state.cross, tuple(past))

    @staticmethod
    def _feed(hidden: Array, tokens: Sequence[int], *, cached: bool) -> dict[str, Any]:
        return {
            "input_ids": np.asarray(tokens, np.int64)[:, None],
            "encoder_hidden_states": hidden,
            "encoder_attention_mask": np.ones(hidden.shape[:2], np.int64),
            "use_cache_branch": np.array([cached]),
        }


def _session(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    try:
        return load_network(path)
    except ImportError as error:
        raise EngineError(NAME, f"onnxruntime cannot be loaded ({error})", "install it with: pip install onnxruntime") from error
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise EngineError(NAME, f"{path} cannot be loaded ({error})", f"reinstall {PACKAGE}") from error
