"""The model check itself: it complains about what it does not know, finds what is seeded, and goes back to any state. `make prove` is the whole search."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from proof.abstraction import Abstraction, Unknown
from proof.faults import FAULTS, Fault, seeded
from proof.history import CARRIED, one_step
from proof.properties import ABOUT_THE_SPACE, ONLY_STEPS
from proof.search import Search, _circle, of_the_space, timeline
from proof.small import WORLDS, Sealed, sealed
from proof.world import LEADS, Due, Mouth, Now, Quiet, World
from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.vocabulary import Evidence, Heard, Intent, Started

BASE = WORLDS["base"]


def small_session() -> Session:
    return World(BASE).session


def world(*deeds: object, name: str = "base") -> World:
    made = World(WORLDS[name])
    for deed in (Now(Started()), *deeds):
        made.do(deed)
    return made


class Thing:
    """Of no house."""


def key_after(session: Session, later: object) -> object:
    abstraction = Abstraction(session)
    session._floor.novelty = later  # noqa: SLF001 - a field that somebody adds
    return abstraction.key()


@pytest.mark.parametrize(("value", "told"), [(Thing(), "does not know"), (1.5, "number that changes"), ([Thing()], "does not know")])
def test_a_new_clock_or_kind_of_object_stops_the_check(value: object, told: str) -> None:
    session = small_session()
    session._floor.novelty = value  # noqa: SLF001 - a field that somebody adds
    with pytest.raises(Unknown, match=told):
        key_after(session, 2.5 if value == 1.5 else value)


def test_a_field_that_appears_on_the_way_stops_it_too() -> None:
    made = world()
    made.session._floor.novelty = True  # noqa: SLF001 - a field that somebody adds
    with pytest.raises(Unknown, match="novelty"):
        made.key()


def test_a_new_flag_is_a_part_of_the_state_by_itself() -> None:
    session = small_session()
    session._floor.novelty = False  # noqa: SLF001 - a field that somebody adds
    abstraction = Abstraction(session)
    before = abstraction.key()
    session._floor.novelty = True  # noqa: SLF001 - the same
    assert abstraction.key() != before


def test_any_state_can_be_gone_back_to() -> None:
    with BASE.bounded():
        made = world(*LEADS["the approach"])
        place, key = made.save(), made.key()
        made.do(Now(Heard(Intent.STOP, Evidence.PARTIAL)))
        made.do(Quiet())
        assert made.session.phase is Phase.RELEASED
        made.load(place)
        assert (made.key(), made.session.phase) == (key, Phase.STRETCH)


@pytest.mark.parametrize(("name", "lead", "phase"), [
    ("base", "the warm-up", Phase.WARM_UP), ("base", "the position", Phase.STRETCH), ("base", "the hold", Phase.HOLD),
    ("sides", "the hold after one question", Phase.HOLD),
    ("read-back", "the position after a question read back", Phase.STRETCH),
    ("doses", "the first stretch after one question", Phase.NEXT), ("doses-read-back", "the first stretch after a question read back", Phase.NEXT),
    ("household", "the end of a turn", Phase.TURN), ("today", "the first proposal after too much", Phase.NEXT), ("alone", "the position after conditions that nobody knows", Phase.DONE), ("choices", "the break", Phase.PAUSED),
])
def test_the_leads_lead_where_they_say(name: str, lead: str, phase: Phase) -> None:
    with WORLDS[name].bounded():
        assert world(*LEADS[lead], name=name).session.phase is phase


@pytest.mark.parametrize("name", WORLDS)
def test_every_part_of_a_world_begins_where_it_can(name: str) -> None:
    small = WORLDS[name]
    with small.bounded():
        for part in small.parts:
            made = world(*LEADS[part.lead], name=name)
            assert made.session.phase is (Phase.TURN if "end of" in part.lead else Phase.WARM_UP if "warm-up" in part.lead else Phase.NEXT if "first stretch" in part.lead or "proposal" in part.lead else Phase.WHO if small.name == "who" else Phase.SCREEN)


def test_two_who_change_places_begin_with_a_session_of_their_own() -> None:
    with WORLDS["household"].bounded():
        made = world(*LEADS["the end of a turn"], Quiet(), Now(Heard(Intent.SWAP, Evidence.STRONG)), name="household")
        first, place = made.session, made.save()
        made.do(Mouth(on=True))
        while made.session is first:
            made.do(Mouth())
        assert made.session.phase is Phase.SCREEN
        made.load(place)
        assert made.session is first
        assert made.session.phase is Phase.DONE


def test_a_proposal_is_agreed_to_by_a_step_and_no_more() -> None:
    assert one_step((20, 2, 1), (25, 2, 1))
    assert one_step((20, 2, 1), (15, 2, 1))
    assert not one_step((20, 2, 1), (26, 2, 1))
    assert not one_step((20, 2, 1), (25, 3, 1))


@pytest.mark.parametrize("look", [lambda seal: seal >= Evidence.FINAL, lambda seal: seal == "keyboard", hash, bool, lambda seal: seal.name])
def test_whoever_looks_how_well_a_word_was_heard_stops_the_check(look: Callable[[object], object]) -> None:
    word = sealed(Heard(Intent.YES, Evidence.STRONG, ear="keyboard"))
    assert isinstance(word, Heard)
    assert type(word.evidence) is Sealed
    with pytest.raises(Unknown, match="outside of the guard"):
        look(word.evidence)


@pytest.mark.parametrize("lead", ["the start", "the question for ready", "the hold"])
def test_words_that_are_done_together_lead_where_each_of_them_leads(lead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spaces = []
    for merges in (True, False):
        monkeypatch.setattr(Search, "merges", merges)
        with BASE.bounded():
            spaces.append(Search(World(BASE), LEADS[lead], depth=2).run())
    together, apart = spaces
    assert together.keys == apart.keys
    assert set(together.edges) == set(apart.edges)
    assert together.steps == apart.steps
    assert together.events < apart.events


def test_a_kind_of_event_that_never_happens_stops_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proof.world.ANY_TIME", tuple(Now(Heard(intent, Evidence.STRONG)) for intent in Intent))
    with pytest.raises(Unknown, match="ANY_TIME"):
        World(BASE)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.module}-{fault.breaks[0]}")
def test_every_seeded_fault_still_fits_the_code(fault: Fault) -> None:
    spec = find_spec(fault.module)
    assert spec
    assert spec.origin
    compile(seeded(fault, Path(spec.origin).read_text(encoding="utf-8")), spec.origin, "exec")


def test_every_property_has_a_seeded_fault() -> None:
    assert {name for fault in FAULTS for name in fault.breaks} == {rule.name for rule in ONLY_STEPS} | set(ABOUT_THE_SPACE)


def test_the_safety_case_names_properties_that_there_are() -> None:
    case = Path(__file__).parents[2].joinpath("docs", "safety.md").read_text(encoding="utf-8")
    told = case.partition("## What is searched")[2].partition("## What remains")[0]
    named = set(re.findall(r"`([a-z-]+)`", told))
    assert named
    assert named <= {rule.name for rule in ONLY_STEPS} | set(ABOUT_THE_SPACE)


def test_a_property_that_does_not_hold_is_told_as_the_shortest_timeline() -> None:
    never = ONLY_STEPS[0]._replace(name="no-pause", says="Nobody pauses.", holds=lambda moment: moment.after is not Phase.PAUSED)
    with BASE.bounded():
        finding = Search(World(BASE), properties=[never]).run().finding
        assert finding
        assert len(finding.deeds) == 1
        assert timeline(finding.deeds).splitlines()[-1].endswith("=> paused")


def test_a_silent_session_is_led_on_by_its_clocks() -> None:
    with BASE.bounded():
        made = world(*LEADS["the hold"])
        for _ in range(8):
            made.do(Quiet())
            made.do(Due())
        assert made.session.phase not in {Phase.STRETCH, Phase.HOLD}


@pytest.mark.parametrize(("name", "lead"), sorted({(fault.world, fault.lead) for fault in FAULTS}))
def test_time_alone_leads_every_way_to_an_end(name: str, lead: str) -> None:
    """Else a seeded fault of the clocks would be found that is none."""
    with WORLDS[name].bounded():
        space = Search(World(WORLDS[name]), LEADS[lead], idle=True).run()
        assert space.finding is None
        assert of_the_space(space, frozenset()) is None


def test_a_circle_needs_a_clock_that_runs_out_again() -> None:
    assert _circle([(0, 1, Mouth()), (1, 0, Mouth()), (1, 2, Due())]) is None
    assert _circle([(0, 1, Mouth()), (1, 2, Due()), (2, 1, Mouth()), (2, 3, Due())]) == 1


def test_a_place_that_is_a_warning_counts_during_the_last_words() -> None:
    """The check found it: the ears still listened for places, and the session passed the word over."""
    with BASE.bounded():
        made = world(*LEADS["the hold"], Now(Heard(Intent.PAIN, Evidence.PARTIAL)), Now(Heard(Intent.PLACE, Evidence.FINAL, slot="radiating")))
        assert made.session.phase is Phase.DONE
        assert made.turns[-1].says[0] == "safety.pain"


def test_a_dose_is_carried_together_with_what_was_agreed_to() -> None:
    """Else the search puts together a dose of one past and a consent of another, and finds that more was done than was agreed."""
    with WORLDS["today"].bounded():
        abstraction = Abstraction(World(WORLDS["today"]).session)
        together = {phase: {name for name in abstraction.carried(phase) if name in {"Plan.bouts", "Plan._deepenings"}} for phase in Phase}
    assert {phase for phase, names in together.items() if len(names) == 2} == CARRIED["dose"]
    assert all(len(names) != 1 for names in together.values())


def test_nothing_can_be_taken_back_once_somebody_was_pushed() -> None:
    with BASE.bounded():
        made = world(*LEADS["the approach"])
        made.key()
        made.session._plan.way_back = Phase.PAUSED  # noqa: SLF001 - a fault of the session
        with pytest.raises(Unknown, match="after somebody was pushed"):
            made.key()


def test_a_word_that_is_taken_back_is_done_with_all_that_is_carried() -> None:
    abstraction = Abstraction(small_session())
    assert abstraction.words_for(Phase.WARM_UP) == {Intent.GO_BACK, Intent.MEANT_NO}
    assert abstraction.words_for(Phase.HOLD) == frozenset()
    assert abstraction.lets_go(Phase.WARM_UP, Phase.PAUSED) == {"Plan.way_back"}
    assert abstraction.lets_go(Phase.STRETCH, Phase.HOLD) == {"Plan.warm_up_left"}
    assert abstraction.lets_go(Phase.STRETCH, Phase.WARM_UP) == frozenset()


def test_why_asks_the_second_question_about_a_dose_again_and_not_the_first() -> None:
    """The check found it: a "yes" to the first question, asked again, counted as one to the second."""
    with WORLDS["doses-read-back"].bounded():
        made = world(*LEADS["the first stretch after a question read back"], Quiet(), Now(Heard(Intent.YES, Evidence.STRONG)), Quiet(), name="doses-read-back")
        made.do(Now(Heard(Intent.WHY, Evidence.STRONG)))
        assert made.turns[-1].says == ("dose.because-comfortable", "dose.sure")
