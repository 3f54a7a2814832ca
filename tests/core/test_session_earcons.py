"""When the session orders which earcon, and that the settings switch them off."""

from __future__ import annotations

import pytest
from timeline import SCRIPT, SHORT, Timeline, keys

from voicecoach.core.phases import Phase
from voicecoach.records.journal import Journal, Recipe, replay
from voicecoach.vocabulary import Chime, Command, Earcon, Evidence, Hush, Intent, Lost, Say, Source, Unclear


def chimes(commands: list[Command]) -> list[Earcon]:
    return [command.earcon for command in commands if isinstance(command, Chime)]


def everything(timeline: Timeline) -> list[Earcon]:
    return [earcon for entry in timeline.log for earcon in chimes(entry.commands)]


def test_listening_comes_when_the_question_has_been_asked_and_not_after_statements() -> None:
    timeline = Timeline(earcons="all")
    timeline.quiet()
    assert timeline.said[-1].startswith("question.")
    assert everything(timeline) == [Earcon.LISTENING], "one for the question, none for the welcome"
    timeline.to(Phase.WARM_UP)
    before = len(everything(timeline))
    timeline.run(100)
    assert len(everything(timeline)) == before


def test_heard_comes_before_the_reply() -> None:
    timeline = Timeline(earcons="all")
    timeline.quiet()
    first, second = timeline.hear(Intent.NO)
    assert first == Chime(Earcon.HEARD)
    assert isinstance(second, Say)


def test_heard_stands_alone_where_nothing_is_replied() -> None:
    timeline = Timeline(earcons="all").to(Phase.HOLD)
    timeline.quiet()
    timeline.hear(Intent.GOOD)
    assert timeline.hear(Intent.GOOD) == [Chime(Earcon.HEARD)]


def test_an_answer_over_the_coach_gets_no_late_earcon() -> None:
    timeline = Timeline(earcons="all")
    timeline.run(1)
    assert chimes(timeline.hear(Intent.NO)) == []


def test_not_understood_comes_once_for_each_thing_that_the_coach_says() -> None:
    timeline = Timeline(earcons="few").to(Phase.HOLD)
    timeline.run(until="hold.ask")
    timeline.quiet()
    assert timeline.event(Unclear("hm")) == [Chime(Earcon.NOT_UNDERSTOOD)]
    assert timeline.event(Unclear("hm")) == []


def test_a_doubtful_word_is_answered_by_the_earcon_and_then_by_words() -> None:
    timeline = Timeline(earcons="few")
    timeline.quiet()
    first, second = timeline.hear(Intent.NO, Evidence.FINAL)
    assert first == Chime(Earcon.NOT_UNDERSTOOD)
    assert keys([second]) == ["talk.pardon"]


def test_talk_between_the_two_of_them_makes_no_sound_while_nothing_is_asked() -> None:
    timeline = Timeline(earcons="all").to(Phase.WARM_UP)
    timeline.quiet()
    assert timeline.event(Unclear("nice weather")) == []


@pytest.mark.parametrize("intent", [Intent.STOP, Intent.PAIN])
def test_release_comes_behind_the_words_and_before_all_others(intent: Intent) -> None:
    timeline = Timeline(earcons="few").to(Phase.HOLD)
    hush, line, chime, *rest = timeline.hear(intent)
    assert hush == Hush()
    assert isinstance(line, Say)
    assert line.safety
    assert chime == Chime(Earcon.RELEASE)
    assert chimes(rest) == []


def test_less_is_told_by_words_alone() -> None:
    timeline = Timeline(earcons="all").to(Phase.HOLD)
    assert chimes(timeline.hear(Intent.EASE)) == []
    assert chimes(timeline.hear(Intent.NO)) == []


