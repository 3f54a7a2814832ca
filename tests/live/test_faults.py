"""Faults that need no sound: clocks, locks, what a killed session leaves behind. With sound: test_live_faults.py."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from timeline import SCRIPT, SHORT, Timeline

from bench.faults import ALARM, FAULTS
from voicecoach.commands.common import read_script
from voicecoach.commands.run import broken_off
from voicecoach.core.phases import Phase
from voicecoach.core.safety import HEARING_TIMEOUT
from voicecoach.engines.fakes import FileMicrophone, InstantSpeaker, QuietAlarm, SilentVoice, TypedRecogniser
from voicecoach.engines.guardian import HUNG
from voicecoach.errors import EngineError
from voicecoach.live.app import BEAT, App, Engines
from voicecoach.live.clock import wakeful
from voicecoach.live.ear_thread import BACKLOG
from voicecoach.live.watch import SILENCE
from voicecoach.machine.sole import Sole
from voicecoach.records.aftermath import Aftermath, how_it_stood
from voicecoach.records.journal import Journal, Recipe
from voicecoach.records.transcript import Transcript
from voicecoach.vocabulary import Evidence, Heard, Intent, LineFinished, Started

PACKAGE = Path(__file__).parents[2] / "voicecoach"
NOW = datetime(2026, 1, 5, 19, 30, tzinfo=timezone.utc)  # noqa: UP017 - Python 3.11 has both
PATIENCE = 20.0

# --- clocks -----------------------------------------------------------------------------------------------------


def test_the_sessions_clock_goes_on_while_the_machine_sleeps():
    monotonic, through = [100.0], [5000.0]
    clock = wakeful(lambda: monotonic[0], lambda: through[0])
    assert clock() == 100.0
    monotonic[0] += 1.0
    through[0] += 1.0
    assert clock() == 101.0
    through[0] += 3600.0  # asleep
    assert clock() == 3701.0


def test_the_real_one_runs():
    clock = wakeful()
    first = clock()
    assert first <= clock() < first + PATIENCE


DATES = {"commands/rehearse.py", "commands/memory.py", "commands/run.py"}
"""Files that need the date, for people: the name of a file, the day of a session."""


def wall_clock(text):
    """Every reading of a clock that somebody can set."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {f"{call.value.id}.{call.attr}" for call in calls if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)} & {
        "time.time", "time.time_ns", "time.localtime", "time.gmtime", "datetime.now", "datetime.today", "datetime.utcnow", "date.today"}


def test_only_dates_for_people_come_from_the_wall_clock():
    assert wall_clock("import time\ntime.time()") == {"time.time"}
    guilty = {str(path.relative_to(PACKAGE)): found for path in PACKAGE.rglob("*.py") if (found := wall_clock(path.read_text(encoding="utf-8")))}
    assert set(guilty) <= DATES, guilty


# --- a session that is driven by hand -----------------------------------------------------------------------------


class Driven:
    """A live session of fakes whose clock the test sets."""

    def __init__(self, folder, speaker=None):
        self.time = 0.0
        self.ear, self.microphone = TypedRecogniser(), FileMicrophone(np.full(16_000 * 60, 0.01, np.float32))
        self.alarm, self.lines = QuietAlarm(), []
        self.changed = threading.Condition()
        recipe = Recipe("en", SHORT)
        engines = Engines({"typed": lambda: self.ear}, SilentVoice(), self.microphone, speaker or InstantSpeaker(), self.alarm)
        self.app = App(recipe.session(SCRIPT), SCRIPT, engines, Journal(folder / "journal.jsonl", recipe), Transcript(None, tell=self._tell), clock=lambda: self.time)
        self.error = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.app.run()
        except ZeroDivisionError as error:
            self.error = error

    def _tell(self, line):
        with self.changed:
            self.lines.append(line)
            self.changed.notify()

    def until(self, words):
        with self.changed:
            assert self.changed.wait_for(lambda: any(words in line for line in self.lines), PATIENCE), self.lines


def test_a_machine_that_wakes_in_the_middle_lets_go(tmp_path):
    session = Driven(tmp_path)
    session.until("any numbness around")
    session.time += 3600.0
    session.microphone.pump(0.1)
    session.until("Partner, release now. I cannot hear you any more")
    end = time.monotonic() + PATIENCE
    while not any("I can hear you again" in line for line in session.lines):
        assert time.monotonic() < end, session.lines
        session.time += 0.1
        session.microphone.pump(0.1)
        time.sleep(0.01)  # for the threads between the sound and the session
    session.until("Say continue to go on")


def test_a_mistake_in_the_mouth_itself_raises_the_alarm(tmp_path):
    class Broken(InstantSpeaker):
        def hush(self):
            raise ZeroDivisionError

    session = Driven(tmp_path, Broken())
    session.until("any numbness around")
    session.app.stop()
    session.thread.join(PATIENCE)
    assert isinstance(session.error, ZeroDivisionError)
    assert session.alarm.sounded == 1


# --- one session at a time ----------------------------------------------------------------------------------------

HOLDS = """
import sys
from datetime import datetime
from pathlib import Path
from voicecoach.machine.sole import Sole
with Sole(Path(sys.argv[1])) as sole:
    sole.begin(Path("journal.jsonl"), datetime(2026, 1, 5, 19, 30))
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process whose session runs."""
    with subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path / "session.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:  # noqa: S603
        assert program.stdout.readline() == b"ready\n"
        yield program
        program.kill()


