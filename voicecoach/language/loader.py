"""From the files of ``dialogs/`` to a checked `Script` and to checked programs.

Mistakes come as one `ScriptError` that lists all of them with file, line, key and fix.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from voicecoach.errors import ConfigError, Problem, ScriptError
from voicecoach.language.datafile import DataFile, Part, read_part
from voicecoach.language.fitting import mistakes
from voicecoach.language.intents import read_phrases
from voicecoach.language.lines import (
    alone_lines,
    condition_lines,
    general_lines,
    question_lines,
    since_last_time,
    stretch_lines,
)
from voicecoach.language.program import Program
from voicecoach.language.schema import (
    AloneFile,
    ConditionsFile,
    Language,
    LinesFile,
    ScreeningFile,
    SelfStretchData,
    StretchData,
)
from voicecoach.language.script import Script, Stretch


def load_script(folder: Path) -> Script:
    """Read and check ``dialogs/<language>/``.

    Raises:
        ScriptError: with every mistake in every file of the folder.
    """
    problems: list[Problem] = []
    language = read_part(folder / "language.yaml", Language, problems)
    book = read_phrases(folder / "phrases.yaml", problems)
    screening = read_part(folder / "screening.yaml", ScreeningFile, problems)
    stretches = [_stretch(path, problems) for path in sorted((folder / "stretches").glob("*.yaml"))]
    conditions = read_part(folder / "conditions.yaml", ConditionsFile, problems)
    alone = read_part(folder / "alone.yaml", AloneFile, problems)
    if not stretches:
        problems.append(Problem(folder / "stretches", 0, "", "there is no stretch here", "restore the YAML files of this folder"))
    lines = general_lines(read_part(folder / "lines.yaml", LinesFile, problems), book, problems)
    lines |= question_lines(screening, book, problems)
    for stretch in stretches:
        lines |= stretch_lines(stretch, book, problems)
    lines |= condition_lines(conditions, book, problems)
    others = alone_lines(alone, screening, lines, book, problems)
    _same_language(folder, language, problems)
    if problems or conditions is None or language is None or book is None or screening is None:
        raise ScriptError(problems)
    known = {part.source.path.stem: part.data for part in stretches if part}
    return Script(
        language.data, MappingProxyType(lines), MappingProxyType(dict(book.grammars)), tuple(screening.data.questions),
        MappingProxyType({name: Stretch(name, data.name, data.sides, frozenset(data.places), data.alone) for name, data in known.items()}),
        folder, tuple(question.id for question in conditions.data.questions), MappingProxyType(others),
        book.names, since_last_time(screening.data),
    )


def load_program(path: Path, script: Script) -> Program:
    """Read and check one program, against the stretches that `script` can speak.

    Raises:
        ScriptError: with every mistake in the file.
    """
    problems: list[Problem] = []
    part = read_part(path, Program, problems)
    if part is None:
        raise ScriptError(problems)
    problems += mistakes(part.source, part.data, script)
    if problems:
        raise ScriptError(problems)
    return part.data


def named_file(folder: Path, name: str, kind: str, *own: Path) -> Path:
    """``folder/<name>.yaml``, or the file that `name` itself is the path of; `own` are the user's folders, which go first.

    Raises:
        ConfigError: neither exists; the message lists the names that do.
    """
    for path in (*(place / f"{name}.yaml" for place in (*own, folder)), Path(name)):
        with suppress(OSError, ValueError):  # a name that can be none of a file
            if path.is_file():
                return path
    known = ", ".join(sorted({path.stem for place in (*own, folder) for path in place.glob("*.yaml")}))
    raise ConfigError(f"There is no {kind} '{name[:80]}'; choose from {known}, or give the path of a YAML file.")


def _stretch(path: Path, problems: list[Problem]) -> Part[StretchData] | Part[SelfStretchData] | None:
    """One file of ``stretches/``, with or without a partner as it says itself."""
    try:
        alone = isinstance(root := DataFile(path).root, dict) and root.get("alone") is True
    except ScriptError as error:
        problems.extend(error.problems)
        return None
    return read_part(path, SelfStretchData, problems) if alone else read_part(path, StretchData, problems)


def _same_language(folder: Path, language: Part[Language] | None, problems: list[Problem]) -> None:
    if language and language.data.language != folder.name:
        problems.append(language.source.problem(["language"], f"the folder is called '{folder.name}'", "give both the same name"))
