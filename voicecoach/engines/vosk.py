"""Vosk: the recogniser that the coach's card names, and the second ear. Any language that has a Vosk model.

Grammar mode: the decoder knows nothing but the phrases, and ``[unk]`` where the model has it. Where it has not, whatever is
said becomes a phrase: so a phrase is strict only if a second reading of the same sound, among the grammar's decoys, finds it
again (docs/decisions/vosk-without-unknown.md). What matters here, all measured with the Korean model (86 MB): a final result comes about a second after the word, so release words are taken
from partial results; confidence is no gate, as wrong words come with 1.0; a word outside the vocabulary is dropped in
silence, so every word is looked up; and SetGrammar in the middle of an utterance ends the process, so the recogniser is
reset first and hears the utterance's last part again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import log
from pathlib import Path
from typing import Any, Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.errors import EngineError
from voicecoach.hearing.hypothesis import Grammar, Hypothesis, Phrase
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.hearing.segmenter import CHUNK, LONGEST, PRE_ROLL, WINDOW
from voicecoach.vocabulary import Intent

NAME: Final = "vosk"
UNKNOWN: Final = "[unk]"
"""The model's word for any other word, where it has one."""
LATENCY: Final = 0.8
"""Seconds by which a partial result lags the beginning of its last word, about: partial results carry no times."""
LEAST_CONFIDENCE: Final = 1e-3
WEIGHT: Final = 10
"""How often a phrase stands in the grammar of the second reading, where each decoy stands once."""
LOADING_WEIGHT: Final = 3
"""The same for a phrase that may lead to force: more has to speak for it than for any other."""
KEPT: Final = LONGEST + 3 * RATE
"""Samples that are kept for a second reading: a final result comes a second or more after the last word."""


@cache
def load_model(path: Path) -> Any:  # noqa: ANN401 - vosk has no types
    """The model in folder `path`, loaded once for all recognisers (6 s and 544 MB for the Korean one).

    Raises:
        EngineError: vosk is not installed, there is no such folder, or it holds no model.
    """
    try:
        import vosk  # noqa: PLC0415 - a missing library is a sentence in `voicecoach doctor`
    except (ImportError, OSError) as error:
        raise EngineError(NAME, f"the library cannot be loaded ({error})", "install it with: pip install vosk") from error
    if not (path / "am" / "final.mdl").is_file() and not (path / "final.mdl").is_file():
        raise EngineError(NAME, f"{path} holds no Vosk model", "see `voicecoach models list` for what can be installed")
    vosk.SetLogLevel(-1)
    try:
        # By path alone: given a name, vosk would download, and exit the process when it cannot.
        return vosk.Model(str(path))
    except Exception as error:
        raise EngineError(NAME, f"the model in {path} cannot be loaded ({error})",
                          "install it again with `voicecoach models install`") from error


