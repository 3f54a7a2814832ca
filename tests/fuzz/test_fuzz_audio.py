"""Sound that is none, sound that lies about itself, and sound at its limits: through `voicecoach hear` and the whole hearing path."""

from __future__ import annotations

import struct
import time

import numpy as np
import pytest
import soundfile
from fuzzing import command, fuzz, is_told, listing, sandbox
from hypothesis import given
from hypothesis import strategies as st
from timeline import SCRIPT

from voicecoach.audio import RATE, active_level, read
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import AudioFileError
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.levels import assess
from voicecoach.hearing.path import HearingPath, add_noise
from voicecoach.hearing.shout import ShoutEar

pytestmark = pytest.mark.usefixtures("own_folders")

TONE = (np.sin(np.arange(RATE // 2) * 0.1) * 0.3).astype(np.float32)
SOUNDS = {
    "silence": np.zeros(RATE // 2, np.float32), "direct current": np.ones(RATE // 2, np.float32), "clipped": np.sign(TONE), "nan": np.full(RATE // 2, np.nan, np.float32),
    "infinite": np.full(RATE // 2, np.inf, np.float32), "both": np.where(np.arange(RATE // 2) % 2, np.inf, -np.inf).astype(np.float32),
    "enormous": np.full(RATE // 2, 3e38, np.float32), "tiny": np.full(RATE // 2, 1e-40, np.float32), "one sample": TONE[:1], "holes": np.where(TONE > 0.2, np.nan, TONE).astype(np.float32),
}


def fine(samples) -> None:
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 20


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 192_000])
def test_sound_at_its_limits_is_read_as_numbers(name, rate, tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([SOUNDS[name]] * 2, axis=1), rate, subtype="FLOAT")
    if name == "one sample":
        readable_or_told(path)
        return
    samples = read(path)
    fine(samples)
    assert np.isfinite(active_level(samples))
    assess(samples)


@pytest.mark.parametrize(("kind", "subtype"), [("WAV", "PCM_U8"), ("WAV", "DOUBLE"), ("WAV", "ULAW"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("AIFF", "PCM_16"), ("CAF", "ALAC_16"), ("AU", "PCM_32"), ("W64", "PCM_16")])
def test_other_formats_whole_and_cut_anywhere(kind, subtype, tmp_path):
    path = tmp_path / f"x.{kind.lower()}"
    soundfile.write(path, TONE, 8_000, subtype=subtype, format=kind)
    whole = path.read_bytes()
    assert abs(len(read(path)) - len(TONE) * 2) < 2000
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:at])
        readable_or_told(path)


def readable_or_told(path) -> None:
    try:
        fine(read(path))
    except AudioFileError as error:
        is_told(str(error))


WORD = st.integers(0, 0xFFFF)
LONG = st.one_of(st.integers(0, 0xFFFFFFFF), st.sampled_from([0, 1, 4, 3999, 8000, 16000, 768_000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]))


@st.composite
def lying_wav(draw):
    """A WAV file whose header says anything about what follows."""
    sound = draw(st.binary(max_size=400)) * draw(st.integers(1, 20))
    form = struct.pack("<HHIIHH", draw(st.one_of(st.sampled_from([1, 3, 6, 7, 0x11, 0xFFFE]), WORD)), draw(st.one_of(st.integers(0, 3), WORD)),
                       draw(LONG), draw(LONG), draw(WORD), draw(st.one_of(st.sampled_from([8, 16, 24, 32, 64]), WORD)))
    chunks = b"fmt " + struct.pack("<I", draw(st.one_of(st.just(len(form)), LONG))) + form
    if draw(st.booleans()):
        chunks += draw(st.binary(min_size=4, max_size=4)) + struct.pack("<I", draw(LONG)) + draw(st.binary(max_size=20))
    chunks += b"data" + struct.pack("<I", draw(st.one_of(st.just(len(sound)), LONG))) + sound
    return draw(st.sampled_from([b"RIFF", b"RIFX", b"RF64"])) + struct.pack("<I", draw(st.one_of(st.just(len(chunks) + 4), LONG))) + b"WAVE" + chunks


@fuzz(150)
@given(lying_wav())
def test_a_header_that_lies_costs_neither_time_nor_memory(tmp_path, data):
    path = tmp_path / "x.wav"
    path.write_bytes(data)
    with sandbox(tmp_path):
        readable_or_told(path)
    assert listing(tmp_path) == {"x.wav"}


@pytest.mark.parametrize(("rate", "channels"), [(0, 1), (1, 1), (100, 1), (0xFFFFFFFF, 1), (768_001, 1), (16_000, 0)])
def test_a_rate_that_no_microphone_has_is_told_at_once(rate, channels, tmp_path):
    path = tmp_path / "x.wav"
    sound = bytes(200_000)
    path.write_bytes(b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * 2 & 0xFFFFFFFF, 2, 16)
                     + b"data" + struct.pack("<I", len(sound)) + sound)
    began = time.monotonic()
    with pytest.raises(AudioFileError) as caught:
        read(path)
    is_told(str(caught.value))
    assert time.monotonic() - began < 5


def test_hear_tells_of_each_file_and_goes_on(tmp_path, capsys):
    names = []
    for name in ("silence", "nan", "clipped", "one sample"):
        soundfile.write(tmp_path / f"{name}.wav", SOUNDS[name], 48_000, subtype="FLOAT")
        names.append(tmp_path / f"{name}.wav")
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "empty.wav").touch()
    with sandbox(tmp_path):
        code, out, err = command(capsys, "hear", tmp_path / "text.wav", tmp_path / "empty.wav", tmp_path, tmp_path / ("x" * 400), *names)
    assert code == 2
    assert len(err.splitlines()) == 5
    assert "stop" not in out


# --- the hearing path -------------------------------------------------------------------------------------------

BLOCKS = st.lists(st.tuples(st.sampled_from(sorted(SOUNDS)), st.integers(1, 2000)), min_size=1, max_size=6)


@fuzz(6)
@given(BLOCKS)
def test_the_ears_outlive_any_sound_and_hear_a_shout_afterwards(blocks):
    path = HearingPath([MoonshineEar(Moonshine()), ShoutEar()])
    path.listen(SCRIPT.grammars["hold"])
    front = FrontEnd()
    with np.errstate(all="ignore"):
        for name, count in blocks:
            for piece in front.accept(np.resize(SOUNDS[name], count), np.zeros(count, np.float32)):
                for _, event in path.accept(piece.samples):
                    assert event is not None
    assert path.now >= 0


@pytest.mark.parametrize("name", SOUNDS)
def test_noise_of_any_kind_can_be_mixed_in(name):
    with np.errstate(all="ignore"):
        assert len(add_noise(TONE, np.nan_to_num(SOUNDS[name], posinf=1.0, neginf=-1.0), 10.0)) == len(TONE)
