"""Programs as files: what can be written in them, what is wrong with them, and how the session follows them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from timeline import DIALOGS, SCRIPT, Timeline, keys

from voicecoach.__main__ import main
from voicecoach.core.phases import Phase
from voicecoach.core.plan import Plan
from voicecoach.core.session import Session
from voicecoach.engines.fakes import SilentVoice, TypedRecogniser
from voicecoach.errors import ConfigError, ScriptError
from voicecoach.language.duration import spoken_seconds
from voicecoach.language.fitting import fit, somebody_named
from voicecoach.language.line_keys import SAFETY
from voicecoach.language.loader import load_program, load_script
from voicecoach.language.program import Program
from voicecoach.programs.files import first_draft, new_program, program_file, programs
from voicecoach.programs.outline import Outline, outline
from voicecoach.records.journal import Journal, Recipe, read_journal, replay
from voicecoach.records.transcript import Transcript
from voicecoach.rehearsal.cast import Cast
from voicecoach.rehearsal.run import Rehearsal
from voicecoach.rehearsal.scenario import load_scenario
from voicecoach.vocabulary import Intent, Outcome

SHIPPED = sorted(path.stem for path in (DIALOGS / "programs").glob("*.yaml"))
LANGUAGES = sorted(path.parent.name for path in DIALOGS.glob("*/language.yaml"))
SOLO, GENTLE, SHORT = (load_program(DIALOGS / f"programs/{name}.yaml", SCRIPT) for name in ("solo", "gentle", "short"))
SMALLEST = """\
title: mine
warm_up_minutes: 5
rest_seconds: 10
cool_down_seconds: 30
deepen_limit: 1
stretches:
  - {stretch: knees-to-chest}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def own(folder: Path, *doses: str, rest: str = "") -> Program:
    """A program with these stretches and this at its end."""
    return load_program(write(folder, SMALLEST.partition("  -")[0] + "".join(f"  - {dose}\n" for dose in doses) + rest), SCRIPT)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


# --- what is wrong with a file ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("dose", "rest", "key", "what", "fix"), [
    ("{stretch: self-hamstring}", "", "stretches.0.stretch", "done alone", "or change 'alone'"),
    ("{stretch: knees-to-chest, sides: [left]}", "", "stretches.0.sides", "has no sides", "remove"),
    ("{stretch: hamstring, sides: [left, left]}", "", "stretches.0.sides", "one side stands twice", "[right, left]"),
    ("{stretch: hamstring, sides: [up]}", "", "stretches.0.sides.0", "'left' or 'right' (found 'up')", "correct"),
    ("{stretch: hamstring, hold_seconds: 31}", "", "stretches.0.hold_seconds", "hold_limits, 20 to 30 (found 31)", "other 'hold_limits'"),
    ("{stretch: hamstring, hold_seconds: 61}", "", "stretches.0.hold_seconds", "60 (found 61)", "correct"),
    ("{stretch: hamstring, hold_seconds: 28, build_up_seconds: 5}", "", "stretches.0.build_up_seconds", "would last 33 s", "build up less"),
    ("{stretch: hamstring, repetitions: 4}", "", "stretches.0.repetitions", "repetition_limit, 3 (found 4)", "repetition_limit"),
    ("{stretch: hamstring}", "hold_limits: [40, 30]", "hold_limits", "the least, 40", "smaller number first"),
    ("{stretch: hamstring}", "hold_limits: [20, 90]", "hold_limits.1", "60 (found 90)", "correct"),
    ("{stretch: hamstring, only_if: flor}", "", "stretches.0.only_if", "nobody asks 'flor'", "floor"),
    ("{stretch: hamstring, skip_if: pregnancy}", "", "stretches.0.skip_if", "has said no to 'pregnancy'", "remove"),
    ("{stretch: hamstring, only_if: floor, skip_if: floor}", "", "stretches.0.skip_if", "never done", "remove one"),
    ("{stretch: hamstring, only_if: bath}", "questions: [{id: bath, ask: Bath?, help: A.}]", "questions.0.because", "missing", "add"),
    ("{stretch: hamstring}", "questions: [{id: bath, ask: Bath?, help: A., because: B.}]", "questions.0.id", "no stretch depends on 'bath'", "remove"),
    ("{stretch: hamstring, only_if: disc}", "questions: [{id: disc, ask: A?, help: A., because: B.}]", "questions.0.id", "asked already", "another id"),
    ("{stretch: hamstring, only_if: b}", "questions: [{id: b, ask: {de: A?}, help: A., because: B.}]", "questions.0.ask", "no wording in 'en'", "one text"),
    ("{stretch: hamstring, cues: {client: Breathe.}}", "", "stretches.0.cues.client", "does not begin with the name", "{client}"),
    ('{stretch: hamstring, cues: {client: "{client}, don\'t stop."}}', "", "stretches.0.cues.client", "a phrase of 'stop'", "other words"),
    ('{stretch: hamstring, cues: {partner: "{partner}, a bit more."}}', "", "stretches.0.cues.partner", "a phrase of 'more'", "other words"),
    ('{stretch: hamstring, cues: {client: "{client}, {now} breathe."}}', "", "stretches.0.cues.client", "no placeholder of this line", "{side}"),
    ("{stretch: hamstring, holds: 3}", "", "stretches.0.holds", "no such key is known", "the keys known here"),
])
def test_a_mistake_is_told_with_file_line_key_and_fix(tmp_path: Path, dose: str, rest: str, key: str, what: str, fix: str) -> None:
    with pytest.raises(ScriptError) as caught:
        own(tmp_path, dose, rest=rest)
    problem = next(problem for problem in caught.value.problems if problem.key == key)
    assert problem.file.name == "mine.yaml"
    assert problem.line >= 7
    assert what in problem.what
    assert fix in problem.fix


