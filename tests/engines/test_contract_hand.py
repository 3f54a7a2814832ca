"""One contract for everything that can be pressed: the fake, a terminal, an input device and a MIDI port."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest

from voicecoach.core.safety import HANDS
from voicecoach.engines.fakes import PressedHand
from voicecoach.errors import EngineError

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")
PATIENCE = 10.0


@dataclass
class Case:
    """A hand, and how it is pressed and pulled out."""

    hand: Any
    press: Any
    pull: Any
    plug: Any


def fake(_tmp_path):
    hand = PressedHand()

    def plug():
        hand.there = True
    return Case(hand, hand.press, lambda: (setattr(hand, "there", False), hand.unplug()), plug)


class Fifo:
    """A device file that a test writes to; closing it is pulling the plug."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.plug()

    def plug(self):
        os.mkfifo(self.path)
        self.end = os.open(self.path, os.O_RDWR)

    def pull(self):
        self.path.unlink()
        os.close(self.end)


def button(tmp_path, name="AB Shutter 3 Keyboard"):
    from voicecoach.engines.buttons import Button  # noqa: PLC0415
    for node, title, keys in (("event0", "Lid Switch", "0"), ("event4", name, "3f000303ff 0 0 1000020")):
        folder = tmp_path / "sys/class/input" / node / "device"
        (folder / "capabilities").mkdir(parents=True)
        (folder / "name").write_text(title + "\n")
        (folder / "capabilities/key").write_text(keys + "\n")
    fifo = Fifo(tmp_path / "dev/input/event4")
    down = struct.pack("llHHi", 0, 0, 1, 115, 1) + struct.pack("llHHi", 0, 0, 1, 115, 0)
    return Case(Button("shutter", tmp_path), lambda: os.write(fifo.end, down), fifo.pull, fifo.plug)


def midi(tmp_path):
    from voicecoach.engines.buttons import MidiPedal  # noqa: PLC0415
    port = tmp_path / "proc/asound/card1/midi0"
    port.parent.mkdir(parents=True)
    port.write_text("FS-1-WL MIDI 1\n\nInput 0\n  Rx bytes     : 0\n")
    fifo = Fifo(tmp_path / "dev/snd/midiC1D0")
    return Case(MidiPedal("fs-1", tmp_path), lambda: os.write(fifo.end, b"\xb0\x40\x7f"), fifo.pull, fifo.plug)


@pytest.fixture(params=[fake, pytest.param(button, marks=posix), pytest.param(midi, marks=posix)], ids=lambda make: make.__name__)
def case(request, tmp_path):
    made = request.param(tmp_path)
    yield made
    made.hand.stop()


def started(hand):
    presses, losses = queue.Queue(), queue.Queue()
    hand.start(presses.put, losses.put)
    return presses, losses


def test_its_name_is_known_to_the_guard(case):
    assert case.hand.name in HANDS


def test_every_press_is_told_and_none_after_stop(case):
    case.hand.check()
    presses, losses = started(case.hand)
    for _ in range(3):
        case.press()
        assert presses.get(timeout=PATIENCE)
    case.hand.stop()
    case.hand.stop()
    case.press()
    time.sleep(0.05)
    assert presses.empty()
    assert losses.empty()


def test_a_loss_is_told_once_and_it_can_be_started_again_when_it_is_back(case):
    presses, losses = started(case.hand)
    case.pull()
    assert "not connected" in losses.get(timeout=PATIENCE)
    with pytest.raises(EngineError):
        case.hand.check()
    case.hand.stop()
    case.plug()
    presses, _ = started(case.hand)
    case.press()
    assert presses.get(timeout=PATIENCE)
    assert losses.empty()


def test_one_that_is_not_there_is_a_sentence_with_the_ones_that_are(tmp_path):
    from voicecoach.engines.buttons import Button, MidiPedal  # noqa: PLC0415
    button(tmp_path)
    with pytest.raises(EngineError, match=r"no input device with keys is called 'nix'; connect it, or choose one of: AB Shutter 3 Keyboard\."):
        Button("nix", tmp_path).check()
    with pytest.raises(EngineError, match="choose one of: there is none"):
        MidiPedal("nix", tmp_path).check()


# --- terminals --------------------------------------------------------------------------------------------------


