"""What each command does: it gathers the pieces, runs them, and says how it went."""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicecoach import doctor as checks
from voicecoach import kit, teaching
from voicecoach.app import App, Engines
from voicecoach.audio import RATE, read
from voicecoach.config import Config, Folders, folders, load_config
from voicecoach.dialog_check import check_dialogs
from voicecoach.download import shown
from voicecoach.engines import Recogniser
from voicecoach.engines.moonshine import Moonshine
from voicecoach.errors import AudioFileError, ConfigError
from voicecoach.hearing.path import hear_file
from voicecoach.hearing.risk import RELEASE
from voicecoach.journal import Journal, Recipe, read_journal
from voicecoach.journal import replay as replay_journal
from voicecoach.lesson import Lesson, load_teaching
from voicecoach.model_store import ModelStore, State
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.run import Rehearsal
from voicecoach.rehearsal.scenario import load_scenario, scenario_language
from voicecoach.resources import data_folder
from voicecoach.script import Script, load_program, load_script, named_file, names
from voicecoach.speech_cache import CachedVoice
from voicecoach.transcript import Transcript
from voicecoach.vocabulary import Outcome

EXIT_FAILED = 1
"""An expectation was not met, a comparison failed."""
EXIT_USAGE = 2
"""The user can mend it: arguments, files, settings, models."""
EXIT_NO_SOUND = 3
"""No usable microphone or speaker."""
EXIT_LOST = 4
"""The session had to end because nobody could be heard, or nobody answered, or the voice failed."""
EXIT_INTERRUPTED = 130

UNHAPPY = {Outcome.CANNOT_HEAR, Outcome.CANNOT_SPEAK, Outcome.UNANSWERED}


def say(text: str) -> None:
    """A line for the user on stdout."""
    print(text, flush=True)


def _settings(arguments: argparse.Namespace) -> tuple[Config, Folders]:
    """The settings file with the command line's values on top."""
    places = folders()
    if arguments.config and not arguments.config.is_file():
        raise ConfigError(f"{arguments.config}: no such settings file; give the path of a YAML file.")
    config = load_config(arguments.config or places.config / "config.yaml")
    given = {name: value for name in ("program", "client", "partner", "microphone", "speaker")
             if (value := getattr(arguments, name, None)) is not None}
    return config.model_copy(update=given), places


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
    if trouble := kit.sound_trouble(config):
        print(trouble, file=sys.stderr)
        if arguments.or_rehearse:
            say(f"So no live session here: rehearsing '{arguments.or_rehearse}' instead, with two imagined people.")
            arguments.scenario, arguments.out, arguments.quiet = arguments.or_rehearse, None, False
            return rehearse(arguments)
        say("Without sound you can still hear a rehearsal: `voicecoach rehearse first-session`.")
        return EXIT_NO_SOUND
    script = _script(config.language)
    program = load_program(named_file(data_folder("dialogs") / "programs", config.program, "program"), script)
    recipe = Recipe(config.language, program, config.client, config.partner, config.patience)
    voice = _ready_voice(config, script, places)
    journal = Journal(places.state / "journals" / f"{time.strftime('%Y-%m-%d-%H%M%S')}.jsonl", recipe)
    engines = Engines(kit.ear_makers(config.language, places), voice, kit.microphone(config), kit.speaker(config))
    app = App(recipe.session(script), script, engines, journal, Transcript(None, config.client, config.partner, say))
    say("Starting a live session. Say stop at any time; Ctrl-C does the same, twice ends at once.")
    _on_interrupt(app)
    outcome = app.run()
    if journal.trouble:
        print(journal.trouble, file=sys.stderr)
    say(f"The session ended: {outcome.value}. Its journal is {journal.path}; delete it whenever you like.")
    return EXIT_LOST if outcome in UNHAPPY else 0


def _on_interrupt(app: App) -> None:
    """Ctrl-C and a polite kill first mean "stop", and only the second time end the program."""
    def once(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        app.stop()

    signal.signal(signal.SIGINT, once)
    signal.signal(signal.SIGTERM, once)


def _ready_voice(config: Config, script: Script, places: Folders) -> CachedVoice:
    """The coach's voice with the safety lines in memory, where no failure can take them away.

    Raises:
        EngineError: the voice does not work.
    """
    voice = kit.coach_voice(config, script.language, places, lambda text: print(text, file=sys.stderr))
    voice.hold(script.safety_texts(names(script, config.client, config.partner)))
    return voice


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
    config = config.model_copy(update={"client": people.client.name, "partner": people.partner.name})
    voices = {who: kit.person_voice(person.voice, person.words_per_minute, script.language, places)
              for who, person in (("client", people.client), ("partner", people.partner))}
    ears = [make() for make in kit.ear_makers(config.language, places).values()]
    for ear in ears:
        ear.check()
    recipe = Recipe(config.language, program, config.client, config.partner, config.patience)
    began = time.monotonic()
    result = Rehearsal(
        recipe.session(script), script, Cast(scenario, path.parent, voices), scenario, ears=ears, voice=_ready_voice(config, script, places),
        journal=Journal(out / "journal.jsonl", recipe),
        transcript=Transcript(out / "transcript.txt", config.client, config.partner, (lambda _: None) if arguments.quiet else say),
    ).run(out / "session.wav")
    took = time.monotonic() - began
    ended = result.outcome.value if result.outcome else "not ended"
    say(f"{path.stem}: {ended}, {result.seconds / 60:.1f} minutes of session in {took:.1f} s ({result.seconds / took:.0f} times real time). "
        f"See {out}/session.wav, transcript.txt and journal.jsonl.")
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
        script = _script(config.language)
        voice = kit.coach_voice(config, script.language, places, lambda text: print(text, file=sys.stderr))
        lesson = Lesson(load_teaching(script), intent, voice, kit.speaker(config), kit.microphone(config), say)
        own = lesson.give(arguments.samples, Moonshine())
    path = shelf.keep(own)
    say(f"Learned a sound for '{intent.value}'; no recording was kept, only features, in {path}.")
    return 0


def _forget(shelf: teaching.Shelf, name: str) -> int:
    wanted = sorted(RELEASE, key=lambda intent: intent.value) if name == "all" else [teaching.teachable(name)]
    gone = [intent.value for intent in wanted if shelf.forget(intent)]
    say(f"Forgotten: {', '.join(gone)}." if gone else "Nothing had been taught for it, so there is nothing to forget.")
    return 0


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
