"""How well "stop" is heard in noise and in babble, with and without the release head: the live path, in simulated time.

    python bench/head.py [--speech ../shared/speech] [--folds 3 4] [--narration MINUTES] [--json FILE] [--memo FOLDER]

Each fold of the speakers (`bench.split`), with its own sentences and its own stretch of the kitchen, meets only the one of the
five heads that has heard nothing of that fold; the product averages all five. The bars were chosen on folds 0, 1 and 2; what is
reported by default is 3 and 4. A word lies in 2.5 seconds of its noise before and 1.5 after, so that the detector of speech is in the
state that the noise brings about. The noise is measured against the word's active level. Babble: four people's sentences, equally loud.
A "stop" counts when it is decided between the word's beginning and 1.2 s after its end; one before that is a false stop.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from bench.hearing import share, table, word_end
from bench.split import FOLDS, Part, Recording, kitchen_fold, prose, recordings
from voicecoach.audio import RATE, Samples, active_level, read, resample
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing import rules
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.head import Array, StopHead
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.path import HearingPath, add_noise
from voicecoach.hearing.rules import Verdict
from voicecoach.hearing.scorer import Reading, Scorer, Trie
from voicecoach.hearing.segmenter import Vad, Window
from voicecoach.intents import read_phrases
from voicecoach.resources import data_folder
from voicecoach.vocabulary import Heard, Intent

BEFORE, AFTER = 2.5, 1.5
"""Seconds of noise around a word."""
LATE = 1.2
"""Seconds after a word's end in which its decision counts."""
TALKERS = 4
CONDITIONS = (None, ("kitchen", 10.0), ("kitchen", 5.0), ("babble", 10.0), ("babble", 5.0))
THRESHOLDS = [round(-4 + 0.5 * step, 1) for step in range(25)]
"""Of the head alone, for the curve of recall against false stops."""


@dataclass
class Seen:
    """One scored window: what the ear knew there."""

    at: float
    kind: str
    score: float
    """The head's."""
    scorer: bool
    """Whether the scorer's rule alone says "stop"."""


class Memo:
    """What the speech model said of each window. It knows nothing of the head, which may so be exchanged without waiting."""

    def __init__(self, file: Path | None) -> None:
        self._model, self._file = Moonshine(), file
        self._scorer = Scorer(self._model)
        self._known: dict[bytes, tuple[npt.NDArray[np.float16], str, float, Array, Array]] = {}
        if file and file.exists():
            with file.open("rb") as stream:
                while (entry := _load(stream)) is not None:
                    self._known[entry[0]] = entry[1]
        self._last: bytes = b""
        self.tokenizer = self._model.tokenizer
        self.check = self._model.check

    def encode(self, samples: Samples) -> Array:
        """The frames of a window."""
        self._last = hashlib.blake2b(samples.tobytes(), digest_size=12).digest()
        known = self._known.get(self._last)
        return self._model.encode(samples) if known is None else known[0].astype(np.float32)[None]

    def read(self, hidden: Array, trie: Trie) -> Reading:
        """The scores of the window whose frames were asked for last."""
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


class WatchedEar(MoonshineEar):
    """The product's ear, which also notes what its two reasons to stop say of each window."""

    def __init__(self, memo: Memo, vad: Vad, head: StopHead) -> None:
        super().__init__(memo, vad, head)
        self._scorer = memo
        self.seen: list[Seen] = []

    def _released(self, reading: Reading, window: Window, head: float | None) -> list[Verdict]:
        alone = any(v.phrase and v.phrase.intent is Intent.STOP for v in rules.release(reading, window.kind))
        self.seen.append(Seen(window.stop / RATE, window.kind.value, -np.inf if head is None else head, alone))
        return super()._released(reading, window, head)


@dataclass
class Trial:
    """One sound through the live path."""

    word: str
    seconds: float
    start: float
    """Where the word begins and ends; both 0 if there is none."""
    end: float
    stops: list[float] = field(default_factory=list)
    """When "stop" was decided."""
    seen: list[Seen] = field(default_factory=list)

    def heard(self) -> float | None:
        """When the word was taken for "stop"."""
        return next((at for at in self.stops if self.belongs(at)), None)

    def heard_without(self) -> float | None:
        """The same by the scorer's rule alone."""
        return next((one.at for one in self.seen if one.scorer and self.belongs(one.at)), None)

    def belongs(self, at: float) -> bool:
        """Whether a decision at this time may be about the word."""
        return self.start <= at <= self.end + LATE


