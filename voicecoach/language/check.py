"""``voicecoach dialog check``: a language's dialogs against the reference's, and against what a recogniser can tell apart.

A mistake is what a session could fail on or be unsafe with; a remark is for a translator to think about. What the loader
refuses (a missing line, a missing phrase, an unknown placeholder) is a mistake as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import Final

from voicecoach.core.choices import listed, pages
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.alike import sounds_alike
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.datafile import DataFile
from voicecoach.language.fitting import uncalled
from voicecoach.language.intents import normal
from voicecoach.language.line_keys import LINES
from voicecoach.language.script import ANY_LANGUAGE, Line, Program, Script, load_script, names
from voicecoach.setup.lines import load_lines as load_setup
from voicecoach.teaching.lesson import load_teaching
from voicecoach.view.card import load_card
from voicecoach.view.display import load_words
from voicecoach.vocabulary import Intent

REFERENCE: Final = "en"
"""The language that the others are compared with."""
LONGEST: Final = 15.0
"""Seconds that a line may last: nobody listens longer to a voice, and nobody can lie in wait longer."""
SYLLABLE: Final = 0.19
"""Seconds of a syllable at 150 words a minute: an estimate for all languages, not measured voice by voice."""
LONGEST_NUMBER: Final = 27
"""A number that is long in most languages, for measuring lines."""
TOLD: Final[Mapping[str, str]] = {
    "name.ask": "name", "help.name": "name", "name.number": "confirm", "turn.ask": "turn", "screen.answers": "screening", "screen.take-back": "screening", "screen.read-back": "confirm", "screen.clear": "screening", "rule.stop": "stretch", "rule.words": "hold",
    "position.ready": "position", "position.sure": "position", "approach.ask": "stretch", "approach.say-more": "stretch", "released.ask": "released", "paused.ask": "paused",
    "latched.confirm": "confirm", "warm-up.confirm": "confirm", "safety.ease": "hold", "safety.ease-silent": "stretch",
    "dose.choice": "dose", "help.dose": "dose",
    "help.confirm": "confirm", "screen.closer": "screening", "position.help": "position", "position.closer": "position",
    "check-in.feel-again": "check-in", "check-in.feel-short": "check-in", "check-in.where-again": "place",
    "check-in.too-much-again": "check-in", "check-in.too-much-short": "check-in",
}
"""Lines that tell people what to say, and the grammar that has to understand it. The answers to "what can I say?" come from
the grammars themselves."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    wrong: bool
    """A mistake; False: a remark."""
    problem: Problem

    def __str__(self) -> str:
        return f"{'mistake' if self.wrong else 'remark '} {self.problem}"


def check_dialogs(root: Path, language: str, model: Path | None = None) -> list[Finding]:
    """Everything about ``root/<language>`` that a translator should know.

    Args:
        root: the folder ``dialogs``.
        language: a folder in it.
        model: a Vosk model of this language; None: the vocabulary is not compared.

    Raises:
        EngineError: the model cannot be loaded.
    """
    folder = root / language
    try:
        script = load_script(folder)
        load_teaching(script)
        spoken = load_setup(script)
        load_words(folder)
        load_card(script)
    except ScriptError as error:
        return [Finding(wrong=True, problem=problem) for problem in error.problems]
    reference = load_script(root / REFERENCE)
    found = [*_titles(root, script), *_alike(script), *_swallowed(script), *_long(script)]
    if language != REFERENCE:
        found += [*_questions(script, reference), *_stretches(script, reference), *_lines(script, reference), *_alone(script, reference), *_setup(script, spoken, load_setup(reference))]
    if model is not None:
        found += _vocabulary(script, model)
    return found


def _mistake(script: Script, file: str, key: str, what: str, fix: str) -> Finding:
    return Finding(wrong=True, problem=_problem(script, file, key, what, fix))


def _remark(script: Script, file: str, key: str, what: str, fix: str) -> Finding:
    return Finding(wrong=False, problem=_problem(script, file, key, what, fix))


