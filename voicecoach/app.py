"""The live session: the only place with threads and a real clock.

One queue of things that happened, one consumer that waits for the next of them or for the session's deadline. The
microphone's thread only copies; each ear works on a thread of its own, in which it is also built; the voice renders on
one thread, so that a slow line holds nothing up. Nothing but the consumer touches the session.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voicecoach.audio import RATE, Pcm, Samples
from voicecoach.earcons import EARCON_RATE, sound_of
from voicecoach.engines import Hand, Microphone, Recogniser, Speaker, Voice
from voicecoach.errors import EngineError, VoiceCoachError
from voicecoach.hands import Hands, press
from voicecoach.hearing.arbiter import Arbiter
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.journal import Journal
from voicecoach.memory.scribe import Scribe
from voicecoach.script import Script
from voicecoach.session import Session
from voicecoach.transcript import Transcript
from voicecoach.vocabulary import (
    Alive,
    Chime,
    Event,
    Finish,
    Heard,
    Hush,
    LineFinished,
    LineStarted,
    Listen,
    Lost,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
)

HEARTBEAT = RATE // 2
"""Samples between two signs of life."""
REPORT = RATE // 10
"""Samples after which an ear says how far it has come, even if it has found nothing."""
BACKLOG = 150
"""Blocks of 20 ms that an ear may be behind, 3 s; more than that it will not catch up, and says so."""
RESTARTS = 3
"""So often a failed ear is built anew."""
REOPEN = 3.0
"""Seconds between two attempts to open a lost microphone again."""
FAULT_LINE_SECONDS = 4.0
"""Time for the fault line to be heard before the speaker is closed."""
EAR_START = 20.0
"""Seconds for the ears to load their models."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An ear worked through sound up to `at` seconds of it and found these."""

    ear: str
    hypotheses: tuple[Hypothesis, ...]
    at: float


@dataclass(frozen=True, slots=True)
class _EarReady:
    ear: str


@dataclass(frozen=True, slots=True)
class _EarFailed:
    """This ear hears nothing any more."""

    ear: str
    problem: VoiceCoachError


@dataclass(frozen=True, slots=True)
class _Chimed:
    """This earcon begins to sound."""

    chime: Chime


_Happening = Event | _Found | _EarReady | _EarFailed | _Chimed


class _Ear:
    """One recogniser on its own thread, fed through a bounded queue."""

    def __init__(self, name: str, make: Callable[[], Recogniser], post: Callable[[_Happening], None]) -> None:
        self._name, self._make, self._post = name, make, post
        self._work: queue.Queue[Samples | Grammar | None] = queue.Queue(BACKLOG)
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=f"ear-{name}", daemon=True)
        self._thread.start()

    def give(self, work: Samples | Grammar) -> None:
        """Hand over sound or a new grammar; never waits."""
        if self._failed:
            return
        try:
            self._work.put_nowait(work)
        except queue.Full:
            self._fail(EngineError(self._name, "it cannot keep up with the sound", "close other programs"))

    def _fail(self, problem: VoiceCoachError) -> None:
        self._failed = True
        self._post(_EarFailed(self._name, problem))

    def stop(self) -> None:
        """Let the thread end; a thread that hangs in its model is left behind, for it is a daemon."""
        while self._thread.is_alive():
            try:
                self._work.put_nowait(None)
                break
            except queue.Full:
                self._work.get_nowait()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        try:
            ear = self._make()
            ear.check()
            self._post(_EarReady(self._name))
            self._listen(ear)
        except VoiceCoachError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever an engine throws, the people must be told to let go
            self._fail(EngineError(self._name, f"it failed ({error})", "run `voicecoach doctor`"))

    def _listen(self, ear: Recogniser) -> None:
        samples, reported = 0, 0
        while (work := self._work.get()) is not None:
            if isinstance(work, Grammar):
                ear.listen(work)
                continue
            found = ear.accept(work)
            samples += len(work)
            if found or samples - reported >= REPORT:
                reported = samples
                self._post(_Found(self._name, tuple(found), samples / RATE))


