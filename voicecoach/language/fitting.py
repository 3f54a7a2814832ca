"""A program and a language made to fit: what of the program cannot be right, and the lines as this program wants them said.

A program may bring its own cues and its own conditions, and it may be for one person alone, to whom nothing about a
partner is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from voicecoach.errors import Problem
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.datafile import DataFile
from voicecoach.language.intents import PhraseBook
from voicecoach.language.line_keys import PER_CONDITION
from voicecoach.language.lines import checked_line, mentioned
from voicecoach.language.program import ANY_LANGUAGE, Dose, Program, Wording
from voicecoach.language.script import Line, Script
from voicecoach.vocabulary import Intent, Party

Loc = list[str | int]
_CALLED = re.compile(r"\{client\}, (\W*)(\w)")
_SOMEBODY = re.compile(r"\{(client|partner)\}")


def fit(script: Script, program: Program) -> Script:
    """`script` as `program` wants it spoken. What has been fitted once stays as it is."""
    lines = dict(script.lines)
    if program.alone:
        lines = {key: script.alone.get(key) or uncalled(line) for key, line in lines.items()}
    book = _book(script)
    lines |= {line.key: uncalled(line) if program.alone else line for _, line in _own_lines(program, script.language.language, book)}
    return replace(script, lines=MappingProxyType(lines))


def mistakes(source: DataFile, program: Program, script: Script) -> list[Problem]:
    """Everything in the file of `program` that does not fit `script`, or that no session could do."""
    found = [*_title(source, program, script), *_limits(source, program), *_conditions(source, program, script), *_questions(source, program, script)]
    for index, dose in enumerate(program.stretches):
        found += [*_stretch(source, ["stretches", index], dose, program, script), *_dose(source, ["stretches", index], dose, program)]
    found += _spoken(source, program, script)
    return found if found or not program.alone else list(_partner_left(source, fit(script, program)))


# --- the lines --------------------------------------------------------------------------------------------------


def uncalled(line: Line) -> Line:
    """Nobody has to be called by a name where only one person is."""
    return replace(line, texts=tuple(_CALLED.sub(lambda match: match[1] + match[2].upper(), text) for text in line.texts), to=Party.BOTH)


def _own_lines(program: Program, language: str, book: PhraseBook) -> Iterator[tuple[Loc, Line]]:
    """The lines that the program brings, each with its place in the file."""
    for index, question in enumerate(program.questions):
        for name in PER_CONDITION:
            texts = _in(getattr(question, name), language)
            yield ["questions", index, name], _line(f"condition.{question.id}.{name}", texts, Party.BOTH, book)
    for index, dose in enumerate(program.stretches):
        for who in (Party.CLIENT, Party.PARTNER):
            wording = getattr(dose.cues, who.value) if dose.cues else None
            if wording is not None:
                to = Party.BOTH if program.alone else who
                yield ["stretches", index, "cues", who.value], _line(f"{dose.stretch}.hold_{who.value}", _in(wording, language), to, book)


def _line(key: str, texts: Sequence[str], to: Party, book: PhraseBook) -> Line:
    return Line(key, tuple(texts), to, mentions=mentioned(book, texts))


def _in(wording: Wording, language: str) -> list[str]:
    return wording.get(language) or wording.get(ANY_LANGUAGE) or []


def _book(script: Script) -> PhraseBook:
    phrases = dict.fromkeys(phrase for grammar in script.grammars.values() for phrase in grammar.phrases)
    intents = {intent: tuple(phrase for phrase in phrases if phrase.intent is intent) for intent in Intent}
    return PhraseBook(intents, script.grammars)


# --- what cannot be right ---------------------------------------------------------------------------------------


def _title(source: DataFile, program: Program, script: Script) -> Iterator[Problem]:
    language = script.language.language
    if not {language, ANY_LANGUAGE} & program.title.keys():
        yield source.problem(["title"], f"there is no title in '{language}'", "add one, it is spoken in the welcome")


def _limits(source: DataFile, program: Program) -> Iterator[Problem]:
    low, high = program.hold_limits
    if low > high:
        yield source.problem(["hold_limits"], f"the least, {low}, is more than the most, {high}", "write the smaller number first")


def _stretch(source: DataFile, loc: Loc, dose: Dose, program: Program, script: Script) -> Iterator[Problem]:
    """The stretch exists, and has as many people and sides as the program says."""
    stretch = script.stretches.get(dose.stretch)
    fitting = ", ".join(sorted(name for name, one in script.stretches.items() if one.alone is program.alone))
    if stretch is None:
        yield source.problem([*loc, "stretch"], f"there is no stretch '{dose.stretch}'", f"choose from {fitting}")
        return
    if stretch.alone is not program.alone:
        what = "is done alone, and this program is for two" if stretch.alone else "needs a partner, and this program is for one alone"
        yield source.problem([*loc, "stretch"], f"'{dose.stretch}' {what}", f"choose from {fitting}, or change 'alone'")
    if dose.sides and not stretch.sides:
        yield source.problem([*loc, "sides"], f"'{dose.stretch}' has no sides", "remove this line")
    if dose.sides and len(set(dose.sides)) < len(dose.sides):
        yield source.problem([*loc, "sides"], "one side stands twice", "write [left, right], [right, left] or one of them")


def _dose(source: DataFile, loc: Loc, dose: Dose, program: Program) -> Iterator[Problem]:
    """The holds and repetitions are inside the program's own limits."""
    low, high = program.hold_limits
    last = dose.hold_seconds + (dose.repetitions - 1) * dose.build_up_seconds
    if not low <= dose.hold_seconds <= high:
        yield source.problem([*loc, "hold_seconds"], f"this is outside of hold_limits, {low} to {high} (found {dose.hold_seconds})",
                             "correct this value, or write other 'hold_limits'")
    elif last > high:
        yield source.problem([*loc, "build_up_seconds"], f"the last repetition would last {last} s, and hold_limits end at {high}",
                             "build up less, or write other 'hold_limits'")
    if dose.repetitions > program.repetition_limit:
        yield source.problem([*loc, "repetitions"], f"this is more than repetition_limit, {program.repetition_limit} (found {dose.repetitions})",
                             "correct this value, or write another 'repetition_limit'")