def test_a_second_session_is_one_sentence_and_the_first_goes_on(tmp_path, other):
    with pytest.raises(EngineError, match=rf"^session: another one is running on this machine since 19:30 \(process {other.pid}\); end that one first, .*\.$"), \
            Sole(tmp_path / "session.lock"):
        pass
    assert other.poll() is None


def test_a_goodbye_leaves_nothing_and_a_kill_leaves_the_journals_name(tmp_path, other):
    other.send_signal(signal.SIGKILL)
    other.wait(PATIENCE)
    with Sole(tmp_path / "session.lock") as sole:
        assert sole.broke_off
        assert sole.last_journal == Path.cwd() / "journal.jsonl"
        sole.begin(tmp_path / "next.jsonl", NOW)
    with Sole(tmp_path / "session.lock") as sole:
        assert not sole.broke_off


def test_a_start_that_comes_to_nothing_does_not_hide_that_a_session_broke_off(tmp_path):
    (tmp_path / "session.lock").write_text('{"journal": "/x.jsonl"}')
    for _ in range(2):
        with Sole(tmp_path / "session.lock") as sole:
            assert sole.last_journal == Path("/x.jsonl")


@pytest.mark.parametrize("text", ["{", "[1]", "\x00\xff", '{"journal": 3}'])
def test_a_spoilt_lock_file_is_a_session_that_broke_off(tmp_path, text):
    (tmp_path / "session.lock").write_text(text, encoding="latin-1")
    with Sole(tmp_path / "session.lock") as sole:
        assert sole.broke_off


def test_where_nothing_can_be_written_the_session_runs_and_it_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with Sole(tmp_path / "file" / "session.lock") as sole:
        assert not sole.broke_off
        assert sole.trouble.count(";") == 1
        sole.begin(tmp_path / "journal.jsonl", NOW)


def test_the_lock_file_is_its_owners(tmp_path):
    with Sole(tmp_path / "session.lock"):
        assert os.stat(tmp_path / "session.lock").st_mode & 0o777 == 0o600  # noqa: PTH116 - as the system sees it


# --- what a killed session leaves ---------------------------------------------------------------------------------


def journal_of(path, log):
    """A journal of what happened on a timeline."""
    journal = Journal(path, Recipe("en", SHORT))
    for entry in log:
        journal.add(entry.now, entry.event, entry.commands)
    journal.close()


def script_of(language):
    assert language == "en"
    return SCRIPT


def test_whatever_is_left_of_a_journal_is_read_or_passed_over(tmp_path):
    path = tmp_path / "journal.jsonl"
    recipe = Recipe("en", SHORT)
    session, journal = recipe.session(SCRIPT), Journal(path, recipe)
    for now, event in ((0.0, Started()), (1.0, Heard(Intent.STOP, Evidence.STRONG)), (2.0, LineFinished(1))):
        journal.add(now, event, session.handle(event, now))
    journal.close()
    whole = path.read_bytes()
    for cut in range(0, len(whole), 37):
        path.write_bytes(whole[:cut])
        stood = how_it_stood(path, script_of)
        assert stood is None or stood.phase in {Phase.SCREEN, Phase.RELEASED}
    assert how_it_stood(tmp_path / "gone.jsonl", script_of) is None
    path.write_bytes(whole)
    stood = how_it_stood(path, script_of)
    assert (stood.phase, stood.minute, stood.stretch) == (Phase.RELEASED, 1, "")


def test_a_killed_session_is_told_with_where_it_stood(tmp_path):
    timeline = Timeline().to(Phase.HOLD)
    journal_of(tmp_path / "journal.jsonl", timeline.log)
    stood = how_it_stood(tmp_path / "journal.jsonl", script_of)
    assert stood == Aftermath(Phase.HOLD, int(timeline.log[-1].now // 60) + 1, timeline.session.bout.stretch.name)
    (tmp_path / "session.lock").write_text(f'{{"journal": "{tmp_path / "journal.jsonl"}"}}')
    with Sole(tmp_path / "session.lock") as sole:
        (told,) = broken_off(sole, read_script("en"))
    assert told.startswith(f"The last session broke off in minute {stood.minute}, in the middle of a stretch: {stood.stretch}.")


@pytest.mark.parametrize("language", ["en", "de", "es", "ko"])
def test_it_is_told_in_every_language(tmp_path, language):
    (tmp_path / "session.lock").write_text('{"journal": "/gone.jsonl"}')
    with Sole(tmp_path / "session.lock") as sole:
        (told,) = broken_off(sole, read_script(language))
    assert told
    with Sole(tmp_path / "none.lock") as sole:
        assert broken_off(sole, read_script(language)) == []


# --- the worst case -----------------------------------------------------------------------------------------------


def test_the_promises_of_the_page_follow_from_the_programs_own_figures():
    promised = {fault.line: max(other.promise for other in FAULTS if other.line == fault.line) for fault in FAULTS if fault.line}
    deaf = max(SILENCE, BACKLOG, HEARING_TIMEOUT) + BEAT  # the consumer may have gone to sleep just before
    assert deaf < promised["safety.cannot-hear"]
    assert HUNG + BEAT < promised[ALARM] == max(promised.values()), "nothing takes longer than a coach that stands still"
