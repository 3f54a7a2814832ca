"""The embedded ear: a voice activity detector, windows, a speech model scored against the grammar, and rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.engines.embedding import SpeechEmbedding
from voicecoach.engines.moonshine import NAME, Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.hearing import rules
from voicecoach.hearing.embeddings import LEAD, Embedder, Embeddings
from voicecoach.hearing.head import ReleaseHead, StopHead
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.hearing.scorer import Array, Reading, Scorer, SpeechModel, Trie, compile_grammar
from voicecoach.hearing.segmenter import CHUNK, LONGEST, PRE_ROLL, WARM, WINDOW, Kind, Segmenter, Vad, Window
from voicecoach.vocabulary import Intent

KEPT: Final = LEAD + PRE_ROLL + LONGEST + WINDOW
"""Samples that are kept: the longest segment, what its embeddings see before it, and the silence that ends it, with room to spare."""

REST: Final = RATE // 2
"""Samples, half a second: how long a release word may go on after it has been reported; no longer than the utterance, so that a "stop" just
after a noise that was one is heard again."""

NEAR: Final = 3.0
"""A window whose head's score lies so far below its bar, or farther, holds no "stop" by the head's opinion."""


WIDE_BEAM, WIDE_WIDTH = 40.0, 64
"""How far below the transcript a phrase is still followed, and how many at a depth, where nothing was found at first. A name is rarely what the
model would write, nor is a word that it misread: with the scorer's usual 6.5 most of those were dropped before they could be compared
(docs/decisions/names.md, docs/decisions/routine-words.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class Tries:
    """A grammar as it is scored."""

    whole: Trie
    """At the end of an utterance."""
    part: Trie
    """Before that."""
    onset: Trie
    """Before that, while the utterance still fits into a window."""
    people: Trie
    """Where nothing of it was said, and the grammar asks for dictation: the names."""
    dictation: bool

    def within(self, kind: Kind) -> Trie:
        """What is scored in a window of this kind."""
        return {Kind.ENDPOINT: self.whole, Kind.SLIDING: self.onset}.get(kind, self.part)


class MoonshineEar:
    """A `voicecoach.engines.Recogniser`: release words while they are spoken, every phrase at the end of an utterance.

    The same sound gives the same hypotheses, however it is cut into blocks. Nothing is scored while nobody speaks.

    Args:
        model: Moonshine if not given.
        vad: the cheapest one that this machine has if not given.
        head: a second reason to stop; if not given the one that ships, for Moonshine alone: it was trained on its frames.
        embedder: what the head listens on beside the model's frames; the one that ships if not given.
    """

    def __init__(self, model: SpeechModel | None = None, vad: Vad | None = None, head: ReleaseHead | None = None,
                 embedder: Embedder | None = None) -> None:
        self.name = NAME
        self.release_only = False
        self._model = model or Moonshine()
        self._head = head or (StopHead() if isinstance(self._model, Moonshine) else None)
        self._embedder = embedder or SpeechEmbedding()
        self._embeddings = Embeddings(self._embedder)
        self._scorer: Scorer | None = None
        self._vad = vad
        self._segmenter = Segmenter()
        self._tries: dict[Grammar, Tries] = {}
        self._grammar: Tries | None = None
        self._rest: Samples = np.zeros(0, np.float32)
        self._sound: Samples = np.zeros(0, np.float32)
        self._now = 0
        self._reported: dict[Intent, int] = {}
        self._suspected: frozenset[Intent] = frozenset()
        self._left_out = False

    def check(self) -> None:
        """Return when the model and the detector load.

        Raises:
            EngineError: one of them is missing or broken.
        """
        self._model.check()
        if self._head:
            self._head.check()
            self._embedder.check()
        self._vad = self._vad or load_vad()

    def listen(self, grammar: Grammar) -> None:
        """Understand `grammar` from the next window on, also in the middle of an utterance.

        Raises:
            EngineError: the model cannot write one of the phrases; the message names them all.
        """
        if grammar not in self._tries:
            people = grammar.of(*({Intent.PERSON} if grammar.dictation else ()))
            speaking = rules.while_speaking(grammar)
            sets = grammar, speaking, rules.from_onset(speaking), people
            whole, part, onset, names = (compile_grammar(g, self._model.tokenizer, self.name) for g in sets)
            self._tries[grammar] = Tries(whole, part, onset, names, grammar.dictation)
        self._grammar = self._tries[grammar]

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """Take the next samples, any number of them, and return what was decided on them."""
        if self._vad is None:
            self._vad = load_vad()
        sound = np.concatenate((self._rest, _tame(samples)))
        whole = len(sound) // CHUNK * CHUNK
        self._rest = sound[whole:]
        found: list[Hypothesis] = []
        for at in range(0, whole, CHUNK):
            found += self._take(sound[at : at + CHUNK], self._vad)
        return found

    def edge(self) -> None:
        """See `Recogniser.edge`. The windows for release words slide on across it."""
        self._segmenter.edge()

    def retract(self, hypothesis: Hypothesis) -> None:
        """See `Recogniser.retract`."""
        if hypothesis.phrase:
            self._reported.pop(hypothesis.phrase.intent, None)

    def _take(self, chunk: Samples, vad: Vad) -> list[Hypothesis]:
        self._sound = np.concatenate((self._sound[-(KEPT - CHUNK) :], chunk))
        self._now += CHUNK
        window = self._segmenter.accept(vad.probability(chunk))
        if self._segmenter.stale():
            vad.reset()
            for part in self._sound[-WARM:].reshape(-1, CHUNK):
                vad.probability(part)
        if window is None or self._grammar is None:
            return []
        return self._judge(window, self._grammar)

    def _judge(self, window: Window, tries: Tries) -> list[Hypothesis]:
        """Score one window and report what is new in it."""
        kind = window.kind
        trie = tries.within(kind)
        if not trie.phrases:
            return []
        self._scorer = self._scorer or Scorer(self._model)
        hidden = self._model.encode(self._cut(window))
        head = self._head.score({"encoder": hidden[0], "embedding": self._embed(window)}) if self._head else None
        if self._leaves_out(window, head):
            return []
        reading = self._scorer.read(hidden, trie)
        released = self._released(reading, window, head)
        # What was reported while it was spoken may still be in this window: that is no second time.
        old = {intent for intent, at in self._reported.items() if at + REST > window.start}
        verdicts = [v for v in released if v.phrase and v.phrase.intent not in old]
        self._reported = {} if kind.over else self._reported | {v.phrase.intent: window.stop for v in verdicts if v.phrase}
        if kind is Kind.ENDPOINT and window.clear and not released and not old:
            verdict = self._command(reading, window, hidden, trie, dictation=tries.dictation)
            verdicts = [verdict] if verdict else []
        dictated = tries.dictation and any(v.phrase is None for v in verdicts)
        near = rules.nearest(self._scorer.read(hidden, tries.people, WIDE_BEAM, WIDE_WIDTH)) if dictated and tries.people.phrases else None
        start, at = window.onset / RATE, window.stop / RATE
        return [Hypothesis(self.name, v.phrase, kind.over, v.score, v.strict, reading.text, start, at, dictated, near)
                for v in verdicts]

    def _command(self, reading: Reading, window: Window, hidden: Array, trie: Trie, *, dictation: bool) -> rules.Verdict | None:
        """What an utterance says. Where it seems to be no phrase, and nothing may be dictated, all phrases are compared once more."""
        verdict = rules.command(reading, window.seconds)
        if verdict is None or verdict.phrase or dictation or self._scorer is None:
            return verdict
        return rules.routine(self._scorer.read(hidden, trie, WIDE_BEAM, WIDE_WIDTH)) or verdict

    def _leaves_out(self, window: Window, head: float | None) -> bool:
        """Whether the decoder need not read this window: one in running speech of which the head thinks nothing, after one that it read.

        Such windows follow each other by 0.16 s and are 1.5 s long, so what is left out here is whole in the next one. The decoder costs
        three quarters of a window, and people who talk all the time made it nearly all of what the ear costs.
        """
        if window.kind is not Kind.RUNNING or self._left_out or head is None:
            self._left_out = False
        else:
            self._left_out = head < rules.HEAD_BAR[Kind.RUNNING] - NEAR
        return self._left_out

    def _released(self, reading: Reading, window: Window, head: float | None) -> list[rules.Verdict]:
        """The release words in a window: what the decoder wrote, and the head's score of it; for some the window before has a say."""
        found = rules.release(reading, window.kind, head, window.seconds)
        before, self._suspected = self._suspected, frozenset(v.phrase.intent for v in found if v.phrase and not window.kind.over)
        return [v for v in found if v.alone or (v.phrase and v.phrase.intent in before)]

    def _embed(self, window: Window) -> Array:
        return self._embeddings.within(window.start, window.stop, self._sound, self._now - len(self._sound))

    def _cut(self, window: Window) -> Samples:
        first = self._now - len(self._sound)
        return self._sound[max(0, window.start - first) : window.stop - first]


def _tame(samples: Samples) -> Samples:
    """Samples inside [-1, 1]: a single NaN would deafen the detector, whose memory would keep it."""
    return np.clip(np.nan_to_num(np.asarray(samples, np.float32)), -1.0, 1.0)
