"""Phrases: words to intents and back, and every contradiction in ``phrases.yaml`` as a problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline import DIALOGS, SCRIPT

from voicecoach.errors import Problem
from voicecoach.language.intents import mentions, normal, read_phrases, understand
from voicecoach.vocabulary import Intent

GOOD = """\
intents:
  stop: [stop, let go]
  ease:
    - {say: ease off, spellings: ["he's off", is off]}
    - too much
  pain: [that hurts]
  more: [a bit more]
  ready: [ready]
  continue: [continue]
  warm:
    - we are warm
  good:
    - fine
  "yes":
    - "yes"
    - yeah
  "no": ["no"]
  unsure: [maybe]
  place:
    - {say: hip, slot: hip}
    - {say: knee, slot: knee}
    - {say: down my leg, slot: radiating}
  person:
    - {say: number one, slot: "1"}
    - {say: number two, slot: "2"}
    - {say: number three, slot: "3"}
    - {say: number four, slot: "4"}
    - {say: number five, slot: "5"}
    - {say: number six, slot: "6"}
    - {say: somebody else, slot: other}
  swap: [change places]
  go-back: [go back]
  next: [next]
  skip: [skip]
  pause:
    - take a break
  finish: [finish]
  repeat: [repeat]
  help: [help]
  how-long: [how long]
  why: [why]
  muscles: [which muscles]
  progress: [how am i doing]
  where: [where should i feel it]
  normal: [is this normal]
  other-side: [wrong side]
  meant-yes: [i meant yes]
  meant-no: [i meant no]
  slower: [slower]
  faster: [faster]
  louder: [louder]
  quieter: [quieter]
grammars:
  who: [stop, person]
  name: [stop, skip]
  turn: [stop, pain, swap, "yes", "no"]
  screening: [stop, "yes", "no", unsure, go-back]
  warm-up: [stop, warm]
  confirm: [stop, "yes", "no", unsure]
  position: [stop, pain, ready]
  stretch: [stop, ease, pain, more, good, "yes", "no"]
  hold: [stop, ease, pain, more, good, "yes", "no"]
  check-in: [stop, pain, ease, "yes", "no", unsure]
  place: [stop, pain, place, unsure]
  place-check: [stop, pain, place, unsure, "yes", "no"]
  rest: [stop, pain]
  dose: [stop, pain, ease, "yes", "no", unsure]
  released: [stop, pain, continue, finish]
  paused: [stop, pain, continue, finish]
  cool-down: [stop, pain]
