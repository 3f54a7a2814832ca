"""Conversation that makes sense in any phase: repeat, help, how long, why, which muscles, where, is this normal, slower, louder, pause.

The parts take the corrections that are theirs. What comes here takes back the last confirmed word that led on, if there is one and
nobody has been pushed since; any other correction finds nothing to correct.
"""

from __future__ import annotations

from collections.abc import Iterator

from voicecoach.core.parts.base import STAY, End, Move, Part, Pause, TakeBack
from voicecoach.language.line_keys import PAUSES
from voicecoach.vocabulary import Heard, Intent, Outcome


def converse(heard: Heard, part: Part) -> Move:
    """Answer `heard` in the phase of `part`; what makes no sense there is passed over in silence."""
    match heard.intent:
        case Intent.REPEAT:
            part.floor.say_again()
        case Intent.HELP:
            part.floor.offer(part.pointless)
        case Intent.SLOWER | Intent.FASTER if heard.slot == PAUSES:
            changed = part.floor.change_patience(up=heard.intent is Intent.SLOWER)
            part.floor.remind("talk.pauses" if changed else "talk.at-limit", **({"seconds": part.patience} if changed else {}))
        case Intent.SLOWER | Intent.FASTER | Intent.LOUDER | Intent.QUIETER:
            _adjust(heard.intent, part)
        case Intent.PAUSE:
            return Pause()
        case Intent.GO_BACK | Intent.MEANT_NO if part.plan.way_back:
            return TakeBack()
        case Intent.FINISH:
            return End(Outcome.FINISHED_EARLY)
        case _:
            for key, values in _told(heard.intent, part):
                part.floor.say(key, **values)
    return STAY


def _told(intent: Intent, part: Part) -> Iterator[tuple[str, dict[str, str | float]]]:
    """The lines that answer a question, each with its values."""
    bout = part.plan.current
    match intent:
        case Intent.HOW_LONG:
            yield part.time_left()
        case Intent.WHY:
            yield f"{bout.stretch.id}.why" if bout else "talk.why", {}
        case Intent.MUSCLES:
            yield f"{bout.stretch.id}.muscles" if bout else "talk.muscles", {}
        case Intent.WHERE:
            yield f"{bout.stretch.id}.where" if bout else "talk.where", {}
        case Intent.NORMAL:
            yield f"{bout.stretch.id}.normal" if bout else "talk.normal", {}
        case Intent.MEANT_YES | Intent.MEANT_NO | Intent.GO_BACK:
            yield "correct.nothing", {}
        case Intent.OTHER_SIDE:
            yield "correct.no-side", {}
        case Intent.PROGRESS:
            yield from part.course.progress.lines()


def _adjust(intent: Intent, part: Part) -> None:
    """Change how the coach speaks, and say the last turn again that way: that is what was not understood."""
    floor = part.floor
    if intent in {Intent.SLOWER, Intent.FASTER}:
        changed = floor.change_rate(up=intent is Intent.FASTER)
    else:
        changed = floor.change_volume(up=intent is Intent.LOUDER)
    if not changed:
        floor.remind("talk.at-limit")
    elif not floor.say_again():
        floor.remind("talk.like-this")