class _Mouth:
    """Renders lines in order on one thread and hands them to the speaker; a hush overtakes everything."""

    def __init__(self, voice: Voice, speaker: Speaker, post: Callable[[_Happening], None]) -> None:
        self._voice, self._speaker, self._post = voice, speaker, post
        self._lines: queue.SimpleQueue[tuple[int, Say | Chime] | None] = queue.SimpleQueue()
        self._generation = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="mouth", daemon=True)
        self._thread.start()

    def say(self, say: Say | Chime) -> None:
        """Speak or play `say` after what was ordered before it."""
        self._lines.put((self._generation, say))

    def say_now(self, say: Say) -> None:
        """Speak a line that is in memory already, without the detour over the thread; for safety lines after a hush."""
        self._play(self._generation, say)

    def hush(self) -> None:
        """Silence; lines that were ordered before are dropped, also one that is being rendered."""
        with self._lock:
            self._generation += 1
            self._speaker.hush()

    def stop(self) -> None:
        """End the thread."""
        self._lines.put(None)
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while (item := self._lines.get()) is not None:
            generation, say = item
            if generation != self._generation:
                continue
            if isinstance(say, Chime):
                self._chime(generation, say)
            else:
                self._play(generation, say)

    def _chime(self, generation: int, chime: Chime) -> None:
        def begins() -> None:
            if generation == self._generation:  # a speaker reports what a hush has dropped as well
                self._post(_Chimed(chime))

        with self._lock:
            if generation == self._generation:
                self._speaker.play(Pcm(sound_of(chime, EARCON_RATE), EARCON_RATE), begins, lambda: None)

    def _play(self, generation: int, say: Say) -> None:
        try:
            pcm = self._voice.render(say.text, say.rate)
        except EngineError as error:
            self._post(Lost(Source.VOICE, str(error)))
            self._post(LineFinished(say.utterance))  # nobody has to wait for it
            return
        loud = np.clip(pcm.samples * np.float32(say.volume), -1.0, 1.0)
        with self._lock:
            if generation == self._generation:
                self._speaker.play(Pcm(loud, pcm.rate), lambda: self._post(LineStarted(say.utterance)), lambda: self._post(LineFinished(say.utterance)))


@dataclass(frozen=True, slots=True)
class Engines:
    """Everything outside that a live session needs."""

    ears: Mapping[str, Callable[[], Recogniser]]
    """What builds each ear, by its name; called in the ear's own thread."""
    voice: Voice
    """Holds the safety lines already."""
    microphone: Microphone
    speaker: Speaker
    hands: Sequence[Hand] = ()
    """Keys, switches and pedals that say stop."""


