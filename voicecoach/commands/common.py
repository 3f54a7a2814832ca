"""What several commands need: exit codes, settings, script, voice, and words for the user."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicecoach import kit
from voicecoach.core.dosing import Rules, load_rules
from voicecoach.core.household import Household
from voicecoach.core.progress import NOTHING_YET, Progress
from voicecoach.core.speech import RATES, Speech
from voicecoach.errors import ConfigError
from voicecoach.language.loader import load_script
from voicecoach.language.program import Program
from voicecoach.language.script import Script, names
from voicecoach.machine.resources import data_folder
from voicecoach.machine.speech_cache import CachedVoice
from voicecoach.memory.history import Head
from voicecoach.memory.scribe import recall
from voicecoach.memory.store import Store
from voicecoach.records.journal import Recipe
from voicecoach.settings.config import Called, Config, Folders, folders, load_config

EXIT_FAILED = 1
"""An expectation was not met, a comparison failed."""

EXIT_USAGE = 2
"""The user can mend it: arguments, files, settings, models."""

EXIT_NO_SOUND = 3
"""No usable microphone or speaker."""

EXIT_LOST = 4
"""The session had to end because nobody could be heard, or nobody answered, or the voice failed."""

EXIT_INTERRUPTED = 130

SETTINGS = "config.yaml"


def say(text: str) -> None:
    """A line for the user on stdout."""
    print(text, flush=True)


def say_if_possible(text: str) -> None:
    """The same in a session, which goes on when its window has been closed: the people are told by voice."""
    with contextlib.suppress(OSError):
        say(text)


def warn(text: str) -> None:
    """Something that the user should know and that stops nothing, on stderr."""
    print(text, file=sys.stderr)


def read_settings(arguments: argparse.Namespace) -> tuple[Config, Folders]:
    """The settings file with the command line's values on top."""
    places = folders()
    if arguments.config and not arguments.config.is_file():
        raise ConfigError(f"{arguments.config}: no such settings file; give the path of a YAML file.")
    config = load_config(arguments.config or places.config / SETTINGS)
    given = {name: value for name in ("language", "program", "profile", "client", "partner", "microphone", "speaker", "voice", "words_per_minute", "pitch", "volume", "plain")
             if (value := getattr(arguments, name, None)) is not None}
    for role in {"client", "partner"} & given.keys():
        known: Called = getattr(config, role)
        given[role] = known if known.name == given[role] else Called(name=given[role])
    return _checked(config, given), places


def _checked(config: Config, given: dict[str, Any]) -> Config:
    """`config` with the command line's values, which have the same limits.

    Raises:
        ConfigError: one of them is outside of its limits.
    """
    try:
        return Config.model_validate({**config.model_dump(), **{name: value.model_dump() if isinstance(value, Called) else value for name, value in given.items()}})
    except ValidationError as error:
        wrong = error.errors()[0]
        option = str(wrong["loc"][0]).replace("_", "-")
        raise ConfigError(f"--{option} {wrong['input']}: {wrong['msg'].lower()}; see `voicecoach run --help`.") from error


def script_folder(language: str) -> Path:
    """The folder of a language's dialogs.

    Raises:
        ConfigError: there is none.
    """
    folders_of = {path.parent.name: path.parent for path in sorted(data_folder("dialogs").glob("*/language.yaml"))}
    if language not in folders_of:  # and so it is no path that leads elsewhere
        raise ConfigError(f"There are no dialogs for the language '{language[:80]}'; choose from {', '.join(folders_of)}.")
    return folders_of[language]


def read_script(language: str) -> Script:
    """The script of a language."""
    return load_script(script_folder(language))


def program_folders(places: Folders) -> tuple[Path, Path]:
    """Where programs are: those that are shipped, and the user's own."""
    return data_folder("dialogs") / "programs", places.data / "programs"


def ready_voice(config: Config, script: Script, places: Folders, lines: Iterable[str] = ()) -> CachedVoice:
    """The coach's voice with the safety lines in memory, where no failure can take them away.

    Args:
        config: the settings, which may name two people.
        script: the coach's words.
        places: where rendered lines are kept.
        lines: safety lines for others who may meet.

    Raises:
        EngineError: the voice does not work.
    """
    voice = kit.coach_voice(config, script.language, places, warn)
    # At every speed that a spoken "slower" can lead to: the line that matters is never rendered while somebody waits for it.
    said = {**names(script, config.client.name, config.partner.name), **speech_of(config).respelled}
    voice.hold(dict.fromkeys([*script.safety_texts(said), *lines]), RATES)
    return voice


def speech_of(config: Config) -> Speech:
    """How the coach speaks by the settings alone."""
    return Speech(volume=config.volume, client=config.client.say, partner=config.partner.say)


def read_rules() -> Rules:
    """How the dose follows what the client says."""
    return load_rules(data_folder("dialogs") / "adaptation.yaml")


def recipe_of(config: Config, program: Program, household: Household, speech: Speech, progress: Progress) -> Recipe:
    """What a session by these settings is made of.

    Args:
        config: the settings; whoever is asked for at the beginning has no name in them.
        program: what is done.
        household: who may take part.
        speech: how the coach speaks at first.
        progress: what is known of the client of the settings.
    """
    return Recipe(config.language, program, config.client.name, config.partner.name, config.patience, speech, config.earcons, progress, read_rules(), household)


def recalled(path: Path | None, client: str, now: datetime, program: str, script: Script) -> tuple[Store | None, Progress]:
    """The memory for a session and what it tells of the client; neither when `path` is None. Trouble goes to stderr and stops nothing."""
    if path is None:
        return None, NOTHING_YET
    store, progress, trouble = recall(path, client, now, Path(program).stem, {name: stretch.places for name, stretch in script.stretches.items()})
    if trouble:
        warn(trouble)
    # A name in the settings does not tell who lies down today; a screening is shortened only for somebody who was asked.
    return store, replace(progress, screened=False)


def head_of(began: datetime, config: Config, journal: Path) -> Head:
    """What the memory keeps of a session from its beginning."""
    return Head(began.replace(microsecond=0), config.language, Path(config.program).stem, config.client.name, config.partner.name, str(journal.absolute()))


def make_folder(folder: Path) -> None:
    """A folder for what a command writes.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: this folder cannot be made ({(error.strerror or str(error)).lower()}); give another one with --out.") from error
