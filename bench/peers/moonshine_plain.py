"""Moonshine tiny as its makers run it: the greedy transcript, without a grammar."""

from __future__ import annotations

from voicecoach.audio import Samples
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.scorer import Node, Scorer, Trie


class PlainMoonshine:
    """A `bench.peers.Peer`; the transcript counts when it holds the words."""

    name = "Moonshine tiny, plain"
    stop_only = False

    def __init__(self, model: Moonshine) -> None:
        self._model, self._scorer = model, Scorer(model)

    def transcribe(self, sound: Samples, grammar: Grammar) -> str:  # noqa: ARG002 - it has no use for a grammar
        """The greedy transcript."""
        return self._scorer.read(self._model.encode(sound), Trie((), Node())).text
