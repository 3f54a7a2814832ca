"""docs/faults.md, made of what stands in docs/benchmarks/faults.json; a test makes it again and compares."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.faults import FAULTS, NOTHING, Fault, Place, Trial
from bench.hearing import share
from bench.hogged import WAIT, Stop

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/faults.md"
KEPT = ROOT / "docs/benchmarks/faults.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one fault, caused once."""

    fault: str
    place: str
    """Of `Place`."""
    date: str
    load: float
    """The machine's, averaged over the minute before."""
    failed: bool = False
    """It did not come as the table says, or the session did not even start."""
    seconds: float | None = None
    """None where nothing is to be heard, or nothing was."""
    by_sound: bool = True

    def of(self, trial: Trial | None, *, failed: bool = False) -> Record:
        """The same with what was measured."""
        return replace(self, failed=failed, seconds=None if trial is None else round(trial.seconds, 3), by_sound=trial is None or trial.by_sound)

    @property
    def under_force(self) -> bool:
        """Somebody was being pushed."""
        return Place(self.place).under_force


@dataclass(slots=True)
class Kept:
    """All that was measured, in a file."""

    records: list[Record] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    cores: int = 0
    """Of the machine."""

    @classmethod
    def load(cls) -> Kept:
        """What the file holds; nothing where there is none."""
        if not KEPT.exists():
            return cls()
        data = json.loads(KEPT.read_text(encoding="utf-8"))
        return cls([Record(**one) for one in data["faults"]], [Stop(**one) for one in data["stops"]], data["cores"])

    def save(self) -> None:
        """Write the file, and the page that is made of it."""
        KEPT.write_text(f'{{"cores": {self.cores},\n"faults": {_lines(self.records)},\n"stops": {_lines(self.stops)}}}\n', encoding="utf-8")
        PAGE.write_text(page(self), encoding="utf-8")

    def add(self, fault: Fault, record: Record) -> None:
        """One more."""
        self.records.append(replace(record, fault=fault.name))
        self.save()

    def forget(self, names: Collection[str], *, stops: bool) -> None:
        """What will be measured anew, and faults that are in the list no more."""
        known = {fault.name for fault in FAULTS} - set(names)
        self.records = [record for record in self.records if record.fault in known]
        self.stops = [] if stops else self.stops

    def count(self, fault: Fault, *, under_force: bool) -> int:
        """How often it was caused."""
        return len(self.of(fault, under_force=under_force))

    def of(self, fault: Fault, *, under_force: bool) -> list[Record]:
        """What came of it."""
        return [record for record in self.records if record.fault == fault.name and record.under_force is under_force]


def _lines(some: Sequence[Record | Stop]) -> str:
    """JSON with one of them on a line."""
    return "[\n" + ",\n".join(json.dumps(asdict(one)) for one in some) + "\n]"


HEAD = """\
# What the people hear when something fails

Every fault of this table was caused in a running `voicecoach run` on a private sound server, in the middle of the coach's words: while he asks the screening, where nobody is pushed, and **under force**, in
a hold or in the way into a stretch, since that is where people lie. {when} The seconds go from the fault to the first sound at the loudspeaker that tells the
partner to let go. `make bench-faults` measures them anew and writes this page; a shorter run is part of the tests (`tests/live/test_live_faults.py`), where each promise is kept, or
doubled on a machine that is busy.

| fault | what the people hear | promised within, s | while he asks: median | worst | n | under force: median | worst | n |
|---|---|---|---|---|---|---|---|---|
"""

FOOT = """\

n counts faults; a session that survives one is given the next.{marks} The load and the date of each stand in docs/benchmarks/faults.json.

Into the hold the session is led by a short way: on it each line ends as soon as it begins, and the questions are answered by typed words. The phases, the ears, the journal, the clock and the
devices are those of any session, and from the hold on everything sounds (`tests/faulty_run.py`).

## The worst case

{worst}
From a spoken “stop”, with nothing broken, it takes 0.05 s in the middle and 0.32 s at worst (n = 40, [benchmarks.md](benchmarks.md)).

## A machine that is too busy to listen

{busy}

## At the start, and beside a session

| fault | what happens |
|---|---|
| a session was killed | the next start says so on the screen and aloud, in which minute, and which stretch was under way, if any; it begins with the questions anew |
| two sessions at once | the second one ends with one sentence that names the first one's time and process; the first goes on |
| nothing may be written to the data folder | each thing that cannot be kept is told in a sentence on the screen; the session runs, and stop is answered |
| the disk is full | the same; the alarm needs no file |

## How they are caused

- The signals, the devices, the sound server and the other programs are what they say. The full disk is a small file system of the session's own, filled to its last byte (where one may be mounted; beside it, “no file may
  grow any more” is a limit of the system, with which the whole disk need not be full).
- The clock that is set back is the C library's (libfaketime) for the coach, his voice and his alarm, where that library is installed, and else Python's `time.time`; the date of the machine itself is left alone. The clocks that nobody can set are not touched.
- The sleep is injected: the session's clock jumps by an hour (it is CLOCK_BOOTTIME on Linux, which counts real sleep). No real laptop was closed.
- A recogniser that hangs or ends, the crash in a native library and the mistake in this program are injected into the running program.

## What no program can answer

- A machine that loses its power, or whose kernel hangs, says nothing. Neither does one that has fallen asleep: it speaks when it wakes. Whoever pushes and hears nothing for long lets go; the coach says so before
  the first stretch.
- A sound server that hangs plays nothing for anybody; the screen and its bell are all there is.
- The alarm tries every output, but a loudspeaker that was turned down by hand is silent for it as well.
- Measured on virtual devices. Bluetooth loudspeakers add their own delay to each of these figures.
"""

