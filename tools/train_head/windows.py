"""Encoded windows: what the head is trained on. Window i of a set depends on the seed and i alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.split import Recording, kitchen_fold, recordings
from tools.train_head.mix import Bank, level, mix, trimmed
from tools.train_head.voices import Rendered, load
from voicecoach.audio import Samples, read
from voicecoach.engines.embedding import SpeechEmbedding
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.embeddings import FRAMES, LEAD, RANGE, STRIDE, Embedder, scaled
from voicecoach.hearing.head import SOURCES
from voicecoach.hearing.mel import HOP, log_mel

HARD = {"up": 2.0, "off": 1.5, "go": 1.5, "on": 1.3, "down": 1.2}
"""Words that are taken for "stop" most often come up more often."""
OTHER_GROUPS = 6
"""Groups beside the words: "stop", rendered words, talk, nobody near, a beginning, and one to spare."""
SHARD = 500
MIRRORED = 0.5
"""Share of the windows whose embeddings see speech before it, too."""
CHAIN = 6
"""Words in a row that make talk."""


@dataclass(frozen=True)
class Windows:
    """Encoded windows of different lengths, end to end."""

    frames: dict[str, npt.NDArray[np.float16]]
    """Of each source: shape (all frames, width)."""
    lengths: dict[str, npt.NDArray[np.int64]]
    """Of each source: how many frames belong to each window."""
    is_stop: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]


def word_list(speech: Path) -> list[str]:
    """Every single word but "stop", in order: group i + 1 is word i."""
    return sorted({r.word for r in recordings(speech)} - {"", "stop"})


def make_bank(speech: Path, rendered: list[Rendered], fold: int) -> tuple[Bank, npt.NDArray[np.int64]]:
    """The sounds of one fold of the speakers, and every rendered voice; the group of each of `Bank.words`."""
    mine = [r for r in recordings(speech) if r.fold == fold]
    names = word_list(speech)
    words = [r for r in mine if r.word not in {"", "stop"}]
    count = Counter(r.word for r in words)
    shares = np.array([HARD.get(r.word, 1.0) / count[r.word] ** 0.5 for r in words])
    sounds = load(rendered)
    short = [(r, s) for r, s in sounds if len(r.text) < 30]  # noqa: PLR2004 - phrases, not sentences
    return Bank(
        stops=[trimmed(read(r.path)) for r in mine if r.word == "stop"],
        rendered_stops=[trimmed(s) for r, s in short if r.says_stop],
        words=[trimmed(read(r.path)) for r in words],
        word_shares=shares / shares.sum(),
        rendered_words=[trimmed(s) for r, s in short if not r.says_stop],
        talk=_sentences([*(read(r.path) for r in mine if "sentences" in r.path.parts), *_chains(words)]),
        rendered_talk=_sentences([s for r, s in sounds if len(r.text) >= 30]),  # noqa: PLR2004 - the same
        kitchen=kitchen_fold(speech, fold),
        background=[read(r.path) for r in mine if "background" in r.path.parts],
    ), np.array([names.index(r.word) for r in words])


def _chains(words: list[Recording]) -> list[Samples]:
    """Single words of many people one after the other: more voices than the sentences have."""
    order = np.random.default_rng(0).permutation(len(words))
    return [np.concatenate([level(trimmed(read(words[i].path), margin=0.05)) for i in some]) for some in np.array_split(order, len(words) // CHAIN)]


def _sentences(sounds: list[Samples]) -> list[Samples]:
    return [trimmed(s) for s in sounds]


def make_windows(folder: Path, bank: Bank, words: npt.NDArray[np.int64], names: int, seed: int, count: int) -> None:
    """Write `count` encoded windows in files of 500 that are not there yet; several processes may share the work."""
    folder.mkdir(parents=True, exist_ok=True)
    model, embedder = Moonshine(), SpeechEmbedding()
    for shard in range(count // SHARD):
        path = folder / f"{shard:04}.npz"
        try:
            os.close(os.open(path.with_suffix(".taken"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        frames: dict[str, list[npt.NDArray[np.float16]]] = {name: [] for name in SOURCES}
        is_stop, group = [], []
        for index in range(shard * SHARD, (shard + 1) * SHARD):
            one = mix(np.random.default_rng([seed, index]), bank)
            frames["encoder"].append(model.encode(one.sound)[0].astype(np.float16))
            frames["embedding"].append(embedded(one.sound, embedder, np.random.default_rng([seed + 100, index])))
            is_stop.append(one.is_stop)
            extra = one.group - 1 - len(bank.words)
            group.append(0 if one.group == 0 else 1 + (words[one.group - 1] if extra < 0 else names + extra))
        temporary = path.with_suffix(".part.npz")
        np.savez(temporary, is_stop=is_stop, group=group, **{name: np.concatenate(parts) for name, parts in frames.items()},
                 **{f"{name}.lengths": [len(part) for part in parts] for name, parts in frames.items()})
        temporary.rename(path)


def embedded(sound: Samples, embedder: Embedder, rng: np.random.Generator) -> npt.NDArray[np.float16]:
    """The embeddings of a window as a stream would give them, shape (N, 96).

    The stream's grid is not the window's, so the last field ends up to 80 ms before it. What comes before the window is silence in one
    half of the windows, and what sounds like the window, its mirror, in the other.
    """
    late = int(rng.integers(STRIDE // HOP)) * HOP
    cut = sound[: len(sound) - late]
    mirrored = bool(rng.random() < MIRRORED)
    mel = log_mel(np.pad(cut, (LEAD, 0), mode="reflect" if mirrored else "constant"))
    mel = np.maximum(mel, mel.max() - RANGE)
    first, step = (len(mel) - FRAMES) % (STRIDE // HOP), STRIDE // HOP
    fields = np.stack([mel[at : at + FRAMES] for at in range(first, len(mel) - FRAMES + 1, step)])
    return embedder.embed(scaled(fields)).astype(np.float16)


def load_windows(folders: Sequence[Path], at_most: int | None = None) -> Windows:
    """All windows that are there, or about the first `at_most` of each folder."""
    shards = None if at_most is None else at_most // SHARD
    parts = [np.load(path) for folder in folders for path in sorted(folder.glob("[0-9]*[0-9].npz"))[:shards]]

    def whole(name: str) -> npt.NDArray[np.generic]:
        return np.concatenate([part[name] for part in parts])
    return Windows({name: whole(name) for name in SOURCES}, {name: whole(f"{name}.lengths") for name in SOURCES}, whole("is_stop"), whole("group"))