class Bench:
    """One fold: one model, one detector, the head that has not heard it; fresh ears for each sound."""

    def __init__(self, speech: Path, fold: int, grammar: Grammar, memo: Memo) -> None:
        self._model, self._vad, self._head, self._grammar = memo, load_vad(), StopHead(heads=(fold,)), grammar
        self.recordings = [r for r in recordings(speech) if r.fold == fold]
        self._noises = {"kitchen": kitchen_fold(speech, fold), "babble": make_babble(self.sentences())}

    def sentences(self) -> list[Samples]:
        """The people who talk."""
        return [read(r.path) for r in self.recordings if "sentences" in r.path.parts]

    def word(self, one: Recording, turn: int, condition: tuple[str, float] | None) -> Trial:
        """A single word in noise from another place at each turn."""
        sound = read(one.path)
        start = BEFORE + len(sound) / RATE - word_end(sound[::-1])
        trial = Trial(one.word, BEFORE + len(sound) / RATE + AFTER, start, BEFORE + word_end(sound))
        sound = np.pad(sound, (int(BEFORE * RATE), int(AFTER * RATE)))
        if condition is not None:
            name, snr = condition
            sound = add_noise(sound, np.roll(self._noises[name], -turn * 48_611), snr)
        return self.run(sound, trial)

    def stream(self, sounds: Iterable[Samples]) -> Trial:
        """People who talk, with 0.4 s between them and nobody who says "stop"."""
        gap = np.zeros(int(0.4 * RATE), np.float32)
        sound = np.concatenate([part for one in sounds for part in (one, gap)])
        return self.run(sound, Trial("", len(sound) / RATE, 0.0, 0.0))

    def babbling(self, seconds: float) -> Trial:
        """Babble alone, at a usual level."""
        sound = np.resize(self._noises["babble"], int(seconds * RATE))
        return self.run(np.asarray(sound * 0.05 / active_level(sound), np.float32), Trial("", seconds, 0.0, 0.0))

    def run(self, sound: Samples, trial: Trial) -> Trial:
        """Fill in what was decided."""
        ear = WatchedEar(self._model, self._vad, self._head)
        self._vad.reset()
        path = HearingPath([ear])
        path.listen(self._grammar)
        trial.stops = [at for at, event in path.accept(sound) if isinstance(event, Heard) and event.intent is Intent.STOP]
        trial.seen = ear.seen
        return trial


def make_babble(sentences: list[Samples], seconds: float = 120.0) -> Samples:
    """`TALKERS` people, each with sentences of their own, all at the same active level."""
    total = np.zeros(int(seconds * RATE), np.float32)
    for talker in range(TALKERS):
        mine = [s / active_level(s) for s in sentences[talker::TALKERS]]
        total += np.resize(np.concatenate(mine), len(total)) * np.float32(0.02)
    return total


def narration(part: Part, minutes: float) -> Iterator[Samples]:
    """Prose by a voice that taught nothing: hibari-tts where it is installed, else nothing."""
    if find_spec("hibari") is None:
        return
    from hibari.tts import Hibari  # noqa: PLC0415 - a voice for measurements only

    voice, left = Hibari(), minutes * 60
    for text in prose(part):
        if left <= 0:
            return
        sound = resample(np.asarray(voice(text, seed=1), np.float32).ravel(), 24_000, RATE)
        left -= len(sound) / RATE
        yield sound


def delays(found: list[tuple[Trial, float]]) -> str:
    """Median and 95th percentile of word end to decision, in seconds."""
    late = [at - trial.end for trial, at in found]
    return " / ".join(f"{value:.2f}" for value in np.percentile(late, [50, 95])) if late else "-"


def bench_stop(benches: list[Bench], turns: int) -> dict[str, list[Trial]]:
    """Recall of "stop" and its delay."""
    rows: list[list[object]] = []
    found: dict[str, list[Trial]] = {}
    for condition in CONDITIONS:
        trials: list[Trial] = []
        for bench in benches:
            stops = [r for r in bench.recordings if r.word == "stop"]
            repeats = 1 if condition is None else turns
            trials += [bench.word(r, i + len(stops) * turn, condition) for turn in range(repeats) for i, r in enumerate(stops)]
        cells: list[object] = [name_of(condition)]
        for heard in (Trial.heard_without, Trial.heard):
            hits = [(t, at) for t in trials if (at := heard(t)) is not None]
            cells += [share(len(hits), len(trials)), delays(hits)]
        rows.append(cells)
        found[name_of(condition)] = trials
    table("“Stop” heard", ["", "without head", "word end to decision, s: p50 / p95", "with head", "p50 / p95"], rows)
    return found


def bench_words(benches: list[Bench]) -> dict[str, list[Trial]]:
    """Other words taken for "stop"."""
    rows: list[list[object]] = []
    found: dict[str, list[Trial]] = {}
    for condition in (None, ("babble", 10.0)):
        trials: list[Trial] = []
        for bench in benches:
            others = [r for r in bench.recordings if r.word not in {"", "stop"}]
            trials += [bench.word(r, i, condition) for i, r in enumerate(others if condition is None else others[::4])]
        cells: list[object] = [name_of(condition)]
        for heard in (Trial.heard_without, Trial.heard):
            cells += [share(sum(heard(t) is not None for t in trials), len(trials)), worst(trials, heard)]
        rows.append(cells)
        found[name_of(condition)] = trials
    table("Other words taken for “stop”", ["", "without head", "worst word", "with head", "worst word"], rows)
    return found


