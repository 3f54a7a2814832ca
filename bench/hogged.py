"""Real people say "stop" to a coach who holds a stretch on a machine whose every core is taken twice, and on the same machine before that.

Measured from sound where it can be: from the end of the word in the microphone to the first sound of the release line.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.faults import TROUBLE, Place, arrive, hogs, running
from bench.hearing import word_end
from bench.room import RELEASE_LINE, find, journal_began, lead_in, spoken_line
from bench.split import Part, Recording, recordings
from voicecoach.audio import Samples, read
from voicecoach.records.journal import Entry
from voicecoach.vocabulary import Heard, Intent, LineStarted, Say

ROOT = Path(__file__).parents[1]
SPEECH = ROOT.parent / "shared/speech"
sys.path.insert(0, str(ROOT / "tests"))
from live_session import LiveSession, spoken  # noqa: E402 - test helpers
from virtual_room import Recorder  # noqa: E402

NAME = "spoken stop"
"""For `--only`."""
WAIT = 6.0
"""Seconds after the word in which something must happen; later is as good as never."""
CANNOT_HEAR = "safety.cannot-hear"
SESSIONS = 6
"""So many sessions at most: one that ends, because nobody can be heard in it, is followed by another."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One person says "stop" once."""

    speaker: str
    hogged: bool
    place: str
    load: float
    date: str
    answer: str
    """How the partner was told to let go: "stop" (it was heard), "deaf" (the coach said that he cannot hear), or empty: not within `WAIT` s."""
    seconds: float | None = None
    """From the end of the word to the first sound of the line that says so."""
    by_sound: bool = True
    """Both ends were found in the recordings; otherwise the journal's times are taken."""
    whole: bool = True
    """The word was found whole in a recording of the microphone: the sound server had the time to pass it on."""


def people(count: int) -> list[Recording]:
    """So many people's "stop", one each while there are enough of them, none of whom the models were tuned on."""
    first: dict[str, Recording] = {}
    for recording in recordings(SPEECH):
        if recording.word == "stop" and recording.part is Part.TEST:
            first.setdefault(recording.speaker, recording)
    everybody = [first[speaker] for speaker in sorted(first)]
    return everybody[:: max(1, len(everybody) // max(1, count))][:count]


def measure(count: int, kept: list[Stop], save: Callable[[], None]) -> None:
    """Each of so many people, on the machine as it is and then on the busy one; what is in `kept` already is not measured again."""
    if not SPEECH.is_dir():
        print(f"{NAME}: not measured here (needs {SPEECH.relative_to(ROOT.parent)} beside the project's folder)", flush=True)
        return
    with tempfile.TemporaryDirectory() as lines:
        for busy in (False, True):
            for _ in range(SESSIONS):
                done = {stop.speaker for stop in kept if stop.hogged is busy}
                if todo := [person for person in people(count) if person.speaker not in done]:
                    _session(todo, Path(lines), kept, save, busy=busy)


def _session(todo: list[Recording], lines: Path, kept: list[Stop], save: Callable[[], None], *, busy: bool) -> None:
    """One session, as far as it goes."""
    load = hogs(2 * (os.cpu_count() or 1)) if busy else contextlib.nullcontext()
    try:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), lines, seconds=60.0 + 40.0 * len(todo)) as session, load:
            room = session.room.record("micin.monitor")
            for turn, person in enumerate(todo):
                place = (Place.HOLD, Place.APPROACH)[turn % 2]
                arrive(session, place, turn % 3)
                stop = _say_stop(session, person, room, place, busy=busy)
                print(f"{NAME}, {'busy' if busy else 'as it is'}: {stop.answer or 'nothing'} {stop.seconds}", flush=True)
                kept.append(stop)
                save()
                if stop.answer != "stop":
                    session.press()
    except TROUBLE as error:
        print(f"{NAME}: {error}", file=sys.stderr, flush=True)


def _say_stop(session: LiveSession, person: Recording, room: Recorder, place: Place, *, busy: bool) -> Stop:
    known, at, load = len(session.entries()), time.monotonic(), round(os.getloadavg()[0], 1)
    session.room.say(spoken(person.path))
    with contextlib.suppress(AssertionError):
        session.until("artner, release now", WAIT + 1.0)
    time.sleep(0.5)
    entries, began = session.entries()[known:], journal_began(session.journal)
    begin = find(spoken(person.path), room, at - 0.1, 4.0)
    end = (at if begin is None else begin) + word_end(read(person.path))
    found = [(e.now + began, command, _why(e, command)) for e in entries for command in e.commands if isinstance(command, Say) and _why(e, command) and e.now + began < end + WAIT]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    if not found:
        return Stop(person.speaker, busy, place.value, load, today, "", whole=begin is not None)
    decided, say, answer = found[0]
    sounded = _sounded(session, spoken_line(session.folder, say.key), decided)
    seconds = (sounded or _started(entries, say.utterance, began) or decided) - end
    return Stop(person.speaker, busy, place.value, load, today, answer, round(seconds, 3), by_sound=begin is not None and sounded is not None, whole=begin is not None)


def _why(entry: Entry, say: Say) -> str:
    """Which `Stop.answer` this line is, if any."""
    if say.key == CANNOT_HEAR:
        return "deaf"
    return "stop" if say.key == RELEASE_LINE and isinstance(entry.event, Heard) and entry.event.intent is Intent.STOP else ""


def _sounded(session: LiveSession, line: Samples, since: float) -> float | None:
    at = find(line, session.room.recorder, since - 0.05, 2.5)
    return None if at is None else at + lead_in(line)


def _started(entries: list[Entry], utterance: int, began: float) -> float | None:
    return next((e.now + began for e in entries if e.event == LineStarted(utterance)), None)
