"""The earcons as sound: their figures, and what ears make of them."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from timeline import SCRIPT

from voicecoach.audio import RATE, active_level, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.path import HearingPath
from voicecoach.live.earcons import EARCON_RATE, FIGURES, LOUDEST, PEAK, sound, sound_of
from voicecoach.vocabulary import Chime, Earcon, Heard, Intent

PAIRS = list(itertools.combinations(Earcon, 2))
RATES = [RATE, EARCON_RATE, 48_000]


def contour(earcon):
    return tuple(np.sign(later.pitch - earlier.pitch) for earlier, later in itertools.pairwise(FIGURES[earcon]))


@pytest.mark.parametrize("earcon", Earcon)
@pytest.mark.parametrize("rate", RATES)
def test_it_is_short_of_full_scale_and_begins_and_ends_softly(earcon, rate):
    samples = sound(earcon, rate)
    assert 0.075 <= len(samples) / rate <= 0.150
    assert np.max(np.abs(samples)) == pytest.approx(PEAK, abs=1e-3)
    assert np.max(np.abs(samples[: rate // 1000])) < 0.1 * PEAK
    assert np.max(np.abs(samples[-rate // 1000 :])) < 0.1 * PEAK


@pytest.mark.parametrize("earcon", Earcon)
def test_its_notes_lie_where_small_speakers_are_good_and_have_harmonics(earcon):
    for note in FIGURES[earcon]:
        assert 750 <= note.pitch <= 1250
    spectrum = np.abs(np.fft.rfft(sound(earcon, RATE), RATE))
    fundamental, harmonics = np.sum(spectrum[700:1300] ** 2), np.sum(spectrum[1450:5000] ** 2)
    assert 0.05 < harmonics / fundamental < 1


def test_good_rises_and_what_is_not_falls():
    assert contour(Earcon.HEARD) == (1,)
    assert contour(Earcon.END) == (1, 1)
    assert contour(Earcon.NOT_UNDERSTOOD) == (-1,)
    assert contour(Earcon.RELEASE) == (-1, -1)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_of_them_differ_by_number_or_rhythm_and_never_by_pitch_alone(one, other):
    def rhythm(earcon):
        ends = np.cumsum([(note.milliseconds, note.pause) for note in FIGURES[earcon]])
        return [0, *ends[:-1]]
    first, second = rhythm(one), rhythm(other)
    assert len(first) != len(second) or max(np.abs(np.subtract(first, second))) >= 15


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_two_of_them_have_one_waveform(one, other):
    a, b = sound(one, RATE), sound(other, RATE)
    most = np.max(np.abs(np.correlate(a, b, "full")))
    assert most < 0.9 * np.linalg.norm(a) * np.linalg.norm(b)


@pytest.mark.parametrize("volume", [0.25, 1.0, 1.4, 2.0])
def test_the_volume_follows_the_voice_up_to_three_decibels_below_full_scale(volume):
    assert np.max(np.abs(sound_of(Chime(Earcon.HEARD, volume), RATE))) == pytest.approx(PEAK * min(volume, LOUDEST), abs=1e-3)


def test_the_document_has_every_one_with_its_figure():
    text = (Path(__file__).parents[2] / "docs/earcons.md").read_text(encoding="utf-8")
    for earcon, notes in FIGURES.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {earcon.value} |"))
        assert [int(number) for number in re.findall(r"(\d+) ms at", row)] == [note.milliseconds for note in notes]
        assert [float(number) for number in re.findall(r"at (\d+) Hz", row)] == [note.pitch for note in notes]


# --- ears -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    return Moonshine()


def hear(model, samples, grammar="hold"):
    path = HearingPath([MoonshineEar(model)])
    path.listen(SCRIPT.grammars[grammar])
    return [event for _, event in path.accept(np.concatenate([samples, np.zeros(int(1.2 * RATE), np.float32)]))]


def room(seconds, seed=0):
    return (np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * 0.0007).astype(np.float32)


@pytest.mark.parametrize("earcon", Earcon)
def test_the_ear_takes_none_for_speech_at_any_level(model, earcon):
    samples, chime = room(5 * 1.5 + 1), sound(earcon, RATE)
    for number, decibels in enumerate((-40, -30, -20, -10, 0)):
        at = round((1 + 1.5 * number) * RATE)
        samples[at : at + len(chime)] += chime * np.float32(10 ** (decibels / 20))
    for grammar in ("screening", "hold", "released"):
        assert hear(model, samples, grammar) == []


def test_real_peoples_stop_is_heard_over_an_earcon(model, speech):
    """Six speakers, each with an earcon as loud as the word, which begins with it; docs/earcons.md has thirty."""
    with (speech / "manifest.csv").open() as file:
        first = {row["speaker"]: row["path"] for row in reversed(list(csv.DictReader(file))) if row["word"] == "stop"}
    paths, heard = sorted(first.values()), 0
    for number, (path, earcon) in enumerate(zip(paths[:: len(paths) // 6], Earcon, strict=False)):
        word, chime, samples = read(speech / path), sound(earcon, RATE), room(2.0, number)
        samples[RATE // 2 : RATE // 2 + len(word)] += word * np.float32(0.05 / active_level(word))
        begin = RATE // 2 + int(np.argmax(np.abs(word) > 0.3 * np.max(np.abs(word))))
        samples[begin : begin + len(chime)] += chime * np.float32(0.05 / active_level(chime))
        heard += any(isinstance(event, Heard) and event.intent is Intent.STOP for event in hear(model, samples))
    assert heard >= 5