def _problem(script: Script, file: str, key: str, what: str, fix: str) -> Problem:
    source = DataFile(script.folder / file)
    loc: list[str | int] = ["lines", key] if file in {"lines.yaml", "setup.yaml", "alone.yaml"} else [*key.split(".")] if file == "phrases.yaml" else [key]
    return Problem(script.folder / file, source.line(loc), key, what, fix)


# --- against the reference --------------------------------------------------------------------------------------


def _titles(root: Path, script: Script) -> Iterator[Finding]:
    language = script.language.language
    for path in sorted((root / "programs").glob("*.yaml")):
        source, problems = DataFile(path), list[Problem]()
        program = source.parse(Program, problems)
        if program is not None and not {language, ANY_LANGUAGE} & program.title.keys():
            yield Finding(wrong=True, problem=source.problem(["title"], f"there is no title in '{language}'", "add one, it is spoken in the welcome"))


def _questions(script: Script, reference: Script) -> Iterator[Finding]:
    ours, theirs = ({q.id: q for q in s.questions} for s in (script, reference))
    if list(ours) != list(theirs):
        differ = ", ".join(sorted(set(ours) ^ set(theirs))) or "their order"
        yield _mistake(script, "screening.yaml", "questions", f"the questions are not those of '{REFERENCE}' ({differ})", "ask the same ones in the same order")
    for name in ours.keys() & theirs.keys():
        if ours[name].steady is not theirs[name].steady or ours[name].emergency is not theirs[name].emergency or bool(ours[name].follow_up) is not bool(theirs[name].follow_up):
            yield _mistake(script, "screening.yaml", "questions", f"the question '{name}' leads elsewhere than in '{REFERENCE}'",
                           "give it the same 'emergency', 'steady' and 'follow_up'")


def _stretches(script: Script, reference: Script) -> Iterator[Finding]:
    for name in sorted(script.stretches.keys() ^ reference.stretches.keys()):
        yield _mistake(script, "language.yaml", "language", f"the stretch '{name}' is in one of the languages only", "add or remove its file in stretches/")
    for name in sorted(script.stretches.keys() & reference.stretches.keys()):
        ours, theirs = script.stretches[name], reference.stretches[name]
        if ours.sides is not theirs.sides or ours.places != theirs.places:
            yield _mistake(script, f"stretches/{name}.yaml", "places", f"its sides or places are not those of '{REFERENCE}'", "copy 'sides' and 'places'")
        if ours.alone is not theirs.alone:
            yield _mistake(script, f"stretches/{name}.yaml", "alone", f"in '{REFERENCE}' it is for other people", "copy 'alone'")
    if list(script.conditions) != list(reference.conditions):
        differ = ", ".join(sorted(set(script.conditions) ^ set(reference.conditions))) or "their order"
        yield _mistake(script, "conditions.yaml", "questions", f"the questions are not those of '{REFERENCE}' ({differ})", "ask the same ones in the same order")


def _lines(script: Script, reference: Script) -> Iterator[Finding]:
    for key in sorted(script.lines.keys() & reference.lines.keys()):
        ours, theirs = script.lines[key], reference.lines[key]
        if (used := _placeholders(ours)) != (wanted := _placeholders(theirs)):
            shown = ", ".join(f"{{{name}}}" for name in sorted(used ^ wanted))
            yield _mistake(script, _file(key), _key(key), f"the placeholders are not those of '{REFERENCE}' ({shown})", "use the same ones")
        if ours.to is not theirs.to:
            yield _mistake(script, _file(key), _key(key), f"the line is for the {ours.to.value}, in '{REFERENCE}' for the {theirs.to.value}", "correct 'to'")
        guilty = (ours.mentions & RELEASE) - theirs.mentions
        if guilty and not (guilty == {Intent.PAIN} and key.startswith("question.")):
            yield _mistake(script, _file(key), _key(key), f"the coach would say a phrase of '{min(i.value for i in guilty)}' and hear it himself", "use other words")
        yield from _offers(script, reference, key)