"""
"""The least that a language needs."""
HOLD = SCRIPT.grammars["hold"]


@pytest.mark.parametrize(("words", "intent"), [
    ("stop", Intent.STOP), ("STOP!", Intent.STOP), ("  Stop . ", Intent.STOP), ("Let go!!", Intent.STOP), ("That\N{RIGHT SINGLE QUOTATION MARK}s good.", Intent.GOOD),
    ("he's off", Intent.EASE), ("Ease off", Intent.EASE), ("a bit more", Intent.MORE), ("no more", Intent.STOP), ("no", Intent.NO),
])
def test_words_are_understood_in_any_case_and_with_any_punctuation(words: str, intent: Intent) -> None:
    phrase = understand(words, HOLD)
    assert phrase is not None
    assert phrase.intent is intent


@pytest.mark.parametrize("words", ["", "!", "stop it now", "continue", "morexx", "don't stop"])
def test_anything_else_is_no_phrase(words: str) -> None:
    assert understand(words, HOLD) is None


@given(st.text())
def test_any_text_can_be_read(words: str) -> None:
    understand(words, HOLD)
    assert normal(normal(words)) == normal(words)


@pytest.mark.parametrize("grammar", SCRIPT.grammars.values(), ids=lambda grammar: grammar.name)
def test_every_phrase_of_a_grammar_is_understood_in_it(grammar: object) -> None:
    for phrase in grammar.phrases:
        for words in (phrase.text, *phrase.spellings):
            found = understand(words, grammar)
            assert found is not None
            assert (found.intent, found.slot) == (phrase.intent, phrase.slot)


def test_a_line_mentions_whole_phrases_only_and_no_placeholder() -> None:
    book = read_phrases(DIALOGS / "en/phrases.yaml", [])
    assert book is not None
    assert mentions(book, "Either of you may say Stop, at any time.") == {Intent.STOP}
    assert mentions(book, "Nonstop, moreover, {stop}.") == frozenset()
    assert Intent.MORE in mentions(book, "Five more seconds.")


def found(tmp_path: Path, *edits: tuple[str, str]) -> list[Problem]:
    text = GOOD
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in phrases.yaml"
        text = text.replace(old, new)
    path = tmp_path / "phrases.yaml"
    path.write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    book = read_phrases(path, problems)
    assert (book is None) is bool(problems)
    lines = text.splitlines()
    for problem in problems:
        if problem.line:
            assert 1 <= problem.line <= len(lines)
    return problems


def test_neither_the_least_nor_the_shipped_file_has_a_problem(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    problems: list[Problem] = []
    assert read_phrases(DIALOGS / "en/phrases.yaml", problems)
    assert problems == []


@pytest.mark.parametrize(("edit", "key", "what", "fix"), [
    (("  warm:\n", "  wram:\n"), "intents.wram", "no such intent", "choose from"),
    (("[stop, let go]", "[stop, 'Let go!']"), "intents.stop.1", "not written plainly", "'let go'"),
    (("[\"he's off\", is off]", "[\"He's off\", is off]"), "intents.ease.0", "not written plainly", "he's off"),
    (("  hold: [stop, ", "  hold: ["), "grammars.hold", "'stop' is missing", "add it"),
    (("  hold: [stop, ", "  hold: [stop, stopp, "), "grammars.hold.1", "no intent 'stopp'", "above"),
    (("  hold: [", "  holding: ["), "grammars.holding", "never listens", "check-in"),
    (("  hold: [", "  holding: ["), "grammars", "'hold' is missing", "add it"),
    (("    - yeah\n", "    - fine\n"), "grammars.hold", "'fine' would mean both", "keep it under one"),
    (("{say: knee, slot: knee}", "{say: hip, slot: knee}"), "grammars.place", "'hip' would mean both", "keep it under one"),
    (("{say: knee, slot: knee}", "knee"), "intents.place", "'knee' has no slot", "part of the body"),
    (("  pause:\n    - take a break\n", "  pause: []\n"), "intents.pause", "at least 1 item", "correct"),
    (("  pause:\n    - take a break\n", ""), "intents", "no phrase for 'pause'", "add at least one"),
    (("{say: knee, slot: knee}", "{say: knee, slit: knee}"), "intents.place", "no such key", "did you mean 'slot'?"),
    (("[stop, let go]", "[stop, 5]"), "intents.stop.1", "(found 5)", "'key: value'"),
    (("grammars:\n", "grammers:\n"), "grammers", "no such key", "did you mean 'grammars'?"),
    (("[stop, let go]", "[stop, {say: let go, told: Let it go}]"), "intents.stop.1", "'told: Let it go' is not what is said", "'let go'"),
    (("[stop, let go]", "[stop, {spellings: [x]}]"), "intents.stop.1", "missing", "add it"),
])
def test_each_kind_of_mistake_is_found(tmp_path: Path, edit: tuple[str, str], key: str, what: str, fix: str) -> None:
    match = [p for p in found(tmp_path, edit) if p.key.startswith(key) and what in p.what and fix in p.fix]
    assert match
    assert all(problem.line for problem in match)


def test_a_language_without_a_warning_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "phrases.yaml"
    path.write_text(GOOD.replace("slot: radiating", "slot: foot"), encoding="utf-8")
    problems: list[Problem] = []
    read_phrases(path, problems)
    assert [problem.what for problem in problems] == ["no place has the slot 'radiating'"]


def test_several_mistakes_come_at_once(tmp_path: Path) -> None:
    problems = found(tmp_path, ("  hold: [stop, ", "  hold: ["), ("[stop, let go]", "[stop, 'Let go!']"), ("    - yeah\n", "    - fine\n"))
    assert len({problem.key for problem in problems}) >= 3
