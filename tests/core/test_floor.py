"""The floor by itself: what is said and in which voice, what of it may still echo in the room, and when silence has lasted long enough."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from timeline import SCRIPT

from voicecoach.core.choices import listed, pages
from voicecoach.core.floor import DOZE, ECHO_TAIL, SLOWEST, START, Floor
from voicecoach.core.household import Person
from voicecoach.core.question import HEARD_ENOUGH
from voicecoach.core.speech import PAUSES, RATES, VOLUMES, Speech
from voicecoach.vocabulary import (
    Chime,
    Command,
    Earcon,
    Evidence,
    Finish,
    Heard,
    Hush,
    Intent,
    KeepPerson,
    Listen,
    Outcome,
    Party,
    Say,
)

FIRST, SECOND = "question.saddle-numbness.ask", "question.bladder-bowel.ask"
LISTS = "screen.answers"
"""A line that says what can be answered."""
SAID = frozenset({Intent.YES, Intent.NO, Intent.UNSURE, Intent.REPEAT, Intent.WHY})
PLAIN = "latched.confirm"
"""A line that says no word that is listened for."""
PLACES = "check-in.where-again"
"""A line that names places."""
NO = Heard(Intent.NO, Evidence.STRONG)


def made(**given: object) -> Floor:
    """A floor at the time 0."""
    floor = Floor(SCRIPT, **given)  # type: ignore[arg-type]
    floor.begin(0.0)
    return floor


def orders(floor: Floor, now: float, does: Callable[[Floor], object]) -> list[Command]:
    """What is ordered when `does` happens at `now`."""
    floor.begin(now)
    does(floor)
    return floor.commands()


def says(floor: Floor, now: float, *keys: str) -> list[Say]:
    """Order these lines in one turn."""
    return [say for say in orders(floor, now, lambda _: [floor.say(key) for key in keys]) if isinstance(say, Say)]


def sounds(floor: Floor, key: str, begins: float, ends: float | None = None) -> Say:
    """Speak one line, from its order to its end if it has one."""
    (said,) = says(floor, begins, key)
    floor.line_started(said.utterance)
    if ends is not None:
        orders(floor, ends, lambda _: floor.line_finished(said.utterance))
    return said


class TestClock:
    @pytest.mark.parametrize(("told", "now", "awake_until"), [
        (12.0, 12.0, 11.5), (11.0, 11.0, 11.0), (10.0, 10.0, 10.0), (3.0, 10.0, 10.0), (10.0 + DOZE, 10.0 + DOZE, 10.0 + DOZE), (99.0, 99.0, 10.0 + DOZE),
        (float("nan"), 10.0, 10.0), (float("inf"), 10.0, 10.0), (float("-inf"), 10.0, 10.0),
    ])
    def test_it_never_goes_back_and_a_machine_that_slept_has_coached_nobody(self, told: float, now: float, awake_until: float) -> None:
        floor = made()
        floor.begin(10.0)
        floor.begin(told)
        assert floor.now == now
        assert floor.awake_until == min(awake_until, 10.0 + DOZE)

    def test_what_was_ordered_once_is_not_ordered_again(self) -> None:
        floor = made()
        assert says(floor, 0.0, FIRST)
        assert orders(floor, 1.0, lambda _: None) == []


class TestSilence:
    def test_it_is_counted_from_the_end_of_what_is_said(self) -> None:
        floor = made()
        floor.wait(8.0)
        (said,) = says(floor, 1.0, FIRST)
        assert floor.silence_at is None
        orders(floor, 5.0, lambda _: floor.line_finished(said.utterance))
        assert floor.silence_at == 13.0
        orders(floor, 6.0, lambda _: None)
        assert floor.silence_at == 13.0, "what happens meanwhile makes it no longer"

    def test_it_is_over_at_its_time_and_not_before(self) -> None:
        floor = made()
        orders(floor, 1.0, lambda _: floor.wait(8.0))
        for now, due in ((8.99, False), (9.0, True), (10.0, True)):
            floor.begin(now)
            assert floor.silence_due is due

    def test_another_line_begins_it_anew_and_a_reminder_of_the_same_does_too(self) -> None:
        floor = made()
        orders(floor, 0.0, lambda _: floor.wait(8.0))
        sounds(floor, "talk.pardon", 4.0, 6.0)
        assert floor.silence_at == 14.0

    def test_where_silence_is_all_right_there_is_none(self) -> None:
        floor = made()
        orders(floor, 0.0, lambda _: floor.wait(8.0))
        orders(floor, 1.0, lambda _: floor.wait(None))
        floor.begin(99.0)
        assert floor.silence_at is None
        assert not floor.silence_due

    def test_waiting_for_no_time_is_waiting_all_the_same(self) -> None:
        floor = made()
        orders(floor, 2.0, lambda _: floor.wait(0.0))
        assert floor.silence_at == 2.0

    def test_more_patience_counts_for_the_open_question_too(self) -> None:
        floor = made()
        floor.patience = PAUSES[2]
        orders(floor, 0.0, lambda _: floor.wait(floor.patience))
        orders(floor, 1.0, lambda _: floor.change_patience(up=True))
        assert (floor.patience, floor.silence_at) == (PAUSES[3], 1.0 + PAUSES[3])

    def test_but_not_for_a_time_that_is_no_patience(self) -> None:
        floor = made()
        floor.patience = PAUSES[2]
        orders(floor, 0.0, lambda _: floor.wait(45.0))
        orders(floor, 1.0, lambda _: floor.change_patience(up=True))
        assert floor.silence_at == 45.0

    def test_the_last_command_ends_all_clocks(self) -> None:
        floor = made()
        floor.alarm = 50.0
        orders(floor, 0.0, lambda _: floor.wait(8.0))
        assert orders(floor, 1.0, lambda _: floor.finish(Outcome.COMPLETED)) == [Finish(Outcome.COMPLETED)]
        assert floor.alarm is None
        sounds(floor, FIRST, 1.0, 2.0)
        assert floor.silence_at is None


class TestDeadline:
    def test_the_next_of_the_clocks_is_told(self) -> None:
        floor = made()
        assert floor.deadline is None
        floor.alarm = 20.0
        assert floor.deadline == 20.0
        orders(floor, 0.0, lambda _: floor.wait(8.0))
        assert floor.deadline == 8.0
        floor.alarm = 3.0
        assert floor.deadline == 3.0

    def test_an_alarm_is_due_at_its_time(self) -> None:
        floor = made()
        assert not floor.alarm_due
        floor.alarm = 20.0
        for now, due in ((19.9, False), (20.0, True), (21.0, True)):
            floor.begin(now)
            assert floor.alarm_due is due

    def test_a_line_that_lasts_twice_too_long_is_lost(self) -> None:
        floor = made()
        (said,) = says(floor, 10.0, FIRST)
        latest = 10.0 + START + SLOWEST * len(said.text)
        assert floor.deadline == latest
        for now, overdue in ((latest - 0.01, False), (latest, True), (latest + 1, True)):
            floor.begin(now)
            assert floor.overdue is overdue

    @pytest.mark.parametrize("rate", RATES)
    def test_a_slow_voice_may_take_its_time(self, rate: float) -> None:
        floor = made(speech=Speech(rate=rate))
        (said,) = says(floor, 0.0, FIRST)
        assert floor.deadline == START + SLOWEST * len(said.text) / rate

    def test_lines_that_wait_are_not_late_because_others_come_first(self) -> None:
        floor = made()
        first, second = says(floor, 0.0, FIRST, SECOND)
        both = 2 * START + SLOWEST * (len(first.text) + len(second.text))
        floor.begin(both - 0.01)
        floor.line_finished(first.utterance)
        assert not floor.overdue
        assert floor.deadline == pytest.approx(both - 0.01 + START + SLOWEST * len(second.text)), "each has the whole of its time"

    def test_a_short_line_behind_a_long_one_is_not_late_before_it(self) -> None:
        floor = made()
        first, second, third = says(floor, 0.0, LISTS, PLAIN, PLAIN)
        assert floor.deadline == START + SLOWEST * len(first.text)
        floor.begin(5.0)
        floor.line_finished(first.utterance)
        (fourth,) = says(floor, 5.0, PLAIN)
        floor.line_finished(second.utterance)
        floor.line_finished(third.utterance)
        assert floor.deadline == 5.0 + START + SLOWEST * len(fourth.text)

    def test_the_first_of_several_lines_that_is_lost_is_noticed(self) -> None:
        floor = made()
        first, *_ = says(floor, 0.0, FIRST, SECOND)
        floor.begin(START + SLOWEST * len(first.text))
        assert floor.overdue

    def test_three_lines_have_each_their_time_behind_the_one_before(self) -> None:
        floor = made()
        first, second, third = says(floor, 0.0, FIRST, SECOND, FIRST)
        orders(floor, 3.0, lambda _: floor.line_finished(first.utterance))
        orders(floor, 4.0, lambda _: floor.line_finished(second.utterance))
        assert floor.deadline == 4.0 + START + SLOWEST * len(third.text)
        (fourth,) = says(floor, 5.0, SECOND)
        latest = 4.0 + 2 * START + SLOWEST * (len(third.text) + len(fourth.text))
        orders(floor, 5.0, lambda _: floor.line_finished(third.utterance))
        assert floor.deadline == 5.0 + START + SLOWEST * len(fourth.text) < latest

    def test_a_line_that_was_silenced_is_never_late(self) -> None:
        floor = made()
        says(floor, 0.0, FIRST)
        orders(floor, 1.0, Floor.hush)
        floor.begin(99.0)
        assert not floor.overdue
        assert floor.deadline is None


class TestEcho:
    """The microphone hears the coach; nobody can tell his "no" from a person's."""

    def test_a_line_covers_its_own_words_while_it_sounds_and_a_moment_longer(self) -> None:
        floor = made()
        (said,) = says(floor, 0.0, LISTS)
        assert floor.mentioned == frozenset(), "it waits, and nobody can have heard it"
        floor.line_started(said.utterance)
        assert floor.mentioned == SAID
        orders(floor, 5.0, lambda _: floor.line_finished(said.utterance))
        for now, mentioned in ((5.0, SAID), (5.0 + ECHO_TAIL - 0.01, SAID), (5.0 + ECHO_TAIL, frozenset()), (99.0, frozenset())):
            floor.begin(now)
            assert floor.mentioned == mentioned
            assert floor.speaking is bool(mentioned)

    def test_so_it_does_when_it_is_cut_off(self) -> None:
        floor = made()
        sounds(floor, LISTS, 0.0)
        orders(floor, 2.0, Floor.hush)
        assert floor.mentioned == SAID
        assert floor.speaking
        floor.begin(2.0 + ECHO_TAIL)
        assert floor.mentioned == frozenset()
        assert not floor.speaking

    def test_and_when_the_next_one_begins_before_its_end_was_told(self) -> None:
        floor = made()
        first, second, third = says(floor, 0.0, LISTS, PLAIN, LISTS)
        floor.line_started(first.utterance)
        floor.begin(5.0)
        floor.line_started(second.utterance)
        assert floor.mentioned == SAID
        floor.begin(5.0 + ECHO_TAIL)
        assert floor.mentioned == frozenset()
        floor.line_started(third.utterance)
        floor.line_finished(second.utterance)
        floor.begin(9.0)
        assert floor.mentioned == SAID, "the end of the one before, told late, is not the end of what sounds"

    def test_at_first_nobody_has_spoken(self) -> None:
        assert not made().speaking

    def test_a_line_that_never_began_leaves_no_echo(self) -> None:
        floor = made()
        says(floor, 0.0, LISTS)
        orders(floor, 1.0, Floor.hush)
        assert floor.mentioned == frozenset()
        assert not floor.speaking

    def test_what_the_coach_lists_counts_as_said_by_him(self) -> None:
        floor = made()
        orders(floor, 0.0, lambda _: floor.listen("screening"))
        offered, *_ = orders(floor, 1.0, lambda _: floor.offer(frozenset()))
        assert isinstance(offered, Say)
        assert floor.mentioned == frozenset()
        floor.line_started(offered.utterance)
        assert {Intent.YES, Intent.NO} <= floor.mentioned
        assert Intent.MORE not in floor.mentioned

    def test_it_covers_the_places_that_it_names_and_no_others(self) -> None:
        floor = made()
        assert floor.named_places == frozenset()
        said = sounds(floor, PLACES, 0.0)
        places = {"knee", "lower-back", "thigh", "radiating", "hip"}
        assert floor.named_places == places
        floor.begin(5.0)
        floor.line_finished(said.utterance)
        for now, named in ((5.0, places), (5.0 + ECHO_TAIL - 0.01, places), (5.0 + ECHO_TAIL, set())):
            floor.begin(now)
            assert floor.named_places == named

    def test_a_line_that_names_none_ends_those_of_the_one_before(self) -> None:
        floor = made()
        sounds(floor, PLACES, 0.0)
        sounds(floor, PLAIN, 5.0)
        assert floor.named_places
        floor.begin(5.0 + ECHO_TAIL)
        assert not floor.named_places


