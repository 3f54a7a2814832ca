"""Who is stretched, by voice; changing places; and "anything new since last time?"."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dosing import BASE, GOOD, RULES, turn
from timeline import DIALOGS, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.dosing import Earlier
from voicecoach.core.household import Cast, Household, Person, Seats, Turn
from voicecoach.core.parts.screening import SINCE_LAST_TIME
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.question import ANSWERS
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.core.speech import RATES, VOLUMES, Speech
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.language.loader import load_program
from voicecoach.records.journal import Recipe
from voicecoach.vocabulary import Dictated, Evidence, Finish, Heard, Intent, NextTurn, Outcome, Say, Started, Unclear

ANNA, BEN, CLEO = Person("Anna"), Person("Ben"), Person("Niamh", say="neev")
STEADY = {question.id for question in SCRIPT.questions if question.steady}
KNOWN = Progress(sessions=2, screened=True)
MARK = "question.since-last-time.ask"


def sitting(*people: Person, asks: bool = True, swaps: bool = True, client: str = "", partner: str = "", progress: Progress = Progress()) -> Timeline:  # noqa: B008
    recipe = Recipe("en", SHORT, client, partner, progress=progress, household=Household(people, asks=asks, swaps=swaps))
    return Timeline(session=recipe.session(SCRIPT))  # type: ignore[arg-type]


def choose(timeline: Timeline, slot: str, until: str = "who.ask") -> None:
    timeline.answer(Intent.PERSON, until=until, slot=slot)


def asked(timeline: Timeline) -> list[str]:
    return [key.split(".")[1] for key in timeline.said if key.startswith("question.") and key.endswith(".ask")]


class TestWho:
    def test_in_a_household_of_two_one_name_is_enough(self) -> None:
        timeline = sitting(ANNA, BEN)
        assert timeline.phase is Phase.WHO
        choose(timeline, "2")
        assert timeline.says[-1].text == "Stretched today: Ben. Helping: Anna. Is that right?"
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.SCREEN
        assert timeline.session.names == {"client": "Ben", "partner": "Anna"}
        assert timeline.session.turn
        assert (timeline.session.turn.client, timeline.session.turn.partner) == ("Ben", "Anna")

    def test_in_a_larger_one_the_helper_is_asked_for(self) -> None:
        timeline = sitting(ANNA, BEN, CLEO)
        choose(timeline, "1")
        choose(timeline, "3", until="who.helper")
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "Anna", "partner": "Niamh"}

    def test_a_name_that_is_said_otherwise_sounds_so_wherever_it_is_spoken(self) -> None:
        timeline = sitting(ANNA, CLEO)
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        timeline.run(until="screen.roles")
        spoken = [(say.text, say.sound) for say in timeline.says if "Niamh" in say.text]
        assert [say.split(" is ")[0] for say, _ in spoken[:1]] == ["Number two"]
        assert all("neev" in sound.lower() and "Niamh" not in sound for _, sound in spoken)
        assert len(spoken) >= 3

    def test_a_name_that_nobody_knows_is_asked_back_and_mumbling_is_none(self) -> None:
        household = Household((ANNA, BEN), asks=True, learns=True)
        timeline = Timeline(session=Session(SCRIPT, SHORT, household=household))
        choose(timeline, "other")
        timeline.quiet()
        before = timeline.said[-1]
        timeline.event(Unclear("hm"))
        assert "name.right" not in timeline.said
        timeline.quiet()
        timeline.event(Dictated("Maria", ear="moonshine"))
        assert timeline.says[-1].text == "I heard Maria. Is that right?"
        assert before.startswith("name.")

    def test_nobody_helps_herself(self) -> None:
        timeline = sitting(ANNA, BEN, CLEO)
        choose(timeline, "1")
        choose(timeline, "1", until="who.helper")
        assert timeline.said[-2:] == ["who.not-that", "who.helper"]

    @pytest.mark.parametrize("number", ["5", "0", ""])
    def test_a_number_that_nobody_has_is_asked_for_again(self, number: str) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, number)
        assert timeline.said[-2:] == ["who.not-that", "who.ask"]
        timeline.run(until="who.is-it")
        assert [key for key in timeline.said if key in {"who.ask", "help.who"}] == ["who.ask", "who.ask", "help.who", "who.ask"], "it counts as one prompt"

    @pytest.mark.parametrize("word", [Intent.NO, Intent.GO_BACK, Intent.MEANT_NO])
    def test_no_begins_again_and_forgets_the_choice(self, word: Intent) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, "2")
        timeline.answer(word)
        assert "who.again" in timeline.said
        assert timeline.session.names["client"] == "you on the floor"
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        assert timeline.session.names["client"] == "Anna"

    def test_a_weak_yes_does_not_put_somebodys_history_before_another(self) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, "2")
        timeline.quiet()
        timeline.hear(Intent.YES, Evidence.FINAL)
        assert timeline.phase is Phase.WHO

    def test_whoever_is_not_understood_is_asked_for_yes_or_no_to_each_name(self) -> None:
        timeline = sitting(ANNA, Person("Person 2", by_name=False), CLEO)
        timeline.run(until="who.is-it")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.YES)
        assert [say.text for say in timeline.says if say.key == "who.is-it"] == ["Is it Anna?", "Is it number two?"]
        timeline.run(until="who.is-it")
        timeline.answer(Intent.NO)
        assert (timeline.says[-1].text, timeline.says[-1].sound) == ("Is it Niamh?", "Is it neev?")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.YES)
        assert (timeline.session.turn.client, timeline.session.turn.partner) == ("Person 2", "Niamh")

    def test_no_to_everybody_is_a_guest(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.run(until="who.is-it")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        assert timeline.said[-1] == "who.helper"

    @pytest.mark.parametrize("answer", [None, "other"])
    def test_nobody_has_to_tell(self, answer: str | None) -> None:
        """Silence and "somebody else" lead on, without names and with every question."""
        timeline = sitting(replace(ANNA, progress=KNOWN), BEN)
        if answer:
            choose(timeline, answer)
            choose(timeline, answer, until="who.helper")
            assert timeline.phase is Phase.SCREEN
        timeline.run(until="screen.begin")
        assert "who.unknown" in timeline.said
        assert not {"who.not-that", "who.sure"} & set(timeline.said)
        assert timeline.session.names == {"client": "you on the floor", "partner": "partner"}
        assert (timeline.session.turn.client, timeline.session.turn.partner) == ("", "")
        for _ in SCRIPT.questions:
            timeline.answer(Intent.NO)
        assert asked(timeline) == [question.id for question in SCRIPT.questions]

    def test_it_begins_with_a_greeting_and_with_everybody_whom_the_coach_knows(self) -> None:
        assert sitting(ANNA, BEN).said == ["who.welcome", "who.choice", "who.choice", "who.ask"]

    def test_silence_is_helped_twice_before_anybody_is_offered(self) -> None:
        timeline = sitting(ANNA, BEN)
        first = len(timeline.said) - 1
        timeline.run(until="who.is-it")
        assert timeline.said[first:] == ["who.ask", "help.who", "who.ask", "help.who", "who.ask", "who.is-it"]

    def test_silence_over_the_confirmation_takes_the_names_back(self) -> None:
        timeline = sitting(replace(ANNA, progress=KNOWN), BEN)
        choose(timeline, "1")
        first = len(timeline.said) - 1
        timeline.run(until="screen.begin")
        assert timeline.said[first:first + 6] == ["who.sure", "help.confirm", "who.sure", "help.confirm", "who.sure", "who.unknown"]
        assert timeline.session.names == {"client": "you on the floor", "partner": "partner"}
        assert timeline.session.turn == Turn(1, timeline.session.turn.began, "", "")

    def test_silence_at_an_offer_is_helped_with_yes_or_no(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.run(until="who.is-it")
        first = len(timeline.said)
        timeline.run(until="who.is-it")
        assert timeline.said[first:] == ["help.confirm", "who.is-it"]

    def test_whoever_tells_no_name_is_nobody_of_whom_the_settings_know(self) -> None:
        """The settings name a partner, but nobody said that it is he: nothing is kept under his name, and he lies down under none."""
        session = Session(SCRIPT, SHORT, partner="Max", household=Household((ANNA, BEN, Person("Max")), asks=True, swaps=True))
        Timeline(session=session).run(until="screen.begin")
        assert session.cast.swapped() == Cast(Person(), Person())

    def test_mumbling_is_helped_once_and_counts_as_one_prompt(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.run(until="who.ask")
        timeline.quiet()
        first = len(timeline.said)
        timeline.event(Unclear("hm"))
        timeline.quiet()
        timeline.event(Unclear("hm"))
        timeline.run(until="who.is-it")
        assert timeline.said[first:] == ["help.who", "help.who", "who.ask", "who.is-it"]

    def test_what_is_mumbled_over_the_coach_is_not_answered(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.sounding("who.ask")
        assert keys(timeline.event(Unclear("hm"))) == []

    def test_between_the_two_questions_the_first_name_is_known_already(self) -> None:
        timeline = sitting(ANNA, BEN, CLEO)
        choose(timeline, "2")
        assert timeline.session.names == {"client": "Ben", "partner": "partner"}

    def test_one_who_is_alone_in_the_list_is_helped_by_a_guest(self) -> None:
        timeline = sitting(ANNA)
        choose(timeline, "1")
        assert timeline.says[-1].text == "Stretched today: Anna. Helping: Partner. Is that right?"
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "Anna", "partner": "partner"}

    def test_a_guest_may_be_helped_by_somebody_of_the_list(self) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, "other")
        choose(timeline, "2", until="who.helper")
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "you on the floor", "partner": "Ben"}
        assert (timeline.session.turn.client, timeline.session.turn.partner) == ("", "Ben")

    def test_no_to_everybody_as_the_helper_leaves_the_first_one_as_she_is(self) -> None:
        timeline = sitting(ANNA, BEN, CLEO)
        choose(timeline, "1")
        timeline.run(until="who.is-it")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        assert [say.text for say in timeline.says if say.key == "who.is-it"] == ["Is it Ben?", "Is it Niamh?"]
        assert timeline.says[-1].text == "Stretched today: Anna. Helping: Partner. Is that right?"

    def test_a_word_that_is_no_answer_decides_nothing(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.answer(Intent.YES, until="who.ask")
        assert timeline.said[-1] == "who.ask", "there is nothing to say yes to"
        timeline.run(until="who.is-it")
        timeline.quiet()
        assert keys(timeline.hear(Intent.REPEAT)) == ["who.is-it"]
        timeline.answer(Intent.YES)
        timeline.quiet()
        assert keys(timeline.hear(Intent.REPEAT)) == ["who.sure"]
        assert timeline.phase is Phase.WHO

    def test_a_yes_over_the_confirmation_counts_at_its_end(self) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, "1")
        timeline.sounding("who.sure")
        timeline.run(2)
        assert timeline.hear(Intent.YES) == []
        assert timeline.phase is Phase.WHO
        timeline.run(until="who.sure")
        assert timeline.phase is Phase.SCREEN

    def test_a_confirmation_that_was_heard_once_may_be_answered_before_it_is_over(self) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, "1")
        timeline.run(until="who.sure")
        timeline.run(until="help.confirm")
        timeline.sounding("who.sure")
        timeline.run(1)
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.SCREEN

    def test_stop_is_answered_and_the_question_comes_again_after_the_break(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.answer(Intent.STOP, until="who.ask")
        assert timeline.phase is Phase.RELEASED
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.WHO
        assert timeline.session.turn is None

    def test_a_person_without_a_spoken_name_is_called_by_the_role_and_remembered_by_the_name(self) -> None:
        timeline = sitting(Person("Person 1", by_name=False), BEN)
        assert "who.choice-unnamed" in timeline.said
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "you on the floor", "partner": "Ben"}
        assert timeline.session.turn.client == "Person 1"

    def test_how_am_i_doing_is_about_the_person_who_was_chosen(self) -> None:
        timeline = sitting(ANNA, replace(BEN, progress=Progress(sessions=5)))
        choose(timeline, "2")
        timeline.answer(Intent.YES)
        timeline.run(until="question.")
        for _ in SCRIPT.questions:
            timeline.answer(Intent.NO)
        timeline.answer(Intent.PROGRESS, until="warm-up.begin")
        assert "five sessions" in timeline.says[-1].text


class TestChangingPlaces:
    def over(self, *, progress: Progress = Progress()) -> Timeline:  # noqa: B008
        """To the end of Anna's turn."""
        timeline = sitting(ANNA, replace(BEN, progress=progress))
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        timeline.run(until="question.")
        timeline.to(Phase.CHECK_IN)
        timeline.hear(Intent.SKIP)
        for _ in range(30):
            if timeline.phase is not Phase.TURN:
                timeline.answer(Intent.SKIP)
                timeline.run(1)
        assert timeline.phase is Phase.TURN
        return timeline

    @pytest.mark.parametrize("word", [Intent.SWAP, Intent.YES])
    def test_the_other_one_is_asked_every_question_whatever_is_remembered(self, word: Intent) -> None:
        timeline = self.over(progress=KNOWN)
        timeline.answer(word, until="turn.ask")
        first = len(timeline.log)
        timeline.run(until="screen.begin")
        for _ in SCRIPT.questions:
            assert timeline.phase is Phase.SCREEN
            timeline.answer(Intent.NO)
        again = [say.key for entry in timeline.log[first:] for say in entry.commands if isinstance(say, Say) and say.key.endswith(".ask")]
        assert again == [f"question.{question.id}.ask" for question in SCRIPT.questions]
        assert timeline.session.names == {"client": "Ben", "partner": "Anna"}
        assert timeline.session.turn.number == 2
        timeline.run(until="warm-up.begin")
        assert timeline.session.bout.repetition == 1

    def test_the_turns_are_parted_once_and_the_numbers_of_the_lines_go_on(self) -> None:
        timeline = self.over()
        timeline.answer(Intent.SWAP, until="turn.ask")
        timeline.run(until="screen.begin")
        commands = [command for entry in timeline.log for command in entry.commands]
        assert [command for command in commands if isinstance(command, NextTurn | Finish)] == [NextTurn(Outcome.COMPLETED)]
        numbers = [command.utterance for command in commands if isinstance(command, Say)]
        assert numbers == sorted(set(numbers))
        assert "goodbye.completed" not in timeline.said

    @pytest.mark.parametrize("answer", [Intent.NO, Intent.FINISH, None])
    def test_no_and_silence_say_goodbye(self, answer: Intent | None) -> None:
        timeline = self.over()
        if answer:
            timeline.answer(answer, until="turn.ask")
            assert timeline.phase is Phase.DONE
        timeline.to_the_end()
        assert timeline.session.outcome is Outcome.COMPLETED
        assert timeline.said[-1] == "goodbye.completed"

    @pytest.mark.parametrize("words", [(Intent.SKIP,), (Intent.SKIP, Intent.PAUSE)])
    def test_a_turn_that_was_ended_early_has_ended_early_when_nobody_changes_places(self, words: tuple[Intent, ...]) -> None:
        timeline = sitting(ANNA, BEN)
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        timeline.run(until="question.")
        timeline.to(Phase.CHECK_IN)
        for word in (*words, Intent.FINISH):
            timeline.answer(word)
        assert timeline.phase is Phase.TURN
        timeline.answer(Intent.NO)
        timeline.to_the_end()
        assert timeline.session.outcome is Outcome.FINISHED_EARLY

    @pytest.mark.parametrize("word", [Intent.SWAP, Intent.YES])
    def test_a_weak_change_places_is_asked_for_again(self, word: Intent) -> None:
        timeline = self.over()
        timeline.run(until="turn.ask")
        timeline.quiet()
        assert keys(timeline.hear(word, Evidence.FINAL)) == ["talk.pardon"]
        assert timeline.phase is Phase.TURN

    def test_silence_is_helped_once(self) -> None:
        timeline = self.over()
        first = len(timeline.said) - 1
        timeline.to_the_end()
        assert timeline.said[first:first + 4] == ["turn.ask", "help.turn", "turn.ask", "goodbye.summary-one"]

    def test_mumbling_is_helped_once_and_then_silence_is_a_no(self) -> None:
        timeline = self.over()
        timeline.run(until="turn.ask")
        timeline.quiet()
        first = len(timeline.said)
        assert keys(timeline.event(Unclear("hm"))) == ["help.turn"]
        timeline.quiet()
        timeline.event(Unclear("hm"))
        timeline.to_the_end()
        assert timeline.said[first:first + 2] == ["help.turn", "goodbye.summary-one"]

    def test_what_is_mumbled_over_the_question_is_not_answered(self) -> None:
        timeline = self.over()
        timeline.sounding("turn.ask")
        assert keys(timeline.event(Unclear("hm"))) == []

    @pytest.mark.parametrize(("word", "change"), [(Intent.YES, True), (Intent.FINISH, False)])
    def test_an_answer_over_the_question_counts_at_its_end(self, word: Intent, change: bool) -> None:  # noqa: FBT001 - from a table
        timeline = self.over()
        timeline.sounding("turn.ask")
        timeline.run(2)
        assert timeline.hear(word) == []
        timeline.run(until="turn.ask")
        assert timeline.phase is Phase.DONE
        timeline.run(until="screen.begin" if change else "goodbye.summary")

    def test_the_question_that_was_heard_once_may_be_answered_before_it_is_over(self) -> None:
        timeline = self.over()
        timeline.run(until="help.turn")
        timeline.sounding("turn.ask")
        timeline.run(1)
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.DONE

    def test_a_word_that_is_no_answer_decides_nothing(self) -> None:
        timeline = self.over()
        timeline.run(until="turn.ask")
        timeline.quiet()
        assert keys(timeline.hear(Intent.REPEAT)) == ["turn.ask"]
        assert timeline.phase is Phase.TURN

    def test_a_translation_may_let_people_ask_how_long_it_takes(self) -> None:
        """No language here does; whoever ended early has many minutes left in the plan, and none of them is to come."""
        turn = replace(SCRIPT.grammars["turn"], phrases=(*SCRIPT.grammars["turn"].phrases, Phrase("how long", Intent.HOW_LONG)))
        script = replace(SCRIPT, grammars={**SCRIPT.grammars, "turn": turn})
        timeline = Timeline(session=Session(script, SHORT, household=Household((ANNA, BEN), swaps=True))).to(Phase.CHECK_IN)
        timeline.answer(Intent.SKIP)
        timeline.answer(Intent.FINISH)
        assert timeline.phase is Phase.TURN
        timeline.quiet()
        assert keys(timeline.hear(Intent.HOW_LONG)) == ["cool-down.left"]

    @pytest.mark.parametrize(("word", "outcome"), [(Intent.PAIN, Outcome.PAIN), (Intent.STOP, Outcome.COMPLETED)])
    def test_pain_or_stop_in_the_last_words_ends_it_for_both(self, word: Intent, outcome: Outcome) -> None:
        timeline = self.over()
        timeline.answer(Intent.SWAP, until="turn.ask")
        timeline.hear(word)
        timeline.to_the_end()
        assert timeline.session.outcome is outcome
        assert NextTurn(outcome) not in [command for entry in timeline.log for command in entry.commands]

    @pytest.mark.parametrize("way", ["stop", "pain", "nothing held", "not wanted"])
    def test_it_is_not_offered(self, way: str) -> None:
        timeline = sitting(ANNA, BEN, swaps=way != "not wanted")
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        timeline.run(until="question.")
        if way == "nothing held":
            timeline.to(Phase.NEXT)
            timeline.answer(Intent.FINISH)
        else:
            timeline.to(Phase.CHECK_IN)
            timeline.answer({"stop": Intent.STOP, "pain": Intent.PAIN}.get(way, Intent.SKIP))
            if way == "stop":
                timeline.answer(Intent.FINISH)
        timeline.to_the_end()
        assert "turn.ask" not in timeline.said

    def test_a_pause_comes_back_to_the_question(self) -> None:
        timeline = self.over()
        timeline.answer(Intent.PAUSE, until="turn.ask")
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.TURN

    def test_the_next_turn_is_spoken_as_the_first_one_has_left_it(self) -> None:
        timeline = self.over()
        timeline.answer(Intent.SLOWER, until="turn.ask")
        slower = timeline.session.speech.rate
        timeline.answer(Intent.SWAP)
        timeline.run(until="screen.begin")
        assert slower < 1
        assert (timeline.says[-1].rate, timeline.session.speech.rate) == (slower, slower)

    def test_without_any_names_the_two_change_places_too(self) -> None:
        timeline = sitting(asks=False)
        timeline.to(Phase.CHECK_IN)
        timeline.answer(Intent.SKIP)
        timeline.run(until="turn.ask")
        timeline.answer(Intent.SWAP)
        timeline.run(until="screen.begin")
        assert timeline.session.names == {"client": "you on the floor", "partner": "partner"}


