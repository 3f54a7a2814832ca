"""The live session: the only place with threads and a real clock.

One queue of things that happened, one consumer that waits for the next of them or for the session's deadline. The
microphone's thread only copies; each ear works on a thread of its own, in which it is also built; the voice renders on
one thread, so that a slow line holds nothing up. Nothing but the consumer touches the session.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voicecoach.audio import RATE, Samples
from voicecoach.core.session import CANNOT_SPEAK, Session
from voicecoach.core.sitting import Sitting
from voicecoach.engines import Alarm, Hand, Microphone, Recogniser, Speaker, Voice
from voicecoach.errors import EngineError, VoiceCoachError
from voicecoach.hearing.arbiter import Arbiter
from voicecoach.hearing.front import FrontEnd
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.script import Script
from voicecoach.live.clock import wakeful
from voicecoach.live.ear_thread import EarFailed, EarReady, EarThread, Found
from voicecoach.live.hands import Hands, press
from voicecoach.live.listening import Edge, Listening
from voicecoach.live.mouth import Chimed, Mouth
from voicecoach.live.watch import SILENCE, Account, Gaps, MicrophoneWatch
from voicecoach.memory.scribe import Scribe
from voicecoach.records.journal import Journal
from voicecoach.records.transcript import Transcript
from voicecoach.vocabulary import (
    Alive,
    Chime,
    Command,
    Dictated,
    Event,
    Finish,
    Heard,
    Hush,
    KeepPerson,
    LineFinished,
    LineStarted,
    Listen,
    Lost,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
    Unclear,
)

ALIVE = 0.5
"""Seconds between two signs of life of the ears."""
BEAT = 0.5
"""Seconds within which the consumer wakes at the latest, to tell the alarm that it lives and to look at the counters."""
RESTARTS = 3
"""So often within `FORGIVEN` seconds a failed ear is built anew."""
FORGIVEN = 600.0
REOPEN = (0.5, 3.0)
"""Seconds before the first and before each further attempt to open a lost microphone again."""
FAULT_LINE_SECONDS = 4.0
"""Time for the fault line to be heard before the speaker is closed."""
EAR_START = 20.0
"""Seconds for the ears to load their models."""


_Happening = Event | Found | EarReady | EarFailed | Chimed


@dataclass(frozen=True, slots=True)
class Engines:
    """Everything outside that a live session needs."""

    ears: Mapping[str, Callable[[], Recogniser]]
    """What builds each ear, by its name; called in the ear's own thread."""
    voice: Voice
    """Holds the safety lines already."""
    microphone: Microphone
    speaker: Speaker
    alarm: Alarm | None = None
    """What still speaks when the speaker or this program does not."""
    hands: Sequence[Hand] = ()
    """Keys, switches and pedals that say stop."""
    front: FrontEnd = field(default_factory=FrontEnd)
    """What takes the coach's voice out of the microphone's sound; by default nothing does."""