class TestLines:
    def test_each_has_a_number_of_its_own_that_goes_on_from_the_turn_before(self) -> None:
        floor = made(spoken=40)
        assert [said.utterance for said in says(floor, 0.0, FIRST, SECOND)] == [41, 42]
        assert [said.utterance for said in says(floor, 1.0, FIRST)] == [43]
        assert floor.utterances == 43
        assert [said.utterance for said in says(made(), 0.0, FIRST)] == [1]

    def test_the_wordings_of_a_line_are_used_in_turn(self) -> None:
        floor = made()
        texts = SCRIPT.line("talk.pardon").texts
        assert [says(floor, now, "talk.pardon")[0].text for now in range(4)] == [*texts, *texts]
        three = [floor.worded("hold.begin", {"seconds": 20.0}, turn).text for turn in range(3)]
        said = [say.text for now in range(6) for say in orders(floor, now, lambda _: floor.say("hold.begin", seconds=20.0)) if isinstance(say, Say)]
        assert said == [*three, *three]
        assert len(set(three)) == 3

    def test_a_question_may_name_somebody(self) -> None:
        floor = made()
        (said,) = orders(floor, 0.0, lambda _: floor.ask("name.right", name="Ben"))
        assert isinstance(said, Say)
        assert "Ben" in said.text

    def test_a_line_for_a_fault_is_worded_and_not_ordered(self) -> None:
        floor = made()
        floor.begin(1.0)
        said = floor.worded("safety.cannot-speak", {})
        assert said.safety
        assert said.utterance == 0
        assert floor.commands() == []
        assert floor.quiet

    def test_whom_a_line_is_for_and_whether_it_is_one_of_safety(self) -> None:
        floor = made()
        stop, ask = says(floor, 0.0, "safety.stop", FIRST)
        assert (stop.to, stop.safety) == (Party.PARTNER, True)
        assert (ask.to, ask.safety) == (Party.BOTH, False)

    @pytest.mark.parametrize(("volume", "safety"), [(VOLUMES[0], 1.0), (1.0, 1.0), (VOLUMES[-1], VOLUMES[-1])])
    def test_a_coach_who_was_told_to_whisper_is_heard_when_it_matters(self, volume: float, safety: float) -> None:
        stop, ask = says(made(speech=Speech(volume=volume)), 0.0, "safety.stop", FIRST)
        assert (stop.volume, ask.volume) == (safety, volume)

    @pytest.mark.parametrize("rate", RATES)
    def test_every_line_is_as_fast_as_was_asked_for(self, rate: float) -> None:
        assert {said.rate for said in says(made(speech=Speech(rate=rate)), 0.0, "safety.stop", FIRST)} == {rate}

    def test_whether_a_line_was_ever_spoken_to_its_end(self) -> None:
        floor = made()
        (said,) = says(floor, 0.0, "rule.stop")
        assert not floor.spoken("rule.stop")
        orders(floor, 1.0, Floor.hush)
        floor.line_finished(said.utterance)
        assert not floor.spoken("rule.stop"), "it was cut off"
        sounds(floor, "rule.stop", 2.0, 4.0)
        assert floor.spoken("rule.stop")
        assert not floor.spoken("rule.words")

    def test_the_end_of_a_line_that_is_unknown_is_no_news(self) -> None:
        floor = made()
        says(floor, 0.0, FIRST)
        floor.line_started(99)
        floor.line_finished(99)
        assert not floor.quiet
        assert floor.mentioned == frozenset()


