"""What each command does: it gathers the pieces, runs them, and says how it went."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import queue
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from voicecoach import doctor as checks
from voicecoach import kit, settings_file, teaching
from voicecoach.app import App, Engines
from voicecoach.audio import RATE, Pcm, Samples, read, write
from voicecoach.config import Called, Config, Folders, folders, load_config
from voicecoach.devices import Kind, candidates, choose, is_there, name_part, spoken_name
from voicecoach.dialog_check import check_dialogs
from voicecoach.download import shown
from voicecoach.earcons import EARCON_RATE, sound
from voicecoach.engines import Recogniser
from voicecoach.engines.buttons import Button, MidiPedal
from voicecoach.engines.guardian import Guardian
from voicecoach.engines.moonshine import Moonshine
from voicecoach.engines.portaudio import devices
from voicecoach.engines.terminal import Terminal
from voicecoach.errors import AudioFileError, ConfigError, EngineError, ScriptError
from voicecoach.hands import Hands
from voicecoach.hearing.path import hear_file
from voicecoach.hearing.personal import OwnSound
from voicecoach.hearing.risk import RELEASE
from voicecoach.journal import Journal, Recipe, read_journal
from voicecoach.journal import replay as replay_journal
from voicecoach.lesson import Lesson, load_teaching
from voicecoach.memory.commands import memory_file
from voicecoach.memory.history import Head
from voicecoach.memory.scribe import Scribe, recall
from voicecoach.memory.store import Store
from voicecoach.model_store import ModelStore, State
from voicecoach.progress import NOTHING_YET, Progress
from voicecoach.recording import play
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.run import Rehearsal
from voicecoach.rehearsal.scenario import load_scenario, scenario_language
from voicecoach.resources import data_folder
from voicecoach.script import Script, load_program, load_script, named_file, names
from voicecoach.setup.dialogue import Manner, SetUp
from voicecoach.setup.lines import grammars, load_lines
from voicecoach.setup.live import LiveSetUp, World
from voicecoach.setup.vocabulary import Device
from voicecoach.setup.vocabulary import Outcome as SetupOutcome
from voicecoach.speech import RATES, Speech
from voicecoach.speech_cache import CachedVoice
from voicecoach.transcript import Transcript
from voicecoach.vocabulary import Earcon, Event, Heard, Intent, Lost, Outcome
from voicecoach.voices import SpeechMemory, offers, sample

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

UNHAPPY = {Outcome.CANNOT_HEAR, Outcome.CANNOT_SPEAK, Outcome.UNANSWERED}


def say(text: str) -> None:
    """A line for the user on stdout."""
    print(text, flush=True)


def say_if_possible(text: str) -> None:
    """The same in a session, which goes on when its window has been closed: the people are told by voice."""
    with contextlib.suppress(OSError):
        say(text)


def _settings(arguments: argparse.Namespace) -> tuple[Config, Folders]:
    """The settings file with the command line's values on top."""
    places = folders()
    if arguments.config and not arguments.config.is_file():
        raise ConfigError(f"{arguments.config}: no such settings file; give the path of a YAML file.")
    config = load_config(arguments.config or places.config / SETTINGS)
    given = {name: value for name in ("program", "client", "partner", "microphone", "speaker", "voice", "words_per_minute", "pitch", "volume")
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


def _script_folder(language: str) -> Path:
    folder = data_folder("dialogs") / language
    if not (folder / "language.yaml").is_file():
        known = ", ".join(sorted(path.parent.name for path in data_folder("dialogs").glob("*/language.yaml")))
        raise ConfigError(f"There are no dialogs for the language '{language}'; choose from {known}.")
    return folder


def _script(language: str) -> Script:
    return load_script(_script_folder(language))


# --- run --------------------------------------------------------------------------------------------------------


def run(arguments: argparse.Namespace) -> int:
    """A live session."""
    config, places = _settings(arguments)
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
    script = _script(config.language)
    program = load_program(named_file(data_folder("dialogs") / "programs", config.program, "program"), script)
    if not arguments.config and not (places.config / SETTINGS).exists():
        say('Nothing is set up yet: `voicecoach setup` tries loudspeaker, microphone and "stop" with you, by voice.')
    began = datetime.now().astimezone()
    store, progress = _recalled(memory_file(places) if config.remember else None, config.client.name, began)
    way = SpeechMemory(places.state / "speech.json")
    speech = way.recall(_speech(config)) if config.remember_speech else _speech(config)
    recipe = Recipe(config.language, program, client=config.client.name, partner=config.partner.name, patience=config.patience,
                    speech=speech, earcons=config.earcons, progress=progress)
    voice = _ready_voice(config, script, places)
    _aloud(notices, config, places)
    journal = Journal(places.state / "journals" / f"{began:%Y-%m-%d-%H%M%S}.jsonl", recipe)
    engines = Engines(kit.ear_makers(config.language, places, shout=config.shout), voice, kit.microphone(config), kit.speaker(config), Guardian(),
                      kit.hands(config), kit.front_end(journal.note))
    session = recipe.session(script)
    scribe = Scribe(store, _head(began, config, journal.path), session) if store else None
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


def _recalled(path: Path | None, client: str, now: datetime) -> tuple[Store | None, Progress]:
    """The memory for a session and what it tells of the client; neither when `path` is None. Trouble goes to stderr and stops nothing."""
    if path is None:
        return None, NOTHING_YET
    store, progress, trouble = recall(path, client, now)
    if trouble:
        print(trouble, file=sys.stderr)
    return store, progress


def _head(began: datetime, config: Config, journal: Path) -> Head:
    return Head(began.replace(microsecond=0), config.language, Path(config.program).stem, config.client.name, config.partner.name, str(journal.absolute()))


def _remembered_devices(config: Config, arguments: argparse.Namespace) -> tuple[Config, list[str]]:
    """The settings without a speaker that has gone, and what the people have to be told about remembered devices.

    A remembered speaker is replaced by the system's own: whether that is heard, everybody hears. A remembered
    microphone is not, for nobody has tried whether "stop" is heard through another one. What the command line names is
    wanted now, so it is an error as always when it is not there.
    """
    lines, notices = load_lines(_script(config.language)), []
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
        print(text, file=sys.stderr)
    if not texts:
        return
    with contextlib.suppress(EngineError):
        voice, speaker = kit.coach_voice(config, _script(config.language).language, places, lambda _: None), kit.speaker(config)
        speaker.start(lambda _: None)
        try:
            for text in texts:
                play(speaker, voice.render(text))
        finally:
            speaker.stop()


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


def _ready_voice(config: Config, script: Script, places: Folders) -> CachedVoice:
    """The coach's voice with the safety lines in memory, where no failure can take them away.

    Raises:
        EngineError: the voice does not work.
    """
    voice = kit.coach_voice(config, script.language, places, lambda text: print(text, file=sys.stderr))
    # At every speed that a spoken "slower" can lead to: the line that matters is never rendered while somebody waits for it.
    said = {**names(script, config.client.name, config.partner.name), **_speech(config).respelled}
    voice.hold(script.safety_texts(said), RATES)
    return voice


def _speech(config: Config) -> Speech:
    return Speech(volume=config.volume, client=config.client.say, partner=config.partner.say)


# --- rehearse ---------------------------------------------------------------------------------------------------


def rehearse(arguments: argparse.Namespace) -> int:
    """A scenario on a simulated clock."""
    config, places = _settings(arguments)
    path = named_file(data_folder("dialogs") / "scenarios", arguments.scenario, "scenario")
    config = config.model_copy(update={"language": scenario_language(path) or config.language})
    script = _script(config.language)
    scenario = load_scenario(path, script)
    program = load_program(named_file(data_folder("dialogs") / "programs", scenario.program, "program"), script)
    people = scenario.people
    out = arguments.out or Path("rehearsal") / path.stem
    _make(out)
    config = config.model_copy(update={"program": scenario.program, "client": Called(name=people.client.name), "partner": Called(name=people.partner.name)})
    voices = {who: kit.person_voice(person.voice, person.words_per_minute, script.language, places)
              for who, person in (("client", people.client), ("partner", people.partner))}
    ears = [make() for make in kit.ear_makers(config.language, places, shout=config.shout).values()]
    for ear in ears:
        ear.check()
    now = datetime.now().astimezone()
    store, progress = _recalled(arguments.remember, config.client.name, now)
    recipe = Recipe(config.language, program, client=config.client.name, partner=config.partner.name, patience=config.patience,
                    speech=_speech(config), earcons=config.earcons, progress=progress)
    session = recipe.session(script)
    scribe = Scribe(store, _head(now, config, out / "journal.jsonl"), session) if store else None
    began = time.monotonic()
    result = Rehearsal(
        session, script, Cast(scenario, path.parent, voices), scenario, ears=ears, voice=_ready_voice(config, script, places),
        journal=Journal(out / "journal.jsonl", recipe),
        transcript=Transcript(out / "transcript.txt", config.client.name, config.partner.name, (lambda _: None) if arguments.quiet else say),
        front=kit.front_end(),
    ).run(out / "session.wav", scribe)
    took = time.monotonic() - began
    ended = result.outcome.value if result.outcome else "not ended"
    say(f"{path.stem}: {ended}, {result.seconds / 60:.1f} minutes of session in {took:.1f} s ({result.seconds / took:.0f} times real time). "
        f"See {out}/session.wav, transcript.txt and journal.jsonl.")
    if scribe and scribe.trouble:
        print(scribe.trouble, file=sys.stderr)
    for failure in result.failures:
        print(f"{path.stem}: {failure}", file=sys.stderr)
    return EXIT_FAILED if result.failures else 0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: this folder cannot be made ({(error.strerror or str(error)).lower()}); give another one with --out.") from error


# --- hear -------------------------------------------------------------------------------------------------------


def hear(arguments: argparse.Namespace) -> int:
    """What the live hearing path decides on recordings."""
    config, places = _settings(arguments)
    script = _script(config.language)
    if arguments.grammar not in script.grammars:
        raise ConfigError(f"There is no grammar '{arguments.grammar}'; choose from {', '.join(sorted(script.grammars))}.")
    noise = read(arguments.noise) if arguments.noise else None
    makers = kit.ear_makers(config.language, places)

    def fresh() -> Sequence[Recogniser]:
        return [make() for make in makers.values()]

    refused = 0
    for file in arguments.files:
        try:
            for decision in hear_file(file, script.grammars[arguments.grammar], fresh, noise, arguments.snr):
                if arguments.json:
                    say(decision.to_json())
                else:
                    meant = f"{decision.intent} ({decision.evidence})" if decision.intent else "no phrase"
                    say(f"{file}: at {decision.at:.2f} s {meant}: {decision.words!r}, score {decision.score:.2f}, {decision.ear}")
        except AudioFileError as error:
            refused += 1
            print(error, file=sys.stderr)
    return EXIT_USAGE if refused else 0


# --- teach ------------------------------------------------------------------------------------------------------


def teach(arguments: argparse.Namespace) -> int:
    """A person's own sound for an intent: learn it, list what was learned, forget it."""
    config, places = _settings(arguments)
    shelf = teaching.Shelf(places.data / kit.PERSONAL)
    if arguments.list:
        for own in shelf.taught():
            say(f"{own.intent.value}: a sound of {sum(t.samples for t in own.templates) / len(own.templates) / RATE:.1f} s")
        return 0
    if arguments.forget:
        return _forget(shelf, arguments.forget)
    if not arguments.intent:
        raise ConfigError("Say for what your sound is to stand: voicecoach teach stop, ease or pain.")
    intent = teaching.teachable(arguments.intent)
    if arguments.files:
        own = teaching.learn(intent, [read(file) for file in arguments.files], Moonshine())
    else:
        own = _taught_by_voice(intent, arguments.samples, config, places)
    path = shelf.keep(own)
    say(f"Learned a sound for '{intent.value}'; no recording was kept, only features, in {path}.")
    return 0


def _taught_by_voice(intent: Intent, samples: int, config: Config, places: Folders) -> OwnSound:
    script = _script(config.language)
    voice = kit.coach_voice(config, script.language, places, lambda text: print(text, file=sys.stderr))
    lesson = Lesson(load_teaching(script), intent, voice, kit.speaker(config), kit.microphone(config), say)
    return lesson.give(samples, Moonshine())


def _forget(shelf: teaching.Shelf, name: str) -> int:
    wanted = sorted(RELEASE, key=lambda intent: intent.value) if name == "all" else [teaching.teachable(name)]
    gone = [intent.value for intent in wanted if shelf.forget(intent)]
    say(f"Forgotten: {', '.join(gone)}." if gone else "Nothing had been taught for it, so there is nothing to forget.")
    return 0


# --- setup, devices ---------------------------------------------------------------------------------------------

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
    script = _script(config.language)
    lines, there = load_lines(script), devices()
    choose("speaker", "", there)  # without any there is nobody to talk

    def tried(kind: Kind, wanted: str) -> list[Device]:
        return [Device(name, spoken_name(name) if name else lines["device.system"], name_part(kind, name, there) if name else "")
                for name in candidates(kind, wanted, there)]

    rate = config.words_per_minute or script.language.words_per_minute
    ears = [make() for make in kit.ear_makers(config.language, places).values()]
    for ear in ears:
        ear.check()
    world = World(
        kit.coach_voice(config, script.language, places, lambda text: print(text, file=sys.stderr)), rate, ears, grammars(script),
        lambda name: kit.speaker(config.model_copy(update={"speaker": name})),
        lambda name: kit.microphone(config.model_copy(update={"microphone": name})),
        lambda settings: settings_file.remember(path, settings))
    talk = SetUp(lines, tried("speaker", config.speaker), tried("microphone", config.microphone), Manner(rate, config.volume),
                 names(script, config.client.say or config.client.name, config.partner.say or config.partner.name), script.fill)
    end = LiveSetUp(world, say).run(talk)
    say(f"The set-up ended: {end.outcome.value}." + (f" The settings are in {path}." if end.outcome in {SetupOutcome.DONE, SetupOutcome.STOP_NOT_HEARD} else ""))
    if end.teach:
        config = load_config(path)
        teaching.Shelf(places.data / kit.PERSONAL).keep(_taught_by_voice(Intent.STOP, teaching.SAMPLES, config, places))
    return UNSUCCESSFUL.get(end.outcome, 0)


def list_devices(arguments: argparse.Namespace) -> int:
    """Every microphone and loudspeaker, the system's default and the remembered one."""
    config, _ = _settings(arguments)
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
# --- keys and earcons -------------------------------------------------------------------------------------------


def keys(arguments: argparse.Namespace) -> int:
    """Show what each press would do, without a session."""
    config, _ = _settings(arguments)
    if arguments.list:
        for kind, known in (("button", Button("").devices()), ("midi", MidiPedal("").devices())):
            for name in sorted({name for name, _ in known}):
                say(f"{kind:7} {name}")
        return 0
    presses: queue.SimpleQueue[Event] = queue.SimpleQueue()
    hands = Hands(kit.hands(config), presses.put)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    hands.start()
    try:
        say(f"Press what you would press in a session: {', '.join(kit.hand_names(config)) or 'nothing is configured'}. Ctrl-C ends.")
        until = time.monotonic() + arguments.seconds
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                say(_told(presses.get(timeout=left)))
    finally:
        hands.stop()
    return 0


def _told(event: Event) -> str:
    match event:
        case Heard(intent, _, words, ear=hand):
            return f"{words} ({hand}): {intent.value}, in every phase"
        case Lost(_, reason):
            return f"lost, {reason}: in a session the partner would be told to let go"
        case _:
            return "it is back"


def play_earcons(arguments: argparse.Namespace) -> int:
    """Let every earcon sound, each after its name and its meaning."""
    config, places = _settings(arguments)
    script = _script(config.language)
    voice = kit.coach_voice(config, script.language, places, lambda text: print(text, file=sys.stderr))
    sounds = {earcon: _named(voice.render(f"{earcon.value.replace('-', ' ')}.").at(EARCON_RATE), earcon) for earcon in Earcon}
    if arguments.out:
        _make(arguments.out)
        for earcon, samples in sounds.items():
            write(arguments.out / f"{earcon.value}.wav", samples, EARCON_RATE)
        say(f"Wrote {len(sounds)} files to {arguments.out}; docs/earcons.md tells what they mean.")
        return 0
    over: queue.SimpleQueue[str] = queue.SimpleQueue()
    speaker = kit.speaker(config)
    speaker.start(over.put)
    try:
        for earcon, samples in sounds.items():
            say(earcon.value)
            speaker.play(Pcm(samples, EARCON_RATE), lambda: None, lambda: over.put(""))
            if lost := over.get():
                raise EngineError("speaker", lost, "run `voicecoach doctor`")
    finally:
        speaker.stop()
    return 0


def _named(name: Pcm, earcon: Earcon) -> Samples:
    """Its name, the sound, and a moment of silence."""
    pause = np.zeros(EARCON_RATE * 2 // 5, np.float32)
    return np.concatenate([name.samples, pause, sound(earcon), pause])
# --- voices -----------------------------------------------------------------------------------------------------


def voices(arguments: argparse.Namespace) -> int:
    """The voices of this machine, or a sample of some of them, spoken or written."""
    config, places = _settings(arguments)
    script = _script(config.language)
    if not arguments.names:
        for offer in offers("" if arguments.all else config.language):
            say(f"{offer.name:28} {offer.language:8} {offer.about}")
        say("Hear one: voicecoach voices NAME. Choose one: --voice NAME, or `voice: NAME` in the settings.")
        return 0
    text = sample(script, config.client.say or config.client.name, config.partner.say or config.partner.name)
    for name in arguments.names:
        voice = kit.coach_voice(config.model_copy(update={"voice": name}), script.language, places, lambda text: print(text, file=sys.stderr))
        pcm = voice.render(text).amplified(config.volume)
        if arguments.out:
            _make(arguments.out)
            path = arguments.out / f"{re.sub('[^a-z0-9+-]+', '-', name.lower()).strip('-')}.wav"
            write(path, pcm.samples, pcm.rate)
            say(f"{name}: {path}")
        else:
            say(f"{name}: {text}")
            _play(config, pcm)
    return 0


def _play(config: Config, pcm: Pcm) -> None:
    speaker = kit.speaker(config)
    speaker.start(lambda _: None)
    try:
        play(speaker, pcm)
    finally:
        speaker.stop()


# --- doctor, models, replay -------------------------------------------------------------------------------------


def doctor(arguments: argparse.Namespace) -> int:
    """Every engine, device and model."""
    config, places = _settings(arguments)
    findings = []
    for finding in _findings(config, places, listen=arguments.listen):
        findings.append(finding)
        if arguments.json:
            say(json.dumps(dataclasses.asdict(finding), ensure_ascii=False))
        else:
            mark = "ok" if finding.ok else "--" if not finding.needed_for else "NO"
            say(f"{mark:3} {finding.part:32} {finding.state}")
    if not arguments.json:
        say(checks.verdict(findings))
    return EXIT_FAILED if any(not finding.ok and finding.needed_for == "everything" for finding in findings) else 0


def _findings(config: Config, places: Folders, *, listen: bool) -> Iterator[checks.Finding]:
    yield from checks.examine(config, places)
    if listen:
        print(f"Say stop a few times in the next {checks.LISTEN:g} seconds, from where you will be.", file=sys.stderr)
        yield checks.level(config)


def _store() -> ModelStore:
    return ModelStore(folders().data / "models")


def models_list(_arguments: argparse.Namespace) -> int:
    """The known models and their state."""
    for listed in _store().list_models():
        model = listed.model
        size = model.download.size if model.download else sum(file.size for file in model.package.files) if model.package else 0
        where = f"  {listed.place}" if listed.place and listed.state is State.INSTALLED else ""
        say(f"{model.name:30} {model.language:4} {model.engine:10} {size / 1e6:6.1f} MB  {model.licence:11} {listed.state.value}{where}")
    return 0


def models_install(arguments: argparse.Namespace) -> int:
    """Download a model, check it, put it in place."""
    fresh = _store().install(arguments.name, progress=shown(arguments.name), source=arguments.source)
    say(f"The model {arguments.name} is {'installed' if fresh else 'installed already'}; it listens in every session from now on.")
    return 0


def models_remove(arguments: argparse.Namespace) -> int:
    """Delete an installed model."""
    _store().remove(arguments.name)
    say(f"The model {arguments.name} is removed.")
    return 0


def dialog_check(arguments: argparse.Namespace) -> int:
    """Compare the languages' dialogs with the reference's, and with their models."""
    places, root = folders(), data_folder("dialogs")
    languages = arguments.languages or sorted(path.parent.name for path in root.glob("*/language.yaml"))
    failed = False
    for language in languages:
        _script_folder(language)
        models = kit.vosk_models(language, places)
        findings = check_dialogs(root, language, models[0] if models else None)
        failed |= any(finding.wrong for finding in findings)
        for finding in findings:
            say(str(finding))
        wrong = sum(finding.wrong for finding in findings)
        say(f"{language}: {wrong} mistakes, {len(findings) - wrong} remarks" + ("." if models else "; no Vosk model of it is installed, so its vocabulary was not compared."))
    return EXIT_FAILED if failed else 0


def replay(arguments: argparse.Namespace) -> int:
    """Feed a journal's events to a new session and compare."""
    recipe, _ = read_journal(arguments.journal)
    count, differences = replay_journal(arguments.journal, _script(recipe.language))
    for difference in differences[:5]:
        print(f"Entry {difference.number} at {difference.entry.now:.2f} s, {difference.entry.event}:\n"
              f"  journal: {list(difference.entry.commands)}\n  now:     {list(difference.got)}", file=sys.stderr)
    say(f"{count} events, {len(differences)} with other commands than in the journal.")
    return EXIT_FAILED if differences else 0
