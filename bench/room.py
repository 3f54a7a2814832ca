"""From the end of a spoken "stop" in the microphone to the first sound of the release line at the speaker, measured from sound.

`voicecoach run` runs as a user starts it, on a private sound server. What people say and what the coach says are both recorded
and laid on the machine's clock, which is the clock of the session's journal too: so the journal tells each stage's share.

python -m bench.room [--trials 40]      prints a section for docs/benchmarks.md and keeps it
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.hearing import share, word_end
from voicecoach.audio import RATE, Samples, read
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.language.loader import load_script
from voicecoach.language.script import names
from voicecoach.machine.resources import data_folder
from voicecoach.machine.speech_cache import CachedVoice
from voicecoach.records.journal import Entry
from voicecoach.vocabulary import Heard, Intent, LineStarted, Say

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from live_session import LiveSession, live_session, spoken  # noqa: E402 - test helpers
from virtual_room import Recorder, missing  # noqa: E402

RELEASE_LINE = "safety.stop"
WORDS_PER_MINUTE = 300
TARGETS = {50: 0.35, 95: 0.60}
"""Seconds, by percentile."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One "stop"; times in seconds on the machine's clock."""

    over: bool
    """Said over the coach's voice."""
    spoken: float
    """The end of the word in the microphone."""
    heard: float | None
    """The journal's `Heard`; None: missed."""
    started: float | None = None
    """When the coach believed that the release line began to sound."""
    sounded: float | None = None
    """The line's first sound at the speaker; None: not found in the recording."""

    @property
    def seconds(self) -> float | None:
        """Word end to first sound."""
        return None if self.sounded is None else self.sounded - self.spoken


def clips(speech: Path, count: int) -> list[Path]:
    """So many recordings of "stop", each of another speaker while they last, in a fixed order."""
    everything = sorted((speech / "words/stop").glob("*.flac"), key=lambda path: (path.stem.rpartition("_")[2], path.stem))
    step = max(1, len(everything) // count)
    return everything[::step][:count]


def run(speech: Path, folder: Path, trials: int, settings: str = "") -> list[Trial]:
    """One session in which "stop" is said so many times, in turn over the coach's voice and in his silence."""
    with live_session(folder, settings=settings, seconds=30.0 + 12.0 * trials) as session:
        people = session.room.record("micin.monitor")
        session.until("Hello")
        said = [_say_stop(session, path, over=turn % 2 == 0) for turn, path in enumerate(clips(speech, trials))]
        time.sleep(3.0)
        entries, began = session.entries(), journal_began(session.journal)
        line = spoken_line(folder, RELEASE_LINE)
        found = [_trial(at, path, over, people, session.room.recorder, line, entries, began) for at, path, over in said]
    return [trial for trial in found if trial]


def spoken_line(folder: Path, key: str) -> Samples:
    """A line as this session speaks it, from its own cache: espeak does not say a sentence in the same way twice."""
    script = load_script(data_folder("dialogs") / "en")
    text = script.speak(script.line(key).texts[0], **names(script, "", ""))
    voice = CachedVoice(Pyttsx3Voice(script.language.voice, language="en", words_per_minute=WORDS_PER_MINUTE), folder / "cache/voicecoach/speech")
    return voice.render(text).at(RATE).samples


def _say_stop(session: LiveSession, path: Path, *, over: bool) -> tuple[float, Path, bool]:
    if over:
        time.sleep(0.8)  # into the line that the last stop led to, or into the first one
    else:
        session.until_quiet()
    at = time.monotonic()
    session.room.say(spoken(path))
    with contextlib.suppress(AssertionError):  # it was missed, and the journal will say so
        session.until("Nobody pushes now", patience=6.0)
    return at, path, over


def journal_began(journal: Path) -> float:
    """When the session of `journal` began, on the machine's clock."""
    notes = (json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines() if line.startswith('{"note":"clock"'))
    return float(next(notes)["began"])


def _trial(at: float, path: Path, over: bool, people: Recorder, coach: Recorder, line: Samples, entries: list[Entry], began: float) -> Trial | None:  # noqa: FBT001
    """None: the sound server tore the word to pieces, so nobody can tell when it ended."""
    clip = read(path)
    begin = find(spoken(path), people, at - 0.1, 4.0)
    if begin is None:
        return None
    end = begin + word_end(clip)
    heard = next((e for e in entries if isinstance(e.event, Heard) and e.event.intent is Intent.STOP and begin < began + e.now < end + 3.0), None)
    if heard is None:
        return Trial(over, end, None)
    number = next(c.utterance for c in heard.commands if isinstance(c, Say) and c.key == RELEASE_LINE)
    started = next((began + e.now for e in entries if e.event == LineStarted(number)), None)
    first = find(line, coach, began + heard.now - 0.05, 2.5)
    silence = lead_in(line)
    return Trial(over, end, began + heard.now, started, None if first is None else first + silence)


def lead_in(line: Samples) -> float:
    """Seconds of silence at the beginning of `line`."""
    return int(np.argmax(np.abs(line) > 0.01 * np.abs(line).max())) / RATE


def find(sound: Samples, recorder: Recorder, begin: float, seconds: float) -> float | None:
    """The time at which `sound` begins in a recording, if it begins within so many seconds of `begin`."""
    recording = recorder.samples()
    first = max(0, round((begin - recorder.begin) * RATE))
    part = recording[first: first + round(seconds * RATE) + len(sound)]
    if len(part) < len(sound) or not part.any():
        return None
    size = 1 << int(np.ceil(np.log2(len(part) + len(sound))))
    product = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(sound, size)), size)[: len(part) - len(sound) + 1]
    at = int(product.argmax())
    piece = part[at: at + len(sound)]
    if product[at] < 0.6 * np.linalg.norm(piece) * np.linalg.norm(sound):
        return None
    return recorder.begin + (first + at) / RATE