class TestNames:
    def test_each_is_said_as_it_sounds_and_written_as_it_is(self) -> None:
        floor = made()
        floor.name(Person("Niamh", say="Neev"), Person("Ben"))
        (said,) = says(floor, 0.0, "approach.ask")
        assert said.text.startswith("Niamh, ")
        assert said.spoken.startswith("Neev, ")
        (other,) = says(floor, 1.0, "safety.stop")
        assert other.text.startswith("Ben, ")
        assert other.spoken == "", "it sounds as it is written"
        floor.name(Person(), Person("Niamh", say="Neev"))
        assert floor.names["client"] == SCRIPT.language.roles["client"]
        (third,) = says(floor, 2.0, "safety.stop")
        assert third.spoken.startswith("Neev, ")

    def test_another_of_the_household_sounds_right_as_well(self) -> None:
        floor = made(respelled={"Niamh": "neev"})
        said, other = orders(floor, 0.0, lambda _: [floor.say("name.right", name=name) for name in ("Niamh", "Ben")])
        assert isinstance(said, Say)
        assert isinstance(other, Say)
        assert "Niamh" in said.text
        assert "neev" in said.spoken.lower()
        assert "Ben" in other.text
        assert other.spoken == ""

    def test_somebody_new_is_kept_with_what_the_ear_wrote(self) -> None:
        floor = made()
        assert orders(floor, 0.0, lambda _: floor.keep_person("Maria", ("maria", "marya"), "moonshine")) == [KeepPerson("Maria", ("maria", "marya"), "moonshine", True)]
        assert orders(floor, 1.0, lambda _: floor.keep_person("Person 3", ear="moonshine", by_name=False)) == [KeepPerson("Person 3", (), "", False)]


