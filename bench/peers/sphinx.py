"""pocketsphinx with the model in its wheel: a JSGF grammar of the same phrases, and keyphrase search for "stop"."""

from __future__ import annotations

from typing import Any

import numpy as np

from voicecoach.audio import Samples
from voicecoach.hearing.hypothesis import Grammar


class Sphinx:
    """A `bench.peers.Peer` that may answer with nothing but a phrase of the grammar."""

    name = "pocketsphinx, JSGF"
    stop_only = False

    def __init__(self) -> None:
        self._decoders: dict[Grammar, Any] = {}
        _decoder()  # whether it is here at all

    def transcribe(self, sound: Samples, grammar: Grammar) -> str:
        """The phrase."""
        if grammar not in self._decoders:
            self._decoders[grammar] = _with_grammar(grammar)
        return _hear(self._decoders[grammar], sound)


class Keyphrase:
    """A `bench.peers.Peer` that spots "stop" and nothing else.

    On the speakers who chose thresholds (45 "stop"s, 100 other words) 1e-5 heard 27 and 0, 1e-10 31 and 3, 1e-20 33 and 12, 1e-30 41 and 46.
    """

    stop_only = True

    def __init__(self, threshold: float) -> None:
        self.name = f"pocketsphinx, keyphrase {threshold:.0e}"
        self._decoder = _decoder(keyphrase="stop", kws_threshold=threshold)

    def transcribe(self, sound: Samples, grammar: Grammar) -> str:  # noqa: ARG002 - it knows one word
        """The word, or nothing."""
        return _hear(self._decoder, sound)


def _decoder(**options: Any) -> Any:  # noqa: ANN401 - pocketsphinx has no types
    from pocketsphinx import Decoder  # noqa: PLC0415 - only where it is installed

    return Decoder(lm=None, loglevel="FATAL", **options)


def _with_grammar(grammar: Grammar) -> Any:  # noqa: ANN401
    decoder = _decoder()
    known = [p.text for p in grammar.phrases if all(decoder.lookup_word(word) for word in p.text.split())]
    decoder.add_jsgf_string("commands", f"#JSGF V1.0; grammar g; public <s> = {' | '.join(known)};")
    decoder.activate_search("commands")
    return decoder


def _hear(decoder: Any, sound: Samples) -> str:  # noqa: ANN401
    decoder.start_utt()
    decoder.process_raw((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr if found else ""
