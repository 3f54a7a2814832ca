"""What is made of the memory: the arithmetic, the page with its pictures, the exports, and the words of the coach."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from timeline import SCRIPT, SHORT, Timeline, keys
from watched import FIRST_DAY, imagined

from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress, Trend
from voicecoach.core.session import Session
from voicecoach.language.line_keys import LINES
from voicecoach.memory.chronicle import Answered, Eased
from voicecoach.memory.export import to_csv, to_json
from voicecoach.memory.history import Comfort, Grain, Hold, by_person, look_back, sides, spans
from voicecoach.memory.report import STYLE, page
from voicecoach.memory.wording import duration
from voicecoach.vocabulary import Intent, Say

NOW = FIRST_DAY + timedelta(days=90)


# --- arithmetic ---


def test_left_and_right_are_compared_where_there_are_sides():
    found = sides(imagined(10))
    assert found.keys() == {"spinal-twist"}
    left, right = found["spinal-twist"]["left"], found["spinal-twist"]["right"]
    assert (left.holds, left.mean_seconds, left.eases, left.comfortable) == (10, 21, 10, 0)
    assert (right.holds, right.mean_seconds, right.eases, right.comfortable) == (10, 25, 0, 1)


def test_comfort_is_the_least_comfortable_thing_that_was_told():
    (session,) = imagined(1)
    plain, eased, fine = session.holds
    assert [session.comfort(hold) for hold in session.holds] == [Comfort.GOOD, Comfort.EASED, Comfort.GOOD]
    assert replace(session, answers=()).comfort(plain) is Comfort.UNKNOWN
    assert replace(session, answers=(*session.answers, Answered(1.0, eased.where, "too-much", "unsure"))).comfort(eased) is Comfort.TOO_MUCH
    assert session.comfort(replace(fine, ending="pain")) is Comfort.TOO_MUCH


def test_a_moment_is_no_hold_and_an_interrupted_one_neither():
    (session,) = imagined(1)
    short = replace(session, holds=(Hold(1.0, session.holds[0].where, 25, 3.0, "stop"), Hold(2.0, session.holds[0].where, 25)))
    assert (short.counted, short.held_seconds) == ((), 0)


@pytest.mark.parametrize(("count", "every", "grain", "number"), [(1, 2, Grain.WEEK, 1), (20, 2, Grain.WEEK, 6), (200, 2, Grain.MONTH, 14), (1000, 4, Grain.YEAR, 11)])
def test_time_is_cut_as_fine_as_fits_and_no_session_is_lost(count, every, grain, number):
    got, cut = spans(imagined(count, every=every))
    assert (got, len(cut)) == (grain, number)
    assert sum(len(span.sessions) for span in cut) == count


def test_weeks_without_a_session_are_there_too():
    _, cut = spans(imagined(3, every=14))
    assert [len(span.sessions) for span in cut] == [1, 0, 1, 0, 1]
    assert cut[0].first == date(2026, 1, 5)


def test_people_are_told_apart_by_name_however_it_is_written():
    people = by_person([*imagined(2), *imagined(1, client=" anna"), *imagined(1, client="Ben")])
    assert {name: len(sessions) for name, sessions in people.items()} == {"anna": 3, "Ben": 1}


@pytest.mark.parametrize(("seconds", "words"), [(44.6, "45 s"), (60, "1 min"), (350, "5 min 50 s"), (7500, "2 h 5 min")])
def test_lengths_in_words(seconds, words):
    assert duration(seconds) == words


# --- how am I doing? ---


def test_the_last_four_weeks_are_summed_up_for_one_client():
    past = [*imagined(28), *imagined(50, client="Ben")]
    got = look_back(past, "anna", past[27].day)
    assert got == Progress(weeks=4, sessions=14, minutes=17, eases=14, trend=Trend.SAME, before=14)


@pytest.mark.parametrize(("before", "now", "trend"), [(20, 25, Trend.LONGER), (25, 20, Trend.SHORTER), (25, 26, Trend.SAME)])
def test_a_trend_needs_a_tenth_and_three_sessions_on_both_sides(before, now, trend):
    past = [*imagined(10, seconds=before), *imagined(10, seconds=now, first=FIRST_DAY + timedelta(days=28))]
    today = FIRST_DAY.date() + timedelta(days=28 + 19)
    assert look_back(past, "Anna", today).trend is trend
    assert look_back(past[-12:], "Anna", today).trend is Trend.UNKNOWN


@pytest.mark.parametrize(("progress", "said"), [
    (Progress(), ["first"]), (Progress(before=3), ["long-ago"]), (Progress(sessions=1, minutes=1, before=2), ["one"]),
    (Progress(sessions=9, minutes=12, eases=2, trend=Trend.LONGER), ["sessions", "minutes", "longer", "eases"]),
    (Progress(sessions=2, minutes=1, trend=Trend.SHORTER), ["sessions", "shorter"])])
def test_the_coach_tells_what_there_is_to_tell(progress, said):
    timeline = Timeline(session=Session(SCRIPT, SHORT, progress=progress)).to(Phase.NEXT, warm=True)
    timeline.quiet()
    commands = timeline.hear(Intent.PROGRESS)
    assert keys(commands) == [f"progress.{name}" for name in said]
    assert all("{" not in command.text for command in commands if isinstance(command, Say))


def test_every_line_about_progress_can_be_said():
    every = [Progress(), Progress(before=1), Progress(sessions=1), *[Progress(sessions=5, minutes=5, eases=1, trend=trend) for trend in Trend]]
    assert {key for progress in every for key, _ in progress.lines()} == {key for key in LINES if key.startswith("progress.")}


# --- the page ---

VOID = {"meta", "path", "rect", "circle", "br", "link", "img", "input"}


class Page(HTMLParser):
    """Reads a page, checks that every element is closed where it should be, and keeps what the tests ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for tag, attributes in self.open:
            self.texts.setdefault(tag, []).append(data)
            if "id" in attributes:
                self.texts.setdefault(f"#{attributes['id']}", []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def said(self, identifier: str) -> str:
        return "".join(self.texts.get(f"#{identifier}", []))


@pytest.fixture(scope="module")
def html():
    return page([*imagined(20), *imagined(5, client='<b>Ben & "Co"</b>', partner="<script>")], NOW)


@pytest.fixture(scope="module")
def read(html):
    return Page(html)


def test_the_page_has_one_heading_a_section_for_each_person_and_no_level_left_out(read):
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert levels.count(2) == len(read.all("section")) == 2
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert read.all("html") == [{"lang": "en"}]
    assert len(read.all("main")) == 1
    assert "".join(read.texts["title"]).startswith("Stretching sessions, up to 5 April 2026")


def test_every_name_of_an_element_is_given_once_and_every_reference_leads_to_one(read):
    names = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = {name for _, attributes in read.elements for name in (attributes.get("aria-labelledby") or "").split()}
    wanted |= {attributes["href"][1:] for attributes in read.all("a")}
    wanted |= {found for _, attributes in read.elements for found in re.findall(r"url\(#([^)]+)\)", attributes.get("fill") or "")}
    assert wanted <= set(names)


def test_every_picture_has_a_title_a_description_and_its_figures_as_a_table(read):
    figures, pictures = read.all("figure"), read.all("svg")
    assert len(figures) == len(pictures) == 10
    for picture in pictures:
        assert picture["role"] == "img"
        title, about = picture["aria-labelledby"].split()
        assert read.said(title).strip()
        assert len(read.said(about)) > 20
    tables = read.all("table")
    assert len(tables) == len(figures) + 2
    assert len(read.all("caption")) == len(tables)
    assert all(attributes["scope"] in {"col", "row"} for attributes in read.all("th"))


def test_the_tables_hold_the_figures(html):
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", html)
    figures = {name: re.findall(r"<td>(.*?)</td>", cells) for name, cells in rows if name == "Spinal twist"}
    assert figures == {"Spinal twist": ["21", "25"]}
    assert "Spinal twist: on the left 20 holds, 0% comfortable, eased 20 times; on the right 20 holds, 100% comfortable, eased never." in html


def test_nothing_comes_from_outside_and_nothing_runs(html, read):
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & {tag for tag, _ in read.elements}
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|javascript:|\son[a-z]+=", html)
    assert "default-src 'none'" in html


def test_names_are_text_and_nothing_else(html, read):
    assert "<b>" not in html
    assert "<script>" not in html
    assert '<b>Ben & "Co"</b>' in read.texts["h2"]


def test_colour_is_never_alone(read):
    """The series of one picture differ in pattern as well: as many patterns as there are series but the first."""
    patterned = [attributes for attributes in read.all("rect") if (attributes.get("fill") or "").startswith("url(#")]
    plain = [attributes for attributes in read.all("rect") if (attributes.get("class") or "").startswith("bar") and not (attributes["class"] or "").endswith("s0")]
    assert len(patterned) == len(plain) > 0


def test_light_dark_and_paper_are_thought_of():
    assert "prefers-color-scheme: dark" in STYLE
    assert "@media print" in STYLE
    assert "break-inside: avoid" in STYLE
    for block in re.findall(r":root \{([^}]*--page[^}]*)\}", STYLE):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]+)", block))
        assert all(contrast(colours["page"], colours[ink]) >= 4.5 for ink in ("ink", "soft")), "WCAG 2 AA"


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at:at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_nothing_is_claimed_about_health(html):
    text = re.sub(r"<[^>]+>", " ", html).lower()
    for word in ("treat", "reliev", "heal ", "cure", "improve", "better", "emergency", "diagnos", "therap"):
        assert word not in text, word


