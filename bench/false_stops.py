"""False stops an hour: hours of other people's sentences and of rendered narration through the live path.

    python -m bench.false_stops --hours 20 [--part test] [--speech ../shared/speech] [--cache .cache/false-stops]
    python -m bench.false_stops --report                      only what is there so far

Its section of docs/benchmarks.md is written anew, unless another part than TEST is listened to.

The sound comes in reels of two minutes, each fixed by its source and number: real people's sentences (again in another order, at another
level, in every second reel with kitchen noise 10 to 25 dB below them, so that repetitions are not cut into the same windows), and what voices of
`bench.voices` read: what people have said and written (`quotations`, where Debian's `fortunes` is installed), and Python's manual (`manual`), in every fourth text of which a
"step", "string" or "statement" stands. No text holds a release phrase, so whatever is heard there is false. The sources take turns. A finished reel is one small file, kept with the hash of everything under
voicecoach/hearing, so a run goes on where the last one ended, any number of processes may work on it at once, and another head or
rule begins anew. Renderings are kept, too. Where the head was trained on a voice, TEST still holds only texts that it has not seen.

Intervals are exact for a Poisson count (Garwood), 95 %; they take the reels for independent, which the repeated sentences are not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from math import exp, lgamma, log
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.head import grammar_named
from bench.report import assemble, table
from bench.split import Part, kitchen, prose, quotations, recordings
from bench.trials import add_noise
from bench.voices import voices
from voicecoach.audio import RATE, Samples, active_level, read, write
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.hearing.rules import contains
from voicecoach.vocabulary import Heard, Intent

ROOT: Final = Path(__file__).parents[1]
OUT: Final = ROOT / "docs/benchmarks"
REEL: Final = 120.0
"""Seconds of a reel."""
PEOPLE: Final = "people"
TEXTS: Final = ("quotations", "manual")
VOICES: Final = ("hibari-1.0", "joe-1.0", "flite-slt-1.0", "flite-rms-1.0", "espeak-en-us-1.0", "espeak-en-gb+f4-1.0", "hibari-0.85", "joe-1.2")
"""Those of `bench.voices` that narrate, the natural ones first."""
LEVELS: Final = (-32.0, -14.0)
"""dBFS between which a speaker's active level lies: that of the recordings is -27 to -13."""
GAPS: Final = (0.15, 1.2)
"""Seconds of pause after a sentence."""
SNRS: Final = (10.0, 25.0)
ABOUT: Final = """\
## False stops: hours of talk

`python -m bench.false_stops --hours N`: reels of two minutes through the live path, grammar of the hold, every second one with kitchen noise 10 to 25 dB below the speech. *people*: real people's sentences
that taught nothing, each often again, at another level and in another order, so they tell less than as many hours of new ones would. *quotations*: what people have said and written (Debian's `fortunes`), read by a voice.
*manual*: Python's reference manual, with a "step", "string" or "statement" in every fourth text. No text taught the head or holds a release phrase; hibari's voice never taught it either, the other voices did, with other texts."""


@dataclass(frozen=True)
class Reel:
    """Two minutes of one source."""

    source: str
    number: int

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"{self.source.replace(' ', '-')}-{self.number:05}"

    def chance(self) -> np.random.Generator:
        """Always the same sequence for the same reel."""
        return np.random.default_rng(list(hashlib.sha256(self.name.encode()).digest()[:16]))


