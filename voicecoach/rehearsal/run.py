"""The rehearsal's clock: one block of sound is one tick, for the microphone, the loudspeaker and the deadlines.

Nothing sleeps, so it runs as fast as the ears can hear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voicecoach.audio import RATE, Samples
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.engines import Recogniser, Voice
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.segmenter import CHUNK
from voicecoach.language.script import Script
from voicecoach.live.earcons import sound_of
from voicecoach.memory.scribe import Scribe
from voicecoach.records.journal import Journal
from voicecoach.records.transcript import Transcript
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.expectations import Expectations
from voicecoach.rehearsal.room import EchoPath
from voicecoach.rehearsal.scenario import Scenario
from voicecoach.vocabulary import (
    Alive,
    Chime,
    Dictated,
    Event,
    Finish,
    Heard,
    Hush,
    LineFinished,
    LineStarted,
    Listen,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
)

BLOCK = CHUNK
"""Samples a tick: 32 ms, what the voice activity detector takes at a time."""
HEARTBEAT = RATE // 2
"""Samples between two signs of life."""
SPEAKER_LATENCY = round(0.06 * RATE)
"""Samples from a `Say` to its first sound: three blocks of a live output stream."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a rehearsal."""

    outcome: Outcome | None
    """None: it had not ended after the scenario's longest time."""
    seconds: float
    """Of the session's time."""
    failures: tuple[str, ...]
    """Expectations that were not met, a sentence each."""


class _Loudspeaker:
    """Plays the coach's lines one after the other on the audio's clock."""

    def __init__(self, begins: Callable[[Say | Chime], None], ends: Callable[[Say | Chime], None]) -> None:
        self._begins, self._ends = begins, ends
        self._lines: deque[tuple[Say | Chime, Samples]] = deque()
        self._at = 0
        """First sample of the line in front."""
        self._sounding = False

    def add(self, say: Say | Chime, sound: Samples, now: int) -> None:
        """Play `sound` after the lines that wait."""
        if not self._lines:
            self._at = now + SPEAKER_LATENCY
        self._lines.append((say, sound))

    def hush(self) -> None:
        """Silence at once."""
        self._lines.clear()
        self._sounding = False

    def block(self, at: int) -> Samples:
        """The samples from `at` to `at + BLOCK`; lines may begin and end in it, and what they lead to may hush."""
        block, end = np.zeros(BLOCK, np.float32), at + BLOCK
        while self._lines and self._at < end:
            say, sound = self._lines[0]
            if not self._sounding:
                self._sounding = True
                self._begins(say)
                continue
            part = sound[max(0, at - self._at): end - self._at]
            first = max(0, self._at - at)
            block[first: first + len(part)] = part
            if self._at + len(sound) > end:
                break
            self._lines.popleft()
            self._at += len(sound)
            self._sounding = False
            self._ends(say)
        return block


