"""A language model small enough to check by hand: its probabilities are a hash of the sound and the tokens so far."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from voicecoach.audio import RATE
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.scorer import IMPOSSIBLE, DecoderState, spellings
from voicecoach.hearing.tokens import EOS, FIRST_PIECE, Tokenizer

MERGES = ("st", "op", "▁st", "▁stop", "no", "▁no", "▁m", "mo", "or", "▁mor", "re", "▁more", "ab", "▁a",
          "ea", "▁ea", "se", "▁ease", "of", "▁of", "▁off", "th", "at", "▁th", "▁that", "hu", "rt", "▁hu", "rts", "▁hurts")
BYTES = [bytes([value]) for value in range(256)]
LETTERS = sorted({*"abcdefghijklmnopqrstuvwxyzSNMA▁.,!?"})
PIECES = [b"<unk>", b"<s>", b"</s>", *BYTES, *(m.encode() for m in MERGES), *(c.encode() for c in LETTERS)]


class TinyModel:
    """A `SpeechModel` over `PIECES`; `sharpness` is how peaked its distributions are."""

    def __init__(self, sharpness: float = 4.0) -> None:
        self.tokenizer = Tokenizer(PIECES)
        self.sharpness = sharpness
        self.steps = 0
        self.widest = 0

    def check(self) -> None:
        """It always works."""

    def encode(self, samples):
        """The sound's identity, spread over one frame for each 400 samples."""
        frames = max(1, len(samples) // 400)
        return np.full((1, frames, 1), round(float(np.abs(samples).sum()) * 1e3) % 9973, np.float32)

    def logits(self, hidden, prefix: tuple[int, ...]):
        """Logits after `prefix`, shape (vocabulary,): only pieces of text and the end are likely at all."""
        seed = np.random.default_rng([int(hidden[0, 0, 0]), len(prefix), *prefix])
        values = seed.normal(0, self.sharpness, len(PIECES))
        values[:FIRST_PIECE] -= 40
        values[FIRST_PIECE : FIRST_PIECE + len(BYTES)] -= 40
        values[EOS] = seed.normal(0, self.sharpness)
        return values.astype(np.float32)

    def first(self, hidden):
        """See `SpeechModel.first`; `past` holds the tokens so far, shape (batch, length)."""
        return self.logits(hidden, ())[None], DecoderState(hidden, (), (np.zeros((1, 0), np.int64),))

    def step(self, state: DecoderState, parents: Sequence[int], tokens: Sequence[int]):
        """See `SpeechModel.step`."""
        self.steps += 1
        self.widest = max(self.widest, len(tokens))
        past = np.concatenate((state.past[0][list(parents)], np.array(tokens)[:, None]), axis=1)
        rows = [self.logits(state.hidden, tuple(int(t) for t in row)) for row in past]
        return np.stack(rows), DecoderState(state.hidden, (), (past,))


LEVEL = 0.1
"""Amplitude of utterance 1; utterance n is n times as loud."""


def said(utterance: int, seconds: float = 0.5):
    """Sound in which `Parrot` hears utterance `utterance` (1 to 9); 0 is silence."""
    return np.full(int(seconds * RATE), utterance * LEVEL, np.float32)


class Parrot(TinyModel):
    """A model that writes what the levels in the sound stand for, in their order, and is sure of it.

    `doubt` is log P of a wrong turn, roughly: what every other phrase gets for each token.
    """

    def __init__(self, texts: dict[int, str], doubt: float = -30.0) -> None:
        super().__init__()
        self.texts = texts
        self.doubt = doubt
        self.heard: list[str] = []

    def encode(self, samples):
        """The number of the transcript in `heard`."""
        levels = np.round(samples / LEVEL).astype(int)
        runs = levels[np.flatnonzero(np.diff(levels, prepend=0))]
        self.heard.append(" ".join(self.texts[level] for level in runs if level in self.texts))
        return np.full((1, max(1, len(samples) // 400), 1), len(self.heard) - 1, np.float32)

    def logits(self, hidden, prefix: tuple[int, ...]):
        """One token towards the transcript, or its end."""
        wanted = (*self.tokenizer.encode(self.heard[int(hidden[0, 0, 0])]), EOS)
        values = np.full(len(PIECES), self.doubt, np.float32)
        values[wanted[len(prefix)] if prefix == wanted[: len(prefix)] else EOS] = 0
        return values


class LevelVad:
    """A voice activity detector that takes any sound for speech."""

    def __init__(self) -> None:
        self.resets = 0

    def probability(self, chunk) -> float:
        """1 for sound, 0 for silence."""
        return float(np.abs(chunk).max() > LEVEL / 2)

    def reset(self) -> None:
        """There is nothing to forget; count it."""
        self.resets += 1


def _logp(model: TinyModel, hidden, prefix: tuple[int, ...]):
    logits = model.logits(hidden, prefix).astype(np.float64)
    return logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max()


def slow_scores(model: TinyModel, hidden, grammar: Grammar):
    """end and pre of every phrase as their definition says: each spelling by itself, token by token, nothing shared."""
    tokenizer = model.tokenizer
    end, pre = np.full(len(grammar.phrases), -np.inf), np.full(len(grammar.phrases), -np.inf)
    for index, phrase in enumerate(grammar.phrases):
        for tokens in {tokenizer.encode(text) for text in spellings(phrase)}:
            logp = sum(_logp(model, hidden, tokens[:i])[token] for i, token in enumerate(tokens))
            after = np.exp(_logp(model, hidden, tokens))
            end[index] = np.logaddexp(end[index], logp + np.log(after[list(tokenizer.endings)].sum()))
            pre[index] = np.logaddexp(pre[index], logp + np.log(after[list(tokenizer.boundaries)].sum()))
    return np.maximum(end, IMPOSSIBLE), np.maximum(pre, IMPOSSIBLE)


def slow_transcript(model: TinyModel, hidden, longest: int):
    """The greedy transcript and its log P, one token after the other."""
    tokens: list[int] = []
    total = 0.0
    while len(tokens) < longest:
        logp = _logp(model, hidden, tuple(tokens))
        token = int(logp.argmax())
        total += logp[token]
        if token == EOS:
            break
        tokens.append(token)
    return tokens, total


def all_texts(alphabet: str, longest: int) -> list[str]:
    """Every text over `alphabet` of at most `longest` characters."""
    return ["".join(letters) for length in range(1, longest + 1) for letters in product(alphabet, repeat=length)]