def test_one_session_without_a_hold_makes_a_page_too():
    (session,) = imagined(1, client="", partner="")
    read = Page(page([replace(session, holds=(), eases=(), answers=(), releases=(), outcome=None, lasted=None)], NOW))
    assert "No name given" in read.texts["h2"]
    assert "was interrupted, or is going on" in read.texts["td"]


def test_a_thousand_sessions_make_a_small_page_quickly():
    past = imagined(1000)
    past = [replace(session, holds=session.holds * 5, answers=session.answers * 14, eases=(*session.eases, Eased(1.0, session.holds[0].where, "hold", "silence")))
            for session in past]
    began = time.process_time()
    html = page(past, NOW)
    assert time.process_time() - began < 6
    assert len(html) < 300_000


# --- exports ---


def test_json_holds_everything():
    past = imagined(5)
    data = json.loads(to_json(past))
    assert [session["began"] for session in data["sessions"]] == [session.head.began.isoformat() for session in past]
    assert data["sessions"][0]["began"] == "2026-01-05T19:30:00+01:00"
    for written, session in zip(data["sessions"], past, strict=True):
        assert (written["client"], written["outcome"], written["lasted"]) == (session.head.client, session.outcome, session.lasted)
        assert [(hold["stretch"], hold["side"], hold["seconds"], hold["ending"]) for hold in written["holds"]] == [
            (*hold.where[:2], hold.seconds, hold.ending) for hold in session.holds]
        assert [len(written[name]) for name in ("eases", "stops", "answers", "adaptations")] == [1, len(session.releases), 3, 0]


def test_csv_is_a_file_for_each_table_that_joins_by_number():
    past = imagined(5, client='Anna, "A"\nB', partner="Änne")
    files = {name: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in to_csv(past)}
    assert {name: len(rows) for name, rows in files.items()} == {
        "sessions.csv": 5, "holds.csv": 15, "eases.csv": 5, "stops.csv": 1, "answers.csv": 15, "adaptations.csv": 0, "doses.csv": 0}
    assert {row["client"] for row in files["sessions.csv"]} == {'Anna, "A"\nB'}
    assert {row["session"] for row in files["holds.csv"]} == {row["number"] for row in files["sessions.csv"]}
    assert files["eases.csv"][0] == {"session": "1", "at": "710.0", "stretch": "spinal-twist", "side": "left", "repetition": "1", "phase": "hold", "by": "word"}
