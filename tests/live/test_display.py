"""The large display for the partner: what is in a frame, what a terminal is sent, and what a killed coach leaves behind."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline import DIALOGS, SCRIPT, SHORT, Timeline

from voicecoach.core.phases import Phase
from voicecoach.errors import ScriptError
from voicecoach.language.loader import load_script
from voicecoach.view.display import Painter, Scene, columns_of, large, load_letters, load_words, painted, wants_plain
from voicecoach.view.live_display import LiveDisplay
from voicecoach.vocabulary import Heard, Intent, Say

LANGUAGES = sorted(path.parent.name for path in DIALOGS.glob("*/language.yaml"))
LETTERS = load_letters(DIALOGS)
PAINTERS = {language: Painter(load_words(DIALOGS / language), LETTERS) for language in LANGUAGES}
HOLD = Scene(Phase.HOLD, "figure four", "right", 27, "just right", "Stay right there.", keys=True)
posix = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")


class Glass:
    """A terminal as far as the display may use one: going to a line, clearing its rest, text, new lines. Anything else fails."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""] * rows, 0, 0

    def send(self, text):
        for goto, clear, newline, plain in re.findall(r"\x1b\[(\d+;\d+)H|(\x1b\[K)|(\r*\n)|([^\x1b\r\n]+|.)", text):
            if goto:
                row, column = map(int, goto.split(";"))
                self.row, self.column = min(row, self.rows) - 1, column - 1
            elif clear:
                self.lines[self.row] = self.lines[self.row][: self.column]
            elif newline:
                self.column = 0
                if self.row == self.rows - 1:
                    self.lines = [*self.lines[1:], ""]
                else:
                    self.row += 1
            else:
                assert plain.isprintable(), repr(plain)
                line = self.lines[self.row]
                self.lines[self.row] = line[: self.column].ljust(self.column) + plain + line[self.column + len(plain):]
                self.column += len(plain)


# --- frames ---


SCENES = st.builds(Scene, st.sampled_from(Phase), st.sampled_from(["", "figure four", "무릎"]), st.sampled_from(["", "left", "izquierda", "오른쪽"]),
                   st.none() | st.integers(0, 6000), st.text(max_size=30), st.text(max_size=200), st.text(max_size=200), st.booleans())
unhurried = settings(deadline=None, max_examples=60)


@unhurried
@given(SCENES, st.sampled_from(LANGUAGES), st.integers(1, 220), st.integers(1, 70))
def test_a_frame_has_the_size_of_the_terminal_whatever_is_shown(scene, language, columns, rows):
    frame = PAINTERS[language].frame(scene, columns, rows)
    assert len(frame) == rows
    assert max(map(columns_of, frame)) <= columns
    assert all(line.isprintable() for line in frame)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_on_80_by_24_side_and_seconds_are_large_in_every_language(language, side):
    word = load_script(DIALOGS / language).language.sides[side]
    frame = PAINTERS[language].frame(Scene(Phase.HOLD, "x", word, 120, "ok", "Good."), 80, 23)
    text = "\n".join(frame)
    assert any("\n".join(large(word, LETTERS, dot)) in text for dot in (1, 2, 3)), text
    assert any("\n".join(large("2:00", LETTERS, dot)) in text for dot in (2, 3)), text
    assert "Good." in text or language == "es"
    assert "ok" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_for_letting_go_can_be_large(language):
    word = load_words(DIALOGS / language).phases[Phase.RELEASED.value]
    assert "\n".join(large(word, LETTERS, 1))
    assert any("█" in line for line in PAINTERS[language].frame(Scene(Phase.RELEASED), 80, 23))


@pytest.mark.parametrize(("columns", "rows"), [(80, 23), (60, 17), (40, 11), (30, 6), (24, 3), (20, 2)])
def test_down_to_two_lines_the_seconds_and_the_last_word_can_be_read(columns, rows):
    frame = PAINTERS["en"].frame(HOLD, columns, rows)
    text = "\n".join(frame)
    assert "27 seconds left" in text or any("\n".join(large("27", LETTERS, dot)) in text for dot in range(1, 7))
    assert "Heard: just right" in text


def test_what_is_broken_takes_the_place_of_the_caption():
    text = "\n".join(PAINTERS["en"].frame(Scene(Phase.RELEASED, caption="Nobody pushes now.", trouble="lost the microphone: it was pulled out"), 80, 23))
    assert "lost the microphone" in text
    assert "Nobody pushes" not in text


