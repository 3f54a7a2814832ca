"""``voicecoach run``: a live session."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import datetime

from voicecoach import kit
from voicecoach.app import App, Engines
from voicecoach.commands.common import (
    EXIT_LOST,
    EXIT_NO_SOUND,
    SETTINGS,
    head_of,
    read_script,
    read_settings,
    ready_voice,
    recalled,
    say,
    say_if_possible,
    speech_of,
    warn,
)
from voicecoach.commands.company import company, remembered
from voicecoach.commands.memory import memory_file
from voicecoach.commands.rehearse import rehearse
from voicecoach.config import Config, Folders
from voicecoach.devices import is_there, spoken_name
from voicecoach.engines.guardian import Guardian
from voicecoach.engines.portaudio import devices
from voicecoach.engines.terminal import Terminal
from voicecoach.errors import EngineError
from voicecoach.journal import Journal, Recipe
from voicecoach.memory.scribe import Scribe
from voicecoach.recording import play_alone
from voicecoach.resources import data_folder
from voicecoach.script import load_program, named_file
from voicecoach.setup.lines import load_lines
from voicecoach.transcript import Transcript
from voicecoach.vocabulary import Outcome
from voicecoach.voices import SpeechMemory

UNHAPPY = {Outcome.CANNOT_HEAR, Outcome.CANNOT_SPEAK, Outcome.UNANSWERED}


def run(arguments: argparse.Namespace) -> int:
    """A live session."""
    config, places = read_settings(arguments)
    config, notices = _remembered_devices(config, arguments)
    if trouble := kit.sound_trouble(config):
        print(trouble, file=sys.stderr)
        if arguments.or_rehearse:
            say(f"So no live session here: rehearsing '{arguments.or_rehearse}' instead, with two imagined people.")
            arguments.scenario, arguments.out, arguments.quiet, arguments.remember = arguments.or_rehearse, None, False, None
            return rehearse(arguments)
        _aloud(notices, config, places)
        say("Without sound you can still hear a rehearsal: `voicecoach rehearse first-session`.")
        return EXIT_NO_SOUND
    here = company(config, places, read_script(config.language))
    script = here.script
    program = load_program(named_file(data_folder("dialogs") / "programs", config.program, "program"), script)
    if not arguments.config and not (places.config / SETTINGS).exists():
        say('Nothing is set up yet: `voicecoach setup` tries loudspeaker, microphone and "stop" with you, by voice.')
    began = datetime.now().astimezone()
    store, progress = recalled(memory_file(places) if config.remember else None, config.client.name, began)
    here = remembered(here, store, began.date())
    way = SpeechMemory(places.state / "speech.json")
    speech = way.recall(speech_of(config)) if config.remember_speech else speech_of(config)
    recipe = Recipe(config.language, program, client=config.client.name, partner=config.partner.name, patience=config.patience,
                    speech=speech, earcons=config.earcons, progress=progress, household=here.household)
    voice = ready_voice(config, script, places, here.safety_texts())
    _aloud(notices, config, places)
    journal = Journal(places.state / "journals" / f"{began:%Y-%m-%d-%H%M%S}.jsonl", recipe)
    engines = Engines(kit.ear_makers(config.language, places, shout=config.shout), voice, kit.microphone(config), kit.speaker(config), Guardian(),
                      kit.hands(config), kit.front_end(journal.note))
    session = recipe.session(script)
    scribe = Scribe(store, head_of(began, config, journal.path), session) if store else None
    app = App(session, script, engines, journal, Transcript(None, config.client.name, config.partner.name, say_if_possible), scribe=scribe)
    say(f"Starting a live session. Say stop at any time; {_keys_mean_stop(config)}")
    _on_interrupt(app)
    outcome = app.run()
    if config.remember_speech:
        way.keep(session.speech)
    if journal.trouble:
        print(journal.trouble, file=sys.stderr)
    if scribe and scribe.trouble:
        print(scribe.trouble, file=sys.stderr)
    say(f"The session ended: {outcome.value}. Its journal is {journal.path}; delete it whenever you like.")
    return EXIT_LOST if outcome in UNHAPPY else 0


def _remembered_devices(config: Config, arguments: argparse.Namespace) -> tuple[Config, list[str]]:
    """The settings without a speaker that has gone, and what the people have to be told about remembered devices.

    A remembered speaker is replaced by the system's own: whether that is heard, everybody hears. A remembered
    microphone is not, for nobody has tried whether "stop" is heard through another one. What the command line names is
    wanted now, so it is an error as always when it is not there.
    """
    lines, notices = load_lines(read_script(config.language)), []
    try:
        there = devices()
    except EngineError:
        return config, []
    if config.microphone and arguments.microphone is None and not is_there("microphone", config.microphone, there):
        notices.append(lines["run.no-microphone"].format(microphone=spoken_name(config.microphone)))
    if config.speaker and arguments.speaker is None and not is_there("speaker", config.speaker, there):
        notices.append(lines["run.no-speaker"].format(speaker=spoken_name(config.speaker)))
        config = config.model_copy(update={"speaker": ""})
    return config, notices


def _aloud(texts: Sequence[str], config: Config, places: Folders) -> None:
    """Tell the people something before a session, on the screen and, where that is possible, aloud."""
    for text in texts:
        warn(text)
    if not texts:
        return
    with contextlib.suppress(EngineError):
        voice = kit.coach_voice(config, read_script(config.language).language, places, lambda _: None)
        play_alone(kit.speaker(config), (voice.render(text) for text in texts))


def _keys_mean_stop(config: Config) -> str:
    any_key = config.keys and Terminal().is_terminal
    return f"{'any key' if any_key else 'Ctrl-C'} does the same, and Ctrl-C twice ends at once."


def _on_interrupt(app: App) -> None:
    """Ctrl-C, a polite kill and a closed window first mean "stop", and only the second time end the program."""
    def once(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        app.stop()

    signal.signal(signal.SIGINT, once)
    signal.signal(signal.SIGTERM, once)
    if hasattr(signal, "SIGHUP"):  # the window was closed: the force must not stay on
        signal.signal(signal.SIGHUP, once)