class App:
    """Runs one session live."""

    def __init__(self, session: Session, script: Script, engines: Engines, journal: Journal, transcript: Transcript, *,
                 scribe: Scribe | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Put a session together; nothing is opened before `run`. Without a `scribe` it is not remembered."""
        self._clock = clock
        self._session, self._script, self._voice = session, script, engines.voice
        self._microphone, self._speaker = engines.microphone, engines.speaker
        self._journal, self._transcript, self._scribe = journal, transcript, scribe
        self._makers = engines.ears
        self._hands = Hands(engines.hands, self._post)
        self._happenings: queue.Queue[_Happening] = queue.Queue()
        self._ears: dict[str, _Ear] = {}
        self._restarts = dict.fromkeys(engines.ears, 0)
        self._grammar: Grammar | None = None
        self._arbiter = Arbiter(len(engines.ears))
        self._heard_until = 0.0
        """How far the fastest ear has come, in seconds of sound: the arbiter waits on this clock, not on a slow ear."""
        self._alive_at = 0.0
        self._mouth: _Mouth | None = None
        self._heard_samples = 0
        self._began = 0.0
        self._reopen_at: float | None = None
        self._said: dict[int, Say] = {}

    def stop(self) -> None:
        """Somebody at the machine wants it to stop; the same as a spoken "stop". Callable from a signal handler."""
        self._post(press("keyboard", "key"))

    def run(self) -> Outcome:
        """Run the session to its end.

        Raises:
            EngineError: an engine cannot be opened at the start.
        """
        try:
            self._open()
            return self._consume()
        except VoiceCoachError:
            raise
        except Exception as error:
            self._crash(error)
            raise
        finally:
            self._close()

    # --- opening and closing ---

    def _open(self) -> None:
        self._ears = {name: _Ear(name, make, self._post) for name, make in self._makers.items()}
        self._speaker.start(lambda reason: self._post(Lost(Source.SPEAKER, reason)))
        self._mouth = _Mouth(self._voice, self._speaker, self._post)
        waiting = set(self._makers)
        while waiting:
            try:
                happening = self._happenings.get(timeout=EAR_START)
            except queue.Empty:
                raise EngineError(", ".join(sorted(waiting)), f"not ready after {EAR_START:g} s", "close other programs and try again") from None
            if isinstance(happening, _EarFailed):
                raise happening.problem
            if isinstance(happening, Lost):
                raise EngineError(happening.source.value, happening.reason, "run `voicecoach doctor`")
            if isinstance(happening, _EarReady):
                waiting.discard(happening.ear)
        self._microphone.start(self._deliver, self._microphone_lost)
        self._hands.start()
        self._began = self._clock()

    def _close(self) -> None:
        self._hands.stop()
        self._microphone.stop()
        for ear in self._ears.values():
            ear.stop()
        if self._mouth:
            self._mouth.stop()
        self._speaker.stop()
        self._journal.close()
        self._transcript.close()
        if self._scribe:
            self._scribe.close()

    def _crash(self, error: Exception) -> None:
        """A mistake in this program: nobody may stay under force because of it."""
        self._journal.note(f"fault: {type(error).__name__}: {error}")
        if self._mouth:
            line = self._script.line("safety.cannot-speak")
            self._mouth.hush()
            self._mouth.say_now(Say(0, line.key, self._script.speak(line.texts[0], **self._session.names), line.to, safety=True))
            time.sleep(FAULT_LINE_SECONDS)

    # --- what other threads may call ---

    def _post(self, happening: _Happening) -> None:
        self._happenings.put(happening)

    def _deliver(self, block: Samples) -> None:
        for ear in self._ears.values():
            ear.give(block)
        if not block.any():  # a muted or dead device is no sign of life
            return
        before, self._heard_samples = self._heard_samples, self._heard_samples + len(block)
        if before // HEARTBEAT != self._heard_samples // HEARTBEAT:
            self._post(Alive(Source.MICROPHONE))

    def _microphone_lost(self, reason: str) -> None:
        self._post(Lost(Source.MICROPHONE, reason))

    # --- the one consumer ---

    def _consume(self) -> Outcome:
        self._handle(Started())
        while self._session.outcome is None:
            try:
                happening = self._happenings.get(timeout=self._patience())
            except queue.Empty:
                self._on_time()
                continue
            self._take(happening)
        return self._session.outcome

    def _now(self) -> float:
        return self._clock() - self._began

    def _patience(self) -> float | None:
        times = [time for time in (self._session.deadline, self._reopen_at) if time is not None]
        return max(0.0, min(times) - self._now()) if times else None

    def _on_time(self) -> None:
        now = self._now()
        if (deadline := self._session.deadline) is not None and deadline <= now:
            self._handle(TimePassed())
        if self._reopen_at is not None and self._reopen_at <= now:
            self._reopen()

    def _take(self, happening: _Happening) -> None:
        match happening:
            case _Found(_, hypotheses, at):
                self._heard_until = max(self._heard_until, at)
                for event in self._arbiter.merge(hypotheses, self._heard_until):
                    self._handle(event)
                if self._now() >= self._alive_at:
                    self._alive_at = self._now() + HEARTBEAT / RATE
                    self._handle(Alive(Source.RECOGNISER))
            case _EarFailed(name, problem):
                self._handle(Lost(Source.RECOGNISER, str(problem)))
                self._restart(name)
            case _EarReady():
                pass
            case _Chimed(chime):
                self._transcript.chime(self._now(), chime)
            case _:
                self._handle(happening)

    def _handle(self, event: Event) -> None:
        # A deadline that has passed comes first: the event must not find a session that is behind its time.
        now = self._now()
        deadline = self._session.deadline
        if deadline is not None and deadline <= now and not isinstance(event, TimePassed):
            self._order(TimePassed(), now)
        self._order(event, now)

    def _order(self, event: Event, now: float) -> None:
        commands = self._session.handle(event, now)
        self._journal.add(now, event, commands)
        self._show(event, now)
        for command in commands:
            match command:
                case Hush():
                    # The speaker still reports the lines it drops; they were never heard, so they are not shown.
                    self._said.clear()
                    self._the_mouth.hush()
                case Say() if command.safety:
                    self._said[command.utterance] = command
                    self._the_mouth.say_now(command)
                case Say():
                    self._said[command.utterance] = command
                    self._the_mouth.say(command)
                case Chime():
                    self._the_mouth.say(command)
                case Listen(grammar):
                    self._grammar = self._script.grammars[grammar]
                    for ear in self._ears.values():
                        ear.give(self._grammar)
                case Finish(outcome):
                    self._transcript.finished(now, outcome)
        if self._scribe:
            self._scribe.add(now, event, commands)

    @property
    def _the_mouth(self) -> _Mouth:
        if self._mouth is None:
            raise RuntimeError("the session has not been opened")
        return self._mouth

    def _show(self, event: Event, now: float) -> None:
        match event:
            case LineStarted(utterance) if utterance in self._said:
                self._transcript.coach(now, self._said.pop(utterance))
            case Heard():
                self._transcript.heard(now, event)
            case Lost(source, reason):
                self._transcript.fault(now, f"lost the {source.value}: {reason}")
                if source is Source.MICROPHONE:
                    self._reopen_at = now + REOPEN
            case Alive(Source.BUTTON):
                self._transcript.fault(now, "the button is back")

    def _restart(self, name: str) -> None:
        """Build a failed ear anew, in a thread of its own; it is heard again when it is ready."""
        self._restarts[name] += 1
        if self._restarts[name] <= RESTARTS:
            self._ears[name] = _Ear(name, self._makers[name], self._post)
            if self._grammar:
                self._ears[name].give(self._grammar)

    def _reopen(self) -> None:
        """Try the microphone again, on a thread of its own: opening a device can take seconds."""
        self._reopen_at = None

        def attempt() -> None:
            try:
                self._microphone.stop()
                self._microphone.start(self._deliver, self._microphone_lost)
            except EngineError as error:
                self._microphone_lost(str(error))

        threading.Thread(target=attempt, name="reopen", daemon=True).start()