def _alone(script: Script, reference: Script) -> Iterator[Finding]:
    """For one person alone: whatever says something else in the reference does so here, and it is as safe; more may."""
    for key in sorted(reference.alone.keys() - script.alone.keys()):
        yield _mistake(script, "alone.yaml", key, f"the line '{key}' is missing, and '{REFERENCE}' says it otherwise to one person", "add it")
    theirs = {key: reference.alone.get(key) or uncalled(reference.lines[key]) for key in script.alone.keys() & reference.lines.keys()}
    ours = {key: script.alone[key] for key in theirs}  # what is no line there at all was named before
    for finding in _lines(replace(script, lines=ours), replace(reference, lines=theirs)):
        wrong = finding.problem
        place = "screening.yaml" if wrong.file.name == "screening.yaml" else "alone.yaml"
        yield Finding(finding.wrong, _problem(script, place, wrong.key, wrong.what, wrong.fix) if place == "alone.yaml" else wrong)


def _setup(script: Script, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Finding]:
    """The set-up never listens while it speaks, so only the placeholders have to agree."""
    for key in theirs:
        used, wanted = ({name for _, name, _, _ in Formatter().parse(lines[key]) if name} for lines in (ours, theirs))
        if used != wanted:
            shown = ", ".join(f"{{{name}}}" for name in sorted(used ^ wanted))
            yield _mistake(script, "setup.yaml", key, f"the placeholders are not those of '{REFERENCE}' ({shown})", "use the same ones")


def _offers(script: Script, reference: Script, key: str) -> Iterator[Finding]:
    """A line that tells people what to say has to offer, in words that are understood, what the reference offers."""
    name = TOLD.get(key)
    if name is None:
        return
    understood = {phrase.intent for phrase in reference.grammars[name].phrases}
    # "Wait" is a phrase of "pause" in English, and stands in lines that offer no pause.
    offered = reference.lines[key].mentions & understood - (set() if "pause" in reference.lines[key].texts[0] else {Intent.PAUSE})
    missing = offered - script.lines[key].mentions
    for intent in sorted(missing, key=lambda intent: intent.value):
        yield _mistake(script, "lines.yaml", key, f"it names no phrase of '{intent.value}' as a word of its own, as '{REFERENCE}' does", "write one of its phrases, between commas")


def _placeholders(line: Line) -> set[str]:
    return {name for text in line.texts for _, name, _, _ in Formatter().parse(text) if name}


def _file(key: str) -> str:
    group = key.partition(".")[0]
    files = {"question": "screening.yaml", "condition": "conditions.yaml"}
    return "lines.yaml" if key in LINES else files.get(group) or f"stretches/{group}.yaml"


def _key(key: str) -> str:
    return key if _file(key) == "lines.yaml" else "questions" if key.startswith(("question.", "condition.")) else key.partition(".")[2]


# --- against the ear --------------------------------------------------------------------------------------------


def _alike(script: Script) -> Iterator[Finding]:
    """Phrases of different intents in one grammar that hardly differ."""
    seen: set[frozenset[str]] = set()
    for grammar in script.grammars.values():
        for a, b in combinations(grammar.phrases, 2):
            pair = frozenset((a.text, b.text))
            if (a.intent, a.slot) == (b.intent, b.slot) or pair in seen or not sounds_alike(a.text, b.text):
                continue
            seen.add(pair)
            loading = next((p for p in (a, b) if p.intent in LOADING), None)
            what = f"'{a.text}' ({a.intent.value}) and '{b.text}' ({b.intent.value}) sound alike"
            make = _mistake if loading else _remark
            yield make(script, "phrases.yaml", f"intents.{(loading or a).intent.value}", what, "reword one of them")


def _swallowed(script: Script) -> Iterator[Finding]:
    """Phrases that hold one of another intent: whoever says the long one is heard to say the short one first."""
    seen: set[tuple[str, str]] = set()
    for grammar in script.grammars.values():
        for long, short in _inside(grammar):
            if (long.text, short.text) in seen or (long.intent, long.slot) == (short.intent, short.slot):
                continue
            seen.add((long.text, short.text))
            what = f"'{long.text}' ({long.intent.value}) holds '{short.text}' ({short.intent.value})"
            if short.intent in RELEASE and long.intent not in RELEASE:
                yield _mistake(script, "phrases.yaml", f"intents.{long.intent.value}", f"{what}, which is obeyed at once", "reword the long one")
            elif short.intent in LOADING:
                yield _remark(script, "phrases.yaml", f"intents.{long.intent.value}", what, "make sure that the whole is always heard")


