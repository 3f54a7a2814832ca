"""Conversation that makes sense in any phase: repeat, help, how long, why, which muscles, slower, louder, pause."""

from __future__ import annotations

from voicecoach.parts.base import STAY, End, Move, Part, Pause
from voicecoach.vocabulary import Heard, Intent, Outcome

RATE_STEP = 1.15
VOLUME_STEP = 1.4


def converse(heard: Heard, part: Part) -> Move:
    """Answer `heard` in the phase of `part`; what makes no sense there is passed over in silence."""
    floor, bout = part.floor, part.plan.current
    match heard.intent:
        case Intent.REPEAT:
            floor.say_again()
        case Intent.HELP:
            floor.say(f"help.{floor.grammar}")
        case Intent.HOW_LONG:
            key, values = part.time_left()
            floor.say(key, **values)
        case Intent.WHY:
            floor.say(f"{bout.stretch.id}.why" if bout else "talk.why")
        case Intent.MUSCLES:
            floor.say(f"{bout.stretch.id}.muscles" if bout else "talk.muscles")
        case Intent.SLOWER | Intent.FASTER | Intent.LOUDER | Intent.QUIETER:
            _adjust(heard.intent, part)
        case Intent.PAUSE:
            return Pause()
        case Intent.FINISH:
            return End(Outcome.FINISHED_EARLY)
        case _:
            pass
    return STAY


def _adjust(intent: Intent, part: Part) -> None:
    """Change how the coach speaks, and say the last turn again that way: that is what was not understood."""
    if intent in {Intent.SLOWER, Intent.FASTER}:
        part.floor.change_rate(RATE_STEP if intent is Intent.FASTER else 1 / RATE_STEP)
    else:
        part.floor.change_volume(VOLUME_STEP if intent is Intent.LOUDER else 1 / VOLUME_STEP)
    part.floor.say_again()
