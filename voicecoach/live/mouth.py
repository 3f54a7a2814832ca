"""The coach's mouth in a live session: lines and earcons in order, on a thread of its own, and silence at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voicecoach.audio import Pcm
from voicecoach.engines import Speaker, Voice
from voicecoach.errors import EngineError
from voicecoach.live.earcons import EARCON_RATE, sound_of
from voicecoach.vocabulary import Chime, Event, LineFinished, LineStarted, Lost, Say, Source


@dataclass(frozen=True, slots=True)
class Chimed:
    """This earcon begins to sound."""

    chime: Chime


class Mouth:
    """Renders lines in order on one thread and hands them to the speaker; a hush overtakes everything."""

    def __init__(self, voice: Voice, speaker: Speaker, post: Callable[[Event | Chimed], None]) -> None:
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
            try:
                if isinstance(say, Chime):
                    self._chime(generation, say)
                else:
                    self._play(generation, say)
            except Exception as error:  # noqa: BLE001 - or this thread would end, and nobody would know for the length of a line
                self._post(Lost(Source.VOICE, f"it failed ({error})"))

    def _chime(self, generation: int, chime: Chime) -> None:
        def begins() -> None:
            if generation == self._generation:  # a speaker reports what a hush has dropped as well
                self._post(Chimed(chime))

        with self._lock:
            if generation == self._generation:
                self._speaker.play(Pcm(sound_of(chime, EARCON_RATE), EARCON_RATE), begins, lambda: None)

    def _play(self, generation: int, say: Say) -> None:
        try:
            pcm = self._voice.render(say.sound, say.rate)
        except EngineError as error:
            self._post(Lost(Source.VOICE, str(error)))
            self._post(LineFinished(say.utterance))  # nobody has to wait for it
            return
        loud = np.clip(pcm.samples * np.float32(say.volume), -1.0, 1.0)
        with self._lock:
            if generation == self._generation:
                self._speaker.play(Pcm(loud, pcm.rate), lambda: self._post(LineStarted(say.utterance)), lambda: self._post(LineFinished(say.utterance)))
