"""`voicecoach setup` as a user starts it, without screen or keyboard, in a flat with two loudspeakers and two microphones.

The people are in the kitchen: they hear the second loudspeaker only, and only the second microphone hears them. Real
people's recorded words answer, by ear: once a question has been heard and the loudspeaker is silent again.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from virtual_room import RATE, VirtualRoom, missing, virtual_room

from voicecoach.__main__ import main
from voicecoach.audio import active_level, read
from voicecoach.settings.config import load_config

PATIENCE = 400.0
"""Seconds; on a machine that has nothing else to do it takes 80."""
LEVEL = 0.05
"""RMS of the people's speech, -26 dBFS."""
SETTINGS = "# Anna's own\nclient: Anna   # on the mat\nwords_per_minute: 300\n"
COUNTING = ("one", "two", "three", "four", "five", "six", "seven")
ANSWERS = {
    "If you can hear me": ["yes"],
    "Is my voice right": ["yes"],
    "say ready": ["yes"],
    "count aloud": COUNTING,
    "say stop": ["stop"],
    "To try again, say yes": ["yes"],  # a busy machine may have lost some sound
    "did not understand": ["yes"],
    "Shall I end here": ["no"],
}
"""What the people say to lines with these words."""


class Flat(VirtualRoom):
    """The default devices stand in an empty room; the others in the kitchen."""

    def __init__(self, folder):
        super().__init__(folder)
        with (folder / "asound.conf").open("a") as file:
            file.write('pcm."Kitchen Speaker" { type pulse device spk2 }\npcm."Kitchen Microphone" { type pulse device mic2 }\n')
        for module in (("module-null-sink", "sink_name=micin2", "rate=16000", "channels=1"),
                       ("module-remap-source", "source_name=mic2", "master=micin2.monitor"),
                       ("module-null-sink", "sink_name=spk2", "rate=48000", "channels=1")):
            self._control("load-module", *module)
        self._sounds = {}

    def record(self, speaker):
        """Begin to record a speaker."""
        program = self._run("parec", "-d", f"{speaker}.monitor", f"--rate={RATE}", "--channels=1", "--format=s16le", "--latency-msec=10",
                            output=subprocess.PIPE)
        sound = self._sounds[speaker] = bytearray()

        def keep():
            with program.stdout:
                while data := program.stdout.read1(4096):
                    sound.extend(data)

        threading.Thread(target=keep, daemon=True).start()

    def played(self, speaker):
        """What it has played, in [-1, 1]."""
        sound = bytes(self._sounds[speaker])
        return np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.float32) / 32768


