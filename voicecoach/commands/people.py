"""``voicecoach people``: the profile of a household, from the command line; the file itself is there for any editor."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from voicecoach import kit
from voicecoach.commands.common import EXIT_FAILED, EXIT_NO_SOUND, read_script, read_settings, say
from voicecoach.commands.memory import memory_file
from voicecoach.commands.setup import learn_names
from voicecoach.errors import ConfigError, EngineError
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.language.script import Script
from voicecoach.memory.store import Store
from voicecoach.settings.config import Config, Folders
from voicecoach.settings.people import (
    PersonData,
    Profile,
    index_of,
    load_profile,
    profiles_folder,
    read_people,
    wanted_profile,
    write_people,
)
from voicecoach.vocabulary import Intent


def people(arguments: argparse.Namespace) -> int:
    """List, add, change or remove."""
    config, places = read_settings(arguments)
    script = read_script(config.language)
    path = wanted_profile(places, config.profile)
    if arguments.action == "add" and arguments.name is None:
        return _add_by_voice(config, places, path)
    actions = {"add": _add, "change": _change, "remove": _remove}
    if arguments.action in {None, "list"}:
        return _list(path, places, script)
    data, index = read_people(path), index_of(path, arguments.name)
    actions[arguments.action](path, data, index, arguments)
    write_people(path, data, script)
    print(f"{path} is changed." if data else f"{path} is deleted, since nobody was left in it.")
    if arguments.action == "change" and arguments.rename:
        _rename_in_memory(places, arguments.name, arguments.rename)
    return 0


def _list(path: Path, places: Folders, script: Script) -> int:
    if not path.is_file():
        others = sorted(file.stem for file in profiles_folder(places).glob("*.yaml"))
        print(f"There is no profile '{path.stem}' yet{'; there are ' + ', '.join(others) if others else ''}. `voicecoach people add NAME` makes it.")
        return 0
    profile = load_profile(path, script)
    print(f"Profile '{path.stem}', {path}:")
    for number, person in enumerate(profile.people, start=1):
        print(f"{number}. {_described(person)}")
    for sentence in _unheard(profile, places, script):
        print(sentence)
    return 0


def _described(person: PersonData) -> str:
    parts = [person.name]
    if not person.by_name:
        parts.append("called by the role")
    elif person.say:
        parts.append(f"said as '{person.say}'")
    parts.append(f"heard as {' or '.join(map(repr, person.heard_as))}, or by the number" if person.heard_as else "heard by the number alone")
    return ", ".join(parts)


def _unheard(profile: Profile, places: Folders, script: Script) -> list[str]:
    """Names outside the vocabulary of the recogniser of this language, where it has one."""
    models = kit.vosk_models(script.language.language, places)
    if script.language.language == "en" or not models:
        return []
    from voicecoach.engines.vosk import load_model, unknown_words  # noqa: PLC0415 - vosk loads its native library

    model = load_model(models[0])
    return [f"'{words}' is not in the vocabulary of the recogniser: choose {person.name} by the number, or list words under 'hear' that it knows."
            for person in profile.people for words in person.heard_as if unknown_words(Phrase(words, Intent.PERSON), model)]


# --- changing the file ------------------------------------------------------------------------------------------


def _add_by_voice(config: Config, places: Folders, path: Path) -> int:
    """Somebody new by voice, as in a session."""
    try:
        done = learn_names(config, places)
    except EngineError as error:
        print(f"{error} Or give the name: voicecoach people add NAME.", file=sys.stderr)
        return EXIT_NO_SOUND
    say(f"The names are in {path}." if path.is_file() else "No name was kept.")
    return 0 if done else EXIT_FAILED


def _there(path: Path, index: int | None, name: str) -> int:
    if index is None:
        raise ConfigError(f"{path}: nobody is called '{name}' there; `voicecoach people list` shows the names.")
    return index


def _add(path: Path, data: CommentedSeq, index: int | None, arguments: argparse.Namespace) -> None:
    if index is not None:
        raise ConfigError(f"{path}: '{arguments.name}' is there already; `voicecoach people change` changes an entry.")
    data.append(_changed(CommentedMap(name=arguments.name), arguments))


def _change(path: Path, data: CommentedSeq, index: int | None, arguments: argparse.Namespace) -> None:
    at = _there(path, index, arguments.name)
    entry = data[at] if isinstance(data[at], CommentedMap) else CommentedMap(name=data[at])
    if arguments.rename:
        entry["name"] = arguments.rename
    data[at] = _changed(entry, arguments)


def _remove(path: Path, data: CommentedSeq, index: int | None, arguments: argparse.Namespace) -> None:
    del data[_there(path, index, arguments.name)]


def _changed(entry: CommentedMap, arguments: argparse.Namespace) -> CommentedMap:
    if arguments.say is not None:
        entry["say"] = arguments.say
    if arguments.hear is not None:
        entry["hear"] = [words for words in arguments.hear if words]
    if arguments.by_name is not None:
        entry["by_name"] = arguments.by_name == "yes"
    return entry


def _rename_in_memory(places: Folders, old: str, new: str) -> None:
    """A history goes with the name."""
    file = memory_file(places)
    if file.is_file():
        with Store(file) as store:
            store.rename(old, new)