class App:
    """Runs one session live."""

    def __init__(self, session: Session | Sitting, script: Script, engines: Engines, journal: Journal, transcript: Transcript, *,
                 scribe: Scribe | None = None, clock: Callable[[], float] | None = None, keep: Callable[[KeepPerson], None] | None = None) -> None:
        """Put a session together; nothing is opened before `run`. Without a `scribe` it is not remembered, without a `clock` time is real.

        `keep` writes down somebody who was learnt, and makes the lines with the name ready; called on a thread of its own.
        """
        self._clock = clock or wakeful()
        self._session, self._script, self._voice = session, script, engines.voice
        self._microphone, self._speaker = engines.microphone, engines.speaker
        self._journal, self._transcript, self._scribe = journal, transcript, scribe
        self._makers, self._keep = engines.ears, keep
        self._hands = Hands(engines.hands, self._post)
        self._listening = Listening(engines.front, self._give, journal.note)
        self._happenings: queue.SimpleQueue[_Happening] = queue.SimpleQueue()  # a signal handler may put into it while this thread takes from it
        self._alarm = engines.alarm
        self._ears: dict[str, EarThread] = {}
        self._restarts: dict[str, deque[float]] = {name: deque(maxlen=RESTARTS) for name in engines.ears}
        self._grammar: Grammar | None = None
        self._arbiter = Arbiter()
        self._heard_until = 0.0
        """How far the fastest ear has come, in seconds of sound: the arbiter waits on this clock, not on a slow ear."""
        self._alive_at = 0.0
        self._mouth: Mouth | None = None
        self._began = 0.0
        self._watch = MicrophoneWatch(0.0)
        self._samples = self._given = 0
        """Samples that the microphone has brought, and those that were given to the ears: the session's clock of sound."""
        self._reopen_at: float | None = None
        self._reopened = 0
        self._account = Account()
        self._said: dict[int, Say] = {}
        self._sounding: set[int] = set()

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
        if self._alarm:
            self._alarm.prepare()
        self._ears = {name: EarThread(name, make, self._post, self._listening.vouches) for name, make in self._makers.items()}
        self._listening.start()
        self._speaker.tap(self._listening.played)
        self._speaker.start(lambda reason: self._post(Lost(Source.SPEAKER, reason)))
        self._mouth = Mouth(self._voice, self._speaker, self._post)
        waiting = set(self._makers)
        weighing = 0
        while waiting:
            try:
                happening = self._happenings.get(timeout=EAR_START)
            except queue.Empty:
                raise EngineError(", ".join(sorted(waiting)), f"not ready after {EAR_START:g} s", "close other programs and try again") from None
            if isinstance(happening, EarFailed):
                raise happening.problem
            if isinstance(happening, Lost):
                raise EngineError(happening.source.value, happening.reason, "run `voicecoach doctor`")
            if isinstance(happening, EarReady):
                waiting.discard(happening.ear)
                weighing += not happening.release_only
        self._arbiter = Arbiter(weighing)
        self._began = self._clock()
        self._journal.note("clock", began=self._began)
        self._microphone.start(self._deliver, self._microphone_lost)
        self._watch = MicrophoneWatch(self._now())
        self._hands.start()
        if self._alarm:
            line = self._session.fault_line
            self._alarm.arm(line.text, self._voice.render(line.sound))

    def _close(self) -> None:
        self._hands.stop()
        if self._alarm:
            self._alarm.stop()
        self._microphone.stop()
        self._listening.stop()
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
        try:
            if self._mouth:
                self._mouth.hush()
                self._mouth.say_now(self._session.fault_line)
                time.sleep(FAULT_LINE_SECONDS)
        except Exception:  # noqa: BLE001 - the mistake may be in the mouth itself
            if self._alarm:
                self._alarm.sound()

    # --- what other threads may call ---

    def _post(self, happening: _Happening) -> None:
        self._happenings.put(happening)

    def _give(self, work: Samples | Edge) -> None:
        if isinstance(work, Edge):
            for ear in self._ears.values():
                ear.call(lambda recogniser: recogniser.edge())
            return
        self._given += len(work)
        for ear in self._ears.values():
            ear.give(work, self._given / RATE)

    def _deliver(self, block: Samples) -> None:
        self._samples += len(block)
        self._listening.heard(block)
        if self._watch.block(self._now(), block):
            self._post(Alive(Source.MICROPHONE))

    def _microphone_lost(self, reason: str) -> None:
        self._watch.lost()
        self._post(Lost(Source.MICROPHONE, reason))

    # --- the one consumer ---

    def _consume(self) -> Outcome:
        self._handle(Started())
        while self._session.outcome is None:
            try:
                self._take(self._happenings.get(timeout=self._patience()))
            except queue.Empty:
                if (deadline := self._session.deadline) is not None and deadline <= self._now():
                    self._handle(TimePassed())
            self._look_after_the_house()
            self._transcript.moment(self._now(), self._session)
        return self._session.outcome

    def _now(self) -> float:
        return self._clock() - self._began

    def _patience(self) -> float:
        now = self._now()
        times = [time for time in (self._session.deadline, self._reopen_at, self._watch.deadline, self._transcript.next_moment(now))
                 if time is not None]
        return min(max(0.0, min(times, default=math.inf) - now), BEAT)

    def _look_after_the_house(self) -> None:
        """What has to be done in time, whatever happens or does not happen."""
        now = self._now()
        if self._alarm:
            self._alarm.beat()
        if self._watch.silent(now):
            self._watch.lost()
            self._handle(Lost(Source.MICROPHONE, f"no sound for {SILENCE:g} s"))
        if self._reopen_at is not None and self._reopen_at <= now:
            self._reopen()
        gaps = Gaps(self._microphone.overflows, self._speaker.underflows, self._listening.dropped + sum(ear.dropped for ear in self._ears.values()))
        if reason := self._account.keep(now, self._samples / RATE, gaps, self._journal.note):
            self._microphone_lost(reason)

    def _take(self, happening: _Happening) -> None:
        match happening:
            case Found(_, hypotheses, at):
                self._heard_until = max(self._heard_until, at)
                for event in self._arbiter.merge(hypotheses, self._heard_until):
                    self._handle(event)
                if self._now() >= self._alive_at:
                    self._alive_at = self._now() + ALIVE
                    self._handle(Alive(Source.RECOGNISER))
            case EarFailed(name, problem):
                self._handle(Lost(Source.RECOGNISER, str(problem)))
                self._restart(name)
            case EarReady():
                pass
            case Chimed(chime):
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
        self._transcript.turn(self._session.turn)
        self._show(event, now)
        if any(isinstance(command, Say) and command.key == CANNOT_SPEAK for command in commands):
            self._raise_the_alarm(event)
        for command in commands:
            self._do(command, now)
        if self._scribe:
            self._scribe.add(now, event, commands)
        if isinstance(event, LineFinished):
            self._sounding.discard(event.utterance)
        self._watch.coach(now, speaking=bool(self._sounding))

    def _do(self, command: Command, now: float) -> None:
        match command:
            case Hush():
                # The speaker still reports the lines it drops; they were never heard, so they are not shown.
                self._said.clear()
                self._sounding.clear()
                self._the_mouth.hush()
            case Say():
                self._said[command.utterance] = command
                self._sounding.add(command.utterance)
                if command.safety:
                    self._the_mouth.say_now(command)
                else:
                    self._the_mouth.say(command)
            case Chime():
                self._the_mouth.say(command)
            case Listen(grammar):
                self._grammar = self._script.grammars[grammar]
                for ear in self._ears.values():
                    ear.listen(self._grammar)
            case KeepPerson():
                self._keep_person(command)
            case Finish(outcome):
                self._transcript.finished(now, outcome)

    def _keep_person(self, person: KeepPerson) -> None:
        """On a thread of its own: rendering every safety line with a new name takes seconds, and the screening that follows longer."""
        keep = self._keep
        if keep is None:
            return

        def kept() -> None:
            try:
                keep(person)
            except VoiceCoachError as error:
                self._journal.note(f"fault: somebody new was not kept: {error}")
                self._transcript.fault(self._now(), str(error))

        threading.Thread(target=kept, name="keep", daemon=True).start()

    def _raise_the_alarm(self, event: Event) -> None:
        """The speaker is gone or stuck: what else there is must say that the partner lets go.

        A voice that fails is none of it: the speaker still speaks the safety lines, which are in memory.
        """
        if self._alarm and not (isinstance(event, Lost) and event.source is Source.VOICE):
            self._transcript.give_way()
            self._alarm.sound()

    @property
    def _the_mouth(self) -> Mouth:
        if self._mouth is None:
            raise RuntimeError("the session has not been opened")
        return self._mouth

    def _show(self, event: Event, now: float) -> None:
        match event:
            case LineStarted(utterance) if utterance in self._said:
                self._transcript.coach(now, self._said.pop(utterance))
            case Heard():
                self._transcript.heard(now, event)
            case Unclear():
                self._transcript.unclear(now, event)
            case Dictated():
                self._transcript.dictated(now, event)
            case Lost(source, reason):
                self._transcript.fault(now, f"lost the {source.value}: {reason}")
                if source is Source.MICROPHONE:
                    self._reopen_at = now + REOPEN[min(self._reopened, len(REOPEN) - 1)]
                    self._reopened += 1
            case Alive(Source.MICROPHONE):
                self._reopened = 0
            case Alive(Source.BUTTON):
                self._transcript.fault(now, "the button is back")

    def _restart(self, name: str) -> None:
        """Build a failed ear anew, in a thread of its own; it is heard again when it is ready."""
        now, before = self._now(), self._restarts[name]
        if len(before) == RESTARTS and now - before[0] < FORGIVEN:
            return
        before.append(now)
        self._ears[name] = EarThread(name, self._makers[name], self._post, self._listening.vouches)
        if self._grammar:
            self._ears[name].listen(self._grammar)

    def _reopen(self) -> None:
        """Try the microphone again, on a thread of its own: opening a device can take seconds."""
        self._reopen_at = None

        def attempt() -> None:
            try:
                self._microphone.stop()
                self._microphone.start(self._deliver, self._microphone_lost)
                self._watch.opened(self._now())
                if self._session.outcome is not None:  # it ended meanwhile, and nobody else would close this
                    self._microphone.stop()
            except EngineError as error:
                self._microphone_lost(str(error))

        threading.Thread(target=attempt, name="reopen", daemon=True).start()
