"""The alarm in a process of its own: when it sounds, and what it sounds like. That it is heard is in test_live_losses.py."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading

import numpy as np
import pytest

from voicecoach.audio import Pcm
from voicecoach.engines import guardian
from voicecoach.engines.guardian import BEEP_HERTZ, Found, Guardian, Outputs, Reason, signal_sound, watch

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
    assert (watch(given, hung=0.01) is not None) is alarm


def test_it_knows_whether_it_was_told_or_found_out_by_itself():
    given = queue.SimpleQueue()
    given.put("alarm")
    assert watch(given) is Reason.TOLD
    worries = []
    assert watch(given, hung=0.01, worry=lambda: worries.append("worried")) is Reason.GONE
    assert worries == ["worried"], "there is time to prepare before it is sure"


class Machine:
    """Outputs by number: what is looked for and what is played, in order."""

    def __init__(self, outputs, *, shared=True, refuse=0, hangs=False):
        self.outputs, self.shared, self.refuse, self.hangs, self.done = outputs, shared, refuse, hangs, []
        self.known = Outputs(self.look, self.play)

    def look(self):
        self.done.append("look")
        return Found(self.outputs, self.shared)

    def play(self, index, sound):
        if self.hangs:
            threading.Event().wait()
        self.refuse -= 1
        if self.refuse >= 0:
            return False
        self.done.append((index, round(sound.seconds / signal_sound(LINE, 1).seconds)))
        return True


def test_it_sounds_on_the_outputs_that_it_knows_before_it_looks_for_others():
    machine = Machine([3])
    machine.known.look()
    machine.outputs = [3, 4]
    machine.known.alarm(LINE, changed=False)
    assert machine.done == ["look", (3, 1), "look", *sorted(machine.done[3:])]
    assert set(machine.done[3:]) == {(3, 1), (4, 1)}


@pytest.mark.parametrize(("known", "changed", "shared"), [([3], True, True), ([], False, True), ([3], False, False)],
                         ids=["the speaker has gone", "none is known", "the coach may hold one that is not known"])
def test_where_what_it_knows_may_be_wrong_it_looks_first_and_sounds_twice(known, changed, shared):
    machine = Machine(known, shared=shared)
    machine.known.look()
    machine.outputs = [4]
    machine.known.alarm(LINE, changed=changed)
    assert machine.done == ["look", "look", (4, 2)]


def test_an_output_that_the_dying_coach_still_holds_is_tried_again():
    machine = Machine([3], refuse=2)
    machine.known.look()
    machine.known.alarm(LINE, changed=False)
    assert machine.done == ["look", (3, 1), "look", (3, 1)]


def test_an_output_that_hangs_is_not_waited_for_and_nothing_is_looked_for_in_it(monkeypatch):
    monkeypatch.setattr(guardian, "OPENING", 0.0)
    short = Pcm(np.zeros(10, np.float32), 22_050)
    machine = Machine([3], hangs=True)
    machine.known.look()
    machine.known.alarm(short, changed=False)
    assert machine.done == ["look"]


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
guardian.prepare()
guardian.arm("Partner, release now.", Pcm(np.zeros(2205, np.float32), 22050))
guardian.beat()
{}
"""


@pytest.mark.parametrize(("then", "seen"), [("guardian.stop()", False), ("guardian.sound(); guardian.stop()", True), ("", True)], ids=["goodbye", "alarm", "crash"])
def test_the_banner_is_on_the_screen_and_rings_the_bell(then, seen):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(then)], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    assert ("\a" in done.stderr and "PARTNER, RELEASE NOW." in done.stderr) is seen


@pytest.mark.parametrize("then", ["", "; guardian.stop()"], ids=["dies", "ends"])
def test_a_coach_who_goes_before_the_session_begins_leaves_nothing_behind(then):
    code = f"from voicecoach.engines.guardian import Guardian; guardian = Guardian(); guardian.prepare(){then}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    assert not done.stderr


def test_the_process_that_was_prepared_is_the_one_that_is_armed():
    guardian = Guardian()
    guardian.prepare()
    first = guardian.process
    guardian.arm("Partner, release now.", LINE)
    assert guardian.process is first
    first.kill()
    first.wait()
    guardian.stop()


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
