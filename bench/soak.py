"""Hours of sound through the live path, and real minutes on virtual devices: does memory grow, does the clock drift, is sound lost?

python -m bench.soak [--hours 8] [--minutes 30]      prints a section for docs/benchmarks.md and keeps it

The simulated hours run the live session itself (`voicecoach.live.app`: its threads, queues, watch and journal) with the real ear, on the
clock of the sound, as fast as the ear can hear; the voice is silent and the speaker keeps nothing. The real minutes are
`voicecoach run` as a user starts it. Somebody says "stop" again and again, so that the session stays open.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.room import clips, live_session, missing, spoken
from voicecoach.audio import RATE, Pcm, Samples, read
from voicecoach.engines import Recogniser
from voicecoach.engines.fakes import RecordingSpeaker, SilentVoice
from voicecoach.engines.moonshine import Moonshine
from voicecoach.hearing.ear import MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.language.loader import load_program, load_script
from voicecoach.live.app import App, Engines
from voicecoach.machine.resources import data_folder
from voicecoach.records.journal import Journal, Recipe, read_journal
from voicecoach.records.transcript import Transcript
from voicecoach.vocabulary import Evidence, Heard, Intent, Lost

BLOCK = 320
STEP = 10
"""Blocks between two looks at the threads."""
SLACK = 25
"""Blocks that may be on their way to the ear: half a second, of the 1.2 that it may be behind. So much is not heard any more when a session ends."""
GROWTH = 0.05
"""Of memory, after the warm-up."""
WARM_UP = 0.1
"""Part of a run that does not count: models, caches and arenas fill."""
DRIFT = 200.0
"""Millionths by which the sound's clock may differ from the machine's: cheap crystals are below 100."""
UNREPORTED = 0.2
"""Seconds of sound that may be missing without a line in the journal: what is still in the devices' buffers."""
STOP_EVERY = 45.0
WORD_EVERY = 15.0


