"""The hearing study: the live path on people who taught it nothing, beside its peers, in noise, near and far, and what it costs.

    python -m bench.study [--speech ../shared/speech] [--only PART ...] [--scale SHARE | --quick] [--redo]

Each part leaves docs/benchmarks/study-PART.json when it is finished, and the next run goes on with what is missing (all
of it with --redo, or when the head, the rules or the scale are others). At the end the section, the charts and docs/benchmarks.md are written anew from what is there.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench import report
from bench.head import grammar_named, narration
from bench.peers import Peer, peers, takes_for
from bench.split import Part, Recording
from bench.trials import CLEAN, CONDITIONS, Condition, Stage, Trial, cut_out, reverberate, sample, through_microphone
from bench.voices import voices
from voicecoach.audio import Samples, read
from voicecoach.core.choices import pages
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.head import WEIGHTS
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.language.intents import PhraseBook, read_phrases
from voicecoach.machine.resources import data_folder
from voicecoach.vocabulary import Intent

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "docs/benchmarks"
Record = dict[str, Any]
OURS = "voicecoach, live path"
BARS: Final = [round(-4 + 0.5 * step, 1) for step in range(25)]
"""By how much every bar of the rule for "stop" is raised, for the curve of recall against false stops."""
GAINS: Final = (-30, -24, -18, -12, -6, 0, 6, 12)
NOISE_LEVELS: Final = (-41.0, -36.0, -31.0, -26.0)
"""dBFS; the recordings of people have an active level of -26 on average."""
DRIVES: Final = (0, 6, 12, 20, 30)
"""Decibels by which a recording whose peak just fits is too loud."""
ROOMS: Final = (0.0, 0.3, 0.6)
GRAMMAR_SIZES: Final = (5, 20, 80, 320)
NATURAL: Final = ("flite", "hibari", "joe")


class Study:
    """What the parts share: the stage, the grammars, how many clips."""

    def __init__(self, speech: Path, scale: float) -> None:
        self.speech, self.scale = speech, scale
        self.stage = Stage(speech)
        self.hold, self.screening = grammar_named("hold"), grammar_named("screening")

    def some(self, count: int) -> int:
        """`count`, scaled."""
        return max(4, int(count * self.scale))

    def systems(self, save: Callable[[Record], None], record: Record) -> Record:
        """Every system on the same clips: "stop", other words, yes and no."""
        others, absent = peers(self.stage.model)
        record |= {"absent": absent, "systems": record.get("systems", {})}
        for condition in CONDITIONS:
            for name, peer in ((OURS, None), *((one.name, one) for one in others)):
                done = record["systems"].setdefault(name, {})
                if condition.name not in done:
                    done[condition.name] = self._system(peer, condition)
                    save(record)
        return record

    def _system(self, peer: Peer | None, condition: Condition) -> Record:
        groups = {"stop": (self.stage.words("stop"), 100, self.hold, Intent.STOP)}
        others = [r for r in self.stage.words() if r.word not in {"yes", "no"}]
        groups["other"] = (others, 100, self.hold, Intent.STOP)
        if condition.name in {"clean", "kitchen, 10 dB"} and not (peer and peer.stop_only):
            groups |= {w: (self.stage.words(w), 50, self.screening, i) for w, i in (("yes", Intent.YES), ("no", Intent.NO))}
        found: Record = {}
        cpu, clips = 0.0, 0
        for name, (chosen, most, grammar, intent) in groups.items():
            hits = []
            for turn, one in enumerate(sample(chosen, self.some(most))):
                sound, trial = self.stage.place(read(one.path), condition, turn, one.word, one.fold)
                if peer is None:
                    self.stage.hear(sound, trial, grammar)
                    hits.append(trial.heard(intent) is not None)
                else:
                    began = time.process_time()
                    text = peer.transcribe(cut_out(sound, trial), grammar)
                    trial.cpu = time.process_time() - began
                    hits.append(takes_for(text, grammar, intent))
                cpu += trial.cpu
            clips += len(hits)
            found[name] = [sum(hits), len(hits)]
        return found | {"cpu": cpu / clips, "clips": clips}

    def words(self, save: Callable[[Record], None], record: Record) -> Record:
        """Ours: every "stop" of the examined speakers, and their other words, in each condition."""
        stops, others = self.stage.words("stop"), self.stage.words()
        for condition in CONDITIONS:
            if condition.name in record:
                continue
            hearing = partial(self.stage.hear_words, grammar=self.hold, condition=condition)
            said = hearing(sample(stops, self.some(len(stops))), turns=2)
            negatives = hearing(sample(others, self.some(len(others) if condition == CLEAN else 150)))
            record[condition.name] = {
                "stop": [sum(t.heard(Intent.STOP) is not None for t in said), len(said)],
                "delays": [round(at - t.end, 3) for t in said if (at := t.heard(Intent.STOP)) is not None],
                "other": by_word(negatives, lambda t: t.heard(Intent.STOP) is not None),
                "more": loading(negatives + said),
                "curve": {str(bar): [sum(t.passes(bar) for t in said), sum(t.passes(bar) for t in negatives)] for bar in BARS},
            }
            save(record)
        return record

    def talk(self, save: Callable[[Record], None], record: Record) -> Record:
        """False stops where people talk and nobody gives a command."""
        def of_folds(recordings_: list[Recording]) -> list[Trial]:
            chosen = sample(recordings_, self.some(999))
            return [self.stage.hear_talk([read(r.path) for r in chosen if r.fold == fold], self.hold, fold) for fold in sorted({r.fold for r in chosen})]

        streams: dict[str, Callable[[], list[Trial]]] = {
            "sentences of other people": lambda: of_folds(self.stage.sentences),
            "background without speech": lambda: of_folds(self.stage.background),
            "kitchen's noise, nobody there": self._kitchen_alone,
            "narration, rendered": lambda: [self.stage.hear_talk(told, self.hold)] if (told := list(narration(Part.TEST, 40 * self.scale))) else [],
        }
        for name, make in streams.items():
            if name in record or not (trials := make()):
                continue
            seconds = sum(t.seconds for t in trials)
            counts = {intent.value: sum(t.count(intent) for t in trials) for intent in (Intent.STOP, Intent.EASE, Intent.PAIN)}
            record[name] = {"seconds": seconds, **counts, "more": loading(trials), "cpu": sum(t.cpu for t in trials) / seconds}
            save(record)
        return record

    def _kitchen_alone(self) -> list[Trial]:
        """The kitchen's noise at four levels, each begun at three places, so that no two are cut into the same windows."""
        chosen = [(fold, decibels, turn) for fold in self.stage.folds for decibels in NOISE_LEVELS for turn in range(3)]
        return [self.stage.hear_kitchen(fold, decibels, turn, self.hold) for fold, decibels, turn in chosen[: self.some(len(chosen))]]

    def answers(self, save: Callable[[Record], None], record: Record) -> Record:
        """Yes and no in the grammar of the screening."""
        for condition in (CLEAN, Condition("kitchen", 10), Condition("babble", 10)):
            found: Record = {}
            for word, intent in (("yes", Intent.YES), ("no", Intent.NO)):
                chosen = self.stage.words(word)
                trials = self.stage.hear_words(sample(chosen, self.some(len(chosen))), self.screening, condition)
                other = Intent.NO if intent is Intent.YES else Intent.YES
                found[word] = [sum(t.heard(intent) is not None for t in trials), sum(t.heard(other) is not None for t in trials), len(trials)]
            record[condition.name] = found
            save(record)
        return record

    def phrases(self, save: Callable[[Record], None], record: Record) -> Record:
        """Every phrase that a user is told to say, by every voice that this machine has, at its usual speed."""
        book = phrase_book()
        told = [*told_phrases(book), *(p for p in book.intents[Intent.MORE] if p.text == "more")]
        cast = [(name, render) for name, render in voices() if name.endswith("-1.0") and (self.scale >= 0.5 or name.startswith(NATURAL))]
        record["voices"] = [name.removesuffix("-1.0") for name, _ in cast]
        for index, phrase in enumerate(told):
            if phrase.text in record.setdefault("phrases", {}):
                continue
            grammar = max((g for g in book.grammars.values() if phrase in g.phrases), key=lambda g: len(g.phrases))
            sounds = {name: render(phrase.text) for name, render in cast}
            rows = {}
            for condition in (CLEAN, Condition("kitchen", 10)):
                trials = {name: self.stage.hear(*self.stage.place(level(s), condition, index + turn), grammar)
                          for turn, (name, s) in enumerate(sounds.items())}
                rows[condition.name] = [name.removesuffix("-1.0") for name, t in trials.items() if t.heard(phrase.intent) is None]
            record["phrases"][phrase.text] = {"intent": phrase.intent.value, "grammar": grammar.name, "missed by": rows}
            save(record)
        return record

    def quiet(self, save: Callable[[Record], None], record: Record) -> Record:
        """Recall of "stop" against gain, room and clipping."""
        stops = sample(self.stage.words("stop"), self.some(83))
        for rt60 in ROOMS:
            row = record.setdefault("gain", {}).setdefault(str(rt60), {})
            for gain in GAINS:
                if str(gain) not in row:
                    row[str(gain)] = self._altered(stops, partial(far, rt60=rt60, gain=gain))
                    save(record)
        for drive in DRIVES:
            if str(drive) not in record.setdefault("clipping", {}):
                record["clipping"][str(drive)] = self._altered(
                    stops, partial(driven, drive=drive))
                save(record)
        return record

    def _altered(self, stops: list[Any], change: Callable[[Samples], Samples]) -> list[int]:
        """[heard, n] of the words after `change`, which may make them last longer."""
        hits = 0
        for turn, one in enumerate(stops):
            sound, trial = self.stage.place(read(one.path), CLEAN, turn, one.word, one.fold)
            hits += self.stage.hear(change(sound), trial, self.hold).heard(Intent.STOP) is not None
        return [hits, len(stops)]

    def cost(self, save: Callable[[Record], None], record: Record) -> Record:
        """Processor time for each second of sound, and memory, each in a process of its own."""
        cases = {"nobody speaks: silence": ("silence", "hold"), "nobody speaks: kitchen noise": ("kitchen noise", "hold"),
                 "people speak, back to back": ("sentences", "hold")}
        cases |= {f"single words, {size} phrases": ("words", str(size)) for size in GRAMMAR_SIZES}
        for name, (sound, grammar) in cases.items():
            command = [sys.executable, "-m", "bench.hearing", "--cost", sound, "--cost-grammar", grammar, "--speech", str(self.speech)]
            record[name] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
            save(record)
        return record