class TestRepeating:
    def test_the_whole_last_turn_comes_again_and_a_reminder_is_no_turn(self) -> None:
        floor = made()
        first = [said.text for said in says(floor, 0.0, LISTS, FIRST)]
        assert [say.key for say in orders(floor, 1.0, lambda _: floor.remind("screen.waiting")) if isinstance(say, Say)] == ["screen.waiting"]
        orders(floor, 2.0, Floor.hush)
        again = orders(floor, 3.0, Floor.say_again)
        assert [said.text for said in again if isinstance(said, Say)] == first
        assert len(again) == len(first), "nothing has to be silenced for it"
        orders(floor, 4.0, Floor.hush)
        assert [said.text for said in orders(floor, 5.0, Floor.say_again) if isinstance(said, Say)] == first

    def test_nobody_is_told_twice_to_push(self) -> None:
        floor = made()
        keys = ("knees-to-chest.approach_partner", "force.deeper", "approach.ask")
        orders(floor, 0.0, lambda _: [floor.say(key, side="") if "." in key and key.endswith("partner") else floor.say(key) for key in keys])
        orders(floor, 1.0, Floor.hush)
        assert [said.key for said in orders(floor, 2.0, Floor.say_again) if isinstance(said, Say)] == ["approach.ask"]

    def test_where_nothing_else_was_said_nothing_is_repeated(self) -> None:
        floor = made()
        floor.begin(0.0)
        assert not floor.say_again()
        says(floor, 1.0, "force.deeper")
        floor.begin(2.0)
        assert not floor.say_again()
        assert floor.commands() == []
        says(floor, 3.0, FIRST)
        assert floor.say_again()

    def test_what_still_sounds_of_the_turn_is_begun_again(self) -> None:
        floor = made()
        sounds(floor, FIRST, 0.0)
        commands = orders(floor, 1.0, Floor.say_again)
        assert [type(command) for command in commands] == [Hush, Say]

    def test_a_line_that_is_not_of_the_turn_is_spoken_to_its_end(self) -> None:
        floor = made()
        sounds(floor, FIRST, 0.0, 4.0)
        orders(floor, 5.0, lambda _: floor.remind("safety.pause"))
        assert [type(command) for command in orders(floor, 6.0, Floor.say_again)] == [Say]
        assert [type(command) for command in orders(floor, 7.0, Floor.say_again)] == [Say], "though what was repeated waits behind it"

    def test_what_is_said_right_behind_it_belongs_to_the_same_turn(self) -> None:
        floor = made()
        says(floor, 0.0, FIRST)
        orders(floor, 1.0, Floor.hush)
        orders(floor, 2.0, lambda _: [floor.say_again(), floor.say(PLAIN)])
        orders(floor, 3.0, Floor.hush)
        assert [said.key for said in orders(floor, 4.0, Floor.say_again) if isinstance(said, Say)] == [FIRST, PLAIN]

    def test_whoever_wants_the_question_again_has_not_answered_it(self) -> None:
        floor = made()
        orders(floor, 0.0, lambda _: [floor.say(LISTS), floor.ask(FIRST)])
        orders(floor, 9.0, lambda _: [floor.line_finished(1), floor.line_finished(2)])
        assert floor.question.heard
        _, again = orders(floor, 10.0, Floor.say_again)
        assert not floor.question.heard
        assert isinstance(again, Say)
        floor.line_finished(again.utterance)
        assert floor.question.heard

    def test_but_to_hear_something_else_again_leaves_it_open(self) -> None:
        floor = made()
        floor.ask(FIRST)
        orders(floor, 9.0, lambda _: floor.line_finished(1))
        says(floor, 10.0, "question.saddle-numbness.because")
        orders(floor, 11.0, Floor.say_again)
        assert floor.question.heard