def _inside(grammar: Grammar) -> Iterator[tuple[Phrase, Phrase]]:
    for long in grammar.phrases:
        for short in grammar.phrases:
            if long is not short and f" {short.text} " in f" {long.text} ":
                yield long, short


def _vocabulary(script: Script, model_folder: Path) -> list[Finding]:
    from voicecoach.engines.vosk import UNKNOWN, knows, load_model, unknown_words  # noqa: PLC0415 - vosk loads its native library

    model = load_model(model_folder)
    phrases = {phrase for grammar in script.grammars.values() for phrase in grammar.phrases}
    missing = {phrase: words for phrase in phrases if (words := unknown_words(phrase, model))}
    meanings = {(phrase.intent, phrase.slot) for phrase in phrases - missing.keys()}
    found = []
    for phrase, words in sorted(missing.items(), key=lambda item: (item[0].intent.value, item[0].text)):
        what = f"'{phrase.text}' cannot be heard: {model_folder.name} does not know {', '.join(words)}"
        make = _remark if (phrase.intent, phrase.slot) in meanings else _mistake
        found.append(make(script, "phrases.yaml", f"intents.{phrase.intent.value}", what, "add a spelling of words that it knows, or reword it"))
    if not knows(model, UNKNOWN) and not any(grammar.decoys for grammar in script.grammars.values()):
        found.append(_mistake(script, "phrases.yaml", "decoys", f"{model_folder.name} has no word for other words, so nothing it hears is certain",
                              "list decoys: see docs/translating.md"))
    if not knows(model, UNKNOWN) and not script.language.read_back:
        found.append(_mistake(script, "language.yaml", "language", f'{model_folder.name} has no word for other words, so a "no" may be anything',
                              "set 'read_back: true'"))
    return found


# --- against the clock ------------------------------------------------------------------------------------------


def _long(script: Script) -> Iterator[Finding]:
    for line in (*script.lines.values(), *script.alone.values()):
        longest = max(spoken_seconds(script, text) for text in _with_choices(script, line))
        if longest > LONGEST:
            yield _mistake(script, _file(line.key), _key(line.key), f"'{line.key}' lasts about {longest:.0f} seconds", f"say it in {LONGEST:g}")


def _with_choices(script: Script, line: Line) -> Iterator[str]:
    """The wordings of `line`, with all that {choices} may stand for."""
    for text in line.texts:
        lists = [listed(page, script.language) for grammar in script.grammars.values() for page in pages(grammar)] if "{choices}" in text else [""]
        yield from (text.replace("{choices}", choices) for choices in lists)


def spoken_seconds(script: Script, text: str) -> float:
    """How long the language's voice speaks `text`, about: counted in syllables, with a pause after each sentence."""
    used = {name for _, name, _, _ in Formatter().parse(text) if name}
    people = names(script) | {"name": "Alexandra", "number": max((p.text for p in script.grammars["who"].phrases if p.intent is Intent.PERSON), key=len)}
    values: dict[str, str | int] = {name: people.get(name) or LONGEST_NUMBER for name in used}
    values |= {name: max(script.language.sides.values(), key=len) for name in used & {"side"}}
    values |= {name: max((s.name for s in script.stretches.values()), key=len) for name in used & {"stretch", "program"}}
    spoken = script.speak(text, **values)
    return syllables(spoken) * SYLLABLE * 150 / script.language.words_per_minute + 0.3 * len(re.findall(r"[.?!]", spoken))


def syllables(text: str) -> int:
    """About as many as a voice speaks: Hangul blocks, and groups of vowels."""
    plain = normal(text)
    latin = "".join(c for c in unicodedata.normalize("NFD", plain) if c.isascii())
    return len(re.findall("[\uac00-\ud7a3]", plain)) + len(re.findall(r"[aeiouy]+", latin))