class Narrators:
    """Voices that read prose; what they have read is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._renderers = {name: render for name, render in voices() if name in VOICES}
        self.names = [name for name in VOICES if name in self._renderers]

    def read(self, voice: str, text: str) -> Samples:
        """`text` by `voice`."""
        path = self._folder / f"{hashlib.sha256(f'{voice} {text}'.encode()).hexdigest()[:24]}.wav"
        if not path.exists():
            sound = self._renderers[voice](text)
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.wav")
            write(part, np.asarray(sound * (0.5 / max(float(np.abs(sound).max()), 1e-6)), np.float32))
            part.replace(path)
        return read(path)


class Studio:
    """Makes reels."""

    def __init__(self, speech: Path, part: Part, cache: Path, grammar: Grammar) -> None:
        self._narrators = Narrators(cache / "renderings")
        releases = grammar.of(*RELEASE).phrases
        kinds = dict(zip(TEXTS, (quotations(part), prose(part)), strict=True))
        self._texts = {kind: [t for t in texts if not any(contains(t, phrase) for phrase in releases)] for kind, texts in kinds.items()}
        self._sentences = [r.path for r in recordings(speech) if r.part is part and "sentences" in r.path.parts]
        self._kitchen = kitchen(speech, part)

    def reels(self) -> Iterator[Reel]:
        """All of them, without end: people, a voice that reads quotations, the same voice with the manual."""
        others = self._narrators.names
        for turn in count():
            yield Reel(PEOPLE, turn)
            for kind in (kind for kind, texts in self._texts.items() if texts and others):
                yield Reel(f"{kind} {others[turn % len(others)]}", turn // len(others))

    def sound(self, reel: Reel) -> Samples:
        """What is heard in a reel."""
        chance = reel.chance()
        pieces, length = [], 0
        for piece in self._pieces(reel, chance):
            level = 10 ** (chance.uniform(*LEVELS) / 20) / max(active_level(piece), 1e-6)
            padded = np.pad(piece * np.float32(level), (0, int(chance.uniform(*GAPS) * RATE)))
            pieces.append(padded)
            length += len(padded)
            if length >= REEL * RATE:
                break
        sound = np.concatenate(pieces)[: int(REEL * RATE)]
        if reel.number % 2:
            sound = add_noise(sound, np.roll(self._kitchen, int(chance.integers(len(self._kitchen)))), chance.uniform(*SNRS))
        return np.clip(sound, -1, 1)

    def _pieces(self, reel: Reel, chance: np.random.Generator) -> Iterator[Samples]:
        if reel.source == PEOPLE:
            while True:
                yield from (read(self._sentences[i]) for i in chance.permutation(len(self._sentences)))
        kind, voice = reel.source.split()
        # Each voice reads on where its last reel ended, about ten texts of 12 s each, and from the beginning when it is through.
        for at in count(reel.number * 10):
            yield self._narrators.read(voice, self._texts[kind][at % len(self._texts[kind])])


class Ledger:
    """What is known of each reel: one file for each, and a claim while somebody works on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def claim(self, reel: Reel) -> bool:
        """Whether this process is to do `reel`: nobody has done it, and nobody alive is at it."""
        if (self._folder / f"{reel.name}.json").exists():
            return False
        path = self._folder / f"{reel.name}.claim"
        try:
            with path.open("x", encoding="ascii") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            if _alive(path):
                return False
            path.unlink(missing_ok=True)
            return self.claim(reel)
        return not (self._folder / f"{reel.name}.json").exists()

    def keep(self, reel: Reel, record: dict[str, Any]) -> None:
        """Write down what came out, and give up the claim."""
        part = self._folder / f"{reel.name}.part"
        part.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        part.replace(self._folder / f"{reel.name}.json")
        (self._folder / f"{reel.name}.claim").unlink(missing_ok=True)

    def records(self) -> list[dict[str, Any]]:
        """Everything so far."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self._folder.glob("*.json"))]


def _alive(claim: Path) -> bool:
    try:
        os.kill(int(claim.read_text(encoding="ascii") or os.getpid()), 0)
    except (OSError, ValueError):
        return False
    return True


def poisson(events: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of the mean behind a count (Garwood 1936)."""
    tail = (1 - confidence) / 2
    low = _solve(lambda mean: 1 - _at_most(events - 1, mean), tail) if events else 0.0
    return low, _solve(lambda mean: -_at_most(events, mean), -tail)


def _at_most(events: int, mean: float) -> float:
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(events + 1)) if mean > 0 else 1.0


def _solve(rising: Callable[[float], float], wanted: float) -> float:
    low, high = 0.0, 10_000.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2


