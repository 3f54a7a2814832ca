"""Somebody new tells a name by voice: from what an ear wrote to a person of the household, in the session and in the set-up."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from timeline import DIALOGS, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.household import Household, Person
from voicecoach.core.phases import FORCE, Phase
from voicecoach.errors import ConfigError, ScriptError
from voicecoach.hearing.naming import acting, like, name_in
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.intents import normal, understand
from voicecoach.language.line_keys import GUEST, LARGEST
from voicecoach.language.loader import load_script
from voicecoach.language.script import names
from voicecoach.records.journal import Recipe
from voicecoach.settings.config import Folders
from voicecoach.settings.people import PersonData, keep_person, load_profile, profile_path, with_people
from voicecoach.setup.dialogue import SetUp
from voicecoach.setup.lines import grammars, load_lines
from voicecoach.setup.names import Names, session_lines
from voicecoach.setup.turns import Manner
from voicecoach.setup.vocabulary import Answer, Device, Done, Listen, NotKept, NotUnderstood, Silence, Speak, Understood
from voicecoach.vocabulary import Dictated, Evidence, Heard, Intent, KeepPerson, Outcome, Unclear

ANNA, BEN = Person("Anna"), Person("Ben")
LANGUAGES = {name: load_script(DIALOGS / name) for name in ("en", "de", "es", "ko")}


def sitting(*people: Person, learns: bool = True) -> Timeline:
    script = with_people(SCRIPT, [PersonData(name=person.name, by_name=person.by_name) for person in people])
    recipe = Recipe("en", SHORT, household=Household(people, asks=True, swaps=True, learns=learns))
    return Timeline(session=recipe.session(script))  # type: ignore[arg-type]


def newcomer(*people: Person) -> Timeline:
    """At the question for a new person's name."""
    timeline = sitting(*(people or (ANNA, BEN)))
    timeline.answer(Intent.PERSON, until="who.ask", slot=GUEST)
    timeline.run(until="name.ask")
    timeline.quiet()
    return timeline


def write(timeline: Timeline, words: str, near: str = "") -> list[str]:
    """An ear writes this down, once the coach is silent."""
    timeline.quiet()
    return keys(timeline.event(Dictated(words, near, "moonshine")))


def kept(timeline: Timeline) -> list[KeepPerson]:
    return [command for entry in timeline.log for command in entry.commands if isinstance(command, KeepPerson)]


class TestNameInWhatWasWritten:
    @pytest.mark.parametrize(("language", "written", "name"), [
        ("en", "Maria.", "Maria"), ("en", "My name is Maria.", "Maria"), ("en", "I\N{RIGHT SINGLE QUOTATION MARK}m Mary Ann!", "Mary Ann"),
        ("en", "It's O'Brien,", "O'Brien"), ("en", "jean-luc", "Jean Luc"),
        ("en", "", ""), ("en", "...", ""), ("en", "42", ""), ("en", "What do you want me to say?", ""), ("en", "a" * 41, ""),
        ("de", "ich heiße jürgen", "Jürgen"), ("es", "me llamo josé", "José"), ("ko", "제 이름은 민수 예요", "민수"), ("ko", "저는 지우", "지우"),
    ])
    def test_carrier_words_are_taken_off_and_a_sentence_is_no_name(self, language: str, written: str, name: str) -> None:
        assert name_in(written, LANGUAGES[language].name_phrases) == name

    def test_the_carrier_words_alone_stay_as_they_are(self) -> None:
        assert name_in("i am", ("{name}", "i am {name}")) == "I Am"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_phrase_that_releases_or_loads_can_become_a_name(self, language: str) -> None:
        script = LANGUAGES[language]
        strong = [phrase for grammar in script.grammars.values() for phrase in grammar.phrases if phrase.intent in RELEASE | LOADING]
        assert len(strong) > 20
        assert all(like(phrase.text, acting(script.grammars)) for phrase in strong)