class TestMakingRoom:
    def test_what_the_coach_says_gives_way(self) -> None:
        floor = made()
        assert orders(floor, 0.0, Floor.cut) == [], "he says nothing"
        says(floor, 1.0, FIRST)
        assert orders(floor, 2.0, Floor.cut) == [Hush()]
        assert floor.quiet

    @pytest.mark.parametrize("key", ["safety.stop", "knees-to-chest.let_down"])
    def test_but_not_a_line_that_takes_force_away(self, key: str) -> None:
        floor = made()
        orders(floor, 0.0, lambda _: floor.say(key, **({"side": ""} if key.startswith("knees") else {})))
        says(floor, 1.0, FIRST)
        assert orders(floor, 2.0, Floor.cut) == []

    @pytest.mark.parametrize(("key", "urging"), [("force.deeper", True), ("approach.ask", False)])
    def test_whether_the_partner_is_about_to_be_told_to_push(self, key: str, *, urging: bool) -> None:
        floor = made()
        assert not floor.urging
        said = sounds(floor, key, 0.0)
        assert floor.urging is urging
        floor.line_finished(said.utterance)
        assert not floor.urging


class TestAnswers:
    def asked(self, *behind: str) -> Floor:
        """A question that sounds from 0 on, with other lines behind it."""
        floor = made()
        floor.listen("screening", Intent.NO)
        floor.ask(FIRST)
        for key in behind:
            floor.say(key)
        floor.commands()
        floor.line_started(1)
        return floor

    def test_one_over_the_question_is_kept_for_its_end(self) -> None:
        floor = self.asked()
        floor.begin(HEARD_ENOUGH)
        assert not floor.answers(NO)
        assert floor.early_answer() is None
        floor.line_finished(1)
        assert floor.early_answer() == NO
        assert floor.early_answer() is None

    def test_the_early_answer_silences_what_was_to_be_said_behind_the_question(self) -> None:
        floor = self.asked("screen.waiting")
        floor.begin(HEARD_ENOUGH)
        floor.answers(NO)
        floor.line_finished(1)
        assert floor.early_answer() == NO
        assert floor.commands() == [Hush()]

    def test_but_it_waits_for_a_line_that_takes_force_away(self) -> None:
        floor = self.asked("safety.pause")
        floor.begin(HEARD_ENOUGH)
        floor.answers(NO)
        floor.line_finished(1)
        assert floor.early_answer() is None
        floor.line_finished(2)
        assert floor.early_answer() == NO

    def test_one_after_the_question_counts_at_once_and_cuts_off_what_is_said_about_it(self) -> None:
        floor = self.asked("screen.waiting")
        floor.line_finished(1)
        floor.begin(9.0)
        assert floor.answers(NO)
        assert floor.commands() == [Hush()]

    def test_one_that_counted_at_once_does_not_come_again(self) -> None:
        floor = self.asked()
        floor.line_finished(1)
        floor.begin(9.0)
        assert floor.answers(NO)
        sounds(floor, PLAIN, 10.0, 12.0)
        assert floor.early_answer() is None

    def test_one_that_was_kept_is_forgotten_when_the_coach_is_silenced(self) -> None:
        floor = self.asked()
        floor.begin(HEARD_ENOUGH)
        floor.answers(NO)
        floor.hush()
        assert not floor.question.is_known(99.0), "half a question is none"

    def test_one_before_anybody_can_have_heard_the_question_is_none(self) -> None:
        floor = self.asked()
        floor.begin(HEARD_ENOUGH - 0.1)
        assert not floor.answers(NO)
        floor.line_finished(1)
        assert floor.early_answer() is None

    def test_a_question_that_is_no_longer_listened_for_is_closed(self) -> None:
        for changed in (("screening", Intent.YES), ("confirm", Intent.NO), ("screening",)):
            floor = self.asked()
            floor.line_finished(1)
            floor.listen(*changed)  # type: ignore[arg-type]
            assert not floor.question.heard
        floor = self.asked()
        floor.line_finished(1)
        floor.listen("screening", Intent.NO)
        assert floor.question.heard