def by_word(trials: list[Trial], taken: Callable[[Trial], bool]) -> dict[str, list[int]]:
    """For each word [taken, n]."""
    n, hits = Counter(t.word for t in trials), Counter(t.word for t in trials if taken(t))
    return {word: [hits[word], n[word]] for word in sorted(n)}


def loading(trials: list[Trial]) -> list[int]:
    """How often "more" was heard at all, and with strong evidence, and in how many sounds it was looked for."""
    return [sum(t.count(Intent.MORE) for t in trials), sum(t.count(Intent.MORE, strong=True) for t in trials), len(trials)]


def far(sound: Samples, rt60: float, gain: float) -> Samples:
    """`sound` from the other end of a room (0: no room) into a microphone set to `gain` decibels."""
    return through_microphone(reverberate(sound, rt60) if rt60 else sound, gain)


def driven(sound: Samples, drive: float) -> Samples:
    """`sound` with its peak `drive` decibels above full scale, and so clipped."""
    return through_microphone(sound * np.float32(32767 / 32768 / np.abs(sound).max()), drive)


def level(sound: Samples) -> Samples:
    """A rendering at a usual level."""
    return np.asarray(sound * (0.5 / max(float(np.abs(sound).max()), 1e-6)), np.float32)


def phrase_book() -> PhraseBook:
    """The English phrases."""
    problems: list[Problem] = []
    book = read_phrases(data_folder("dialogs") / "en" / "phrases.yaml", problems)
    if book is None:
        raise ScriptError(problems)
    return book


