"""What could stand before the encoder or behind the scores: suppression of noise, a level, bars that follow the noise, two windows.

    python -m bench.fronts [--folds 2] [--stops 45] [--others 45] [--keep FILE]

A whole-utterance window (the word, 0.3 s before it and 0.26 s after it) is cut from five seconds that the front has processed from their
beginning, as it would live, so that it knows the noise. Asked is what is asked of such a window: pre("stop"), and the release head. The transcript is left out; it
seldom knows better. Each front gets bars of its own: those at which 4 % of all other words, in all conditions together, pass. So a front that
makes everything likelier wins nothing by it. What was measured is kept and not measured again.

Fronts are used where they are installed: pywebrtc-audio, pyrnnoise, noisereduce (a bench environment's packages, never the product's).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.hearing import share, table
from bench.split import Recording
from bench.trials import CONDITIONS, Condition, Stage, sample
from voicecoach.audio import RATE, Samples, active_level, read, resample
from voicecoach.engines.embedding import SpeechEmbedding
from voicecoach.hearing.embeddings import Embeddings
from voicecoach.hearing.head import StopHead
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.scorer import Array, Trie, _expand, _log_softmax, _log_sum, compile_grammar
from voicecoach.vocabulary import Intent

ROOT: Final = Path(__file__).parents[1]
FALSE: Final = 0.04
"""The share of other words at which the fronts are compared."""
LATER: Final = 0.16
"""Seconds by which the second of two windows is later."""
Row = dict[str, Any]
Front = Callable[[Samples], Samples]


def plain(sound: Samples) -> Samples:
    """Nothing."""
    return sound


def levelled(sound: Samples) -> Samples:
    """The last 1.5 s decide the level: -20 dBFS of active speech."""
    return np.asarray(np.clip(sound * (0.1 / max(active_level(sound[-RATE * 5 // 2 :]), 1e-6)), -1, 1), np.float32)


def webrtc(sound: Samples, level: int) -> Samples:
    """WebRTC's noise suppressor, level 0 (6 dB) to 3 (21 dB)."""
    from pywebrtc_audio import NoiseSuppressor  # noqa: PLC0415 - only where it is installed

    suppressor = NoiseSuppressor(RATE, 1, level)
    frames = (np.pad(sound, (0, -len(sound) % 160)) * 32767).astype(np.int16).reshape(-1, 160)
    return np.concatenate([suppressor.process(frame) for frame in frames]).astype(np.float32)[: len(sound)] / 32768


def rnnoise(sound: Samples) -> Samples:
    """RNNoise, which works at 48 kHz."""
    from pyrnnoise.rnnoise import create, destroy, process_mono_frame  # noqa: PLC0415 - the same

    wide = (np.clip(resample(sound, RATE, 48_000), -1, 1) * 32767).astype(np.int16)
    frames = np.pad(wide, (0, -len(wide) % 480)).reshape(-1, 480)
    state = create()
    quiet = np.concatenate([process_mono_frame(state, frame)[0] for frame in frames])
    destroy(state)
    # Its output comes 10 ms late.
    return resample(quiet[480:].astype(np.float32) / 32768, 48_000, RATE)[: len(sound)]


def spectral(sound: Samples) -> Samples:
    """noisereduce: a spectral gate that follows the noise."""
    from noisereduce import reduce_noise  # noqa: PLC0415 - the same

    return np.asarray(reduce_noise(y=sound, sr=RATE, stationary=False, prop_decrease=0.8), np.float32)


def fronts() -> Iterator[tuple[str, Front]]:
    """Those that can be tried here."""
    yield "none", plain
    yield "level -20 dBFS", levelled
    if find_spec("pywebrtc_audio"):
        yield "WebRTC, mild", lambda sound: webrtc(sound, 0)
        yield "WebRTC, strong", lambda sound: webrtc(sound, 2)
    if find_spec("pyrnnoise"):
        yield "RNNoise", rnnoise
    if find_spec("noisereduce"):
        yield "noisereduce", spectral


class Asker:
    """The model and the head, asked about "stop" only."""

    def __init__(self, stage: Stage) -> None:
        self._model, self._embedder = stage.model, SpeechEmbedding()
        self._heads = {fold: StopHead((fold,)) for fold in stage.folds}
        self._trie: Trie = compile_grammar(Grammar("stop", (Phrase("stop", Intent.STOP),)), self._model.tokenizer, "bench")
        self._boundaries = np.array(self._model.tokenizer.boundaries)

    def ask(self, sound: Samples, fold: int) -> list[float]:
        """pre("stop") and the score of the head that does not know the speakers of `fold`."""
        hidden = self._model.encode(sound)
        embedding = Embeddings(self._embedder).within(0, len(sound), sound, 0)
        return [round(self._pre(hidden), 2), round(self._heads[fold].score({"encoder": hidden[0], "embedding": embedding}), 2)]

    def _pre(self, hidden: Array) -> float:
        logits, state = self._model.first(hidden)
        branches, pre = _expand(self._trie.root, 0, 0.0, _log_softmax(logits)[0]), -np.inf
        while branches:
            logits, state = self._model.step(state, [b.parent for b in branches], [b.token for b in branches])
            logps = _log_softmax(logits)
            pre = max([pre, *(b.logp + _log_sum(logps[i, self._boundaries]) for i, b in enumerate(branches) if b.node.leaves)])
            branches = [child for i, b in enumerate(branches) for child in _expand(b.node, i, b.logp, logps[i])]
        return max(float(pre), -99.0)


