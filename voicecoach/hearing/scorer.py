"""How well each phrase of a grammar fits a piece of sound, beside what the model would write if left alone.

A speech model with an attention decoder gives log P(next token | sound, tokens so far). From that follow, for a phrase
w with spellings s of tokens s1..sn (natural logarithms throughout):

    log P(s)   = sum over i of log P(si | sound, s1..s(i-1))
    end(w)     = log of the sum over s of P(s) * P(an ending | sound, s)     the phrase, and nothing after it
    pre(w)     = log of the sum over s of P(s) * P(a boundary | sound, s)    the phrase, whatever comes after it
    free       = log P of the greedy transcript, its end included
    margin(w)  = end(w) - free                                               0: the transcript is the phrase itself

An ending is punctuation or the end of the transcript; a boundary is an ending or the start of another word.

Cost: the encoder runs once. The spellings form a trie, and the greedy transcript and the living nodes of the trie
advance together, one batched step of the decoder for each depth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from voicecoach.audio import Samples
from voicecoach.errors import EngineError
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import RELEASE
from voicecoach.hearing.tokens import EOS, Tokenizer

Array = npt.NDArray[np.float32]

BEAM: Final = 6.5
"""A trie node further than this below the greedy transcript's running log P is dropped (measured, n = 2,400 clips)."""
WIDTH: Final = 24
"""At most so many trie nodes live at one depth, beside those that lead to release phrases: a bound on the cost of one step."""
FRAMES_PER_TOKEN: Final = 6.4
"""The encoder gives 41.6 frames a second, and speech has at most 6.5 tokens a second (Moonshine's own limit against
transcripts that repeat a word for ever)."""
SPARE_TOKENS: Final = 4
"""Tokens of the greedy transcript that are decoded beyond that."""
IMPOSSIBLE: Final = -99.0
"""Score of a phrase that was pruned away; none is lower."""


@dataclass(frozen=True, slots=True, eq=False)
class DecoderState:
    """What the decoder remembers: the sound, and for each row of the batch the tokens so far."""

    hidden: Array
    """The encoder's output, shape (1, frames, width)."""
    cross: tuple[Array, ...]
    """Keys and values of the attention to `hidden`; first axis 1, shared by the batch."""
    past: tuple[Array, ...]
    """Keys and values of the attention to earlier tokens; first axis the batch."""


class SpeechModel(Protocol):
    """An encoder and an attention decoder with a cache. It knows nothing of grammars."""

    def check(self) -> None:
        """Return when the model loads; raise `EngineError` when not."""

    @property
    def tokenizer(self) -> Tokenizer:
        """The vocabulary of the tokens."""

    def encode(self, samples: Samples) -> Array:
        """The encoder's output for one stretch of 16 kHz sound, shape (1, frames, width)."""

    def first(self, hidden: Array) -> tuple[Array, DecoderState]:
        """Logits of the first token, shape (1, vocabulary), and the state behind them."""

    def step(self, state: DecoderState, parents: Sequence[int], tokens: Sequence[int]) -> tuple[Array, DecoderState]:
        """Row i continues row `parents[i]` of `state` with `tokens[i]`: logits (batch, vocabulary), and the new state."""


