from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_model import LevelVad, Parrot, said

from voicecoach.audio import RATE, active_level, write
from voicecoach.engines.fakes import TypedRecogniser
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import AudioFileError
from voicecoach.hearing.arbiter import PATIENCE
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.path import TAIL, Decision, HearingPath, add_noise, hear_file
from voicecoach.hearing.personal import PersonalEar
from voicecoach.vocabulary import Alive, Evidence, Heard, Intent, Source, Unclear

HOLD = Grammar("hold", (Phrase("stop", Intent.STOP), Phrase("more", Intent.MORE), Phrase("no", Intent.NO)))


def parrot() -> MoonshineEar:
    return MoonshineEar(Parrot({1: "Stop", 2: "More", 3: "me"}), LevelVad())


def test_events_carry_the_time_of_the_block_that_decided_them():
    path = HearingPath([parrot()])
    path.listen(HOLD)
    events = path.accept(np.concatenate((said(0, 1.0), said(1, 0.5), said(0, 1.0))))
    [(at, event)] = events
    assert event.intent is Intent.STOP
    assert event.evidence is Evidence.PARTIAL
    assert 1.1 < at < 1.3
    assert path.now == pytest.approx(2.5, abs=1e-3)


@pytest.mark.parametrize("size", [1, 511, 512, 513, 16_000])
def test_the_size_of_the_blocks_does_not_matter(size):
    sound = np.concatenate((said(0, 0.3), said(2, 0.5), said(0, 0.5), said(3, 0.4), said(0, 0.6)))
    whole, pieces = HearingPath([parrot()]), HearingPath([parrot()])
    for path in (whole, pieces):
        path.listen(HOLD)
    expected = whole.accept(sound)
    assert [type(e) for _, e in expected] == [Heard, Unclear]
    assert [e for at in range(0, len(sound), size) for e in pieces.accept(sound[at : at + size])] == expected


def test_two_ears_are_merged_and_a_loading_word_waits_for_the_second():
    typed = TypedRecogniser()
    path = HearingPath([parrot(), typed])
    path.listen(HOLD)
    path.accept(said(0, 0.5))
    typed.type("more")
    assert path.accept(said(0, PATIENCE - 0.1)) == []
    [(at, event)] = path.accept(said(0, 0.2))
    assert event.intent is Intent.MORE
    assert at == pytest.approx(0.5 + PATIENCE, abs=0.07)


def test_nothing_waits_for_an_ear_that_reports_release_words_alone():
    typed = TypedRecogniser()
    path = HearingPath([typed, PersonalEar(Moonshine(), [])])
    path.listen(HOLD)
    path.accept(said(0, 0.5))
    typed.type("more")
    [(at, event)] = path.accept(said(0, 0.1))
    assert event.intent is Intent.MORE
    assert at < 0.6


def test_what_only_the_coach_can_have_said_is_no_event_and_hides_no_person():
    """The first "stop" is the coach's own, and the person joins in before it is out of the window: an ear reports a word only once."""
    asked = []

    def vouches(hypothesis):
        asked.append(hypothesis.at)
        return hypothesis.at > 1.4

    path = HearingPath([parrot()], vouches)
    path.listen(HOLD)
    events = path.accept(np.concatenate((said(0, 1.0), said(1, 0.8), said(0, 1.0))))
    assert len([at for at in asked if at <= 1.4]) >= 1
    [(at, event)] = events
    assert event.intent is Intent.STOP
    assert 1.4 < at < 1.6


def test_a_recording_ends_with_its_last_word(tmp_path):
    file = tmp_path / "more.wav"
    write(file, np.concatenate((said(0, 0.5), said(2, 0.4))))
    [decision] = hear_file(file, HOLD, lambda: [parrot()])
    assert decision.intent == "more"
    assert 0.9 < decision.at < 0.9 + TAIL
    assert json.loads(decision.to_json()) == {
        "file": str(file), "intent": "more", "words": "more", "evidence": "strong", "score": decision.score,
        "ear": "moonshine", "at": decision.at}


def test_a_file_that_is_no_recording_is_refused(tmp_path):
    with pytest.raises(AudioFileError, match="no such file"):
        list(hear_file(tmp_path / "none.wav", HOLD, lambda: [parrot()]))


def test_a_decision_on_speech_that_is_no_phrase_has_no_intent():
    decision = Decision.of("f", 1.23456, Unclear("mumble", "vosk"))
    assert decision == Decision("f", None, "mumble", None, 0.0, "vosk", 1.235)


def test_hearing_decides_nothing_but_what_is_heard():
    with pytest.raises(TypeError, match="Alive"):
        Decision.of("f", 0.0, Alive(Source.MICROPHONE))


@pytest.mark.parametrize("snr", [20.0, 5.0, 0.0, -5.0])
def test_noise_is_added_at_the_level_asked_for(snr):
    rng = np.random.default_rng(0)
    speech = np.concatenate((said(0, 1.0), rng.normal(0, 0.1, RATE).astype(np.float32)))
    mixed = add_noise(speech, rng.normal(0, 1, RATE // 3).astype(np.float32), snr)
    assert mixed.dtype == np.float32
    assert 20 * np.log10(active_level(speech) / np.std(mixed - speech)) == pytest.approx(snr, abs=0.1)


@pytest.mark.parametrize("noise", [np.zeros(0, np.float32), np.zeros(100, np.float32)])
def test_no_noise_changes_nothing(noise):
    assert (add_noise(said(1), noise, 10) == said(1)).all()