def told_phrases(book: PhraseBook) -> list[Phrase]:
    """Those that the README's table, one of the coach's lines of help, or his answer to "what can I say?" tells people to say."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What to say")[2].partition("Can't speak")[0]
    lines = (data_folder("dialogs") / "en" / "lines.yaml").read_text(encoding="utf-8")
    said = [line.split("|")[2] for line in table.splitlines() if line.count("|") >= 3]
    said += re.findall(r"^  help\.[a-z-]+: (.*)$", lines, re.MULTILINE)
    text = " ; ".join(re.sub(r"\s+", " ", re.sub(r"[*\"“”]", "", part)) for part in said).lower()
    pieces = {p.strip() for p in re.split(r"[,;:.]|\bor\b|\band\b|you can say|please say|for example|next ends", text)}
    pieces |= {phrase.text for grammar in book.grammars.values() for page in pages(grammar) for phrase in page}
    return [p for phrases in book.intents.values() for p in phrases if p.text in pieces]


def state() -> Record:
    """When and with what it was measured."""
    return {"date": str(datetime.now(UTC).date()), "head": hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:12],
            "rules": code_stamp(ROOT / "voicecoach/hearing/rules.py"),
            "machine": f"{os.cpu_count()} cores {platform.machine()}"}


def code_stamp(file: Path) -> str:
    """The first digits of the SHA-256 of what a file does: another comment or docstring is no other rule."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]  # type: ignore[attr-defined]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12]


