"""Phrases: words to intents and back, and every contradiction in ``phrases.yaml`` as a problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline import DIALOGS, SCRIPT

from voicecoach.errors import Problem
from voicecoach.intents import mentions, normal, read_phrases, understand
from voicecoach.vocabulary import Intent

GOOD = (DIALOGS / "en/phrases.yaml").read_text(encoding="utf-8")
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


def test_the_file_as_it_is_has_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@pytest.mark.parametrize(("edit", "key", "what", "fix"), [
    (("  warm:\n", "  wram:\n"), "intents.wram", "no such intent", "choose from"),
    (("    - no more\n", "    - No more!\n"), "intents.stop.2", "not written plainly", "'no more'"),
    (("\"he's off\", is off", "\"He's off\", is off"), "intents.ease.0", "not written plainly", "\"he's off\"".strip('"')),
    (("  hold: [stop, ", "  hold: ["), "grammars.hold", "'stop' is missing", "add it"),
    (("  hold: [stop, ", "  hold: [stop, stopp, "), "grammars.hold.1", "no intent 'stopp'", "above"),
    (("  hold: [", "  holding: ["), "grammars.holding", "never listens", "check-in"),
    (("  hold: [", "  holding: ["), "grammars", "'hold' is missing", "add it"),
    (("    - yeah\n", "    - fine\n"), "grammars.hold", "'fine' would mean both", "keep it under one"),
    (("{say: knee, slot: knee}", "{say: hip, slot: knee}"), "grammars.place", "'hip' would mean both", "keep it under one"),
    (("{say: knee, slot: knee}", "knee"), "intents.place", "'knee' has no slot", "part of the body"),
    (("  pause:\n    - pause\n", "  pause: []\n  zzz:\n    - pause\n"), "intents.pause", "", ""),
    (("{say: knee, slot: knee}", "{say: knee, slit: knee}"), "intents.place", "no such key", "did you mean 'slot'?"),
    (("    - let go\n", "    - 5\n"), "intents.stop.1", "", ""),
    (("grammars:\n", "grammers:\n"), "grammers", "no such key", "did you mean 'grammars'?"),
    (("    - let go\n", "    - {spellings: [x]}\n"), "intents.stop.1", "missing", "add it"),
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
    problems = found(tmp_path, ("  hold: [stop, ", "  hold: ["), ("    - no more\n", "    - No more!\n"), ("    - yeah\n", "    - fine\n"))
    assert len({problem.key for problem in problems}) >= 3
