"""What every EchoCanceller does, shipped fake or real; and what the real one does in a room."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.engines import speex, webrtc
from voicecoach.engines.fakes import BrokenCanceller, ExactCanceller
from voicecoach.engines.speex import SpeexCanceller
from voicecoach.engines.webrtc import WebRtcCanceller
from voicecoach.errors import EngineError
from voicecoach.rehearsal.room import EchoPath

DELAY = 640
LEVEL = 0.05


def real(kind=SpeexCanceller):
    canceller = kind()
    try:
        canceller.check()
    except EngineError as error:
        pytest.skip(str(error))
    return canceller


def noise(seconds, seed=1):
    """Speech-like: white noise in bursts of a fifth of a second."""
    sound = np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * LEVEL
    bursts = np.sin(2 * np.pi * 2.5 * np.arange(len(sound)) / RATE) > -0.5
    return (sound * bursts).astype(np.float32)


def tone(seconds):
    return (LEVEL * np.sin(2 * np.pi * 300 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def level(sound):
    return 10 * np.log10(np.mean(np.square(sound)) + 1e-12)


def through(canceller, microphone, far):
    frame = canceller.frame
    return np.concatenate([canceller.cancel(microphone[at : at + frame], far[at : at + frame]) for at in range(0, len(far) // frame * frame, frame)])


@pytest.fixture(params=[None, SpeexCanceller, WebRtcCanceller], ids=["exact", "speex", "webrtc"])
def canceller(request):
    return real(request.param) if request.param else ExactCanceller(DELAY, 0.5)


def echo_of(far):
    return 0.5 * np.concatenate((np.zeros(DELAY, np.float32), far))[: len(far)]


def test_it_has_a_name_a_frame_and_passes_its_check(canceller):
    canceller.check()
    assert canceller.name
    assert canceller.frame > 0


def test_a_frame_comes_out_for_a_frame(canceller):
    out = canceller.cancel(*np.zeros((2, canceller.frame), np.float32))
    assert out.shape == (canceller.frame,)
    assert out.dtype == np.float32


def test_the_echo_goes_once_it_knows_the_room(canceller):
    far = noise(6)
    out = through(canceller, echo_of(far), far)
    assert level(out[5 * RATE :]) < level(echo_of(far)[5 * RATE :]) - 15


def test_a_person_at_the_same_time_is_heard(canceller):
    """WebRTC's takes some of the person too; that there is one it must tell."""
    far = noise(6)
    person = np.where(np.arange(len(far)) >= 5 * RATE, tone(6), 0).astype(np.float32)
    out = through(canceller, echo_of(far) + person, far)
    assert abs(level(out[-RATE // 2 :]) - level(person[-RATE // 2 :])) < (10 if canceller.name == "webrtc" else 2)


def test_a_person_alone_comes_through(canceller):
    out = through(canceller, tone(1), np.zeros(RATE, np.float32))
    assert abs(level(out[RATE // 2 :]) - level(tone(1)[RATE // 2 : len(out)])) < 1


def test_after_a_reset_it_is_as_new(canceller):
    far = noise(2)
    first = through(canceller, echo_of(far), far)
    canceller.reset()
    assert np.allclose(through(canceller, echo_of(far), far), first, atol=1e-4)


@pytest.mark.parametrize(("delay", "ringing"), [(0.02, 0.2), (0.1, 0.3), (0.2, 0.3)])
@pytest.mark.parametrize("kind", [SpeexCanceller, WebRtcCanceller])
def test_it_learns_a_room(kind, delay, ringing):
    far = noise(8)
    microphone = EchoPath(0.0, delay, ringing).through(far)
    out = through(real(kind), microphone, far)
    assert level(out[6 * RATE :]) < level(microphone[6 * RATE :]) - 10


def test_too_loud_a_sound_is_clipped_and_not_wrapped_around():
    out = through(real(), np.full(3200, 3.0, np.float32), np.zeros(3200, np.float32))
    assert out.min() > -0.5
    assert out.max() <= 1


def test_a_missing_library_is_a_sentence(monkeypatch):
    monkeypatch.setattr(speex, "LIBRARIES", ("libnowhere.so.1",))
    monkeypatch.setattr(speex.ctypes.util, "find_library", lambda _: None)
    with pytest.raises(EngineError, match=r"libspeexdsp is missing.*libspeexdsp1"):
        SpeexCanceller().check()


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr(webrtc, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match=r"pywebrtc-audio is not installed.*pip install"):
        WebRtcCanceller().check()


def test_a_broken_canceller_fails_when_it_was_told_to():
    canceller = BrokenCanceller(2)
    canceller.check()
    silence = np.zeros(canceller.frame, np.float32)
    canceller.cancel(silence, silence)
    canceller.cancel(silence, silence)
    with pytest.raises(EngineError):
        canceller.cancel(silence, silence)
