"""Measure how often words that may lead to force are heard by Vosk when they were said, and when they were not.

    python -m tools.loading_words ko --model FOLDER --recordings ../shared/speech --other "오늘 날씨가 참 좋네요" …

The phrases and the other sentences are rendered by the system's voices; recordings are of real people, in any language, who
say none of the phrases. What it found is in docs/decisions/vosk-without-unknown.md.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voicecoach.audio import RATE, Samples, active_level, read
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.engines.vosk import VoskEar
from voicecoach.hearing.path import HearingPath
from voicecoach.language.loader import load_script
from voicecoach.language.script import Script
from voicecoach.machine.resources import data_folder
from voicecoach.rehearsal.cast import SPEECH_LEVEL
from voicecoach.vocabulary import Evidence, Heard, Intent

LETS_THROUGH = {"stretch": Intent.MORE, "position": Intent.READY, "released": Intent.CONTINUE, "warm-up": Intent.WARM,
                "confirm": Intent.YES, "screening": Intent.NO}
"""The grammars in which a word lets somebody through, and that word."""
Clip = tuple[str, Samples]


def main() -> None:
    """Print one line for each grammar and kind of speech."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--voices", nargs="+", required=True)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--other", type=Path, help="a text file, one sentence a line")
    parser.add_argument("--grammars", nargs="+", default=list(LETS_THROUGH))
    given = parser.parse_args()
    script = load_script(data_folder("dialogs") / given.language)
    phrases, meant = _phrases(script)
    said = list(_rendered(phrases, given.voices, given.language))
    other = list(_rendered(given.other.read_text(encoding="utf-8").split("\n"), given.voices, given.language)) if given.other else []
    people = list(_recordings(given.recordings, given.count)) if given.recordings else []
    for name in given.grammars:
        intent = LETS_THROUGH[name]
        ear = HearingPath([VoskEar(given.model)])
        ear.listen(script.grammars[name])
        right = [clip for clip in said if intent in meant[clip[0]]]
        wrong = [clip for clip in said if intent not in meant[clip[0]]]
        for kind, clips in (("its phrases", right), ("other phrases", wrong), ("other sentences", other), ("recordings of people", people)):
            _report(name, intent, kind, clips, ear)


def _report(name: str, intent: Intent, kind: str, clips: list[Clip], ear: HearingPath) -> None:
    final, strong = [], []
    for words, sound in clips:
        events = [e for _, e in ear.accept(np.pad(sound, (RATE // 3, RATE * 5 // 4))) if isinstance(e, Heard) and e.intent is intent]
        final += [f"{words} > {e.words}" for e in events[:1]]
        strong += [f"{words} > {e.words}" for e in events if e.evidence is Evidence.STRONG][:1]
    sys.stdout.write(f"{name}, {intent.value}, {kind}: n={len(clips)}, heard {len(final)}, strong {len(strong)}: {strong[:12]}\n")
    sys.stdout.flush()


def _phrases(script: Script) -> tuple[list[str], dict[str, set[Intent]]]:
    meant: dict[str, set[Intent]] = {}
    for grammar in script.grammars.values():
        for phrase in grammar.phrases:
            meant.setdefault(phrase.text, set()).add(phrase.intent)
    return list(meant), meant


def _rendered(texts: list[str], voices: list[str], language: str) -> Iterator[Clip]:
    for name in voices:
        with Pyttsx3Voice(name, language=language, words_per_minute=160, timeout=120) as voice:
            for text in filter(None, texts):
                sound = voice.render(text).at(RATE).samples
                yield text, sound * np.float32(SPEECH_LEVEL / max(active_level(sound), 1e-6))


def _recordings(folder: Path, count: int) -> Iterator[Clip]:
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in random.Random(1).sample(rows, count):  # noqa: S311 - a sample, not a secret
        yield row["path"], read(folder / row["path"])[: 4 * RATE]


if __name__ == "__main__":
    main()
