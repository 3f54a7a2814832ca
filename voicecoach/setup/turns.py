"""One turn of the set-up talk: the coach says something, listens or measures, with what makes sense everywhere.

He never listens while he speaks: his own "say yes" must not count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from voicecoach.core.speech import VOLUMES
from voicecoach.hearing.level_report import LevelReport
from voicecoach.machine.devices import Kind
from voicecoach.setup.lines import TRIAL
from voicecoach.setup.vocabulary import (
    Answer,
    Device,
    Gone,
    Listen,
    Measure,
    Measured,
    NotUnderstood,
    Order,
    Outcome,
    Speak,
    Understood,
)
from voicecoach.vocabulary import Intent

ANSWER: Final = 6.0
"""Seconds for an answer."""
MOVE: Final = 30.0
"""Seconds to lie down, or to move a microphone, before the talk goes on by itself."""
TRIES: Final = 3
"""So often a question is asked, and the level measured."""

RATE_STEP: Final = 1.15
VOLUME_STEP: Final = 1.4
RATES: Final = (80, 300)
"""Steps and limits of the voice: those of a session and of the settings."""

MANNERS: Final = frozenset({Intent.SLOWER, Intent.FASTER, Intent.LOUDER, Intent.QUIETER})
"""What changes how the coach speaks."""
_ENDING: Final = frozenset({Intent.FINISH, Intent.STOP})

R = TypeVar("R")
Talk = Generator[Order, Answer, R]
"""A part of the talk, and what comes out of it."""


class DeviceLost(Exception):  # noqa: N818 - it steers the talk and is no error
    """A device is gone: begin again without it."""

    def __init__(self, gone: Gone) -> None:
        self.kind: Kind = gone.kind


class OtherMicrophone(Exception):  # noqa: N818
    """They want another microphone."""


class Over(Exception):  # noqa: N818
    """The talk ends here."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


@dataclass(slots=True)
class Manner:
    """How the coach speaks."""

    words_per_minute: int
    volume: float = 1.0
    changed: set[str] = field(default_factory=set)
    """Names of the settings that somebody has changed."""

    def change(self, intent: Intent) -> bool:
        """Follow "slower", "louder" and so on; False at a limit."""
        if intent in {Intent.SLOWER, Intent.FASTER}:
            step = RATE_STEP if intent is Intent.FASTER else 1 / RATE_STEP
            rate = min(RATES[1], max(RATES[0], round(self.words_per_minute * step)))
            moved, self.words_per_minute = rate != self.words_per_minute, rate
            self.changed |= {"words_per_minute"} if moved else set()
        else:
            step = VOLUME_STEP if intent is Intent.LOUDER else 1 / VOLUME_STEP
            volume = min(VOLUMES[-1], max(VOLUMES[0], round(self.volume * step, 2)))
            moved, self.volume = volume != self.volume, volume
            self.changed |= {"volume"} if moved else set()
        return moved


class Turns:
    """The turns of one talk.

    Args:
        lines: what `voicecoach.setup.lines.load_lines` gives.
        manner: how the coach speaks at first.
        names: what {client} and {partner} stand for.
        speak: fills in a line's placeholders, `Script.fill` for numbers in words.
    """

    def __init__(self, lines: Mapping[str, str], manner: Manner, names: Mapping[str, str], speak: Callable[..., str]) -> None:
        self._lines, self._names, self._speak = lines, names, speak
        self.manner = manner
        self.using: dict[Kind, Device] = {}
        """The devices of the talk, as far as they have been taken."""

    def say(self, key: str, **values: str | float) -> Talk[None]:
        """Say the line `key`, with `values` for its placeholders."""
        yield from self.say_in("", key, values)

    def say_in(self, voice: str, key: str, values: Mapping[str, str | float]) -> Talk[None]:
        """The same in another voice; empty: in the coach's present one."""
        text = self._text(key, values)
        self._check((yield Speak(key, text, self.manner.words_per_minute, self.manner.volume, voice)))

    def _text(self, key: str, values: Mapping[str, str | float]) -> str:
        devices: dict[str, str] = {kind: device.spoken for kind, device in self.using.items()}
        return self._speak(self._lines[key], **{**devices, **self._names, **values})

    def listen(self, grammar: str, seconds: float = ANSWER) -> Talk[Answer]:
        """Listen once. "Finish", and "stop" wherever it is not being tried, end the set-up if they are meant so."""
        answer = self._check((yield Listen(grammar, seconds)))
        if grammar == TRIAL or not _is(answer, _ENDING):
            return answer
        yield from self.say("end.sure")  # noise is taken for "stop" more easily than for any other word
        if _is(self._check((yield Listen("confirm", ANSWER))), {Intent.YES, *_ENDING}):
            raise Over(Outcome.CALLED_OFF)
        return NotUnderstood()

    def measure(self, seconds: float, noise: float | None = None) -> Talk[LevelReport]:
        """Measure the sound of so many seconds; speech is measured against the `noise` of the room, in dBFS."""
        answer = self._check((yield Measure(seconds, noise)))
        if not isinstance(answer, Measured):
            raise TypeError(f"a measurement is not answered by {answer}")
        return answer.report

    @staticmethod
    def _check(answer: Answer) -> Answer:
        if isinstance(answer, Gone):
            raise DeviceLost(answer)
        return answer

    def ask(self, key: str, grammar: str, helps: str, *, seconds: float = ANSWER, again: str = "", **values: str | float) -> Talk[Intent | None]:
        """Ask until there is an answer, with the conversation that makes sense everywhere; None where nobody answers.

        `again` is a shorter line for after a change of the voice.
        """
        line, unanswered = key, 0
        while unanswered < TRIES:
            yield from self.say(line, **values)
            answer = yield from self.listen(grammar, seconds)
            line = key
            match answer:
                case Understood(intent) if intent in MANNERS:
                    line = again or key
                    if not self.manner.change(intent):
                        yield from self.say("voice.limit")
                case Understood(Intent.REPEAT):
                    pass
                case Understood(Intent.HELP):
                    line = helps
                case Understood(intent):
                    return intent
                case NotUnderstood():
                    unanswered += 1
                    line = "talk.pardon"
                case _:
                    if seconds >= MOVE:
                        return None  # long enough
                    unanswered += 2
        return None


def _is(answer: Answer, intents: Collection[Intent]) -> bool:
    return isinstance(answer, Understood) and answer.intent in intents