def test_without_a_key_a_program_has_the_limits_of_the_reference(tmp_path: Path) -> None:
    program = own(tmp_path, "{stretch: hamstring}")
    assert (program.hold_limits, program.repetition_limit, program.alone) == ([20, 30], 3, False)
    assert program.title_in("ko") == "mine"


# --- the plan ---------------------------------------------------------------------------------------------------


def test_sides_come_in_the_order_of_the_file_and_holds_are_built_up(tmp_path: Path) -> None:
    plan = Plan(own(tmp_path, "{stretch: hamstring, sides: [right, left], repetitions: 3, hold_seconds: 20, build_up_seconds: 5}", "{stretch: figure-four, sides: [right]}"), SCRIPT)
    assert [(bout.side, bout.hold_seconds) for bout in plan.bouts] == [("right", 20), ("right", 25), ("right", 30), ("left", 20), ("left", 25), ("left", 30), ("right", 25), ("right", 25)]


def test_the_left_side_after_the_right_one_is_announced_as_the_other(tmp_path: Path) -> None:
    course = Timeline(own(tmp_path, "{stretch: hamstring, sides: [right, left], repetitions: 1}")).to(Phase.CHECK_IN)
    course.answer(Intent.NO)
    course.answer(Intent.NO)
    course.run(until="next.other-side")
    assert "left" in course.says[-1].text or "left" in next(say.text for say in course.says if say.key == "next.other-side")


def test_gentle_holds_are_long_built_up_and_inside_the_figures_for_older_people() -> None:
    holds = [bout.hold_seconds for bout in Plan(GENTLE, SCRIPT).bouts]
    assert (min(holds), max(holds)) == (30, 35)
    assert GENTLE.hold_limits == [30, 60]
    full = load_program(DIALOGS / "programs/lower-back.yaml", SCRIPT)
    assert GENTLE.rest_seconds > full.rest_seconds
    assert GENTLE.warm_up_minutes > full.warm_up_minutes
    assert len(GENTLE.stretches) < len(full.stretches)


# --- conditions -------------------------------------------------------------------------------------------------


def asked(program: Program, **answers: Intent) -> Timeline:
    """A session after the screening's own questions, with these answers to the conditions."""
    timeline = Timeline(program)
    for _ in SCRIPT.questions:
        timeline.answer(Intent.NO)
    while (topic := timeline.said[-1]).startswith("condition.") and topic.split(".")[1] in answers:
        timeline.answer(answers[topic.split(".")[1]])
    return timeline


def under_force(timeline: Timeline, phase: Phase) -> Timeline:
    """On to the way in, or to the hold, of the first stretch."""
    timeline.answer(Intent.READY, until="position.ready")
    timeline.quiet()
    if phase is Phase.HOLD:
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.begin")
        timeline.run(2)
    assert timeline.phase is phase
    return timeline


def done(timeline: Timeline) -> list[str]:
    """The stretches that are left, once the warm-up has begun."""
    timeline.run(until="warm-up.begin")
    return list(dict.fromkeys(bout.stretch.id for bout in timeline.session._plan.bouts))  # noqa: SLF001


