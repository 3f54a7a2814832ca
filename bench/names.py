"""Names: how often a person of a household is found by voice, and how well a name is learnt from one real person and found from others.

    python -m bench.names synthetic     # voices of espeak, the names of the first figures, and others that nothing was chosen on
    python -m bench.names real          # people of Speech Commands who say a name: "sheila" and "marvin" are all there are
    python -m bench.names words         # ordinary words in the place of a name, and other people's words that are none of a household

The ear is the real one, from the sound to what the session is told. docs/decisions/names.md has the figures.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.split import recordings
from voicecoach.audio import RATE, Samples, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.naming import acting, like, name_in
from voicecoach.hearing.path import HearingPath
from voicecoach.language.intents import normal
from voicecoach.language.loader import load_script
from voicecoach.language.script import Script
from voicecoach.machine.resources import data_folder
from voicecoach.settings.people import PersonData, with_people
from voicecoach.vocabulary import Dictated, Event, Heard, Intent

SPEECH = Path(__file__).parents[2] / "shared/speech"
FIRST = ("Maria", "Ben", "Sofia", "Anna", "Cleo"), ("en-us", "en-us+f3", "en-us+m3", "en-gb", "en-gb+f2", "en-gb-scotland+m5")
"""On these the bars of `rules.nearest` were chosen."""
OTHERS = ("David", "Julia", "Thomas", "Laura", "Emma", "Peter"), ("en-us+f4", "en-us+m7", "en-gb+m2", "en-gb+f5")
WAYS = ("{}", "it's {}", "i'm {}", "i am {}")
BESIDE = ("Anna", "Ben")
"""Who else is in the household of a person who was learnt."""
STAND_INS = ("happy", "house", "wow", "tree", "dog", "bird", "follow", "learn", "visual")


class Ears:
    """One model, and a fresh ear for each sound."""

    def __init__(self) -> None:
        self._model = Moonshine()

    def hear(self, sound: Samples, script: Script, grammar: str) -> list[Event]:
        """What a session is told of a sound."""
        path = HearingPath([MoonshineEar(self._model)])
        path.listen(script.grammars[grammar])
        return [event for _, event in path.accept(np.pad(sound, (RATE // 2, RATE * 3 // 2)))]


def result(events: Sequence[Event], slot: str) -> str:
    """What a session makes of one utterance for the person `slot`."""
    for event in events:
        match event:
            case Heard(Intent.STOP):
                return "stop"
            case Heard(Intent.PERSON, slot=said):
                return "heard" if said == slot else "heard wrong"
            case Heard():
                return "another word"
            case Dictated(near=near):
                return "nothing" if not near else "asked about" if near == slot else "asked about another"
    return "nothing"


def household(script: Script, *people: PersonData) -> Script:
    """The script of this household."""
    return with_people(script, people)


def synthetic(script: Script, ears: Ears) -> None:
    """Every name of a set of names, in every way, by every voice."""
    for title, (names, voices) in (("first", FIRST), ("others", OTHERS)):
        known = household(script, *(PersonData(name=name) for name in names))
        found: dict[str, Counter[str]] = {name: Counter() for name in names}
        for voice_name in voices:
            with Pyttsx3Voice(voice_name, timeout=60) as voice:
                for slot, name in enumerate(names, start=1):
                    for way in WAYS:
                        found[name][result(ears.hear(voice.render(way.format(name)).at(RATE).samples, known, "who"), str(slot))] += 1
        for name, counts in found.items():
            print(f"{title}: {name}: {dict(counts)}", flush=True)
        print(f"{title}: all: {dict(sum(found.values(), Counter()))}, n = {len(names) * len(voices) * len(WAYS)}", flush=True)


def clips(word: str) -> Iterator[tuple[str, Path]]:
    """Speaker and file of each recording of a word."""
    return ((one.speaker, one.path) for one in recordings(SPEECH) if one.word == word)


def learnt(script: Script, ears: Ears, word: str) -> list[tuple[str, str]]:
    """Speaker and name as it was written, for each recording that would be read back as a name; the rest is counted."""
    known = household(script, *(PersonData(name=name) for name in BESIDE))
    read_back, counts = list[tuple[str, str]](), Counter[str]()
    for speaker, path in clips(word):
        events = ears.hear(read(path), known, "name")
        words = next((event.words for event in events if isinstance(event, Dictated)), "")
        name = name_in(words, script.name_phrases)
        refused = bool(name) and like(normal(name), acting(known.grammars)) is not None
        counts["refused" if refused else normal(name) if name else type(events[0]).__name__ if events else "nothing"] += 1
        if name and not refused:
            read_back.append((speaker, name))
    print(f"{word}: read back as {dict(counts)}, n = {counts.total()}", flush=True)
    return read_back


def from_one_to_others(script: Script, ears: Ears, word: str) -> None:
    """Learn from each speaker alone; then find the person from every other speaker's recordings."""
    every, right = Counter[str](), Counter[str]()
    for speaker, name in learnt(script, ears, word):
        known = household(script, *(PersonData(name=other) for other in BESIDE), PersonData(name=name))
        for other, path in clips(word):
            if other != speaker:
                made = result(ears.hear(read(path), known, "who"), str(len(BESIDE) + 1))
                every[made] += 1
                right[made] += normal(name) == word
    print(f"{word}: found from others: {dict(every)}, n = {every.total()}; where it was written as it is: {dict(+right)}, n = {right.total()}", flush=True)


def words(script: Script, ears: Ears) -> None:
    """Ordinary words as names; and what a household makes of words that are none of its names."""
    for word in STAND_INS:
        from_one_to_others(script, ears, word)
    known = household(script, *(PersonData(name=name) for name in (*BESIDE, "Sheila")))
    made = Counter[str]()
    for word in (*STAND_INS, "cat", "bed", "forward", "backward"):
        made.update(result(ears.hear(read(path), known, "who"), "") for _, path in clips(word))
    print(f"words that are no name here: {dict(made)}, n = {made.total()}", flush=True)


def main(what: str) -> None:
    """Measure one thing."""
    script, ears = load_script(data_folder("dialogs") / "en"), Ears()
    if what == "synthetic":
        synthetic(script, ears)
    elif what == "real":
        for word in ("sheila", "marvin"):
            from_one_to_others(script, ears, word)
    else:
        words(script, ears)


if __name__ == "__main__":
    main(sys.argv[1])
