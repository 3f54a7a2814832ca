"""Whole sessions, from the welcome to the goodbye."""

from __future__ import annotations

import time

import pytest
from timeline import FULL, SCRIPT, SHORT, Timeline

from voicecoach.core.phases import Phase
from voicecoach.language.program import Program
from voicecoach.vocabulary import Finish, Intent, Outcome


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
