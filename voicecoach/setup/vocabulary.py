"""What the set-up talk orders, and what it is told: each `Order` is answered by exactly one `Answer`. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from voicecoach.hearing.level_report import LevelReport
from voicecoach.machine.devices import Kind
from voicecoach.settings.config import Value
from voicecoach.vocabulary import Intent, KeepPerson


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone or a loudspeaker that can be tried."""

    name: str
    """As `voicecoach.machine.devices.choose` takes it; empty for the system's default."""
    spoken: str
    """How the coach calls it."""
    remembered: str
    """What is written into the settings."""


class Outcome(Enum):
    """How a set-up ended."""

    DONE = "done"
    STOP_NOT_HEARD = "stop not heard"
    """Everything is remembered, but "stop" was missed too often."""
    CALLED_OFF = "called off"
    """Somebody said "finish" or "stop"; nothing is changed."""
    UNANSWERED = "nobody answered"
    NO_MICROPHONE = "no microphone gives sound"
    NO_SPEAKER = "no loudspeaker can be used"
    NOT_REMEMBERED = "the settings could not be written"


# --- orders -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Use:
    """Take this device from now on. Answered by `Done` or `Gone`."""

    kind: Kind
    device: Device


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this to the end; nothing is listened to meanwhile. Answered by `Done` or `Gone`."""

    key: str
    text: str
    words_per_minute: int
    volume: float
    """Linear gain, 0.25 to 2."""
    voice: str = ""
    """In this voice, to judge it; empty: the coach's own."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen for so many seconds at most. Answered by `Understood`, `NotUnderstood`, `Silence` or `Gone`."""

    grammar: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure so many seconds of sound. Answered by `Measured` or `Gone`."""

    seconds: float
    noise: float | None = None
    """dBFS of the room, if it is known."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Write this into the settings. Answered by `Done` or `NotKept`."""

    settings: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class End:
    """The talk is over; nothing is answered."""

    outcome: Outcome
    teach: bool = False
    """They want to teach a sound of their own for "stop" now."""


Order = Use | Speak | Listen | Measure | Keep | KeepPerson
"""All but `End`, with which the talk returns. A `KeepPerson` is answered by `Done` or `NotKept`."""


# --- answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """It has been done."""


@dataclass(frozen=True, slots=True)
class Gone:
    """This device cannot be used, or is lost."""

    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Understood:
    """Somebody said a phrase of the grammar."""

    intent: Intent
    words: str = ""
    delay: float = 0.0
    """Seconds from the beginning of the word in the microphone to the decision."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Somebody spoke, and it was no phrase."""

    words: str = ""
    """What an ear wrote of it."""
    ear: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """The time is over and nobody has spoken."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The level of the microphone."""

    report: LevelReport


@dataclass(frozen=True, slots=True)
class NotKept:
    """The settings could not be written."""

    reason: str


Answer = Done | Gone | Understood | NotUnderstood | Silence | Measured | NotKept