class TestListening:
    def test_another_grammar_is_ordered_once(self) -> None:
        floor = made()
        assert orders(floor, 0.0, lambda _: floor.listen("screening", Intent.NO)) == [Listen("screening")]
        assert orders(floor, 1.0, lambda _: floor.listen("screening", Intent.YES)) == []
        assert floor.loading == {Intent.YES}
        assert orders(floor, 2.0, lambda _: floor.listen("confirm")) == [Listen("confirm")]
        assert floor.loading == frozenset()

    def test_what_is_expected_is_what_the_grammar_holds(self) -> None:
        floor = made()
        assert floor.expected == frozenset()
        floor.listen("warm-up")
        assert floor.expected == {phrase.intent for phrase in SCRIPT.grammars["warm-up"].phrases}

    @pytest.mark.parametrize(("grammar", "patience", "asking"), [
        ("screening", 8.0, True), ("screening", None, False), ("screening", 0.0, False), ("rest", 8.0, False), ("warm-up", 8.0, False), ("cool-down", 8.0, False),
    ])
    def test_when_the_coach_waits_for_an_answer(self, grammar: str, patience: float | None, *, asking: bool) -> None:
        floor = made()
        floor.wait(patience)
        assert not floor.asking, "nothing is listened for"
        floor.listen(grammar)
        floor.wait(patience)
        assert floor.asking is asking


