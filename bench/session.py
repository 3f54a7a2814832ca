"""Figures of the session: the core alone, rehearsals with real ears and voice, the start, and single calls.

python -m bench.session          prints a section for docs/benchmarks.md
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from voicecoach.engines.fakes import SilentVoice, TypedRecogniser
from voicecoach.language.loader import load_program, load_script
from voicecoach.machine.resources import data_folder
from voicecoach.records.journal import Journal, Recipe, read_journal
from voicecoach.records.transcript import Transcript
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.run import Rehearsal
from voicecoach.rehearsal.scenario import load_scenario

SCENARIO = "first-session"


class _TypingTranscript(Transcript):
    """Types what the imagined people say into a fake ear."""

    def __init__(self, path: Path, ear: TypedRecogniser) -> None:
        super().__init__(path)
        self._ear = ear

    def person(self, now: float, who: str, words: str) -> None:
        super().person(now, who, words)
        self._ear.type(words)


def core_factor(folder: Path) -> tuple[float, float]:
    """Session minutes and real-time factor of the first session with fakes: no ear, no voice, only the clock and the core."""
    dialogs = data_folder("dialogs")
    script = load_script(dialogs / "en")
    path = dialogs / "scenarios" / f"{SCENARIO}.yaml"
    scenario = load_scenario(path, script)
    recipe = Recipe("en", load_program(dialogs / "programs" / f"{scenario.program}.yaml", script))
    ear, voice = TypedRecogniser(), SilentVoice()
    run = Rehearsal(recipe.session(script), script, Cast(scenario, path.parent, {"client": voice, "partner": voice}), scenario, ears=[ear],
                    voice=voice, journal=Journal(folder / "journal.jsonl", recipe), transcript=_TypingTranscript(folder / "transcript.txt", ear))
    began = time.perf_counter()
    result = run.run(folder / "session.wav")
    took = time.perf_counter() - began
    if result.failures:
        raise SystemExit(f"the rehearsal with fakes failed: {result.failures}")
    return result.seconds / 60, result.seconds / took


def real_factor(folder: Path) -> tuple[float, float]:
    """Wall seconds, and peak memory in MB, of the same rehearsal with the real ear and voice, as a user runs it."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "voicecoach", "rehearse", SCENARIO, "--quiet", "--out", str(folder)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the rehearsal failed with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def handle_times(journal: Path) -> list[float]:
    """Microseconds of each `Session.handle` call when a journal is replayed."""
    recipe, entries = read_journal(journal)
    session = recipe.session(load_script(data_folder("dialogs") / recipe.language))
    times = []
    for entry in entries:
        began = time.perf_counter_ns()
        session.handle(entry.event, entry.now)
        times.append((time.perf_counter_ns() - began) / 1000)
    return times


def start_to_first_word(times: int = 5) -> tuple[list[float], list[float]] | None:
    """Seconds from the start of `voicecoach run` to the first sound at the speaker, and peak MB; None without virtual devices."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import numpy as np  # noqa: PLC0415
    from virtual_room import missing, virtual_room  # noqa: PLC0415 - a test helper

    if missing():
        return None
    seconds, memory = [], []
    for _ in range(times + 1):
        with virtual_room() as room:
            room.say(np.random.default_rng(0).standard_normal(16_000 * 30).astype(np.float32) * 1e-4)
            room.listen()
            before = len(room.heard())
            process = subprocess.Popen([sys.executable, "-m", "voicecoach", "run", "--program", "one-stretch"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
            while not (room.heard()[before:] > 0.01).any():
                time.sleep(0.02)
            seconds.append(float(np.argmax(room.heard()[before:] > 0.01)) / 16_000)
            time.sleep(4)
            process.kill()
            memory.append(os.wait4(process.pid, 0)[2].ru_maxrss / 1024)
    return seconds[1:], memory[1:]  # the first one fills the cache of rendered lines


def section() -> Iterable[str]:
    """The section of docs/benchmarks.md, line by line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minutes, core = core_factor(folder)
        real_factor(folder)  # fills the cache of rendered lines
        wall, memory = real_factor(folder)
        times = handle_times(folder / "journal.jsonl")
    yield "## The session"
    yield ""
    yield "| figure | target | measured | n |"
    yield "|---|---|---|---|"
    yield f"| first session with fakes, times real time | >= 20 | {core:,.0f} | 1 session of {minutes:.1f} min |"
    yield f"| the same with the real ear and voice, times real time | | {minutes * 60 / wall:.0f} ({wall:.0f} s) | 1 |"
    yield f"| peak memory of that rehearsal | < 450 MB | {memory:.0f} MB | 1 |"
    yield f"| one `Session.handle` call, median / 99th percentile / worst | | {statistics.median(times):.0f} / {statistics.quantiles(times, n=100)[98]:.0f} / {max(times):.0f} µs | {len(times)} calls |"
    if start := start_to_first_word():
        seconds, live = start
        yield f"| start of `voicecoach run` to the first sound at the speaker, warm cache | < 2.5 s | median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s | {len(seconds)} |"
        yield f"| peak memory of `voicecoach run` | < 450 MB | {max(live):.0f} MB | {len(live)} |"
    else:
        yield "| start of `voicecoach run` to the first sound | < 2.5 s | not measured: no virtual sound devices here | 0 |"


if __name__ == "__main__":
    print("\n".join(section()))
    print(f"(peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)", file=sys.stderr)