PARTS: Final = ("systems", "words", "talk", "answers", "phrases", "quiet", "cost")


def main() -> None:
    """Measure what is missing or asked for, then write the section anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=ROOT.parent / "shared/speech")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these parts alone, going on where a run ended")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual number of clips")
    parser.add_argument("--quick", action="store_true", help="a tenth of the clips, the told phrases by natural voices alone; kept apart, in .cache")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page anew")
    parser.add_argument("--redo", action="store_true", help="measure anew what is there already")
    parser.add_argument("--without", action="append", default=[], help="forget this system's figures and measure them anew")
    options = parser.parse_args()
    if not options.speech.is_dir():
        sys.exit("The recordings of real people are not beside the project's folder, so nothing about hearing can be measured.")
    out, scale = (ROOT / ".cache/quick-study/benchmarks", 0.1) if options.quick else (OUT, options.scale)
    out.mkdir(parents=True, exist_ok=True)
    if not options.page:
        study = Study(options.speech, scale)
        for name in options.only or PARTS:
            run_part(study, name, out, redo=options.redo, without=options.without)
    print(report.write(out, state()), flush=True)


def run_part(study: Study, name: str, out: Path, *, redo: bool, without: list[str]) -> None:
    """Measure one part and keep it, also while it is unfinished; what another head, rule or scale gave is not gone on with."""
    file = out / f"study-{name}.json"
    stamp = state() | {"scale": study.scale}
    record: Record = json.loads(file.read_text(encoding="utf-8")) if file.exists() and not redo else {}
    if any(record.get(key) != stamp[key] for key in ("head", "rules", "scale")):
        record = {}
    if record.pop("finished", False) and not without:
        return
    for system in without:
        record.get("systems", {}).pop(system, None)

    def save(found: Record) -> None:
        file.write_text(json.dumps(found | stamp, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    began = time.monotonic()
    record = getattr(study, name)(save, {key: value for key, value in record.items() if key not in stamp})
    save(record | {"finished": True})
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