def _conditions(source: DataFile, program: Program, script: Script) -> Iterator[Problem]:
    """Every condition of a stretch is asked, and can come out both ways."""
    follow_up = {question.id: bool(question.follow_up) for question in script.questions}
    known = {*script.conditions, *(question.id for question in program.questions), *(name for name, leads in follow_up.items() if leads)}
    for index, dose in enumerate(program.stretches):
        for key, name in [*(("only_if", name) for name in dose.only_if), *(("skip_if", name) for name in dose.skip_if)]:
            loc: Loc = ["stretches", index, key]
            if name in follow_up.keys() - known:
                yield source.problem(loc, f"whoever gets past the screening has said no to '{name}'", "remove this condition")
            elif name not in known:
                yield source.problem(loc, f"nobody asks '{name}'", f"choose from {', '.join(sorted(known))}, or write the question under 'questions'")
        if both := set(dose.only_if) & set(dose.skip_if):
            yield source.problem(["stretches", index, "skip_if"], f"'{min(both)}' stands under 'only_if' as well, so this is never done", "remove one of the two")


def _questions(source: DataFile, program: Program, script: Script) -> Iterator[Problem]:
    """Every question of the program is asked once, and for something."""
    taken = {question.id for question in script.questions}
    used = {name for dose in program.stretches for name, _ in dose.needs()}
    for index, name in enumerate(question.id for question in program.questions):
        loc: Loc = ["questions", index, "id"]
        if name in taken:
            yield source.problem(loc, f"'{name}' is asked already", "give this question another id")
        if name not in used:
            yield source.problem(loc, f"no stretch depends on '{name}'", "remove the question, or write it under 'only_if' or 'skip_if'")
        taken.add(name)


def _spoken(source: DataFile, program: Program, script: Script) -> list[Problem]:
    """The program's own words exist in this language, are well formed, and give the coach's own ears no command."""
    found: list[Problem] = []
    language, keys = script.language.language, dict[str, Loc]()
    for loc, line in _own_lines(program, language, _book(script)):
        stretch = script.stretches.get(line.key.partition(".")[0])
        if not line.texts:
            found.append(source.problem(loc, f"there is no wording in '{language}'", "add one, or write one text for all languages"))
        elif line.key in keys:
            found.append(source.problem(loc, "the same cues stand at an earlier place", "write them once"))
        elif program.alone and line.key.endswith(".hold_partner"):
            found.append(source.problem(loc, "there is no partner in this program", "remove these cues"))
        keys[line.key] = loc
        checked_line(source, loc, line, frozenset({"side"}) if stretch and stretch.sides else frozenset(), found)
        if guilty := line.mentions & (RELEASE | LOADING if stretch else RELEASE):
            words = f"the coach would say a phrase of '{min(intent.value for intent in guilty)}' and hear it himself"
            found.append(source.problem(loc, words, "use other words"))
    return found


def _partner_left(source: DataFile, fitted: Script) -> Iterator[Problem]:
    """Alone, no line may speak to somebody by name."""
    with_partner = {name for name, stretch in fitted.stretches.items() if not stretch.alone}
    for key in somebody_named({key: line for key, line in fitted.lines.items() if key.partition(".")[0] not in with_partner}):
        yield source.problem(["alone"], f"the line '{key}' speaks to a partner in '{fitted.language.language}'", f"add it to {fitted.folder.name}/alone.yaml")


def somebody_named(lines: Mapping[str, Line]) -> list[str]:
    """The keys of the lines that call somebody by name or role."""
    return [key for key, line in lines.items() if any(_SOMEBODY.search(text) for text in line.texts)]
