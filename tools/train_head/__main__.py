"""Train the release head anew and write its weights: voicecoach/hearing/weights/release_head.npz.

    python -m tools.train_head [--speech ../shared/speech] [--work build/head] [--windows 14000]

Needs torch (the dependency group `train`). Takes about an hour and a half of processor time, more than half of it for rendering and encoding; what
is in the work folder already is not made again. The same seeds, dialogs, voices and libraries give the same weights. The speakers
are in five folds; head i learns from all but fold i, whose figures are printed after each epoch. What ships is all five.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import torch

os.environ.setdefault("OMP_NUM_THREADS", "1")

from bench.split import FOLDS
from tools.train_head import voices, windows
from tools.train_head.net import Settings, save, train

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
"""Of the first head's training; the others count on."""
WINDOWS_SEED = 100
"""Of the windows of fold 0; the others count on."""
CHECKED = 4_000
"""Windows of the fold left out that are measured after each epoch."""


def main() -> None:
    """Render, mix, encode, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=ROOT.parent / "shared" / "speech")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "head", help="where windows are kept between runs")
    parser.add_argument("--windows", type=int, default=14_000, help="how many to make of each fold")
    parser.add_argument("--heads", type=int, nargs="+", default=list(range(FOLDS)), choices=range(FOLDS), help="train these now; writes when all are there")
    parser.add_argument("--out", type=Path, default=ROOT / "voicecoach" / "hearing" / "weights" / "release_head.npz")
    options = parser.parse_args()

    rendered = voices.render_all(options.work / "voices", ROOT / "dialogs" / "en" / "lines.yaml")
    names = windows.word_list(options.speech)
    for fold in range(FOLDS):
        bank, words = windows.make_bank(options.speech, rendered, fold)
        windows.make_windows(folder(options.work, fold), bank, words, len(names), WINDOWS_SEED + fold, options.windows)

    for left_out in options.heads:
        if not kept(options.work, left_out).exists():
            teach(options.work, left_out, len(names) + windows.OTHER_GROUPS)
    if all(kept(options.work, fold).exists() for fold in range(FOLDS)):
        save(options.out, [torch.load(kept(options.work, fold), weights_only=True) for fold in range(FOLDS)])
        print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a command reports


def folder(work: Path, fold: int) -> Path:
    """Where the windows of a fold are."""
    return work / f"fold{fold}"


def kept(work: Path, fold: int) -> Path:
    """Where the head is that has not heard this fold."""
    return work / f"head{fold}.pt"


def teach(work: Path, left_out: int, groups: int) -> None:
    """Train the head that does not hear one fold, and keep it."""
    print(f"without fold {left_out}", flush=True)  # noqa: T201 - a command reports
    fit = windows.load_windows([folder(work, fold) for fold in range(FOLDS) if fold != left_out])
    check = windows.load_windows([folder(work, left_out)], CHECKED)
    head = train(fit, groups, replace(Settings(), seed=SEED + left_out), check)
    torch.save(head.export(), kept(work, left_out))


if __name__ == "__main__":
    main()
