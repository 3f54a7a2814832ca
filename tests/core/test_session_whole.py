"""Whole sessions, from the welcome to the goodbye."""

from __future__ import annotations

import time

import pytest
from test_dosing import RULES, session, turn
from timeline import FULL, SCRIPT, SHORT, Timeline, hold_again, keys, listening

from voicecoach.core.dosing import Dosage
from voicecoach.core.parts.between import COOL_DOWN_LINES, LOOK_AHEAD
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.language.program import Program
from voicecoach.vocabulary import Finish, Hush, Intent, LineFinished, Outcome


def through(program: Program) -> Timeline:
    """Two people for whom all goes well."""
    timeline = Timeline(program)
    for _ in SCRIPT.questions:
        timeline.answer(Intent.NO)
    stretches = [dose for dose in program.stretches for _ in range(dose.repetitions * (2 if SCRIPT.stretches[dose.stretch].sides else 1))]
    for dose in stretches:
        timeline.answer(Intent.READY, until="position.ready")
        timeline.answer(Intent.GOOD)
        timeline.answer(Intent.GOOD, until="hold.ask")
        timeline.answer(Intent.YES, until="check-in.feel")
        timeline.answer(Intent.PLACE, slot=min(SCRIPT.stretches[dose.stretch].places))
        timeline.answer(Intent.NO)
    timeline.run()
    return timeline


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return through(FULL)


class TestTheFullProgram:
    def test_it_ends_completed_and_says_so_once_and_last(self, timeline: Timeline) -> None:
        assert timeline.session.outcome is Outcome.COMPLETED
        assert timeline.log[-1].commands[-1] == Finish(Outcome.COMPLETED)

    def test_the_phases_are_the_cards(self, timeline: Timeline) -> None:
        changes = [entry.after for entry in timeline.log if entry.before is not entry.after]
        repetition = [Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN, Phase.NEXT]
        assert changes == [Phase.WARM_UP, Phase.NEXT, *repetition * 14, Phase.DONE]

    def test_all_four_stretches_come_in_order_with_both_sides_and_all_repetitions(self, timeline: Timeline) -> None:
        approaches = [say for say in timeline.says if say.key.endswith(".approach_partner")]
        done = [say.key.removesuffix(".approach_partner") for say in approaches]
        assert done == ["knees-to-chest"] * 2 + ["spinal-twist"] * 4 + ["hamstring"] * 4 + ["figure-four"] * 4
        sides = ["left" if "left" in say.text else "right" for say in approaches if say.key == "spinal-twist.approach_partner"]
        assert sides == ["left", "left", "right", "right"]

    def test_the_rule_is_said_once_and_before_the_first_force(self, timeline: Timeline) -> None:
        assert timeline.said.count("rule.stop") == 1
        assert timeline.said.index("rule.stop") < timeline.said.index("knees-to-chest.approach_partner")

    def test_it_closes_with_cool_down_summary_and_goodbye(self, timeline: Timeline) -> None:
        assert timeline.said[-6:] == ["cool-down.1", "cool-down.2", "cool-down.3", "goodbye.summary", "goodbye.minutes", "goodbye.completed"]

    def test_the_summary_has_the_right_figures(self, timeline: Timeline) -> None:
        summary = [say.text for say in timeline.says if say.key.startswith("goodbye.")]
        seconds = 25 * (2 + 4 + 4) + 20 * 4
        assert seconds == 330
        assert summary[0] == "You held fourteen times today, in four different stretches."
        assert summary[1] == "You stretched for about six minutes."

    def test_nobody_is_asked_before_half_of_the_hold(self, timeline: Timeline) -> None:
        asked = [index for index, key in enumerate(timeline.said) if key == "hold.ask"]
        assert len(asked) == 14
        assert {timeline.said[index - 1] for index in asked} == {"hold.half"}

    def test_all_goes_well_so_no_safety_line_is_heard(self, timeline: Timeline) -> None:
        assert not any(key.startswith("safety.") for key in timeline.said)

    def test_how_long_was_a_fair_guess(self, timeline: Timeline) -> None:
        begun = next(entry.now for entry in timeline.log if entry.after is Phase.WARM_UP)
        told = Timeline(FULL).session._plan.seconds_left()  # noqa: SLF001 - the figure behind the spoken words
        assert timeline.now - begun == pytest.approx(told, rel=0.2)

    def test_nobody_is_lectured_for_longer_than_half_a_minute(self, timeline: Timeline) -> None:
        for entry in timeline.log:
            if entry.now and "rule.stop" not in entry.says:
                assert sum(len(command.text) for command in entry.commands if hasattr(command, "text")) * 0.07 < 30


def test_the_short_program_too() -> None:
    short = through(SHORT)
    assert short.session.outcome is Outcome.COMPLETED
    texts = [say.text for say in short.says if say.key.startswith("goodbye.")]
    assert texts[:2] == ["You held two times today.", "That makes forty seconds of stretching."]


def test_a_session_runs_at_least_a_hundred_times_faster_than_life() -> None:
    begun = time.perf_counter()
    full = through(FULL)
    assert full.now / (time.perf_counter() - begun) > 100


