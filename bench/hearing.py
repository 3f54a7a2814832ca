"""The figures of docs/benchmarks.md about hearing: the live path on recordings of real people, in simulated time.

    python -m bench.hearing [--speech ../shared/speech] [--limit N] [--json FILE]

Each recording stands alone: fresh ears, half a second of silence before it and 1.2 s after. A word ends with the last
10 ms within 20 dB of its loudest 10 ms. Speakers fall into halves A and B by a hash of their names, for what was tuned on one
of them. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import numpy as np

from voicecoach.audio import RATE, Samples, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.path import TAIL, HearingPath, add_noise
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.intents import PhraseBook, read_phrases
from voicecoach.machine.resources import data_folder
from voicecoach.vocabulary import Evidence, Heard, Intent

LEAD_IN = 0.5
"""Seconds of silence before each recording."""
NOISES = (None, 20.0, 10.0, 5.0)


@dataclass(frozen=True)
class Clip:
    """One line of the recordings' manifest."""

    path: Path
    word: str
    """Empty: no single word."""
    half: str
    """A or B, by speaker."""
    kind: str
    """word, sentence or background."""


@dataclass
class Outcome:
    """What the live path decided on one clip."""

    clip: Clip
    events: list[tuple[float, Heard]] = field(default_factory=list)
    word_end: float = 0.0

    def first(self, *intents: Intent) -> float | None:
        """When one of `intents` was first heard."""
        return next((at for at, event in self.events if event.intent in intents), None)


class Listener:
    """One model and one detector; fresh ears and a fresh path for each clip."""

    def __init__(self, noise: Samples) -> None:
        self._model, self._vad, self._noise = Moonshine(), load_vad(), noise

    def hear(self, clip: Clip, grammar: Grammar, snr: float | None = None, turn: int = 0) -> Outcome:
        """Run the clip, with noise from another place of the recording at each `turn`."""
        sound = read(clip.path)
        outcome = Outcome(clip, word_end=LEAD_IN + word_end(sound))
        sound = np.pad(sound, (int(LEAD_IN * RATE), int(TAIL * RATE)))
        if snr is not None:
            sound = add_noise(sound, np.roll(self._noise, -7919 * turn), snr)
        hearing = HearingPath([MoonshineEar(self._model, self._vad)])
        hearing.listen(grammar)
        outcome.events = [(at, event) for at, event in hearing.accept(sound) if isinstance(event, Heard)]
        return outcome


