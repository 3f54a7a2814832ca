"""The first run: whether the people want to be set up before they begin, asked by voice. Pure, as `voicecoach.setup.dialogue`."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import Enum
from typing import Final

from voicecoach.setup.turns import ANSWER
from voicecoach.setup.vocabulary import Answer, Device, Gone, Listen, NotUnderstood, Order, Speak, Understood, Use
from voicecoach.vocabulary import Intent

TRIES: Final = 2


class First(Enum):
    """What comes first."""

    SET_UP = "set-up"
    SESSION = "session"
    NOTHING = "nothing"


def first(lines: Mapping[str, str], speaker: Device, microphone: Device, words_per_minute: int, volume: float) -> Generator[Order, Answer, First]:
    """Ask through the devices that a session would use.

    Without an answer the set-up comes: perhaps nobody can hear, or be heard, and it finds that out and looks for other devices.
    """
    for kind, device in (("speaker", speaker), ("microphone", microphone)):
        if isinstance((yield Use("speaker" if kind == "speaker" else "microphone", device)), Gone):
            return First.SET_UP
    for _ in range(TRIES):
        if isinstance((yield Speak("run.first", lines["run.first"], words_per_minute, volume)), Gone):
            break
        match (yield Listen("confirm", ANSWER)):
            case Understood(Intent.NO):
                return First.SESSION
            case Understood(Intent.STOP | Intent.FINISH):
                return First.NOTHING
            case Understood(Intent.REPEAT | Intent.HELP) | NotUnderstood():
                continue
            case _:
                break
    return First.SET_UP
