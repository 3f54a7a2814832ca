"""``voicecoach program check | show | new``: programs as files that anybody can write."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from voicecoach.commands.common import EXIT_FAILED, program_folders, read_script, read_settings, say, say_if_possible
from voicecoach.errors import ConfigError, ScriptError
from voicecoach.language.fitting import fit
from voicecoach.language.loader import load_program
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.machine.resources import data_folder
from voicecoach.programs.files import check_program, first_draft, languages_of, new_program, program_file, programs
from voicecoach.programs.outline import outline
from voicecoach.programs.picture import as_svg, as_text, summary
from voicecoach.settings.config import Config

ANSWERS = {"yes": True, "no": False, "unsure": None}


def check(arguments: argparse.Namespace) -> int:
    """Every mistake with its file, line, key and fix; then a line about each program that has none."""
    config, places = read_settings(arguments)
    shipped, own = program_folders(places)
    files = [program_file(name, shipped, own) for name in arguments.programs] or list(programs(shipped, own).values())
    return EXIT_FAILED if not all([_checked(path, config) for path in files]) else 0  # noqa: C419 - each has to be looked at


def _checked(path: Path, config: Config) -> bool:
    known = sorted(folder.parent.name for folder in data_folder("dialogs").glob("*/language.yaml"))
    wrong, remarks, fine = dict[str, None](), dict[str, None](), ""
    for language in languages_of(path, known, config.language):
        script = read_script(language)
        try:
            found, thoughts = check_program(path, script)
        except ScriptError as error:
            wrong |= dict.fromkeys(map(str, error.problems))
            continue
        wrong |= dict.fromkeys(map(str, found))
        remarks |= dict.fromkeys(map(str, thoughts))
        fine = fine or summary(outline(script, load_program(path, script)))
    for text in wrong:
        say(f"mistake {text}")
    for text in remarks:
        say(f"remark  {text}")
    say(f"{path.stem}: {len(wrong)} {'mistake' if len(wrong) == 1 else 'mistakes'}." if wrong else f"{path.stem}: no mistake; {fine}.")
    return not wrong


def show(arguments: argparse.Namespace) -> int:
    """The course of the session with its times."""
    config, places = read_settings(arguments)
    script = read_script(arguments.language or config.language)
    path = program_file(arguments.program or config.program, *program_folders(places))
    program = load_program(path, script)
    course = outline(script, program, _answers(arguments.answers, program))
    picture = (f"{program.title_in(script.language.language)} ({path.stem})", "for one alone" if program.alone else "for two", course,
               script.language, list(_conditions(script, program)))
    if arguments.svg:
        try:
            arguments.svg.write_text(as_svg(*picture), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{arguments.svg}: this file cannot be written ({(error.strerror or str(error)).lower()}); give another one with --svg.") from error
        say(f"Drawn in {arguments.svg}: {summary(course)}.")
        return 0
    say_if_possible(as_text(*picture))
    return 0


def _answers(given: list[str], program: Program) -> dict[str, bool | None]:
    """``--answer floor=no`` as the answer to a condition of this program.

    Raises:
        ConfigError: there is no such condition, or no such answer.
    """
    known = sorted({name for dose in program.stretches for name, _ in dose.needs()})
    answers = {}
    for text in given:
        name, _, answer = text.partition("=")
        if name not in known:
            raise ConfigError(f"--answer {text}: this program asks no '{name}'; it asks {', '.join(known) or 'nothing'}.")
        if answer not in ANSWERS:
            raise ConfigError(f"--answer {text}: write {name}=yes, {name}=no or {name}=unsure.")
        answers[name] = ANSWERS[answer]
    return answers


def _conditions(script: Script, program: Program) -> Iterator[str]:
    """For each conditional stretch, what it depends on."""
    fitted, asked = fit(script, program), set[str]()
    for dose in program.stretches:
        needs = [f"a clear {'yes' if wanted else 'no'} to '{name}'" for name, wanted in dose.needs()]
        if needs:
            yield f"{script.stretches[dose.stretch].name}: only with {' and '.join(needs)}."
        asked |= {name for name, _ in dose.needs()}
    for name in sorted(asked):
        ask = fitted.lines.get(f"condition.{name}.ask") or fitted.lines[f"question.{name}.ask"]
        yield f"{name}: {ask.texts[0]}"


def new(arguments: argparse.Namespace) -> int:
    """A commented file to begin with, in the user's folder for programs."""
    config, places = read_settings(arguments)
    shipped, own = program_folders(places)
    if arguments.name in programs(shipped, shipped):
        raise ConfigError(f"'{arguments.name}' is a program that comes with voicecoach; give yours another name.")
    text = first_draft(data_folder("dialogs") / "templates/program.yaml", arguments.title or arguments.name.replace("-", " "), read_script(config.language), alone=arguments.alone)
    path = new_program(own, arguments.name, text)
    say(f"{path} is a program to begin with; change it in any text editor. Then `voicecoach program check {arguments.name}` and "
        f"`voicecoach run --program {arguments.name}`.")
    return 0
