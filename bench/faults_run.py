"""Measure every fault of `bench.faults` in a running session, while the coach asks and while somebody is under force; writes docs/faults.md.

python -m bench.faults_run [--trials 3] [--asking 1] [--stops 20] [--only WORDS] [--more]      (make bench-faults)

Each trial is written down in docs/benchmarks/faults.json at once, and the page is made of all that stands there. `--more` goes on
where it was cut short, or adds what is missing to a higher number; without it, what `--only` names is forgotten first.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import hogged
from bench.faults import FAULTS, TROUBLE, Fault, Place, arrive, busy, measure, running
from bench.faults_page import PAGE, Kept, Record, page

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from live_session import LiveSession
from virtual_room import missing

FORCE = (Place.HOLD, Place.APPROACH, Place.HOLD)
"""Where each round under force is measured, in turn."""


def sitting(faults: Sequence[Fault], place: Place, turn: int, lines: Path, keep: Callable[[Fault, Record], None]) -> Sequence[Fault]:
    """One session with as many of `faults` as it survives, one after the other; what is left of them."""
    setting, done = faults[0].setting, 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            with running(Path(folder), lines, setting) as session:
                for fault in faults:
                    if fault.setting is not setting:
                        break
                    done += 1
                    began, alarm = _record(place), session.child("guardian")
                    arrive(session, place, turn)
                    with busy(fault):
                        trial = measure(fault, session)
                    keep(fault, began.of(trial))
                    if fault.ends:
                        _cut_short(session, alarm)
                        break
                    fault.repair(session)
        except TROUBLE as error:
            print(f"{faults[max(0, done - 1)].name}: {error}", file=sys.stderr, flush=True)
            keep(faults[max(0, done - 1)], _record(place).of(None, failed=True))
    return faults[max(1, done):]


def _cut_short(session: LiveSession, alarm: int) -> None:
    """An alarm that has outlived its coach and was heard need not sound to its end."""
    command = Path(f"/proc/{alarm}/cmdline")
    if session.program.poll() is not None and command.exists() and "guardian" in command.read_text(encoding="utf-8"):
        os.kill(alarm, signal.SIGKILL)


def _record(place: Place) -> Record:
    return Record("", place.value, f"{datetime.now(UTC):%Y-%m-%d}", round(os.getloadavg()[0], 1))


def rounds(trials: int, asking: int) -> list[tuple[int, Place]]:
    """The number and place of each round, those under force first: one that is cut short has all of the table."""
    return [(turn, FORCE[turn % len(FORCE)]) for turn in range(trials)] + [(turn, Place.QUESTION) for turn in range(asking)]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3, help="how often each fault is caused under force")
    parser.add_argument("--asking", type=int, default=1, help="how often while the coach asks")
    parser.add_argument("--stops", type=int, default=20, help="how many people say stop to a busy machine, and how many to the same machine before")
    parser.add_argument("--only", default="", metavar="WORDS", help=f"only faults whose name holds these words; '{hogged.NAME}' is one as well")
    parser.add_argument("--more", action="store_true", help="go on where it was cut short; what was measured stays")
    parser.add_argument("--page", action="store_true", help="only write the page, from what was measured before")
    arguments = parser.parse_args()
    kept = Kept.load()
    if arguments.page:
        PAGE.write_text(page(kept), encoding="utf-8")
        return
    if reason := missing():
        sys.exit(f"There can be no virtual room here ({reason}), so nothing is measured.")
    wanted = [fault for fault in FAULTS if arguments.only in fault.name]
    for fault in wanted:
        if why := fault.setting.missing():
            print(f"{fault.name}: not measured here ({why})", flush=True)
    wanted = [fault for fault in wanted if not fault.setting.missing()]
    if not arguments.more:
        kept.forget({fault.name for fault in wanted}, stops=arguments.only in hogged.NAME)
    began, kept.cores = time.monotonic(), os.cpu_count() or 1
    _faults(wanted, rounds(arguments.trials, arguments.asking), kept)
    if arguments.only in hogged.NAME:
        hogged.measure(arguments.stops, kept.stops, kept.save)
    kept.save()
    print(f"{(time.monotonic() - began) / 60:.1f} minutes")


def _faults(wanted: Sequence[Fault], order: Sequence[tuple[int, Place]], kept: Kept) -> None:
    def keep(fault: Fault, record: Record) -> None:
        kept.add(fault, record)
        print(f"{record.place:8} {fault.name}: {'failed' if record.failed else '-' if record.seconds is None else f'{record.seconds:.2f} s'}", flush=True)

    with tempfile.TemporaryDirectory() as lines:
        for turn, place in order:
            todo: Sequence[Fault] = [fault for fault in wanted if kept.count(fault, under_force=place.under_force) <= turn]
            while todo:
                todo = sitting(todo, place, turn % 3, Path(lines), keep)


if __name__ == "__main__":
    main()