@dataclass(slots=True)
class Figures:
    """What one run showed."""

    seconds: float = 0.0
    date: str = field(default_factory=lambda: str(datetime.now(UTC).date()))
    took: float = 0.0
    memory: list[tuple[float, float]] = field(default_factory=list)
    """(seconds of the run, MB)."""
    sound: list[dict[str, float]] = field(default_factory=list)
    """The journal's notes about sound."""
    losses: list[str] = field(default_factory=list)
    stops: tuple[int, int] = (0, 0)
    """Heard, said."""
    sessions: int = 1
    missing: float = 0.0
    """Seconds of sound that were delivered and that no ear worked through."""

    @property
    def growth(self) -> float:
        """From the first tenth after the warm-up to the last tenth, medians."""
        late = [mb for at, mb in self.memory if at >= WARM_UP * self.seconds]
        part = max(1, len(late) // 10)
        return float(np.median(late[-part:]) / np.median(late[:part]) - 1) if late else 0.0

    @property
    def gaps(self) -> tuple[int, int]:
        """Overflows and underflows, all of them in the journal."""
        return int(sum(n["overflows"] for n in self.sound)), int(sum(n["underflows"] for n in self.sound))

    @property
    def drift(self) -> float:
        """Millionths by which sound comes slower than time passes: the slope over the run, which forgives single gaps."""
        points = [(n["now"], n["now"] - n["heard"]) for n in self.sound if n["now"] >= WARM_UP * self.seconds]
        return float(np.polyfit(*zip(*points, strict=True), 1)[0] * 1e6) if len(points) > 2 else 0.0

    @property
    def unreported(self) -> float:
        """Seconds by which sound fell behind the clock between two notes of which the second reports no gap, the largest."""
        behind = [(n["now"] - n["heard"], n["overflows"]) for n in self.sound[1:]]
        steps = [b - a for (a, _), (b, gaps) in pairwise(behind) if not gaps]
        return max([0.0, *steps])

    @property
    def faults(self) -> list[str]:
        """Which of the promises were not kept."""
        found = {f"memory grew by {100 * self.growth:.1f} %": self.growth > GROWTH, f"a drift of {self.drift:.0f} millionths": abs(self.drift) > DRIFT,
                 f"{self.unreported:.2f} s of sound are missing and no line of the journal says so": self.unreported > UNREPORTED,
                 f"{self.missing:.2f} s of sound never reached the ear": self.missing > UNREPORTED}
        return [fault for fault, true in found.items() if true]


# --- simulated hours --------------------------------------------------------------------------------------------


class _Sound:
    """An endless evening: kitchen noise, a word now and then, "stop" every minute or so."""

    def __init__(self, speech: Path) -> None:
        self._chance = np.random.default_rng(1)
        self._noise = read(speech / "noise_kitchen.flac")
        self._stops = clips(speech, 40)
        self._others = [path for name in ("one", "house", "happy", "left", "tree", "go", "up", "yes", "no") for path in sorted((speech / "words" / name).glob("*.flac"))[:5]]
        self._stop_at, self._at = 5.0, 0.0
        self.stops = 0

    def __iter__(self) -> Iterator[Samples]:
        """Stretches of a few seconds."""
        while True:
            if self._at >= self._stop_at:
                self._stop_at += STOP_EVERY
                self.stops += 1
                word = spoken(self._stops[self.stops % len(self._stops)])
            else:
                word = spoken(self._others[self._chance.integers(len(self._others))])
            stretch = np.zeros(int(WORD_EVERY * RATE), np.float32)
            stretch[: len(word)] = word[: len(stretch)]
            begin = self._chance.integers(len(self._noise) - len(stretch))
            self._at += WORD_EVERY
            yield stretch + np.float32(0.05) * self._noise[begin: begin + len(stretch)]


class _Microphone:
    """Delivers the evening block by block; its position is the session's clock."""

    name, overflows = "evening", 0

    def __init__(self, sound: Iterator[Samples]) -> None:
        self._sound, self._rest = sound, np.zeros(0, np.float32)
        self._deliver: Callable[[Samples], None] | None = None
        self.samples = 0

    def check(self) -> None:
        """It always works."""

    def start(self, deliver: Callable[[Samples], None], lost: Callable[[str], None]) -> None:  # noqa: ARG002 - it is never lost
        """See `Microphone.start`."""
        self._deliver = deliver

    def stop(self) -> None:
        """See `Microphone.stop`."""
        self._deliver = None

    def pump(self) -> None:
        """The next block."""
        if len(self._rest) < BLOCK:
            self._rest = np.concatenate((self._rest, next(self._sound)))
        block, self._rest = self._rest[:BLOCK].copy(), self._rest[BLOCK:]
        self.samples += BLOCK
        if self._deliver:
            self._deliver(block)

    def now(self) -> float:
        """Seconds of sound."""
        return self.samples / RATE


class _Ear:
    """The real ear, which tells how far it has come."""

    def __init__(self) -> None:
        self._model = Moonshine()
        self._ear = MoonshineEar(self._model)
        self.name, self.release_only, self.check, self.samples = self._ear.name, self._ear.release_only, self._ear.check, 0

    def anew(self) -> _Ear:
        """As a session gets it: its times begin with the session."""
        self._ear = MoonshineEar(self._model)
        self.check = self._ear.check
        return self

    def listen(self, grammar: Grammar) -> None:
        """See `Recogniser.listen`."""
        self._ear.listen(grammar)

    def edge(self) -> None:
        """See `Recogniser.edge`."""
        self._ear.edge()

    def retract(self, hypothesis: Hypothesis) -> None:
        """See `Recogniser.retract`."""
        self._ear.retract(hypothesis)

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """See `Recogniser.accept`."""
        found = self._ear.accept(samples)
        self.samples += len(samples)
        return found


class _Speaker(RecordingSpeaker):
    """A speaker on the sound's clock that keeps nothing; its calls come from several threads."""

    def __init__(self) -> None:
        super().__init__()
        self._one = threading.RLock()

    def play(self, pcm: Pcm, started: Callable[[], None], finished: Callable[[], None]) -> None:
        with self._one:
            super().play(pcm, started, finished)

    def hush(self) -> None:
        with self._one:
            super().hush()

    def advance(self, seconds: float) -> None:
        with self._one:
            super().advance(seconds)
            del self.lines[:-1]


def simulate(speech: Path, folder: Path, seconds: float) -> Figures:
    """So many seconds of sound through the live session, as fast as it goes."""
    sound, ear = _Sound(speech), _Ear()
    microphone = _Microphone(iter(sound))
    figures = Figures(seconds, sessions=0)
    began, heard = time.perf_counter(), 0
    while microphone.now() < seconds:
        figures.sessions += 1
        path = folder / f"{figures.sessions}.jsonl"
        before = ear.samples
        offset = _one_session(path, microphone, ear, seconds, figures)
        entries = list(read_journal(path)[1])
        heard += sum(isinstance(e.event, Heard) and e.event.intent is Intent.STOP for e in entries)
        figures.losses += [e.event.reason for e in entries if isinstance(e.event, Lost)]
        figures.sound += [{**n, "now": n["now"] + offset / RATE, "heard": n["heard"] + offset / RATE} for n in _notes(path)]
        figures.missing += max(0.0, (microphone.samples - offset - (ear.samples - before) - (SLACK + STEP) * BLOCK) / RATE)
    figures.took, figures.stops = time.perf_counter() - began, (heard, sound.stops)
    return figures


def _one_session(path: Path, microphone: _Microphone, ear: _Ear, seconds: float, figures: Figures) -> int:
    """One session until it or the time ends; the microphone's sample at its beginning."""
    script = load_script(data_folder("dialogs") / "en")
    recipe = Recipe("en", load_program(data_folder("dialogs") / "programs/one-stretch.yaml", script))
    speaker = _Speaker()
    makers: dict[str, Callable[[], Recogniser]] = {"moonshine": ear.anew}
    app = App(recipe.session(script), script, Engines(makers, SilentVoice(), microphone, speaker), Journal(path, recipe), Transcript(None), clock=microphone.now)
    thread = threading.Thread(target=app.run, daemon=True)
    first, done, minute, over = microphone.samples, ear.samples, -1.0, False
    thread.start()
    while microphone._deliver is None:  # noqa: SLF001
        time.sleep(0.01)
    while thread.is_alive():
        for _ in range(STEP):
            microphone.pump()
        speaker.advance(STEP * BLOCK / RATE)
        # The clock of the sound must not run away from the threads, as real time does not.
        while thread.is_alive() and (microphone.samples - first - (ear.samples - done) > SLACK * BLOCK or _busy(app)):
            time.sleep(0.0002)
        if microphone.now() - minute >= seconds / 400:
            minute = microphone.now()
            figures.memory.append((minute, _memory("self")))
            if minute >= seconds and not over:  # the end of the time: somebody ends it at the machine
                over = True
                app._post(Heard(Intent.FINISH, Evidence.STRONG, ear="keyboard"))  # noqa: SLF001 - a bench looks inside
    return first


def _busy(app: App) -> bool:
    """The session has something to do still."""
    return not app._happenings.empty() or not (app._mouth and app._mouth._lines.empty())  # noqa: SLF001


# --- real minutes -----------------------------------------------------------------------------------------------


def live(speech: Path, folder: Path, seconds: float) -> Figures:
    """`voicecoach run` for so many real seconds on virtual devices."""
    figures = Figures(seconds)
    stops, said = clips(speech, 40), 0
    with live_session(folder, seconds=seconds + 60) as session:
        session.until("Hello")
        began = time.monotonic()
        while (now := time.monotonic() - began) < seconds and session.program.poll() is None:
            if now >= STOP_EVERY * said:
                session.say(stops[said % len(stops)])
                said += 1
            figures.memory.append((now, _memory(str(session.program.pid))))
            time.sleep(min(5.0, seconds / 60))
        if session.program.poll() is not None:
            figures.losses.append(f"the session ended by itself after {now:.0f} s")
        path = session.journal
        entries = list(read_journal(path)[1])
        figures.sound = _notes(path)
    figures.took = now
    figures.stops = sum(isinstance(e.event, Heard) and e.event.intent is Intent.STOP for e in entries), said
    figures.losses += [e.event.reason for e in entries if isinstance(e.event, Lost)]
    return figures


def _notes(path: Path) -> list[dict[str, float]]:
    return [note for line in path.read_text(encoding="utf-8").splitlines() if line.startswith('{"note":"sound"') and (note := json.loads(line))]


def _memory(process: str) -> float:
    """Resident MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


# --- the page ---------------------------------------------------------------------------------------------------


def section(runs: dict[str, Figures]) -> Iterable[str]:
    """The section of docs/benchmarks.md, line by line."""
    yield f'Somebody says "stop" every {STOP_EVERY:g} s and, in the simulated hours, another word every {WORD_EVERY:g} s in kitchen noise. The first {100 * WARM_UP:.0f} % are warm-up.'
    yield ""
    yield "| | " + " | ".join(runs) + " |"
    yield "|---|" + "---|" * len(runs)
    rows: dict[str, Callable[[Figures], str]] = {
        "measured on": lambda f: f.date,
        "sound": lambda f: f"{f.seconds / 3600:.2f} h" if f.seconds >= 3600 else f"{f.seconds / 60:.1f} min",
        "took (times real time)": lambda f: f"{f.took / 60:.1f} min ({f.seconds / f.took:.0f})",
        "memory after warm-up, at the end": lambda f: f"{next((mb for at, mb in f.memory if at >= WARM_UP * f.seconds), 0.0):.0f} MB, {f.memory[-1][1]:.0f} MB",
        f"growth of memory (<= {100 * GROWTH:g} %)": lambda f: f"{100 * f.growth:+.1f} %",
        f"drift of sound against the clock (<= {DRIFT:g} millionths)": lambda f: f"{f.drift:+.0f}",
        "overflows, underflows, all reported": lambda f: f"{f.gaps[0]}, {f.gaps[1]}",
        f"most sound lost and not reported (<= {UNREPORTED:g} s)": lambda f: f"{f.unreported:.3f} s",
        "delivered, but never worked through": lambda f: f"{f.missing:.2f} s",
        "times that something was reported lost": lambda f: str(len(f.losses)),
        '"stop" heard / said': lambda f: f"{f.stops[0]} / {f.stops[1]}",
        "sessions": lambda f: str(f.sessions),
    }
    for name, cell in rows.items():
        yield f"| {name} | " + " | ".join(cell(figures) for figures in runs.values()) + " |"
    for name, figures in runs.items():
        for line in [*figures.faults, *sorted(set(figures.losses))]:
            yield f"\n{name}: {line}."


def load(file: Path) -> dict[str, Figures]:
    """The runs of `file`; none where it is not there."""
    return {name: Figures(**figures) for name, figures in json.loads(file.read_text(encoding="utf-8")).items()} if file.exists() else {}


def save(file: Path, runs: dict[str, Figures]) -> None:
    """Write the runs down, with the whole course of the memory."""
    lines = (f"{json.dumps(name)}: {json.dumps(asdict(figures))}" for name, figures in runs.items())
    file.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def main() -> None:
    """Run, print, keep; the exit code says whether all promises were kept."""
    from bench.__main__ import SECTIONS, SPEECH, keep  # noqa: PLC0415 - it imports the report's parts

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0, help="simulated; 0: what was measured before stays")
    parser.add_argument("--minutes", type=float, default=30.0, help="real; 0: the same")
    parser.add_argument("--dry", action="store_true", help="print only")
    arguments = parser.parse_args()
    runs = {}
    with tempfile.TemporaryDirectory() as name:
        if arguments.minutes and not missing():
            (Path(name) / "live").mkdir()
            runs["`voicecoach run`, virtual devices"] = live(SPEECH, Path(name) / "live", 60 * arguments.minutes)
        if arguments.hours:
            runs["simulated, the live path"] = simulate(SPEECH, Path(name), 3600 * arguments.hours)
    print("\n".join(section(runs)))
    if not arguments.dry:
        every = load(SECTIONS / "soak.json") | runs
        save(SECTIONS / "soak.json", every)
        keep("soak", "The soak: hours of it", "\n".join(section(every)))
    sys.exit(any(figures.faults for figures in runs.values()))


if __name__ == "__main__":
    main()
