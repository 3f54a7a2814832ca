"""Rehearsals: every shipped scenario with the real ear and the real voice, and real people's "stop" over them."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import soundfile
from timeline import DIALOGS, SCRIPT

from voicecoach.__main__ import main
from voicecoach.live.earcons import sound
from voicecoach.records.journal import read_journal, replay
from voicecoach.vocabulary import Earcon, Finish, Heard, Hush, Intent, LineFinished, Outcome, Say

WITH_FAKES = {"short", "gentle", "solo"}
"""Half an hour of session each, with nothing for the real ear that the others have not: tests/language/test_programs.py rehearses them with the fakes."""
SCENARIOS = sorted(path.stem for path in (DIALOGS / "scenarios").glob("*.yaml") if path.stem not in WITH_FAKES)
WANTED = {"first-session", "stop-in-hold", "ease-then-good", "pain", "screened-out", "silence", "microphone-dies"}
RATE = 16_000


def rms(samples):
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One place for all rehearsals of this module, so that lines are rendered once."""
    return tmp_path_factory.mktemp("rehearsals")


@pytest.fixture(scope="module", autouse=True)
def own_cache(folders):
    """The user's folders are not touched by a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(folders / name.lower()))
        yield


@pytest.fixture(scope="module")
def rehearsed(folders, own_cache):
    """Runs a scenario once; returns its exit code and its folder."""
    done = {}

    def run(name):
        if name not in done:
            out = folders / name
            done[name] = (main(["rehearse", name, "--quiet", "--out", str(out)]), out)
        return done[name]
    return run


def test_all_the_scenarios_that_a_user_is_promised_are_there():
    assert set(SCENARIOS) >= WANTED


def test_a_rehearsal_remembers_nothing_unless_it_is_asked_to(rehearsed, folders):
    rehearsed("screened-out")
    assert not (folders / "data/voicecoach/memory").exists()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_shipped_scenario_meets_its_expectations(name, rehearsed, capsys):
    code, out = rehearsed(name)
    assert code == 0, capsys.readouterr().err
    assert {path.name for path in out.iterdir()} == {"session.wav", "transcript.txt", "journal.jsonl"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_its_journal_replays_to_the_same_commands(name, rehearsed):
    _, out = rehearsed(name)
    count, differences = replay(out / "journal.jsonl", SCRIPT)
    assert count > 100
    assert differences == []


def test_the_recording_holds_the_coach_left_and_the_people_right(rehearsed):
    _, out = rehearsed("stop-in-hold")
    sound, rate = soundfile.read(out / "session.wav")
    assert (rate, sound.shape[1]) == (RATE, 2)
    _, entries = read_journal(out / "journal.jsonl")
    entries = list(entries)
    assert abs(len(sound) / rate - entries[-1].now) < 0.1
    stop = next(entry for entry in entries if isinstance(entry.event, Heard) and entry.event.intent is Intent.STOP)
    at = round(stop.now * rate)
    coach, people = sound[:, 0], sound[:, 1]
    assert rms(people[at - RATE: at]) > 0.01, "the person's stop is in the right channel"
    assert rms(coach[at + RATE // 10: at + RATE]) > 0.02, "the release line sounds within a second"
    assert not people[at + RATE: at + 3 * RATE].any(), "the coach is not in the people's channel"


def test_a_stop_is_answered_by_hush_and_the_release_line_in_one_call(rehearsed):
    _, out = rehearsed("stop-in-hold")
    stops = [entry for entry in read_journal(out / "journal.jsonl")[1] if isinstance(entry.event, Heard) and entry.event.intent is Intent.STOP]
    assert len(stops) == 2
    for entry in stops:
        assert isinstance(entry.commands[0], Hush)
        assert isinstance(entry.commands[1], Say)
        assert entry.commands[1].key == "safety.stop"


def loudest_match(sound, earcon):
    """The best normalised correlation of an earcon with any part of `sound`, 0 to 1."""
    energy = np.sqrt(np.convolve(np.square(sound), np.ones(len(earcon)), "valid") + 1e-6)
    return float(np.max(np.abs(np.correlate(sound, earcon, "valid")) / energy) / np.linalg.norm(earcon))


def test_no_earcon_is_in_the_sound_before_the_release_line_has_ended(rehearsed):
    _, out = rehearsed("stop-in-hold")
    coach = soundfile.read(out / "session.wav")[0][:, 0]
    entries = list(read_journal(out / "journal.jsonl")[1])
    for stop in (entry for entry in entries if isinstance(entry.event, Heard) and entry.event.intent is Intent.STOP):
        line = stop.commands[1]
        assert isinstance(line, Say)
        ends = next(entry.now for entry in entries if entry.event == LineFinished(line.utterance))
        spoken = coach[round(stop.now * RATE): round((ends - 0.1) * RATE)]
        after = coach[round((ends - 0.1) * RATE): round((ends + 0.5) * RATE)]
        assert all(loudest_match(spoken, sound(earcon, RATE)) < 0.7 for earcon in Earcon)
        assert loudest_match(after, sound(Earcon.RELEASE, RATE)) > 0.95
    assert "(sound: release)" in (out / "transcript.txt").read_text()


def test_the_first_session_goes_through_all_four_stretches_on_both_sides(rehearsed):
    _, out = rehearsed("first-session")
    commands = [command for entry in read_journal(out / "journal.jsonl")[1] for command in entry.commands]
    said = [command.key for command in commands if isinstance(command, Say)]
    assert [said.count(f"{stretch}.approach_partner") for stretch in ("knees-to-chest", "spinal-twist", "hamstring", "figure-four")] == [2, 4, 4, 4]
    assert commands[-1] == Finish(Outcome.COMPLETED)


STOP_SCENARIO = """\
about: A recorded person says stop in a hold.
program: one-stretch
answers:
  - {{after: "question.*.ask", say: "no"}}
  - {{after: warm-up.begin, wait: 1, say: we have warmed up}}
  - {{after: warm-up.confirm, say: "yes"}}
  - {{after: position.ready, wait: 1, who: partner, say: we are both ready}}
  - {{after: "*.approach_client", wait: 1, say: just right}}
  - {{after: released.ask, wait: 1, say: we want to finish}}
