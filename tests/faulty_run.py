"""`voicecoach` with faults that nobody can cause from outside: each line in a named pipe names one.

Started by `live_session.FAULTY`; what can be caused from outside (signals, devices, other processes) is caused there.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import resource
import signal
import sys
import threading
import time

from voicecoach import app, kit
from voicecoach.__main__ import main
from voicecoach.engines.fakes import StuckEar

ears: list[MortalEar] = []
slept = 0.0
HOUR = 3600.0


class MortalEar(StuckEar):
    """An ear whose thread can end without a word, as one does that a native library takes with it."""

    doomed = False

    def accept(self, samples):
        """The thread ends here, if it has to."""
        if self.doomed:
            raise SystemExit
        return super().accept(samples)


def mortal(*arguments, makers=kit.ear_makers, **options):
    """Every ear, with a way to make it hang and to end it."""
    def around(make):
        def build():
            ears.append(MortalEar(make()))
            return ears[-1]
        return build
    return {name: around(make) for name, make in makers(*arguments, **options).items()}


def sleepy(clock=app.wakeful):
    """The clock of a machine that can be put to sleep."""
    awake = clock()
    return lambda: awake() + slept


def _end_the_ear():
    ears[-1].doomed = True


def _no_more_children():
    sys.executable = "/bin/false"


def _sleep():
    global slept  # noqa: PLW0603 - there is one machine
    slept += HOUR


def _clock_back(real=time.time):
    time.time = lambda: real() - HOUR


def _disk_full():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _mistake():
    app.App._take = lambda *_: 1 / 0  # noqa: SLF001


FAULTS = {
    "ear hangs": lambda: ears[-1].hang(),  # noqa: PLW0108 - there is none yet
    "ear ends": _end_the_ear,
    "no more children": _no_more_children,
    "sleep": _sleep,
    "clock back": _clock_back,
    "disk full": _disk_full,
    "mistake": _mistake,
    "native crash": lambda: ctypes.string_at(0),
}


def _obey():
    with os.fdopen(os.open(os.environ["FAULTS"], os.O_RDWR), "r", encoding="utf-8") as pipe:  # for writing too, so that no writer's end is its end
        for line in pipe:
            FAULTS[line.strip()]()


if __name__ == "__main__":
    faulthandler.register(signal.SIGUSR1)  # where everybody stands, for whoever wonders why nothing happens
    kit.ear_makers, app.wakeful = mortal, sleepy
    threading.Thread(target=_obey, daemon=True).start()
    sys.exit(main())