NOT_YET = "Nothing was measured yet."


def page(kept: Kept) -> str:
    """The whole page."""
    rows = [row(fault, kept.of(fault, under_force=False), kept.of(fault, under_force=True)) for fault in FAULTS]
    return HEAD.format(when=_when(kept.records, kept.cores)) + "\n".join(rows) + "\n" + FOOT.format(marks=_marks(kept), worst=_worst(kept), busy="\n".join(_busy(kept.stops, kept.cores)))


def row(fault: Fault, asking: Sequence[Record], force: Sequence[Record]) -> str:
    """One line of the table."""
    promised = f"{fault.promise:g}" if fault.promise else "-"
    return f"| {fault.name} | {fault.hear} | {promised} | {_figures(fault, asking)} | {_figures(fault, force)} |"


def _figures(fault: Fault, records: Sequence[Record]) -> str:
    seconds, failed = _seconds(records), sum(record.failed for record in records)
    figures = f"{np.median(seconds):.2f} | {max(seconds):.2f}" if seconds else "- | -"
    mark = "" if all(record.by_sound for record in records) else " *"
    mark += " †" if seconds and fault.promise < max(seconds) else ""
    return f"{figures}{mark} | {len(records)}{f' ({failed} failed)' if failed else ''}"


def _seconds(records: Iterable[Record]) -> list[float]:
    return [record.seconds for record in records if record.seconds is not None]


def _when(records: Sequence[Record | Stop], cores: int) -> str:
    if not records:
        return NOT_YET
    dates, loads = sorted({record.date for record in records}), [record.load for record in records]
    return f"Measured on {' and '.join(dict.fromkeys((dates[0], dates[-1])))} ({cores} cores; load {min(loads):.0f} to {max(loads):.0f})."


def _marks(kept: Kept) -> str:
    screens = "" if all(record.by_sound for record in kept.records) else " With *, one of them at least was read from the screen: it was not found in the recording, or nothing can sound."
    late = any(record.seconds is not None and record.seconds > fault.promise for fault in FAULTS for record in kept.records if record.fault == fault.name)
    return screens + (" With †, the promise was not kept: promises are for a machine that has time for it." if late else "")


def worst(kept: Kept) -> tuple[float, Fault, str] | None:
    """The longest time to a sound that tells the partner to let go, of which fault, and where; over every fault that is answered by sound."""
    times = [(record.seconds, fault, record.place) for fault in FAULTS if fault.line != NOTHING for record in kept.records
             if record.fault == fault.name and record.seconds is not None]
    return max(times, key=lambda one: one[0], default=None)


def _worst(kept: Kept) -> str:
    promise = max(fault.promise for fault in FAULTS if fault.line)
    sentence = f"Promised: {promise:g} s, for when the whole coach stands still nothing tells that but his silence (3 s: `HUNG` in `voicecoach/engines/guardian.py`), and the alarm has to open the devices."
    if (found := worst(kept)) is None:
        return f"{NOT_YET} {sentence}"
    seconds, fault, place = found
    return (f"**From a fault to the first sound of “release now” (or of the alarm's beeps before it) it took {seconds:.1f} s at worst, in {len(kept.records)} faults** "
            f"({fault.name}; {'while he asks' if place == Place.QUESTION.value else f'in the {place}'}). {sentence}")


def _busy(stops: Sequence[Stop], cores: int) -> Iterable[str]:
    """The section on spoken stops."""
    if not stops:
        yield NOT_YET
        return
    yield (f"People's recorded “stop” was spoken into the microphone of a session that holds a stretch or goes into one, over the coach's words: one clip for each of {len({stop.speaker for stop in stops})} people on "
           f"whom nothing was tuned (TEST), first on the machine as it is and then beside two programs on each core that take all they can. {_when(stops, cores)}")
    yield ""
    yield f"| machine | “stop” was heard, and the release line came | the coach said that he cannot hear (“Partner, release now …” too) | nothing within {WAIT:g} s | from the word's end to the line, s: median | 95 % | worst | words that were whole at the microphone | n |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, busy in (("as it is", False), ("busy", True)):
        yield _busy_row(name, [stop for stop in stops if stop.hogged is busy])
    yield ""
    yield ("An ear that is more than 1.2 s of sound behind counts as deaf (`BACKLOG` in `voicecoach/live/ear_thread.py`): then the people hear “Partner, release now. I cannot hear you any more …”, which lets go as well. "
           "The seconds are those of both kinds; negative ones came before the word's end. A machine that has no time tears words before they reach the coach: that is "
           "told by whether the word stands whole in a second recording of the microphone, and all are counted. On the busy machine keys are as quick as in the table.")


def _busy_row(name: str, stops: Sequence[Stop]) -> str:
    if not stops:
        return f"| {name} | - | - | - | - | - | - | - | 0 |"
    seconds = [stop.seconds for stop in stops if stop.seconds is not None]
    figures = " | ".join(f"{value:.2f}" for value in (*np.percentile(seconds, [50, 95]), max(seconds))) if seconds else "- | - | -"
    heard, deaf, nothing = (sum(stop.answer == answer for stop in stops) for answer in ("stop", "deaf", ""))
    return f"| {name} | {share(heard, len(stops))} | {deaf} | {nothing} | {figures} | {sum(stop.whole for stop in stops)} | {len(stops)} |"