class TestSomebodyNew:
    def test_a_name_is_read_back_and_a_clear_yes_keeps_it(self) -> None:
        timeline = newcomer()
        assert timeline.session.phase is Phase.WHO
        assert write(timeline, "My name is Maria.") == ["name.right"]
        assert timeline.says[-1].text == "I heard Maria. Is that right?"
        timeline.answer(Intent.YES)
        assert kept(timeline) == [KeepPerson("Maria")]
        assert [say.text for say in timeline.says if say.key == "name.kept"] == ["From now on, number three is Maria."]
        timeline.answer(Intent.PERSON, until="who.helper", slot="1")
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "Maria", "partner": "Anna"}
        assert timeline.session.turn
        assert timeline.session.turn.client == "Maria"

    def test_a_weak_yes_keeps_nothing(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        timeline.quiet()
        timeline.hear(Intent.YES, Evidence.FINAL)
        assert not kept(timeline)

    def test_a_weak_skip_gives_no_name_up(self) -> None:
        timeline = newcomer()
        assert keys(timeline.hear(Intent.SKIP, Evidence.FINAL)) == ["talk.pardon"]

    def test_a_yes_over_the_name_that_is_read_back_counts_at_its_end(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        timeline.sounding("name.right")
        timeline.run(1.8)
        assert timeline.hear(Intent.YES) == []
        timeline.run(until="name.right")
        assert kept(timeline) == [KeepPerson("Maria")]

    def test_silence_after_a_name_that_is_read_back_is_helped_once_and_keeps_nobody(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        first = len(timeline.said) - 1
        timeline.run(until="who.helper")
        assert timeline.said[first:] == ["name.right", "help.confirm", "name.right", "who.helper"]
        assert not kept(timeline)

    def test_what_was_read_back_once_may_be_answered_before_it_is_over_the_second_time(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        timeline.run(until="help.confirm")
        timeline.sounding("name.right")
        timeline.run(1)
        timeline.hear(Intent.YES)
        assert kept(timeline) == [KeepPerson("Maria")]

    def test_silence_after_the_first_misreading_asks_once_more_for_the_same(self) -> None:
        timeline = newcomer()
        write(timeline, "Shiloh")
        timeline.answer(Intent.NO)
        first = len(timeline.said) - 1
        timeline.run(until="who.helper")
        assert timeline.said[first:] == ["name.again", "help.name", "name.again", "who.helper"]

    def test_another_name_is_no_answer_to_the_one_that_is_read_back(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        assert write(timeline, "David") == ["help.confirm"]
        timeline.answer(Intent.YES)
        assert kept(timeline) == [KeepPerson("Maria")]

    def test_a_number_is_no_answer_while_a_name_is_asked_for(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        assert keys(timeline.hear(Intent.REPEAT)) == ["name.right"]
        assert not kept(timeline)

    @pytest.mark.parametrize("word", [Intent.NO, Intent.UNSURE, Intent.GO_BACK, Intent.MEANT_NO])
    def test_what_was_misread_and_denied_finds_the_person_again_as_well(self, word: Intent) -> None:
        timeline = newcomer()
        write(timeline, "Shiloh.")
        timeline.answer(word)
        assert timeline.said[-1] == "name.again"
        write(timeline, "Sheila.")
        timeline.answer(Intent.YES)
        assert kept(timeline) == [KeepPerson("Sheila", ("shiloh",), "moonshine")]

    def test_after_two_tries_a_number_is_offered_and_kept(self) -> None:
        timeline = newcomer()
        for words in ("Shiloh", "Siva"):
            write(timeline, words)
            timeline.answer(Intent.NO)
        assert timeline.says[-1].text == "Then I use no name. Shall I know you as number three the next time? Yes or no?"
        timeline.answer(Intent.YES)
        assert [say.text for say in timeline.says[-2:]] == ["From now on, that is number three.", "And who helps?"]
        assert kept(timeline) == [KeepPerson("Person 3", by_name=False)]
        timeline.answer(Intent.PERSON, until="who.helper", slot="2")
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "you on the floor", "partner": "Ben"}
        assert timeline.session.turn
        assert timeline.session.turn.client == "Person 3"

    def test_the_same_misreading_is_not_asked_about_twice(self) -> None:
        timeline = newcomer()
        write(timeline, "Shiloh")
        timeline.answer(Intent.NO)
        assert write(timeline, "Shiloh") == ["name.number"]

    @pytest.mark.parametrize("word", [Intent.NO, Intent.UNSURE, Intent.GO_BACK, Intent.MEANT_NO])
    def test_neither_name_nor_number_is_a_guest(self, word: Intent) -> None:
        timeline = newcomer()
        for words in ("Shiloh", "Siva"):
            write(timeline, words)
            timeline.answer(Intent.NO)
        timeline.answer(word)
        assert timeline.said[-1] == "who.helper"
        assert not kept(timeline)

    @pytest.mark.parametrize("silent", [True, False])
    def test_nobody_has_to_tell_a_name(self, silent: bool) -> None:  # noqa: FBT001 - from a table
        timeline = newcomer()
        if silent:
            timeline.run(until="who.helper")
            assert timeline.said.count("name.ask") == 2
        else:
            timeline.answer(Intent.SKIP)
            assert timeline.said[-1] == "who.helper"
        assert not kept(timeline)

    @pytest.mark.parametrize("words", ["Reddy", "Stop Miller", "my name is More", "Finnish"])
    def test_a_name_like_a_word_that_acts_is_refused_and_never_said_back(self, words: str) -> None:
        timeline = newcomer()
        assert write(timeline, words) == ["name.taken", "name.again"]
        assert words.rsplit(maxsplit=1)[-1].lower() not in timeline.says[-2].text.lower()

    def test_a_name_like_a_known_one_is_refused(self) -> None:
        timeline = newcomer()
        assert write(timeline, "Hanna") == ["name.known", "name.again"]
        assert timeline.says[-2].text == "That sounds like Anna, whom I know already."

    @pytest.mark.parametrize(("words", "line"), [
        ("Anna", "That sounds like Anna, whom I know already."), ("number two", "That sounds like Ben, whom I know already."),
        ("Maria", "I cannot take that: It sounds like a word that I act on."), ("number three", "I cannot take that: It sounds like a word that I act on."),
        ("number five", "I cannot take that: It sounds like a word that I act on."), ("a new person", "I cannot take that: It sounds like a word that I act on."),
    ])
    def test_whose_name_or_number_it_is_already_is_told_only_of_those_who_are_called_by_name(self, words: str, line: str) -> None:
        timeline = newcomer(ANNA, BEN, Person("Maria", by_name=False))
        assert write(timeline, words)[-1] == "name.again"
        assert timeline.says[-2].text == line

    def test_two_that_are_refused_lead_to_the_number(self) -> None:
        timeline = newcomer()
        write(timeline, "Anna")
        assert write(timeline, "Reddy") == ["name.taken", "name.number"]

    def test_a_sentence_is_no_name_and_help_comes_once(self) -> None:
        timeline = newcomer()
        assert write(timeline, "what does it want me to say now") == ["help.name"]
        assert write(timeline, "what does it want me to say now") == []

    def test_the_coachs_own_voice_is_nobodys_name(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.answer(Intent.PERSON, until="who.ask", slot=GUEST)
        timeline.sounding("name.ask")
        assert keys(timeline.event(Dictated("Maria", "", "moonshine"))) == []

    def test_stop_goes_before_any_name_and_the_question_comes_from_the_start(self) -> None:
        timeline = newcomer()
        assert keys(timeline.hear(Intent.STOP, Evidence.PARTIAL))[0] == "safety.stop"
        assert timeline.phase is Phase.RELEASED
        assert write(timeline, "Maria") == []
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.WHO
        timeline.run(until="who.ask")
        assert not kept(timeline)
        timeline.answer(Intent.PERSON, slot="1")
        assert timeline.says[-1].text == "Stretched today: Anna. Helping: Ben. Is that right?"

    def test_whoever_tells_no_name_is_in_no_list(self) -> None:
        timeline = newcomer()
        timeline.answer(Intent.SKIP)
        timeline.answer(Intent.PERSON, until="who.helper", slot="1")
        timeline.answer(Intent.NO)
        timeline.run(until="who.ask")
        assert "who.choice-unnamed" not in timeline.said

    def test_where_no_more_can_be_kept_somebody_else_is_a_guest(self) -> None:
        timeline = sitting(*(Person(name) for name in ("Anna", "Ben", "Cleo", "Dora", "Emil", "Fritz")))
        timeline.answer(Intent.PERSON, until="who.ask", slot=GUEST)
        assert timeline.said[-1] == "who.helper"

    def test_where_nothing_is_learnt_it_is_as_it_was(self) -> None:
        timeline = sitting(ANNA, BEN, learns=False)
        timeline.answer(Intent.PERSON, until="who.ask", slot=GUEST)
        assert timeline.said[-1] == "who.helper"

    def test_where_the_recogniser_cannot_reject_a_number_is_offered_at_once(self) -> None:
        script = with_people(replace(SCRIPT, language=SCRIPT.language.model_copy(update={"read_back": True})), [PersonData(name="Anna"), PersonData(name="Ben")])
        household = Household((ANNA, BEN), asks=True, learns=True)
        timeline = Timeline(session=Recipe("en", SHORT, household=household).session(script))  # type: ignore[arg-type]
        timeline.answer(Intent.PERSON, until="who.ask", slot=GUEST)
        timeline.run(until="name.number")
        timeline.answer(Intent.YES)
        assert "name.ask" not in timeline.said
        assert kept(timeline) == [KeepPerson("Person 3", by_name=False)]

    def test_the_second_one_who_is_new_begins_anew(self) -> None:
        timeline = newcomer()
        write(timeline, "Shiloh")
        timeline.answer(Intent.NO)
        write(timeline, "Sheila")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.PERSON, until="who.helper", slot=GUEST)
        assert timeline.said[-1] == "name.ask"
        write(timeline, "Davy")
        timeline.answer(Intent.NO)
        assert timeline.said[-1] == "name.again"
        write(timeline, "David")
        timeline.answer(Intent.YES)
        assert kept(timeline) == [KeepPerson("Sheila", ("shiloh",), "moonshine"), KeepPerson("David", ("davy",), "moonshine")]
        assert [say.text for say in timeline.says if say.key == "name.kept"] == ["From now on, number three is Sheila.", "From now on, number four is David."]

    @pytest.mark.parametrize("words", ["Sheila", "Sheilah", "Shiloh"])
    def test_whoever_is_new_today_is_known_at_once(self, words: str, places: Folders) -> None:
        """The file would refuse a name that sounds like another one, or like one that was denied, after the coach had promised to keep it."""
        timeline = newcomer()
        write(timeline, "Shiloh")
        timeline.answer(Intent.NO)
        write(timeline, "Sheila")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.PERSON, until="who.helper", slot=GUEST)
        assert write(timeline, words) == ["name.known", "name.again"]
        assert timeline.says[-2].text == "That sounds like Sheila, whom I know already."
        path = profile_path(places, "home")
        keep_person(path, kept(timeline)[0], SCRIPT)
        with pytest.raises((ConfigError, ScriptError)):
            keep_person(path, KeepPerson(words), SCRIPT)

    def test_both_can_be_new(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.PERSON, until="who.helper", slot=GUEST)
        timeline.run(until="name.ask")
        write(timeline, "David")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.YES)
        assert timeline.session.names == {"client": "Maria", "partner": "David"}
        assert [person.name for person in kept(timeline)] == ["Maria", "David"]


class TestGuesses:
    @staticmethod
    def wrong(*people: Person) -> Timeline:
        """The coach has asked whether it is the second one, and it was not."""
        timeline = sitting(*people)
        timeline.run(until="who.ask")
        write(timeline, "mumble", "2")
        timeline.answer(Intent.NO)
        return timeline

    def test_the_nearest_name_is_asked_about(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.run(until="who.ask")
        assert write(timeline, "It's man.", "2") == ["who.is-it"]
        assert timeline.says[-1].text == "Is it Ben?"
        timeline.answer(Intent.YES)
        assert timeline.says[-1].text == "Stretched today: Ben. Helping: Anna. Is that right?"

    def test_a_wrong_guess_costs_one_question_and_is_not_made_again(self) -> None:
        timeline = self.wrong(ANNA, BEN)
        assert timeline.said[-2:] == ["help.who", "who.ask"]
        assert write(timeline, "mumble", "2") == []
        assert write(timeline, "mumble", "1") == ["who.is-it"]

    def test_after_a_wrong_guess_the_question_is_asked_once_more_before_everybody_is_offered(self) -> None:
        timeline = self.wrong(ANNA, BEN)
        first = len(timeline.said) - 1
        timeline.run(until="who.is-it")
        assert timeline.said[first:] == ["who.ask", "help.who", "who.ask", "who.is-it"]

    def test_a_wrong_guess_at_one_question_may_be_right_at_the_next(self) -> None:
        timeline = self.wrong(ANNA, BEN, Person("Cleo"))
        timeline.answer(Intent.PERSON, until="who.ask", slot="1")
        timeline.run(until="who.helper")
        assert write(timeline, "mumble", "2") == ["who.is-it"]
        timeline.answer(Intent.YES)
        assert timeline.says[-1].text == "Stretched today: Anna. Helping: Ben. Is that right?"

    def test_from_the_start_every_guess_may_be_made_again(self) -> None:
        timeline = self.wrong(ANNA, BEN)
        timeline.answer(Intent.PERSON, until="who.ask", slot="1")
        timeline.answer(Intent.NO)
        timeline.run(until="who.ask")
        assert write(timeline, "mumble", "2") == ["who.is-it"]

    def test_somebody_new_can_be_guessed_to_help_the_last_one_of_the_list(self) -> None:
        timeline = sitting(ANNA, BEN, Person("Cleo"))
        timeline.answer(Intent.PERSON, until="who.ask", slot="3")
        timeline.run(until="who.helper")
        assert write(timeline, "mumble", GUEST) == ["who.is-other"]

    def test_a_sentence_is_no_guess_at_somebody_without_a_name(self) -> None:
        timeline = sitting(ANNA, Person("Person 2", by_name=False))
        timeline.run(until="who.ask")
        assert write(timeline, "what does it want me to say now") == ["help.who"]

    def test_a_guess_that_comes_late_is_no_answer_to_a_yes_or_no(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.answer(Intent.PERSON, until="who.ask", slot="2")
        assert write(timeline, "mumble", "1") == ["help.confirm"]
        assert timeline.session.names["client"] == "Ben"

    def test_somebody_new_can_be_guessed_too(self) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.run(until="who.ask")
        assert write(timeline, "Some buggy oils.", GUEST) == ["who.is-other"]
        timeline.answer(Intent.YES)
        assert timeline.said[-1] == "name.ask"

    @pytest.mark.parametrize(("words", "near"), [("mumble", ""), ("mumble", "5"), ("Zed", "")])
    def test_without_a_guess_there_is_help(self, words: str, near: str) -> None:
        timeline = sitting(ANNA, BEN)
        timeline.run(until="who.ask")
        assert write(timeline, words, near) == ["help.who"]

    def test_nobody_is_guessed_to_help_herself(self) -> None:
        timeline = sitting(ANNA, BEN, Person("Cleo"))
        timeline.answer(Intent.PERSON, until="who.ask", slot="1")
        timeline.run(until="who.helper")
        assert write(timeline, "mumble", "1") == ["help.who"]

    def test_whoever_is_new_today_is_found_by_what_was_written(self) -> None:
        timeline = newcomer()
        write(timeline, "Maria")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.PERSON, until="who.helper", slot="1")
        timeline.answer(Intent.NO)
        timeline.run(until="who.ask")
        assert write(timeline, "It's Maria.") == ["who.is-it"]
        assert timeline.says[-1].text == "Is it Maria?"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.WHO])
def test_a_name_is_heard_at_no_other_moment(phase: Phase) -> None:
    """Whatever an ear writes there is what an unclear word is: it keeps nobody, and never changes the phase."""
    one, other = Timeline().to(phase), Timeline().to(phase)
    assert keys(one.event(Dictated("Maria", "1", "moonshine"))) in (keys(other.event(Unclear("Maria"))), [])
    assert one.phase is other.phase is phase
    assert not kept(one)


EVENTS = st.one_of(
    st.builds(Dictated, st.sampled_from(["Maria", "Stop", "more", "Anna", "", "what is this all about then"]), st.sampled_from(["", "1", "2", "other", "9"])),
    st.builds(Heard, st.sampled_from(Intent), st.sampled_from(Evidence), slot=st.sampled_from(["", "1", "2", "other"])), st.builds(Unclear))


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_whatever_is_said_nobody_is_kept_without_a_name_and_never_under_force(events: list[Dictated | Heard | Unclear]) -> None:
    timeline = newcomer()
    for event in events:
        timeline.quiet()
        timeline.event(event)
    for entry in timeline.log:
        new = [command for command in entry.commands if isinstance(command, KeepPerson)]
        assert not new or (entry.before is Phase.WHO and entry.event == Heard(Intent.YES, Evidence.STRONG, slot=entry.event.slot))  # type: ignore[union-attr]
        assert not new or not {entry.before, entry.after} & FORCE
        assert all(not like(normal(person.name), acting(SCRIPT.grammars)) for person in new if person.by_name)


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENTS, max_size=12))
def test_after_any_talk_about_names_stop_is_answered_at_once(events: list[Dictated | Heard | Unclear]) -> None:
    timeline = newcomer()
    for event in events:
        timeline.event(event)
    if timeline.session.outcome is None and timeline.phase is not Phase.DONE:
        assert "safety.stop" in keys(timeline.hear(Intent.STOP, Evidence.PARTIAL))[:1] or timeline.session.outcome is Outcome.PAIN
        assert timeline.phase is Phase.RELEASED


