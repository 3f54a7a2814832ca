"""The real session as a machine of rules: any event at any time, with clocks that stand, jump, go back or are none at all."""

from __future__ import annotations

import math

import pytest
from fuzzing import TIMES, fuzz
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from timeline import FULL, SCRIPT, SHORT, Timeline

from voicecoach.core.phases import LATCHED, Phase
from voicecoach.core.session import Session
from voicecoach.hearing.risk import RELEASE
from voicecoach.language.line_keys import urges
from voicecoach.vocabulary import (
    Alive,
    Command,
    Dictated,
    Evidence,
    Finish,
    Heard,
    Hush,
    Intent,
    LineFinished,
    LineStarted,
    Lost,
    Party,
    Say,
    Source,
    Started,
    TimePassed,
    Unclear,
)

EVENTS = st.one_of(
    st.builds(Heard, st.sampled_from(Intent), st.sampled_from(Evidence), st.text(max_size=4), st.sampled_from(["", "hip", "radiating", "\0"]), st.floats(), st.sampled_from(["", "vosk", "keyboard"])),
    st.builds(Unclear, st.text(max_size=4)), st.builds(Dictated, st.text(max_size=8), st.text(max_size=2)), st.just(Started()), st.builds(LineStarted, st.integers()), st.builds(LineFinished, st.integers()),
    st.builds(Alive, st.sampled_from(Source)), st.builds(Lost, st.sampled_from(Source), st.text(max_size=4)), st.just(TimePassed()),
)
STEPS = st.one_of(st.floats(0, 3), st.floats(0, 60), st.floats(-1e4, 1e4), st.sampled_from([1e9, 1e15, -1e15]))
NO_TIME = st.sampled_from([math.nan, math.inf, -math.inf])


