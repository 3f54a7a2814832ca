"""Profiles: the file, what is wrong in it, the command, and what the memory knows of each person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from timeline import DIALOGS, SCRIPT, SHORT, Timeline

from voicecoach.__main__ import main
from voicecoach.commands.company import company, remembered
from voicecoach.core.household import Household, Person
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.core.sitting import Sitting
from voicecoach.errors import ConfigError, ScriptError
from voicecoach.language.intents import understand
from voicecoach.language.loader import load_script
from voicecoach.memory.chronicle import Ended, Screened
from voicecoach.memory.history import Head, Past, screened_lately
from voicecoach.memory.scribe import Scribe
from voicecoach.memory.store import Store
from voicecoach.records.journal import Journal, Recipe, read_journal, replay
from voicecoach.settings.config import Called, Config, Folders
from voicecoach.settings.people import PersonData, load_profile, with_people
from voicecoach.vocabulary import Command, Event, Intent

TODAY = date(2026, 11, 24)
LANGUAGES = {name: load_script(DIALOGS / name) for name in ("en", "de", "es", "ko")}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    found = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state", tmp_path / "cache")
    for module in ("common", "memory"):
        monkeypatch.setattr(f"voicecoach.commands.{module}.folders", lambda: found)
    return found


def profile(places: Folders, text: str, name: str = "home") -> Path:
    path = places.data / "people" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- the file ---


@pytest.mark.parametrize(("text", "what"), [
    ("people: []", r"home.yaml:1: people: .*at least 1 item"),
    ("people: [Anna, Ben, Cleo, Dora, Emil, Fritz, Gerd]", r"home.yaml:1: people: .*at most 6 items"),
    ("people:\n- Anna\n- name: anna", r"home.yaml:3: people.1: 'anna' stands twice"),
    ("people:\n- Reddy", r"home.yaml:2: people.0: 'reddy' sounds like 'ready', which means ready; write 'hear: \[\]'"),
    ("people:\n- Stop Miller", r"'stop miller' sounds like 'stop', which means stop"),
    ("people:\n- {name: Bo, hear: [yes]}", r"'yes' sounds like 'yes', which means yes"),
    ("people:\n- Marian\n- Marion", r"home.yaml:3: people.1: 'Marian' and 'Marion' sound alike; write 'hear: \[\]' for one of them"),
    ("people:\n- {name: Anna, sais: x}", r"home.yaml:2: people.0.sais: no such key is known; the keys known here are name, say"),
    ("people:\n- '{client}'", r"home.yaml:2: people.0.*is not a name that can be spoken"),
    ("people:\n- '...'", r"is not a name that can be spoken"),
    ("people: [Anna]\nfolk: [Ben]", r"home.yaml:2: folk: no such key is known"),
])
def test_each_mistake_is_one_sentence_with_its_line_and_what_to_do(places: Folders, text: str, what: str) -> None:
    with pytest.raises(ScriptError, match=what) as caught:
        load_profile(profile(places, text), SCRIPT)
    assert len(caught.value.problems) == 1


def test_a_name_that_sounds_like_a_command_is_allowed_by_number(places: Folders) -> None:
    found = load_profile(profile(places, "people:\n- {name: Reddy, hear: []}\n- Ben\n"), SCRIPT)
    assert [person.heard_as for person in found.people] == [(), ("ben",)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_person_can_be_chosen_by_name_and_by_number_in_every_language(language: str) -> None:
    people = [PersonData(name="Anna"), PersonData(name="Björn"), PersonData(name="지우"), PersonData(name="Person 4", by_name=False)]
    grammar = with_people(LANGUAGES[language], people).grammars["who"]
    for number, person in enumerate(people, start=1):
        assert str(number) in {phrase.slot for phrase in LANGUAGES[language].grammars["who"].phrases}
        if person.by_name:
            assert (phrase := understand(person.name, grammar))
            assert (phrase.intent, phrase.slot) == (Intent.PERSON, str(number))
    assert understand("Person 4", grammar) is None


def test_the_coach_tells_the_number_of_each_name() -> None:
    people = [PersonData(name="Anna"), PersonData(name="Ben")]
    household = Household((Person("Anna"), Person("Ben")), asks=True)
    timeline = Timeline(session=Recipe("en", SHORT, household=household).session(with_people(SCRIPT, people)))
    assert [say.text for say in timeline.says if say.key == "who.choice"] == ["Number one is Anna.", "Number two is Ben."]


def test_a_name_is_heard_nowhere_but_at_that_question() -> None:
    script = with_people(SCRIPT, [PersonData(name="Anna")])
    assert {name for name, grammar in script.grammars.items() if understand("anna", grammar)} == {"who"}


# --- who a session is with ---


def test_without_a_profile_nobody_is_asked_for_a_name(places: Folders) -> None:
    here = company(Config(client=Called(name="Anna")), places, SCRIPT)
    assert (here.household.asks, [person.name for person in here.household.people]) == (False, ["Anna"])
    assert not company(Config(), places, SCRIPT).household.people


def test_the_usual_profile_is_used_and_a_named_one_must_be_there(places: Folders) -> None:
    profile(places, "people: [Anna, Ben]")
    profile(places, "people: [Cleo, Dora]", "parents")
    assert [person.name for person in company(Config(), places, SCRIPT).household.people] == ["Anna", "Ben"]
    assert [person.name for person in company(Config(profile="parents"), places, SCRIPT).household.people] == ["Cleo", "Dora"]
    with pytest.raises(ConfigError, match=r"There is no profile 'club' \(there are: home, parents\); make it with"):
        company(Config(profile="club"), places, SCRIPT)
    with pytest.raises(ConfigError, match="no name of a profile"):
        company(Config(profile="../x"), places, SCRIPT)


def test_a_named_client_is_not_asked_for_and_is_called_as_the_profile_says(places: Folders) -> None:
    profile(places, "people: [{name: Niamh, say: neev}, Ben]")
    here = company(Config(client=Called(name="Niamh")), places, SCRIPT)
    assert not here.household.asks
    timeline = Timeline(session=Recipe("en", SHORT, "Niamh", "Ben", household=here.household).session(SCRIPT))
    assert any("neev" in say.sound.lower() for say in timeline.says)


def test_the_safety_lines_of_every_two_are_ready_as_they_sound(places: Folders) -> None:
    profile(places, "people: [Anna, {name: Niamh, say: neev}]")
    texts = set(company(Config(), places, SCRIPT).safety_texts())
    for client, partner in (("Anna", "neev"), ("neev", "Anna"), ("you on the floor", "Anna"), ("you on the floor", "partner")):
        assert set(SCRIPT.safety_texts({"client": client, "partner": partner})) <= texts


# --- each person's history is that person's own ---


def past(*entries: tuple[str, int, bool, str | None]) -> list[Past]:
    """Sessions as (client, days ago, fully screened, outcome)."""
    began = datetime(2026, 11, 24, 18).astimezone()
    return [Past(number, Head(began - timedelta(days=days), client=who), screened=outcome != "screened-out", outcome=outcome, fully_screened=full)
            for number, (who, days, full, outcome) in enumerate(entries)]


@pytest.mark.parametrize(("entries", "known"), [
    ([], False),
    ([("Anna", 3, True, "completed")], True),
    ([("Anna", 13, True, "completed")], True),
    ([("Anna", 14, True, "completed")], False),
    ([("Anna", 3, False, "completed")], False),
    ([("Anna", 9, True, "completed"), ("Anna", 2, False, "completed")], True),
    ([("Anna", 20, True, "completed"), ("Anna", 2, False, "completed")], False),
    ([("Anna", 9, True, "completed"), ("Anna", 2, False, "pain")], False),
    ([("Anna", 9, True, "completed"), ("Anna", 2, False, "stopped")], False),
    ([("Anna", 9, True, "completed"), ("Anna", 2, False, "screened-out")], False),
    ([("Anna", 9, True, None)], False),
    ([("Ben", 3, True, "completed")], False),
    ([("", 3, True, "completed")], False),
])
def test_a_full_screening_counts_for_two_weeks_for_that_person_and_only_while_all_is_well(entries: list, known: bool) -> None:  # noqa: FBT001 - from a table
    assert screened_lately(past(*entries), "Anna", TODAY) is known


def test_nobody_without_a_name_is_ever_known() -> None:
    assert not screened_lately(past(("", 3, True, "completed")), "", TODAY)


class Remembered(Sitting):
    """A sitting with a scribe beside it."""

    scribe: Scribe

    def handle(self, event: Event, now: float) -> list[Command]:
        commands = super().handle(event, now)
        self.scribe.add(now, event, commands)
        return commands


def test_each_turn_is_a_session_of_its_own_person_in_the_memory(tmp_path: Path) -> None:
    household = Household((Person("Anna"), Person("Ben")), asks=True, swaps=True)
    sitting = Remembered(lambda seats: Session(SCRIPT, SHORT, household=household, seats=seats))
    began = datetime(2026, 11, 24, 18).astimezone()
    sitting.scribe = Scribe(Store(tmp_path / "m.sqlite3"), Head(began, "en", journal="j"), sitting)
    timeline = Timeline(session=sitting)
    timeline.answer(Intent.PERSON, until="who.ask", slot="2")
    timeline.answer(Intent.YES)
    timeline.run(until="question.")
    timeline.to(Phase.CHECK_IN)
    while timeline.phase is not Phase.TURN:
        timeline.answer(Intent.SKIP)
        timeline.run(1)
    timeline.answer(Intent.SWAP, until="turn.ask")
    swapped = timeline.now
    timeline.answer(Intent.YES, until="question.saddle-numbness.ask")
    timeline.to_the_end()
    sitting.scribe.close()
    assert not sitting.scribe.trouble
    with Store(tmp_path / "m.sqlite3") as store:
        first, second = store.load()
    assert (first.head.client, first.head.partner, first.outcome, first.fully_screened) == ("Ben", "Anna", "completed", True)
    assert (second.head.client, second.head.partner, second.outcome, second.fully_screened) == ("Anna", "Ben", "screened-out", False)
    assert (len(first.counted), len(second.counted)) == (1, 0)
    assert swapped <= (second.head.began - began).total_seconds() <= swapped + 60
    assert second.lasted < 90


def test_what_the_memory_tells_is_given_to_each_person(places: Folders, tmp_path: Path) -> None:
    profile(places, "people: [Anna, Ben]")
    with Store(tmp_path / "m.sqlite3") as store:
        number = store.begin(Head(datetime(2026, 11, 20).astimezone(), client="Ben"))
        store.add(number, Screened(60.0, full=True))
        store.add(number, Ended(900.0, "completed"))
        here = remembered(company(Config(), places, SCRIPT), store, TODAY, "lower-back")
    assert [person.progress.screened for person in here.household.people] == [False, True]


# --- the journal ---


def test_a_journal_of_a_household_can_be_replayed(tmp_path: Path) -> None:
    people = (Person("Anna", progress=Progress(sessions=3, screened=True)), Person("Ben", say="behn"))
    recipe = Recipe("en", SHORT, household=Household(people, asks=True, swaps=True))
    timeline = Timeline(session=recipe.session(SCRIPT))
    timeline.answer(Intent.PERSON, until="who.ask", slot="1")
    timeline.answer(Intent.YES)
    timeline.run(until="question.")
    timeline.answer(Intent.NO)
    journal = Journal(tmp_path / "j.jsonl", recipe)
    for entry in timeline.log:
        journal.add(entry.now, entry.event, entry.commands)
    journal.close()
    assert read_journal(tmp_path / "j.jsonl")[0] == recipe
    assert replay(tmp_path / "j.jsonl", SCRIPT) == (len(timeline.log), [])


# --- the command ---


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_people_are_added_listed_changed_and_removed(places: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no profile 'home' yet" in run(capsys, "people")[1]
    assert run(capsys, "people", "add", "Anna")[0] == 0
    assert run(capsys, "people", "add", "Siobhan", "--say", "shi-VAWN", "--hear", "shiv on")[0] == 0
    path = places.data / "people/home.yaml"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("# ours\n" + path.read_text())
    assert run(capsys, "people", "change", "anna", "--by-name", "no")[0] == 0
    out = run(capsys, "people", "list")[1]
    assert "1. Anna, called by the role, heard by the number alone" in out
    assert "2. Siobhan, said as 'shi-VAWN', heard as 'shiv on', or by the number" in out
    assert path.read_text().startswith("# ours")
    assert run(capsys, "people", "remove", "Anna")[0] == 0
    code, out, _ = run(capsys, "people", "remove", "Siobhan")
    assert (code, path.exists()) == (0, False)
    assert "nobody was left" in out


@pytest.mark.parametrize(("words", "what"), [
    (("add", "Anna"), "'Anna' is there already"),
    (("add", "Reddy"), "'reddy' sounds like 'ready'"),
    (("remove", "Zoe"), "nobody is called 'Zoe' there"),
    (("change", "Anna", "--hear", "stop"), "'stop' sounds like 'stop'"),
])
def test_what_would_be_refused_later_is_refused_now_and_the_file_stays(
        places: Folders, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], what: str) -> None:
    path = profile(places, "people:\n- Anna  # she\n")
    code, _, err = run(capsys, "people", *words)
    assert code == 2
    assert what in err
    assert "home.yaml" in err
    assert ".draft" not in err
    assert path.read_text() == "people:\n- Anna  # she\n"
    assert [file.name for file in path.parent.iterdir()] == ["home.yaml"]


def test_a_history_goes_with_a_new_name(places: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    profile(places, "people: [Person 2, Ben]")
    with Store(places.data / "memory/memory.sqlite3") as store:
        store.begin(Head(datetime(2026, 11, 20).astimezone(), client="Person 2", partner="Ben"))
        store.begin(Head(datetime(2026, 11, 21).astimezone(), client="Ben", partner="person 2"))
    assert run(capsys, "people", "change", "Person 2", "--rename", "Mina")[0] == 0
    with Store(places.data / "memory/memory.sqlite3") as store:
        assert [(p.head.client, p.head.partner) for p in store.load()] == [("Mina", "Ben"), ("Ben", "Mina")]


def test_forget_takes_the_person_out_of_the_profiles_only_when_asked(places: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    path, other = profile(places, "people: [Anna, Ben]"), profile(places, "people: [Anna]", "parents")
    journal = places.state / "journals/2026-11-20-180000.jsonl"
    people = (Person("Anna"), Person("Ben"))
    Journal(journal, Recipe("en", SHORT, household=Household(people, asks=True))).close()
    assert run(capsys, "forget", "--person", "Anna", "--yes")[0] == 0
    assert not journal.exists()
    assert "Anna" in path.read_text()
    assert run(capsys, "forget", "--person", "Anna", "--profile-too", "--yes")[0] == 0
    assert "Anna" not in path.read_text()
    assert not other.exists()
    assert run(capsys, "forget", "--all", "--profile-too", "--yes")[0] == 0
    assert not path.exists()