@dataclass(slots=True)
class Node:
    """One prefix of token sequences in the trie of a grammar."""

    children: dict[int, Node] = field(default_factory=dict)
    leaves: list[int] = field(default_factory=list)
    """Indices of the phrases that are complete here."""
    release: bool = False
    """A release phrase is complete here or further on."""


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """A grammar, compiled for one model."""

    phrases: tuple[Phrase, ...]
    root: Node


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The scores of one stretch of sound."""

    phrases: tuple[Phrase, ...]
    text: str
    """The greedy transcript."""
    free: float
    """Its log P."""
    end: npt.NDArray[np.float64]
    """end(w) for each of `phrases`."""
    pre: npt.NDArray[np.float64]
    """pre(w) for each of `phrases`."""

    @property
    def margin(self) -> npt.NDArray[np.float64]:
        """How far each of `phrases` falls short of the transcript."""
        return self.end - self.free


def spellings(phrase: Phrase) -> tuple[str, ...]:
    """Every way to write `phrase` that is scored: capitalised and lower case, of the phrase and its `spellings`.

    The model writes "I" with a capital wherever it stands.
    """
    written = [re.sub(r"\bi\b", "I", text) for text in (phrase.text, *phrase.spellings)]
    return tuple(dict.fromkeys(form for text in written for form in (text[:1].upper() + text[1:], text)))


def compile_grammar(grammar: Grammar, tokenizer: Tokenizer, engine: str) -> Trie:
    """The trie of every spelling of every phrase.

    Raises:
        EngineError: phrases that the model cannot write, all of them named.
    """
    root, bad = Node(), []
    for index, phrase in enumerate(grammar.phrases):
        for text in spellings(phrase):
            try:
                tokens = tokenizer.encode(text) if text.strip() else ()
            except ValueError:
                tokens = ()
            if not tokens:
                bad.append(phrase.text)
                continue
            node = root
            for token in tokens:
                node = node.children.setdefault(token, Node())
                node.release |= phrase.intent in RELEASE
            node.leaves.append(index)
    if bad:
        names = ", ".join(f"“{text}”" for text in dict.fromkeys(bad))
        raise EngineError(engine, f"the model cannot write {names} of grammar {grammar.name}",
                          "reword these phrases in phrases.yaml")
    return Trie(grammar.phrases, root)


@dataclass(frozen=True, slots=True)
class _Branch:
    """A trie node that is about to be scored."""

    node: Node
    token: int
    """The token that leads to it."""
    parent: int
    """Row of the previous batch that it continues."""
    logp: float
    """log P of the tokens up to and including `token`."""


class _Transcript:
    """The greedy transcript while it grows."""

    def __init__(self, root: Node, longest: int) -> None:
        self._longest = longest
        self.tokens: list[int] = []
        self.logp = 0.0
        self.row = 0
        self.done = False
        self.node: Node | None = root
        """Where the transcript stands in the trie; None when no phrase begins like it."""

    def grow(self, logps: Array, row: int) -> None:
        """Append the most probable next token; `logps` has shape (vocabulary,) and stands in `row` of the batch."""
        token = int(logps.argmax())
        self.logp += float(logps[token])
        self.row = row
        if token == EOS:
            self.done = True
            return
        self.tokens.append(token)
        self.node = self.node.children.get(token) if self.node else None
        self.done = len(self.tokens) >= self._longest


class Scorer:
    """Scores grammars with one speech model.

    The model's weights are quantised per batch, so a score moves by up to 0.3 with what else is in the batch; the
    thresholds of `voicecoach.hearing.rules` were measured with that in.
    """

    def __init__(self, model: SpeechModel) -> None:
        self._model = model
        self._endings = np.array(model.tokenizer.endings)
        self._boundaries = np.array(model.tokenizer.boundaries)

    def read(self, hidden: Array, trie: Trie, beam: float = BEAM, width: int = WIDTH) -> Reading:
        """Score every phrase of `trie` on the encoder's output `hidden`."""
        end = np.full(len(trie.phrases), -np.inf)
        pre = np.full(len(trie.phrases), -np.inf)
        logits, state = self._model.first(hidden)
        logps = _log_softmax(logits)
        transcript = _Transcript(trie.root, SPARE_TOKENS + int(hidden.shape[1] / FRAMES_PER_TOKEN))
        transcript.grow(logps[0], 0)
        branches = _expand(trie.root, 0, 0.0, logps[0])
        while True:
            floor = transcript.logp - beam
            alive = _best([b for b in branches if b.logp >= floor], width)
            parents, tokens, row = _batch(alive, transcript)
            if not tokens:
                break
            logits, state = self._model.step(state, parents, tokens)
            logps = _log_softmax(logits)
            self._score_leaves(alive, logps, end, pre)
            branches = [child for i, b in enumerate(alive) for child in _expand(b.node, i, b.logp, logps[i])]
            if row is not None:
                transcript.grow(logps[row], row)
        text = self._model.tokenizer.decode(transcript.tokens)
        return Reading(trie.phrases, text, transcript.logp, np.maximum(end, IMPOSSIBLE), np.maximum(pre, IMPOSSIBLE))

    def _score_leaves(self, alive: list[_Branch], logps: Array, end: npt.NDArray[np.float64],
                      pre: npt.NDArray[np.float64]) -> None:
        for row, branch in enumerate(alive):
            if not branch.node.leaves:
                continue
            ended = branch.logp + _log_sum(logps[row, self._endings])
            bounded = branch.logp + _log_sum(logps[row, self._boundaries])
            for index in branch.node.leaves:
                end[index] = np.logaddexp(end[index], ended)
                pre[index] = np.logaddexp(pre[index], bounded)


def _expand(node: Node, row: int, logp: float, logps: Array) -> list[_Branch]:
    return [_Branch(child, token, row, logp + float(logps[token])) for token, child in node.children.items()]


def _best(branches: list[_Branch], width: int) -> list[_Branch]:
    """The `width` likeliest, and whatever leads to a release phrase: a larger grammar must not crowd "stop" out."""
    ordered = sorted(branches, key=lambda b: -b.logp)
    return ordered[:width] + [b for b in ordered[width:] if b.node.release]


def _batch(alive: list[_Branch], transcript: _Transcript) -> tuple[list[int], list[int], int | None]:
    """Parents and tokens of the next step, and the transcript's row in it: shared with a branch where they agree."""
    parents, tokens = [b.parent for b in alive], [b.token for b in alive]
    if transcript.done:
        return parents, tokens, None
    shared = [row for row, branch in enumerate(alive) if branch.node is transcript.node]
    if shared:
        return parents, tokens, shared[0]
    return [*parents, transcript.row], [*tokens, transcript.tokens[-1]], len(alive)


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    normalised: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def _log_sum(logps: Array) -> float:
    top = float(logps.max())
    return top + float(np.log(np.exp(logps - top).sum()))