class TestOffers:
    def told(self, floor: Floor, now: float, pointless: frozenset[Intent] = frozenset()) -> list[str]:
        commands = orders(floor, now, lambda _: floor.offer(pointless))
        return [said.key for said in commands if isinstance(said, Say)]

    def test_whoever_asks_again_is_told_the_rest_and_then_the_first_again(self) -> None:
        floor = made()
        floor.listen("hold")
        lists = [self.told(floor, float(now)) for now in range(6)]
        assert lists[0] == ["help.list", "help.hurts"], "to tell what hurts is asked for once"
        assert ["help.list"] in lists[1:]
        assert ["help.more"] in lists
        first, rest = lists.index(["help.more"]), lists.index(["help.list"])
        assert first == 1 < rest
        assert all(said in (["help.list"], ["help.more"]) for said in lists[1:])

    def test_every_portion_has_its_turn(self) -> None:
        floor = made()
        floor.listen("hold")
        portions = [listed(portion, SCRIPT.language) for portion in pages(SCRIPT.grammars["hold"])]
        assert len(portions) > 2
        for now, portion in enumerate([*portions, portions[0]]):
            assert portion in next(said.text for said in orders(floor, now, lambda _: floor.offer(frozenset())) if isinstance(said, Say))

    def test_another_grammar_begins_from_the_first(self) -> None:
        floor = made()
        floor.listen("hold")
        self.told(floor, 0.0)
        floor.listen("stretch")
        assert self.told(floor, 1.0) == ["help.list", "help.hurts"]

    def test_wherever_something_can_hurt_that_is_asked_for(self) -> None:
        floor = made()
        floor.listen("released")
        assert self.told(floor, 0.0) == ["help.list", "help.hurts"]

    def test_where_nothing_can_hurt_nobody_is_asked_what_does(self) -> None:
        floor = made()
        floor.listen("screening")
        assert self.told(floor, 0.0) == ["help.list"]

    def test_where_nothing_leads_anywhere_only_pain_is_spoken_of(self) -> None:
        floor = made()
        floor.listen("hold")
        assert self.told(floor, 0.0, frozenset(Intent)) == ["help.hurts"]


