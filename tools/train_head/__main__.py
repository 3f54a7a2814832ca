"""Train the release head anew and write its weights: voicecoach/hearing/weights/release_head.npz.

    python -m tools.train_head [--speech ../shared/speech] [--work build/head] [--windows 35000]

Needs torch (the dependency group `train`). Takes about an hour on one core, most of it for rendering and encoding; what is
in the work folder already is not made again. The same seeds, dialogs, voices and libraries give the same weights. The head
learns from the FIT speakers alone; the figures that are printed after each epoch are those on the TUNE speakers.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from bench.split import Part, part_of
from tools.train_head import voices, windows
from tools.train_head.net import Settings, save, train

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (7,)
"""One head for each; their scores are averaged."""
FIT_SEED, TUNE_SEED = 1, 11
"""Of the windows of the two parts."""
TUNE_SHARE = 0.12
"""Windows of the TUNE speakers, against those of the FIT speakers."""


def main() -> None:
    """Render, mix, encode, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=ROOT.parent / "shared" / "speech")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "head", help="where windows are kept between runs")
    parser.add_argument("--windows", type=int, default=35_000, help="how many to make of the FIT speakers")
    parser.add_argument("--out", type=Path, default=ROOT / "voicecoach" / "hearing" / "weights" / "release_head.npz")
    options = parser.parse_args()

    rendered = voices.render_all(options.work / "voices", ROOT / "dialogs" / "en" / "lines.yaml")
    names = windows.word_list(options.speech)
    for part, seed, count in ((Part.FIT, FIT_SEED, options.windows), (Part.TUNE, TUNE_SEED, int(options.windows * TUNE_SHARE))):
        mine = [one for one in rendered if (part_of(one.voice) is Part.TUNE) == (part is Part.TUNE)]
        bank, words = windows.make_bank(options.speech, mine, part)
        windows.make_windows(options.work / part.value, bank, words, len(names), seed, count)

    fit, tune = (windows.load_windows(options.work / part.value) for part in (Part.FIT, Part.TUNE))
    groups = len(names) + windows.OTHER_GROUPS
    heads = [train(fit, groups, replace(Settings(), seed=seed), tune) for seed in SEEDS]
    save(options.out, heads)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB, {len(fit.lengths)} windows")  # noqa: T201 - a command reports


if __name__ == "__main__":
    main()
