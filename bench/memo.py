"""What the speech model said of each window, kept: so the release head and the rules may be exchanged without waiting for the model."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from voicecoach.audio import Samples
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.scorer import BEAM, WIDTH, Array, Reading, Scorer, Trie


class Memo:
    """A model and a scorer in one for `voicecoach.hearing.ear.MoonshineEar`; it knows nothing of heads and bars.

    Args:
        file: where it is kept, and read from if it is there; None: for this run only.
    """

    def __init__(self, file: Path | None) -> None:
        self.model, self._file = Moonshine(), file
        self._scorer = Scorer(self.model)
        self._known: dict[bytes, tuple[npt.NDArray[np.float16], str, float, Array, Array]] = {}
        if file and file.exists():
            with file.open("rb") as stream:
                while (entry := _load(stream)) is not None:
                    self._known[entry[0]] = entry[1]
        self._last: bytes = b""
        self.tokenizer = self.model.tokenizer
        self.check = self.model.check

    def encode(self, samples: Samples) -> Array:
        """The frames of a window."""
        self._last = hashlib.blake2b(samples.tobytes(), digest_size=12).digest()
        known = self._known.get(self._last)
        return self.model.encode(samples) if known is None else known[0].astype(np.float32)[None]

    def read(self, hidden: Array, trie: Trie, beam: float = BEAM, width: int = WIDTH) -> Reading:
        """The scores of the window whose frames were asked for last; those with another beam are not kept."""
        if (beam, width) != (BEAM, WIDTH):
            return self._scorer.read(hidden, trie, beam, width)
        known = self._known.get(self._last)
        if known is None or len(known[3]) != len(trie.phrases):
            reading = self._scorer.read(hidden, trie)
            known = hidden[0].astype(np.float16), reading.text, reading.free, reading.end, reading.pre
            self._known[self._last] = known
            if self._file:
                with self._file.open("ab") as stream:
                    pickle.dump((self._last, known), stream)
        return Reading(trie.phrases, *known[1:])


def _load(stream: IO[bytes]) -> Any:  # noqa: ANN401 - what `Memo` wrote
    try:
        return pickle.load(stream)  # noqa: S301 - our own file
    except EOFError:
        return None
