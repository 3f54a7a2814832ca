"""The coach does not hear himself: his lines, spoken by the real voice into a room, heard by the real ear, judged by the guard.

Here every line that can be spoken under force is played, and every fourth of the others, each in one of four rooms. All lines in eight rooms, and
what happens without the libraries, is `python -m bench.echo`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from timeline import SCRIPT, SHORT

from bench.own_lines import GRAMMARS, PUSHED, Listener, Room, situations, spoken
from voicecoach.audio import RATE
from voicecoach.core.safety import Verdict, judge
from voicecoach.core.session import Session
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice
from voicecoach.engines.speex import SpeexCanceller
from voicecoach.engines.webrtc import WebRtcCanceller
from voicecoach.errors import EngineError
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.risk import RELEASE
from voicecoach.vocabulary import Evidence, Heard, Intent, LineFinished, LineStarted, Listen, Say, Started

CHUNKS = 4
"""The lines are dealt out to so many tests."""


def test_every_line_in_all_its_wordings_is_played():
    """What two lines say alike is played once."""
    played = spoken(SCRIPT)
    wordings = {text for one in played for text in one.line.texts}
    assert all(text in wordings for line in (*SCRIPT.lines.values(), *SCRIPT.alone.values()) for text in line.texts if "{choices}" not in text)
    assert {line.key for line in SCRIPT.lines.values() if any("{choices}" in text for text in line.texts)} <= {one.line.key for one in played}
    assert len(played) >= len(wordings)
    assert not [one.text for one in played if "{" in one.text]


def test_every_pattern_of_the_table_is_for_a_line_and_every_grammar_exists():
    for pattern, grammars in GRAMMARS.items():
        assert any(fnmatchcase(key, pattern) for key in SCRIPT.lines), pattern
        assert set(grammars.split()) <= set(SCRIPT.grammars)


def test_the_table_agrees_with_what_a_session_does():
    """The first lines of a session: each is listened over with a grammar that the table names."""
    session, grammar, waiting = Session(SCRIPT, SHORT), "", []
    commands = session.handle(Started(), 0.0)
    table = {one.line.key: one.grammars for one in spoken(SCRIPT)}
    for _ in range(5):
        for command in commands:
            if isinstance(command, Listen):
                grammar = command.grammar
            elif isinstance(command, Say):
                waiting.append(command)
        if not waiting:
            break
        say = waiting.pop(0)
        assert grammar in table[say.key]
        commands = session.handle(LineStarted(say.utterance), 0.1) + session.handle(LineFinished(say.utterance), 0.2)


def test_under_force_a_release_word_in_a_line_would_be_a_command():
    """What makes the test below strict: nothing of the guard's knowledge of the line protects a line under force from itself."""
    [told] = [one for one in spoken(SCRIPT) if one.line.key == "help.list" and one.grammars == ("hold",) and "stop" in one.text]
    [situation] = situations(SCRIPT, told.line, "hold")
    assert situation.mentioned & RELEASE
    assert judge(Heard(Intent.STOP, Evidence.PARTIAL, ear="moonshine"), situation) is Verdict.LET_GO


@pytest.fixture(scope="module")
def listeners():
    for canceller in (SpeexCanceller(), WebRtcCanceller()):
        try:
            canceller.check()
        except EngineError as error:
            pytest.skip(str(error))
    model, voice = Moonshine(), Pyttsx3Voice(SCRIPT.language.voice, language="en", words_per_minute=SCRIPT.language.words_per_minute)
    rooms = [Room(0.02, 0.2, 0.0, 1), Room(0.08, 0.3, 10.0, 2), Room(0.14, 0.4, 0.0, 3), Room(0.2, 0.5, 0.0, 4)]
    found = [Listener(SCRIPT, room, FrontEnd(SpeexCanceller(), WebRtcCanceller()), model) for room in rooms]
    welcome = voice.render(SCRIPT.line("screen.roles").texts[0].replace("{client}", "you").replace("{partner}", "partner")).at(RATE).samples
    for listener in found:
        listener.learn(welcome)
    yield found, voice
    voice.close()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_line_of_the_coach_is_a_command(listeners, chunk):
    rooms, voice = listeners
    chosen = [one for number, one in enumerate(spoken(SCRIPT)) if number % 4 == 0 or PUSHED.keys() & set(one.grammars)]
    found = [h for one in chosen[chunk::CHUNKS] for h in rooms[chunk].hears(one, voice.render(one.text).at(RATE).samples)]
    assert not [(h.spoken.line.key, h.spoken.text, h.grammar, h.heard.words, round(h.at, 2), h.verdict) for h in found]