class TestEarcons:
    def test_only_those_that_are_wanted_sound(self) -> None:
        for choice, wanted in (("all", True), ("few", False), ("none", False)):
            floor = made(earcons=choice)
            assert bool(orders(floor, 0.0, lambda floor: floor.chime(Earcon.LISTENING))) is wanted
        assert orders(made(speech=Speech(volume=0.5)), 0.0, lambda floor: floor.chime(Earcon.RELEASE)) == [Chime(Earcon.RELEASE, 0.5)]

    def test_a_word_is_acknowledged_only_while_the_coach_is_quiet(self) -> None:
        floor = made(earcons="all")
        assert orders(floor, 0.0, lambda _: floor.acknowledge(Earcon.HEARD)) == [Chime(Earcon.HEARD, 1.0)]
        says(floor, 1.0, FIRST)
        assert orders(floor, 2.0, lambda _: floor.acknowledge(Earcon.HEARD)) == []

    def test_whoever_was_not_understood_is_told_once_until_the_coach_speaks(self) -> None:
        floor = made(earcons="all")
        for begin in (0.0, 10.0):
            chimes = [orders(floor, begin + later, lambda _: floor.acknowledge(Earcon.NOT_UNDERSTOOD)) for later in (0.0, 1.0)]
            assert chimes == [[Chime(Earcon.NOT_UNDERSTOOD, 1.0)], []]
            sounds(floor, PLAIN, begin + 2.0, begin + 4.0)

    def test_the_floor_is_given_to_the_people_at_the_end_of_the_last_line_of_a_question(self) -> None:
        floor = made(earcons="all")
        floor.listen("screening")
        floor.wait(8.0)
        first, second = says(floor, 0.0, LISTS, FIRST)
        assert orders(floor, 5.0, lambda _: floor.line_finished(first.utterance)) == []
        assert orders(floor, 9.0, lambda _: floor.line_finished(second.utterance)) == [Chime(Earcon.LISTENING, 1.0)]
        floor.wait(None)
        (third,) = says(floor, 10.0, FIRST)
        assert orders(floor, 12.0, lambda _: floor.line_finished(third.utterance)) == []


class TestLadders:
    @pytest.mark.parametrize(("change", "ladder", "value"), [
        (Floor.change_rate, RATES, lambda floor: floor.speech.rate), (Floor.change_volume, VOLUMES, lambda floor: floor.speech.volume),
        (Floor.change_patience, PAUSES, lambda floor: floor.patience),
    ], ids=["rate", "volume", "patience"])
    def test_each_word_is_a_rung_and_at_the_end_nothing_changes(self, change: Callable[..., bool], ladder: tuple[float, ...], value: Callable[[Floor], float]) -> None:
        floor = made(speech=Speech(rate=RATES[0], volume=VOLUMES[0]))
        floor.patience = PAUSES[0]
        for _, above in pairwise(ladder):
            assert change(floor, up=True)
            assert value(floor) == above
        assert not change(floor, up=True)
        assert value(floor) == ladder[-1]
        assert change(floor, up=False)
        assert value(floor) == ladder[-2]
        for _ in ladder:
            change(floor, up=False)
        assert not change(floor, up=False)
        assert value(floor) == ladder[0]
