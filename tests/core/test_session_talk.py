"""Conversation: whatever may be said in a phase is answered there, in words that fit."""

from __future__ import annotations

import pytest
from test_dosing import RULES
from test_session_dose import COMFORTABLE
from timeline import FULL, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.household import Household, Person
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.language.line_keys import GRAMMARS, GUEST
from voicecoach.vocabulary import Hush, Intent, Party, Say

PLACES: dict[str, tuple[Phase, Intent | None]] = {
    "screening": (Phase.SCREEN, None), "warm-up": (Phase.WARM_UP, None), "confirm": (Phase.WARM_UP, Intent.WARM), "rest": (Phase.NEXT, None),
    "position": (Phase.NEXT, Intent.NEXT), "stretch": (Phase.STRETCH, None), "hold": (Phase.HOLD, None), "check-in": (Phase.CHECK_IN, None),
    "place": (Phase.CHECK_IN, Intent.YES), "place-check": (Phase.CHECK_IN, Intent.YES), "released": (Phase.RELEASED, None), "paused": (Phase.PAUSED, None), "cool-down": (Phase.NEXT, Intent.SKIP),
    "dose": (Phase.NEXT, None),
}
"""Where each grammar is listened for: in which phase, and after which word."""


def listening_to(grammar: str) -> Timeline:
    """A session that listens for `grammar`, with the coach quiet and his last turn said."""
    if grammar in {"who", "name", "turn"}:
        return with_two(grammar)
    phase, word = PLACES[grammar]
    proposing = Session(SCRIPT, SHORT, progress=Progress(earlier=COMFORTABLE), rules=RULES, earcons="none") if grammar == "dose" else None
    timeline = Timeline(SHORT if grammar == "cool-down" else FULL, proposing).to(phase, warm=True)
    if word:
        timeline.answer(word)
    if grammar == "place-check":
        timeline.run(until="knees-to-chest.right_place")
    timeline.quiet()
    assert timeline.grammar.name == grammar
    return timeline


def with_two(grammar: str) -> Timeline:
    """The same at the questions that are asked of a household only."""
    household = Household((Person("Anna"), Person("Ben")), asks=grammar != "turn", swaps=True, learns=True)
    timeline = Timeline(session=Session(SCRIPT, SHORT, household=household))
    if grammar == "name":
        timeline.answer(Intent.PERSON, slot=GUEST)
    if grammar == "turn":
        timeline.to(Phase.CHECK_IN, warm=True)
        while timeline.phase is not Phase.TURN:
            timeline.answer(Intent.SKIP)
            timeline.run(1)
    timeline.quiet()
    assert timeline.grammar.name == grammar
    return timeline


EVERY = [(grammar, intent) for grammar in GRAMMARS for intent in sorted({p.intent for p in SCRIPT.grammars[grammar].phrases}, key=lambda i: i.value)]
UNANSWERED = {("hold", Intent.GOOD), ("hold", Intent.YES)}
"""Said without being asked, they only reassure."""


@pytest.mark.parametrize(("grammar", "intent"), EVERY)
def test_every_word_of_a_grammar_is_answered_in_speech(grammar: str, intent: Intent) -> None:
    timeline = listening_to(grammar)
    answered = keys(timeline.hear(intent))
    assert bool(answered) is ((grammar, intent) not in UNANSWERED)


@pytest.mark.parametrize("grammar", sorted(set(GRAMMARS) - {"stretch", "hold"}))
def test_help_lists_what_can_be_said_now(grammar: str) -> None:
    said = keys(listening_to(grammar).hear(Intent.HELP))
    assert said == ["help.list", *["help.hurts"][: grammar not in {"screening", "who", "name"}]]


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_the_last_turn_can_always_be_repeated_whole(grammar: str) -> None:
    timeline = listening_to(grammar)
    last = next(entry.says for entry in reversed(timeline.log) if entry.says)
    said = keys(timeline.hear(Intent.REPEAT))
    assert said == [key for key in last if not key.endswith("approach_partner")]


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_a_repeated_turn_uses_the_very_words_of_the_first(grammar: str) -> None:
    timeline = listening_to(grammar)
    repeated = [say.text for say in timeline.hear(Intent.REPEAT) if isinstance(say, Say)]
    assert repeated == [say.text for say in timeline.says[-2 * len(repeated) : -len(repeated)]]