class Visit:
    """The program running, and the people in the kitchen."""

    def __init__(self, flat, speech, folder):
        self.flat = flat
        clips = {word: sorted((speech / f"words/{word}").glob("*.flac")) for word in ("yes", "no", "stop", *COUNTING)}
        self.words = {word: itertools.cycle(found[len(found) // 12 :]) for word, found in clips.items()}
        self.settings = folder / "settings.yaml"
        self.settings.write_text(SETTINGS)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(folder / name.lower())
        self.program = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "voicecoach", "--config", str(self.settings), "setup"], env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines, self.seen = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(ValueError):
            for line in self.program.stdout:
                self.lines.put(line.rstrip())

    def live(self):
        """Answer whatever is asked and heard in the kitchen, until the program ends; its last line."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"it never ended; got {self.seen}") from None
            self.seen.append(line)
            if line.startswith("The set-up ended"):
                return line
            words = next((words for asked, words in ANSWERS.items() if asked in line), None)
            if words and self.hears():
                self.answer(*words)

    def hears(self):
        """Listen in the kitchen until something has been spoken there; False if the program has gone on before."""
        before = len(self.flat.played("spk2"))
        pause = threading.Event()
        while self.lines.empty():
            sound = np.abs(self.flat.played("spk2")[before:])
            if (sound > 0.01).any() and not (sound[-RATE // 2 :] > 0.001).any():
                return True
            pause.wait(0.05)
        return False

    def answer(self, *words):
        """Say these words, each as another person said it, 0.15 s apart."""
        sounds = [read(next(self.words[word])) for word in words]
        said = [part for sound in sounds for part in (sound * np.float32(LEVEL / active_level(sound)), np.zeros(RATE * 3 // 20, np.float32))]
        self.flat.say(np.concatenate(said), into="micin2")

    def close(self):
        self.program.kill()
        self.program.wait()
        self.program.stdout.close()


@pytest.fixture
def visit(tmp_path, speech):
    if reason := missing():
        pytest.skip(reason)
    with virtual_room(kind=Flat) as flat:
        # A real microphone is never exactly silent; the one in the empty room is, for it is switched off.
        flat.say(np.random.default_rng(0).standard_normal(RATE * 300).astype(np.float32) * 1e-4, into="micin2")
        for speaker in ("spk", "spk2"):
            flat.record(speaker)
        visit = Visit(flat, speech, tmp_path)
        try:
            yield visit
        finally:
            visit.close()


def test_real_people_set_it_up_by_voice_alone_where_the_first_devices_are_no_good(visit):
    assert visit.live().startswith("The set-up ended: done")
    assert visit.program.wait(30) == 0
    spoken = [line for line in visit.seen if line.startswith("coach: ")]
    assert spoken[0].startswith("coach: Hello."), "it begins to speak by itself"

    assert visit.settings.read_text().startswith(SETTINGS)
    config = load_config(visit.settings)
    assert (config.speaker, config.microphone) == ("Kitchen Speaker", "Kitchen Microphone")
    heard = [line for line in visit.seen if "'stop', stop" in line]
    assert len(heard) >= 2, "what was heard, and how fast, is told"
    assert np.abs(visit.flat.played("spk")).max() > 0.05, "the first question was asked on the default speaker"
    assert 0.05 < np.abs(visit.flat.played("spk2")).max() < 0.99


# --- the same without talk, and a session whose devices have gone ---


@pytest.fixture
def flat(own_folders):
    if reason := missing():
        pytest.skip(reason)
    with virtual_room(kind=Flat) as flat:
        yield flat


def call(capsys, *arguments):
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def test_devices_are_listed_chosen_by_a_part_of_the_name_and_remembered(flat, tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    code, out, _ = call(capsys, "--config", str(settings), "setup", "--microphone", "chen mic", "--speaker", "kitchen s", "--volume", "1.5")
    assert code == 0
    assert "The microphone 'chen mic' is Kitchen Microphone." in out
    assert settings.read_text() == "microphone: chen mic\nspeaker: kitchen s\nvolume: 1.5\n"
    code, out, _ = call(capsys, "--config", str(settings), "devices")
    assert code == 0
    assert "microphone  Kitchen Microphone, remembered\n" in out
    assert "speaker     default, the default\n" in out
    code, _, err = call(capsys, "--config", str(settings), "setup", "--speaker", "kitchen")
    assert code == 3
    assert err == "speaker: several sound outputs have 'kitchen' in their names; give a longer part of one of: Kitchen Microphone, Kitchen Speaker.\n"
    code, _, err = call(capsys, "--config", str(settings), "setup", "--speaker", "bathroom")
    assert code == 3
    assert err.startswith("speaker: no sound output is called 'bathroom'; choose one of: ")
    assert "kitchen s" in settings.read_text(), "a mistake changes nothing"


def test_a_session_does_not_begin_on_a_microphone_that_nobody_has_tried(flat, tmp_path, capsys):
    settings = tmp_path / "settings.yaml"
    settings.write_text("microphone: Studio\nspeaker: Bathroom\nwords_per_minute: 300\n")
    flat.record("spk")
    code, out, err = call(capsys, "--config", str(settings), "run")
    assert code == 3
    assert "The microphone that you set up is not there: Studio. I do not begin" in err
    assert "The loudspeaker that you set up is not there: Bathroom. I speak through the system's own instead." in err
    assert "Starting" not in out
    assert (np.abs(flat.played("spk")) > 0.01).sum() > 2 * RATE, "both sentences are spoken"


def test_what_the_command_line_names_must_be_there(flat, tmp_path, capsys):
    code, _, err = call(capsys, "run", "--speaker", "Bathroom")
    assert code == 3
    assert err.startswith("speaker: no sound output is called 'Bathroom'; choose one of: ")
    assert len(err.splitlines()) == 1


def test_the_first_session_names_the_set_up_in_one_line(flat, tmp_path):
    """And only the first: with a settings file there is nothing to say."""
    settings = tmp_path / "config/voicecoach/config.yaml"
    assert first_line("run") == 'Nothing is set up yet: `voicecoach setup` tries loudspeaker, microphone and "stop" with you, by voice.\n'
    settings.parent.mkdir(parents=True)
    settings.write_text("speaker: Kitchen Sp\n")
    assert first_line("run").startswith("Starting a live session.")


def first_line(*arguments):
    """What the program prints first; it is ended then."""
    program = subprocess.Popen([sys.executable, "-m", "voicecoach", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,  # noqa: S603
                               stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        return program.stdout.readline()
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
