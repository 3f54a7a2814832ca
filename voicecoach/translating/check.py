"""``voicecoach dialog check``: a language's dialogs against the reference's, and against what a recogniser can tell apart.

A mistake is what a session could fail on or be unsafe with; a remark is for a translator to think about. What the loader
refuses (a missing line, a missing phrase, an unknown placeholder) is a mistake as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from voicecoach.core.choices import listed, pages
from voicecoach.errors import Problem, ScriptError
from voicecoach.hearing.alike import sounds_alike
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.datafile import DataFile
from voicecoach.language.duration import LONGEST, spoken_seconds
from voicecoach.language.intents import within
from voicecoach.language.loader import load_script
from voicecoach.language.program import ANY_LANGUAGE, Program
from voicecoach.language.script import Line, Script
from voicecoach.setup.lines import load_lines as load_setup
from voicecoach.teaching.lesson import load_teaching
from voicecoach.translating.findings import REFERENCE, Finding, file_of, key_in_file, mistake, remark
from voicecoach.translating.reference import against_reference
from voicecoach.view.card import load_card
from voicecoach.view.display import load_words


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
        load_setup(script)
        load_words(folder)
        load_card(script)
    except ScriptError as error:
        return [Finding(wrong=True, problem=problem) for problem in error.problems]
    reference = load_script(root / REFERENCE)
    found = [*_titles(root, script), *_alike(script), *_swallowed(script), *_long(script)]
    if language != REFERENCE:
        found += against_reference(script, reference)
    if model is not None:
        found += _vocabulary(script, model)
    return found


def _titles(root: Path, script: Script) -> Iterator[Finding]:
    language = script.language.language
    for path in sorted((root / "programs").glob("*.yaml")):
        source, problems = DataFile(path), list[Problem]()
        program = source.parse(Program, problems)
        if program is not None and not {language, ANY_LANGUAGE} & program.title.keys():
            yield Finding(wrong=True, problem=source.problem(["title"], f"there is no title in '{language}'", "add one, it is spoken in the welcome"))


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
            make = mistake if loading else remark
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
                yield mistake(script, "phrases.yaml", f"intents.{long.intent.value}", f"{what}, which is obeyed at once", "reword the long one")
            elif short.intent in LOADING:
                yield remark(script, "phrases.yaml", f"intents.{long.intent.value}", what, "make sure that the whole is always heard")


def _inside(grammar: Grammar) -> Iterator[tuple[Phrase, Phrase]]:
    for long in grammar.phrases:
        for short in grammar.phrases:
            if long is not short and within(short.text, long.text):
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
        make = remark if (phrase.intent, phrase.slot) in meanings else mistake
        found.append(make(script, "phrases.yaml", f"intents.{phrase.intent.value}", what, "add a spelling of words that it knows, or reword it"))
    if not knows(model, UNKNOWN) and not any(grammar.decoys for grammar in script.grammars.values()):
        found.append(mistake(script, "phrases.yaml", "decoys", f"{model_folder.name} has no word for other words, so nothing it hears is certain",
                              "list decoys: see docs/translating.md"))
    if not knows(model, UNKNOWN) and not script.language.read_back:
        found.append(mistake(script, "language.yaml", "language", f'{model_folder.name} has no word for other words, so a "no" may be anything',
                              "set 'read_back: true'"))
    return found


# --- against the clock ------------------------------------------------------------------------------------------


def _long(script: Script) -> Iterator[Finding]:
    for line in (*script.lines.values(), *script.alone.values()):
        longest = max(spoken_seconds(script, text) for text in _with_choices(script, line))
        if longest > LONGEST:
            yield mistake(script, file_of(line.key), key_in_file(line.key), f"'{line.key}' lasts about {longest:.0f} seconds", f"say it in {LONGEST:g}")


def _with_choices(script: Script, line: Line) -> Iterator[str]:
    """The wordings of `line`, with all that {choices} may stand for."""
    for text in line.texts:
        lists = [listed(page, script.language) for grammar in script.grammars.values() for page in pages(grammar)] if "{choices}" in text else [""]
        yield from (text.replace("{choices}", choices) for choices in lists)
