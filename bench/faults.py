"""Faults while `voicecoach run` runs, each caused for real on virtual devices: what the people hear, and after how many seconds.

python -m bench.faults [--trials 3] [--only WORDS] [--more]     writes docs/faults.md (make bench-faults)

Each session is written down in docs/benchmarks/faults.json at once, and the page is made of all that stands there; `--more` adds to it.

The seconds are those from the fault to the first sound at the loudspeaker that tells the partner to let go, found in its recording;
where it is not found there, to the screen's line, which comes with it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.room import find, lead_in, spoken_line
from voicecoach.audio import RATE, Samples

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/faults.md"
KEPT = ROOT / "docs/benchmarks/faults.json"
sys.path.insert(0, str(ROOT / "tests"))
from live_session import FAULTY, LiveSession, live_session  # noqa: E402 - test helpers
from virtual_room import Recorder, missing  # noqa: E402

PATIENCE = 25.0
START = 150.0
"""Seconds for a session to start on a busy machine."""
ALARM = "the alarm"
"""Beeps, and the line behind them: what sounds when the coach himself cannot."""
NOTHING = ""
STOPPED = 10.0
"""Seconds for which a program is stopped."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail."""

    name: str
    cause: Callable[[LiveSession], None]
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
    cold: bool = False
    """Nothing is rendered beforehand, so that the voice has work to do."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault, caused once."""

    seconds: float
    by_sound: bool
    """Found in the loudspeaker's recording, not only on the screen."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one session."""

    trial: Trial | None
    """None where nothing is to be heard, or nothing was."""
    failed: bool = False
    """It did not come as the table says, or the session did not even start."""


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
    """The voice's process is killed and none comes up again; then somebody says stop (a key), so that lines are needed."""
    session.fault("no more children")
    ends("pyttsx3_worker")(session)
    session.program.send_signal(signal.SIGTERM)


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
    session.program.send_signal(signal.SIGTERM)
    session.until("(stop, keyboard)")
    session.until("Ease everything back down")


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

FAULTS = (
    Fault("a recogniser hangs in its library", causes("ear hangs"), CANNOT_HEAR, "safety.cannot-hear", "I cannot hear you any more", 2.5),
    Fault("a recogniser's thread ends without a word", causes("ear ends"), f"{CANNOT_HEAR}; it is built anew", "safety.cannot-hear", "I cannot hear you any more", 2.5),
    Fault("the microphone is muted", lambda session: session.room.mute_microphone(), CANNOT_HEAR, "safety.cannot-hear", "I cannot hear you any more", 2.5),
    Fault("the microphone is pulled out", lambda session: session.room.unplug_microphone(), CANNOT_HEAR, "safety.cannot-hear", "I cannot hear you any more", 2.5),
    Fault("the voice's process is killed once", ends("pyttsx3_worker"), "nothing: the line is rendered by a new process", NOTHING, "", 0.0, still_answers, cold=True),
    Fault("the voice is killed for good, and somebody presses a key", voice_for_good, f"{STOP} from memory, then {CANNOT_SPEAK}",
          "safety.stop", "release now", 1.0, ends_as("cannot-speak"), cold=True),
    Fault("the loudspeaker is pulled out", lambda session: _without_speaker(session), BEEPS, ALARM, "PARTNER, RELEASE NOW", 3.5),  # noqa: PLW0108 - it stands below
    Fault("the sound server hangs", lambda session: session.room.freeze(), "nothing can sound; the screen and its bell say it", NOTHING, "PARTNER, RELEASE NOW", 5.0),
    Fault("SIGTERM (a polite kill, a shutdown)", sends(signal.SIGTERM), STOP, "safety.stop", "release now", 1.0, released),
    Fault("kill -9", sends(signal.SIGKILL), BEEPS, ALARM, "PARTNER, RELEASE NOW", 2.5),
    Fault("a crash in a native library", causes("native crash"), BEEPS, ALARM, "PARTNER, RELEASE NOW", 2.5),
    Fault("a mistake in this program", causes("mistake"), CANNOT_SPEAK, "safety.cannot-speak", "", 1.5),
    Fault("the coach stands still for 10 s (SIGSTOP, SIGCONT)", stands_still, f"{BEEPS}; when it goes on, “Partner, release now …” once more", ALARM, "PARTNER, RELEASE NOW", 4.5,
          goes_on_after_standing_still),
    Fault("the alarm's process is killed", ends("guardian"), "nothing: it is started anew", NOTHING, "", 0.0, alarm_is_back),
    Fault("the machine sleeps for an hour", causes("sleep"), f"on waking: {CANNOT_HEAR}; in the middle of a line {CANNOT_SPEAK}, and the session ends",
          "safety.cannot-hear safety.cannot-speak", "release now", 2.5),
    Fault("the clock is set back by an hour", causes("clock back"), "nothing", NOTHING, "", 0.0, still_answers),
    Fault("the disk is full", causes("disk full"), "nothing; at the end the screen says that the journal is not whole", NOTHING, "", 0.0, still_answers),
)
"""Every fault that is caused in the middle of a session."""