class TestTheTwo:
    """Who the two are from the first moment on, where nobody is asked, and in a further turn."""

    def seated(self) -> Session:
        """The second turn of a sitting that Zoe and Max had begun: now Ben lies down and Niamh helps."""
        return Session(SCRIPT, SHORT, "Zoe", "Max", speech=Speech(), household=Household((ANNA, BEN, CLEO), asks=True, swaps=True),
                       seats=Seats(Cast(BEN, CLEO), Speech(rate=RATES[0], volume=VOLUMES[0]), 40, 2))

    def test_a_further_turn_asks_nobody_who_they_are_and_speaks_as_it_was_asked_to(self) -> None:
        session = self.seated()
        assert session.turn is None, "it has not begun"
        says = [command for command in session.handle(Started(), 70.0) if isinstance(command, Say)]
        assert session.phase is Phase.SCREEN
        assert session.names == {"client": "Ben", "partner": "Niamh"}
        assert session.turn == Turn(2, 70.0, "Ben", "Niamh")
        assert [say.utterance for say in says] == [41, 42, 43, 44]
        assert session.spoken == 44
        assert {(say.rate, say.volume) for say in says} == {(RATES[0], VOLUMES[0])}
        assert "Niamh" in says[1].text
        assert "neev" in says[1].sound.lower()

    def test_the_first_turn_begins_with_the_session(self) -> None:
        session = Session(SCRIPT, SHORT, "Anna", "Ben")
        says = [command for command in session.handle(Started(), 0.0) if isinstance(command, Say)]
        assert session.turn == Turn(1, 0.0, "Anna", "Ben")
        assert says[0].utterance == 1

    def test_where_it_is_asked_it_begins_when_the_two_are_known(self) -> None:
        timeline = sitting(ANNA, BEN)
        assert timeline.session.turn is None
        choose(timeline, "2")
        timeline.answer(Intent.YES)
        assert timeline.session.turn == Turn(1, timeline.now, "Ben", "Anna")

    @pytest.mark.parametrize(("given", "speech", "cast", "called"), [
        (("", ""), Speech(), (Person(), Person()), ("you on the floor", "partner")),
        (("Zoe", "Max"), Speech(), (Person("Zoe"), Person("Max")), ("Zoe", "Max")),
        (("Zoe", "Max"), Speech(client="Zoh-ee", partner="Mux"), (Person("Zoe", "Zoh-ee"), Person("Max", "Mux")), ("Zoe", "Max")),
        (("Niamh", "Person 1"), Speech(client="other", partner="other"), (CLEO, Person("Person 1", by_name=False)), ("Niamh", "partner")),
    ])
    def test_names_that_are_given_are_those_of_the_household_or_new_ones(
        self, given: tuple[str, str], speech: Speech, cast: tuple[Person, Person], called: tuple[str, str],
    ) -> None:
        session = Session(SCRIPT, SHORT, *given, speech=speech, household=Household((CLEO, Person("Person 1", by_name=False))))
        assert (session.cast.client, session.cast.partner) == cast
        assert session.names == {"client": called[0], "partner": called[1]}
        assert (session.speech.client, session.speech.partner) == (cast[0].sounds, cast[1].sounds)

    def test_how_a_name_sounds_is_of_no_use_where_the_coach_says_the_role(self) -> None:
        quiet = Person("Siobhan", say="shiv-awn", by_name=False)
        session = Session(SCRIPT, SHORT, "Siobhan", "Siobhan", household=Household((quiet,)))
        assert (session.speech.client, session.speech.partner) == ("", "")
        said = [command for command in session.handle(Started(), 0.0) if isinstance(command, Say)]
        assert not [say for say in said if "shiv" in say.sound.lower()]

    def test_what_is_known_of_the_weeks_before_is_known_of_the_client(self) -> None:
        session = Session(SCRIPT, SHORT, "Anna", "Ben", progress=KNOWN, household=Household((ANNA, BEN)))
        assert session.cast == Cast(replace(ANNA, progress=KNOWN), BEN)

    def test_everybody_is_named_aloud_whether_the_name_is_respelled_or_not(self) -> None:
        timeline = sitting(ANNA, CLEO)
        choices = [say.sound for say in timeline.says if say.key == "who.choice"]
        assert ["Anna" in choices[0], "neev" in choices[1].lower()] == [True, True]