def listen(sound: Samples, path: HearingPath) -> list[dict[str, Any]]:
    """What the live path takes a reel for."""
    return [{"at": round(at, 2), "intent": event.intent.value, "evidence": event.evidence.name.lower(), "words": event.words}
            for at, event in path.accept(sound) if isinstance(event, Heard)]


def report(records: list[dict[str, Any]]) -> str:
    """The section of docs/benchmarks.md."""
    kinds = {f"**{kind}**, {noise}": [r for r in records if r["source"].startswith(kind) and r["number"] % 2 == odd]
             for kind in (PEOPLE, *TEXTS) for odd, noise in enumerate(("quiet", "kitchen noise"))}
    read = {voice: [r for r in records if r["source"].endswith(voice)] for voice in VOICES}
    groups = kinds | {f"whatever {voice} reads": mine for voice, mine in read.items()} | {"all": records}
    rows = []
    for name, mine in groups.items():
        if not mine:
            continue
        hours = sum(r["seconds"] for r in mine) / 3600
        found = [Intent(e["intent"]) for r in mine for e in r["events"]]
        stops = sum(intent is Intent.STOP for intent in found)
        low, high = (bound / hours for bound in poisson(stops))
        released = sum(intent in RELEASE and intent is not Intent.STOP for intent in found)
        more = sum(intent in LOADING for intent in found)
        cpu = sum(r["cpu"] for r in mine) / sum(r["seconds"] for r in mine)
        rows.append([name, f"{hours:.2f}", stops, f"{stops / hours:.2f} ({low:.2f}-{high:.2f})", released, more, f"{100 * cpu:.0f} %"])
    shown = table(["", "hours", "stops", "an hour (95 %; target 0.5)", "“ease off” and the like, pain", "loading words", "of one core"], rows)
    dates = " and ".join(sorted({r["date"] for r in records}))
    return f"{ABOUT} Measured on {dates}.\n\n{shown}\n"


def stamp() -> str:
    """Names the hearing path: its code, weights and phrases."""
    files = [*sorted(p for p in (ROOT / "voicecoach/hearing").rglob("*") if p.suffix in {".py", ".npz"}), ROOT / "dialogs/en/phrases.yaml"]
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:12]


def main() -> None:
    """Listen until there are so many hours, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1.0, help="of sound in all, with what earlier runs have done")
    parser.add_argument("--part", type=Part, default=Part.TEST, help="fit, tune or test")
    parser.add_argument("--speech", type=Path, default=ROOT.parent / "shared/speech")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache/false-stops")
    parser.add_argument("--report", action="store_true", help="only print what is there")
    options = parser.parse_args()
    ledger = Ledger(options.cache / f"{options.part.value}-{stamp()}")
    if not options.report:
        run(options, ledger)
    if not (records := ledger.records()):
        sys.exit("No reel has been listened to with the present hearing path; leave --report out to listen.")
    section = report(records)
    print(section)
    if options.part is Part.TEST:
        (OUT / "hours.md").write_text(section, encoding="utf-8")
        assemble(OUT)


def run(options: argparse.Namespace, ledger: Ledger) -> None:
    """Do the reels that nobody has done."""
    model, vad, grammar = Moonshine(), load_vad(), grammar_named("hold")
    studio = Studio(options.speech, options.part, options.cache, grammar)
    for reel in islice(studio.reels(), round(options.hours * 3600 / REEL)):
        if not ledger.claim(reel):
            continue
        sound = studio.sound(reel)
        vad.reset()
        path = HearingPath([MoonshineEar(model, vad)])
        path.listen(grammar)
        began = time.process_time()
        events = listen(sound, path)
        ledger.keep(reel, {"source": reel.source, "number": reel.number, "seconds": len(sound) / RATE, "events": events,
                           "cpu": round(time.process_time() - began, 2), "date": str(datetime.now(UTC).date())})
        stops = [e for e in events if e["intent"] == Intent.STOP.value]
        print(f"{reel.name}: {len(stops)} stops, {len(events) - len(stops)} others", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
