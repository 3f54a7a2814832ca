"""The dialog data: what a good folder gives, and every kind of mistake in a copy of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from timeline import DIALOGS, SCRIPT, SHORT

from voicecoach.errors import ConfigError, Problem, ScriptError
from voicecoach.language.line_keys import SAFETY
from voicecoach.language.loader import load_program, load_script, named_file
from voicecoach.language.script import names
from voicecoach.vocabulary import Intent, Party

Edit = Callable[[str, str, str], None]


@pytest.fixture
def dialogs(tmp_path: Path) -> Path:
    """A copy to spoil."""
    shutil.copytree(DIALOGS, tmp_path / "dialogs")
    return tmp_path / "dialogs"


def spoil(path: Path, old: str, new: str) -> int:
    """Replace the one place of `old`; the line at which the new text begins."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ScriptError) as caught:
        load_script(folder)
    text = str(caught.value)
    assert len(text.splitlines()) == len(caught.value.problems), "one sentence each"
    return caught.value.problems


class TestAGoodScript:
    def test_every_line_is_there_with_its_addressee(self) -> None:
        assert SCRIPT.line("safety.stop").to is Party.PARTNER
        assert SCRIPT.line("hold.ask").to is Party.CLIENT
        assert SCRIPT.line("knees-to-chest.approach_partner").to is Party.PARTNER
        assert SCRIPT.line("screen.welcome").to is Party.BOTH

    def test_a_line_knows_the_words_it_contains(self) -> None:
        assert Intent.STOP in SCRIPT.line("rule.stop").mentions
        assert Intent.MORE in SCRIPT.line("hold.last").mentions

    def test_numbers_are_spoken_as_words_and_sentences_begin_with_a_capital(self) -> None:
        assert SCRIPT.speak("{seconds}. {client}, stay.", seconds=25, client="you") == "Twenty-five seconds. You, stay."

    def test_safety_lines_can_be_rendered_before_the_session(self) -> None:
        texts = list(SCRIPT.safety_texts(names(SCRIPT, "Anna", "Ben")))
        assert len(texts) >= len(SAFETY)
        assert all(text.startswith("Ben, ") for text in texts)

    def test_names_fall_back_to_the_roles(self) -> None:
        assert names(SCRIPT, client="Anna") == {"client": "Anna", "partner": SCRIPT.language.roles["partner"]}

    def test_loading_twice_gives_the_same(self, dialogs: Path) -> None:
        assert load_script(dialogs / "en") == SCRIPT


LINES, LANGUAGE, SCREENING, STRETCH = "en/lines.yaml", "en/language.yaml", "en/screening.yaml", "en/stretches/spinal-twist.yaml"