@pytest.fixture
def pty():
    """The two ends of a terminal: the one that a person types into, and the one that the program has."""
    import pty as terminals  # noqa: PLC0415
    master, slave = terminals.openpty()
    yield master, slave
    for end in (master, slave):
        with contextlib.suppress(OSError):
            os.close(end)


def mode(descriptor):
    import termios  # noqa: PLC0415
    return termios.tcgetattr(descriptor)


@posix
def test_any_key_of_a_terminal_is_one_press_and_the_terminal_is_put_back(pty):
    from voicecoach.engines.terminal import Terminal  # noqa: PLC0415
    master, slave = pty
    before = mode(slave)
    hand = Terminal(slave)
    hand.check()
    presses, losses = started(hand)
    assert mode(slave) != before
    for data, name in ((b" ", "space"), (b"x", "key"), (b"\x1b[6~", "page down"), (b"\x1a", "key"), (b"\x13", "key"), (b"\x1c", "key"), (b"\x1b", "escape")):
        os.write(master, data)
        assert presses.get(timeout=PATIENCE) == name
    os.write(master, b"\x1b[24;80R\x1b[?1;2c")
    os.write(master, b"\r")
    assert presses.get(timeout=PATIENCE) == "enter", "the terminal's own replies are no presses"
    hand.stop()
    assert mode(slave) == before
    assert presses.empty()
    assert losses.empty()


@posix
def test_a_terminal_that_another_program_set_back_is_taken_again(pty):
    import termios  # noqa: PLC0415

    from voicecoach.engines.terminal import Terminal  # noqa: PLC0415
    master, slave = pty
    before = mode(slave)
    hand = Terminal(slave)
    presses, _ = started(hand)
    termios.tcsetattr(slave, termios.TCSANOW, before)
    end = time.monotonic() + PATIENCE
    while mode(slave) == before and time.monotonic() < end:
        time.sleep(0.02)
    os.write(master, b" ")
    assert presses.get(timeout=PATIENCE) == "space"
    hand.stop()
    assert mode(slave) == before


@posix
def test_a_terminal_that_goes_is_a_loss(pty):
    from voicecoach.engines.terminal import Terminal  # noqa: PLC0415
    master, slave = pty
    hand = Terminal(slave)
    _, losses = started(hand)
    os.close(master)
    assert losses.get(timeout=PATIENCE) == "the terminal has gone"
    hand.stop()
    with pytest.raises(EngineError, match="no terminal"):
        hand.start(print, print)


@posix
@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGABRT"])
def test_a_program_that_is_killed_leaves_the_terminal_as_it_was(pty, number):
    _, slave = pty
    before = mode(slave)
    code = "from voicecoach.engines.terminal import Terminal; Terminal(0).start(print, print); print('ready', flush=True); import time; time.sleep(60)"
    program = subprocess.Popen([sys.executable, "-c", code], stdin=slave, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603
    assert program.stdout.readline() == b"ready\n"
    assert mode(slave) != before
    program.send_signal(getattr(signal, number))
    program.wait(PATIENCE)
    program.stdout.close()
    end = time.monotonic() + PATIENCE
    while mode(slave) != before and time.monotonic() < end:
        time.sleep(0.02)
    assert mode(slave) == before


@posix
def test_lines_of_a_pipe_are_presses_and_its_end_is_no_loss():
    from voicecoach.engines.terminal import Terminal  # noqa: PLC0415
    reader, writer = os.pipe()
    hand = Terminal(reader)
    hand.check()
    presses, losses = started(hand)
    os.write(writer, b"stop")
    os.write(writer, b"\n\n")
    assert [presses.get(timeout=PATIENCE) for _ in range(2)] == ["line", "line"]
    os.close(writer)
    hand.stop()
    os.close(reader)
    assert losses.empty()


def test_without_a_terminal_nothing_is_read_and_doctor_can_say_so(tmp_path):
    from voicecoach.engines.terminal import Terminal  # noqa: PLC0415
    with (tmp_path / "empty").open("w+b") as file:
        hand = Terminal(file.fileno())
        with pytest.raises(EngineError, match="the session has no terminal"):
            hand.check()
        presses, losses = started(hand)
        hand.stop()
    assert presses.empty()
    assert losses.empty()