def test_a_letter_that_nobody_drew_leads_to_plain_type_and_an_accent_does_not():
    assert large("Ωmega", LETTERS, 1) is None
    assert large("É", LETTERS, 1) == large("E", LETTERS, 1)
    assert "유지" in "".join(PAINTERS["ko"].frame(Scene(Phase.HOLD), 80, 23))


@pytest.mark.parametrize(("name", "old", "new", "message"), [
    ("en/display.yaml", "  hold: Hold\n", "", "the phase 'hold' is missing"),
    ("en/display.yaml", "  hold: Hold\n", "  hold: Hold\n  nap: Nap\n", "there is no such phase"),
    ("en/display.yaml", "{words}", "{word}", r"it has to hold \{words\}"),
    ("letters.yaml", '".###."', '".##."', "rows of one length"),
])
def test_a_mistake_in_the_files_is_told_with_its_line(tmp_path, name, old, new, message):
    for file in ("en/display.yaml", "letters.yaml"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        text = (DIALOGS / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(text.replace(old, new, 1) if file == name else text, encoding="utf-8")
    wrong = partial(load_words, tmp_path / "en") if "display" in name else partial(load_letters, tmp_path)
    with pytest.raises(ScriptError, match=message) as raised:
        wrong()
    assert all(problem.line for problem in raised.value.problems)


@pytest.mark.parametrize("change", [{"asked": True}, {"terminal": False}, {"environment": {"TERM": "dumb"}}, {"environment": {}},
                                    {"environment": {"TERM": "xterm", "NO_COLOR": "1"}}, {"encoding": "ascii"}, {"encoding": None}, {"system": "win32"}])
def test_plain_lines_where_the_display_is_not_wanted_or_not_possible(change):
    usual = {"asked": False, "terminal": True, "environment": {"TERM": "xterm"}, "encoding": "utf-8", "system": "linux"}
    assert not wants_plain(**usual)
    assert wants_plain(**{**usual, **change})


# --- what a terminal is sent ---


@given(st.lists(SCENES, min_size=1, max_size=5), st.sampled_from([(80, 24), (40, 12), (13, 4)]))
@unhurried
def test_the_terminal_shows_the_last_frame_and_gets_nothing_but_text_and_places(scenes, size):
    columns, rows = size
    glass, before = Glass(columns, rows), None
    glass.send("$ voicecoach run")
    for scene in scenes:
        frame = PAINTERS["en"].frame(scene, columns, rows - 1)
        glass.send(painted(before, frame))
        before = frame
        assert [line.rstrip() for line in glass.lines[:-1]] == list(frame)
        assert (glass.row, glass.column) == (rows - 1, 0), "what is printed next stands below"


def test_a_second_that_passes_rewrites_only_the_digits():
    one, two = (PAINTERS["en"].frame(Scene(Phase.HOLD, "x", "left", seconds), 80, 23) for seconds in (28, 27))
    sent = painted(one, two)
    assert 0 < sent.count("\x1b[K") <= 8
    assert "LEFT" not in sent
    assert painted(two, two) == ""


# --- a session ---


def scenes_of(timeline):
    shown = []
    display = LiveDisplay(shown.append, dict(SCRIPT.language.sides), keys=True)
    return display, shown, lambda: display.moment(timeline.now, timeline.session)


def test_a_session_is_shown_from_the_first_question_to_letting_go():
    line = Timeline(SHORT)
    display, shown, look = scenes_of(line)
    look()
    assert shown[-1] == Scene(Phase.SCREEN, keys=True)
    line.to(Phase.HOLD)
    line.begin_of_line()
    line.quiet()
    line.run(1.0)
    look()
    assert shown[-1].phase is Phase.HOLD
    assert shown[-1].stretch == line.session.bout.stretch.name
    left = shown[-1].seconds
    assert 0 < left <= line.session.bout.hold_seconds
    due = display.next_moment(line.now)
    assert line.now < due <= line.now + 1.0
    display.moment(due, line.session)
    assert shown[-1].seconds == left - 1
    display.heard(line.now, Heard(Intent.STOP, 1, "let go"))
    line.hear(Intent.STOP)
    look()
    assert (shown[-1].phase, shown[-1].heard, shown[-1].seconds, shown[-1].side) == (Phase.RELEASED, "let go", None, "")
    assert display.next_moment(line.now) is None


def test_it_is_told_once_and_not_again_until_something_changes():
    line = Timeline(SHORT)
    display, shown, look = scenes_of(line)
    look()
    look()
    display.coach(line.now, Say(1, "x", "Hello."))
    look()
    assert [scene.caption for scene in shown] == ["", "Hello."]


def test_the_alarm_is_not_written_over():
    line = Timeline(SHORT)
    display, shown, look = scenes_of(line)
    display.give_way()
    display.coach(line.now, Say(1, "x", "Hello."))
    look()
    assert shown == []


# --- real terminals ---


CHILD = """
import sys, time
from functools import partial
from pathlib import Path
from voicecoach.view.display import Painter, Scene, load_letters, load_words
from voicecoach.engines.screen import Screen
from voicecoach.engines.terminal import Terminal
from voicecoach.core.phases import Phase
dialogs = Path(sys.argv[1])
painter = Painter(load_words(dialogs / "en"), load_letters(dialogs))
screen = Screen(1)
pressed = []
keys = Terminal(0)
keys.start(pressed.append, print)
for seconds in range(600, 0, -1):
    scene = Scene(Phase.HOLD, "figure four", "left", seconds % 100, pressed[-1] if pressed else "", keys=True)
    screen.show(partial(painter.frame, scene))
    time.sleep(0.05)
"""


class Pty:
    """A program in a terminal of its own, which controls it."""

    def __init__(self, columns=80, rows=24):
        import fcntl  # noqa: PLC0415
        import pty  # noqa: PLC0415
        import struct  # noqa: PLC0415
        import termios  # noqa: PLC0415
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.mode = lambda: termios.tcgetattr(self.slave)
        self.before = self.mode()
        self.program = subprocess.Popen([sys.executable, "-c", CHILD, str(DIALOGS)], stdin=self.slave, stdout=self.slave, stderr=self.slave,  # noqa: S603
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # noqa: PLW1509
        self.glass, self.raw = Glass(columns, rows), ""

    def until(self, seen, patience=20.0):
        end = time.monotonic() + patience
        while not seen():
            assert time.monotonic() < end, self.glass.lines
            if select.select([self.master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.raw += os.read(self.master, 65536).decode("utf-8", "replace")
                whole, _, rest = self.raw.rpartition("\x1b[K")
                self.glass.send(whole + "\x1b[K" if whole else "")
                self.raw = rest

    def close(self):
        os.close(self.master)  # first, or what nobody reads holds its end up
        self.program.kill()
        self.program.wait(10)
        os.close(self.slave)


@pytest.fixture
def terminal():
    made = Pty()
    yield made
    made.close()


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_coach_leaves_the_terminal_as_it_was_and_keys_work_beside_the_display(terminal, number):
    terminal.until(lambda: "Heard: nothing yet" in terminal.glass.lines)
    os.write(terminal.master, b"a")
    terminal.until(lambda: "Heard: key" in terminal.glass.lines)
    terminal.program.send_signal(number)
    terminal.program.wait(10)
    terminal.until(lambda: terminal.mode() == terminal.before)
    assert terminal.glass.row == 23, "the shell goes on below"


@posix
def test_a_window_that_changes_its_size_gets_a_new_frame(terminal):
    import fcntl  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415
    terminal.until(lambda: "Heard: nothing yet" in terminal.glass.lines)
    terminal.glass = Glass(40, 12)
    fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 40, 0, 0))
    terminal.until(lambda: terminal.glass.lines[0] == "left · Hold · figure four")


@posix
def test_after_a_stop_of_the_whole_program_the_picture_comes_anew_and_what_the_shell_wrote_scrolls_up():
    import pty  # noqa: PLC0415

    from voicecoach.engines.screen import Screen  # noqa: PLC0415
    master, slave = pty.openpty()
    now = [0.0]
    screen = Screen(slave, clock=lambda: now[0])
    try:
        for later, anew in ((0.0, True), (1.0, False), (9.0, True)):
            now[0] += later
            screen.show(partial(PAINTERS["en"].frame, Scene(Phase.HOLD, seconds=int(50 - now[0]))))
            sent = ""
            while not sent.endswith("\x1b[K") or select.select([master], [], [], 0.1)[0]:
                sent += os.read(master, 65536).decode()
            assert (sent.count("\n") > 20) is anew, repr(sent)
    finally:
        screen.stop()
        os.close(slave)
        os.close(master)


@posix
def test_a_terminal_that_takes_nothing_holds_nobody_up():
    import pty  # noqa: PLC0415

    from voicecoach.engines.screen import Screen  # noqa: PLC0415
    master, slave = pty.openpty()  # nobody reads
    screen = Screen(slave)
    began = time.monotonic()
    for number in range(2000):
        screen.show(lambda _columns, _rows, number=number: [f"{number} " + "x" * 70] * 200)
        time.sleep(0.0005)
    screen.stop()
    assert time.monotonic() - began < 8
    os.close(master)
    os.close(slave)