MISTAKES = [
    # lines.yaml
    (LINES, "  hold.half:", "  hold.hlaf:", "lines.hold.hlaf", "never says", "did you mean 'hold.half'"),
    (LINES, "  safety.stop: {", "  safety.xstop: {", "lines", "'safety.stop' is missing", "add it"),
    (LINES, "We hold for {seconds}.", "We hold for {second}.", "lines.hold.begin", "'{second}'", "{seconds}"),
    (LINES, "We hold for {seconds}.", "We hold for {seconds.", "lines.hold.begin", "brace", "{name}"),
    (LINES, "We hold for {seconds}.", "We hold for {seconds:d}.", "lines.hold.begin", "format", "only {seconds}"),
    (LINES, "We hold for {seconds}.", "We hold for {seconds!r}.", "lines.hold.begin", "format", "only {seconds}"),
    (LINES, "We hold for {seconds}.", "We hold for {}.", "lines.hold.begin", "'{}'", "{seconds}"),
    (LINES, "We hold for {seconds}.", "We hold for {client.x}.", "lines.hold.begin", "'{client.x}'", "{client}"),
    (LINES, "{client}, is there a gentle stretch?", "Is there a gentle stretch?", "lines.approach.ask", "does not begin with the name", "{client}"),
    (LINES, "{client}, all well?", "All well, {client}?", "lines.hold.ask", "does not begin with the name", "{client}"),
    (LINES, '{to: partner, say: "{partner}, release now. Ease', '{to: parrot, say: "{partner}, release now. Ease', "lines.safety.stop.to", "'client', 'partner' or 'both'", ""),
    (LINES, 'say: "{partner}, release slowly, and put the legs down."}', 'say: ["{partner}, release slowly.", "{partner}, release."]}', "lines.safety.pause",
     "several wordings", "choose one"),
    (LINES, '  hold.half: "Half-way."', "  hold.half: 5", "lines.hold.half", "", "'key: value'"),
    (LINES, '  hold.half: "Half-way."', "  hold.half: []", "lines.hold.half", "", ""),
    (LINES, '  hold.half: "Half-way."', '  hold.half: ""', "lines.hold.half", "", ""),
    (LINES, '  hold.half: "Half-way."', "  hold.half:", "lines.hold.half", "nothing here", ""),
    (LINES, '  hold.half: "Half-way."', '  hold.half: "Half-way."\n  hold.half: "Half."', "", "duplicate", "remove one"),
    # language.yaml
    (LANGUAGE, "language: en", "language: de", "language", "the folder is called 'en'", "same name"),
    (LANGUAGE, "words_per_minute: 150", "words_per_minute: fast", "words_per_minute", "(found 'fast')", "whole number"),
    (LANGUAGE, "words_per_minute: 150", "words_per_minute: 900", "words_per_minute", "300", ""),
    (LANGUAGE, "  partner: partner", "  patner: partner", "roles.patner", "'client' or 'partner'", ""),
    # screening.yaml
    (SCREENING, "    help: I mean today, also if it comes and goes.\n", "", "questions.3.help", "missing", "add it"),
    (SCREENING, "    because: Pain in the chest", "    becuase: Pain in the chest", "questions.3.becuase", "no such key", "did you mean 'because'?"),
    (SCREENING, "id: bladder-bowel\n    emergency: true", "id: bladder-bowel\n    emergency: yes", "questions.1.emergency", "(found 'yes')", "true or false"),
    (SCREENING, "id: bladder-bowel", "id: saddle-numbness", "questions.1.id", "stands twice", "own id"),
    (SCREENING, "Do you have chest pain,", "Do you have chest pain, {stretch},", "questions.3.ask", "'{stretch}'", "{client}"),
    # a stretch
    (STRETCH, "sides: true", "sides: both", "sides", "(found 'both')", "true or false"),
    (STRETCH, "sides: true", "sides: false", "approach_partner", "'{side}'", "{client}"),
    (STRETCH, "places: [lower-back,", "places: [upper-back,", "places.0", "'upper-back'", "choose from"),
    (STRETCH, 'let_down: "{partner}, bring', 'let_down: "bring', "let_down", "does not begin with the name", "{partner}"),
    (STRETCH, "muscles: This", "mucsles: This", "mucsles", "no such key", "did you mean 'muscles'?"),
]


@pytest.mark.parametrize(("file", "old", "new", "key", "what", "fix"), MISTAKES)
def test_each_kind_of_mistake_is_told_with_file_line_key_and_fix(
    dialogs: Path, file: str, old: str, new: str, key: str, what: str, fix: str) -> None:
    line = spoil(dialogs / file, old, new)
    matching = [p for p in problems(dialogs / "en") if p.file == dialogs / file and p.key.startswith(key) and what in p.what and fix in p.fix]
    assert matching, problems(dialogs / "en")
    assert all(problem.line for problem in matching)
    if file == LINES and "missing" not in what:
        assert min(abs(problem.line - line) for problem in matching) <= 2


