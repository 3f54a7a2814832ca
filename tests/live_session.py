"""`voicecoach run` as a user starts it, its transcript, and the room it runs in; for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from virtual_room import RATE, VirtualRoom, virtual_room

from voicecoach.audio import active_level, read
from voicecoach.records.journal import Entry, read_journal
from voicecoach.vocabulary import LineFinished, Say

PATIENCE = 30.0
FAULTY = (str(Path(__file__).with_name("faulty_run.py")),)
"""A program that can be made to fail in ways that nobody can cause from outside."""
LEVEL = 0.05
"""Active level of what people say into the microphone."""
NOTHING_MORE: Mapping[str, str] = {}
NOISE = 1e-4
"""A real microphone is never exactly silent, and the coach takes exact silence for a dead one."""


class LiveSession:
    """The running program."""

    def __init__(self, room: VirtualRoom, folder: Path, program: tuple[str, ...] = ("-m", "voicecoach"), settings: str = "", *,
                 prefix: tuple[str, ...] = (), environment: Mapping[str, str] = NOTHING_MORE) -> None:
        self.room, self.folder, self._prefix = room, folder, prefix
        self.before: list[str] = []
        """What was on the screen before the coach's first words, where somebody has kept it."""
        file = folder / "settings.yaml"
        file.write_text("program: one-stretch\nwords_per_minute: 300\n" + settings)  # nobody should have to listen for long
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[:2])), **environment}
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(folder / name.lower())
        self._faults = folder / "faults"
        if not self._faults.exists():
            os.mkfifo(self._faults)
        environment["FAULTS"] = str(self._faults)
        self.environment = environment
        self.program = subprocess.Popen(  # noqa: S603
            [*prefix, sys.executable, *program, "--config", str(file), "run"], env=environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError):  # closed while it was read
            for line in self.program.stdout or ():
                self.lines.put(line)

    def until(self, words: str, patience: float = PATIENCE) -> list[str]:
        """Wait for a line on the screen that holds `words`; every line up to it."""
        seen: list[str] = []
        end = time.monotonic() + patience
        while not seen or words not in seen[-1]:
            try:
                seen.append(self.lines.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"'{words}' never came; got {seen}{self._where_it_stands()}") from None
        return seen

    def _where_it_stands(self) -> str:
        """What every thread does, if the program can tell."""
        if "faulty_run.py" not in str(self.program.args) or self.program.poll() is not None:
            return ""
        self.program.send_signal(signal.SIGUSR1)
        time.sleep(2.0)
        told = []
        while not self.lines.empty():
            told.append(self.lines.get())
        return "\n" + "".join(told)

    def fault(self, name: str) -> None:
        """Cause a fault of `faulty_run`; the program must be `FAULTY`."""
        try:
            pipe = os.open(self._faults, os.O_WRONLY | os.O_NONBLOCK)  # or it would wait for ever for a program that has ended
        except OSError as error:
            raise AssertionError(f"nobody is there to whom '{name}' could be done") from error
        with os.fdopen(pipe, "w", encoding="utf-8") as file:
            file.write(name + "\n")

    def lead(self, goal: str, patience: float = PATIENCE) -> list[str]:
        """Lead a `FAULTY` program to a place of `faulty_run.PLACES`; what was on the screen up to there."""
        self.fault(f"lead to {goal}")
        return self.until(f"(led to: {goal})", patience)

    def press(self) -> None:
        """Somebody presses a key: a line on the standard input."""
        if self.program.stdin:
            self.program.stdin.write("\n")
            self.program.stdin.flush()

    def child(self, name: str) -> int:
        """The process that it has started whose command line holds `name`; 0 when there is none."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
                if int(parent) == self.program.pid and state != "Z" and name in (stat.parent / "cmdline").read_text():
                    return int(stat.parent.name)
        return 0

    def say(self, path: Path) -> None:
        """Somebody speaks a recording."""
        self.room.say(spoken(path))

    def until_quiet(self, seconds: float = 0.7) -> None:
        """Wait until the coach has said all, and a little longer: the echo of his own words counts for nobody's."""
        end = time.monotonic() + PATIENCE
        while self._talking():
            if time.monotonic() > end:
                raise AssertionError("the coach never stopped speaking")
            time.sleep(0.05)
        time.sleep(seconds)

    def _talking(self) -> bool:
        """A line that was ordered has not ended; also true before the first one."""
        last, over = 0, 0
        for entry in self.entries():
            last = max([last, *(command.utterance for command in entry.commands if isinstance(command, Say))])
            over = max(over, entry.event.utterance) if isinstance(entry.event, LineFinished) else over
        return over < last or not last

    @property
    def journal(self) -> Path:
        """Where this session is written down."""
        # Through the program's own eyes where it may have file systems of its own.
        folder = Path(f"/proc/{self.program.pid}/root{self.folder}") if self._prefix else self.folder
        (path,) = (folder / "state").glob("voicecoach/journals/*.jsonl")
        return path

    def entries(self) -> list[Entry]:
        """The journal so far."""
        return list(read_journal(self.journal)[1])

    def close(self) -> None:
        """End it at once, and politely, so that it raises no alarm."""
        for patience in (0.2, 5.0):
            if self.program.poll() is None:
                self.program.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.program.wait(patience)
        self.program.kill()
        self.program.wait()
        for stream in (self.program.stdin, self.program.stdout):
            if stream:
                stream.close()


def spoken(path: Path) -> np.ndarray:
    """A recording at the level at which people speak here."""
    sound = read(path)
    return sound * np.float32(LEVEL / active_level(sound))


@contextlib.contextmanager
def live_session(folder: Path, program: tuple[str, ...] = ("-m", "voicecoach"), settings: str = "", *, seconds: float = 120.0,
                 prefix: tuple[str, ...] = (), environment: Mapping[str, str] = NOTHING_MORE) -> Iterator[LiveSession]:
    """A session in a room of its own, with the faint noise of a microphone for so many seconds; `prefix` starts the program."""
    with virtual_room() as room:
        room.say(np.random.default_rng(0).standard_normal(int(RATE * seconds)).astype(np.float32) * NOISE)
        room.listen()
        running = LiveSession(room, folder, program, settings, prefix=prefix, environment=environment)
        try:
            yield running
        finally:
            running.close()