@pytest.mark.parametrize(("word", "attribute", "direction"), [
    (Intent.SLOWER, "rate", -1), (Intent.FASTER, "rate", 1), (Intent.LOUDER, "volume", 1), (Intent.QUIETER, "volume", -1),
])
class TestVoice:
    def test_the_last_turn_comes_again_that_way_and_so_does_all_that_follows(self, word: Intent, attribute: str, direction: int) -> None:
        timeline = listening_to("rest")
        before = timeline.says[-1]
        (*_, again) = timeline.hear(word)
        assert isinstance(again, Say)
        assert again.text == before.text
        assert (getattr(again, attribute) - getattr(before, attribute)) * direction > 0
        timeline.run(until="position.ready")
        assert getattr(timeline.says[-1], attribute) == getattr(again, attribute)

    def test_there_are_limits(self, word: Intent, attribute: str, direction: int) -> None:
        timeline = listening_to("paused")
        for _ in range(30):
            timeline.hear(word)
            timeline.quiet()
        assert 0.25 <= getattr(timeline.says[-1], attribute) <= 2
        assert (getattr(timeline.says[-1], attribute) - 1) * direction > 0


def test_louder_in_the_middle_of_a_line_begins_it_again_louder() -> None:
    timeline = listening_to("paused")
    timeline.hear(Intent.REPEAT)
    timeline.run(1)
    commands = timeline.hear(Intent.LOUDER)
    assert commands[0] == Hush()
    assert keys(commands) == ["safety.pause", "paused.ask"]


class TestHowLong:
    @pytest.mark.parametrize(("grammar", "line"), [
        ("warm-up", "warm-up.left"), ("position", "talk.time-left"), ("rest", "talk.time-left"), ("hold", "hold.left"),
        ("paused", "talk.time-left"), ("cool-down", "cool-down.left"),
    ])
    def test_it_is_answered_with_the_time_that_matters_there(self, grammar: str, line: str) -> None:
        assert keys(listening_to(grammar).hear(Intent.HOW_LONG)) == [line]

    def test_no_answer_is_of_one_minutes_or_one_seconds(self) -> None:
        timeline = listening_to("hold")
        timeline.hear(Intent.GOOD)
        while timeline.phase is Phase.HOLD:
            for said in timeline.hear(Intent.HOW_LONG):
                if isinstance(said, Say):
                    assert "one seconds" not in said.text
                    assert "zero seconds" not in said.text
            timeline.run(1)


class TestWhyAndWhichMuscles:
    @pytest.mark.parametrize("grammar", ["position", "rest"])
    def test_of_the_stretch_that_comes(self, grammar: str) -> None:
        assert keys(listening_to(grammar).hear(Intent.WHY)) == ["knees-to-chest.why"]
        assert keys(listening_to(grammar).hear(Intent.MUSCLES)) == ["knees-to-chest.muscles"]

    def test_in_the_screening_of_the_question_and_in_the_warm_up_of_the_warm_up(self) -> None:
        assert keys(listening_to("screening").hear(Intent.WHY))[0].endswith(".because")
        assert keys(listening_to("warm-up").hear(Intent.WHY)) == ["warm-up.why"]


class TestNextAndSkip:
    def test_next_cuts_the_announcement_short_and_sets_up(self) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        commands = timeline.hear(Intent.NEXT)
        assert commands[0] == Hush()
        assert keys(commands)[0] == "knees-to-chest.client_position"

    def test_skip_leaves_the_stretch_out_on_both_sides(self) -> None:
        timeline = listening_to("rest")
        for stretch in ("spinal-twist", "hamstring", "figure-four"):
            assert keys(timeline.hear(Intent.SKIP)) == ["next.skipped", "next.stretch", f"{stretch}.introduction"]
            timeline.quiet()
        assert keys(timeline.hear(Intent.SKIP)) == ["next.skipped", "cool-down.1"]

    def test_lying_down_is_asked_for_once(self) -> None:
        timeline = listening_to("rest")
        timeline.hear(Intent.SKIP)
        assert timeline.said.count("next.first") == 1

    def test_skip_in_the_cool_down_goes_to_the_goodbye(self) -> None:
        assert keys(listening_to("cool-down").hear(Intent.SKIP))[-1] == "goodbye.completed"


class TestNames:
    def test_given_names_are_used_and_stand_first(self) -> None:
        session = Session(SCRIPT, SHORT, client="Anna", partner="Ben")
        timeline = Timeline(session=session).to(Phase.DONE, warm=True)
        for say in timeline.says:
            if say.to is Party.CLIENT:
                assert say.text.startswith("Anna, ")
            if say.to is Party.PARTNER:
                assert say.text.startswith("Ben, ")
        assert not any("partner," in say.text for say in timeline.says)

    def test_without_names_the_roles_are_spoken(self) -> None:
        roles = Timeline().says[1].text.lower()
        assert SCRIPT.language.roles["client"] in roles
        assert SCRIPT.language.roles["partner"] in roles

    def test_a_name_with_braces_is_only_a_name(self) -> None:
        timeline = Timeline(session=Session(SCRIPT, SHORT, client="{x}", partner="{0}")).to(Phase.HOLD, warm=True)
        assert any(say.text.startswith("{x}, ") for say in timeline.says)
