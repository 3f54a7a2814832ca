"""`voicecoach` with an ear that hangs at a signal (SIGUSR1), as a native library may; started by test_live_losses.py."""

from __future__ import annotations

import signal
import sys

from voicecoach import kit
from voicecoach.__main__ import main
from voicecoach.engines.fakes import StuckEar

makers = kit.ear_makers
ears: list[StuckEar] = []


def hanging(*arguments, **options):
    """Every ear, with a way to make it hang."""
    def around(make):
        def build():
            ears.append(StuckEar(make()))
            return ears[-1]
        return build
    return {name: around(make) for name, make in makers(*arguments, **options).items()}


kit.ear_makers = hanging
signal.signal(signal.SIGUSR1, lambda *_: ears[-1].hang())
sys.exit(main())
