"""Faults while `voicecoach run` runs, each caused for real on virtual devices: what the people hear, and after how many seconds.

The list, how each is caused, and how it is measured; `bench.faults_run` measures all of them, and `bench.faults_page` makes docs/faults.md.

The seconds are those from the fault to the first sound at the loudspeaker that tells the partner to let go, found in its recording;
where it is not found there, to the screen's line, which comes with it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np

from bench.room import find, lead_in, spoken_line
from voicecoach.audio import RATE, Samples

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from live_session import FAULTY, LiveSession, live_session
from virtual_room import Recorder

PATIENCE = 25.0
START = 150.0
"""Seconds for a session to start on a busy machine."""
ALARM = "the alarm"
"""Beeps, and the line behind them: what sounds when the coach himself cannot."""
NOTHING = ""
STOPPED = 10.0
"""Seconds for which a program is stopped."""
TROUBLE = (AssertionError, OSError, subprocess.SubprocessError)
"""What ends one session and not the whole measurement: it did not come as the table says, or the room itself failed."""


class Place(Enum):
    """Where a session is when the fault comes; the names are those of `faulty_run.PLACES`."""

    QUESTION = "question"
    """The coach asks the screening; nobody is pushed."""
    HOLD = "hold"
    """A stretch is held."""
    APPROACH = "approach"
    """The partner has begun to push."""

    @property
    def under_force(self) -> bool:
        """Somebody is being pushed."""
        return self is not Place.QUESTION


@dataclass(frozen=True, slots=True)
class Setting:
    """How a session has to be started for a fault."""

    prefix: Callable[[Path], tuple[str, ...]] = lambda _: ()
    """What starts the program, given the session's folder."""
    environment: Callable[[Path], Mapping[str, str]] = lambda _: {}
    """More of its environment."""
    cold: bool = False
    """Nothing is rendered beforehand, so that the voice has work to do."""
    missing: Callable[[], str] = lambda: ""
    """Why this is impossible here; empty if it is not."""


