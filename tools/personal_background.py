"""Make voicecoach/hearing/weights/personal_background.npz: `python tools/personal_background.py ../shared/speech`.

From the FIT part of bench/split.py alone: sentences, single words and background recordings of real people (Speech
Commands, CC BY 4.0; Picovoice speech-to-intent benchmark, Apache-2.0), and its kitchen noise. What ships are
encoder frames on 64 directions in 8 bits, from which no speech can be made again. Seed 0: the same file every time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.split import Part, kitchen, recordings  # noqa: E402 - the bench is no package of ours
from voicecoach.audio import RATE, Samples, read  # noqa: E402 - the same
from voicecoach.engines.moonshine import Moonshine  # noqa: E402 - the same
from voicecoach.hearing.personal import Background  # noqa: E402 - the same

WIDTH = 64
WINDOW = RATE * 3 // 2
OF_SENTENCES, OF_WORDS, OF_BACKGROUND, OF_KITCHEN = 90, 80, 20, 30
"""Windows of each."""


def windows(speech: Path, random: np.random.Generator) -> Iterator[Samples]:
    """Stretches of 1.5 s."""
    mine = [r for r in recordings(speech) if r.part is Part.FIT]
    for wanted, count in (("sentences", OF_SENTENCES), ("words", OF_WORDS), ("background", OF_BACKGROUND)):
        kind = [r for r in mine if wanted in r.path.parts]
        for index in random.choice(len(kind), count, replace=len(kind) < count):
            sound = np.pad(read(kind[index].path), WINDOW // 6)
            at = int(random.integers(0, max(1, len(sound) - WINDOW)))
            yield np.resize(np.pad(sound[at:], (0, max(0, WINDOW - len(sound) + at))), WINDOW)
    noise = kitchen(speech, Part.FIT)
    for at in random.integers(0, len(noise) - WINDOW, OF_KITCHEN):
        yield noise[at : at + WINDOW]


def main() -> None:
    """Write the file."""
    model = Moonshine()
    hidden = [model.encode(np.asarray(w, np.float32)) for w in windows(Path(sys.argv[1]), np.random.default_rng(0))]
    frames = np.concatenate([h[0] for h in hidden])
    mean, deviation = frames.mean(0), frames.std(0)
    values, vectors = np.linalg.eigh(np.cov(((frames - mean) / deviation).T))
    projection = vectors[:, ::-1][:, :WIDTH] / np.sqrt(values[::-1][:WIDTH]) / deviation[:, None]
    space = Background(mean, projection.astype(np.float32), np.zeros((0, 0, WIDTH), np.float32))
    kept = np.stack([np.round(space.comparable(h) * 127) for h in hidden]).astype(np.int8)
    out = ROOT / "voicecoach/hearing/weights/personal_background.npz"
    np.savez_compressed(out, mean=mean, projection=projection.astype(np.float16), windows=kept)


if __name__ == "__main__":
    main()
