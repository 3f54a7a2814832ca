"""Measure personal words: recall of unseen variations, false accepts, cost. `python -m bench.personal SPEECH`.

The background that ships, from which the bars come, was made of the FIT part of bench/split.py. `... SPEECH tune` is the TUNE part,
`test` the TEST part, `fresh` other imagined people on the TEST part; a third argument gives the number of people.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from bench.own_sounds import KINDS, samples
from bench.split import Part, kitchen, recordings
from voicecoach.audio import RATE, Samples, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import ConfigError
from voicecoach.hearing.onsets import find
from voicecoach.hearing.path import add_noise
from voicecoach.hearing.personal import FAR, Array, OwnSound, load_background, surroundings
from voicecoach.teaching.own_sounds import learn
from voicecoach.vocabulary import Intent

PEOPLE, UNSEEN = 6, 8
SHARES = (1.18, 1.0, 0.85)
FIRST = {"tune": 0, "test": 100, "fresh": 200}
"""The first of the imagined people of each set."""
CONDITIONS = {"clean": None, "20 dB": 20.0, "10 dB": 10.0}


Piece = tuple[Array, int]
"""Comparable frames of one sound that stood out, and how many samples long it was."""


def pieces(sound: Samples, model: Moonshine) -> list[Piece]:
    """Every sound of a recording that the ear would compare with what was taught."""
    padded, space = np.pad(sound, (0, RATE // 2)), load_background()
    return [(space.comparable(model.encode(surroundings(padded, s)[0])), s.stop - s.start) for s in find(padded)]


def ratio(own: OwnSound, found: list[Piece]) -> float:
    """The smallest distance, as a share of the bar: below 1 the ear reports it."""
    return min((own.ratio(*piece) for piece in found), default=FAR)


def negatives(speech: Path, part: Part) -> Samples:
    """Other people's sentences, up to 500 single words and the backgrounds, one after the other, and the kitchen."""
    mine = [r for r in recordings(speech) if r.part is part]
    words = [r for r in mine if r.word]
    chosen = [r for r in mine if not r.word] + [words[i] for i in np.random.default_rng(3).permutation(len(words))[:500]]
    return np.concatenate([*(np.pad(read(r.path), (0, RATE // 2)) for r in chosen), kitchen(speech, part)[: 180 * RATE]])


def main() -> None:
    """Print one line for each kind of sound, at several shares of the bar."""
    speech, model, random = Path(sys.argv[1]), Moonshine(), np.random.default_rng(1)
    which = sys.argv[2] if len(sys.argv) > 2 else "fresh"
    people = int(sys.argv[3]) if len(sys.argv) > 3 else PEOPLE
    part = Part.TUNE if which == "tune" else Part.TEST
    noise, others = kitchen(speech, part), negatives(speech, part)
    began = time.process_time()
    strangers = pieces(others, model)
    hours = len(others) / RATE / 3600
    print(f"others: {hours:.2f} h, {len(strangers)} sounds stand out; {(time.process_time() - began) / hours / 36:.1f} % of one core")
    for kind in KINDS:
        ratios: dict[str, list[float]] = {name: [] for name in (*CONDITIONS, "others")}
        refused = 0
        for person in range(FIRST[which], FIRST[which] + people):
            try:
                own = learn(Intent.STOP, list(samples(kind, person, 5)), model)
            except ConfigError:
                refused += 1
                continue
            for sound in samples(kind, person, UNSEEN, first=50):
                tail = np.pad(sound * np.float32(10 ** (random.uniform(-12, 6) / 20)), (0, RATE // 2))
                for name, snr in CONDITIONS.items():
                    at = int(random.integers(0, len(noise) - 4 * RATE))
                    ratios[name].append(ratio(own, pieces(add_noise(tail, noise[at:], snr) if snr else tail, model)))
            ratios["others"] += [own.ratio(*piece) for piece in strangers]
        taught = people - refused
        print(f"{kind}: refused {refused} of {people}")
        for share in SHARES:
            count = {name: sum(r < share for r in found) for name, found in ratios.items()}
            shown = ", ".join(f"{name} {count[name]}/{taught * UNSEEN}" for name in CONDITIONS)
            print(f"  bar x {share}: heard {shown}; false {count['others']} in {hours * taught:.2f} h", flush=True)


if __name__ == "__main__":
    main()
