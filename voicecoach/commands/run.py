"""``voicecoach run``: a live session."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from voicecoach import kit
from voicecoach.commands.common import (
    EXIT_LOST,
    EXIT_NO_SOUND,
    SETTINGS,
    head_of,
    program_folders,
    read_script,
    read_settings,
    ready_voice,
    recalled,
    recipe_of,
    say,
    say_if_possible,
    speech_of,
    warn,
)
from voicecoach.commands.company import Company, company, remembered
from voicecoach.commands.memory import memory_file
from voicecoach.commands.rehearse import rehearse
from voicecoach.commands.setup import first_run
from voicecoach.core.speech import RATES
from voicecoach.engines.guardian import Guardian
from voicecoach.engines.portaudio import devices
from voicecoach.engines.screen import Screen
from voicecoach.engines.terminal import Terminal
from voicecoach.errors import EngineError
from voicecoach.language.fitting import fit
from voicecoach.language.loader import load_program
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.live.app import App, Engines
from voicecoach.machine.devices import is_there, spoken_name
from voicecoach.machine.recording import play_alone
from voicecoach.machine.sole import Sole
from voicecoach.machine.speech_cache import CachedVoice
from voicecoach.machine.voices import SpeechMemory
from voicecoach.memory.forgetting import SOUND
from voicecoach.memory.scribe import Scribe
from voicecoach.programs.files import program_file
from voicecoach.records.aftermath import how_it_stood
from voicecoach.records.journal import Journal
from voicecoach.records.keeping import AudioKeeper, KeptFront
from voicecoach.records.transcript import Transcript
from voicecoach.settings.config import Config, Folders
from voicecoach.settings.people import keep_person, wanted_profile
from voicecoach.setup.lines import load_lines
from voicecoach.view.display import Painter, load_letters, load_words, wants_plain
from voicecoach.view.live_display import LiveDisplay
from voicecoach.vocabulary import KeepPerson, Outcome

UNHAPPY = {Outcome.CANNOT_HEAR, Outcome.CANNOT_SPEAK, Outcome.UNANSWERED}


@dataclass(frozen=True, slots=True)
class _Course:
    """What will be said, with whom, and what will be done."""

    script: Script
    """As it was read: fitted to no program, and to nobody's name."""
    company: Company
    program: Program


def run(arguments: argparse.Namespace) -> int:
    """A live session."""
    config, places = read_settings(arguments)
    with Sole(places.state / "session.lock") as sole:
        return _run(arguments, config, places, sole)


def _run(arguments: argparse.Namespace, config: Config, places: Folders, sole: Sole) -> int:
    script = read_script(config.language)
    config, notices = _remembered_devices(config, arguments, script)
    notices += broken_off(sole, script)
    if trouble := kit.sound_trouble(config):
        print(trouble, file=sys.stderr)
        if arguments.or_rehearse:
            return _instead(arguments)
        _aloud(notices, config, places, script)
        say("Without sound you can still hear a rehearsal: `voicecoach rehearse first-session`.")
        return EXIT_NO_SOUND
    course = _course(config, places, script)
    if not arguments.config and not (places.config / SETTINGS).exists():
        say('Nothing is set up yet: `voicecoach setup` tries loudspeaker, microphone and "stop" with you, by voice.')
        if (code := first_run(config, places.config / SETTINGS, places)) is not None:
            return code
        config, _ = read_settings(arguments)
        course = _course(config, places, read_script(config.language))
    return _live(config, places, sole, course, notices, keep_audio=arguments.keep_audio)


