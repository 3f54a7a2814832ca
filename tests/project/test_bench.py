from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bench import report
from bench.hearing import grammar_of, wilson
from bench.peers import takes_for
from bench.peers.vosk_english import VoskEnglish
from bench.split import Part, Recording
from bench.study import code_stamp, phrase_book, told_phrases
from bench.svg import Axis, Panel, Series, chart
from bench.trials import CLEAN, Condition, Reason, Trial, cut_out, reverberate, sample, stop_times, through_microphone
from voicecoach.audio import RATE, active_level
from voicecoach.hearing.segmenter import Kind
from voicecoach.vocabulary import Intent

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(81, 100, 0.7222, 0.8749), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)])
def test_wilson_gives_the_published_intervals(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=2e-4)


@pytest.mark.parametrize(("count", "bound"), [(0, 2.996), (1, 4.744), (3, 7.754)])
def test_the_upper_bound_of_a_count_is_the_exact_poisson_one(count, bound):
    assert report.upper(count) == pytest.approx(bound, abs=2e-3)


def a_chart() -> str:
    lines = [Series("a < b", [(0, 10), (1, 90)], emphasis=True), Series("c", [(2, 400)])]
    return chart("Heard & more", "n = 3.", Axis("heard, %", [(0, "0"), (100, "100")]), [Panel("One", Axis("dB", [(0, "0"), (2, "2")]), lines)])


def test_a_chart_is_well_formed_and_tells_a_screen_reader_its_figures():
    root = ET.fromstring(a_chart())  # noqa: S314 - our own
    assert root.findtext(f"{SVG}title") == "Heard & more"
    assert "a < b: 0: 10, 1: 90" in root.findtext(f"{SVG}desc")
    assert {"a < b", "c", "dB", "heard, %", "n = 3."} <= {text.text for text in root.iter(f"{SVG}text")}


def test_a_chart_keeps_points_inside_its_frame():
    root = ET.fromstring(a_chart())  # noqa: S314 - our own
    _, _, width, height = map(float, root.get("viewBox").split())
    assert all(0 <= float(c.get("cx")) <= width and 0 <= float(c.get("cy")) <= height for c in root.iter(f"{SVG}circle"))


def recordings_of(names: list[str]) -> list[Recording]:
    return [Recording(Path("any/words/stop") / name, "stop", name, Part.TEST, 4) for name in names]


def test_a_sample_is_the_same_whatever_the_order_and_grows_without_exchanging_anybody():
    names = [f"{i}.flac" for i in range(30)]
    small, large = sample(recordings_of(names), 5), sample(recordings_of(names[::-1]), 12)
    assert large[:5] == small
    assert [r.path.name for r in small] != names[:5]


def test_a_peer_gets_the_word_and_half_a_second_around_it():
    sound = np.arange(RATE * 5, dtype=np.float32)
    cut = cut_out(sound, Trial("stop", 5.0, None, start=2.5, end=3.0))
    assert (cut[0], len(cut)) == (2.0 * RATE, 1.5 * RATE)


