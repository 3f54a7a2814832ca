"""`voicecoach` with faults that nobody can cause from outside, and with a short way to where somebody lies under force.

Each line in a named pipe names a fault, or a place to go to. Started by `live_session.FAULTY`; what can be caused from outside
(signals, devices, other processes) is caused there.
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
from functools import partial

from voicecoach import kit
from voicecoach.__main__ import main
from voicecoach.commands import run
from voicecoach.core.parts import between, screening
from voicecoach.core.phases import Phase
from voicecoach.engines.fakes import StuckEar
from voicecoach.engines.portaudio_speaker import PortAudioSpeaker
from voicecoach.live import app
from voicecoach.vocabulary import Alive, Evidence, Heard, Hush, Intent, LineFinished, Say

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


# --- the short way ----------------------------------------------------------------------------------------------

ANSWERS = (("question.", Intent.NO), ("warm-up.confirm", Intent.YES), ("warm-up.", Intent.WARM), ("position.", Intent.READY),
           (".approach_client", Intent.GOOD), ("released.ask", Intent.CONTINUE), ("latched.confirm", Intent.YES), ("dose.ask", Intent.NO))
"""What to say to a line whose key holds these letters, so that the session gets on."""
PLACES = {
    "question": lambda _, keys: any(key.startswith("question.") for key in keys),
    "approach": lambda _, keys: any(key.endswith(".approach_client") for key in keys),
    "hold": lambda session, _: session.phase is Phase.HOLD,
    "end": lambda session, _: session.outcome is not None,
}
"""Where a session can be led to, and how it is known that it is there."""


class Guided:
    """A session that can be led somewhere: on the way each line ends as soon as it begins, and each question is answered, typed.

    Everything else is as always: the same session, queue, ears, journal and clock. At the goal the coach speaks again: the line
    with which he arrives there is the first that is heard.
    """

    def __init__(self, session, post):
        self._session, self._post = session, post
        self._waiting, self._last = set(), ""
        self.goal = ""

    def __getattr__(self, name):
        return getattr(self._session, name)

    def handle(self, event, now):
        """As the session does; the answer to its commands, if it is on its way, comes as an event of its own."""
        commands = self._session.handle(event, now)
        self._follow(event, commands)
        return commands

    def _follow(self, event, commands):
        said = [command for command in commands if isinstance(command, Say)]
        if isinstance(event, LineFinished):
            self._waiting.discard(event.utterance)
        if any(isinstance(command, Hush) for command in commands):
            self._waiting.clear()
        self._waiting |= {say.utterance for say in said}
        self._last = said[-1].key if said else self._last
        if self.goal and PLACES[self.goal](self._session, [say.key for say in said]):
            sys.stdout.write(f"(led to: {self.goal})\n")
            self.goal = ""
        elif self.goal and not self._waiting and isinstance(event, LineFinished | Alive):
            self._answer()

    def _answer(self):
        intent = Intent.FINISH if self.goal == "end" else next((intent for part, intent in ANSWERS if part in self._last), None)
        if intent:
            self._last = ""  # once is enough
            self._post(Heard(intent, Evidence.STRONG, ear="typed"))


class Hasty(PortAudioSpeaker):
    """A speaker that plays nothing while the session is led somewhere."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        hasty.append(self)

    def play(self, pcm, started, finished):
        if guided and guided[-1].goal:
            started()
            finished()
        else:
            super().play(pcm, started, finished)


class Led(app.App):
    """The live session, with a guide in front of the session."""

    def __init__(self, session, *arguments, **options):
        guided.append(Guided(session, self._post))
        super().__init__(guided[-1], *arguments, **options)


guided, hasty = [], []


def _lead(goal):
    """Go there; what the coach is saying now is not waited for."""
    guided[-1].goal = goal
    hasty[-1].hush()  # it reports the lines that it drops as ended


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


def _tell_the_time():
    sys.stdout.write(f"(the clock says: {time.time():.0f})\n")


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
    "tell the time": _tell_the_time,
    "disk full": _disk_full,
    "mistake": _mistake,
    "native crash": lambda: ctypes.string_at(0),
}
FAULTS |= {f"lead to {place}": partial(_lead, place) for place in PLACES}


def _obey():
    with os.fdopen(os.open(os.environ["FAULTS"], os.O_RDWR), "r", encoding="utf-8") as pipe:  # for writing too, so that no writer's end is its end
        for line in pipe:
            FAULTS[line.strip()]()


if __name__ == "__main__":
    faulthandler.register(signal.SIGUSR1)  # where everybody stands, for whoever wonders why nothing happens
    kit.ear_makers, app.wakeful, run.App = mortal, sleepy, Led
    kit.PortAudioSpeaker = Hasty
    screening.LAST_CHANCE = between.LOOK_AHEAD = 0.2  # nobody thinks twice here
    threading.Thread(target=_obey, daemon=True).start()
    sys.exit(main())
