"""The model check itself: it complains about what it does not know, finds what is seeded, and goes back to any state. `make prove` is the whole search."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from proof.abstraction import Abstraction, Unknown
from proof.faults import FAULTS, Fault, seeded
from proof.properties import ABOUT_THE_SPACE, ONLY_STEPS
from proof.search import Search, _circle, of_the_space, timeline
from proof.world import LEADS, Due, Mouth, Now, Quiet, World, bounded, small_session
from voicecoach.phases import Phase
from voicecoach.session import Session
from voicecoach.vocabulary import Evidence, Heard, Intent, Started


def world(*deeds: object) -> World:
    made = World()
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
    with bounded():
        made = world(*LEADS["the approach"])
        place, key = made.save(), made.key()
        made.do(Now(Heard(Intent.STOP, Evidence.PARTIAL)))
        made.do(Quiet())
        assert made.session.phase is Phase.RELEASED
        made.load(place)
        assert (made.key(), made.session.phase) == (key, Phase.STRETCH)


@pytest.mark.parametrize(("lead", "phase"), [("the warm-up", Phase.WARM_UP), ("the position", Phase.STRETCH), ("the hold", Phase.HOLD)])
def test_the_leads_lead_where_they_say(lead: str, phase: Phase) -> None:
    with bounded():
        assert world(*LEADS[lead]).session.phase is phase


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.module}-{fault.breaks[0]}")
def test_every_seeded_fault_still_fits_the_code(fault: Fault) -> None:
    spec = find_spec(fault.module)
    assert spec
    assert spec.origin
    compile(seeded(fault, Path(spec.origin).read_text(encoding="utf-8")), spec.origin, "exec")


def test_every_property_has_a_seeded_fault() -> None:
    assert {name for fault in FAULTS for name in fault.breaks} == {rule.name for rule in ONLY_STEPS} | set(ABOUT_THE_SPACE)


def test_a_property_that_does_not_hold_is_told_as_the_shortest_timeline() -> None:
    never = ONLY_STEPS[0]._replace(name="no-pause", says="Nobody pauses.", holds=lambda moment: moment.after is not Phase.PAUSED)
    with bounded():
        finding = Search(World(), properties=[never]).run().finding
        assert finding
        assert len(finding.deeds) == 1
        assert timeline(finding.deeds).splitlines()[-1].endswith("=> paused")


def test_a_silent_session_is_led_on_by_its_clocks() -> None:
    with bounded():
        made = world(*LEADS["the hold"])
        for _ in range(8):
            made.do(Quiet())
            made.do(Due())
        assert made.session.phase not in {Phase.STRETCH, Phase.HOLD}


@pytest.mark.parametrize("lead", LEADS)
def test_time_alone_leads_every_way_to_an_end(lead: str) -> None:
    """Else a seeded fault of the clocks would be found that is none."""
    with bounded():
        space = Search(World(), LEADS[lead], idle=True).run()
        assert space.finding is None
        assert of_the_space(space, frozenset()) is None


def test_a_circle_needs_a_clock_that_runs_out_again() -> None:
    assert _circle([(0, 1, Mouth()), (1, 0, Mouth()), (1, 2, Due())]) is None
    assert _circle([(0, 1, Mouth()), (1, 2, Due()), (2, 1, Mouth()), (2, 3, Due())]) == 1