def section(trials: Sequence[Trial]) -> Iterable[str]:
    """The section of docs/benchmarks.md, line by line."""
    heard = [t for t in trials if t.heard is not None]
    whole = [t for t in heard if t.seconds is not None and t.started is not None]
    yield f"`voicecoach run` on a private sound server; {len(trials)} recordings of \"stop\" by real people, in turn over the coach's voice and in his silence. Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    yield ""
    yield f"Heard: {share(len(heard), len(trials))}; over the coach's voice {share(sum(t.over for t in heard), sum(t.over for t in trials))}. Found in the speaker's recording: {len(whole)}."
    yield ""
    yield "| seconds | target p50 / p95 | p50 | p95 | worst | n |"
    yield "|---|---|---|---|---|---|"
    yield _row("**word end in the microphone to first sound of the release line**", [t.seconds or 0.0 for t in whole], f"{TARGETS[50]} / {TARGETS[95]}")
    for name, group in (("over the coach's voice", [t for t in whole if t.over]), ("in his silence", [t for t in whole if not t.over])):
        yield _row(f"- {name}", [t.seconds or 0.0 for t in group])
    yield _row("microphone and ear: word end to decision", [(t.heard or 0.0) - t.spoken for t in whole])
    yield _row("decision and mouth, to where the coach believes that the line sounds", [(t.started or 0.0) - (t.heard or 0.0) for t in whole])
    yield _row("speaker: from there to the first sound, the line's own lead-in included", [(t.sounded or 0.0) - (t.started or 0.0) for t in whole])


def _row(name: str, values: Sequence[float], target: str = "") -> str:
    if not values:
        return f"| {name} | {target} | - | - | - | 0 |"
    p50, p95 = np.percentile(values, [50, 95])
    return f"| {name} | {target} | {p50:.3f} | {p95:.3f} | {max(values):.3f} | {len(values)} |"


def main() -> None:
    """Measure, print, keep."""
    from bench.__main__ import SPEECH, keep  # noqa: PLC0415 - it imports the report's parts

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--dry", action="store_true", help="print only")
    arguments = parser.parse_args()
    if reason := missing():
        sys.exit(f"There can be no virtual room here ({reason}), so nothing is measured.")
    with tempfile.TemporaryDirectory() as folder:
        trials = run(SPEECH, Path(folder), arguments.trials)
    body = "\n".join(section(trials))
    print(body)
    for trial in trials:
        print(trial.over, [None if v is None else round(v - trial.spoken, 3) for v in (trial.heard, trial.started, trial.sounded)], file=sys.stderr)
    if not arguments.dry:
        keep("room", 'The room: from "stop" to the release line', body)


if __name__ == "__main__":
    main()
