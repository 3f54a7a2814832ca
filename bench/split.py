"""Which recordings teach the release head and which examine it: one rule, used by the training and by the benchmark.

A key (for a single word its speaker, for a sentence or a piece of background its file's name, for a paragraph its first
line) has a share in [0, 1): the first four bytes of its SHA-256 as a big-endian number, over 2^32. Below 0.48 the recording
is for FIT (the weights), from there to 0.60 for TUNE (the number of epochs, the thresholds), from there on for TEST. The first
60 % of the kitchen's noise (48 % FIT, 12 % TUNE) teach, the rest examines.
"""

from __future__ import annotations

import csv
import hashlib
import re
import textwrap
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from pydoc_data import topics

import numpy as np

from voicecoach.audio import Samples, read

FIT_SHARE, TRAIN_SHARE = 0.48, 0.60
FOLDS = 5
TEST_FOLDS = (3, 4)
"""Those of TEST."""


class Part(Enum):
    """What a recording is for."""

    FIT = "fit"
    TUNE = "tune"
    TEST = "test"


@dataclass(frozen=True)
class Recording:
    """One line of the manifest."""

    path: Path
    word: str
    """Empty: no single word."""
    speaker: str
    part: Part
    fold: int


def _share(key: str) -> float:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32


def part_of(key: str) -> Part:
    """The part that whatever has this key belongs to."""
    share = _share(key)
    if share < FIT_SHARE:
        return Part.FIT
    return Part.TUNE if share < TRAIN_SHARE else Part.TEST


def fold_of(key: str) -> int:
    """Which of the `FOLDS` fifths whatever has this key belongs to: 0, 1 and 2 are FIT and TUNE, 3 and 4 are TEST."""
    return int(_share(key) * FOLDS)


def recordings(speech: Path) -> list[Recording]:
    """Every recording of ``manifest.csv``, in its order."""
    with (speech / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        keys = ((row, row["speaker"] or Path(row["path"]).stem) for row in csv.DictReader(lines))
        return [Recording(speech / row["path"], row["word"], row["speaker"], part_of(key), fold_of(key)) for row, key in keys]


def kitchen(speech: Path, part: Part) -> Samples:
    """This part's stretch of the kitchen's noise."""
    noise = read(speech / "noise_kitchen.flac")
    first, second = int(len(noise) * FIT_SHARE), int(len(noise) * TRAIN_SHARE)
    return {Part.FIT: noise[:first], Part.TUNE: noise[first:second], Part.TEST: noise[second:]}[part]


def kitchen_fold(speech: Path, fold: int) -> Samples:
    """One fifth of the kitchen's noise; folds 0, 1 and 2 are what FIT and TUNE have."""
    return np.array_split(read(speech / "noise_kitchen.flac"), FOLDS)[fold]


def prose(part: Part) -> list[str]:
    """Sentences of plain English that every Python carries: its reference manual, without code, links and "stop"."""
    found: dict[str, None] = {}
    for topic in sorted(topics.topics):
        for block in topics.topics[topic].split("\n\n"):
            text = " ".join(re.sub(r"[^A-Za-z ,.'-]", " ", " ".join(textwrap.dedent(block).split())).split())
            ordinary = sum(word.isalpha() and word.islower() for word in re.split(r"[ ,.'-]+", text))
            if 60 <= len(text) <= 400 and ordinary > 0.8 * len(text.split()) and "stop" not in text.lower():
                found[text] = None
    return [text for text in found if part_of(text) is part]


QUOTED = Path("/usr/share/games/fortunes")
"""Where Debian's package ``fortunes`` puts what people have said and written."""
SUBJECTS = ("art", "cookie", "education", "food", "fortunes", "humorists", "kids", "law", "literature", "love", "medicine", "men-women", "miscellaneous",
            "people", "pets", "platitudes", "politics", "science", "songs-poems", "sports", "startrek", "wisdom", "work")


def quotations(part: Part) -> list[str]:
    """What people have said and written, of many kinds and without who said it; nothing where `QUOTED` is not there. It may hold "stop"."""
    found: dict[str, None] = {}
    for subject in SUBJECTS:
        path = QUOTED / subject
        for block in re.split(r"^%$", path.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE) if path.is_file() else []:
            said = re.split(r"^\s*-- ", block, maxsplit=1, flags=re.MULTILINE)[0]
            text = " ".join(re.sub(r"[^A-Za-z ,.!?'-]", " ", said).split())
            if 60 <= len(text) <= 400:
                found[text] = None
    return [text for text in found if part_of(text) is part]
