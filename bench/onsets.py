"""How often the detector of speech never fires on a "stop", by what comes before the word: `python -m bench.onsets [--folds 0 1 2]`.

Every "stop" of the folds after 0 to 1 s of exact silence and of a quiet room (-55 dBFS of white noise), and after 2.5 s of its
noise. An onset counts between the word's beginning and 0.1 s after its end. And how much of noise without speech is taken for speech.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from bench.hearing import share, table, word_end
from bench.split import Recording, kitchen_fold
from bench.trials import CONDITIONS, Stage
from voicecoach.audio import RATE, Samples, read
from voicecoach.engines.silero import load_vad
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.segmenter import CHUNK, Vad

LEADS: Final = tuple(round(0.1 * step, 1) for step in range(11))
FLOOR: Final = 10 ** (-55 / 20)


def speaking(sound: Samples, vad: Vad) -> Iterator[bool]:
    """For each chunk whether the ear takes it for speech. It is told of no grammar, so nothing is scored."""
    vad.reset()
    ear = MoonshineEar(vad=vad)
    for at in range(0, len(sound) - CHUNK + 1, CHUNK):
        ear.accept(sound[at : at + CHUNK])
        yield ear._segmenter.speaking  # noqa: SLF001 - what it knows and does not say


def has_onset(sound: Samples, start: float, end: float, vad: Vad) -> bool:
    """Whether any chunk between these times, in seconds, is taken for speech."""
    first, last = int(start * RATE / CHUNK), int((end + 0.1) * RATE / CHUNK)
    return any(on for at, on in enumerate(speaking(sound[: (last + 1) * CHUNK], vad)) if at >= first)


def quiet(clips: list[Recording], floor: float, vad: Vad) -> dict[float, int]:
    """How many of the words have no onset, for each length of the quiet before them."""
    chance = np.random.default_rng(0)
    missed = dict.fromkeys(LEADS, 0)
    for clip in clips:
        sound = read(clip.path)
        start, end = len(sound) / RATE - word_end(sound[::-1]), word_end(sound)
        for lead in LEADS:
            padded = np.pad(sound, (int(lead * RATE), RATE // 4))
            padded += (chance.standard_normal(len(padded)) * floor).astype(np.float32)
            missed[lead] += not has_onset(padded, lead + start, lead + end, vad)
    return missed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=Path("../shared/speech"))
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2], help="whose recordings; 3 and 4 are TEST")
    options = parser.parse_args()
    stage, vad = Stage(options.speech, options.folds), load_vad()
    stops = stage.words("stop")
    rows = [[name, *missed.values(), share(sum(missed.values()), len(stops) * len(LEADS))]
            for name, missed in (("exact silence", quiet(stops, 0.0, vad)), ("a quiet room", quiet(stops, FLOOR, vad)))]
    table(f"“Stop” without an onset, n = {len(stops)} for each number", ["seconds before it", *map(str, LEADS), "all"], rows)
    rows = []
    for condition in CONDITIONS[1:]:
        placed = [stage.place(read(clip.path), condition, turn, fold=clip.fold) for turn, clip in enumerate(stops)]
        rows.append([condition.name, share(sum(not has_onset(sound, t.start, t.end, vad) for sound, t in placed), len(stops))])
    table("The same in noise", ["", "without an onset"], rows)
    noises = {"kitchen": kitchen_fold(options.speech, options.folds[0])[: 60 * RATE],
              "background without speech": np.concatenate([read(r.path) for r in stage.background])[: 60 * RATE]}
    table("Noise taken for speech", ["", "share of the time"],
          [[f"{name}, {len(sound) / RATE:.0f} s", f"{100 * np.mean(list(speaking(sound, vad))):.1f} %"] for name, sound in noises.items()])


if __name__ == "__main__":
    main()
