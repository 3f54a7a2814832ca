"""A language's dialogs against the reference's: the same questions, stretches and placeholders, and lines that are as safe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from string import Formatter
from typing import Final

from voicecoach.hearing.risk import RELEASE
from voicecoach.language.fitting import uncalled
from voicecoach.language.script import Line, Script
from voicecoach.setup.lines import load_lines as load_setup
from voicecoach.translating.findings import REFERENCE, Finding, file_of, key_in_file, mistake, problem
from voicecoach.vocabulary import Intent

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


def against_reference(script: Script, reference: Script) -> Iterator[Finding]:
    """Everything in which `script` differs from `reference` and must not.

    Raises:
        ScriptError: the words of the set-up cannot be read in one of the two.
    """
    yield from _questions(script, reference)
    yield from _stretches(script, reference)
    yield from _lines(script, reference)
    yield from _alone(script, reference)
    yield from _setup(script, load_setup(script), load_setup(reference))


def _questions(script: Script, reference: Script) -> Iterator[Finding]:
    ours, theirs = ({q.id: q for q in s.questions} for s in (script, reference))
    if list(ours) != list(theirs):
        differ = ", ".join(sorted(set(ours) ^ set(theirs))) or "their order"
        yield mistake(script, "screening.yaml", "questions", f"the questions are not those of '{REFERENCE}' ({differ})", "ask the same ones in the same order")
    for name in ours.keys() & theirs.keys():
        if ours[name].steady is not theirs[name].steady or ours[name].emergency is not theirs[name].emergency or bool(ours[name].follow_up) is not bool(theirs[name].follow_up):
            yield mistake(script, "screening.yaml", "questions", f"the question '{name}' leads elsewhere than in '{REFERENCE}'",
                           "give it the same 'emergency', 'steady' and 'follow_up'")


def _stretches(script: Script, reference: Script) -> Iterator[Finding]:
    for name in sorted(script.stretches.keys() ^ reference.stretches.keys()):
        yield mistake(script, "language.yaml", "language", f"the stretch '{name}' is in one of the languages only", "add or remove its file in stretches/")
    for name in sorted(script.stretches.keys() & reference.stretches.keys()):
        ours, theirs = script.stretches[name], reference.stretches[name]
        if ours.sides is not theirs.sides or ours.places != theirs.places:
            yield mistake(script, f"stretches/{name}.yaml", "places", f"its sides or places are not those of '{REFERENCE}'", "copy 'sides' and 'places'")
        if ours.alone is not theirs.alone:
            yield mistake(script, f"stretches/{name}.yaml", "alone", f"in '{REFERENCE}' it is for other people", "copy 'alone'")
    if list(script.conditions) != list(reference.conditions):
        differ = ", ".join(sorted(set(script.conditions) ^ set(reference.conditions))) or "their order"
        yield mistake(script, "conditions.yaml", "questions", f"the questions are not those of '{REFERENCE}' ({differ})", "ask the same ones in the same order")


def _lines(script: Script, reference: Script) -> Iterator[Finding]:
    for key in sorted(script.lines.keys() & reference.lines.keys()):
        ours, theirs = script.lines[key], reference.lines[key]
        if (used := _placeholders(ours)) != (wanted := _placeholders(theirs)):
            shown = ", ".join(f"{{{name}}}" for name in sorted(used ^ wanted))
            yield mistake(script, file_of(key), key_in_file(key), f"the placeholders are not those of '{REFERENCE}' ({shown})", "use the same ones")
        if ours.to is not theirs.to:
            yield mistake(script, file_of(key), key_in_file(key), f"the line is for the {ours.to.value}, in '{REFERENCE}' for the {theirs.to.value}", "correct 'to'")
        guilty = (ours.mentions & RELEASE) - theirs.mentions
        if guilty and not (guilty == {Intent.PAIN} and key.startswith("question.")):
            yield mistake(script, file_of(key), key_in_file(key), f"the coach would say a phrase of '{min(i.value for i in guilty)}' and hear it himself", "use other words")
        yield from _offers(script, reference, key)


def _alone(script: Script, reference: Script) -> Iterator[Finding]:
    """For one person alone: whatever says something else in the reference does so here, and it is as safe; more may."""
    for key in sorted(reference.alone.keys() - script.alone.keys()):
        yield mistake(script, "alone.yaml", key, f"the line '{key}' is missing, and '{REFERENCE}' says it otherwise to one person", "add it")
    theirs = {key: reference.alone.get(key) or uncalled(reference.lines[key]) for key in script.alone.keys() & reference.lines.keys()}
    ours = {key: script.alone[key] for key in theirs}  # what is no line there at all was named before
    for finding in _lines(replace(script, lines=ours), replace(reference, lines=theirs)):
        wrong = finding.problem
        place = "screening.yaml" if wrong.file.name == "screening.yaml" else "alone.yaml"
        yield Finding(finding.wrong, problem(script, place, wrong.key, wrong.what, wrong.fix) if place == "alone.yaml" else wrong)


def _setup(script: Script, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Finding]:
    """The set-up never listens while it speaks, so only the placeholders have to agree."""
    for key in theirs:
        used, wanted = ({name for _, name, _, _ in Formatter().parse(lines[key]) if name} for lines in (ours, theirs))
        if used != wanted:
            shown = ", ".join(f"{{{name}}}" for name in sorted(used ^ wanted))
            yield mistake(script, "setup.yaml", key, f"the placeholders are not those of '{REFERENCE}' ({shown})", "use the same ones")


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
        yield mistake(script, "lines.yaml", key, f"it names no phrase of '{intent.value}' as a word of its own, as '{REFERENCE}' does", "write one of its phrases, between commas")


def _placeholders(line: Line) -> set[str]:
    return {name for text in line.texts for _, name, _, _ in Formatter().parse(text) if name}
