"""Carries out a set-up talk with real devices: each order in turn, in one thread; the microphone's own only copies.

What comes in while the coach speaks is thrown away, and `ECHO` of sound after it. How long to listen is counted in the
sound itself, so a busy machine shortens nobody's time to answer.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from voicecoach.audio import RATE, Pcm, Samples
from voicecoach.engines import Microphone, Recogniser, Speaker, Voice
from voicecoach.errors import EngineError, VoiceCoachError
from voicecoach.hearing.arbiter import Arbiter
from voicecoach.hearing.hypothesis import Grammar, Hypothesis
from voicecoach.hearing.levels import assess
from voicecoach.machine.recording import PATIENCE, play, seconds
from voicecoach.settings.settings_file import Settings
from voicecoach.setup.dialogue import SetUp
from voicecoach.setup.vocabulary import (
    Answer,
    Done,
    End,
    Gone,
    Keep,
    Listen,
    Measure,
    Measured,
    NotKept,
    NotUnderstood,
    Order,
    Silence,
    Speak,
    Understood,
    Use,
)
from voicecoach.vocabulary import Dictated, Event, Heard, KeepPerson, Unclear

ECHO: Final = 0.3
"""Seconds of sound after the coach's own that are thrown away: the way of the sound through devices and room."""
PAUSE: Final = RATE
"""Samples of silence that an ear is given between two turns, so that nothing of one is heard in the next."""
BACKLOG: Final = 1500
"""Blocks of 20 ms, 30 s: a machine that is further behind will not catch up."""

D = TypeVar("D", "_Output", "_Input")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class World:
    """What the talk needs from the outside."""

    voice: Voice
    words_per_minute: int
    """At which `voice` speaks by itself."""
    ears: Sequence[Recogniser]
    """What will listen in the sessions too."""
    grammars: Mapping[str, Grammar]
    """By the names that the talk uses."""
    open_speaker: Callable[[str], Speaker]
    """Builds the speaker of a name, at a volume of 1: how loud each line is the talk decides."""
    open_microphone: Callable[[str], Microphone]
    keep: Callable[[Settings], None]
    """Writes the settings."""
    other_voice: Callable[[str], Voice] | None = None
    """Builds the voice of a name, for people who want to hear it; None: there is no other."""
    keep_person: Callable[[KeepPerson], None] = lambda _: None
    """Writes somebody new into the household's file."""