class Rehearsal:
    """One run of one scenario."""

    def __init__(self, session: Session | Sitting, script: Script, cast: Cast, scenario: Scenario, *,  # noqa: PLR0913 - what a run is made of
                 ears: Sequence[Recogniser], voice: Voice,
                 journal: Journal, transcript: Transcript, front: FrontEnd | None = None) -> None:
        """Prepare a run.

        Args:
            session: not started yet.
            script: the coach's words.
            cast: the imagined people.
            scenario: what is expected, and how long it may take.
            ears: used on one thread, one after the other.
            voice: the coach's.
            journal: is closed at the end.
            transcript: the same.
            front: what takes the echo, where a scenario has one, out of the people's sound; None: nothing does.
        """
        self._session, self._script, self._cast = session, script, cast
        self._longest = scenario.longest * 60 * RATE
        echo = scenario.echo
        self._echo = EchoPath(echo.loss, echo.delay, echo.ringing) if echo else None
        self._front = front or FrontEnd()
        self._expected = Expectations(scenario)
        self._hearing, self._voice = HearingPath(ears, self._front.vouches), voice
        self._journal, self._transcript = journal, transcript
        self._scribe: Scribe | None = None
        self._speaker = _Loudspeaker(self._begins, self._ends)
        self._at = 0
        self._microphone = True
        self._faults: list[tuple[int, str]] = []

    @property
    def now(self) -> float:
        """Seconds of the session."""
        return self._at / RATE

    def run(self, wav: Path, scribe: Scribe | None = None) -> Result:
        """Play the scenario to its end and record it: coach left, people right. Without a `scribe` it is not remembered.

        Raises:
            EngineError: an ear or a voice failed.
            AudioFileError: a recording of the scenario cannot be read.
        """
        self._scribe = scribe
        try:
            with soundfile.SoundFile(wav, "w", RATE, 2, "PCM_16") as file:
                self._happen(Started())
                while self._session.outcome is None and self._at < self._longest:
                    file.write(np.clip(self._tick(), -1.0, 1.0))
        finally:
            self._journal.close()
            self._transcript.close()
            if self._scribe:
                self._scribe.close()
        outcome = self._session.outcome
        return Result(outcome, self.now, tuple(self._expected.judge(outcome, self._cast.waiting)))

    def _tick(self) -> Samples:
        """One block of everything, shape (BLOCK, 2)."""
        people = self._cast.sound(self._at, BLOCK, lambda who, words: self._transcript.person(self.now, who, words))
        coach = self._speaker.block(self._at)
        if self._echo:
            people += self._echo.through(coach)
        self._at += BLOCK
        self._do_faults()
        if self._microphone:
            self._hear(people, coach)
        while (deadline := self._session.deadline) is not None and deadline <= self.now:
            self._happen(TimePassed())
        self._expected.time(self.now, self._session.phase)
        return np.stack([coach, people], axis=1)

    def _hear(self, people: Samples, coach: Samples) -> None:
        for piece in self._front.accept(people, coach):
            if piece.edge:
                self._hearing.edge()
            for _, event in self._hearing.accept(piece.samples):
                self._happen(event)
        if self._at % HEARTBEAT < BLOCK:
            self._happen(Alive(Source.MICROPHONE))
            self._happen(Alive(Source.RECOGNISER))

    def _do_faults(self) -> None:
        for at, what in [fault for fault in self._faults if fault[0] <= self._at]:
            self._faults.remove((at, what))
            self._microphone = what == "returns"
            self._transcript.fault(self.now, f"the microphone {what}")

    def _happen(self, event: Event) -> None:
        commands = self._session.handle(event, self.now)
        self._journal.add(self.now, event, commands)
        self._transcript.turn(self._session.turn)
        if isinstance(event, Heard):
            self._transcript.heard(self.now, event)
            self._expected.heard(event.intent)
        if isinstance(event, Dictated):
            self._transcript.dictated(self.now, event)
        for command in commands:
            match command:
                case Hush():
                    self._speaker.hush()
                case Say():
                    sound = self._voice.render(command.sound, command.rate).at(RATE).samples
                    self._speaker.add(command, sound * np.float32(command.volume), self._at)
                case Chime():
                    self._speaker.add(command, sound_of(command, RATE), self._at)
                case Listen(grammar):
                    self._hearing.listen(self._script.grammars[grammar])
                case Finish(outcome):
                    self._transcript.finished(self.now, outcome)
        if self._scribe:
            self._scribe.add(self.now, event, commands)

    def _begins(self, say: Say | Chime) -> None:
        if isinstance(say, Chime):
            self._transcript.chime(self.now, say)
            return
        self._transcript.coach(self.now, say)
        self._expected.said(say.key)
        self._happen(LineStarted(say.utterance))
        self._cue(say.key, begins=True)

    def _ends(self, say: Say | Chime) -> None:
        if isinstance(say, Say):
            self._happen(LineFinished(say.utterance))
            self._cue(say.key, begins=False)

    def _cue(self, key: str, *, begins: bool) -> None:
        if taken := self._cast.cue(key, self._at, begins=begins):
            self._expected.step(taken)
            if taken.step.microphone:
                self._faults.append((taken.at, taken.step.microphone))
