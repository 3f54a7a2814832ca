"""The lines of a language, made from its files: each has a key, the placeholders that the session fills, and the person it is for.

Every maker takes what was read of its file, None where that could not be read, and appends mistakes to `problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter

from voicecoach.errors import Problem
from voicecoach.language.datafile import DataFile, Part
from voicecoach.language.intents import PhraseBook, mentions
from voicecoach.language.line_keys import (
    ALWAYS,
    FIXED,
    LINES,
    PER_CONDITION,
    PER_QUESTION,
    PER_SELF_STRETCH,
    PER_STRETCH,
    SAFETY,
    SINCE_LAST_TIME,
    fits,
)
from voicecoach.language.schema import (
    AloneFile,
    ConditionsFile,
    LinesFile,
    Question,
    ScreeningFile,
    SelfStretchData,
    StretchData,
)
from voicecoach.language.script import Line
from voicecoach.vocabulary import Intent, Party


def checked_line(source: DataFile, loc: list[str | int], line: Line, allowed: frozenset[str], problems: list[Problem]) -> Line:
    """`line` as it is, after checking the placeholders and the person it names."""
    for text in line.texts:
        try:
            fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
        except ValueError as error:
            problems.append(source.problem(loc, f"a brace is out of place ({error})", "write placeholders as {name}"))
            continue
        used = {name for name, _, _ in fields}
        problems.extend(source.problem(loc, f"'{{{name}}}' is written with a format", f"write only {{{name}}}")
                        for name, spec, conversion in fields if spec or conversion)
        if unknown := sorted(used - allowed - ALWAYS):
            known = ", ".join(f"{{{name}}}" for name in sorted(allowed | ALWAYS))
            problems.append(source.problem(loc, f"'{{{unknown[0]}}}' is no placeholder of this line", f"use only {known}"))
        if line.to is not Party.BOTH and not text.startswith(f"{{{line.to.value}}}"):
            problems.append(source.problem(loc, f"the line is for the {line.to.value} but does not begin with the name",
                                           f"begin it with {{{line.to.value}}}"))
    return line


def general_lines(part: Part[LinesFile] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """The lines of ``lines.yaml``: exactly those that the session knows, each with the placeholders it fills."""
    if part is None:
        return {}
    source, found, lines = part.source, part.data, {}
    for key, data in found.lines.items():
        loc: list[str | int] = ["lines", key]
        if key not in LINES:
            problems.append(source.problem(loc, "the session never says this line", fits(key, LINES)))
            continue
        if key in FIXED and len(data.say) > 1:
            problems.append(source.problem(loc, "a line about safety has several wordings", "choose one: it must never sound new"))
        line = Line(key, tuple(data.say), Party(data.to), key in SAFETY, mentioned(book, data.say))
        lines[key] = checked_line(source, loc, line, LINES[key], problems)
    problems.extend(source.problem(["lines"], f"the line '{key}' is missing", "add it") for key in LINES if key not in found.lines)
    return lines


def question_lines(part: Part[ScreeningFile] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """Every question, its help and its reasons as lines called ``question.<id>.<field>``."""
    if part is None:
        return {}
    source, screening, lines = part.source, part.data, {}
    seen: set[str] = set()
    if since := since_last_time(screening):
        for name in ("ask", "help", "because"):
            line = Line(f"question.{since.id}.{name}", (getattr(since, name),), mentions=mentioned(book, [getattr(since, name)]))
            lines[line.key] = checked_line(source, ["since_last_time", name], line, frozenset(), problems)
    for index, question in enumerate(screening.questions):
        if question.id in seen:
            problems.append(source.problem(["questions", index, "id"], f"'{question.id}' stands twice", "give each question its own id"))
        seen.add(question.id)
        advice = question.advice or (screening.emergency if question.emergency else screening.advice)
        for name in PER_QUESTION:
            text = advice if name == "advice" else getattr(question, name) or ""
            if text:
                line = Line(f"question.{question.id}.{name}", (text,), mentions=mentioned(book, [text]))
                lines[line.key] = checked_line(source, ["questions", index, name], line, frozenset(), problems)
    return lines


def since_last_time(screening: ScreeningFile) -> Question | None:
    """The question for all steady ones, as a question like any other."""
    since = screening.since_last_time
    return Question(id=SINCE_LAST_TIME, ask=since.ask, help=since.help, because=since.because) if since else None


def condition_lines(part: Part[ConditionsFile] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """Every condition as lines called ``condition.<id>.<field>``."""
    if part is None:
        return {}
    source, lines = part.source, dict[str, Line]()
    for index, question in enumerate(part.data.questions):
        if f"condition.{question.id}.ask" in lines:
            problems.append(source.problem(["questions", index, "id"], f"'{question.id}' stands twice", "give each question its own id"))
        for name in PER_CONDITION:
            text = getattr(question, name)
            line = Line(f"condition.{question.id}.{name}", (text,), mentions=mentioned(book, [text]))
            lines[line.key] = checked_line(source, ["questions", index, name], line, frozenset(), problems)
    return lines


def alone_lines(part: Part[AloneFile] | None, screening: Part[ScreeningFile] | None, lines: Mapping[str, Line], book: PhraseBook | None,
                 problems: list[Problem]) -> dict[str, Line]:
    """What ``alone.yaml`` says instead of `lines`, and the screening's advice with it."""
    if part is None or screening is None:
        return {}
    source, found = part.source, dict[str, Line]()
    for key, data in part.data.lines.items():
        loc: list[str | int] = ["lines", key]
        if key not in lines:
            problems.append(source.problem(loc, "the session never says this line", fits(key, lines)))
            continue
        line = Line(key, tuple(data.say), Party(data.to), key in SAFETY, mentioned(book, data.say))
        found[key] = checked_line(source, loc, line, LINES.get(key, frozenset()), problems)
    for question in screening.data.questions:
        if not question.advice:
            key, text = f"question.{question.id}.advice", part.data.emergency if question.emergency else part.data.advice
            found[key] = Line(key, (text,), mentions=mentioned(book, [text]))
    return found


def stretch_lines(part: Part[StretchData] | Part[SelfStretchData] | None, book: PhraseBook | None, problems: list[Problem]) -> dict[str, Line]:
    """Every line of one stretch, called ``<stretch>.<field>``."""
    if part is None:
        return {}
    source, stretch, lines = part.source, part.data, {}
    for name, (to, allowed) in (PER_SELF_STRETCH if stretch.alone else PER_STRETCH).items():
        value = getattr(stretch, name)
        said: list[str] = [value] if isinstance(value, str) else value
        line = Line(f"{source.path.stem}.{name}", tuple(said), to, mentions=mentioned(book, said))
        lines[line.key] = checked_line(source, [name], line, allowed if stretch.sides else allowed - {"side"}, problems)
    slots = {phrase.slot for phrase in book.phrases(Intent.PLACE)} if book else set(stretch.places)
    problems.extend(
        source.problem(["places", index], f"no phrase of 'place' has the slot '{place}'", f"choose from {', '.join(sorted(slots))}")
        for index, place in enumerate(stretch.places) if place not in slots)
    return lines


def mentioned(book: PhraseBook | None, said: Iterable[str]) -> frozenset[Intent]:
    """The intents of which a phrase stands in one of the wordings of a line."""
    return frozenset().union(*(mentions(book, text) for text in said)) if book else frozenset()
