"""Numbers and names as people say them: by text, and by the phonemes that espeak makes of it."""

# ruff: noqa: RUF001 - phonemes are written in IPA

from __future__ import annotations

import ctypes
from dataclasses import replace
from fractions import Fraction

import pytest
from timeline import SCRIPT, SHORT, Timeline

from voicecoach.core.parts.base import in_minutes
from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.core.speech import Speech
from voicecoach.language.numbers import Numbers
from voicecoach.language.script import Script
from voicecoach.records.journal import Journal, Recipe, read_journal

LANGUAGE = SCRIPT.language
NUMBERS = Numbers("en", LANGUAGE.numbers, LANGUAGE.amounts)


class TestAmounts:
    @pytest.mark.parametrize(("value", "name", "said"), [
        (1, "seconds", "one second"), (2, "seconds", "two seconds"), (25, "seconds", "twenty-five seconds"), (0, "seconds", "zero seconds"),
        (1, "minutes", "one minute"), (1.0, "minutes", "one minute"), (0.5, "minutes", "half a minute"), (1.5, "minutes", "one and a half minutes"),
        (2.5, "minutes", "two and a half minutes"), (Fraction(3, 4), "minutes", "three quarters minutes"), (1, "holds", "once"), (14, "holds", "fourteen times"),
        (1, "count", "one short question"), (17, "count", "seventeen short questions"), (1, "stretches", "one stretch"), (3, "unheard-of", "three"),
    ])
    def test_one_many_and_half(self, value: float, name: str, said: str) -> None:
        assert NUMBERS.amount(value, name) == said

    @pytest.mark.parametrize(("value", "said"), [
        (0, "zero"), (7, "seven"), (101, "one hundred and one"), (0.25, "a quarter"), (1.75, "one and three quarters"), (2 / 3, "two thirds"), (1.7, "one point seven"),
        (0.37, "zero point three seven"), (-2, "minus two"), (1.05, "one point zero five"), (12.0, "twelve"),
    ])
    def test_numbers_alone(self, value: float, said: str) -> None:
        assert NUMBERS.say(value) == said

    def test_times_are_told_to_half_a_minute_and_then_to_a_minute(self) -> None:
        for seconds in range(1, 1200):
            minutes = in_minutes(seconds)
            assert minutes >= 0.5
            assert abs(minutes * 60 - seconds) <= (30 if seconds < 30 or minutes >= 3 else 15)
            assert "point" not in NUMBERS.amount(minutes, "minutes")


class TestWrittenNumbers:
    @pytest.mark.parametrize(("written", "said"), [
        ("Walk for 1.5 minutes.", "Walk for one and a half minutes."), ("90 seconds", "ninety seconds"), ("0.5 minutes", "half a minute"),
        ("1/2 minute", "half a minute"), ("1 1/2 minutes", "one and a half minutes"), ("1½ minutes", "one and a half minutes"), ("1 seconds", "one second"), ("1 minute", "one minute"),
        ("go down 1/2 of the way", "go down a half of the way"), ("the 2nd and the 21st time", "the second and the twenty-first time"), ("3/4", "three quarters"),
        ("a 2-minute rest", "a two-minute rest"), ("2, 3 and 4.", "two, three and four."), ("No number", "No number"), ("R2D2 and 7up stay", "R2D2 and 7up stay"),
        ("{minutes} and 5", "{minutes} and five"),
    ])
    def test_digits_in_a_line_become_words(self, written: str, said: str) -> None:
        assert NUMBERS.in_words(written) == said

    def test_a_name_with_digits_is_left_alone(self) -> None:
        assert SCRIPT.speak("{client}, 2 more.", client="Ben 2") == "Ben 2, two more."

    def test_no_digit_reaches_the_voice(self) -> None:
        timeline = Timeline().to(Phase.DONE, warm=True)
        timeline.to_the_end()
        assert [say.text for say in timeline.says if any(letter.isdigit() for letter in say.text)] == []

    def test_an_hour_of_sessions_never_says_one_minutes(self) -> None:
        timeline = Timeline().to(Phase.DONE)
        timeline.to_the_end()
        assert [say.text for say in timeline.says if " one seconds" in f" {say.text.lower()}" or " one minutes" in f" {say.text.lower()}"] == []