def test_half_and_end_of_a_hold() -> None:
    timeline = Timeline(earcons="few").to(Phase.HOLD)
    timeline.run(until="hold.half")
    timeline.answer(Intent.GOOD)
    timeline.run(until="check-in.feel")
    assert [earcon for earcon in everything(timeline) if earcon in {Earcon.HALF, Earcon.END}] == [Earcon.HALF, Earcon.END]
    end = next(entry for entry in timeline.log if Chime(Earcon.END) in entry.commands)
    assert end.says[0] == "hold.end"


def test_an_end_that_a_person_calls_is_answered_by_words_alone() -> None:
    timeline = Timeline(earcons="all").to(Phase.HOLD)
    timeline.quiet()
    commands = timeline.hear(Intent.NEXT)
    assert keys(commands)[0] == "hold.end"
    assert chimes(commands) == []


def test_louder_makes_them_louder_too() -> None:
    timeline = Timeline(earcons="all")
    timeline.quiet()
    timeline.hear(Intent.LOUDER)
    timeline.quiet()
    last = [command for entry in timeline.log for command in entry.commands if isinstance(command, Chime)][-1]
    assert last.volume == pytest.approx(1.41)


def test_none_are_none() -> None:
    timeline = Timeline(earcons="none").to(Phase.CHECK_IN)
    timeline.hear(Intent.STOP)
    timeline.to_the_end()
    assert everything(timeline) == []


def test_a_journal_with_earcons_replays(tmp_path) -> None:
    recipe = Recipe("en", SHORT, earcons="all")
    timeline = Timeline(session=recipe.session(SCRIPT)).to(Phase.CHECK_IN)
    timeline.hear(Intent.STOP)
    journal = Journal(tmp_path / "journal.jsonl", recipe)
    for entry in timeline.log:
        journal.add(entry.now, entry.event, entry.commands)
    journal.close()
    count, differences = replay(journal.path, SCRIPT)
    assert (count, differences) == (len(timeline.log), [])
    assert '"earcon":"half"' in journal.path.read_text()


class TestALostButton:
    @pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in {Phase.RELEASED, Phase.DONE}])
    def test_releases_says_so_and_waits_for_a_spoken_continue(self, phase: Phase) -> None:
        timeline = Timeline().to(phase, warm=True)
        commands = timeline.event(Lost(Source.BUTTON, "AB Shutter: it has gone"))
        assert commands[0] == Hush()
        assert keys(commands)[0] == "safety.button-lost"
        assert timeline.phase is Phase.RELEASED
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.phase is not Phase.RELEASED

    def test_its_return_is_told_but_changes_nothing(self) -> None:
        from voicecoach.vocabulary import Alive  # noqa: PLC0415
        timeline = Timeline().to(Phase.HOLD)
        timeline.event(Lost(Source.BUTTON))
        timeline.quiet()
        assert keys(timeline.event(Alive(Source.BUTTON))) == ["released.button-back"]
        timeline.run(20)
        assert timeline.phase is Phase.RELEASED

    def test_its_return_is_no_news_elsewhere(self) -> None:
        from voicecoach.vocabulary import Alive  # noqa: PLC0415
        assert Timeline().to(Phase.HOLD).event(Alive(Source.BUTTON)) == []


class TestAPress:
    """A key is "stop" and nothing else."""

    @pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.DONE])
    def test_no_number_of_presses_leads_out_of_the_released_phase(self, phase: Phase) -> None:
        from voicecoach.live.hands import press  # noqa: PLC0415
        timeline = Timeline().to(phase, warm=True)
        for key in ("space", "enter", "c", "y", "page down"):
            commands = timeline.event(press("keyboard", key))
            assert keys(commands)[0] == "safety.stop"
            timeline.quiet()
            assert timeline.phase is Phase.RELEASED

    def test_a_press_takes_back_a_continue(self) -> None:
        from voicecoach.live.hands import press  # noqa: PLC0415
        timeline = Timeline().to(Phase.RELEASED)
        timeline.answer(Intent.CONTINUE)
        timeline.quiet()
        timeline.event(press("button", "key 28"))
        timeline.quiet()
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.RELEASED