steps:
  - after: "*.hold_client"
    wait: 1
    recording: {recording}
    expect: {{hears: stop, says: safety.stop, phase: released, within: 1.0}}
expect: {{ends: stopped}}
"""


def some_stops(speech, count):
    """The first clip of each of `count` speakers, evenly over the list."""
    with (speech / "manifest.csv").open() as file:
        first = {row["speaker"]: row["path"] for row in reversed(list(csv.DictReader(file))) if row["word"] == "stop"}
    paths = sorted(first.values())
    return [speech / path for path in paths[:: len(paths) // count][:count]]


def test_real_peoples_stop_releases_the_hold(speech, folders, own_cache):
    """Six speakers; one miss is allowed, since not every clip of the corpus is heard (docs/benchmarks.md says how many are)."""
    released = 0
    for index, recording in enumerate(some_stops(speech, 6)):
        scenario = folders / f"person-{index}.yaml"
        scenario.write_text(STOP_SCENARIO.format(recording=recording))
        released += main(["rehearse", str(scenario), "--quiet", "--out", str(folders / f"person-{index}")]) == 0
    assert released >= 5


NOISY = """\
about: The same with noise in the room.
program: one-stretch
noise: {snr: 15}
answers:
  - {after: "question.*.ask", say: "yes"}
expect: {ends: emergency, says: [question.saddle-numbness.advice]}
"""


def test_noise_can_be_mixed_in(folders, own_cache, capsys):
    scenario = folders / "noisy.yaml"
    scenario.write_text(NOISY)
    out = folders / "noisy"
    assert main(["rehearse", str(scenario), "--quiet", "--out", str(out)]) == 0, capsys.readouterr().err
    people = soundfile.read(out / "session.wav")[0][:, 1]
    assert 0.006 < rms(people[RATE: 5 * RATE]) < 0.012, "0.05 less 15 dB"


ECHOING = """\
about: The coach is as loud in the microphone as the people, and they answer as soon as he has spoken.
program: one-stretch
echo: {loss: 0, delay: 0.15, ringing: 0.3}
answers:
  - {after: "question.saddle-numbness.ask", wait: 0.3, say: "no"}
  - {after: "question.bladder-bowel.ask", wait: 0.3, say: "yes"}
expect: {ends: emergency, says: [question.bladder-bowel.advice], never: [talk.pardon, safety.stop]}
"""


def test_in_an_echoing_room_an_answer_right_after_a_line_is_heard(folders, own_cache, capsys):
    scenario = folders / "echoing.yaml"
    scenario.write_text(ECHOING)
    assert main(["rehearse", str(scenario), "--quiet", "--out", str(folders / "echoing")]) == 0, capsys.readouterr().err


def test_an_expectation_that_is_not_met_is_a_failure_with_a_sentence(folders, own_cache, capsys):
    scenario = folders / "wrong.yaml"
    scenario.write_text(NOISY.replace("ends: emergency", "ends: completed").replace("noise: {snr: 15}\n", ""))
    assert main(["rehearse", str(scenario), "--quiet", "--out", str(folders / "wrong")]) == 1
    assert "The session ended as 'emergency' and not as 'completed'." in capsys.readouterr().err