def word_end(sound: Samples) -> float:
    """Seconds until the last 10 ms within 20 dB of the loudest 10 ms, each smoothed over its neighbours."""
    frame = RATE // 100
    power = np.square(sound[: len(sound) // frame * frame].reshape(-1, frame)).mean(axis=1)
    power = np.convolve(power, np.ones(3) / 3, "same")
    return float((np.flatnonzero(power >= power.max() / 100)[-1] + 1) / 100)


def load_clips(speech: Path, limit: int | None) -> list[Clip]:
    """Every recording of the manifest, or the first `limit` of each word."""
    clips, seen = [], Counter[str]()
    with (speech / "manifest.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            kind = "word" if row["word"] else "sentence" if row["path"].startswith("sentences") else "background"
            seen[row["word"] or kind] += 1
            if limit is None or seen[row["word"] or kind] <= limit:
                half = "AB"[hashlib.sha256(row["speaker"].encode()).digest()[0] % 2]
                clips.append(Clip(speech / row["path"], row["word"], half, kind))
    return clips


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, hits / n
    middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + z * z / n)), min(1.0, (middle + spread) / (1 + z * z / n))


def share(hits: int, n: int) -> str:
    """As a cell: ``231/234 = 98.7 % (96.3-99.6)``."""
    low, high = wilson(hits, n)
    return f"{hits}/{n} = {100 * hits / max(n, 1):.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a Markdown table."""
    head = list(head)
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def delays(outcomes: list[Outcome]) -> str:
    """Median, 95th percentile and maximum of word end to "stop" decided, in seconds."""
    late = [at - o.word_end for o in outcomes if (at := o.first(Intent.STOP)) is not None]
    if not late:
        return "-"
    return " / ".join(f"{value:.2f}" for value in (*np.percentile(late, [50, 95]), max(late)))


def bench_stop(listener: Listener, clips: list[Clip], grammar: Grammar) -> dict[str, object]:
    """Real "stop"s, clean and in kitchen noise, by half."""
    rows: list[list[object]] = []
    record: dict[str, object] = {}
    stops = [clip for clip in clips if clip.word == "stop"]
    for snr in NOISES:
        outcomes = [listener.hear(clip, grammar, snr, turn) for turn, clip in enumerate(stops)]
        name = "clean" if snr is None else f"kitchen noise, {snr:.0f} dB"
        cells = []
        for half in ("A", "B", "AB"):
            mine = [o for o in outcomes if o.clip.half in half]
            hits = sum(o.first(Intent.STOP) is not None for o in mine)
            cells.append(share(hits, len(mine)))
            record[f"{name} {half}"] = [hits, len(mine)]
        rows.append([name, *cells, delays(outcomes)])
    table("“Stop” heard, real people, grammar hold", ["", "half A", "half B", "all", "word end to decision, s: p50 / p95 / max"], rows)
    return record


def bench_answers(listener: Listener, clips: list[Clip], grammar: Grammar) -> dict[str, object]:
    """Real "yes" and "no" in the grammar of a confirmation."""
    rows: list[list[object]] = []
    record: dict[str, object] = {}
    for word, intent in (("yes", Intent.YES), ("no", Intent.NO)):
        outcomes = [listener.hear(clip, grammar) for clip in clips if clip.word == word]
        right = sum(o.first(intent) is not None for o in outcomes)
        strong = sum(any(e.intent is intent and e.evidence is Evidence.STRONG for _, e in o.events) for o in outcomes)
        wrong = Counter(e.intent.value for o in outcomes for _, e in o.events if e.intent is not intent)
        others = ", ".join(f"{name} {count}" for name, count in wrong.most_common()) or "none"
        rows.append([word, share(right, len(outcomes)), share(strong, len(outcomes)), others])
        record[word] = [right, strong, len(outcomes), dict(wrong)]
    table("“Yes” and “no”, real people, grammar confirm", ["said", "heard", "heard with strong evidence", "heard as something else"], rows)
    return record


def bench_false(listener: Listener, clips: list[Clip], grammar: Grammar) -> dict[str, object]:
    """Commands that nobody gave: other words, sentences, background; the grammar of the hold, the largest with "more"."""
    groups: dict[str, Callable[[Clip], bool]] = {
        "other words": lambda c: c.kind == "word" and c.word not in {"stop", "yes", "no"},
        "“yes” and “no”": lambda c: c.word in {"yes", "no"},
        "sentences": lambda c: c.kind == "sentence",
        "background": lambda c: c.kind == "background",
    }
    rows: list[list[object]] = []
    record: dict[str, object] = {}
    for name, belongs in groups.items():
        outcomes = [listener.hear(clip, grammar) for clip in clips if belongs(clip)]
        seconds = sum(len(read(o.clip.path)) / RATE for o in outcomes)
        count = Counter(event.intent for o in outcomes for _, event in o.events)
        stops, releases = count[Intent.STOP], sum(count[i] for i in RELEASE - {Intent.STOP})
        loading = sum(count[i] for i in LOADING)
        answers = sum(count[i] for i in set(Intent) - RELEASE - LOADING)
        strong = sum(e.evidence is Evidence.STRONG and e.intent in LOADING for o in outcomes for _, e in o.events)
        rows.append([f"{name} (n = {len(outcomes)}, {seconds / 60:.0f} min)", share(stops, len(outcomes)), share(releases, len(outcomes)),
                     loading, strong, "-" if name.startswith("“") else answers])
        record[name] = [len(outcomes), seconds, {intent.value: times for intent, times in count.items()}]
    table("Heard and never said, grammar hold", ["", "stop", "ease, pain", "more", "more, strong", "answers and the rest"], rows)
    return record


def bench_cost(speech: Path) -> dict[str, object]:
    """Processor time per second of sound, and peak memory, each in a process of its own."""
    rows: list[list[object]] = []
    record: dict[str, object] = {}
    for name in ("silence", "kitchen noise", "sentences"):
        command = [sys.executable, "-m", "bench.hearing", "--cost", name, "--speech", str(speech)]
        reply = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        cpu, memory = json.loads(reply)
        rows.append([name, f"{100 * cpu:.1f} %", f"{memory:.0f} MB"])
        record[name] = [cpu, memory]
    table("Cost on one core", ["", "processor time / time of sound", "peak memory of the process"], rows)
    return record


def measure_cost(name: str, speech: Path, grammar: Grammar) -> None:
    """Print the cost of one minute of `name` as JSON; run in a process that has done nothing else."""
    minute = RATE * 60
    sound = np.zeros(minute, np.float32)
    if name == "kitchen noise":
        sound = np.resize(read(speech / "noise_kitchen.flac"), minute)
    elif name == "words":
        gap = np.zeros(RATE * 4 // 10, np.float32)
        spoken = [read(f) for f in sorted((speech / "words").glob("*/*_nohash_0.flac"))[::20]]
        sound = np.resize(np.concatenate([piece for one in spoken for piece in (one, gap)]), minute)
    elif name != "silence":
        sound = np.resize(np.concatenate([read(f) for f in sorted((speech / "sentences").iterdir())[:12]]), minute)
    hearing = HearingPath([MoonshineEar()])
    hearing.listen(grammar)
    hearing.accept(np.resize(sound, RATE))
    before = time.process_time()
    hearing.accept(sound)
    cpu = (time.process_time() - before) / 60
    unit = 1 if sys.platform == "darwin" else 1024
    print(json.dumps([cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6]))


def grammar_of(book: PhraseBook, name: str) -> Grammar:
    """The grammar of this name, or for a number one of so many phrases: the book's, then the same made longer."""
    if not name.isdigit():
        return book.grammars[name]
    own = [phrase for phrases in book.intents.values() for phrase in phrases]
    longer = [Phrase(f"{first}{p.text}{last}", p.intent) for first, last in (("please ", ""), ("", " now"), ("well ", "")) for p in own]
    return Grammar(name, tuple({p.text: p for p in (*own, *longer)}.values())[: int(name)])


def main() -> None:
    """Run everything, or one part in a child process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=Path("../shared/speech"))
    parser.add_argument("--limit", type=int, help="at most so many recordings of each word")
    parser.add_argument("--json", type=Path, help="write the counts here, too")
    parser.add_argument("--cost", help=argparse.SUPPRESS)
    parser.add_argument("--cost-grammar", default="hold", help=argparse.SUPPRESS)
    options = parser.parse_args()
    problems: list[Problem] = []
    book = read_phrases(data_folder("dialogs") / "en" / "phrases.yaml", problems)
    if book is None:
        raise ScriptError(problems)
    if options.cost:
        measure_cost(options.cost, options.speech, grammar_of(book, options.cost_grammar))
        return
    listener = Listener(read(options.speech / "noise_kitchen.flac"))
    clips = load_clips(options.speech, options.limit)
    results = {
        "stop": bench_stop(listener, clips, book.grammars["hold"]),
        "answers": bench_answers(listener, clips, book.grammars["confirm"]),
        "false": bench_false(listener, clips, book.grammars["hold"]),
        "cost": bench_cost(options.speech),
    }
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