def test_with_nobody_there_it_closes_by_itself() -> None:
    alone = Timeline(FULL)
    alone.run()
    assert alone.session.outcome is Outcome.UNANSWERED
    assert alone.now < 900


# --- between the stretches --------------------------------------------------------------------------------------


def announced(*, warm: bool = True) -> Timeline:
    """The first stretch of all is announced; the coach is quiet."""
    timeline = Timeline(FULL).to(Phase.NEXT, warm=warm)
    timeline.quiet()
    return timeline


def one_more(timeline: Timeline) -> None:
    """A repetition that goes well, to the announcement of the next."""
    hold_again(timeline)
    timeline.answer(Intent.NO, until="check-in.feel")
    timeline.answer(Intent.NO)


def resting() -> Timeline:
    """The rest before the second repetition of a stretch without sides; the coach is quiet."""
    timeline = announced()
    one_more(timeline)
    timeline.quiet()
    return timeline


def cooling(*also: Intent) -> Timeline:
    """The first line of the cool-down begins to sound, in a language that listens for these words too."""
    timeline = Timeline(session=Session(listening(cool_down=also), SHORT, earcons="none")).to(Phase.CHECK_IN, warm=True)
    timeline.answer(Intent.SKIP)
    timeline.sounding("cool-down.1")
    return timeline


def pause_before(timeline: Timeline, key: str) -> float:
    """Seconds between the line before `key` and the order to say it."""
    ordered = next(entry.now for entry in timeline.log if key in entry.says)
    return ordered - max(entry.now for entry in timeline.log if isinstance(entry.event, LineFinished) and entry.now <= ordered)


class TestTheRest:
    def test_a_new_stretch_leaves_time_for_a_word_and_no_more(self) -> None:
        timeline = announced()
        timeline.run(until="position.ready")
        assert pause_before(timeline, "knees-to-chest.client_position") == pytest.approx(LOOK_AHEAD)

    def test_the_next_repetition_comes_after_the_rest_of_the_program(self) -> None:
        timeline = resting()
        timeline.run(until="position.ready")
        assert pause_before(timeline, "knees-to-chest.position_again") == pytest.approx(FULL.rest_seconds)

    def test_the_other_side_is_named_and_nothing_is_introduced_again(self) -> None:
        timeline = announced()
        timeline.hear(Intent.SKIP)
        for _ in range(2):
            one_more(timeline)
        assert timeline.said[-1] == "next.other-side"
        assert timeline.says[-1].text == "Now the other side, the right one."

    def test_the_stretch_is_called_by_its_name(self) -> None:
        timeline = announced()
        assert "We begin with knees to chest." in timeline.says[-2].text
        assert keys(timeline.hear(Intent.SKIP)) == ["next.skipped", "next.stretch", "spinal-twist.introduction"]
        assert "knees to the side" in timeline.says[-2].text
        timeline.quiet()
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.says[-1].text == "We go on with knees to the side, from the beginning."

    def test_who_watches_sees_the_end_of_a_rest_and_of_nothing_shorter(self) -> None:
        timeline = announced()
        assert timeline.session.ends is None
        one_more(timeline)
        assert timeline.session.ends is None, "it is being announced"
        timeline.quiet()
        assert timeline.session.ends == pytest.approx(timeline.now + FULL.rest_seconds, abs=1)
        timeline.run(until="position.ready")

    def test_after_a_break_it_goes_on_in_a_moment_and_listens_again(self) -> None:
        timeline = resting()
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.grammar.name == "rest"
        timeline.run(until="position.ready")
        assert pause_before(timeline, "knees-to-chest.position_again") == pytest.approx(LOOK_AHEAD)

    @pytest.mark.parametrize(("word", "phase", "key"), [(Intent.NEXT, Phase.STRETCH, "knees-to-chest.client_position"), (Intent.SKIP, Phase.NEXT, "next.skipped")])
    def test_whoever_leads_on_does_not_wait_for_the_announcement(self, word: Intent, phase: Phase, key: str) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        timeline.sounding("knees-to-chest.introduction")
        commands = timeline.hear(word, ear="keyboard")
        assert commands[0] == Hush()
        assert keys(commands)[0] == key
        assert timeline.phase is phase

    def test_the_other_side_may_be_asked_for_while_it_is_announced(self) -> None:
        timeline = announced()
        timeline.hear(Intent.SKIP)
        timeline.sounding("spinal-twist.introduction")
        commands = timeline.hear(Intent.OTHER_SIDE, ear="keyboard")
        assert commands[0] == Hush()
        assert keys(commands) == ["correct.side"]
        assert timeline.says[-1].text == "So the right side comes first."

    @pytest.mark.parametrize("first", [True, False])
    def test_the_other_side_is_told_of_only_where_there_is_one(self, *, first: bool) -> None:
        timeline = announced(warm=False)
        if not first:
            timeline.hear(Intent.SKIP)
        for _ in range(4):
            timeline.quiet()
            timeline.hear(Intent.HELP)
        told = " ".join(say.text for say in timeline.says if say.key in {"help.list", "help.more"})
        assert "next" in told
        assert ("change sides" in told) is not first
        assert "go back" not in told
        assert "stop" not in told


