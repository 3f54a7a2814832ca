"""`voicecoach run` as a user starts it, on a private sound server with a virtual microphone and a virtual speaker."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from virtual_room import RATE, missing, virtual_room

from voicecoach.audio import active_level, read

PATIENCE = 30.0
LEVEL = 0.05


class Session:
    """The running program, its transcript, and the room."""

    def __init__(self, room, folder):
        self.room = room
        settings = folder / "settings.yaml"
        settings.write_text("program: one-stretch\nwords_per_minute: 300\n")  # a test should not have to listen for long
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(folder / name.lower())
        self.program = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "voicecoach", "--config", str(settings), "run"], env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.program.stdout:
            self.lines.put(line)

    def until(self, words):
        seen, end = [], time.monotonic() + PATIENCE
        while not seen or words not in seen[-1]:
            try:
                seen.append(self.lines.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"'{words}' never came; got {seen}") from None

    def say(self, path):
        sound = read(path)
        self.room.say(sound * np.float32(LEVEL / active_level(sound)))

    def close(self):
        self.program.kill()
        self.program.wait()
        self.program.stdout.close()


@pytest.fixture
def session(tmp_path):
    if reason := missing():
        pytest.skip(reason)
    with virtual_room() as room:
        # A real microphone is never exactly silent, and the coach takes exact silence for a dead one.
        room.say(np.random.default_rng(0).standard_normal(RATE * 120).astype(np.float32) * 1e-4)
        room.listen()
        running = Session(room, tmp_path)
        try:
            yield running
        finally:
            running.close()


def test_real_people_answer_and_stop_over_the_coach(session, speech):
    session.until("Starting a live session")
    session.until("any numbness around")
    _wait_for_silence(session.room)
    session.say(sorted((speech / "words/no").glob("*.flac"))[10])
    session.until("heard clearly: no")
    session.until("passing water")
    session.say(sorted((speech / "words/stop").glob("*.flac"))[20])
    session.until("(stop, moonshine)")
    session.until("Nobody pushes now")
    assert np.abs(session.room.heard()).max() < 0.99, "the coach does not clip"
    session.program.send_signal(signal.SIGINT)
    session.until("(stop, keyboard)")
    session.program.send_signal(signal.SIGINT)
    assert session.program.wait(PATIENCE) == 130


def test_an_unplugged_microphone_is_spoken_about(session):
    session.until("any numbness around")
    session.room.unplug_microphone()
    session.until("I cannot hear you any more")


def _wait_for_silence(room, seconds=0.7):
    """Until the speaker has been silent for a while: the coach waits for an answer."""
    pause = threading.Event()
    for _ in range(400):
        tail = room.heard()[-int(seconds * RATE):]
        if len(tail) == int(seconds * RATE) and np.abs(tail).max() < 1e-3:
            return
        pause.wait(0.05)
    raise AssertionError("the coach never stopped speaking")
