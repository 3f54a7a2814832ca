"""How the recogniser writes each phrase of phrases.yaml, over many voices; from that, spellings for the phrases.

    python bench/voices.py FOLDER PHRASE...          renders (see there)
    python bench/spellings.py FOLDER [--speech ../shared/speech] [--out spellings.yaml]

A transcript becomes a spelling of a phrase when
- several renderings agree on it (3, from 2 voices; for release phrases 2), espeak's not alone, and
- nobody means anything else by it: it is no phrase, it is not how a phrase of another intent was written, and no
  recording of a real person's other words or sentences was written so; and
- it has more than three letters and no "not" that the phrase has not.
Words that may lead to force, and yes and no, get none: guesses are not for them.
Each voice is in half A or B. "Before" and "after" are on half B, with the spellings learned from half A alone, for the phrases that
got any; the list that is written is learned from both.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voicecoach.audio import RATE, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Hypothesis, Phrase
from voicecoach.hearing.risk import RELEASE, WEIGHED
from voicecoach.hearing.rules import words
from voicecoach.language.intents import PhraseBook, read_phrases
from voicecoach.machine.resources import data_folder
from voicecoach.vocabulary import Intent

NOTHING = Grammar("nothing", (Phrase("zyzzyva", Intent.HELP),))
"""A grammar that nobody speaks: every utterance comes back with its transcript."""
MOST = 5
"""Spellings a phrase, at most."""
FEWEST_LETTERS = 4
NEGATIONS = {"no", "not", "don't", "never"}


@dataclass(frozen=True)
class Rendering:
    """One phrase by one voice."""

    path: Path
    phrase: str
    voice: str
    half: str


class Transcriber:
    """The recogniser, left to write what it likes, or held to a grammar."""

    def __init__(self) -> None:
        self._model, self._vad = Moonshine(), load_vad()

    def hypotheses(self, path: Path, grammar: Grammar = NOTHING) -> list[Hypothesis]:
        """What a fresh ear makes of a recording."""
        ear = MoonshineEar(self._model, self._vad)
        ear.listen(grammar)
        return ear.accept(np.pad(read(path), (RATE // 2, RATE)))

    def write(self, path: Path) -> list[str]:
        """The transcript of each short utterance, as plain words."""
        return [" ".join(words(h.text)) for h in self.hypotheses(path) if h.final]


def renderings(folder: Path) -> list[Rendering]:
    """Everything that `voices.py` left in `folder`; every other voice of a family is in half B."""
    found, voices = [], sorted({path.name.rpartition("-")[0] for path in folder.iterdir()})
    for path in sorted(folder.glob("*/*.wav")):
        voice = path.parent.name.rpartition("-")[0]
        found.append(Rendering(path, path.stem, voice, "AB"[voices.index(voice) % 2]))
    return found


def taken_elsewhere(speech: Path, transcriber: Transcriber) -> set[str]:
    """How real people's other words were written, and their sentences."""
    short: set[str] = set()
    with (speech / "manifest.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            if row["word"] not in {"stop", "yes", "no"}:
                short |= set(transcriber.write(speech / row["path"]))
    return short


def learn(book: PhraseBook, heard: dict[str, Counter[tuple[str, str]]], short: set[str]) -> dict[str, list[tuple[str, int]]]:
    """Spellings for each phrase, the most frequent first; `heard` counts (transcript, voice) by phrase."""
    intent_of = {p.text: p.intent for phrases in book.intents.values() for p in phrases}
    writers: dict[str, set[Intent]] = defaultdict(set)
    for text, counts in heard.items():
        for transcript, _ in counts:
            writers[transcript].add(intent_of[text])
    learned = {}
    for text, counts in heard.items():
        intent, total, voices = intent_of[text], Counter[str](), defaultdict(set)
        for (transcript, voice), times in counts.items():
            total[transcript] += times
            voices[transcript].add(voice)
        learned[text] = [
            (t, n) for t, n in total.most_common()
            if intent not in WEIGHED and n >= (2 if intent in RELEASE else 3) and len(voices[t]) >= (1 if intent in RELEASE else 2)
            and any(not voice.startswith("espeak") for voice in voices[t])
            and t not in intent_of and writers[t] == {intent} and not _taken(t, text, short)][:MOST]
    return learned


def _taken(transcript: str, text: str, short: set[str]) -> bool:
    new = set(transcript.split()) - set(text.split())
    return len(transcript.replace(" ", "")) < FEWEST_LETTERS or transcript in short or bool(new & NEGATIONS)


def with_spellings(book: PhraseBook, learned: dict[str, list[tuple[str, int]]]) -> dict[str, Grammar]:
    """The book's grammars with only the learned spellings."""
    return {name: Grammar(name, tuple(replace(p, spellings=tuple(t for t, _ in learned.get(p.text, []))) for p in g.phrases))
            for name, g in book.grammars.items()}


def score(transcriber: Transcriber, grammars: dict[str, Grammar], said: Iterable[Rendering], book: PhraseBook) -> dict[str, list[int]]:
    """For each phrase: renderings heard as its intent, heard as another one, and all, in the smallest grammar that has it."""
    intent_of = {p.text: p.intent for phrases in book.intents.values() for p in phrases}
    best = {i: min((g for g in grammars.values() if any(p.intent is i for p in g.phrases)), key=lambda g: len(g.phrases)) for i in Intent}
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for rendering in said:
        intent = intent_of[rendering.phrase]
        got = {h.phrase.intent for h in transcriber.hypotheses(rendering.path, best[intent]) if h.phrase}
        row = counts[rendering.phrase]
        row[0] += intent in got
        row[1] += bool(got - {intent})
        row[2] += 1
    return counts


def main() -> None:
    """Transcribe, learn, test on the other half, write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speech", type=Path, default=Path("../shared/speech"))
    parser.add_argument("--out", type=Path, default=Path("spellings.yaml"))
    options = parser.parse_args()
    problems: list[Problem] = []
    book = read_phrases(data_folder("dialogs") / "en" / "phrases.yaml", problems)
    if book is None:
        raise ScriptError(problems)
    transcriber = Transcriber()
    known = {p.text for phrases in book.intents.values() for p in phrases}
    said = [r for r in renderings(options.folder) if r.phrase in known]
    short = taken_elsewhere(options.speech, transcriber)
    heard: dict[str, dict[str, Counter[tuple[str, str]]]] = {half: defaultdict(Counter) for half in ("A", "AB")}
    for rendering in said:
        for transcript in transcriber.write(rendering.path):
            for half in heard:
                if rendering.half in half:
                    heard[half][rendering.phrase][transcript, rendering.voice] += 1
    from_a = learn(book, heard["A"], short)
    half_b = [r for r in said if r.half == "B" and from_a.get(r.phrase)]
    before = score(transcriber, with_spellings(book, {}), half_b, book)
    after = score(transcriber, with_spellings(book, from_a), half_b, book)
    final = learn(book, heard["AB"], short)
    with options.out.open("w", encoding="utf-8") as out:
        out.write("# phrase: renderings heard as it / as another intent / all, on half B before and after (if half A taught any); spellings (times)\n")
        for text in (text for text, found in final.items() if found):
            out.write(f"{json.dumps(text)}:\n  before: {before.get(text)}\n  after: {after.get(text)}\n"
                      f"  spellings: {json.dumps(dict(final[text]))}\n")
    for name, counts in (("before", before), ("after", after)):
        total = np.sum(list(counts.values()), axis=0)
        print(f"{name}: {total[0]} of {total[2]} heard, {total[1]} heard as another intent (half B of the voices)")


if __name__ == "__main__":
    main()
