"""What every Microphone does, shipped fake or real; and what the real one notices in a virtual room."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from virtual_room import missing, virtual_room

from voicecoach.audio import RATE, Pcm, write
from voicecoach.engines.fakes import FileMicrophone
from voicecoach.engines.portaudio import BLOCK
from voicecoach.engines.portaudio_microphone import PortAudioMicrophone
from voicecoach.engines.portaudio_speaker import PortAudioSpeaker
from voicecoach.errors import EngineError

NOISE = np.random.default_rng(1).normal(0, 0.01, RATE * 90).astype(np.float32)


def with_tones():
    """Ninety seconds of noise with 600 Hz in every other half second."""
    time = np.arange(len(NOISE)) / RATE
    return NOISE + (0.3 * np.sin(2 * np.pi * 600 * time) * (time % 1 < 0.5)).astype(np.float32)


class Ear:
    """Collects blocks and losses from any thread."""

    def __init__(self):
        self.blocks, self.lost, self._changed = [], [], threading.Condition()

    def deliver(self, block):
        with self._changed:
            self.blocks.append(block)
            self._changed.notify_all()

    def lose(self, reason):
        with self._changed:
            self.lost.append(reason)
            self._changed.notify_all()

    def wait(self, seconds=0.0, lost=0, limit=20):
        with self._changed:
            self._changed.wait_for(lambda: sum(map(len, self.blocks)) >= seconds * RATE and len(self.lost) >= lost, limit)


@pytest.fixture(scope="module")
def room():
    if reason := missing():
        pytest.skip(reason)
    with virtual_room() as room:
        room.say(with_tones())
        yield room


class File:
    def __init__(self):
        self.microphone = FileMicrophone(with_tones())

    def hear(self, _ear, seconds):
        self.microphone.pump(seconds)


class Real:
    def __init__(self):
        self.microphone = PortAudioMicrophone()

    def hear(self, ear, seconds):
        ear.wait(seconds)


@pytest.fixture(params=["file", "portaudio"])
def rig(request):
    if request.param == "portaudio":
        request.getfixturevalue("room")
    rig = Real() if request.param == "portaudio" else File()
    yield rig
    rig.microphone.stop()


# --- the contract ---


def test_check_passes_and_the_microphone_has_a_name(rig):
    rig.microphone.check()
    assert rig.microphone.name


def test_blocks_are_mono_float_sound_of_twenty_milliseconds(rig):
    ear = Ear()
    rig.microphone.start(ear.deliver, ear.lose)
    rig.hear(ear, 1.0)
    rig.microphone.stop()
    assert {(block.dtype, block.shape) for block in ear.blocks} == {(np.dtype(np.float32), (BLOCK,))}
    heard = np.concatenate(ear.blocks)
    loudest = np.abs(np.fft.rfft(heard)).argmax() / len(heard) * RATE
    assert loudest == pytest.approx(600, rel=0.02)
    assert 0.2 < np.abs(heard).max() < 0.5
    assert ear.lost == []


def test_nothing_is_delivered_after_stopping_and_no_loss_is_reported(rig):
    ear = Ear()
    rig.microphone.start(ear.deliver, ear.lose)
    rig.hear(ear, 0.2)
    rig.microphone.stop()
    count = len(ear.blocks)
    rig.hear(ear, 0) if isinstance(rig, File) else threading.Event().wait(0.3)
    assert count >= 10
    assert len(ear.blocks) == count
    assert ear.lost == []


def test_it_can_be_started_again_after_stopping_and_stopped_twice(rig):
    for _ in range(2):
        ear = Ear()
        rig.microphone.start(ear.deliver, ear.lose)
        rig.hear(ear, 0.2)
        rig.microphone.stop()
        rig.microphone.stop()
        assert len(ear.blocks) >= 10


# --- the fake's own clock ---


def test_a_recording_is_delivered_whole_and_then_ends(tmp_path):
    write(tmp_path / "x.wav", NOISE[:1000])
    ear, microphone = Ear(), FileMicrophone(tmp_path / "x.wav")
    microphone.start(ear.deliver, ear.lose)
    assert microphone.pump(0.03) is True
    assert len(ear.blocks) == 1
    assert microphone.pump(60) is False
    heard = np.concatenate(ear.blocks)
    assert len(heard) == 4 * BLOCK
    assert np.abs(heard[:1000] - NOISE[:1000]).max() < 1e-4
    assert not heard[1000:].any()


def test_a_recording_that_is_missing_is_an_engine_error(tmp_path):
    with pytest.raises(EngineError, match=r"microphone: .*nothing\.wav: no such file; give a recording"):
        FileMicrophone(tmp_path / "nothing.wav").check()


def test_a_microphone_that_is_unplugged_says_so_once():
    ear, microphone = Ear(), FileMicrophone(NOISE)
    microphone.start(ear.deliver, ear.lose)
    microphone.unplug()
    microphone.unplug()
    microphone.pump(1)
    assert ear.lost == ["unplugged"]
    assert ear.blocks == []


# --- the real one ---


@pytest.mark.usefixtures("room")
def test_a_rate_that_the_device_refuses_is_converted(monkeypatch):
    import sounddevice  # noqa: PLC0415

    accepts = sounddevice.check_input_settings

    def stubborn(**settings):  # as a plain hardware device answers; the virtual one takes every rate
        if settings["samplerate"] == RATE:
            raise sounddevice.PortAudioError("Invalid sample rate", -9997)
        return accepts(**settings)

    monkeypatch.setattr(sounddevice, "check_input_settings", stubborn)
    ear, microphone = Ear(), PortAudioMicrophone()
    microphone.start(ear.deliver, ear.lose)
    ear.wait(1.0)
    microphone.stop()
    heard = np.concatenate(ear.blocks)
    assert np.abs(np.fft.rfft(heard)).argmax() / len(heard) * RATE == pytest.approx(600, rel=0.02)
    assert 0.2 < np.abs(heard).max() < 0.5


@pytest.mark.usefixtures("room")
def test_a_name_part_chooses_the_device_and_an_unknown_one_is_a_sentence():
    PortAudioMicrophone("PUL").check()
    with pytest.raises(EngineError, match="no sound input is called 'nobody'; choose one of: default, pulse"):
        PortAudioMicrophone("nobody").check()


@pytest.mark.parametrize(("accident", "reason"), [
    ("mute_microphone", "exact silence for 2 s: it is muted"),
    ("unplug_microphone", "no sound came for|exact silence|moved it from mic to spk.monitor"),
])
def test_a_microphone_that_goes_is_reported_once_and_delivers_nothing_more(accident, reason):
    if why := missing():
        pytest.skip(why)
    with virtual_room() as room:
        room.say(NOISE)
        ear, microphone = Ear(), PortAudioMicrophone()
        microphone.start(ear.deliver, ear.lose)
        ear.wait(0.5)
        getattr(room, accident)()
        ear.wait(lost=1)
        count = len(ear.blocks)
        threading.Event().wait(0.3)
        microphone.stop()
        assert len(ear.lost) == 1
        assert len(ear.blocks) == count
        assert re.search(reason, ear.lost[0])


def test_the_speakers_own_sound_is_no_microphone_unless_it_is_asked_for_by_name(tmp_path):
    if why := missing():
        pytest.skip(why)
    with virtual_room() as room:
        room.say(NOISE)
        room.unplug_microphone()
        ear, microphone = Ear(), PortAudioMicrophone()
        with pytest.raises(EngineError, match=r"gives the speaker's own sound \((spk|micin)\.monitor\) instead; connect a microphone"):
            microphone.start(ear.deliver, ear.lose)
        assert ear.blocks == []
        room.plug_microphone()
        microphone.start(ear.deliver, ear.lose)
        ear.wait(0.2)
        microphone.stop()
        assert ear.lost == []


def test_a_device_that_is_plugged_in_later_is_found_and_the_speaker_plays_on():
    if why := missing():
        pytest.skip(why)
    with virtual_room() as room:
        room.say(NOISE)
        room.listen()
        ear, microphone, speaker, played = Ear(), PortAudioMicrophone("late"), PortAudioSpeaker(), threading.Event()
        lost, tone = [], Pcm(np.sin(np.arange(RATE) * 0.3).astype(np.float32) * 0.5, RATE)
        speaker.start(lost.append)
        with pytest.raises(EngineError, match="no sound input is called 'late'"):
            microphone.start(ear.deliver, ear.lose)
        room.name_microphone("late")
        microphone.start(ear.deliver, ear.lose)
        ear.wait(0.5)
        speaker.play(tone, lambda: None, played.set)
        assert played.wait(20)
        microphone.stop()
        speaker.stop()
        assert len(ear.blocks) >= 25
        assert np.abs(room.heard()).max() > 0.3
        assert lost == ear.lost == []


def test_another_microphone_that_is_plugged_in_does_not_take_over_unnoticed():
    if why := missing():
        pytest.skip(why)
    with virtual_room() as room:
        room.say(NOISE)
        ear, microphone = Ear(), PortAudioMicrophone()
        microphone.start(ear.deliver, ear.lose)
        room.plug_microphone("headset")
        ear.wait(lost=1)
        microphone.stop()
        assert ear.lost == ["the sound system moved it from mic to headset"]


def test_after_the_sound_server_has_died_the_microphone_cannot_be_opened_until_there_is_one_again():
    if why := missing():
        pytest.skip(why)
    with virtual_room() as room:
        room.say(NOISE)
        ear, microphone = Ear(), PortAudioMicrophone()
        microphone.start(ear.deliver, ear.lose)
        ear.wait(0.2)
        room.kill()
        ear.wait(lost=1)
        assert re.search("the sound input has ended|no sound came for", ear.lost[0])
        microphone.stop()
        for _ in range(2):
            with pytest.raises(EngineError, match=r"^microphone: .*(cannot be opened|no sound input device was found)"):
                microphone.start(ear.deliver, ear.lose)
        room.revive()
        room.say(NOISE)
        again = Ear()
        microphone.start(again.deliver, again.lose)
        again.wait(0.5)
        microphone.stop()
        assert len(again.blocks) >= 25
        assert len(ear.lost) == 1
        assert again.lost == []


# --- no device, no library ---


@pytest.mark.parametrize(("module", "engine"), [("portaudio_microphone", "PortAudioMicrophone"), ("portaudio_speaker", "PortAudioSpeaker")])
def test_without_the_library_the_remedy_is_named_and_nothing_is_imported_before(module, engine):
    script = ("import ctypes.util, sys\n"
              "ctypes.util.find_library = lambda name: None\n"  # as on a machine without libportaudio2
              f"from voicecoach.engines.{module} import {engine}\nfrom voicecoach.errors import EngineError\n"
              "assert 'sounddevice' not in sys.modules\n"
              f"try:\n    {engine}().check()\nexcept EngineError as error:\n    print(error)\n")
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True,  # noqa: S603
                          text=True, check=True, timeout=60)
    assert done.stdout == "sound: the PortAudio library is missing; run `sudo apt install libportaudio2`.\n"
    assert done.stderr == ""
