"""Routine words that the speech model misreads: rendered by espeak, heard by the real model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from timeline import SCRIPT

from voicecoach.audio import RATE
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.vocabulary import Intent

SILENCE = np.zeros(RATE, np.float32)


def hear(grammar, voice, text):
    """What the ear makes of a phrase in a quiet room."""
    ear = MoonshineEar()
    ear.listen(grammar)
    spoken = Pyttsx3Voice(voice).render(text, 1.0).at(RATE).samples
    return [h for h in ear.accept(np.concatenate((SILENCE, spoken * np.float32(0.5 / np.abs(spoken).max()), SILENCE, SILENCE))) if h.final]


@pytest.mark.parametrize(("voice", "text", "intent", "slot", "grammar"), [
    ("en-us-nyc", "in my hip", Intent.PLACE, "hip", "hold"),
    ("en-us", "good", Intent.GOOD, "", "hold"),
])
def test_a_routine_word_that_is_misread_is_heard_and_never_certain(voice, text, intent, slot, grammar):
    [heard] = hear(SCRIPT.grammars[grammar], voice, text)
    assert heard.text.lower().strip(" .,!") != text  # or this tests nothing
    assert (heard.phrase.intent, heard.phrase.slot, heard.strict) == (intent, slot, False)


def test_where_a_name_may_be_said_a_misread_word_stays_what_it_is_written_as():
    [heard] = hear(replace(SCRIPT.grammars["hold"], dictation=True), "en-us-nyc", "in my hip")
    assert (heard.phrase, heard.dictation) == (None, True)