class VoskEar:
    """A `voicecoach.engines.Recogniser` on one Vosk model.

    Args:
        model: folder of the model.
    """

    def __init__(self, model: Path) -> None:
        self.name = NAME
        self.release_only = False
        self._path = model
        self._recogniser: Any = None
        self._grammar: Grammar | None = None
        self._phrases: dict[tuple[str, ...], Phrase] = {}
        self._rejects = False
        """The model has a word for any other word."""
        self._doubts: str | None = None
        """The grammar of the second reading; None where there is none."""
        self._rest: Samples = np.zeros(0, np.float32)
        self._now = 0
        self._fed = 0
        self._recent: Samples = np.zeros(0, np.float32)
        self._since = 0
        """Samples of the present utterance, at the end of `_recent`."""
        self._text = ""
        self._reported: Counter[Intent] = Counter()

    def check(self) -> None:
        """Return when the model loads.

        Raises:
            EngineError: vosk or the model is missing or broken.
        """
        load_model(self._path)

    def listen(self, grammar: Grammar) -> None:
        """Understand `grammar` from the next sample on; what is left of the present utterance is heard again with it.

        Raises:
            EngineError: words of a phrase are not in the model's vocabulary; the message names them all.
        """
        if grammar == self._grammar:
            return
        model = load_model(self._path)
        phrases = _vocabulary(grammar, model)
        rejects = knows(model, UNKNOWN)
        words = _grammar([*map(" ".join, phrases), *[UNKNOWN] * rejects])
        if self._recogniser is None:
            self._recogniser = _recogniser(model, words)
        else:
            self._recogniser.Reset()
            self._recogniser.SetGrammar(words)
            self._feed(self._recent[len(self._recent) - min(self._since, WINDOW):])
        self._grammar, self._phrases, self._rejects = grammar, phrases, rejects
        decoys = [] if rejects else [w for w in grammar.decoys if tuple(w.split()) not in phrases and all(knows(model, p) for p in w.split())]
        self._doubts = _grammar([" ".join(w) for w, p in phrases.items() for _ in range(_weight(p))] + decoys) if decoys else None

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """Take the next samples, any number of them, and return what was decided on them."""
        sound = np.concatenate((self._rest, np.clip(np.nan_to_num(np.asarray(samples, np.float32)), -1.0, 1.0)))
        whole = len(sound) // CHUNK * CHUNK
        self._rest = sound[whole:]
        return [h for at in range(0, whole, CHUNK) for h in self._take(sound[at : at + CHUNK])]

    def edge(self) -> None:
        """Nothing to do: its endpoints come from the words, and a new utterance would cost it the word that is being spoken."""

    def retract(self, hypothesis: Hypothesis) -> None:
        """See `Recogniser.retract`. What it is of an utterance that is over was forgotten with it."""
        if hypothesis.phrase and not hypothesis.final:
            self._reported.pop(hypothesis.phrase.intent, None)

    def _take(self, chunk: Samples) -> list[Hypothesis]:
        self._now += CHUNK
        if self._recogniser is None:
            return []
        self._recent = np.concatenate((self._recent[-(KEPT - CHUNK) :], chunk))
        self._since += CHUNK
        if self._feed(chunk):
            return self._final(json.loads(self._recogniser.Result()))
        return self._partial(json.loads(self._recogniser.PartialResult())["partial"])

    def _feed(self, sound: Samples) -> bool:
        """Give `sound` to the recogniser; whether an utterance is over."""
        self._fed += len(sound)
        return bool(self._recogniser.AcceptWaveform(_pcm(sound)))

    def _start_utterance(self) -> None:
        self._since = 0  # the decoder is behind: of the next utterance it may have some already, and what was kept of it stays kept
        self._text = ""
        self._reported.clear()

    def _partial(self, text: str) -> list[Hypothesis]:
        """Release words that are new in this utterance; else what it looks like so far, for the arbiter to compare."""
        if text == self._text or not text:
            return []
        self._text = text
        at = self._now / RATE
        start = max(0.0, at - LATENCY)
        read = self._read(text)
        fresh = self._fresh(read)
        if not fresh and not self._reported:
            fresh = [read[0] if len(read) == 1 else None]
        return [Hypothesis(self.name, p, False, 0.0, False, text, start, at) for p in fresh]

    def _final(self, result: dict[str, Any]) -> list[Hypothesis]:
        """The utterance as a whole: its new release words, or the one thing that it says."""
        text, times = result["text"], result.get("result", [])
        if not text or not times:
            self._start_utterance()
            return []
        read = self._read(text)
        found: list[Phrase | None] = [*self._fresh(read)]
        seconds = times[-1]["end"] - times[0]["start"]
        if not self._reported and seconds <= LONGEST / RATE:
            found = [read[0] if len({p and p.intent for p in read}) == 1 else None]
        strict = len(read) == 1 and (self._rejects or self._again(read[0], times[0]["start"], times[-1]["end"]))
        score = log(max(LEAST_CONFIDENCE, min(word["conf"] for word in times)))
        # Vosk counts what it was fed, and hears some of it twice.
        start = times[0]["start"] - (self._fed - self._now) / RATE
        dictation = found == [None] and self._grammar is not None and self._grammar.dictation
        if dictation:
            text = self._write(times[0]["start"], times[-1]["end"])
        self._start_utterance()
        return [Hypothesis(self.name, p, True, score, strict and p is not None, text, start, self._now / RATE, dictation) for p in found]

    def _write(self, start: float, end: float) -> str:
        """What the model writes with its whole vocabulary from `start` to `end`, in the recogniser's seconds."""
        free = _recogniser(load_model(self._path))
        free.AcceptWaveform(_pcm(self._kept(start, end)))
        return str(json.loads(free.FinalResult())["text"])

    def _kept(self, start: float, end: float) -> Samples:
        """The sound from `start` to `end` with some silence around it, as far as it is kept."""
        past = len(self._recent) - self._fed  # from the recogniser's samples to the place in what is kept
        first, last = round(start * RATE) + past - PRE_ROLL, round(end * RATE) + past + PRE_ROLL
        return np.pad(self._recent[max(0, first) : last], (0, PRE_ROLL))

    def _again(self, phrase: Phrase | None, start: float, end: float) -> bool:
        """Whether a second reading, with somewhere else to go for other speech, finds `phrase` in the same sound."""
        if self._doubts is None or phrase is None or phrase.intent in RELEASE:
            return False
        second = _recogniser(load_model(self._path), self._doubts)
        second.AcceptWaveform(_pcm(self._kept(start, end)))
        read = self._read(json.loads(second.FinalResult())["text"])
        return len(read) == 1 and read[0] is not None and (read[0].intent, read[0].slot) == (phrase.intent, phrase.slot)

    def _fresh(self, read: Sequence[Phrase | None]) -> list[Phrase | None]:
        """Release words that were said more often than they have been reported, one of each intent."""
        said = Counter(p.intent for p in read if p and p.intent in RELEASE)
        new = {intent for intent, times in said.items() if times > self._reported[intent]}
        self._reported |= said
        first = {p.intent: p for p in reversed(read) if p}
        return [first[intent] for intent in new]

    def _read(self, text: str) -> list[Phrase | None]:
        """`text` as a row of phrases, the longest first; None stands for words between them that are no phrase."""
        words, read = text.split(), list[Phrase | None]()
        longest = max(map(len, self._phrases), default=1)
        while words:
            for length in range(min(longest, len(words)), 0, -1):
                phrase = self._phrases.get(tuple(words[:length]))
                if phrase is not None:
                    read.append(phrase)
                    del words[:length]
                    break
            else:
                if not read or read[-1] is not None:
                    read.append(None)
                del words[0]
        return read


