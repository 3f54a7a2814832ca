from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.engines import moonshine
from voicecoach.engines.moonshine import FILES, Moonshine, find_weights
from voicecoach.errors import EngineError


@pytest.fixture(scope="module")
def model():
    return Moonshine()


@pytest.fixture(scope="module")
def hidden(model):
    rng = np.random.default_rng(5)
    tone = np.sin(np.arange(RATE) * 0.1) * np.abs(np.sin(np.arange(RATE) * 0.001))
    return model.encode((0.1 * tone + rng.normal(0, 0.01, RATE)).astype(np.float32))


def test_the_package_with_the_weights_is_never_imported():
    code = ("import sys; from voicecoach.engines.moonshine import Moonshine; Moonshine().check(); "
            "sys.exit('moonshine_voice' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


def test_importing_the_engine_loads_no_library():
    code = "import sys; import voicecoach.hearing.ear; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


def test_a_second_of_sound_is_about_forty_frames(hidden):
    assert hidden.shape[0] == 1
    assert hidden.shape[2] == 288
    assert 38 <= hidden.shape[1] <= 42


@pytest.mark.parametrize("samples", [0, 1, 100, 3999])
def test_sound_too_short_for_the_encoder_is_padded(model, samples):
    frames = model.encode(np.zeros(samples, np.float32))
    assert frames.shape == model.encode(np.zeros(4000, np.float32)).shape


def test_threads_that_share_a_model_get_what_each_would_get_alone(model):
    """The personal ear and this one run on threads of their own, on one model."""
    rng = np.random.default_rng(3)
    sounds = [rng.normal(0, 0.05, RATE // 2 + 3000 * i).astype(np.float32) for i in range(6)]

    def write(sound):
        logits, state = model.first(model.encode(sound))
        tokens = np.argsort(logits[0])[-3:].tolist()
        return model.step(state, [0] * 3, tokens)[0]

    alone = [write(sound) for sound in sounds]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(write, sounds))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_rows_of_a_batch_are_what_they_are_alone(model, hidden):
    """Within what int8 activations allow: they are quantised over the whole batch."""
    logits, state = model.first(hidden)
    tokens = np.argsort(logits[0])[-6:].tolist()
    together, after = model.step(state, [0] * 6, tokens)
    assert after.past[0].shape[0] == 6
    for row, token in enumerate(tokens):
        alone, _ = model.step(state, [0], [token])
        assert together[row].argmax() == alone[0].argmax()
        assert np.abs(together[row] - alone[0]).max() < 3
    again, _ = model.step(after, [3, 3], [tokens[0], tokens[1]])
    deeper, _ = model.step(model.step(state, [0], [tokens[3]])[1], [0], [tokens[1]])
    assert again[1].argmax() == deeper[0].argmax()


def test_the_same_sound_gives_the_same_numbers(model, hidden):
    one, _ = model.first(hidden)
    other, _ = Moonshine().first(hidden)
    assert (one == other).all()


def test_without_the_package_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(moonshine, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match=r"moonshine: .* is not installed; install it with: pip install moonshine-voice==0\.0\.73"):
        Moonshine().check()


def test_a_release_without_weights_is_named(monkeypatch, tmp_path):
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(moonshine, "find_spec", lambda _: Spec)
    with pytest.raises(EngineError, match=r"lacks encoder_model\.ort, decoder_model_merged\.ort, tokenizer\.bin"):
        find_weights()


@pytest.mark.parametrize("broken", FILES)
def test_a_broken_file_is_one_sentence(tmp_path, broken):
    for name in FILES:
        (tmp_path / name).symlink_to(find_weights() / name)
    (tmp_path / broken).unlink()
    (tmp_path / broken).write_bytes(b"\xff" * 100)
    with pytest.raises(EngineError, match=f"{broken} cannot be"):
        Moonshine(tmp_path).check()
