"""A running `voicecoach run` whose microphone, ear, speaker and life are taken away: it says so, and lets go."""

from __future__ import annotations

import time

import numpy as np
import pytest
from live_session import FAULTY, PATIENCE, live_session
from virtual_room import RATE, missing

from voicecoach.audio import active_level
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.vocabulary import Alive, Say

PROMISED = 1.5 + 0.5
"""Seconds of the session's clock from the last sign of life to letting go; the half second is for a busy machine."""


@pytest.fixture
def session(tmp_path):
    if reason := missing():
        pytest.skip(reason)
    with live_session(tmp_path, FAULTY) as running:
        running.until("Hello")
        yield running


def say(session, words):
    """Somebody says `words`, in a rendered voice: there are recordings of single words only."""
    voice = Pyttsx3Voice("en-us+f2", language="en", words_per_minute=150)
    try:
        sound = voice.render(words).at(RATE).samples
    finally:
        voice.close()
    session.until_quiet()
    session.room.say(sound * np.float32(0.05 / active_level(sound)))


def loses(session, accident, line):
    known = len(session.entries())
    accident()
    session.until(line)
    before, after = session.entries()[:known], session.entries()[known:]
    at = next(e.now for e in after if any(isinstance(c, Say) and c.key == "safety.cannot-hear" for c in e.commands))
    alive = {e.event.source: e.now for e in before + after if isinstance(e.event, Alive) and e.now < at}
    assert at - min(alive.values()) <= PROMISED


def goes_on(session):
    """Only after "continue" and "yes"."""
    session.until("I can hear you again")
    session.until("Say continue to go on")
    say(session, "continue")
    session.until("Does everybody agree?")
    say(session, "yes")
    session.until("any numbness around")


def test_whatever_becomes_of_the_ears_the_coach_lets_go_and_goes_on_only_when_told_to(session):
    loses(session, session.room.unplug_microphone, "lost the microphone: the sound system moved it from mic to spk.monitor")
    # What is left is the speaker's own sound: hearing himself is no hearing.
    seen = session.until("(spk.monitor) instead")
    assert not any("hear you again" in line for line in seen)
    session.room.plug_microphone()
    goes_on(session)
    loses(session, lambda: session.fault("ear hangs"), "moonshine hangs or cannot keep up")
    session.until("I can hear you again")
    session.until("Say continue to go on")


def test_without_its_speaker_the_alarm_is_raised_on_what_is_left(session):
    session.room.plug_speaker("spare")
    session.room.listen("spare")
    session.room.unplug_speaker("spare")
    seen = session.until("session over: cannot-speak") + session.until("The session ended: cannot-speak")
    screen = "".join(seen)
    assert "lost the speaker: the sound system moved it from spk to " in screen
    assert "PARTNER, RELEASE NOW" in screen
    assert "\a" in screen
    assert session.program.wait(PATIENCE) == 4
    assert beeps(session.room.heard())


def test_a_sound_server_that_hangs_leaves_the_screen_and_the_bell(session):
    session.room.freeze()
    screen = "".join(session.until("PARTNER, RELEASE NOW"))
    assert "lost the microphone: no sound for 1.2 s" in screen
    assert "lost the speaker: it has not come back" in screen
    assert "\a" in screen
    session.program.kill()  # the alarm would try to be heard for a while


def test_a_coach_that_is_killed_is_survived_by_the_alarm(session):
    before = len(session.room.heard())
    session.program.kill()
    session.until("PARTNER, RELEASE NOW")
    end = time.monotonic() + PATIENCE
    while not beeps(session.room.heard()[before:]):
        assert time.monotonic() < end, "the alarm is not heard"
        time.sleep(0.1)


def beeps(sound):
    """Whether a stretch of 50 ms of `sound` is mostly the alarm's tone; a busy machine may play it with gaps."""
    frame = RATE // 20
    power = np.abs(np.fft.rfft(sound[: len(sound) // frame * frame].reshape(-1, frame))) ** 2
    tone = power[:, 43:46].sum(axis=1)  # 20 Hz a step
    return bool(((tone > 0.6 * power.sum(axis=1)) & (tone > 1)).any())