def test_a_program_without_conditions_asks_none() -> None:
    assert not [key for key in asked(SHORT).said if key.startswith("condition.")]


def test_clear_answers_keep_everything_and_each_question_is_asked_once() -> None:
    timeline = asked(GENTLE, floor=Intent.YES, knees=Intent.NO, turning=Intent.NO)
    assert [key for key in timeline.said if key.startswith("condition.")] == ["condition.floor.ask", "condition.knees.ask", "condition.turning.ask"]
    assert done(timeline) == ["knees-to-chest", "spinal-twist", "hamstring"]
    assert "next.skipped" not in timeline.said


def test_the_count_in_the_beginning_includes_them() -> None:
    assert "twenty short questions" in Timeline(GENTLE).says[2].text


@pytest.mark.parametrize("answer", [Intent.YES, Intent.UNSURE])
def test_what_is_not_clearly_all_right_is_left_out_and_said(answer: Intent) -> None:
    timeline = asked(GENTLE, floor=Intent.YES, knees=Intent.NO, turning=answer)
    assert [say.text for say in timeline.says if say.key == "next.skipped"] == ["All right, we leave out knees to the side."]
    assert done(timeline) == ["knees-to-chest", "hamstring"]


def test_a_question_on_which_nothing_depends_any_more_is_not_asked() -> None:
    timeline = asked(SOLO, floor=Intent.NO, chair=Intent.YES)
    assert [key for key in timeline.said if key.startswith("condition.")] == ["condition.floor.ask", "condition.chair.ask"]
    assert done(timeline) == ["self-hamstring"]


def test_an_answer_of_the_screening_is_a_condition_too() -> None:
    timeline = Timeline(GENTLE)
    for question in SCRIPT.questions:
        if question.id == "disc":
            timeline.answer(Intent.YES)
            timeline.answer(Intent.YES)
        else:
            timeline.answer(Intent.NO)
    timeline.answer(Intent.YES)
    timeline.answer(Intent.NO)
    assert "condition.turning.ask" not in timeline.said
    assert done(timeline) == ["knees-to-chest", "hamstring"]


def test_go_back_opens_the_last_condition_again_and_before_the_first_the_screening() -> None:
    timeline = asked(GENTLE, floor=Intent.YES, knees=Intent.NO, turning=Intent.YES)
    timeline.answer(Intent.GO_BACK)
    assert timeline.said[-2:] == ["screen.going-back", "condition.turning.ask"]
    timeline.answer(Intent.GO_BACK)
    timeline.answer(Intent.GO_BACK)
    assert timeline.said[-1] == "condition.floor.ask"
    timeline.answer(Intent.GO_BACK)
    assert timeline.said[-1] == f"question.{SCRIPT.questions[-1].id}.ask"
    timeline.answer(Intent.NO)
    for answer in (Intent.YES, Intent.NO, Intent.NO):
        timeline.answer(answer)
    assert done(timeline) == ["knees-to-chest", "spinal-twist", "hamstring"]


def test_silence_answers_no_condition() -> None:
    timeline = asked(GENTLE)
    timeline.run(until="condition.floor.help")
    assert timeline.said[-2:] == ["condition.floor.help", "condition.floor.ask"]
    timeline.to_the_end()
    assert timeline.session.outcome is Outcome.UNANSWERED
    assert "next.first" not in timeline.said


def test_why_is_answered_and_the_question_comes_again() -> None:
    timeline = asked(GENTLE)
    timeline.quiet()
    assert keys(timeline.hear(Intent.WHY)) == ["condition.floor.because", "condition.floor.ask"]


def test_with_nothing_left_the_session_ends_kindly_unless_it_is_taken_back() -> None:
    timeline = asked(GENTLE, floor=Intent.NO)
    assert timeline.said[-2:] == ["screen.nothing-left", "screen.take-back"]
    timeline.answer(Intent.GO_BACK)
    timeline.answer(Intent.UNSURE)
    timeline.to_the_end()
    assert timeline.session.outcome is Outcome.FINISHED_EARLY
    assert not timeline.session.bout or timeline.phase is Phase.DONE
    assert "warm-up.begin" not in timeline.said


def test_a_break_after_the_questions_asks_the_last_one_again_and_keeps_the_answers() -> None:
    timeline = asked(GENTLE, floor=Intent.YES, knees=Intent.YES, turning=Intent.NO)
    timeline.answer(Intent.PAUSE)
    timeline.answer(Intent.CONTINUE)
    timeline.answer(Intent.YES)
    timeline.answer(Intent.NO)
    assert done(timeline) == ["spinal-twist", "hamstring"]