HOGGED = Fault("two programs on each core take all they can, and somebody presses a key", sends(signal.SIGTERM), STOP, "safety.stop", "release now", 3.0, released)


def _without_speaker(session: LiveSession) -> None:
    session.room.plug_speaker("spare")
    session.room.listen("spare")
    session.room.unplug_speaker("spare")


# --- measuring --------------------------------------------------------------------------------------------------


def measure(fault: Fault, session: LiveSession) -> Trial | None:
    """Cause it, wait for what is heard, and see what is true afterwards; None where nothing is to be heard."""
    at = time.monotonic()
    fault.cause(session)
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
def running(folder: Path, lines: Path, turn: int = 0, *, prefix: tuple[str, ...] = ()) -> Iterator[LiveSession]:
    """A session that can be made to fail, a moment into its first words; in each turn at another moment.

    `lines` keeps what was rendered, so that only the first session takes its time to start; `prefix` starts the program.
    """
    lines.mkdir(exist_ok=True)
    (folder / "cache").symlink_to(lines)
    with live_session(folder, FAULTY, seconds=240.0, prefix=prefix) as session:
        session.before = session.until("Hello", START)
        time.sleep(0.5 + 0.7 * turn)
        yield session


def once(fault: Fault, turn: int, lines: Path) -> Result:
    """One session with one fault."""
    busy = hogs(2 * (os.cpu_count() or 1)) if fault is HOGGED else contextlib.nullcontext()
    try:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), Path(folder) / "lines" if fault.cold else lines, turn) as session, busy:
            return Result(measure(fault, session))
    except AssertionError as error:
        print(f"{fault.name}: {error}", file=sys.stderr, flush=True)
        return Result(None, failed=True)


# --- the page ---------------------------------------------------------------------------------------------------

HEAD = """\
# What the people hear when something fails

Every fault of this table was caused in a running `voicecoach run` on a private sound server, in the middle of the coach's words, on {date} ({machine}; load {load}). The seconds go
from the fault to the first sound at the loudspeaker that tells the partner to let go. `make bench-faults` measures them anew and writes this page; a shorter run is part of the
tests (`tests/test_live_faults.py`), where each promise is kept, or doubled on a machine that is busy.

| fault | what the people hear | promised within, s | measured median, s | worst, s | n |
|---|---|---|---|---|---|
"""