# --- the file ---


@pytest.fixture
def places(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state", tmp_path / "cache")


class TestKeeping:
    def test_a_person_is_added_last_and_comments_stay(self, places: Folders) -> None:
        path = profile_path(places, "home")
        path.parent.mkdir(parents=True)
        path.write_text("# ours\npeople:\n- Anna  # my sister\n- Ben\n", encoding="utf-8")
        keep_person(path, KeepPerson("Sheila", ("shiloh",), "moonshine"), SCRIPT)
        text = path.read_text(encoding="utf-8")
        assert "# ours" in text
        assert "# my sister" in text
        found = load_profile(path, SCRIPT).people
        assert [person.name for person in found] == ["Anna", "Ben", "Sheila"]
        assert found[-1].written == {"moonshine": ["shiloh"]}

    def test_the_first_person_makes_the_file(self, places: Folders) -> None:
        path = profile_path(places, "home")
        keep_person(path, KeepPerson("Person 1", by_name=False), SCRIPT)
        assert [(person.name, person.by_name) for person in load_profile(path, SCRIPT).people] == [("Person 1", False)]
        assert path.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(("person", "error", "what"), [
        (KeepPerson("Anna"), ConfigError, "'Anna' is there already"), (KeepPerson("Stop"), ScriptError, "sounds like 'stop'"),
        (KeepPerson("Lina", ("ready",), "vosk"), ScriptError, "'ready' sounds like 'ready'")])
    def test_what_would_be_refused_leaves_the_file_as_it_is(self, places: Folders, person: KeepPerson, error: type[Exception], what: str) -> None:
        path = profile_path(places, "home")
        keep_person(path, KeepPerson("Anna"), SCRIPT)
        before = path.read_bytes()
        with pytest.raises(error, match=what):
            keep_person(path, person, SCRIPT)
        assert path.read_bytes() == before
        assert [file.name for file in path.parent.iterdir()] == ["home.yaml"]

    def test_no_sound_and_no_other_key_is_in_the_file(self, places: Folders) -> None:
        path = profile_path(places, "home")
        keep_person(path, KeepPerson("Sheila", ("shiloh",), "moonshine"), SCRIPT)
        assert YAML(typ="safe").load(path) == {"people": [{"name": "Sheila", "written": {"moonshine": ["shiloh"]}}]}

    @pytest.mark.parametrize("way", range(len(SCRIPT.name_phrases)))
    def test_what_an_ear_wrote_is_understood_as_the_person(self, way: int) -> None:
        grammar = with_people(SCRIPT, [PersonData(name="Anna"), PersonData(name="Sheila", written={"moonshine": ["shiloh"]})]).grammars["who"]
        for name in ("sheila", "shiloh"):
            phrase = understand(SCRIPT.name_phrases[way].format(name=name), grammar)
            assert phrase
            assert (phrase.intent, phrase.slot) == (Intent.PERSON, "2")

    def test_the_file_may_hold_no_more_than_the_coach_can_read_out(self, places: Folders) -> None:
        path = profile_path(places, "home")
        for name in ("Anna", "Ben", "Cleo", "Dora", "Emil", "Fritz")[:LARGEST]:
            keep_person(path, KeepPerson(name), SCRIPT)
        with pytest.raises(ScriptError, match="at most 6"):
            keep_person(path, KeepPerson("Gerda"), SCRIPT)


@pytest.mark.parametrize(("language", "grammar"), list(product(LANGUAGES, ["who", "name", "hold", "confirm"])))
def test_only_two_grammars_ask_for_dictation(language: str, grammar: str) -> None:
    assert LANGUAGES[language].grammars[grammar].dictation is (grammar in {"who", "name"})
    assert Intent.STOP in {phrase.intent for phrase in LANGUAGES[language].grammars[grammar].phrases}


def test_names_in_the_grammar_leave_dictation_on() -> None:
    assert with_people(SCRIPT, [PersonData(name="Anna")]).grammars["who"].dictation
    assert not replace(SCRIPT.grammars["who"], dictation=False).dictation


# --- the set-up ---


LINES = {**load_lines(SCRIPT), **session_lines(SCRIPT)}
SPEAKER, MICROPHONE = Device("", "the system's own", ""), Device("", "the system's own", "")


class Lesson:
    """A talk about names; `replies` are the answers to what is listened for, one after the other, and silence then."""

    def __init__(self, *replies: Answer, known: tuple[str, ...] = (), keeps: bool = True, read_back: bool = False) -> None:
        script = replace(SCRIPT, language=SCRIPT.language.model_copy(update={"read_back": read_back}))
        names_ = Names(with_people(script, [PersonData(name=name) for name in known]), known)
        talk = SetUp(LINES, [SPEAKER], [MICROPHONE], Manner(150), names(SCRIPT), SCRIPT.fill, newcomers=names_).only_names()
        self.said: list[Speak] = []
        self.kept: list[KeepPerson] = []
        self.listened: list[str] = []
        left = list(replies)
        try:
            order = next(talk)
            while True:
                answer: Answer = Done()
                match order:
                    case Speak():
                        self.said.append(order)
                    case Listen(grammar, _):
                        self.listened.append(grammar)
                        answer = left.pop(0) if left else Silence()
                    case KeepPerson():
                        answer = Done() if keeps else NotKept("no permission")
                        self.kept += [order] * keeps
                order = talk.send(answer)
        except StopIteration as over:
            self.done: bool = over.value

    @property
    def keys(self) -> list[str]:
        return [said.key for said in self.said]


YES, NO, SKIP = (Understood(intent) for intent in (Intent.YES, Intent.NO, Intent.SKIP))


def heard(words: str) -> NotUnderstood:
    return NotUnderstood(words, "moonshine")


class TestSetUp:
    def test_names_are_learnt_one_after_the_other(self) -> None:
        lesson = Lesson(heard("It's Maria."), YES, YES, heard("Ben"), YES, NO)
        assert [person.name for person in lesson.kept] == ["Maria", "Ben"]
        assert [said.text for said in lesson.said if said.key == "name.kept"] == ["From now on, number one is Maria.", "From now on, number two is Ben."]
        assert lesson.done

    def test_a_denied_reading_is_kept_beside_the_name(self) -> None:
        assert Lesson(heard("Shiloh"), NO, heard("Sheila"), YES, NO).kept == [KeepPerson("Sheila", ("shiloh",), "moonshine")]

    def test_a_number_takes_the_place_of_a_name_that_is_not_found(self) -> None:
        lesson = Lesson(heard("Shiloh"), NO, heard("Siva"), NO, YES, NO, known=("Anna",))
        assert lesson.kept == [KeepPerson("Person 2", by_name=False)]
        assert "Shall I know you as number two" in next(said.text for said in lesson.said if said.key == "name.number")

    @pytest.mark.parametrize(("words", "line"), [("Reddy", "name.taken"), ("Hanna", "name.known"), ("this is a sentence and no name", "help.name")])
    def test_what_cannot_be_a_name_is_refused(self, words: str, line: str) -> None:
        lesson = Lesson(heard(words), known=("Anna",))
        assert line in lesson.keys
        assert not lesson.kept

    def test_a_name_that_was_learnt_a_moment_ago_is_known(self) -> None:
        lesson = Lesson(heard("Maria"), YES, YES, heard("Marie"))
        assert lesson.keys[-1] != "name.right"
        assert next(said.text for said in lesson.said if said.key == "name.known") == "That sounds like Maria, whom I know already."

    @pytest.mark.parametrize("replies", [(), (SKIP,), (SKIP, NO)])
    def test_nobody_has_to_tell_a_name(self, replies: tuple[Answer, ...]) -> None:
        lesson = Lesson(*replies)
        assert not lesson.kept
        assert lesson.done

    def test_what_cannot_be_written_is_told_and_not_counted(self) -> None:
        lesson = Lesson(heard("Maria"), YES, NO, keeps=False)
        assert "names.not-kept" in lesson.keys
        assert "name.kept" not in lesson.keys

    def test_where_the_recogniser_cannot_reject_it_is_a_number(self) -> None:
        lesson = Lesson(YES, NO, read_back=True)
        assert lesson.listened == ["confirm", "confirm"]
        assert lesson.kept == [KeepPerson("Person 1", by_name=False)]

    def test_six_are_enough(self) -> None:
        lesson = Lesson(heard("Maria"), YES, known=("Anna", "Ben", "Cleo", "Dora", "Emil"))
        assert [person.name for person in lesson.kept] == ["Maria"]
        assert "names.more" not in lesson.keys

    def test_stop_ends_it_when_it_is_meant(self) -> None:
        lesson = Lesson(heard("Maria"), YES, YES, Understood(Intent.STOP), YES, heard("Ben"), YES)
        assert [person.name for person in lesson.kept] == ["Maria"]

    def test_its_grammar_is_small_holds_stop_and_asks_for_dictation(self) -> None:
        grammar = grammars(SCRIPT)["name"]
        assert grammar.dictation
        assert {phrase.intent for phrase in grammar.phrases} == {Intent.STOP, Intent.SKIP, Intent.REPEAT, Intent.HELP, Intent.FINISH}
        assert not any(other.dictation for name, other in grammars(SCRIPT).items() if name != "name")