def test_another_language_says_them_its_own_way() -> None:
    german = type(LANGUAGE.numbers).model_validate({"decimal": ",", "mixed": "{whole} {fraction}", "fractions": {"1/2": "einhalb"}, "ordinals": ["."]})
    amounts = {"minutes": type(LANGUAGE.amounts["minutes"])(one="eine Minute", many="{number} Minuten", half="eine halbe Minute")}
    numbers = Numbers("de", german, amounts)
    assert [numbers.in_words(text) for text in ("1,5 Minuten", "0,5 Minuten", "1 Minuten", "25 Minuten")] == [
        "eins einhalb Minuten", "eine halbe Minute", "eine Minute", "fünfundzwanzig Minuten"]


# --- names ------------------------------------------------------------------------------------------------------


def named(script: Script = SCRIPT) -> Session:
    return Session(script, SHORT, client="Niamh", partner="Ben", speech=Speech(client="NEEV"))


def test_a_respelled_name_is_spoken_and_not_shown() -> None:
    timeline = Timeline(session=named()).to(Phase.HOLD, warm=True)
    to_client = [say for say in timeline.says if say.text.startswith("Niamh")]
    assert to_client
    for say in to_client:
        assert say.sound.startswith("Neev,")
        assert "Niamh" not in say.sound
    for say in timeline.says:
        assert "neev" not in say.text.lower()
        assert say.spoken == "" or "neev" in say.spoken.lower()


def test_a_journal_keeps_the_respelling_and_old_journals_have_none(tmp_path) -> None:
    speech = Speech(0.87, 1.41, client="NEEV")
    path = tmp_path / "journal.jsonl"
    Journal(path, Recipe("en", SHORT, "Niamh", speech=speech)).close()
    assert read_journal(path)[0].speech == speech
    path.write_text(path.read_text().replace('"speech"', '"sprache"'))
    assert read_journal(path)[0].speech == Speech()
    assert replace(speech, client="").respelled == {}


# --- phonemes ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def phonemes():
    """The sounds, in IPA, that espeak makes of a text."""
    loader = pytest.importorskip("espeakng_loader", reason="espeak's library comes with it on Linux only")
    library = ctypes.CDLL(loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    assert library.espeak_Initialize(2, 0, loader.get_data_path().encode(), 0x8000) > 0
    assert library.espeak_SetVoiceByName(b"en") == 0

    def read(text):
        rest, found = ctypes.c_char_p(text.encode()), []
        while rest.value:
            found.append(library.espeak_TextToPhonemes(ctypes.byref(rest), 1, 2).decode())
        return " ".join(found)
    return read


@pytest.mark.parametrize(("text", "sounds"), [
    ("1.5 minutes", "ɐ hˈɑːf mˈɪnɪts"), ("1/2", "ɐ hˈɑːf"), ("90 seconds", "nˈaɪnti sˈɛkəndz"), ("0.5 minutes", "hˈɑːf ɐ mˈɪnɪt"), ("the 2nd side", "sˈɛkənd"),
    ("1 seconds", "wˈɒn sˈɛkənd"),
])
def test_numbers_sound_as_people_say_them(phonemes, text, sounds):
    heard = phonemes(SCRIPT.speak(text))
    assert sounds in heard
    assert "slˈaʃ" not in heard
    assert "pɔɪnt" not in heard


def test_espeak_itself_would_not_and_that_is_why(phonemes):
    assert "slˈaʃ" in phonemes("1/2")
    assert "pɔɪnt" in phonemes("1.5 minutes")


def test_a_name_sounds_as_it_was_respelled(phonemes):
    timeline = Timeline(session=named()).to(Phase.HOLD, warm=True)
    line = next(say for say in timeline.says if say.text.startswith("Niamh"))
    assert phonemes(line.text).startswith("nˈaɪəm"), "espeak cannot know this one"
    assert phonemes(line.sound).startswith("nˈiːv")
