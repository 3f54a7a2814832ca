"""The alarm in a process of its own: when it sounds, and what it sounds like. That it is heard is in test_live_losses.py."""

from __future__ import annotations

import queue
import subprocess
import sys

import numpy as np
import pytest

from voicecoach.audio import Pcm
from voicecoach.engines.guardian import BEEP_HERTZ, Guardian, signal_sound, watch

LINE = Pcm(np.full(2205, 0.1, np.float32), 22_050)


@pytest.mark.parametrize(("words", "alarm"), [
    (["beat", "beat", "bye"], False),
    (["bye", None], False),
    (["beat", "alarm"], True),
    (["beat", None], True),
    ([None], True),
    (["beat"], True),
    (["be"], True),
], ids=["goodbye", "goodbye and gone", "told to", "gone", "gone at once", "hangs", "cut off in the middle of a word"])
def test_the_alarm_sounds_unless_the_coach_says_goodbye(words, alarm):
    given = queue.SimpleQueue()
    for word in words:
        given.put(word)
    assert watch(given, hung=0.01) is alarm


def test_it_beeps_and_then_says_the_line_twice():
    sound = signal_sound(LINE)
    assert sound.rate == LINE.rate
    assert np.abs(sound.samples).max() <= 0.75
    spectrum = np.abs(np.fft.rfft(sound.samples[: sound.rate // 6]))
    assert spectrum.argmax() * 6 == pytest.approx(BEEP_HERTZ, abs=10)
    half = len(sound.samples) // 2
    assert (sound.samples[:half] == sound.samples[half:]).all()


SCRIPT = """
import sys
import numpy as np
from voicecoach.audio import Pcm
from voicecoach.engines.guardian import Guardian
guardian = Guardian()
guardian.arm("Partner, release now.", Pcm(np.zeros(2205, np.float32), 22050))
guardian.beat()
{}
"""


@pytest.mark.parametrize(("then", "seen"), [("guardian.stop()", False), ("guardian.sound(); guardian.stop()", True), ("", True)], ids=["goodbye", "alarm", "crash"])
def test_the_banner_is_on_the_screen_and_rings_the_bell(then, seen):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(then)], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    assert ("\a" in done.stderr and "PARTNER, RELEASE NOW." in done.stderr) is seen


def test_before_it_is_armed_and_after_the_end_it_is_harmless(capsys):
    guardian = Guardian()
    guardian.beat()
    guardian.stop()
    guardian.sound()
    assert capsys.readouterr().err == "\n"


def test_an_alarm_that_dies_is_started_anew():
    guardian = Guardian()
    guardian.arm("Partner, release now.", LINE)
    first = guardian.process
    try:
        first.kill()
        first.wait()
        guardian.beat()
        assert guardian.process is not first
        assert guardian.process.poll() is None
        for _ in range(20):  # but not for ever
            guardian.process.kill()
            guardian.process.wait()
            guardian.beat()
        assert guardian.process.poll() is not None
    finally:
        guardian.stop()
    guardian.beat()
    assert guardian.process is None


def test_a_coach_that_dies_before_the_alarm_has_woken_up_is_survived_by_it():
    then = "import os; os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(then)], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert "PARTNER, RELEASE NOW." in done.stderr