class TestSinceLastTime:
    def shortened(self) -> Timeline:
        """At the one question for the steady ones."""
        timeline = sitting(replace(ANNA, progress=KNOWN), BEN)
        choose(timeline, "1")
        timeline.answer(Intent.YES)
        for _ in range(len(SCRIPT.questions) - len(STEADY)):
            timeline.answer(Intent.NO)
        timeline.run(until=MARK)
        return timeline

    def test_only_the_four_that_hardly_change_are_steady(self) -> None:
        assert {"disc", "osteoporosis", "joints", "hypermobility"} == STEADY
        assert not any(question.emergency for question in SCRIPT.questions if question.id in STEADY)

    def test_a_clear_no_stands_for_them_and_all_others_are_asked(self) -> None:
        timeline = self.shortened()
        assert asked(timeline) == [q.id for q in SCRIPT.questions if q.id not in STEADY] + [SINCE_LAST_TIME]
        timeline.answer(Intent.NO)
        timeline.run(until="screen.clear")
        assert not STEADY & set(asked(timeline))

    @pytest.mark.parametrize("answer", [
        Heard(Intent.YES, Evidence.STRONG), Heard(Intent.UNSURE, Evidence.STRONG), Heard(Intent.NO, Evidence.FINAL), Unclear(), None])
    def test_anything_else_leads_to_every_question(self, answer: Heard | Unclear | None) -> None:
        timeline = self.shortened()
        timeline.quiet()
        if answer:
            timeline.event(answer)
        timeline.run(until="screen.one-by-one")
        for _ in STEADY:
            assert timeline.phase is Phase.SCREEN
            timeline.answer(Intent.NO)
        timeline.run(until="screen.clear")
        assert set(asked(timeline)) == {*(question.id for question in SCRIPT.questions), SINCE_LAST_TIME}

    @pytest.mark.parametrize("word", [Intent.MEANT_YES, Intent.YES, Intent.UNSURE])
    def test_a_yes_after_it_leads_to_every_question(self, word: Intent) -> None:
        timeline = self.shortened()
        timeline.answer(Intent.NO)
        timeline.run(until="screen.clear")
        timeline.quiet()
        timeline.hear(word)
        assert "screen.one-by-one" in timeline.said
        assert timeline.phase is Phase.SCREEN

    @pytest.mark.parametrize("talk", [Intent.REPEAT, Intent.WHY, Intent.HELP, Intent.SLOWER])
    def test_a_word_that_is_no_answer_decides_nothing(self, talk: Intent) -> None:
        timeline = self.shortened()
        timeline.answer(talk)
        assert timeline.phase is Phase.SCREEN
        assert "screen.clear" not in timeline.said

    def test_a_break_takes_nothing_away(self) -> None:
        timeline = self.shortened()
        timeline.answer(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.said[-1] == MARK

    def test_a_language_that_reads_the_answers_back_asks_everything(self) -> None:
        script = replace(SCRIPT, language=SCRIPT.language.model_copy(update={"read_back": True}))
        timeline = Timeline(session=Recipe("en", SHORT, "Anna", progress=KNOWN).session(script))  # type: ignore[arg-type]
        for _ in SCRIPT.questions:
            timeline.answer(Intent.NO)
        assert asked(timeline) == [question.id for question in SCRIPT.questions]

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.sampled_from([*sorted(ANSWERS, key=str), Intent.GO_BACK, Intent.REPEAT, Intent.WHY]), max_size=40), st.sampled_from(["known", "unknown"]))
    def test_nobody_gets_through_without_a_no_to_each_question_or_to_the_one_for_them(self, answers: list[Intent], whom: str) -> None:
        timeline = sitting(asks=False, client="Anna", progress=replace(KNOWN, screened=whom == "known"))
        said: dict[str, Intent] = {}
        for answer in answers:
            timeline.quiet()
            if timeline.phase is not Phase.SCREEN or timeline.session.outcome:
                break
            open_question = asked(timeline)[-1]
            timeline.hear(answer)
            if answer in {Intent.YES, Intent.NO, Intent.UNSURE}:
                said[open_question] = answer
        timeline.run(30)
        if timeline.phase is Phase.WARM_UP:
            passed = {name for name in said if said[name] is Intent.NO or name == "disc"}
            needed = {question.id for question in SCRIPT.questions}
            assert passed >= needed or (whom == "known" and passed >= (needed - STEADY) | {SINCE_LAST_TIME})