def measure(stage: Stage, asker: Asker, clips: list[Recording], keep: Path) -> list[Row]:
    """Every clip in every condition behind every front; what is in `keep` already is taken from there."""
    rows = [json.loads(line) for line in keep.read_text(encoding="utf-8").splitlines()] if keep.exists() else []
    known = {(r["front"], r["condition"], r["clip"]) for r in rows}
    with keep.open("a", encoding="utf-8") as file:
        for turn, clip in enumerate(clips):
            name = "/".join(clip.path.parts[-2:])
            for condition in CONDITIONS:
                for front, process in fronts():
                    if (front, condition.name, name) in known:
                        continue
                    row = {"front": front, "condition": condition.name, "clip": name, "word": clip.word} | _one(stage, asker, clip, condition, turn, process)
                    rows.append(row)
                    file.write(json.dumps(row) + "\n")
                    file.flush()
    return rows


def _one(stage: Stage, asker: Asker, clip: Recording, condition: Condition, turn: int, process: Front) -> Row:
    sound, trial = stage.place(read(clip.path), condition, turn, clip.word, clip.fold)
    start, end = int((trial.start - 0.3) * RATE), int((trial.end + 0.26) * RATE)
    noise = float(np.sqrt(np.mean(np.square(sound[: int(2 * RATE)]))))
    later = end + int(LATER * RATE)
    began = time.process_time()
    # Nothing after the window: a front that looks ahead would know the future.
    clean = process(sound[:end])
    cost = (time.process_time() - began) / (end / RATE)
    row: Row = {"asked": asker.ask(clean[start:end], clip.fold), "noise": round(20 * float(np.log10(max(noise, 1e-5))), 1), "cost": round(cost, 4)}
    if process is plain:
        row["again"] = asker.ask(sound[start:later], clip.fold)
    return row


Decide = Callable[[Row], list[float]]


def asked(row: Row) -> list[float]:
    """The window's own scores."""
    return list(row["asked"])


def either(row: Row) -> list[float]:
    """The better score of two windows."""
    return [max(pair) for pair in zip(row["asked"], row["again"], strict=True)]


def both(row: Row) -> list[float]:
    """The worse score of two windows."""
    return [min(pair) for pair in zip(row["asked"], row["again"], strict=True)]


def mean(row: Row) -> list[float]:
    """The mean of two windows."""
    return [float(np.mean(pair)) for pair in zip(row["asked"], row["again"], strict=True)]


def following(row: Row, slope: float = 0.08) -> list[float]:
    """Pre with a bar that falls by `slope` for each decibel of noise above -60 dBFS."""
    pre, head = row["asked"]
    return [pre + slope * max(0.0, row["noise"] + 60), head]


def bars(rows: list[Row], decide: Decide) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Two bars that each let half of `FALSE` of the other words through."""
    scores = np.array([decide(r) for r in rows if r["word"] != "stop"])
    return np.quantile(scores, 1 - FALSE / 2, axis=0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=ROOT.parent / "shared/speech")
    parser.add_argument("--folds", type=int, nargs="+", default=[2], help="whose recordings")
    parser.add_argument("--stops", type=int, default=45)
    parser.add_argument("--others", type=int, default=45)
    parser.add_argument("--keep", type=Path, default=ROOT / ".cache/fronts.jsonl")
    options = parser.parse_args()
    options.keep.parent.mkdir(parents=True, exist_ok=True)
    stage = Stage(options.speech, options.folds)
    clips = [*sample(stage.words("stop"), options.stops), *sample(stage.words(), options.others)]
    order = np.random.default_rng(0).permutation(len(clips))
    show(measure(stage, Asker(stage), [clips[i] for i in order], options.keep))


def show(rows: list[Row]) -> None:
    """The table: "stop" found, at the same share of other words."""
    cells = []
    tried = [(front, front, asked) for front in dict.fromkeys(r["front"] for r in rows)]
    tried += [(name, "none", decide) for name, decide in (("two windows, the better", either), ("two windows, the worse", both), ("two windows, mean", mean),
                                                          ("bar falls 0.08 a dB of noise", following))]
    for name, front, decide in tried:
        mine = [r for r in rows if r["front"] == front]
        pre, head = bars(mine, decide)
        cost = np.mean([r["cost"] for r in mine]) if front == name else 0.0
        line: list[object] = [name]
        for condition in CONDITIONS:
            said = [decide(r) for r in mine if r["word"] == "stop" and r["condition"] == condition.name]
            line.append(share(sum(s[0] > pre or s[1] > head for s in said), len(said)))
        cells.append([*line, f"{pre:.1f} / {head:.1f}", f"{100 * cost:.1f} %"])
    table(f"“Stop” found where about {100 * FALSE:.0f} % of other words are, too", ["", *(c.name for c in CONDITIONS), "bars: pre / head", "of one core"], cells)


if __name__ == "__main__":
    main()