class TestSecondThoughtsInTheRest:
    @pytest.mark.parametrize("word", [Intent.MEANT_YES, Intent.MEANT_NO])
    def test_before_anybody_was_stretched_there_is_nothing_to_correct(self, word: Intent) -> None:
        timeline = announced(warm=False)
        assert keys(timeline.hear(word)) == ["correct.nothing"]
        timeline.run(until="position.ready")
        assert "approach.lighter" not in timeline.said

    def test_no_it_was_too_much_where_nobody_said_so_corrects_nothing(self) -> None:
        assert keys(resting().hear(Intent.MEANT_NO)) == ["correct.nothing"]

    def test_after_a_break_i_meant_no_takes_the_break_back_and_not_the_ease(self) -> None:
        timeline = resting()
        timeline.hear(Intent.EASE)
        timeline.answer(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.quiet()
        timeline.hear(Intent.MEANT_NO)
        assert timeline.phase is Phase.PAUSED

    def test_too_much_in_the_rest_is_of_this_stretch_alone(self) -> None:
        timeline = resting()
        timeline.hear(Intent.EASE)
        one_more(timeline)
        said = len(timeline.said)
        timeline.run(until="position.ready")
        assert "approach.lighter" not in timeline.said[said:]

    @pytest.mark.parametrize(("begun", "proposed"), [(True, ["dose.because-today", "dose.nearer", "dose.choice", "dose.ask"]), (False, [])])
    def test_too_much_in_the_rest_shortens_what_is_left_of_a_stretch_that_was_begun(self, *, begun: bool, proposed: list[str]) -> None:
        earlier = (session(turn("spinal-twist", dosage=Dosage(hold_seconds=20, repetitions=2, deepenings=2))),)
        timeline = Timeline(session=Session(SCRIPT, FULL, progress=Progress(earlier=earlier), rules=RULES, earcons="none")).to(Phase.NEXT, warm=True)
        timeline.answer(Intent.SKIP)
        if begun:
            one_more(timeline)
        timeline.answer(Intent.EASE)
        one_more(timeline)
        timeline.run(until="position.ready")
        assert [key for key in timeline.said if key.startswith("dose.")] == proposed


class TestTheCoolDown:
    def test_its_lines_share_the_time(self) -> None:
        timeline = cooling()
        timeline.run(until="goodbye.completed")
        for number in range(2, COOL_DOWN_LINES + 1):
            assert pause_before(timeline, f"cool-down.{number}") == pytest.approx(SHORT.cool_down_seconds / COOL_DOWN_LINES)
        assert pause_before(timeline, next(key for key in timeline.said if key.startswith("goodbye."))) == pytest.approx(SHORT.cool_down_seconds / COOL_DOWN_LINES)

    def test_a_break_begins_it_again_and_it_is_as_long_as_ever(self) -> None:
        timeline = cooling()
        timeline.run(until="cool-down.2")
        timeline.answer(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        assert keys(timeline.answer(Intent.YES)) == ["cool-down.1"]
        assert timeline.grammar.name == "cool-down"
        timeline.run(until="goodbye.completed")
        assert [key for key in timeline.said if key.startswith("cool-down.")] == ["cool-down.1", "cool-down.2", "cool-down.1", "cool-down.2", "cool-down.3"]

    def test_how_long_is_told_without_a_number(self) -> None:
        timeline = cooling()
        timeline.quiet()
        assert keys(timeline.hear(Intent.HOW_LONG)) == ["cool-down.left"]

    def test_nothing_is_counted_down_in_it(self) -> None:
        timeline = cooling()
        timeline.quiet()
        assert timeline.session.ends is None

    @pytest.mark.parametrize(("word", "said"), [
        (Intent.NEXT, []), (Intent.OTHER_SIDE, ["correct.no-side"]), (Intent.MEANT_NO, ["correct.nothing"]), (Intent.EASE, ["check-in.lighter"]),
    ])
    def test_in_a_language_that_listens_for_more_nothing_leads_back_to_a_stretch(self, word: Intent, said: list[str]) -> None:
        timeline = cooling(word)
        timeline.quiet()
        assert keys(timeline.hear(word)) == said
        timeline.to_the_end()
        assert timeline.session.outcome is Outcome.COMPLETED

    def test_in_a_language_that_listens_for_more_help_tells_of_nothing_that_leads_nowhere(self) -> None:
        timeline = cooling(Intent.NEXT, Intent.OTHER_SIDE, Intent.GO_BACK)
        for _ in range(4):
            timeline.quiet()
            timeline.hear(Intent.HELP)
        told = " ".join(say.text for say in timeline.says if say.key in {"help.list", "help.more"})
        assert "how long" in told
        assert not [word for word in ("next", "change sides", "go back", "stop") if word in told]

    def test_skip_cuts_it_short(self) -> None:
        commands = cooling().hear(Intent.SKIP, ear="keyboard")
        assert commands[0] == Hush()
        assert keys(commands)[-1] == "goodbye.completed"
