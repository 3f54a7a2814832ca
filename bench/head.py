"""How well "stop" is heard in noise and in babble, with and without the release head: the live path, in simulated time.

    python -m bench.head [--speech ../shared/speech] [--folds 3 4] [--narration MINUTES] [--json FILE] [--memo FOLDER]

How the recordings meet the path, and which of the five heads hears whom, stands in `bench.trials`. The bars were chosen on folds 0, 1 and 2;
what is reported by default is 3 and 4. A "stop" counts when it is decided between the word's beginning and 1.2 s after its end; one before
that is a false stop.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bench.hearing import share, table
from bench.memo import Memo
from bench.split import FOLDS, TEST_FOLDS, Part, prose
from bench.trials import CLEAN, CONDITIONS, Condition, Stage, Trial
from voicecoach.audio import RATE, Samples, read, resample
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.intents import read_phrases
from voicecoach.machine.resources import data_folder
from voicecoach.vocabulary import Intent

THRESHOLDS = [round(-4 + 0.5 * step, 1) for step in range(25)]
"""Of the head alone, for the curve of recall against false stops."""
REASONS: tuple[Callable[[Trial], float | None], ...] = (Trial.heard_without_head, lambda trial: trial.heard(Intent.STOP))
"""When a word was taken for "stop", without the head and with it."""


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


def bench_stop(stages: Sequence[Stage], grammar: Grammar, turns: int) -> dict[str, list[Trial]]:
    """Recall of "stop" and its delay."""
    rows: list[list[object]] = []
    found: dict[str, list[Trial]] = {}
    for condition in CONDITIONS:
        trials = [trial for stage in stages for trial in stage.hear_words(stage.words("stop"), grammar, condition, turns)]
        cells: list[object] = [condition.name]
        for heard in REASONS:
            hits = [(t, at) for t in trials if (at := heard(t)) is not None]
            cells += [share(len(hits), len(trials)), delays(hits)]
        rows.append(cells)
        found[condition.name] = trials
    table("“Stop” heard", ["", "without head", "word end to decision, s: p50 / p95", "with head", "p50 / p95"], rows)
    return found


def bench_words(stages: Sequence[Stage], grammar: Grammar) -> dict[str, list[Trial]]:
    """Other words taken for "stop"; in babble every fourth."""
    rows: list[list[object]] = []
    found: dict[str, list[Trial]] = {}
    for condition, step in ((CLEAN, 1), (Condition("babble", 10), 4)):
        trials = [trial for stage in stages for trial in stage.hear_words(stage.words()[::step], grammar, condition)]
        cells: list[object] = [condition.name]
        for heard in REASONS:
            cells += [share(sum(heard(t) is not None for t in trials), len(trials)), worst(trials, heard)]
        rows.append(cells)
        found[condition.name] = trials
    table("Other words taken for “stop”", ["", "without head", "worst word", "with head", "worst word"], rows)
    return found


def worst(trials: list[Trial], heard: Callable[[Trial], float | None]) -> str:
    """The word most often taken for "stop", of those with at least ten recordings."""
    n = Counter(t.word for t in trials)
    hits = Counter(t.word for t in trials if heard(t) is not None)
    word = max((w for w in n if n[w] >= 10), key=lambda w: hits[w] / n[w], default="")
    return f"{word} {share(hits[word], n[word])}" if word else "-"


def bench_talk(stages: Sequence[Stage], grammar: Grammar, minutes: float, babble_minutes: float) -> dict[str, list[Trial]]:
    """False stops an hour where nobody says "stop"."""
    streams = {"other people's sentences": [stage.hear_talk((read(r.path) for r in stage.sentences), grammar, stage.folds[0]) for stage in stages]}
    told = list(narration(Part.TEST, minutes))
    if told:
        streams["narration, rendered"] = [stages[-1].hear_talk(told, grammar, stages[-1].folds[0])]
    streams["babble of four, nobody near"] = [stage.hear_babble(stage.folds[0], babble_minutes * 60, grammar) for stage in stages]
    rows = []
    for name, trials in streams.items():
        hours = sum(t.seconds for t in trials) / 3600
        without = sum(map(count_without, trials))
        stops = sum(t.count(Intent.STOP) for t in trials)
        rows.append([name, f"{hours * 60:.0f} min", without, f"{without / hours:.1f}", stops, f"{stops / hours:.1f}"])
    table("False stops", ["", "length", "without head", "an hour", "with head", "an hour"], rows)
    return streams


def count_without(trial: Trial) -> int:
    """How often the scorer's rule alone would have stopped, a second apart at least."""
    return count(one.at for one in trial.reasons if one.scored)


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
        "recall": {name: [sum(any(r.head > bar and t.belongs(r.at) for r in t.reasons) for t in trials) / len(trials)
                          for bar in THRESHOLDS] for name, trials in stops.items()},
        "false stops an hour": {name: [sum(count(r.at for r in t.reasons if r.head > bar) for t in trials)
                                       / sum(t.seconds for t in trials) * 3600 for bar in THRESHOLDS]
                                for name, trials in talk.items()},
    }


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
    parser.add_argument("--folds", type=int, nargs="+", default=TEST_FOLDS, choices=range(FOLDS), help="whom to examine")
    parser.add_argument("--turns", type=int, default=1, help="how often each stop is heard in each noise")
    parser.add_argument("--narration", type=float, default=5.0, help="minutes of rendered prose")
    parser.add_argument("--babble", type=float, default=3.0, help="minutes of babble alone, for each fold")
    parser.add_argument("--json", type=Path, help="write counts and the curve here, too")
    parser.add_argument("--memo", type=Path, help="keep what the speech model said in this folder, and use what is there")
    options = parser.parse_args()
    hold = grammar_named("hold")
    stages = [Stage(options.speech, (fold,), Memo(options.memo and options.memo / f"fold{fold}.pkl")) for fold in options.folds]
    stops = bench_stop(stages, hold, options.turns)
    words = bench_words(stages, hold)
    talk = bench_talk(stages, hold, options.narration, options.babble)
    if options.json:
        record = {
            "folds": options.folds,
            "stop": counts(stops), "other words": counts(words),
            "false stops": {n: [sum(map(count_without, ts)), sum(t.count(Intent.STOP) for t in ts), sum(t.seconds for t in ts)] for n, ts in talk.items()},
            "head alone": curve(stops, talk),
        }
        options.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def counts(found: dict[str, list[Trial]]) -> dict[str, list[int]]:
    """Of each condition: heard without the head, with it, n."""
    return {name: [*(sum(heard(t) is not None for t in trials) for heard in REASONS), len(trials)] for name, trials in found.items()}


if __name__ == "__main__":
    main()