def test_mistakes_in_several_files_come_all_at_once(dialogs: Path) -> None:
    spoil(dialogs / LINES, "  hold.half:", "  hold.hlaf:")
    spoil(dialogs / LANGUAGE, "words_per_minute: 150", "words_per_minute: fast")
    spoil(dialogs / SCREENING, "id: bladder-bowel\n    emergency: true", "id: bladder-bowel\n    emergency: yes")
    spoil(dialogs / STRETCH, "sides: true", "sides: both")
    spoil(dialogs / "en/phrases.yaml", "  hold: [stop, ", "  hold: [")
    found = problems(dialogs / "en")
    assert {problem.file.name for problem in found} == {"lines.yaml", "language.yaml", "screening.yaml", "spinal-twist.yaml", "phrases.yaml"}


@pytest.mark.parametrize("name", ["lines.yaml", "language.yaml", "screening.yaml", "phrases.yaml"])
def test_a_missing_file_is_named(dialogs: Path, name: str) -> None:
    (dialogs / "en" / name).unlink()
    assert [problem.file.name for problem in problems(dialogs / "en") if "cannot be read" in problem.what] == [name]


def test_a_folder_without_stretches_and_one_that_does_not_exist(dialogs: Path) -> None:
    shutil.rmtree(dialogs / "en/stretches")
    assert any("no stretch" in problem.what for problem in problems(dialogs / "en"))
    assert all(problem.fix for problem in problems(dialogs / "nowhere"))


class TestPrograms:
    @pytest.mark.parametrize(("old", "new", "key", "what", "fix"), [
        ("stretch: knees-to-chest", "stretch: knee-to-chest", "stretches.0.stretch", "no stretch 'knee-to-chest'", "knees-to-chest"),
        ("hold_seconds: 20", "hold_seconds: 60", "stretches.0.hold_seconds", "30 (found 60)", "correct"),
        ("repetitions: 2", "repetitions: 0", "stretches.0.repetitions", "1 (found 0)", "correct"),
        ("repetitions: 2", "repetitions: 4", "stretches.0.repetitions", "repetition_limit, 3 (found 4)", "correct"),
        ("warm_up_minutes: 5", "warm_up_minutes: 0", "warm_up_minutes", "5 (found 0)", "correct"),
        ("warm_up_minutes: 5", "warm_up_minutes: 5.5", "warm_up_minutes", "(found 5.5)", "whole number"),
        ("deepen_limit: 2", "deepen_limit: 9", "deepen_limit", "3 (found 9)", "correct"),
        ("  en: one", "  xx: one", "title", "no title in 'en'", "add one"),
        ("rest_seconds: 8\n", "", "rest_seconds", "missing", "add it"),
    ])
    def test_each_kind_of_mistake(self, dialogs: Path, old: str, new: str, key: str, what: str, fix: str) -> None:
        path = dialogs / "programs/one-stretch.yaml"
        spoil(path, old, new)
        with pytest.raises(ScriptError) as caught:
            load_program(path, SCRIPT)
        (problem,) = caught.value.problems
        assert problem.key == key
        assert what in problem.what
        assert fix in problem.fix
        assert problem.line

    def test_every_program_that_is_shipped_loads(self) -> None:
        for path in (DIALOGS / "programs").glob("*.yaml"):
            assert load_program(path, SCRIPT).stretches

    def test_a_program_is_found_by_name_or_by_path(self, tmp_path: Path) -> None:
        folder = DIALOGS / "programs"
        assert named_file(folder, "one-stretch", "program") == folder / "one-stretch.yaml"
        own = tmp_path / "mine.yaml"
        shutil.copy(folder / "one-stretch.yaml", own)
        assert load_program(named_file(folder, str(own), "program"), SCRIPT) == SHORT

    def test_an_unknown_name_is_answered_with_the_known_ones(self) -> None:
        with pytest.raises(ConfigError, match="lower-back, one-stretch"):
            named_file(DIALOGS / "programs", "upper-back", "program")