class LiveSetUp:
    """Holds a set-up talk; `show` is told what is said and heard, line by line."""

    def __init__(self, world: World, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._world, self._show, self._clock = world, show, clock
        self._hearing = _Hearing(world.ears, clock)
        self._speaker: _Output | None = None
        self._microphone: _Input | None = None

    def run(self, setup: SetUp) -> End:
        """Hold the whole set-up; see `hold`."""
        return self.hold(setup.talk())

    def hold(self, talk: Generator[Order, Answer, R]) -> R:
        """Hold a talk to its end and close every device.

        Raises:
            EngineError: the voice or an ear does not work.
        """
        try:
            order = next(talk)
            while True:
                order = talk.send(self._do(order))
        except StopIteration as over:
            result: R = over.value
            return result
        finally:
            for device in (self._microphone, self._speaker):
                if device:
                    device.close()

    def _do(self, order: Order) -> Answer:
        match order:
            case Use():
                return self._use(order)
            case Speak():
                return self._speak(order)
            case Listen():
                return self._listen(order)
            case Measure(length, noise):
                with self._input.open_ear() as blocks:
                    sound = seconds((block for _, block in blocks), length)
                return self._told(Measured(assess(sound, noise)))
            case Keep(settings):
                return self._remember(lambda: self._world.keep(settings))
            case KeepPerson():
                return self._remember(lambda: self._world.keep_person(order))

    def _told(self, answer: Answer) -> Answer:
        """`answer`, unless the microphone has gone meanwhile."""
        if self._input.lost:
            return self._gone(Gone("microphone", self._input.lost))
        if isinstance(answer, Measured):
            self._show(f"  ({answer.report})")
        return answer

    def _gone(self, gone: Gone) -> Gone:
        self._show(f"  (the {gone.kind} cannot be used: {gone.reason})")
        return gone

    # --- devices ---

    def _use(self, order: Use) -> Answer:
        name = order.device.name
        try:
            if order.kind == "speaker":
                self._speaker = _kept(self._speaker, name)
                self._speaker = self._speaker or _Output(name, self._world.open_speaker(name))
            else:
                self._microphone = _kept(self._microphone, name)
                self._microphone = self._microphone or _Input(name, self._world.open_microphone(name), self._clock)
        except EngineError as error:
            return self._gone(Gone(order.kind, str(error).rstrip(".")))
        return Done()

    @property
    def _input(self) -> _Input:
        if self._microphone is None:
            raise RuntimeError("no microphone is in use")
        return self._microphone

    # --- speaking and listening ---

    def _render(self, order: Speak) -> Pcm:
        """In the voice that is to be judged if it works; else in the coach's own."""
        rate = order.words_per_minute / self._world.words_per_minute
        if order.voice and self._world.other_voice:
            try:
                return self._world.other_voice(order.voice).render(order.text, rate)
            except EngineError as error:
                self._show(f"  (the voice cannot be used: {error})")
        return self._world.voice.render(order.text, rate)

    def _speak(self, order: Speak) -> Answer:
        if self._speaker is None:
            raise RuntimeError("no speaker is in use")
        self._show(f"coach: {order.text}")
        pcm = self._render(order)
        self._speaker.play(pcm.amplified(order.volume))
        return self._gone(Gone("speaker", self._speaker.lost)) if self._speaker.lost else Done()

    def _listen(self, order: Listen) -> Answer:
        self._hearing.begin(self._world.grammars[order.grammar])
        taken = 0
        with self._input.open_ear() as blocks:
            for arrived, block in blocks:
                taken += len(block)
                if answer := self._hearing.accept(block, arrived):
                    return self._heard(answer)
                if taken >= order.seconds * RATE:
                    break
        return self._heard(self._told(self._hearing.last_chance() or Silence()))

    def _heard(self, answer: Answer) -> Answer:
        match answer:
            case Understood(intent, words, delay):
                self._show(f"  (heard: {words!r}, {intent.value}, {delay:.2f} s after its beginning)")
            case NotUnderstood(words, _):
                self._show(f"  (heard, and not understood: {words!r})")
        return answer

    def _remember(self, write: Callable[[], None]) -> Answer:
        try:
            write()
        except VoiceCoachError as error:
            self._show(f"  ({error})")
            return NotKept(str(error))
        return Done()


def _kept(device: D | None, name: str) -> D | None:
    """`device` if it is the one called `name` and works; else it is closed."""
    if device is None or (device.name == name and not device.lost):
        return device
    device.close()
    return None


class _Output:
    """A speaker that is open, and whether it has been lost."""

    def __init__(self, name: str, speaker: Speaker) -> None:
        self.name, self.lost, self._speaker = name, "", speaker
        self.close = speaker.stop
        speaker.start(self._lose)

    def play(self, pcm: Pcm) -> None:
        """To the end."""
        play(self._speaker, pcm)

    def _lose(self, reason: str) -> None:
        self.lost = reason


class _Input:
    """A microphone that is open, but heeded only inside `open_ear`."""

    def __init__(self, name: str, microphone: Microphone, clock: Callable[[], float]) -> None:
        self.name, self.lost = name, ""
        self._clock, self._heeded = clock, False
        self._blocks: queue.Queue[tuple[float, Samples] | None] = queue.Queue(BACKLOG)
        self.close = microphone.stop
        microphone.start(self._deliver, self._lose)

    @contextmanager
    def open_ear(self) -> Iterator[Iterator[tuple[float, Samples]]]:
        """The blocks from `ECHO` seconds on, each with the time when it came in; they end when the microphone is lost."""
        while not self._blocks.empty():
            self._blocks.get_nowait()
        self._heeded = True
        try:
            yield self._taken()
        finally:
            self._heeded = False

    def _taken(self) -> Iterator[tuple[float, Samples]]:
        echo = ECHO * RATE
        while not self.lost:
            try:
                item = self._blocks.get(timeout=PATIENCE)
            except queue.Empty:
                self.lost = "no sound comes in"
                return
            if item is None:
                return
            if echo <= 0:
                yield item
            echo -= len(item[1])

    def _deliver(self, block: Samples) -> None:
        if self._heeded:
            with contextlib.suppress(queue.Full):
                self._blocks.put_nowait((self._clock(), block.copy()))

    def _lose(self, reason: str) -> None:
        self.lost = reason
        with contextlib.suppress(queue.Full):
            self._blocks.put_nowait(None)


class _Hearing:
    """The ears and an arbiter, one turn after the other."""

    def __init__(self, ears: Sequence[Recogniser], clock: Callable[[], float]) -> None:
        self._ears, self._clock = tuple(ears), clock
        self._arbiter = Arbiter.between(self._ears)
        self._found: list[Hypothesis] = []
        self._samples = 0

    def begin(self, grammar: Grammar) -> None:
        """A new turn, of which nothing that was heard before is a part."""
        for ear in self._ears:
            ear.listen(grammar)
        self._hear(np.zeros(PAUSE, np.float32))
        self._arbiter, self._found = Arbiter.between(self._ears), []

    def accept(self, block: Samples, arrived: float) -> Understood | NotUnderstood | None:
        """What is decided on the next block, which came in at `arrived` on the clock."""
        for event in self._hear(block):
            if isinstance(event, Heard):
                start = next((h.start for h in reversed(self._found) if h.ear == event.ear and h.phrase and h.phrase.intent is event.intent), self._now)
                return Understood(event.intent, event.words, self._now - start + self._clock() - arrived)
            if isinstance(event, Unclear | Dictated):
                return NotUnderstood(event.words, event.ear)
        return None

    def last_chance(self) -> Understood | NotUnderstood | None:
        """What was being said when the time was over."""
        return self.accept(np.zeros(PAUSE, np.float32), self._clock())

    @property
    def _now(self) -> float:
        return self._samples / RATE

    def _hear(self, sound: Samples) -> list[Event]:
        self._samples += len(sound)
        found = [hypothesis for ear in self._ears for hypothesis in ear.accept(sound)]
        self._found += found
        return self._arbiter.merge(found, self._now)