ORDINARY, COLD = Setting(), Setting(cold=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail."""

    name: str
    cause: Callable[[LiveSession], float | None]
    """Returns when it came, where that takes preparation."""
    hear: str
    """What the people hear, for the page."""
    line: str
    """The key of the first line that is heard, or several keys; `ALARM`; `NOTHING` when the session just goes on."""
    screen: str
    """What the screen shows with it."""
    promise: float
    """Seconds in which it must be heard, on a machine that is not overloaded."""
    afterwards: Callable[[LiveSession], None] = lambda _: None
    """What must be true then; raises AssertionError."""
    setting: Setting = field(default=ORDINARY)
    ends: bool = False
    """The session is over by it, or good for nothing more."""
    repair: Callable[[LiveSession], None] = lambda _: None
    """What has to be mended before the session can go on."""
    hogged: bool = False
    """Other programs take all that the processor has."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault, caused once."""

    seconds: float
    by_sound: bool
    """Found in the loudspeaker's recording, not only on the screen."""


# --- how to fail ------------------------------------------------------------------------------------------------


def causes(name: str) -> Callable[[LiveSession], None]:
    """A fault of `faulty_run`."""
    return lambda session: session.fault(name)


def sends(number: signal.Signals) -> Callable[[LiveSession], None]:
    """A signal to the program."""
    return lambda session: session.program.send_signal(number)


def stands_still(session: LiveSession) -> None:
    """SIGSTOP; `goes_on_after_standing_still` sends the rest."""
    session.program.send_signal(signal.SIGSTOP)


def goes_on_after_standing_still(session: LiveSession) -> None:
    """SIGCONT after ten seconds in all: the coach must not go on as if nothing had been, and must have an alarm again."""
    time.sleep(STOPPED / 2)
    session.program.send_signal(signal.SIGCONT)
    session.until("release now")


def ends(name: str) -> Callable[[LiveSession], None]:
    """Kill a process that the program has started."""
    def kill(session: LiveSession) -> None:
        _eventually(lambda: session.child(name), f"there is no {name}")
        os.kill(session.child(name), signal.SIGKILL)
    return kill


def voice_for_good(session: LiveSession) -> None:
    """The voice's process is killed and none comes up again; then somebody presses a key, so that lines are needed."""
    session.fault("no more children")
    ends("pyttsx3_worker")(session)
    session.press()


def without_speaker(session: LiveSession) -> float:
    """The loudspeaker is pulled out; another one is there, on which the coach has played nothing yet."""
    session.room.plug_speaker("spare")
    session.room.listen("spare")
    return session.room.unplug_speaker("spare")


def sets_the_clock_back(session: LiveSession) -> None:
    """An hour, for the whole coach where that is possible, else for his Python."""
    if _faketime():
        set_aside = session.folder / "clock.new"  # the library reads the file at any moment, also half written
        set_aside.write_text("-3600\n", encoding="utf-8")
        set_aside.replace(session.folder / "clock")
    else:
        session.fault("clock back")
    _eventually(lambda: abs(time.time() - _told_time(session) - HOUR) < PATIENCE, "the clock was not set back")


def _told_time(session: LiveSession) -> float:
    """What time the program believes it is."""
    session.fault("tell the time")
    return float(session.until("(the clock says:")[-1].rpartition(":")[2].strip(")\n "))


def fills_the_disk(session: LiveSession) -> None:
    """Write until nothing more goes in, into each small file system of the session."""
    for place in DISKS:
        with contextlib.suppress(OSError), Path(f"/proc/{session.program.pid}/root{session.folder}/{place}/fill").open("wb", buffering=0) as file:
            while file.write(bytes(4096)) == 4096:
                pass
        if shutil.disk_usage(f"/proc/{session.program.pid}/root{session.folder}/{place}").free:
            raise AssertionError(f"{place} is not full")


def _own_disks(folder: Path) -> tuple[str, ...]:
    """A file system of its own for each folder into which the coach writes, in a name space that ends with him."""
    for place in DISKS:
        (folder / place).mkdir(exist_ok=True)
    mounts = " && ".join(f'mount -t tmpfs -o size=8m,mode=700 tmpfs "$0/{place}"' for place in DISKS)
    return (*_name_space(), "sh", "-c", f'{mounts} && exec "$@"', str(folder))


def _name_space() -> tuple[str, ...]:
    return ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")


@functools.cache
def _no_disks() -> str:
    try:
        done = subprocess.run([*_name_space(), "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return done.stderr.strip() and "this user can mount no file system here"


@functools.cache
def _faketime() -> str:
    """The library libfaketime, where it is installed."""
    return next((str(path) for path in Path("/usr/lib").glob("**/faketime/libfaketime.so.1")), "")


def _faked_clock(folder: Path) -> Mapping[str, str]:
    if not _faketime():
        return {}
    (folder / "clock").write_text("+0\n", encoding="utf-8")
    return {"LD_PRELOAD": _faketime(), "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"), "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


HOUR = 3600.0
DISKS = ("state", "data", "lines")
OWN_DISKS = Setting(_own_disks, cold=True, missing=_no_disks)
"""Small file systems of the session's own, so that they can be filled."""
FAKED_CLOCK = Setting(environment=_faked_clock)
"""The C library of the coach, his voice and his alarm is told another date; the clocks that nobody can set stay as they are."""


@contextlib.contextmanager
def hogs(count: int) -> Iterator[None]:
    """So many programs that take all they can get of the processor."""
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


# --- what must be true afterwards -------------------------------------------------------------------------------


def released(session: LiveSession) -> None:
    """The session waits for "continue"."""
    session.until("Say continue to go on")


def still_answers(session: LiveSession) -> None:
    """A stop is answered."""
    session.press()
    session.until("(stop, keyboard)")
    session.until("Ease everything back down")


def says_what_is_lost(session: LiveSession) -> None:
    """A stop is answered, and at the end the screen tells what could not be written."""
    still_answers(session)
    session.lead("end")
    session.until("free some space")


def alarm_is_back(session: LiveSession) -> None:
    """There is a new alarm, and it works."""
    _eventually(lambda: session.child("guardian"), "the alarm is not back")
    session.program.kill()
    session.until("PARTNER, RELEASE NOW")


def ends_as(outcome: str) -> Callable[[LiveSession], None]:
    """The session is over."""
    return lambda session: [session.until(f"The session ended: {outcome}"), None][-1]


def _eventually(true: Callable[[], object], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise AssertionError(otherwise)
        time.sleep(0.05)


# --- the list ---------------------------------------------------------------------------------------------------

CANNOT_HEAR = "“Partner, release now. I cannot hear you any more …”"
CANNOT_SPEAK = "“Partner, release now. My voice has failed.”"
BEEPS = "beeps and “Partner, release now …”, twice, on every output there is; the same on the screen, with the bell"
STOP = "“Partner, release now. Ease everything back down.”"

DEAF = ("safety.cannot-hear", "I cannot hear you any more", 2.5)
BANNER = (ALARM, "PARTNER, RELEASE NOW")

FAULTS = (
    Fault("a recogniser hangs in its library", causes("ear hangs"), CANNOT_HEAR, *DEAF),
    Fault("a recogniser's thread ends without a word", causes("ear ends"), f"{CANNOT_HEAR}; it is built anew", *DEAF),
    Fault("the microphone is muted", lambda session: session.room.mute_microphone(), CANNOT_HEAR, *DEAF, repair=lambda session: session.room.mute_microphone(mute=False)),
    Fault("the microphone is pulled out", lambda session: session.room.unplug_microphone(), CANNOT_HEAR, *DEAF, repair=lambda session: session.room.plug_microphone()),
    Fault("SIGTERM (a polite kill, a shutdown)", sends(signal.SIGTERM), STOP, "safety.stop", "release now", 1.0, released),
    Fault("two programs on each core take all they can, and somebody presses a key", LiveSession.press, STOP, "safety.stop", "release now", 3.0, released, hogged=True),
    Fault("the coach stands still for 10 s (SIGSTOP, SIGCONT)", stands_still, f"{BEEPS}; when it goes on, “Partner, release now …” once more", *BANNER, 4.0,
          goes_on_after_standing_still, ends=True),
    Fault("no file may grow any more", causes("disk full"), "nothing; at the end the screen says what could not be written", NOTHING, "", 0.0, says_what_is_lost, ends=True),
    Fault("the disk is full", fills_the_disk, "nothing; at the end the screen says what could not be written", NOTHING, "", 0.0, says_what_is_lost,
          setting=OWN_DISKS, ends=True),
    Fault("the clock is set back by an hour", sets_the_clock_back, "nothing", NOTHING, "", 0.0, still_answers, setting=FAKED_CLOCK, ends=True),
    Fault("the voice's process is killed once", ends("pyttsx3_worker"), "nothing: the line is rendered by a new process", NOTHING, "", 0.0, still_answers, setting=COLD, ends=True),
    Fault("the voice is killed for good, and somebody presses a key", voice_for_good, f"{STOP} from memory, then {CANNOT_SPEAK}",
          "safety.stop safety.cannot-speak", "release now", 1.0, ends_as("cannot-speak"), setting=COLD, ends=True),
    Fault("the loudspeaker is pulled out", without_speaker, BEEPS, *BANNER, 3.5, ends=True),
    Fault("the sound server hangs", lambda session: session.room.freeze(), "nothing can sound; the screen and its bell say it", NOTHING, "PARTNER, RELEASE NOW", 5.0, ends=True),
    Fault("kill -9", sends(signal.SIGKILL), BEEPS, *BANNER, 1.5, ends=True),
    Fault("a crash in a native library", causes("native crash"), BEEPS, *BANNER, 1.5, ends=True),
    Fault("a mistake in this program", causes("mistake"), CANNOT_SPEAK, "safety.cannot-speak", "", 1.5, ends=True),
    Fault("the alarm's process is killed", ends("guardian"), "nothing: it is started anew", NOTHING, "", 0.0, alarm_is_back, ends=True),
    Fault("the machine sleeps for an hour", causes("sleep"), f"on waking: {CANNOT_HEAR}; in the middle of a line {CANNOT_SPEAK}, and the session ends",
          "safety.cannot-hear safety.cannot-speak", "release now", 2.5, ends=True),
)
"""Every fault that is caused in the middle of a session; first those that it survives."""


# --- measuring --------------------------------------------------------------------------------------------------


def measure(fault: Fault, session: LiveSession) -> Trial | None:
    """Cause it, wait for what is heard, and see what is true afterwards; None where nothing is to be heard."""
    at = time.monotonic()
    at = fault.cause(session) or at
    trial = None
    if fault.screen:
        session.until(fault.screen, PATIENCE)
        trial = Trial(time.monotonic() - at, by_sound=False)
    if fault.line:
        sounded = _sounded(session, fault.line, at)
        trial = Trial(sounded - at, by_sound=True) if sounded else trial
        if trial is None:
            raise AssertionError(f"'{fault.line}' was not heard")
    fault.afterwards(session)
    return trial


def _sounded(session: LiveSession, line: str, since: float) -> float | None:
    """When `line` began to sound after `since`; None when it is not found: a busy machine tears sound to pieces."""
    templates = [] if line == ALARM else [spoken_line(session.folder, key) for key in line.split()]
    end = time.monotonic() + 6.0
    while time.monotonic() < end:
        recorder = session.room.recorder
        found = [at + lead_in(template) for template in templates if (at := find(template, recorder, since - 0.05, PATIENCE))]
        if at := min(found, default=None) if templates else first_beep(recorder, since):
            return at
        time.sleep(0.3)
    return None


def first_beep(recorder: Recorder, since: float) -> float | None:
    """When the alarm's tone is first heard."""
    frame = RATE // 50
    skip = max(0, round((since - recorder.begin) * RATE))
    sound: Samples = recorder.samples()[skip:]
    power = np.abs(np.fft.rfft(sound[: len(sound) // frame * frame].reshape(-1, frame))) ** 2
    tone = power[:, 17:19].sum(axis=1)  # 50 Hz a step, 880 Hz
    loud = np.flatnonzero((tone > 0.5 * power.sum(axis=1)) & (tone > 1))
    return recorder.begin + (skip + int(loud[0]) * frame) / RATE if len(loud) else None


@contextlib.contextmanager
def running(folder: Path, lines: Path, setting: Setting = ORDINARY, *, seconds: float = 240.0) -> Iterator[LiveSession]:
    """A session that can be made to fail, at its first words.

    `lines` keeps what was rendered, so that only the first session takes its time to start.
    """
    if setting.cold:
        lines = folder / "lines"
    lines.mkdir(exist_ok=True)
    (folder / "cache").symlink_to(lines)
    with live_session(folder, FAULTY, seconds=seconds, prefix=setting.prefix(folder), environment=setting.environment(folder)) as session:
        session.before = session.until("Hello", START)
        yield session


def arrive(session: LiveSession, place: Place, turn: int = 0) -> None:
    """Lead a session there, and a moment into the coach's words; in each turn to another moment. From here on the speaker is recorded anew."""
    session.room.listen()  # a recording that a busy machine has torn tells the time wrong behind the gap
    session.lead(place.value)
    time.sleep(0.5 + 0.7 * turn)


def busy(fault: Fault) -> contextlib.AbstractContextManager[None]:
    """What else runs while this fault is caused."""
    return hogs(2 * (os.cpu_count() or 1)) if fault.hogged else contextlib.nullcontext()
