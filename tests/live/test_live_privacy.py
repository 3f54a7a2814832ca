"""What leaves this machine and what stays on it: no socket, no sound unless it is asked for, and files for their owner alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fuzzing import listing
from live_session import PATIENCE, live_session
from offline_run import TOLD
from virtual_room import missing

from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.hypothesis import Hypothesis
from voicecoach.memory.forgetting import Scope, find, forget
from voicecoach.records.keeping import AudioKeeper, KeptFront

OFFLINE = str(Path(__file__).parents[1] / "offline_run.py")
WORD = Hypothesis("an ear", None, True, 0.0, False, "", 0.1, 0.3)
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")


def offline(folder, *arguments):
    """A command without a network, at home in `folder`; its exit code and what it printed."""
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "STATE")}
    environment = {**os.environ, **homes, "HOME": str(folder), "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
                   "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, OFFLINE, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    return done.returncode, done.stdout, done.stderr


def open_to_others(folder):
    """Files and folders below `folder` that somebody else could read."""
    return [(path, oct(path.stat().st_mode)) for path in folder.rglob("*") if path.stat().st_mode & 0o077]


@pytest.mark.parametrize("code", ["import socket; socket.socket()", "import socket; socket.getaddrinfo('localhost', 80)", "import urllib.request as u; u.urlopen('http://127.0.0.1')"])
def test_the_walls_hold_for_python(code, tmp_path):
    returned, _, err = offline(tmp_path, "-c", code)
    assert returned == TOLD
    assert "a socket: " in err


@pytest.mark.parametrize("family", [2, 10])
def test_the_walls_hold_for_native_libraries(family, tmp_path):
    returned, out, _ = offline(tmp_path, "-c", f"import ctypes; ctypes.CDLL(None).socket({family}, 1, 0)")
    if "kernel filter: False" in out:
        pytest.skip("no filter of system calls here")
    assert returned == -signal.SIGSYS


@posix
def test_a_whole_rehearsal_opens_no_socket_and_its_files_are_its_owners(tmp_path):
    code, _, err = offline(tmp_path, "rehearse", "pain", "--quiet", "--out", tmp_path / "out", "--remember", tmp_path / "data/memory.sqlite3")
    assert (code, err) == (0, "")
    assert open_to_others(tmp_path) == []
    files = {re.sub(r"[0-9a-f]{64}", "KEY", name) for name in listing(tmp_path)}
    assert files == {"out/session.wav", "out/transcript.txt", "out/journal.jsonl", "data/memory.sqlite3", "cache/voicecoach/speech/KEY.flac"}


def live(folder, further):
    """A session as a user starts it, to its first questions and a stop, behind the walls."""
    if reason := missing():
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FURTHER", further)
        patch.setenv("HOME", str(folder))
        with live_session(folder, (OFFLINE,), seconds=60.0) as session:
            session.until("Starting a live session", 120.0)
            session.until("any numbness around", 60.0)
            session.program.send_signal(signal.SIGINT)
            session.until("(stop, keyboard)")
            session.until("Nobody pushes now")
            session.program.send_signal(signal.SIGINT)
            assert session.program.wait(PATIENCE) == 130, "and not one of the walls"
    (folder / "settings.yaml").unlink()  # the test's own
    (folder / "faults").unlink()  # the test's own, too
    (folder / ".config/pulse/cookie").unlink(missing_ok=True)  # the sound server's
    files = {re.sub(r"[0-9a-f]{64}|\d{4}-\d\d-\d\d-\d{6}", "*", name) for name in listing(folder)}
    return {name for name in files if not name.endswith(("-wal", "-shm"))}


SESSION = {"state/voicecoach/journals/*.jsonl", "state/voicecoach/session.lock", "data/voicecoach/memory/memory.sqlite3", "cache/voicecoach/speech/*.flac"}
"""What a session leaves. The sounds in the cache are the coach's own lines."""


@posix
def test_a_live_session_opens_no_socket_and_keeps_no_sound(tmp_path):
    assert live(tmp_path, "") == SESSION
    assert open_to_others(tmp_path / "state") + open_to_others(tmp_path / "data") + open_to_others(tmp_path / "cache") == []


@posix
def test_a_live_session_keeps_its_sound_when_that_is_asked_for(tmp_path):
    assert live(tmp_path, "--keep-audio") == SESSION | {"state/voicecoach/journals/*.flac"}
    assert open_to_others(tmp_path / "state") == []
    (path,) = tmp_path.rglob("journals/*.flac")
    sound, rate = soundfile.read(path)
    assert (rate, sound.shape[1]) == (16_000, 2)
    assert np.abs(sound[:, 0]).max() > 0.05, "the coach"
    assert 0 < np.abs(sound[:, 1]).max() < 0.01, "the faint noise of the microphone"


# --- the keeper -------------------------------------------------------------------------------------------------


def test_what_is_kept_is_what_was_heard_and_the_front_end_works_as_before(tmp_path):
    keeper = AudioKeeper(tmp_path / "kept/x.flac")
    front, plain = KeptFront(FrontEnd(), keeper), FrontEnd()
    rng = np.random.default_rng(1)
    people, coach = (rng.uniform(-0.5, 0.5, (20, 320)).astype(np.float32) for _ in range(2))
    for block, far in zip(people, coach, strict=True):
        assert [(piece.samples.tolist(), piece.edge) for piece in front.accept(block, far)] == [(piece.samples.tolist(), piece.edge) for piece in plain.accept(block, far)]
        assert (front.sounding, front.attenuation, front.now) == (plain.sounding, plain.attenuation, plain.now)
        assert front.vouches(WORD) is plain.vouches(WORD)
    keeper.close()
    assert keeper.trouble == ""
    sound, _ = soundfile.read(keeper.path, dtype="float32")
    assert np.abs(sound - np.stack([coach.ravel(), people.ravel()], axis=1)).max() < 1e-4
    if os.name == "posix":
        assert open_to_others(tmp_path / "kept") == []
        assert keeper.path.parent.stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_written_costs_the_recording_and_nothing_else(tmp_path):
    (tmp_path / "file").touch()
    keeper = AudioKeeper(tmp_path / "file/x.flac")
    for _ in range(2000):
        keeper.keep(np.full(320, np.nan, np.float32), np.zeros(320, np.float32))
    keeper.close()
    assert "the sound of this session could not be kept whole" in keeper.trouble


def test_kept_sound_is_forgotten_with_its_session(tmp_path):
    journal = tmp_path / "journals/2026-01-01-120000.jsonl"
    journal.parent.mkdir()
    journal.write_text('{"client":"Anna","partner":"Ben"}\n')
    sound, other = journal.with_suffix(".flac"), journal.with_name("2026-01-02-120000.flac")
    sound.touch()
    other.touch()
    scope = Scope("Anna")
    forget(scope, find(scope, [], tmp_path / "memory.sqlite3", journal.parent), tmp_path / "memory.sqlite3", tmp_path / "speech")
    assert list(journal.parent.iterdir()) == [other]
