"""The page of what can be said: nobody is told what is not understood, and it is one page for eyes, ears and printers."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from timeline import DIALOGS

from voicecoach.__main__ import main
from voicecoach.errors import ScriptError
from voicecoach.hearing.risk import RELEASE
from voicecoach.language.intents import normal
from voicecoach.language.loader import load_script
from voicecoach.view.card import HEIGHT, MARGIN, SPLIT, WIDTH, html, load_card, svg

SCRIPTS = {path.parent.name: load_script(path.parent) for path in sorted(DIALOGS.glob("*/language.yaml"))}
CARDS = {language: load_card(script) for language, script in SCRIPTS.items()}
every = pytest.mark.parametrize("language", sorted(CARDS))
SVG = "{http://www.w3.org/2000/svg}"


def told(card):
    return [phrase for part in card.parts for row in part.rows for phrase in row.told]


class Outline(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.language, self.words = [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes).get("scope")))
        self.language = dict(attributes).get("lang", self.language)

    def handle_data(self, data):
        self.words += data


@every
def test_every_language_tells_the_same_intents_and_every_release_word_comes_first(language):
    intents = [intent for intent, _ in told(CARDS[language])]
    assert sorted(set(intents)) == sorted({intent for intent, _ in told(CARDS["en"])})
    assert {row.intent for row in CARDS[language].parts[0].rows} == {intent.value for intent in RELEASE}
    assert {intent for intent, _ in told(CARDS[language])} >= {"stop", "ease", "pain", "ready", "more", "good", "yes", "no", "help", "repeat"}


@every
def test_the_pauses_are_told_too(language):
    pauses = {phrase.text for grammar in SCRIPTS[language].grammars.values() for phrase in grammar.phrases if phrase.slot == "pauses"}
    assert len({normal(phrase) for _, phrase in told(CARDS[language])} & pauses) == 2


@every
def test_a_screen_reader_finds_headings_tables_and_every_phrase(language):
    page = html(CARDS[language], language)
    outline = Outline(page)
    assert outline.language == language
    parts = CARDS[language].parts
    assert [tag for tag, _ in outline.tags].count("h1") == 1
    assert [tag for tag, _ in outline.tags].count("caption") == len(parts)
    assert outline.tags.count(("th", "row")) == sum(len(part.rows) for part in parts)
    assert outline.tags.count(("th", "col")) == 2 * len(parts)
    assert all(phrase in outline.words for _, phrase in told(CARDS[language]))
    assert not re.search(r"https?:|<script|<img", page)
    colours = set(re.findall(r"#[0-9a-fA-F]{3,6}", page))
    assert colours == {"#000", "#fff"}, "nothing relies on colour"


@every
def test_the_picture_is_one_page_of_large_type_in_reading_order(language):
    root = ET.fromstring(svg(CARDS[language], language))  # noqa: S314 - our own
    assert root.find(f"{SVG}title").text == CARDS[language].title
    texts = [(float(text.get("x")), float(text.get("y")), float(text.get("font-size")), text.text) for text in root.iter(f"{SVG}text")]
    assert all(MARGIN <= x < WIDTH - MARGIN and 0 < y <= HEIGHT - 8 for x, y, _, _ in texts)
    assert min(size for *_, size, _ in texts) >= 5.0, "14 points"
    assert all(size >= 6.0 for x, _, size, _ in texts if x == SPLIT), "17 points for what is to be said"
    words = " ".join(text for *_, text in texts)
    assert all(phrase in words for _, phrase in told(CARDS[language]))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("[stop, let go, no more]", "[stop, cease]", "'cease' is no phrase of 'stop'"),
    ("intent: pause", "intent: nap", "'wait a moment' is no phrase of 'nap'"),
    ("title: What you can say", "titel: What", "no such key"),
])
def test_a_mistake_is_told_with_its_line(tmp_path, old, new, message):
    shutil.copytree(DIALOGS / "en", tmp_path / "en")
    file = tmp_path / "en/card.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    script = load_script(tmp_path / "en")
    with pytest.raises(ScriptError, match=message) as raised:
        load_card(script)
    assert all(problem.line for problem in raised.value.problems)


def test_the_command_writes_html_or_svg_in_any_language(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name, begin in (("card.html", "<!DOCTYPE html>"), ("card.svg", "<svg")):
        assert main(["card", "--language", "ko", "--out", str(tmp_path / name)]) == 0
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.startswith(begin)
        assert "그만" in text
    assert main(["card", "--language", "xx"]) == 2
    assert "There are no dialogs for the language 'xx'" in capsys.readouterr().err
    assert main(["card", "--out", str(tmp_path / "no/such/file.html")]) == 2


@every
def test_the_pages_in_the_documentation_are_those_of_the_dialogs(language):
    page = Path(__file__).parents[2] / "docs/cards" / f"{language}.svg"
    assert page.read_text(encoding="utf-8") == svg(CARDS[language], language), f"run: voicecoach card --language {language} --out docs/cards/{language}.svg"
