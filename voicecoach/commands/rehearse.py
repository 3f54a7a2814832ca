"""``voicecoach rehearse``: a scenario on a simulated clock."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from voicecoach import kit
from voicecoach.commands.common import (
    EXIT_FAILED,
    head_of,
    make_folder,
    program_folders,
    read_script,
    read_settings,
    ready_voice,
    recalled,
    recipe_of,
    say,
    speech_of,
)
from voicecoach.commands.company import Company, remembered
from voicecoach.core.household import Person
from voicecoach.engines import Voice
from voicecoach.language.fitting import fit
from voicecoach.language.loader import load_program, named_file
from voicecoach.language.script import Script
from voicecoach.machine.resources import data_folder
from voicecoach.memory.scribe import Scribe
from voicecoach.programs.files import program_file
from voicecoach.records.journal import Journal
from voicecoach.records.transcript import Transcript
from voicecoach.rehearsal import scenario as scenarios
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.recorded import RecordedVoice, load_takes
from voicecoach.rehearsal.run import Rehearsal
from voicecoach.rehearsal.scenario import load_scenario, scenario_language
from voicecoach.settings.config import Called, Folders
from voicecoach.settings.people import PersonData, asked, with_people


def _voice_of(person: scenarios.Person, base: Path, script: Script, places: Folders) -> Voice:
    """Recordings where there are any, else the system's voice."""
    voice = kit.person_voice(person.voice, person.words_per_minute, script.language, places)
    return RecordedVoice(load_takes(base / person.recordings), voice) if person.recordings else voice


def rehearse(arguments: argparse.Namespace) -> int:
    """A scenario on a simulated clock."""
    config, places = read_settings(arguments)
    path = named_file(data_folder("dialogs") / "scenarios", arguments.scenario, "scenario")
    config = config.model_copy(update={"language": scenario_language(path) or config.language})
    script = read_script(config.language)
    scenario = load_scenario(path, script)
    program = load_program(program_file(scenario.program, *program_folders(places)), script)
    script = fit(script, program)
    cast = scenario.people
    out = arguments.out or Path("rehearsal") / path.stem
    make_folder(out)
    config = config.model_copy(update={"program": scenario.program, "client": Called(name=cast.client.name), "partner": Called(name=cast.partner.name)})
    voices = {who: _voice_of(person, path.parent, script, places) for who, person in (("client", cast.client), ("partner", cast.partner))}
    ears = [make() for make in kit.ear_makers(config.language, places, shout=config.shout).values()]
    for ear in ears:
        ear.check()
    now = datetime.now().astimezone()
    store, progress = recalled(arguments.remember, config.client.name, now, config.program, script)
    if scenario.earlier:
        progress = replace(progress, earlier=tuple(scenario.earlier))
    listed = [PersonData(name=name) for name in scenario.household]
    script = with_people(script, listed)
    people = [Person(data.name) for data in listed] or [Person(name) for name in (config.client.name, config.partner.name) if name]
    household = asked(people, asks=bool(listed) and not program.alone, swaps=scenario.change_places and not program.alone,
                      learns=scenario.learns)
    here = remembered(Company(script, household), store, now.date(), config.program)
    told = config.model_copy(update={"client": Called(), "partner": Called()}) if listed else config
    recipe = recipe_of(told, program, here.household, speech_of(config), progress)
    session = recipe.session(script)
    scribe = Scribe(store, head_of(now, config, out / "journal.jsonl"), session) if store else None
    began = time.monotonic()
    result = Rehearsal(
        session, script, Cast(scenario, path.parent, voices), scenario, ears=ears, voice=ready_voice(config, script, places, here.safety_texts()),
        journal=Journal(out / "journal.jsonl", recipe),
        transcript=Transcript(out / "transcript.txt", config.client.name, config.partner.name, (lambda _: None) if arguments.quiet else say),
        front=kit.front_end() if scenario.echo else None,  # nothing comes back, nothing is taken out
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