class AnySession(RuleBasedStateMachine):
    """Whatever is thrown at a session; the rules of safety hold after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.last = 0.0, [0.0]
        self.waiting: list[Say] = []
        self.utterances: list[int] = []
        self.finished = 0
        self.before: Phase = Phase.SCREEN
        self.confirmed = False

    @initialize(program=st.sampled_from([SHORT, FULL]), phase=st.sampled_from(Phase), earcons=st.sampled_from(["all", "few", "none"]))
    def begin(self, program, phase, earcons):
        """A session that was led to a phase in the usual way."""
        life = Timeline(program, earcons=earcons).to(phase, warm=True)
        self.session, self.now = life.session, life.now
        self.utterances = [say.utterance for say in life.says]
        self.waiting = [say for say in life.says if not any(entry.event == LineFinished(say.utterance) for entry in life.log)]
        self.finished = int(life.finish is not None)
        self.before = self.session.phase

    def _handle(self, event, now) -> list[Command]:
        before, over = self.session.phase, self.session.outcome is not None
        commands = self.session.handle(event, now)
        if over:
            assert commands == []
        self._law(event, before, commands)
        for command in commands:
            if isinstance(command, Hush):
                self.waiting.clear()
            elif isinstance(command, Say):
                assert not self.utterances or command.utterance > self.utterances[-1]
                assert command.text.strip()
                assert "{" not in command.text
                self.utterances.append(command.utterance)
                self.waiting.append(command)
            elif isinstance(command, Finish):
                self.finished += 1
        return commands

    def _law(self, event, before, commands) -> None:
        if any(isinstance(command, Say) and urges(command.key) for command in commands):
            assert isinstance(event, Heard)
            assert (event.intent, event.evidence) in {(Intent.READY, Evidence.STRONG), (Intent.MORE, Evidence.STRONG)}
        if before in LATCHED and self.session.phase not in {*LATCHED, Phase.DONE}:
            assert isinstance(event, Heard)
            assert (event.intent, event.evidence) == (Intent.YES, Evidence.STRONG)
        if before is Phase.DONE:
            assert self.session.phase is Phase.DONE
        if isinstance(event, Heard) and event.ear == "keyboard" and event.intent is Intent.STOP and commands:
            assert commands[0] == Hush()
            assert isinstance(commands[1], Say)
            assert (commands[1].key, commands[1].to) == ("safety.stop", Party.PARTNER)

    @rule(event=EVENTS, step=STEPS)
    def anything(self, event, step):
        """Any event, after any step of the clock."""
        self.now += step
        self._handle(event, self.now)

    @rule(event=EVENTS, now=NO_TIME)
    def at_no_time(self, event, now):
        """A clock that gives what is no time."""
        self._handle(event, now)

    @rule(step=st.floats(0, 4), started=st.booleans())
    @precondition(lambda self: self.waiting)
    def speak(self, step, started):
        """The line in front begins, or ends."""
        self.now += step
        say = self.waiting[0]
        if not started:
            self.waiting.pop(0)
        self._handle(LineStarted(say.utterance) if started else LineFinished(say.utterance), self.now)

    @rule()
    def wait(self):
        """The session's own deadline comes."""
        if (deadline := self.session.deadline) is not None:
            self.now = max(self.now, deadline)
            self._handle(TimePassed(), self.now)

    @rule(index=st.integers(0, 30), step=st.floats(0, 3))
    def fitting(self, index, step):
        """A word that makes sense now."""
        self.now += step
        phrases = SCRIPT.grammars[self.session._floor.grammar].phrases  # noqa: SLF001 - what was ordered to be heard before this machine began
        phrase = phrases[index % len(phrases)]
        self._handle(Heard(phrase.intent, Evidence.STRONG, phrase.text, phrase.slot), self.now)

    @rule(evidence=st.sampled_from(Evidence), intent=st.sampled_from(sorted(RELEASE, key=str)), now=st.one_of(STEPS, NO_TIME))
    def stop_by_hand(self, evidence, intent, now):
        """Somebody takes the force away, whatever the clock says."""
        commands = self._handle(Heard(intent, evidence, ear="keyboard"), self.now + now)
        if intent in {Intent.STOP, Intent.PAIN} and self.session.outcome is None:
            assert commands[0] == Hush()
            assert self.session.phase in {Phase.RELEASED, Phase.DONE}

    @invariant()
    def the_deadline_is_a_time_or_none(self):
        """Somebody waits for it."""
        if not hasattr(self, "session"):
            return
        deadline = self.session.deadline
        assert deadline is None or not math.isnan(deadline)
        assert deadline is None or deadline < math.inf
        assert (deadline is None) >= (self.session.outcome is not None)
        assert self.finished == (self.session.outcome is not None)

    def teardown(self):
        """From wherever it is, nobody says a word: it ends, and by no force."""
        if not hasattr(self, "session"):
            return
        for _ in range(2000):
            if self.session.outcome is not None or (deadline := self.session.deadline) is None:
                break
            if self.waiting:
                self._handle(LineFinished(self.waiting.pop(0).utterance), self.now)
            self.now = max(self.now, deadline)
            for source in (Source.MICROPHONE, Source.RECOGNISER):
                self._handle(Alive(source), self.now)
            self._handle(TimePassed(), self.now)
        assert self.session.outcome is not None or self.session.deadline is None


TestAnySession = AnySession.TestCase
TestAnySession.settings = settings(fuzz(15), stateful_step_count=25 if TIMES == 1 else 60)


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("phase", list(Phase))
def test_a_clock_that_is_broken_for_a_moment_costs_nothing(now, phase):
    life = Timeline().to(phase, warm=True)
    expected = life.session.deadline
    life.session.handle(Alive(Source.BUTTON), now)
    assert life.session.deadline == expected
    if phase is not Phase.DONE:
        assert life.session.handle(Heard(Intent.STOP, Evidence.PARTIAL, ear="keyboard"), now)[0] == Hush()
        assert life.session.phase is Phase.RELEASED


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf, 1e300, -1e300])
def test_a_session_that_begins_at_no_time_ends_all_the_same(now):
    session = Session(SCRIPT, SHORT)
    commands = session.handle(Started(), now)
    assert [command for command in commands if isinstance(command, Say)]
    assert session.handle(Heard(Intent.STOP, Evidence.STRONG, ear="keyboard"), now)[0] == Hush()