def test_a_room_adds_a_tail_and_keeps_the_level():
    sound = np.zeros(RATE, np.float32)
    sound[RATE // 4 : RATE // 2] = np.sin(np.arange(RATE // 4) * 0.3)
    wet = reverberate(sound, 0.6)
    assert active_level(wet) == pytest.approx(active_level(sound), rel=0.01)
    assert np.square(wet[RATE // 2 :]).sum() > 100 * np.square(sound[RATE // 2 :]).sum() + 1


def test_the_microphone_clips_what_is_loud_and_loses_what_is_quiet():
    sound = np.array([0.5, -0.5, 1e-4], np.float32)
    assert through_microphone(sound, 12).max() < 1.0
    assert through_microphone(sound, 12).min() == -1.0
    assert not through_microphone(sound, -96).any()


def reason(at: float = 1.0, kind: Kind = Kind.RUNNING, *, written: bool = False, likely: float = -9.0, head: float = -9.0) -> Reason:
    return Reason(at, kind, scored=False, written=written, likely=likely, head=head)


def test_a_bar_that_is_raised_lets_less_through():
    near = reason(likely=0.5, head=-1.0)
    assert [near.found(bar) for bar in (-4.0, 0.0, 1.0)] == [True, True, False]
    assert reason(written=True).found(5.0)


def test_the_curve_s_point_at_no_raise_is_the_rule_itself():
    weak, sure = reason(0.2, Kind.SLIDING, head=1.0), reason(0.4, Kind.SLIDING, head=4.0)
    assert list(stop_times([weak])) == []
    assert list(stop_times([weak, replace(weak, at=0.36)])) == [0.36]
    assert list(stop_times([sure])) == [0.4]
    assert list(stop_times([sure], bar=1.5)) == []
    assert list(stop_times([weak, reason(0.3, Kind.ENDPOINT), replace(weak, at=2.0)])) == [], "an endpoint lies between"
    assert list(stop_times([replace(weak, written=True)])) == [0.2], "head and grammar agree"


def test_the_rules_stamp_is_of_what_they_do(tmp_path):
    def stamp(text: str) -> str:
        (tmp_path / "rules.py").write_text(text, encoding="utf-8")
        return code_stamp(tmp_path / "rules.py")

    assert stamp('BAR = 1.0\n"""Why."""\n') == stamp('BAR = 1.0  # because\n"""Because."""\n')
    assert stamp("BAR = 1.0\n") != stamp("BAR = 2.0\n")


def test_conditions_have_names_for_tables():
    assert [c.name for c in (CLEAN, Condition("babble", 5))] == ["clean", "babble, 5 dB"]


def test_a_peer_s_answer_counts_by_whole_words():
    grammar = phrase_book().grammars["hold"]
    assert takes_for("Oh, please STOP it!", grammar, Intent.STOP)
    assert not takes_for("nonstop stopping", grammar, Intent.STOP)


def test_what_people_are_told_to_say_is_found_in_the_readme_and_in_the_help():
    told = {phrase.text for phrase in told_phrases(phrase_book())}
    assert {"stop", "let go", "no more", "ease off", "i don't know", "a bit more", "what can i say", "down my leg"} <= told
    assert "carry on" not in told


def test_grammars_of_any_size_have_distinct_phrases():
    for size in (5, 320):
        assert len({p.text for p in grammar_of(phrase_book(), str(size)).phrases}) == size


def test_vosk_says_that_its_model_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.peers.vosk_english.vosk_models", lambda *_: [])
    with pytest.raises(FileNotFoundError, match="not installed"):
        VoskEnglish()


def test_the_page_keeps_every_section(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "session.md").write_text("## The session\n", encoding="utf-8")
    record = {"clean": {"yes": [9, 0, 10], "no": [8, 1, 10]}, "head": "abc", "rules": "def", "date": "2026-01-01", "machine": "2 cores", "finished": True}
    (folder / "study-answers.json").write_text(json.dumps(record), encoding="utf-8")
    report.write(folder, {"head": "abc", "rules": "def"})
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert page.index("## The session") < page.index("| clean | yes | 9/10 = 90.0 %")
    assert "not measured yet" in page


@pytest.mark.parametrize(("present", "told"), [({"head": "abc", "rules": "new"}, "with older rules."), ({"head": "new", "rules": "def"}, "older release head, abc."),
                                               ({"head": "abc", "rules": "def"}, None)])
def test_a_part_that_was_measured_with_something_else_says_so(tmp_path, present, told):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    record = {"clean": {"yes": [9, 0, 10], "no": [8, 1, 10]}, "head": "abc", "rules": "def", "date": "2026-01-01", "machine": "2 cores", "finished": True}
    (folder / "study-answers.json").write_text(json.dumps(record), encoding="utf-8")
    page = report.write(folder, present)
    assert told in page if told else "was measured on" not in page
