"""Faults in a running `voicecoach run`, each caused for real; `make bench-faults` measures all of them, and writes docs/faults.md."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from live_session import FAULTY, PATIENCE, LiveSession
from virtual_room import missing

from bench import faults
from bench.faults import FAULTS, ORDINARY, OWN_DISKS, Place, Setting, arrive, measure, running

BUSY = 2.0
"""By how much a promise may be exceeded where nobody knows what else runs."""
BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Rendered lines for all sessions of this file."""
    if reason := missing():
        pytest.skip(reason)
    return tmp_path_factory.mktemp("lines")


def keeps_its_promise(session, name):
    fault = BY_NAME[name]
    trial = measure(fault, session)
    assert (trial.seconds if trial else 0.0) <= BUSY * fault.promise, f"{name}: {trial}"


def test_one_session_survives_the_clock_a_full_disk_a_dead_alarm_a_dead_ear_and_sleep(tmp_path, lines):
    own = not OWN_DISKS.missing()
    with running(tmp_path, lines, OWN_DISKS if own else ORDINARY) as session:
        session.fault("clock back")
        alarm = session.child("guardian")
        faults.ends("guardian")(session)
        arrive(session, Place.HOLD)
        keeps_its_promise(session, "a recogniser's thread ends without a word")
        session.until("I can hear you again")
        assert session.child("guardian") not in {0, alarm}
        arrive(session, Place.HOLD)
        session.until_quiet(0.0)
        keeps_its_promise(session, "the machine sleeps for an hour")
        if own:
            faults.fills_the_disk(session)
        else:
            session.fault("disk full")
        faults.says_what_is_lost(session)


def test_a_coach_that_is_killed_says_so_at_the_next_start(tmp_path, lines):
    with running(tmp_path, lines) as session:
        second = subprocess.run([sys.executable, "-m", "voicecoach", "--config", tmp_path / "settings.yaml", "run"], env=session.environment,  # noqa: S603
                                capture_output=True, text=True, check=False, timeout=60)
        assert second.returncode == 2
        assert "session: another one is running on this machine since" in second.stderr
        assert second.stderr.count("\n") == 1
        arrive(session, Place.HOLD)
        keeps_its_promise(session, "kill -9")
        again = LiveSession(session.room, tmp_path, FAULTY)
        try:
            seen = again.until("Hello", PATIENCE * 4)
            assert any("The last session broke off in minute 1, in the middle of a stretch: knees to chest." in line for line in seen)
            again.program.send_signal(signal.SIGINT)
            again.until("Nobody pushes now")
        finally:
            again.close()
        assert (tmp_path / "state/voicecoach/session.lock").read_bytes() == b"", "an end by hand is a goodbye"


def test_a_coach_that_stands_still_is_survived_by_the_alarm_and_lets_go_when_it_goes_on(tmp_path, lines):
    with running(tmp_path, lines) as session:
        arrive(session, Place.APPROACH)
        keeps_its_promise(session, "the coach stands still for 10 s (SIGSTOP, SIGCONT)")


def test_a_session_whose_folders_may_only_be_read_says_so_and_answers_a_stop(tmp_path, lines):
    plain = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.geteuid() == 0 else ()
    state = tmp_path / "state"
    state.mkdir(mode=0o500)
    if plain and not shutil.which("setpriv"):
        pytest.skip("for the superuser every folder can be written")
    if subprocess.run([*plain, "touch", state / "x"], check=False, capture_output=True).returncode == 0:  # noqa: S603
        pytest.skip("this user can write into every folder")
    with running(tmp_path, lines, Setting(prefix=lambda _: plain)) as session:
        seen = "".join(session.before)
        assert "a second session begins beside this one" in seen
        began = time.monotonic()
        session.program.send_signal(signal.SIGTERM)
        session.until("release now")
        assert time.monotonic() - began < BUSY * BY_NAME["SIGTERM (a polite kill, a shutdown)"].promise
        assert not list(state.iterdir())
