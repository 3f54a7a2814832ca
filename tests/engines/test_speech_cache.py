"""Lines are rendered once, survive what they must survive, and a bad cache costs speed only."""

from __future__ import annotations

import os
import shutil
import stat

import numpy as np
import pytest
import soundfile

from voicecoach.engines.fakes import BrokenVoice, SilentVoice
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.errors import EngineError
from voicecoach.machine.speech_cache import CachedVoice

LINES = ["Stop now. Let go.", "Ease off a little.", "Half of the hold is done."]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "speech"


def files(folder):
    return sorted(folder.iterdir())


def test_a_line_is_rendered_once_for_all_sessions(folder):
    first, second = SilentVoice(), SilentVoice()
    cached = CachedVoice(first, folder)
    assert cached.render(LINES[0]) is cached.render(LINES[0])
    again = CachedVoice(second, folder).render(LINES[0])
    assert first.rendered == [LINES[0]]
    assert second.rendered == []
    assert len(again.samples) == len(cached.render(LINES[0]).samples)


def test_what_is_read_back_is_what_was_rendered(folder):
    with Pyttsx3Voice(timeout=60) as voice:
        fresh = CachedVoice(voice, folder).render(LINES[0])
        voice.close()
        kept = CachedVoice(voice, folder).render(LINES[0])
        assert voice.child_pid is None
    assert kept.rate == fresh.rate
    assert np.abs(kept.samples - fresh.samples).max() < 1 / 32767


@pytest.mark.parametrize("change", ["text", "rate", "voice"])
def test_whatever_changes_the_sound_is_another_entry(folder, change):
    CachedVoice(SilentVoice(), folder).render(LINES[0])
    voice = SilentVoice(0.07 if change == "voice" else 0.06)
    CachedVoice(voice, folder).render(LINES[1 if change == "text" else 0], 1.1 if change == "rate" else 1.0)
    assert len(voice.rendered) == 1
    assert len(files(folder)) == 2


def test_every_option_of_the_voice_is_in_its_fingerprint():
    voices = [Pyttsx3Voice(), Pyttsx3Voice("en-us"), Pyttsx3Voice(language="de"), Pyttsx3Voice(words_per_minute=140),
              Pyttsx3Voice(pitch=40)]
    assert len({voice.fingerprint for voice in voices}) == len(voices)


def test_kept_sound_can_be_played_but_not_changed(folder):
    pcm = CachedVoice(SilentVoice(), folder).render(LINES[0])
    with pytest.raises(ValueError, match="read-only"):
        pcm.samples += 1
    frames, rate = soundfile.read(files(folder)[0])
    assert (len(frames), rate) == (len(pcm.samples), pcm.rate)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_folder_and_its_files_are_for_the_owner_only(folder):
    before = os.umask(0)
    try:
        CachedVoice(SilentVoice(), folder).render(LINES[0])
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(files(folder)[0].stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["cut short", "emptied", "one byte changed", "another line's file"])
def test_a_damaged_file_is_rendered_anew(folder, damage):
    tone = SilentVoice()
    CachedVoice(tone, folder).render(LINES[0])
    file = files(folder)[0]
    data = bytearray(file.read_bytes())
    if damage == "cut short":
        del data[len(data) // 2:]
    elif damage == "emptied":
        data.clear()
    elif damage == "one byte changed":
        data[-1] ^= 0xFF
    else:
        data = bytearray(b"RIFF....WAVE")
    file.write_bytes(data)
    voice = SilentVoice()
    cached = CachedVoice(voice, folder)
    cached.render(LINES[0])
    assert voice.rendered == [LINES[0]]
    assert cached.warnings == []
    after = SilentVoice()
    CachedVoice(after, folder).render(LINES[0])
    assert after.rendered == []


def test_held_lines_outlive_the_voice_and_the_cache(folder):
    voice = BrokenVoice(lines=4)
    cached = CachedVoice(voice, folder)
    cached.hold(LINES[:2], rates=(1.0, 0.8))
    shutil.rmtree(folder)
    folder.parent.chmod(0o500)
    try:
        assert cached.render(LINES[0]).seconds < cached.render(LINES[0], 0.8).seconds
        assert cached.render(LINES[0], 0.85) is cached.render(LINES[0], 0.8)
        assert cached.render(LINES[1], 2.0) is cached.render(LINES[1])
        assert not folder.exists()
        with pytest.raises(EngineError):
            cached.render(LINES[2])
    finally:
        folder.parent.chmod(0o700)
    assert voice.rendered == [LINES[0], LINES[0], LINES[1], LINES[1]]


def test_holding_with_a_broken_voice_is_an_error_at_once(folder):
    with pytest.raises(EngineError):
        CachedVoice(BrokenVoice(), folder).hold(LINES)


def test_prepared_lines_outlive_the_voice_for_the_session(folder):
    cached = CachedVoice(BrokenVoice(lines=3), folder)
    cached.prepare(LINES)
    shutil.rmtree(folder)
    assert all(cached.render(line).seconds > 0.5 for line in LINES)


def test_a_folder_that_cannot_be_made_costs_nothing_but_one_warning(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    told = []
    voice = SilentVoice()
    cached = CachedVoice(voice, tmp_path / "file" / "speech", warn=told.append)
    for line in LINES * 2:
        assert cached.render(line).seconds > 0.5
    assert voice.rendered == LINES
    assert told == cached.warnings
    assert [("cannot be read" in w, "cannot be kept" in w) for w in told] == [(True, False), (False, True)]


def test_a_full_disk_costs_nothing_but_one_warning(folder):
    resource = pytest.importorskip("resource", reason="the size limit of files is POSIX")
    cached = CachedVoice(SilentVoice(), folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        assert cached.render(LINES[0]).seconds > 0.5
        assert cached.render(LINES[1]).seconds > 0.5
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(cached.warnings) == 1
    assert files(folder) == []


def test_the_lines_unused_for_longest_go_first(folder):
    CachedVoice(SilentVoice(), folder).prepare(LINES)
    size = files(folder)[0].stat().st_size
    for age, file in enumerate(files(folder)):
        os.utime(file, (1_000_000 + age, 1_000_000 + age))
    oldest, middle, newest = files(folder)
    used = next(line for line in LINES if _kept_as(line, oldest, folder))
    bounded = CachedVoice(SilentVoice(), folder, limit=size * 3)
    bounded.render(used)  # makes the oldest the most recently used
    bounded.render("One line more, which does not fit.")
    assert oldest.exists()
    assert not middle.exists()
    assert sum(f.stat().st_size for f in files(folder)) <= size * 3
    assert newest.exists() or len(files(folder)) == 2


def _kept_as(line, file, folder):
    """Whether `file` is what keeps `line`: without it, the line has to be rendered."""
    aside = file.rename(file.with_suffix(".aside"))
    voice = SilentVoice()
    CachedVoice(voice, folder).render(line)
    written = file.exists()
    aside.rename(file)
    return written