FOOT = """\

n counts sessions, one fault each.{screens} With †, the promise was not kept: promises are for a machine that has time for it, and the load at each session stands in docs/benchmarks/faults.json.

## The worst case

**From a fault to the first sound of “release now” (or of the alarm's beeps before it) it took {worst:.1f} s at worst in {sessions} sessions (promised: {promise:g} s)**: when the whole coach stands still, for nothing tells that but his silence (3 s: `HUNG` in
`voicecoach/engines/guardian.py`), and the alarm has to open the devices. Everything else is found sooner. From a spoken “stop”, with nothing broken, it takes 0.05 s in the middle and 0.32 s at worst
(n = 40, [benchmarks.md](benchmarks.md)).

The release line leads to the same state in each phase, at once; that is a property of the session core, tested for any event at any time (docs/safety.md). So it does not matter here in which phase a fault comes.

## At the start, and beside a session

| fault | what happens |
|---|---|
| a session was killed | the next start says so on the screen and aloud, in which minute, and which stretch was under way, if any; it begins with the questions anew |
| two sessions at once | the second one ends with one sentence that names the first one's time and process; the first goes on |
| nothing may be written to the data folder | each thing that cannot be kept is told in a sentence on the screen; the session runs, and stop is answered |
| the disk is full | the same; the alarm needs no file |

## What no program can answer

- A machine that loses its power, or whose kernel hangs, says nothing. Neither does one that has fallen asleep: it speaks when it wakes. Whoever pushes and hears nothing for long lets go; the coach says so before
  the first stretch.
- A sound server that hangs plays nothing for anybody; the screen and its bell are all there is.
- The alarm tries every output, but a loudspeaker that was turned down by hand is silent for it as well.
- The sleep is injected (the session's clock jumps by an hour; it is CLOCK_BOOTTIME on Linux, which counts real sleep), and so is the clock that is set back (Python's `time.time`). No real laptop was closed.
- On the busy processor a key was pressed; how many spoken “stop”s such a machine misses was not measured. It tells when it is too far behind to hear (1.2 s of sound).
- Measured on virtual devices. Bluetooth loudspeakers add their own delay to each of these figures.
"""


def row(fault: Fault, results: Sequence[Result]) -> str:
    """One line of the table."""
    trials, failed = [result.trial for result in results], sum(result.failed for result in results)
    seconds = [trial.seconds for trial in trials if trial]
    figures = f"{np.median(seconds):.2f} | {max(seconds):.2f}" if seconds else "- | -"
    mark = "" if all(trial.by_sound for trial in trials if trial) else " *"
    mark += " †" if seconds and fault.promise < max(seconds) else ""
    return f"| {fault.name} | {fault.hear} | {f'{fault.promise:g}' if fault.promise else '-'} | {figures}{mark} | {len(results) - failed}{f', {failed} failed' if failed else ''} |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--only", default="", metavar="WORDS", help="only faults whose name holds these words")
    parser.add_argument("--more", action="store_true", help="add to what was measured before")
    arguments = parser.parse_args()
    if reason := missing():
        sys.exit(f"There can be no virtual room here ({reason}), so nothing is measured.")
    kept: list[dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8")) if arguments.more else []
    with tempfile.TemporaryDirectory() as lines:
        for turn in range(arguments.trials):  # whole rounds, so that one that is cut short has all of the table
            for fault in (*FAULTS, HOGGED):
                if arguments.only in fault.name:
                    load = os.getloadavg()[0]
                    result = once(fault, turn, Path(lines))
                    print(row(fault, [result]), flush=True)
                    kept.append({"fault": fault.name, "load": round(load, 1), "failed": result.failed} | (asdict(result.trial) if result.trial else {}))
                    KEPT.write_text("[\n" + ",\n".join(json.dumps(one) for one in kept) + "\n]\n", encoding="utf-8")
                    write(kept)


def write(kept: Sequence[dict[str, Any]]) -> None:
    """The page."""
    results = {fault: [Result(Trial(one["seconds"], by_sound=one["by_sound"]) if "seconds" in one else None, failed=one["failed"])
                       for one in kept if one["fault"] == fault.name] for fault in (*FAULTS, HOGGED)}
    every = [result.trial for done in results.values() for result in done if result.trial]
    loads = [one["load"] for one in kept]
    screens = "" if all(trial.by_sound for trial in every) else " With *, a trial at least was read from the screen: it was not found in the recording, or nothing can sound."
    heard = [result.trial.seconds for fault, done in results.items() if fault is not HOGGED and fault.line for result in done if result.trial]
    head = HEAD.format(date=datetime.now(UTC).date(), machine=f"{os.cpu_count()} cores", load=f"{min(loads):.0f} to {max(loads):.0f}")
    foot = FOOT.format(screens=screens, sessions=len(kept), worst=max(heard), promise=max(fault.promise for fault in FAULTS if fault.line))
    PAGE.write_text(head + "\n".join(row(fault, done) for fault, done in results.items() if done) + "\n" + foot, encoding="utf-8")


if __name__ == "__main__":
    main()
