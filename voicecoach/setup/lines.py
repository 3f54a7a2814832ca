"""``setup.yaml``: what the coach says while devices and voice are set up, and what he listens for meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.datafile import DataFile, Record, placeholders
from voicecoach.language.line_keys import PAUSES, fits
from voicecoach.language.script import Script
from voicecoach.vocabulary import Intent

_NONE: Final[frozenset[str]] = frozenset()
_BOTH: Final = frozenset({"speaker", "microphone"})
_NAMES: Final = frozenset({"client", "partner"})

LINES: Final[Mapping[str, frozenset[str]]] = {
    "device.system": _NONE,
    # finding a loudspeaker and a microphone that work
    "find.hello": _NONE,
    "find.again": _NONE,
    "find.speaker": _BOTH,
    "find.microphone": _BOTH,
    "find.unclear": _NONE,
    "find.help": _NONE,
    "find.found": _BOTH,
    "find.lost-microphone": frozenset({"microphone"}),
    "find.lost-speaker": frozenset({"speaker"}),
    "find.other-microphone": frozenset({"microphone"}),
    "find.only-microphone": _NONE,
    # how the coach speaks
    "voice.ask": _NONE,
    "voice.again": _NONE,
    "voice.limit": _NONE,
    "voice.help": _NONE,
    "voice.kept": _NONE,
    # the room and the level
    "room.ask": _NONE,
    "room.quiet": _NONE,
    "room.loud": _NONE,
    "room.help": _NONE,
    "room.still-loud": _NONE,
    "level.ask": _NAMES,
    "level.help": _NAMES,
    "level.speak": _NONE,
    "level.fine": _NONE,
    "level.silent": _NONE,
    "level.unheard": _NONE,
    "level.too-quiet": _NONE,
    "level.too-noisy": _NONE,
    "level.too-loud": _NONE,
    "level.change": _NONE,
    "level.change-help": _NONE,
    "level.left": _NONE,
    # the trial of "stop"
    "stop.ask": frozenset({"times"}),
    "stop.next": _NONE,
    "stop.heard": frozenset({"words", "seconds"}),
    "stop.other": frozenset({"words"}),
    "stop.unclear": _NONE,
    "stop.nothing": _NONE,
    "stop.works": frozenset({"times", "seconds"}),
    "stop.slow": _NONE,
    "stop.missed": frozenset({"heard", "times"}),
    "stop.missed-help": _NONE,
    "stop.teach": _NONE,
    "stop.teach-help": _NONE,
    # the other settings, one line for each: see `voicecoach.setup.choices`
    "other.ask": _NONE,
    "other.help": _NONE,
    "other.how": _NONE,
    "other.done": _NONE,
    **{f"set.{name}": frozenset({"value"}) for name in (
        "language", "program", "profile", "client", "partner", "change_places", "voice", "pitch", "patience", "remember_speech", "keys", "buttons",
        "midi", "shout", "earcons", "plain", "remember")},
    **{f"value.{name}": _NONE for name in ("on", "off", "none", "few", "all", "usual", "nameless")},
    # the names of a household; the other lines for that are those of the sessions, name.*
    "names.ask": _NONE,
    "names.help": _NONE,
    "names.more": _NONE,
    "names.not-kept": _NONE,
    # conversation and the end
    "talk.pardon": _NONE,
    "end.summary": _BOTH,
    "end.stop-works": frozenset({"heard", "times"}),
    "end.stop-fails": frozenset({"heard", "times"}),
    "end.kept": _NONE,
    "end.not-kept": _NONE,
    "end.goodbye": _NONE,
    "end.teach": _NONE,
    "end.sure": _NONE,
    "end.called-off": _NONE,
    "end.unanswered": _NONE,
    "end.no-microphone": _NONE,
    # before a session, when what is remembered has gone
    "run.first": _NONE,
    "run.no-speaker": frozenset({"speaker"}),
    "run.no-microphone": frozenset({"microphone"}),
    # and when the last one ended without a goodbye
    "run.broke-off": frozenset({"minute"}),
    "run.broke-off-stretch": frozenset({"minute", "stretch"}),
    "run.broke-off-unknown": _NONE,
}
"""The lines of ``setup.yaml``, each with the placeholders it may use."""

NAME: Final = "name"
"""The grammar for a name: few phrases, since every one of them is something that a name may be taken for."""

_TALK: Final = frozenset({Intent.REPEAT, Intent.HELP, Intent.SLOWER, Intent.FASTER, Intent.LOUDER, Intent.QUIETER, Intent.FINISH, Intent.STOP})

GRAMMARS: Final[Mapping[str, frozenset[Intent]]] = {
    "find": _TALK | {Intent.YES, Intent.NO, Intent.NEXT},
    "voice": _TALK | {Intent.YES, Intent.GOOD, Intent.NO},
    "wait": _TALK | {Intent.READY, Intent.YES, Intent.GOOD, Intent.NO, Intent.SKIP, Intent.NEXT},
    "confirm": _TALK | {Intent.YES, Intent.NO},
    "choose": _TALK | {Intent.YES, Intent.GOOD, Intent.NO, Intent.NEXT, Intent.SKIP},
    NAME: frozenset({Intent.REPEAT, Intent.HELP, Intent.SKIP, Intent.FINISH, Intent.STOP}),
}
"""What makes sense at each question of the set-up. For the trial of "stop" the session's own grammar ``hold`` is used."""

TRIAL: Final = "hold"

Text = Annotated[str, Field(min_length=1)]


class SetupFile(Record):
    """``setup.yaml``."""

    lines: dict[str, Text]


def load_lines(script: Script) -> Mapping[str, str]:
    """The lines of the script's language, by their keys.

    Raises:
        ScriptError: with every mistake in the file.
    """
    source, problems = DataFile(script.folder / "setup.yaml"), list[Problem]()
    data = source.parse(SetupFile, problems)
    lines = data.lines if data else {}
    for key, text in lines.items():
        if key in LINES:
            problems.extend(source.problem(["lines", key], *wrong) for wrong in _mistakes(text, LINES[key]))
        else:
            problems.append(source.problem(["lines", key], "the set-up never says this line", fits(key, LINES)))
    if data:
        problems.extend(source.problem(["lines"], f"the line '{key}' is missing", "add it") for key in LINES if key not in lines)
    if problems:
        raise ScriptError(problems)
    return lines


def grammars(script: Script) -> Mapping[str, Grammar]:
    """The grammars of the set-up, from the phrases that the sessions of this language know."""
    known = {phrase: None for grammar in script.grammars.values() for phrase in grammar.phrases}
    own = {name: Grammar(f"setup-{name}", tuple(phrase for phrase in known if phrase.intent in intents and phrase.slot != PAUSES),
                         dictation=name == NAME) for name, intents in GRAMMARS.items()}
    return own | {TRIAL: script.grammars[TRIAL]}


def _mistakes(text: str, allowed: frozenset[str]) -> list[tuple[str, str]]:
    """What is wrong with the placeholders of a line, and what to do."""
    try:
        used = placeholders(text)
    except ValueError as error:
        return [(f"a brace is out of place ({error})", "write placeholders as {name}")]
    known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "no placeholder"
    return [(f"'{{{name}}}' is no placeholder of this line", f"use only {known}") for name in sorted(used - allowed)]