def worst(trials: list[Trial], heard: Callable[[Trial], float | None]) -> str:
    """The word most often taken for "stop", of those with at least ten recordings."""
    n = Counter(t.word for t in trials)
    hits = Counter(t.word for t in trials if heard(t) is not None)
    word = max((w for w in n if n[w] >= 10), key=lambda w: hits[w] / n[w], default="")
    return f"{word} {share(hits[word], n[word])}" if word else "-"


def bench_talk(benches: list[Bench], minutes: float, babble_minutes: float) -> dict[str, list[Trial]]:
    """False stops an hour where nobody says "stop"."""
    streams = {"other people's sentences": [bench.stream(bench.sentences()) for bench in benches]}
    told = list(narration(Part.TEST, minutes))
    if told:
        streams["narration, rendered"] = [benches[-1].stream(told)]
    streams["babble of four, nobody near"] = [bench.babbling(babble_minutes * 60) for bench in benches]
    rows = []
    for name, trials in streams.items():
        hours = sum(t.seconds for t in trials) / 3600
        without = sum(count_without(t) for t in trials)
        stops = sum(len(t.stops) for t in trials)
        rows.append([name, f"{hours * 60:.0f} min", without, f"{without / hours:.1f}", stops, f"{stops / hours:.1f}"])
    table("False stops", ["", "length", "without head", "an hour", "with head", "an hour"], rows)
    return streams


def count_without(trial: Trial) -> int:
    """How often the scorer's rule alone would have stopped, a second apart at least."""
    return count(one.at for one in trial.seen if one.scorer)


def count(times: Iterable[float]) -> int:
    """Events that are further apart than a sliding window and a half second."""
    last, total = -9.0, 0
    for at in times:
        total += at - last > 2.0
        last = at
    return total


def curve(stops: dict[str, list[Trial]], talk: dict[str, list[Trial]]) -> dict[str, object]:
    """Recall and false stops an hour of the head alone, for each threshold."""
    return {
        "thresholds": THRESHOLDS,
        "recall": {name: [sum(any(s.score > bar and t.belongs(s.at) for s in t.seen) for t in trials) / len(trials)
                          for bar in THRESHOLDS] for name, trials in stops.items()},
        "false stops an hour": {name: [sum(count(s.at for s in t.seen if s.score > bar) for t in trials)
                                       / sum(t.seconds for t in trials) * 3600 for bar in THRESHOLDS]
                                for name, trials in talk.items()},
    }


def name_of(condition: tuple[str, float] | None) -> str:
    """As a row's name."""
    return "clean" if condition is None else f"{condition[0]}, {condition[1]:.0f} dB"


def grammar_named(name: str) -> Grammar:
    """One of the English dialogs' grammars."""
    problems: list[Problem] = []
    book = read_phrases(data_folder("dialogs") / "en" / "phrases.yaml", problems)
    if book is None:
        raise ScriptError(problems)
    return book.grammars[name]


def main() -> None:
    """Measure, print, and write the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=Path("../shared/speech"))
    parser.add_argument("--folds", type=int, nargs="+", default=[3, 4], choices=range(FOLDS), help="whom to examine")
    parser.add_argument("--turns", type=int, default=1, help="how often each stop is heard in each noise")
    parser.add_argument("--narration", type=float, default=5.0, help="minutes of rendered prose")
    parser.add_argument("--babble", type=float, default=3.0, help="minutes of babble alone, for each fold")
    parser.add_argument("--json", type=Path, help="write counts and the curve here, too")
    parser.add_argument("--memo", type=Path, help="keep what the speech model said in this folder, and use what is there")
    parser.add_argument("--trials", type=Path, help="write every window of every trial here, too")
    options = parser.parse_args()
    hold = grammar_named("hold")
    benches = [Bench(options.speech, fold, hold, Memo(options.memo and options.memo / f"fold{fold}.pkl")) for fold in options.folds]
    stops = bench_stop(benches, options.turns)
    words = bench_words(benches)
    talk = bench_talk(benches, options.narration, options.babble)
    if options.trials:
        everything = {name: {key: [asdict(t) for t in trials] for key, trials in part.items()}
                      for name, part in (("stop", stops), ("words", words), ("talk", talk))}
        options.trials.write_text(json.dumps(everything), encoding="utf-8")
    if options.json:
        record = {
            "folds": options.folds,
            "stop": {n: [sum(h(t) is not None for t in ts) for h in (Trial.heard_without, Trial.heard)] + [len(ts)] for n, ts in stops.items()},
            "other words": {n: [sum(h(t) is not None for t in ts) for h in (Trial.heard_without, Trial.heard)] + [len(ts)] for n, ts in words.items()},
            "false stops": {n: [sum(map(count_without, ts)), sum(len(t.stops) for t in ts), sum(t.seconds for t in ts)] for n, ts in talk.items()},
            "head alone": curve(stops, talk),
        }
        options.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
