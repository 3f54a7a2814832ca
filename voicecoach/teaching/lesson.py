"""Teaching by voice: the coach asks for a sound, listens, and asks again, so that nobody needs a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from voicecoach.audio import RATE, Samples
from voicecoach.engines import Microphone, Speaker, Voice
from voicecoach.errors import ConfigError, EngineError, Problem, ScriptError
from voicecoach.hearing.onsets import CHUNK, Onsets
from voicecoach.hearing.personal import Encoder, OwnSound
from voicecoach.language.datafile import DataFile, Record, placeholders
from voicecoach.language.script import Script
from voicecoach.machine.recording import listening, play
from voicecoach.teaching.own_sounds import FEWEST, SHORTEST, learn
from voicecoach.vocabulary import Intent

MOST: Final = 20
"""Samples: nobody wants to be asked more often."""
ROOM: Final = RATE // 2
"""Samples, 0.5 s, of the room that are heard before a sound may count: its background, and the end of the coach's echo."""
PATIENCE: Final = 6.0
"""Seconds for a sound before the coach asks again."""
ATTEMPTS: Final = 3
"""So often the coach asks again for one sample before he gives up."""

_QUOTE = "'"

Text = Annotated[str, Field(min_length=1)]


class Teaching(Record):
    """``teaching.yaml``: what is said while somebody teaches. {intent} and {count} are filled in."""

    begin: Text
    first: Text
    again: Text
    nothing: Text
    refused: Text
    done: Text


def load_teaching(script: Script) -> Teaching:
    """The lines of the script's language.

    Raises:
        ScriptError: with every mistake in the file.
    """
    source, problems = DataFile(script.folder / "teaching.yaml"), list[Problem]()
    lines = source.parse(Teaching, problems)
    for name, text in lines or ():
        try:
            unknown = sorted(placeholders(text) - {"intent", "count"})
        except ValueError as error:
            problems.append(source.problem([name], f"a brace is out of place ({error})", "write placeholders as {name}"))
        else:
            problems += [source.problem([name], f"'{{{field}}}' is no placeholder of this line", "use only {intent}, {count}") for field in unknown]
    if lines is None or problems:
        raise ScriptError(problems)
    return lines


class Lesson:
    """One person, one sound.

    Args:
        lines: what the coach says.
        intent: what the sound shall mean.
        voice: the coach's.
        speaker: not started yet, and stopped after the lesson; the same for `microphone`.
        show: is told what is said.
    """

    def __init__(self, lines: Teaching, intent: Intent, voice: Voice, speaker: Speaker, microphone: Microphone, show: Callable[[str], None]) -> None:
        self._lines, self._intent, self._voice, self._speaker, self._microphone, self._show = lines, intent, voice, speaker, microphone, show

    def give(self, count: int, model: Encoder) -> OwnSound:
        """Ask for `count` samples and learn from them.

        Raises:
            ConfigError: nothing was heard, or the sound is not fit.
            EngineError: the microphone, the speaker or the voice cannot be used.
        """
        if not FEWEST <= count <= MOST:
            raise ConfigError(f"{count} samples are not possible; give a number from {FEWEST} to {MOST} with --samples.")
        self._speaker.start(lambda _: None)
        try:
            self._say(self._lines.begin, count)
            recordings = [self._sample(self._lines.again if number else self._lines.first, count) for number in range(count)]
            return self._learn(recordings, model, count)
        finally:
            self._speaker.stop()

    def _learn(self, recordings: list[Samples], model: Encoder, count: int) -> OwnSound:
        try:
            own = learn(self._intent, recordings, model)
        except ConfigError:
            self._say(self._lines.refused, count)
            raise
        self._say(self._lines.done, count)
        return own

    def _sample(self, prompt: str, count: int) -> Samples:
        """Ask until there is a sound. The microphone is open only while the coach is silent, so he never hears himself."""
        for attempt in range(ATTEMPTS):
            self._say(self._lines.nothing if attempt else prompt, count)
            with listening(self._microphone) as blocks:
                recording = one_sound(blocks)
            if recording is not None:
                return recording
        raise EngineError("microphone", f"no sound was heard {ATTEMPTS} times", "run `voicecoach doctor --listen` and try again")

    def _say(self, line: str, count: int) -> None:
        text = line.format(intent=self._intent.value, count=count)
        self._show(text)
        play(self._speaker, self._voice.render(text))


def one_sound(blocks: Iterator[Samples]) -> Samples | None:
    """Take blocks until a sound has come and gone, and return all of them; None if none came in `PATIENCE` seconds."""
    onsets, kept, done = Onsets(), np.zeros(0, np.float32), 0
    for block in blocks:
        kept = np.concatenate((kept, block))
        while done + CHUNK <= len(kept):
            sound = onsets.accept(kept[done : done + CHUNK])
            done += CHUNK
            if sound and sound.stop - sound.start >= SHORTEST and sound.start >= ROOM:
                return kept
        if done > PATIENCE * RATE:
            return None
    return None