def _live(config: Config, places: Folders, sole: Sole, course: _Course, notices: Sequence[str], *, keep_audio: bool) -> int:
    """The session itself, and what is said of it afterwards."""
    began = datetime.now().astimezone()
    store, progress = recalled(memory_file(places) if config.remember else None, config.client.name, began, config.program, course.company.script)
    here = remembered(course.company, store, began.date(), config.program)
    way = SpeechMemory(places.state / "speech.json")
    speech = way.recall(speech_of(config)) if config.remember_speech else speech_of(config)
    recipe = recipe_of(config, course.program, here.household, speech, progress)
    voice = ready_voice(config, here.script, places, here.safety_texts())
    _aloud(notices, config, places, course.script)
    journal = Journal(places.state / "journals" / f"{began:%Y-%m-%d-%H%M%S}.jsonl", recipe)
    engines = Engines(kit.ear_makers(config.language, places, shout=config.shout), voice, kit.microphone(config), kit.speaker(config), Guardian(),
                      kit.hands(config), kit.front_end(journal.note))
    keeper = AudioKeeper(journal.path.with_suffix(SOUND)) if keep_audio else None
    if keeper:
        engines = replace(engines, front=KeptFront(engines.front, keeper))
    session = recipe.session(here.script)
    scribe = Scribe(store, head_of(began, config, journal.path), session) if store else None
    sole.begin(journal.path, began)
    app = App(session, here.script, engines, journal, _transcript(config, here.script), scribe=scribe, keep=_keeper(wanted_profile(places, config.profile), course.script, here, voice))
    say(f"Starting a live session. Say stop at any time; {_keys_mean_stop(config)}")
    _on_interrupt(app)
    try:
        outcome = app.run()
    finally:
        if keeper:
            keeper.close()
    if config.remember_speech:
        way.keep(session.speech)
    _tell(journal.trouble, scribe.trouble if scribe else "")
    if keeper:
        say(keeper.trouble or f"The sound of the session is kept in {keeper.path}; `voicecoach forget` deletes it with the session.")
    say(f"The session ended: {outcome.value}. Its journal is {journal.path}; delete it whenever you like.")
    return EXIT_LOST if outcome in UNHAPPY else 0


def _keeper(path: Path, script: Script, here: Company, voice: CachedVoice) -> Callable[[KeepPerson], None]:
    """What writes somebody new into the household's file, and makes the safety lines with the name ready."""
    def keep(person: KeepPerson) -> None:
        if person.by_name:
            voice.hold(here.safety_texts_with(person.name), RATES)
        keep_person(path, person, script)

    return keep


def _tell(*troubles: str) -> None:
    """What could not be written, if anything."""
    for trouble in filter(None, troubles):
        print(trouble, file=sys.stderr)


def _instead(arguments: argparse.Namespace) -> int:
    """A rehearsal where a live session is impossible."""
    say(f"So no live session here: rehearsing '{arguments.or_rehearse}' instead, with two imagined people.")
    arguments.scenario, arguments.out, arguments.quiet, arguments.remember = arguments.or_rehearse, None, False, None
    return rehearse(arguments)


def _course(config: Config, places: Folders, script: Script) -> _Course:
    """What the settings make of `script`."""
    program = load_program(program_file(config.program, *program_folders(places)), script)
    return _Course(script, company(config, places, fit(script, program), alone=program.alone), program)


def _transcript(config: Config, script: Script) -> Transcript:
    """What the people can read: the large display, or plain lines where that is impossible or not wanted."""
    out = sys.stdout
    if wants_plain(asked=config.plain, terminal=out.isatty(), environment=os.environ, encoding=out.encoding, system=sys.platform):
        return Transcript(None, config.client.name, config.partner.name, say_if_possible)
    painter = Painter(load_words(script.folder), load_letters(script.folder.parent))
    screen = Screen(out.fileno())
    return LiveDisplay(lambda scene: screen.show(partial(painter.frame, scene)), {str(side): word for side, word in script.language.sides.items()},
                       keys=config.keys and Terminal().is_terminal, close=screen.stop)


def _remembered_devices(config: Config, arguments: argparse.Namespace, script: Script) -> tuple[Config, list[str]]:
    """The settings without a speaker that has gone, and what the people have to be told about remembered devices.

    A remembered speaker is replaced by the system's own: whether that is heard, everybody hears. A remembered
    microphone is not, for nobody has tried whether "stop" is heard through another one. What the command line names is
    wanted now, so it is an error as always when it is not there.
    """
    lines, notices = load_lines(script), []
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


def broken_off(sole: Sole, script: Script) -> list[str]:
    """What the people have to know of a last session that was killed, and of what cannot be kept out."""
    if sole.trouble:
        warn(sole.trouble)
    if not sole.broke_off:
        return []
    lines = load_lines(script)
    stood = how_it_stood(sole.last_journal, read_script) if sole.last_journal else None
    if not stood:
        return [lines["run.broke-off-unknown"]]
    return [lines["run.broke-off-stretch" if stood.stretch else "run.broke-off"].format(minute=stood.minute, stretch=stood.stretch)]


def _aloud(texts: Sequence[str], config: Config, places: Folders, script: Script) -> None:
    """Tell the people something before a session, on the screen and, where that is possible, aloud."""
    for text in texts:
        warn(text)
    if not texts:
        return
    with contextlib.suppress(EngineError):
        voice = kit.coach_voice(config, script.language, places, lambda _: None)
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
