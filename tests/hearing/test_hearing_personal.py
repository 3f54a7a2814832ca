"""A person's own sounds: where they stand out, how they are compared, and what the ear makes of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.silero import load_vad
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.onsets import HANG, LONGEST, find
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.personal import FAR, OwnSound, PersonalEar, Template, distance, load_background
from voicecoach.teaching.own_sounds import learn
from voicecoach.vocabulary import Heard, Intent

STOP = Phrase("stop", Intent.STOP)
GRAMMAR = Grammar("hold", (STOP, Phrase("let go", Intent.STOP), Phrase("good", Intent.GOOD)))


def room(seconds, seed=0):
    return (np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * 0.001).astype(np.float32)


def tone(frequency, seconds, fade=0.03):
    t = np.arange(int(seconds * RATE)) / RATE
    edge = np.minimum(1, np.minimum(t, t[::-1]) / fade)
    return (edge * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def clicks(gap=0.2, seed=0):
    """Two clicks of the tongue."""
    t, random = np.arange(int(0.04 * RATE)) / RATE, np.random.default_rng(seed)
    out = np.zeros(int((gap + 0.06) * RATE), np.float32)
    for at in (0, int(gap * RATE)):
        out[at : at + len(t)] += np.exp(-t * 180) * (np.sin(2 * np.pi * 1500 * t) + 0.3 * random.standard_normal(len(t)))
    return out


def hum(pitch=130.0, seconds=0.6):
    return sum(tone(pitch * k, seconds) / k**2 for k in range(1, 6))


def whistle(pitch=1500.0, seconds=0.5):
    return tone(pitch, seconds)


def placed(sound, gain=0.3, before=1.0, after=0.7, seed=0):
    """A sound in a quiet room."""
    out = room(before + after + len(sound) / RATE, seed)
    out[int(before * RATE) : int(before * RATE) + len(sound)] += gain * sound
    return out


KINDS = {
    "hum": (hum, [120, 126, 130, 135, 140], [123, 133, 138]),
    "whistle": (whistle, [1400, 1450, 1500, 1550, 1600], [1430, 1520, 1580]),
    "clicks": (clicks, [0.18, 0.19, 0.2, 0.21, 0.22], [0.185, 0.205, 0.215]),
}


@pytest.fixture(scope="module")
def model():
    return Moonshine()


@pytest.fixture(scope="module")
def taught(model):
    return {name: learn(Intent.STOP, [placed(make(value), seed=n) for n, value in enumerate(samples)], model)
            for name, (make, samples, _) in KINDS.items()}


# --- onsets ---


@pytest.mark.parametrize("sound", [hum(), whistle(), clicks(), hum() * 0.05])
def test_a_sound_is_found_where_it_is(sound):
    [found] = find(placed(sound))
    assert found.start == pytest.approx(RATE, abs=800)
    assert found.stop == pytest.approx(RATE + len(sound), abs=1500)


def test_a_steady_background_is_no_sound_however_loud():
    assert find(room(8) * 300) == []
    assert find(np.zeros(3 * RATE, np.float32)) == []


def test_two_sounds_far_apart_are_two_and_close_together_one():
    pause = np.zeros(RATE, np.float32)
    assert len(find(placed(np.concatenate([hum(), pause, hum()])))) == 2
    assert len(find(placed(np.concatenate([hum(), pause[: RATE // 10], hum()])))) == 1


def test_what_goes_on_is_no_single_sound_and_becomes_background():
    assert find(placed(tone(200, LONGEST / RATE + 1))) == []
    rumble = np.concatenate([room(1), 0.1 * tone(120, 9)])
    rumble[int(8 * RATE) : int(8.4 * RATE)] += 0.3 * whistle(seconds=0.4)
    assert [round(s.start / RATE) for s in find(rumble)] == [8]


# --- distance ---


def slow_distance(template, frames):
    """The recursion as it is written, one cell at a time."""
    cost, table = 1 - template @ frames.T, {}
    for i, j in itertools.product(range(len(template)), range(len(frames))):
        steps = [table.get((i - 1, j - 1), np.inf), table.get((i - 1, j - 2), np.inf),
                 table.get((i - 2, j - 1), np.inf) + cost[i - 1, j]]
        table[i, j] = cost[i, j] + (min(steps) if i else 0)
    return min(FAR, min(table[len(template) - 1, j] for j in range(len(frames))) / len(template))


def unit(random, count):
    frames = random.standard_normal((count, 8)).astype(np.float32)
    return frames / np.linalg.norm(frames, axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(20))
def test_the_distance_is_that_of_the_formula(seed):
    random = np.random.default_rng(seed)
    template, frames = unit(random, random.integers(1, 12)), unit(random, random.integers(1, 16))
    assert distance(template, frames) == pytest.approx(slow_distance(template, frames), abs=1e-5)


def test_the_distance_is_nothing_inside_a_longer_sound_also_at_other_speeds():
    random = np.random.default_rng(1)
    template = unit(random, 10)
    assert distance(template, np.concatenate([unit(random, 5), template, unit(random, 5)])) == pytest.approx(0, abs=1e-6)
    assert distance(template, np.repeat(template, 2, axis=0)) < 0.01
    assert distance(template, template[:2]) == FAR


def test_another_length_is_another_sound():
    template = unit(np.random.default_rng(1), 10)
    own = OwnSound(Intent.STOP, (Template(template, 4000, 0.1),))
    assert own.ratio(template, 4000) == pytest.approx(0, abs=1e-6)
    assert own.ratio(template, 8001) == own.ratio(template, 1999) == FAR


# --- the ear ---


@pytest.mark.parametrize("kind", KINDS)
def test_it_hears_unseen_variations_that_the_other_ear_does_not(kind, model, taught):
    make, _, unseen = KINDS[kind]
    ear, other = PersonalEar(model, [taught[kind]]), MoonshineEar(model, load_vad())
    for each in (ear, other):
        each.listen(GRAMMAR)
    for number, value in enumerate(unseen):
        sound = placed(make(value), gain=0.1 * (number + 1), seed=90 + number)
        [hypothesis] = ear.accept(sound)
        assert (hypothesis.phrase, hypothesis.final, hypothesis.ear) == (STOP, True, "personal")
        assert 0 < hypothesis.score <= 1
        assert hypothesis.start < hypothesis.at
        assert not [h for h in other.accept(sound) if h.phrase]


def test_it_takes_no_taught_sound_for_another(model, taught):
    for kind, other in itertools.permutations(KINDS, 2):
        make, samples, _ = KINDS[other]
        ear = PersonalEar(model, [taught[kind]])
        ear.listen(GRAMMAR)
        assert ear.accept(placed(make(samples[2]))) == []


@pytest.mark.parametrize("block", [1, 160, 511, 100_000])
def test_the_size_of_the_blocks_does_not_matter(block, model, taught):
    sound = placed(hum())
    if block == 1:
        sound = sound[RATE // 2 :]
    ears = [PersonalEar(model, [taught["hum"]]) for _ in range(2)]
    for ear in ears:
        ear.listen(GRAMMAR)
    said = [h for at in range(0, len(sound), block) for h in ears[0].accept(sound[at : at + block])]
    assert said == ears[1].accept(sound)
    assert len(said) == 1


def test_it_says_nothing_where_the_intent_is_not_listened_for_or_nobody_said_for_what(model, taught):
    ear = PersonalEar(model, [taught["hum"]])
    assert ear.accept(placed(hum())) == []
    ear.listen(Grammar("g", (Phrase("yes", Intent.YES),)))
    assert ear.accept(placed(hum())) == []
    ear.listen(GRAMMAR)
    assert len(ear.accept(placed(hum()))) == 1


def test_broken_samples_do_not_deafen_it(model, taught):
    ear = PersonalEar(model, [taught["hum"]])
    ear.listen(GRAMMAR)
    ear.accept(np.array([np.nan, np.inf, -np.inf, 10.0] * 2000, np.float32))
    ear.accept(room(4))
    assert [h.phrase for h in ear.accept(placed(hum()))] == [STOP]


def test_a_report_comes_soon_after_the_sound(model, taught):
    ear = PersonalEar(model, [taught["hum"]])
    ear.listen(GRAMMAR)
    [hypothesis] = ear.accept(placed(hum()))
    assert hypothesis.at - (1.0 + len(hum()) / RATE) <= HANG * 0.016 + 0.05


def test_the_hearing_path_makes_a_stop_of_it(model, taught):
    path = HearingPath([MoonshineEar(model, load_vad()), PersonalEar(model, [taught["clicks"]])])
    path.listen(GRAMMAR)
    events = [event for _, event in path.accept(placed(clicks(0.205)))]
    assert [(e.intent, e.ear) for e in events if isinstance(e, Heard)] == [(Intent.STOP, "personal")]


def test_the_background_that_ships_is_whole():
    background = load_background()
    assert background.windows.shape[2] == background.projection.shape[1]
    assert len(background.windows) > 100
    assert np.linalg.norm(background.windows, axis=2).mean() == pytest.approx(1, abs=0.02)