def test_swapping_twice_gives_the_first_person_a_full_screening_as_well() -> None:
    cast = Cast(replace(ANNA, progress=KNOWN), replace(BEN, progress=KNOWN))
    again = cast.swapped().swapped()
    assert (again.client.name, again.client.progress.screened, again.partner.progress.screened) == ("Anna", False, False)
    assert isinstance(Recipe("en", SHORT).session(SCRIPT), Sitting)


def test_whoever_watches_a_sitting_sees_its_present_turn() -> None:
    one, other = sitting(asks=False), Timeline(session=Session(SCRIPT, SHORT, household=Household(swaps=True)))
    for timeline in (one, other):
        timeline.answer(Intent.LOUDER)
        timeline.to(Phase.HOLD)
    watched = [(it.ends, it.dosage, it.bout, it.speech, it.fault_line, it.deadline, it.outcome) for it in (one.session, other.session)]
    assert watched[0] == watched[1]
    assert one.session.ends
    assert one.session.ends > one.now


def test_the_doses_of_earlier_sessions_are_those_of_whoever_is_named() -> None:
    """They are taken up when the name is known: nobody is offered more for what another person found comfortable."""
    known = replace(BEN, progress=Progress(earlier=(GOOD, GOOD)))
    for number, offered in (("1", False), ("2", True)):
        recipe = Recipe("en", SHORT, rules=RULES, household=Household((ANNA, known), asks=True))
        timeline = Timeline(session=recipe.session(SCRIPT))  # type: ignore[arg-type]
        choose(timeline, number)
        timeline.answer(Intent.YES)
        timeline.run(until="question.")
        timeline.to(Phase.NEXT, warm=True)
        timeline.run(20)
        assert ("dose.longer" in timeline.said) is offered


def test_a_past_that_came_without_a_name_is_not_that_of_whoever_is_named() -> None:
    longer = Earlier(days=3, turns=[turn(dosage=BASE.moved("hold_seconds", 5))])
    recipe = Recipe("en", SHORT, rules=RULES, progress=Progress(earlier=(longer,)), household=Household((ANNA, BEN), asks=True))
    timeline = Timeline(session=recipe.session(SCRIPT))  # type: ignore[arg-type]
    choose(timeline, "1")
    timeline.answer(Intent.YES)
    timeline.run(until="question.")
    timeline.to(Phase.NEXT, warm=True)
    assert timeline.session.bout.hold_seconds == BASE.hold_seconds


def test_alone_nobody_is_asked_who_helps() -> None:
    program = load_program(DIALOGS / "programs/solo.yaml", SCRIPT)
    recipe = Recipe("en", program, household=Household((ANNA, BEN, CLEO), asks=True))
    timeline = Timeline(session=recipe.session(SCRIPT))  # type: ignore[arg-type]
    choose(timeline, "2")
    assert timeline.says[-1].text == "Stretching today: Ben. Is that right?"
    timeline.answer(Intent.YES)
    assert timeline.phase is Phase.SCREEN
    assert timeline.session.names["client"] == "Ben"
