"""Real people's words through the live path: a guard against losing what was measured (docs/benchmarks.md has all of it)."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from voicecoach.audio import RATE, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.vocabulary import Evidence, Heard, Intent

WORDS = {
    Intent.STOP: ("stop", "let go", "no more"), Intent.EASE: ("ease off", "too much", "easier"), Intent.PAIN: ("that hurts",),
    Intent.MORE: ("more", "a bit more"), Intent.READY: ("ready", "we are ready"), Intent.CONTINUE: ("continue",),
    Intent.GOOD: ("good", "that's good"), Intent.YES: ("yes", "yeah"), Intent.NO: ("no", "nope"), Intent.REPEAT: ("repeat",)}
GRAMMAR = Grammar("hold", tuple(Phrase(text, intent) for intent, texts in WORDS.items() for text in texts))


@pytest.fixture(scope="module")
def hear(speech):
    model, vad = Moonshine(), load_vad()

    def events(name: str) -> list[Heard]:
        path = HearingPath([MoonshineEar(model, vad)])
        path.listen(GRAMMAR)
        sound = np.pad(read(speech / name), (RATE // 2, RATE))
        return [event for _, event in path.accept(sound) if isinstance(event, Heard)]

    return events


@pytest.fixture(scope="module")
def clips(speech):
    with (speech / "manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))

    def some(count: int, *words: str) -> list[str]:
        names = [row["path"] for row in rows if row["word"] in words]
        return names[:: max(1, len(names) // count)][:count]

    return some


def test_stop_is_heard(hear, clips):
    missed = [name for name in clips(24, "stop") if Intent.STOP not in {e.intent for e in hear(name)}]
    assert len(missed) <= 1, missed


@pytest.mark.parametrize(("word", "intent"), [("yes", Intent.YES), ("no", Intent.NO)])
def test_answers_are_heard_and_never_for_each_other(hear, clips, word, intent):
    heard = [[e.intent for e in hear(name)] for name in clips(15, word)]
    assert sum(intents == [intent] for intents in heard) >= 13
    assert not any({Intent.YES: Intent.NO, Intent.NO: Intent.YES}[intent] in intents for intents in heard)


def test_other_words_never_load_and_seldom_release(hear, clips):
    events = [e for name in clips(32, "up", "go", "down", "on", "off", "right", "one", "four") for e in hear(name)]
    assert not [e for e in events if e.intent in LOADING]
    assert sum(e.intent in RELEASE for e in events) <= 3
    assert all(e.evidence is not Evidence.STRONG for e in events if e.intent in LOADING)


def test_people_who_order_coffee_give_no_commands(hear, speech):
    names = sorted(f"sentences/{path.name}" for path in (speech / "sentences").iterdir())[::40]
    assert [e for name in names for e in hear(name)] == []


def test_a_kitchen_neither_releases_nor_loads(hear):
    assert not [e for e in hear("noise_kitchen.flac") if e.intent in RELEASE | LOADING or e.evidence is Evidence.STRONG]