# --- the program's own words ------------------------------------------------------------------------------------


def test_own_questions_and_own_cues_are_spoken(tmp_path: Path) -> None:
    program = own(
        tmp_path, '{stretch: knees-to-chest, skip_if: bath, cues: {client: {en: "{client}, think of warm sand.", de: "{client}, denk an warmen Sand."}}}',
        rest="questions:\n  - {id: bath, ask: Have you come from a hot bath?, help: {en: Just now., de: Gerade.}, because: Warm muscles give way.}\n")
    timeline = asked(program, bath=Intent.NO)
    assert "Have you come from a hot bath?" in [say.text for say in timeline.says]
    under_force(timeline, Phase.HOLD)
    assert "You on the floor, think of warm sand." in [say.text for say in timeline.says]


# --- alone ------------------------------------------------------------------------------------------------------

TOGETHER = {
    "en": r"\b(partner|both|two of you|anybody|everybody)\b",
    "de": r"\b(partner\w*|beide[nr]?|ihr|euch|euer\w*|zu zweit|haltet|bleibt so|sagt|geht auf|bewegt euch|lasst|startet|prüft)\b",
    "es": r"\b(pareja|los dos puede|\w+ los dos|os|vosotros|quedaos|decid|seguid|habéis|volved|estáis|queréis|dejad)\b",
    "ko": r"두 분|둘이|도우시는|도와주시는|누우신",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_alone_no_line_speaks_to_two_people(language: str) -> None:
    script = load_script(DIALOGS / language)
    fitted = fit(script, load_program(DIALOGS / "programs/solo.yaml", script))
    with_partner = {name for name, stretch in script.stretches.items() if not stretch.alone}
    lines = {key: line for key, line in fitted.lines.items() if key.partition(".")[0] not in with_partner}
    assert somebody_named(lines) == []
    assert all(spoken_seconds(script, text) <= 9 for key in SAFETY for text in lines[key].texts)
    spoken = [(key, text) for key, line in lines.items() for text in line.texts
              if key not in {"next.other-side", "screen.read-back"} and not key.startswith("turn.")]  # nobody changes places alone
    allowed = {"de": r"beide[nr]? (Knie|Beine?|Hüften|Schultern|Händen?|Füße|Fuß)|ihr(em|e)? eigenes", "es": r"(las|los) dos (rodillas|hombros|pies|piernas|manos|caderas)", "en": r"both (knees|hands|feet|legs|shoulders|hips)"}
    bare = [(key, re.sub(allowed.get(language, "$^"), "", text, flags=re.IGNORECASE)) for key, text in spoken]
    assert [(key, text) for key, text in bare if re.search(TOGETHER[language], text, re.IGNORECASE) and not key.startswith("question.both-legs")] == []


def test_a_line_that_still_speaks_to_a_partner_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    lines = {key: line for key, line in SCRIPT.alone.items() if key != "safety.stop"}
    lacking = replace(SCRIPT, alone=lines)
    with pytest.raises(ScriptError, match=r"the line 'safety\.stop' speaks to a partner in 'en'; add it to en/alone\.yaml"):
        load_program(DIALOGS / "programs/solo.yaml", lacking)


def alone_in(phase: Phase) -> Timeline:
    timeline = asked(SOLO, floor=Intent.YES, knees=Intent.NO, turning=Intent.NO, chair=Intent.YES)
    return under_force(timeline, phase)


@pytest.mark.parametrize(("intent", "line", "phase"), [
    (Intent.STOP, "safety.stop", Phase.RELEASED), (Intent.EASE, "safety.ease", Phase.HOLD), (Intent.PAIN, "safety.pain", Phase.DONE), (Intent.PAUSE, "safety.pause", Phase.PAUSED)])
def test_alone_every_way_out_is_as_quick_and_is_worded_for_one(intent: Intent, line: str, phase: Phase) -> None:
    timeline = alone_in(Phase.HOLD)
    commands = timeline.hear(intent)
    assert keys(commands)[0] == line
    assert timeline.phase is phase
    assert timeline.says[-1 - (len(keys(commands)) - 1)].text == SCRIPT.alone[line].texts[0]


def test_alone_silence_is_asked_about_then_eased_then_let_go() -> None:
    timeline = alone_in(Phase.STRETCH)
    timeline.run(60)
    order = [key for key in timeline.said if key in {"approach.ask", "safety.ease-silent", "safety.silence"}]
    assert order == ["approach.ask", "safety.ease-silent", "safety.silence"]
    assert timeline.phase is Phase.RELEASED


def test_alone_the_way_in_is_said_once_for_each_ready_and_never_on_repeat() -> None:
    timeline = alone_in(Phase.STRETCH)
    assert timeline.said.count("self-knees-to-chest.approach_self") == 1
    timeline.quiet()
    assert "self-knees-to-chest.approach_self" not in keys(timeline.hear(Intent.REPEAT))


# --- whole sessions, and how they are drawn ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def courses() -> dict[str, Outline]:
    return {name: outline(SCRIPT, load_program(DIALOGS / f"programs/{name}.yaml", SCRIPT)) for name in SHIPPED}


def test_what_is_promised_is_shipped() -> None:
    assert {"lower-back", "short", "gentle", "solo"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_program_comes_to_its_end_with_all_its_holds(name: str, courses: dict[str, Outline]) -> None:
    course = courses[name]
    assert course.outcome is Outcome.COMPLETED
    assert course.left_out == ()
    planned = Plan(load_program(DIALOGS / f"programs/{name}.yaml", SCRIPT), SCRIPT).bouts
    assert [stage.bout for stage in course.holds] == list(planned)
    assert all(stage.seconds == pytest.approx(stage.bout.hold_seconds, abs=5) for stage in course.holds if stage.bout)


def test_the_short_program_takes_ten_minutes_after_the_questions(courses: dict[str, Outline]) -> None:
    assert 9 * 60 <= courses["short"].seconds - courses["short"].stages[0].seconds <= 11 * 60


def test_answers_change_the_course() -> None:
    course = outline(SCRIPT, SOLO, {"floor": None})
    assert course.left_out == ("knees to chest", "knees to the side", "figure four")
    assert {stage.bout.stretch.id for stage in course.holds if stage.bout} == {"self-hamstring"}


def test_show_tells_each_repetition_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["program", "show", "gentle", "--answer", "turning=yes"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^ *\d+:\d\d  knees to chest +1 of 2: 30 s +\.+-+#+\?+$", shown, re.MULTILINE)
    assert re.search(r"^ *\d+:\d\d  straight leg lift, right +2 of 2: 35 s", shown, re.MULTILINE)
    assert "Left out by these answers: knees to the side." in shown
    assert "knees to the side: only with a clear yes to 'floor' and a clear no to 'turning'" in shown
    assert max(map(len, shown.splitlines()[:14])) <= 120


def test_show_draws_an_svg_that_can_be_read_aloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "solo.svg"
    assert main(["program", "show", "solo", "--language", "ko", "--svg", str(path)]) == 0
    assert str(path) in capsys.readouterr().out
    svg = "{http://www.w3.org/2000/svg}"
    root = ET.parse(path).getroot()  # noqa: S314 - our own picture
    about = root.findtext(f"{svg}desc") or ""
    assert "혼자 하는 스트레칭" in (root.findtext(f"{svg}title") or "")
    assert "14 holds" in about
    assert "무릎 가슴으로" in about
    assert sum(rect.get("class") == "hold" for rect in root.findall(f"{svg}rect")) == 14 + 1  # and one in the legend
    assert all(float(rect.get("x", 0)) + float(rect.get("width", 0)) <= 960 for rect in root.iter(f"{svg}rect"))


@pytest.mark.parametrize("answer", ["sofa=yes", "floor=perhaps"])
def test_an_answer_to_nothing_is_refused(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["program", "show", "gentle", "--answer", answer]) != 0
    assert f"--answer {answer}" in capsys.readouterr().err


# --- files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [False, True])
def test_a_new_program_has_no_mistake_and_neither_have_its_examples(tmp_path: Path, *, alone: bool) -> None:
    text = first_draft(DIALOGS / "templates/program.yaml", "my stretch", SCRIPT, alone=alone)
    program = load_program(write(tmp_path, text), SCRIPT)
    assert program.alone is alone
    assert {dose.stretch for dose in program.stretches} == {name for name, stretch in SCRIPT.stretches.items() if stretch.alone is alone}
    used = load_program(write(tmp_path, re.sub(r"^( *)# (  ?[- ]? .*|- .*|questions:)$", r"\1\2", text.partition("warm_up_minutes")[2].join(["title: x\n" + ("alone: true\n" if alone else "") + "warm_up_minutes", ""]), flags=re.MULTILINE)), SCRIPT)
    assert len(used.stretches) == len(program.stretches) + 4
    assert [question.id for question in used.questions] == ["warm-bath"]


def test_new_check_show_and_a_second_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["program", "new", "evening", "--title", "Anna's evening"]) == 0
    path = tmp_path / "data/voicecoach/programs/evening.yaml"
    assert str(path) in capsys.readouterr().out
    assert main(["program", "check", "evening"]) == 0
    assert re.match(r"evening: no mistake; about \d+ minutes, 14 holds", capsys.readouterr().out)
    assert main(["program", "show", "evening"]) == 0
    assert capsys.readouterr().out.startswith("Anna's evening (evening), for two")
    assert main(["program", "new", "evening"]) != 0
    assert "exists already" in capsys.readouterr().err
    assert main(["program", "new", "solo"]) != 0
    assert main(["program", "new", "../up"]) != 0


def test_check_tells_every_mistake_once_with_its_line_and_looks_at_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, SMALLEST.replace("title: mine", "title: {en: mine, de: meins}").replace("{stretch: knees-to-chest}", "{stretch: hamstring, hold_seconds: 45, only_if: sofa}"))
    assert main(["program", "check", str(path), "one-stretch"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.count("hold_seconds") for line in told if "hold_limits" in line] == [1]
    assert f"mistake {path}:7: stretches.0.hold_seconds: this is outside of hold_limits, 20 to 30 (found 45); correct this value, or write other 'hold_limits'." in told
    assert "mine: 2 mistakes." in told
    assert any(line.startswith("one-stretch: no mistake; about") for line in told)


def test_check_remarks_on_what_is_unusual(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "{client}, " + "breathe slowly in and slowly out and think of something pleasant " * 7 + "."
    path = write(tmp_path, SMALLEST.replace("{stretch: knees-to-chest}", f'{{stretch: hamstring, sides: [left], repetitions: 1, only_if: floor, cues: {{client: "{long}"}}}}'))
    assert main(["program", "check", str(path)]) == 1
    told = capsys.readouterr().out
    assert "stretches.0.cues.client: this lasts about" in told
    for remark in ("only one side is stretched", "less than the usual two or three", "nothing is left for whoever does not answer 'yes' to 'floor'"):
        assert remark in told


def test_the_users_programs_are_found_by_name_and_go_first(tmp_path: Path) -> None:
    shipped, folder = DIALOGS / "programs", tmp_path / "own"
    path = new_program(folder, "evening", SMALLEST)
    assert program_file("evening", shipped, folder) == path
    assert program_file(str(path), shipped, folder) == path
    (folder / "short.yaml").write_text(SMALLEST, encoding="utf-8")
    assert programs(shipped, folder)["short"] == program_file("short", shipped, folder) == folder / "short.yaml"
    with pytest.raises(ConfigError, match="There is no program 'morning'; choose from evening, gentle"):
        program_file("morning", shipped, folder)


# --- rehearsals with the fakes ----------------------------------------------------------------------------------


class TypingCast(Cast):
    """People who type what they would say, when they would say it."""

    ear: TypedRecogniser

    def sound(self, at, count, begins):
        def speaks(who: str, words: str) -> None:
            self.ear.type(words)
            begins(who, words)
        return super().sound(at, count, speaks)


@pytest.mark.parametrize("name", ["short", "gentle", "solo"])
def test_a_rehearsal_with_the_fakes_meets_the_scenarios_expectations(name: str, tmp_path: Path) -> None:
    path = DIALOGS / f"scenarios/{name}.yaml"
    scenario = load_scenario(path, SCRIPT)
    program = load_program(DIALOGS / f"programs/{scenario.program}.yaml", SCRIPT)
    cast = TypingCast(scenario, path.parent, {"client": SilentVoice(), "partner": SilentVoice()})
    cast.ear = TypedRecogniser()
    recipe = Recipe("en", program)
    result = Rehearsal(Session(SCRIPT, program), SCRIPT, cast, scenario, ears=[cast.ear], voice=SilentVoice(0.02),
                       journal=Journal(tmp_path / "journal.jsonl", recipe), transcript=Transcript(tmp_path / "transcript.txt", "", "", lambda _: None)).run(tmp_path / "session.wav")
    assert result.failures == ()
    assert read_journal(tmp_path / "journal.jsonl")[0].program == program
    assert replay(tmp_path / "journal.jsonl", SCRIPT)[1] == []
