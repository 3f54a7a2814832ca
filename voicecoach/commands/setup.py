"""``voicecoach setup`` and ``voicecoach devices``."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from voicecoach import kit
from voicecoach.commands.common import (
    EXIT_FAILED,
    EXIT_LOST,
    EXIT_NO_SOUND,
    EXIT_USAGE,
    SETTINGS,
    read_script,
    read_settings,
    say,
    warn,
)
from voicecoach.commands.teach import taught_by_voice
from voicecoach.engines import Voice
from voicecoach.engines.buttons import Button, MidiPedal
from voicecoach.engines.portaudio import devices
from voicecoach.errors import ConfigError, EngineError, ScriptError
from voicecoach.language.datafile import load
from voicecoach.language.program import Program
from voicecoach.language.script import Script, names
from voicecoach.machine.devices import Kind, candidates, choose, name_part, spoken_name
from voicecoach.machine.resources import data_folder
from voicecoach.machine.voices import offers
from voicecoach.settings import settings_file
from voicecoach.settings.config import Config, Folders, folders, load_config
from voicecoach.settings.people import keep_person, load_profile, profile_names, wanted_profile, with_people
from voicecoach.setup.choices import Found, choices
from voicecoach.setup.dialogue import SetUp
from voicecoach.setup.lines import grammars, load_lines
from voicecoach.setup.live import LiveSetUp, World
from voicecoach.setup.names import Names, session_lines
from voicecoach.setup.offer import First, first
from voicecoach.setup.turns import Manner
from voicecoach.setup.vocabulary import Device
from voicecoach.setup.vocabulary import Outcome as SetupOutcome
from voicecoach.teaching import own_sounds as teaching
from voicecoach.vocabulary import Intent

UNSUCCESSFUL = {
    SetupOutcome.STOP_NOT_HEARD: EXIT_FAILED, SetupOutcome.NOT_REMEMBERED: EXIT_USAGE, SetupOutcome.UNANSWERED: EXIT_LOST,
    SetupOutcome.NO_MICROPHONE: EXIT_NO_SOUND, SetupOutcome.NO_SPEAKER: EXIT_NO_SOUND,
}


def setup(arguments: argparse.Namespace) -> int:
    """Loudspeaker, microphone, voice and "stop", by voice; or, with options, without a word."""
    places = folders()
    path = arguments.config or places.config / SETTINGS
    settings_file.check(path)
    try:
        config = load_config(path)
    except ScriptError as error:  # what is wrong elsewhere in the file must not keep anybody from being heard
        print(error, file=sys.stderr)
        config = Config()
    given = {name: value for name in ("microphone", "speaker", "volume", "words_per_minute") if (value := getattr(arguments, name)) is not None}
    try:
        if given:
            return _set_up_silently(given, path)
        return _set_up_by_voice(config, path, places)
    except EngineError as error:
        print(error, file=sys.stderr)
        return EXIT_NO_SOUND


def _set_up_silently(given: dict[str, str | int | float], path: Path) -> int:
    """Look whether the devices named are there, and remember what was given."""
    there = devices()
    kinds: tuple[Kind, ...] = ("microphone", "speaker")
    for kind in kinds:
        if name := str(given.get(kind, "")):
            found = choose(kind, name, there)
            say(f"The {kind} '{name}' is {found.name}.")
    settings_file.remember(path, given)
    say(f"Remembered in {path}: {', '.join(f'{name} {value!r}' for name, value in given.items())}.")
    return 0


def _set_up_by_voice(config: Config, path: Path, places: Folders) -> int:
    script = read_script(config.language)
    lines, there = {**load_lines(script), **session_lines(script)}, devices()
    choose("speaker", "", there)  # without any there is nobody to talk

    def tried(kind: Kind, wanted: str) -> list[Device]:
        return [Device(name, spoken_name(name) if name else lines["device.system"], name_part(kind, name, there) if name else "")
                for name in candidates(kind, wanted, there)]

    world = _world(config, path, places, script)
    talk = SetUp(lines, tried("speaker", config.speaker), tried("microphone", config.microphone), Manner(world.words_per_minute, config.volume),
                 names(script, config.client.say or config.client.name, config.partner.say or config.partner.name), script.fill,
                 tuple(choices(config, _found(config, places), script, lines)), newcomers(config, places, script))
    end = LiveSetUp(world, say).run(talk)
    say(f"The set-up ended: {end.outcome.value}." + (f" The settings are in {path}." if end.outcome in {SetupOutcome.DONE, SetupOutcome.STOP_NOT_HEARD} else ""))
    if end.teach:
        config = load_config(path)
        teaching.Shelf(places.data / kit.PERSONAL).keep(taught_by_voice(Intent.STOP, teaching.SAMPLES, config, places))
    return UNSUCCESSFUL.get(end.outcome, 0)


def _world(config: Config, path: Path, places: Folders, script: Script) -> World:
    """Voice, ears and devices of the settings."""
    rate = config.words_per_minute or script.language.words_per_minute
    ears = [make() for make in kit.ear_makers(config.language, places).values()]
    for ear in ears:
        ear.check()

    def voice(name: str) -> Voice:
        return kit.coach_voice(config.model_copy(update={"voice": name}), script.language, places, lambda _: None)

    return World(
        kit.coach_voice(config, script.language, places, warn), rate, ears, grammars(script),
        lambda name: kit.speaker(config.model_copy(update={"speaker": name})),
        lambda name: kit.microphone(config.model_copy(update={"microphone": name})),
        lambda settings: settings_file.remember(path, settings), voice,
        lambda person: keep_person(wanted_profile(places, config.profile), person, script))


def newcomers(config: Config, places: Folders, script: Script) -> Names:
    """What learns the names of the household of the settings.

    Raises:
        ScriptError: with every mistake in its file.
    """
    path = wanted_profile(places, config.profile)
    listed = load_profile(path, script).people if path.is_file() else []
    return Names(with_people(script, listed), [person.name for person in listed])


def learn_names(config: Config, places: Folders) -> bool:
    """Learn names by voice through the devices of the settings; whether that came to its end.

    Raises:
        EngineError: the voice, an ear or a device does not work.
    """
    script = read_script(config.language)
    world = _world(config, places.config / SETTINGS, places, script)
    speaker, microphone = Device(config.speaker, "", ""), Device(config.microphone, "", "")
    talk = SetUp({**load_lines(script), **session_lines(script)}, [speaker], [microphone], Manner(world.words_per_minute, config.volume),
                 names(script), script.fill, newcomers=newcomers(config, places, script))
    return LiveSetUp(world, say).hold(talk.only_names())


def _found(config: Config, places: Folders) -> Found:
    """What can be chosen on this machine; what cannot be listed is left out."""
    root = data_folder("dialogs")
    languages = []
    for file in sorted(root.glob("*/language.yaml")):
        with contextlib.suppress(ConfigError):
            kit.ear_makers(file.parent.name, places)
            languages.append(file.parent.name)
    programs = [(file.stem, load(file, Program).title.get(config.language, file.stem)) for file in sorted((root / "programs").glob("*.yaml"))]
    voices: list[str] = []
    with contextlib.suppress(EngineError):
        voices = [offer.name for offer in offers(config.language) if "not installed" not in offer.about]
    return Found(languages, programs, voices, sorted({name for name, _ in Button("").devices()}), sorted({name for name, _ in MidiPedal("").devices()}),
                 profile_names(places))


def first_run(config: Config, path: Path, places: Folders) -> int | None:
    """Offer the set-up by voice where there are no settings yet; an exit code where no session follows.

    Who says no is not asked again: the settings file is made, empty.
    """
    script = read_script(config.language)
    world = _world(config, path, places, script)
    speaker, microphone = Device(config.speaker, "", ""), Device(config.microphone, "", "")
    match LiveSetUp(world, say).hold(first(load_lines(script), speaker, microphone, world.words_per_minute, config.volume)):
        case First.SET_UP:
            code = _set_up_by_voice(config, path, places)
            return code or (None if path.exists() else 0)  # without settings they have called it off
        case First.SESSION:
            settings_file.remember(path, {})
            return None
    return 0


def list_devices(arguments: argparse.Namespace) -> int:
    """Every microphone and loudspeaker, the system's default and the remembered one."""
    config, _ = read_settings(arguments)
    try:
        there = devices()
    except EngineError as error:
        print(error, file=sys.stderr)
        return EXIT_NO_SOUND
    kinds: tuple[Kind, ...] = ("microphone", "speaker")
    for kind in kinds:
        wanted = config.microphone if kind == "microphone" else config.speaker
        for device in (device for device in there if device.can(kind)):
            default, remembered = kind in device.default_for, bool(wanted) and wanted.lower() in device.name.lower()
            if arguments.json:
                say(json.dumps({"kind": kind, "name": device.name, "system": device.host, "default": default, "remembered": remembered}, ensure_ascii=False))
            else:
                say(f"{kind:10}  {device.name}{', the default' * default}{', remembered' * remembered}")
    if not arguments.json and not there:
        say("No sound device was found.")
    return 0 if there else EXIT_NO_SOUND