def _weight(phrase: Phrase) -> int:
    return LOADING_WEIGHT if phrase.intent in LOADING else WEIGHT


def _pcm(sound: Samples) -> bytes:
    return (sound * 32767).astype("<i2").tobytes()


def _grammar(words: Sequence[str]) -> str:
    return json.dumps(words, ensure_ascii=False)  # vosk cannot read \\u escapes


def unknown_words(phrase: Phrase, model: Any) -> list[str]:  # noqa: ANN401 - vosk has no types
    """The words of `phrase` that `model` cannot write; empty when it can write the phrase or one of its spellings."""
    missing = [[word for word in spelling.lower().split() if not knows(model, word)] for spelling in (phrase.text, *phrase.spellings)]
    return [] if not all(missing) else missing[0]


def _vocabulary(grammar: Grammar, model: Any) -> dict[tuple[str, ...], Phrase]:  # noqa: ANN401 - vosk has no types
    """The words of every phrase and spelling that the model can write. Each meaning needs one; `dialog check` names the rest."""
    meanings = {(p.intent, p.slot) for p in grammar.phrases if not unknown_words(p, model)}
    missing = [word for p in grammar.phrases if (p.intent, p.slot) not in meanings for word in unknown_words(p, model)]
    if missing:
        names = ", ".join(f"“{word}”" for word in dict.fromkeys(missing))
        raise EngineError(NAME, f"the model does not know {names} of grammar {grammar.name}",
                          "reword these phrases in phrases.yaml, or use another model")
    table: dict[tuple[str, ...], Phrase] = {}
    for phrase in grammar.phrases:
        for spelling in (phrase.text, *phrase.spellings):
            words = tuple(spelling.lower().split())
            if words and all(knows(model, word) for word in words):
                table.setdefault(words, phrase)
    return table


def knows(model: Any, word: str) -> bool:  # noqa: ANN401 - vosk has no types
    """Whether `word` is in the vocabulary of a loaded model."""
    return int(model.vosk_model_find_word(word)) >= 0


def _recogniser(model: Any, grammar: str = "") -> Any:  # noqa: ANN401 - vosk has no types
    """One that knows the phrases of `grammar`, or the whole vocabulary of `model`."""
    import vosk  # noqa: PLC0415 - loaded by load_model already

    recogniser = vosk.KaldiRecognizer(model, RATE, grammar) if grammar else vosk.KaldiRecognizer(model, RATE)
    recogniser.SetWords(True)
    recogniser.SetPartialWords(False)
    return recogniser
