"""The settings that are chosen by voice once sound and voice are set up: each with what it can be, the present value first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voicecoach.core.speech import PAUSES
from voicecoach.language.script import Script
from voicecoach.settings.config import USUAL_PROFILE, Called, Config, Value

TRIED: Final = frozenset({"speaker", "microphone", "words_per_minute", "volume"})
"""The settings that the set-up talk finds or tries with the people."""
PITCHES: Final = (20, 35, 50, 65, 80)
"""Values of the pitch that are offered: steps that are heard."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a setting."""

    value: Value
    spoken: str
    """How the coach calls it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting, and what it can be."""

    setting: str
    """A key of `Config`; the line that asks for it is ``set.<setting>``."""
    options: tuple[Option, ...]
    """The present value is the first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What this machine has to choose from."""

    languages: Sequence[str] = ()
    """Those of which a recogniser is installed."""
    programs: Sequence[tuple[str, str]] = ()
    """Names and titles."""
    voices: Sequence[str] = ()
    buttons: Sequence[str] = ()
    midi: Sequence[str] = ()
    profiles: Sequence[str] = ()
    """Households beside the usual one."""
    people: Sequence[str] = ()
    """Names of earlier sessions."""


def choices(config: Config, found: Found, script: Script, lines: Mapping[str, str]) -> Iterator[Choice]:
    """Every setting of `config` that is not in `TRIED`, in the order in which people are asked.

    `lines` are those of ``setup.yaml``: they hold the words for the values.
    """
    def switch(setting: str) -> Choice:
        return _choice(setting, getattr(config, setting), [(True, lines["value.on"]), (False, lines["value.off"])])

    def devices(setting: str, there: Sequence[str]) -> Choice:
        return _choice(setting, getattr(config, setting), [([], lines["value.none"]), *(([name], name) for name in there)], lambda names: ", ".join(map(str, names)))

    yield _choice("language", config.language, [(name, name) for name in found.languages])
    yield _choice("program", config.program, found.programs)
    yield _choice("profile", config.profile, [("", USUAL_PROFILE), *((name, name) for name in found.profiles)])
    for role in ("client", "partner"):
        yield _person(role, getattr(config, role), [name for name in (config.client.name, config.partner.name, *found.people) if name], lines["value.nameless"])
    yield switch("change_places")
    yield _choice("voice", config.voice, [("", lines["value.usual"]), *((name, name) for name in found.voices)])
    yield _choice("pitch", config.pitch, [(pitch, script.fill("{pitch}", pitch=pitch)) for pitch in PITCHES], lambda pitch: script.fill("{pitch}", pitch=pitch))
    yield _choice("patience", config.patience, [(pause, script.fill("{seconds}", seconds=pause)) for pause in PAUSES],
                  lambda pause: script.fill("{seconds}", seconds=pause))
    yield switch("remember_speech")
    yield switch("keys")
    yield devices("buttons", found.buttons)
    yield devices("midi", found.midi)
    yield switch("shout")
    yield _choice("earcons", config.earcons, [(name, lines[f"value.{name}"]) for name in ("few", "all", "none")])
    yield switch("plain")
    yield switch("remember")


def _choice(setting: str, present: Value, options: Iterable[tuple[Value, str]], spoken: object = str) -> Choice:
    """The options from the present one on, which is added if it is not among them."""
    offered = [Option(value, said) for value, said in options]
    at = next((index for index, option in enumerate(offered) if option.value == present), None)
    if at is None:
        offered.insert(0, Option(present, spoken(present) if callable(spoken) else str(present)))
        at = 0
    return Choice(setting, (*offered[at:], *offered[:at]))


def _person(role: str, present: Called, names: Sequence[str], nameless: str) -> Choice:
    """A name that is known already, or none; a new one is written into the file."""
    told: Value = present.model_dump() if present.say else present.name
    known: list[tuple[Value, str]] = [(name, name) for name in dict.fromkeys(names) if name != present.name]
    return _choice(role, told, [(told, present.say or present.name or nameless), *known, *([("", nameless)] if present.name else [])])
