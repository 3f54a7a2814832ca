"""Shouts: loud for here, lasting, and only while somebody may be pushed."""

from __future__ import annotations

import numpy as np
import pytest
from timeline import SCRIPT

from voicecoach.audio import RATE, active_level, read
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.shout import FORCE_GRAMMARS, ShoutEar
from voicecoach.vocabulary import Evidence, Heard, Intent

TALK = -28.0
"""dBFS of the people's active speech in these tests."""


def gain(decibels):
    return np.float32(10 ** (decibels / 20))


def room(seconds, seed=0):
    return (np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * gain(-62)).astype(np.float32)


def talk(seconds=40.0, level=TALK, seed=0):
    """Bursts with the ups and downs of syllables; the loud ones are about 8 dB above the mean, as in real talk."""
    random, out, at = np.random.default_rng(seed), room(seconds, seed), RATE // 2
    while at < len(out) - RATE:
        count = int(random.uniform(0.1, 0.25) * RATE)
        out[at : at + count] += random.standard_normal(count).astype(np.float32) * np.hanning(count).astype(np.float32) * gain(level + random.normal(2, 3))
        at += count + int(random.choice([0.03, 0.05, 0.4]) * RATE)
    return out


def cry(seconds=0.5, above=20.0, *, voiced=True):
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * 300 * k * t) / k for k in range(1, 12)) if voiced else np.random.default_rng(3).standard_normal(len(t))
    wave = np.asarray(wave * np.minimum(1, np.minimum(t, t[::-1]) / 0.03), np.float32)
    return np.clip(wave * np.float32(1 / active_level(wave)) * gain(TALK + above), -1, 1)


def heard(samples, grammar="hold"):
    path = HearingPath([ShoutEar()])
    path.listen(SCRIPT.grammars[grammar])
    return [(at, event) for at, event in path.accept(samples)]


def with_(sound, grammar="hold", before=None):
    before = talk() if before is None else before
    return heard(np.concatenate([before, sound, room(1)]), grammar)


@pytest.mark.parametrize("voiced", [True, False])
@pytest.mark.parametrize("seconds", [0.25, 0.5, 1.5])
def test_a_cry_under_force_is_one_stop_before_it_is_over(voiced, seconds):
    [(at, event)] = with_(cry(seconds, voiced=voiced))
    assert event == Heard(Intent.STOP, Evidence.FINAL, "a shout", ear="shout")
    assert 40.15 < at < 40.3


def test_a_second_cry_is_a_second_stop():
    assert len(with_(np.concatenate([cry(), room(1), cry()]))) == 2


@pytest.mark.parametrize("grammar", sorted(SCRIPT.grammars))
def test_only_grammars_of_moments_with_force_know_it(grammar):
    assert bool(with_(cry(), grammar)) == (grammar in FORCE_GRAMMARS)


def test_the_grammars_with_force_exist():
    assert set(SCRIPT.grammars) >= FORCE_GRAMMARS


@pytest.mark.parametrize("above", [3.0, 6.0, 10.0])
def test_a_raised_voice_is_none(above):
    assert with_(cry(0.8, above)) == []


@pytest.mark.parametrize("decay", [0.2, 0.3, 0.5])
def test_a_clap_is_none_however_loud(decay):
    t = np.arange(RATE) / RATE
    clap = np.random.default_rng(1).standard_normal(RATE) * 10 ** (-60 * t / decay / 20)
    assert with_(np.clip(clap, -1, 1).astype(np.float32)) == []


def test_before_it_knows_how_people_talk_here_nothing_is_a_shout():
    assert with_(cry(), before=room(3)) == []


def test_it_learns_in_every_grammar():
    path = HearingPath([ShoutEar()])
    path.listen(SCRIPT.grammars["screening"])
    assert path.accept(talk()) == []
    path.listen(SCRIPT.grammars["hold"])
    assert len(path.accept(np.concatenate([cry(), room(1)]))) == 1


def test_a_machine_is_one_false_stop_and_then_part_of_the_room():
    noise = (np.random.default_rng(2).standard_normal(20 * RATE) * gain(TALK + 22)).astype(np.float32)
    assert len(with_(noise)) <= 1


def test_how_it_is_cut_into_blocks_does_not_matter():
    sound = np.concatenate([talk(), cry(), room(1)])
    path = HearingPath([ShoutEar()])
    path.listen(SCRIPT.grammars["hold"])
    found = [event for at in range(0, len(sound), 777) for _, event in path.accept(sound[at : at + 777])]
    assert found == [event for _, event in heard(sound)]


def test_the_coach_is_none_at_any_loudness_once_he_has_spoken_nor_twice_louder():
    """Every line that is said under force, after four others, through a loudspeaker far louder than the people."""
    texts = {key: line.texts[0].format_map(dict.fromkeys(("client", "partner", "side", "seconds", "program", "count", "minutes", "stretch"), "left"))
             for key, line in SCRIPT.lines.items() if key.startswith(("screen.", "hold.", "approach.", "force.", "safety.ease"))}
    with Pyttsx3Voice("en-us") as voice:
        spoken = [voice.render(text).at(RATE).samples for text in texts.values()]
    for level in (-35, -28, -18):
        lines = np.concatenate([np.concatenate([line, room(0.5)[: RATE // 2]]) for line in spoken])
        lines *= gain(level) / np.float32(active_level(lines))
        assert heard(np.clip(np.concatenate([talk(10), lines, lines * gain(5.8)]), -1, 1)) == []


def test_real_people_who_talk_are_none(speech):
    """Each recording at its speakers' usual level, one after the other; docs/decisions/shout.md has an hour."""
    clips = [read(path) for path in sorted((speech / "sentences").glob("*.flac"))[:40]]
    assert heard(np.concatenate([clip * np.float32(gain(TALK) / active_level(clip)) for clip in clips])) == []
