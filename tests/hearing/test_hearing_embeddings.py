"""The mel spectrogram, the grid of embeddings, and the network that ships."""

from __future__ import annotations

import cmath
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecoach.engines import embedding as engine
from voicecoach.engines.embedding import SpeechEmbedding
from voicecoach.errors import EngineError
from voicecoach.hearing.embeddings import FIELD, FRAMES, LEAD, STRIDE, Embeddings, scaled
from voicecoach.hearing.mel import BANDS, HOP, SIZE, log_mel


def noise(count: int, seed: int = 1):
    return np.random.default_rng(seed).normal(0, 0.1, count).clip(-1, 1).astype(np.float32)


def slow_mel(samples, band: int) -> float:
    """One band of the first frame, straight from the formula; the edges from Slaney's scale as it was published."""
    def hertz(mel: float) -> float:
        return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)

    top = 15 + math.log(3.8) * 27 / math.log(6.4)
    low, middle, high = (hertz(0.9 + (top - 0.9) * (band + step) / 33) for step in range(3))
    total = 0.0
    for f in range(257):
        at = f * 31.25
        weight = max(0.0, min((at - low) / (middle - low), (high - at) / (high - middle))) * 2 / (high - low)
        if weight:
            bin_ = sum(float(samples[56 + n]) * 32_767 * (0.5 - 0.5 * math.cos(2 * math.pi * n / 400)) * cmath.exp(-2j * math.pi * f * (56 + n) / 512)
                       for n in range(400))
            total += abs(bin_) ** 2 * weight
    return 10 * math.log10(max(total, 1e-10))


@pytest.mark.parametrize("band", [0, 7, 15, 31])
def test_the_spectrogram_is_what_the_formula_says(band):
    sound = noise(SIZE)
    assert log_mel(sound)[0, band] == pytest.approx(slow_mel(sound, band), abs=1e-3)


def test_frames_follow_each_other_by_a_hop_and_depend_on_nothing_else():
    sound = noise(5 * HOP + SIZE)
    whole = log_mel(sound)
    assert whole.shape == (6, BANDS)
    assert np.array_equal(log_mel(sound[3 * HOP :]), whole[3:])


@pytest.mark.parametrize("count", [0, 1, SIZE - 1])
def test_too_little_sound_is_no_frame(count):
    assert log_mel(noise(count)).shape == (0, BANDS)


def test_digital_silence_is_a_finite_number():
    assert np.all(log_mel(np.zeros(SIZE, np.float32)) == -100)


def test_what_is_far_below_the_loudest_band_is_cut_off():
    field = np.full((1, FRAMES, BANDS), -100.0, np.float32)
    field[0, 3, 4] = 50.0
    assert scaled(field).max() == 7.0
    assert scaled(field).min() == -1.0


class Sums:
    """An `Embedder` whose embedding is the field's mean, so that a test can see which field it was; it counts its work."""

    def __init__(self) -> None:
        self.fields = 0

    def check(self) -> None:
        """It always works."""

    def embed(self, fields):
        """One number for each field, 96 times."""
        assert fields.shape[1:] == (FRAMES, BANDS)
        self.fields += len(fields)
        return np.repeat(fields.mean(axis=(1, 2))[:, None], 96, axis=1)


def field(sound, number: int):
    begin = number * STRIDE
    part = np.concatenate((np.zeros(max(0, -begin), np.float32), sound[max(0, begin) : begin + FIELD]))
    return scaled(log_mel(part)[None]).mean()


def test_a_window_has_the_fields_that_end_in_it_and_begin_little_before_it():
    sound, start, stop = noise(80_000), 40_000, 64_000
    numbers = [n for n in range(-10, 70) if n * STRIDE >= start - LEAD and n * STRIDE + FIELD <= stop]
    found = Embeddings(Sums()).within(start, stop, sound, 0)
    assert found[:, 0] == pytest.approx([field(sound, n) for n in numbers], abs=1e-4)


def test_before_the_stream_there_was_silence():
    sound = noise(20_000)
    assert Embeddings(Sums()).within(0, 20_000, sound, 0)[0, 0] == pytest.approx(field(sound, -5), abs=1e-4)


def test_even_the_shortest_window_has_one():
    assert len(Embeddings(Sums()).within(30_000, 30_100, noise(40_000), 0)) == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(512, 6_000), min_size=1, max_size=12), st.integers(8_000, 40_000))
def test_what_was_asked_before_changes_nothing(steps, length):
    sound = noise(200_000)
    asked, stop = Embeddings(Sums()), 45_000
    for step in steps:
        stop += step
        first = max(0, stop - 77_000)
        again = Embeddings(Sums()).within(stop - length, stop, sound, 0)
        assert np.allclose(asked.within(stop - length, stop, sound[first:], first), again, atol=1e-4)


def test_a_field_is_worked_out_once():
    sums = Sums()
    asked = Embeddings(sums)
    for stop in range(48_000, 48_000 + 20 * 2_560, 2_560):
        asked.within(stop - 24_000, stop, noise(110_000), 0)
    assert sums.fields == 14 + 19 * 2


def test_old_fields_are_forgotten():
    sums = Sums()
    asked = Embeddings(sums)
    for stop in range(48_000, 300_000, 2_560):
        asked.within(stop - 24_000, stop, noise(76_800), stop - 76_800)
    before = sums.fields
    asked.within(24_000, 48_000, noise(76_800), 0)
    assert sums.fields == before + 14


def test_the_network_that_ships_gives_each_field_its_embedding():
    network = SpeechEmbedding()
    network.check()
    fields = np.random.default_rng(2).normal(2, 2, (3, FRAMES, BANDS)).astype(np.float32)
    all_at_once = network.embed(fields)
    assert all_at_once.shape == (3, 96)
    assert np.allclose(all_at_once[1:2], network.embed(fields[1:2]), atol=1e-3)
    assert not np.allclose(all_at_once[0], all_at_once[1], atol=1e-1)


def test_an_embedding_costs_little():
    network, fields = SpeechEmbedding(), np.zeros((20, FRAMES, BANDS), np.float32)
    network.embed(fields)
    before = time.process_time()
    network.embed(fields)
    assert (time.process_time() - before) / 20 < 0.006  # 0.0013 s on a machine that is not busy


def test_a_broken_network_is_an_error_with_a_remedy(monkeypatch, tmp_path):
    broken = tmp_path / "speech_embedding.onnx"
    broken.write_bytes(b"not a network")
    monkeypatch.setattr(engine, "WEIGHTS", broken)
    with pytest.raises(EngineError, match="install voicecoach again"):
        SpeechEmbedding().check()
