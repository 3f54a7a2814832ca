"""The report: one HTML page that tells a history in words, pictures and tables, and needs nothing but itself.

No script, no font, no address of anything outside, and a policy in the page that forbids them. Every picture has its
figures as a table beside it, so that whoever does not see it misses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from statistics import fmean

from voicecoach.memory.history import Comfort, Grain, Past, Side, Span, by_person, sides, spans
from voicecoach.memory.pictures import Chart, Series, draw
from voicecoach.memory.wording import change, day, duration, ended, often, times, title

LATEST = 20
"""So many sessions are listed one by one."""

HOW_ENDED = ("to the end", "ended early", "stopped or pain", "did not begin")
"""Kinds of sessions in the first picture."""


def page(past: Sequence[Past], now: datetime) -> str:
    """The whole page on the sessions in `past`, as of `now`."""
    people = by_person(past)
    parts = [_person(number, name, sessions) for number, (name, sessions) in enumerate(people.items(), start=1)]
    contents = "".join(f'<li><a href="#person-{number}">{escape(_called(name))}</a></li>' for number, name in enumerate(people, start=1))
    nav = f'<nav aria-label="Contents"><ul>{contents}</ul></nav>' if len(people) > 1 else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Stretching sessions, up to {day(now)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Stretching sessions</h1>
<p>What voicecoach remembers, up to {day(now)}. Times are local.</p>
{nav}
</header>
<main>
{"".join(parts)}
</main>
<footer>
<p>These numbers count what was done and said in the sessions. They do not measure anybody's health. Holding longer is no goal in
itself, and asking for less is part of doing it well. With pain or any doubt, ask a professional.</p>
<p>This page holds names and is yours alone: nothing in it was sent anywhere, and <code>voicecoach forget</code> does not reach copies of it.</p>
</footer>
</body>
</html>
"""


def _called(name: str) -> str:
    return name or "No name given"


# --- one person -------------------------------------------------------------------------------------------------


def _person(number: int, name: str, past: Sequence[Past]) -> str:
    grain, over_time = spans(past)
    names = [_label(grain, span) for span in over_time]
    figures = [_sessions(number, grain, names, over_time), _hold_times(number, grain, names, over_time),
               _comfort(number, grain, names, over_time), _eases(number, grain, names, over_time)]
    if both := _sides(number, past):
        figures.append(both)
    return f"""<section aria-labelledby="person-{number}">
<h2 id="person-{number}">{escape(_called(name))}</h2>
{_summary(past)}
{"".join(_figure(figure) for figure in figures)}
{_changes(past)}{_latest(past)}
</section>
"""


def _summary(past: Sequence[Past]) -> str:
    held = sum(session.held_seconds for session in past)
    holds = sum(len(session.counted) for session in past)
    eases, stops = sum(session.asked_eases for session in past), sum(session.stops for session in past)
    return (f"<p>{times(len(past), 'session')} from {day(past[0].head.began)} to {day(past[-1].head.began)}: {times(holds, 'hold')}, "
            f"{duration(held)} held in all. Less was asked for {often(eases)}; stop or pain was said {often(stops)}.</p>")


@dataclass(frozen=True, slots=True)
class _Figure:
    """A picture and its table."""

    chart: Chart
    head: str
    """Of the table's first column."""
    rows: Sequence[str]
    """Names of the rows, one for each label of the chart, in full."""


def _figure(figure: _Figure) -> str:
    chart = figure.chart
    columns = "".join(f'<th scope="col">{escape(series.name)}</th>' for series in chart.series)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{_cell(series.values[index], chart.decimals)}</td>" for series in chart.series) + "</tr>"
        for index, name in enumerate(figure.rows))
    return f"""<figure aria-labelledby="{chart.id}-caption">
<figcaption id="{chart.id}-caption"><h3>{escape(chart.title)}</h3><p>{escape(chart.description)}</p></figcaption>
{draw(chart)}
<details open><summary>{escape(chart.title)}: the figures</summary>
<table><caption>{escape(chart.title)}, {escape(chart.unit)}</caption>
<thead><tr><th scope="col">{escape(figure.head)}</th>{columns}</tr></thead>
<tbody>{rows}</tbody></table></details>
</figure>
"""


def _cell(value: float | None, decimals: int) -> str:
    return "none" if value is None else f"{value:.{decimals}f}"


def _label(grain: Grain, span: Span) -> str:
    """Short, for the picture."""
    first = span.first
    return {Grain.WEEK: f"{first.day} {first:%b}", Grain.MONTH: f"{first:%b %y}", Grain.YEAR: f"{first.year}"}[grain]


def _row(grain: Grain, span: Span) -> str:
    """In full, for the table."""
    first = span.first
    return {Grain.WEEK: f"week from {first.day} {first:%B %Y}", Grain.MONTH: f"{first:%B %Y}", Grain.YEAR: f"{first.year}"}[grain]


# --- the pictures -----------------------------------------------------------------------------------------------


def _kind(session: Past) -> str:
    if not session.counted and session.outcome in {"screened-out", "unanswered"}:
        return HOW_ENDED[3]
    if session.outcome in {"stopped", "pain"}:
        return HOW_ENDED[2]
    return HOW_ENDED[0] if session.outcome == "completed" else HOW_ENDED[1]


def _over_time(key: str, number: int, grain: Grain, names: Sequence[str], over_time: Sequence[Span], text: tuple[str, str, str],
               series: Sequence[Series], *, stacked: bool = False) -> _Figure:
    heading, description, unit = text
    chart = Chart(f"{key}-{number}", heading, description, names, series, unit, stacked=stacked)
    return _Figure(chart, grain.value.capitalize(), [_row(grain, span) for span in over_time])


def _sessions(number: int, grain: Grain, names: Sequence[str], over_time: Sequence[Span]) -> _Figure:
    series = [Series(kind, [sum(_kind(session) == kind for session in span.sessions) for span in over_time]) for kind in HOW_ENDED]
    return _over_time("sessions", number, grain, names, over_time, (
        f"Sessions in each {grain.value}", "How many sessions there were, and how they ended.", "sessions"), series, stacked=True)


def _hold_times(number: int, grain: Grain, names: Sequence[str], over_time: Sequence[Span]) -> _Figure:
    held = [[hold for session in span.sessions for hold in session.counted] for span in over_time]
    series = [
        Series("held, on average", [fmean(hold.seconds or 0.0 for hold in holds) if holds else None for holds in held]),
        Series("meant to be held", [fmean(hold.goal for hold in holds) if holds else None for holds in held])]
    return _over_time("holds", number, grain, names, over_time, (
        "How long a hold lasted", "The average length of a hold, beside the length that the program asked for.", "seconds"), series)


def _comfort(number: int, grain: Grain, names: Sequence[str], over_time: Sequence[Span]) -> _Figure:
    told = [[session.comfort(hold) for session in span.sessions for hold in session.counted] for span in over_time]
    series = [Series(comfort.value, [sum(one is comfort for one in holds) for holds in told]) for comfort in Comfort]
    return _over_time("comfort", number, grain, names, over_time, (
        "How the holds felt", "Every hold by the least comfortable thing that was said of it, in the hold or after it.", "holds"), series, stacked=True)


def _eases(number: int, grain: Grain, names: Sequence[str], over_time: Sequence[Span]) -> _Figure:
    series = [
        Series("less was asked for", [sum(session.asked_eases for session in span.sessions) for span in over_time]),
        Series("eased without an answer", [sum(len(session.eases) - session.asked_eases for session in span.sessions) for span in over_time]),
        Series("stop or pain", [sum(session.stops for session in span.sessions) for span in over_time])]
    return _over_time("eases", number, grain, names, over_time, (
        "Easing off and stopping", ("How often less was asked for, how often the coach eased because nobody answered, and how often "
                                   "stop or pain was said."), "times"), series)


def _sides(number: int, past: Sequence[Past]) -> _Figure | None:
    found = sides(past)
    if not found:
        return None
    rows = [(title(stretch), side) for stretch, side in found.items()]
    names = [name for name, _ in rows]
    series = [Series(which, [side[which].mean_seconds if which in side else None for _, side in rows]) for which in ("left", "right")]
    lines = [_compared(name, side["left"], side["right"]) for name, side in rows if {"left", "right"} <= side.keys()]
    chart = Chart(f"sides-{number}", "Left and right", " ".join(["The average length of a hold on each side.", *lines]), names, series, "seconds")
    return _Figure(chart, "Stretch", names)


def _compared(name: str, left: Side, right: Side) -> str:
    def told(side: Side) -> str:
        share = "comfort not told" if side.comfortable is None else f"{side.comfortable:.0%} comfortable"
        return f"{times(side.holds, 'hold')}, {share}, eased {often(side.eases)}"
    return f"{name}: on the left {told(left)}; on the right {told(right)}."


# --- the dose -------------------------------------------------------------------------------------------------


def _changes(past: Sequence[Past]) -> str:
    """The latest changes of the dose that the coach proposed; nothing where there was none."""
    told = [(session, one) for session in past for one in session.changes][-LATEST:]
    if not told:
        return ""
    rows = "".join(
        f'<tr><th scope="row"><time datetime="{session.head.began.isoformat()}">{day(session.head.began)}</time></th><td>{escape(change(one))}</td></tr>'
        for session, one in reversed(told))
    return ("<h3>How the dose changed</h3>\n<table><caption>What the coach proposed, why, and what became of it. The latest first.</caption>"
            f'<thead><tr><th scope="col">Day</th><th scope="col">Proposal</th></tr></thead><tbody>{rows}</tbody></table>\n')


# --- the latest sessions ----------------------------------------------------------------------------------------


def _latest(past: Sequence[Past]) -> str:
    rows = "".join(_session_row(session) for session in reversed(past[-LATEST:]))
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Day and time", "Helped by", "How it ended", "Holds", "Held", "Less", "Stops"))
    shown = min(len(past), LATEST)
    return (f"<h3>The latest {times(shown, 'session')}</h3>\n<table><caption>The latest first. Less: how often less was asked for.</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>\n")


def _session_row(session: Past) -> str:
    head = session.head
    cells = (head.partner or "nobody named", ended(session), str(len(session.counted)), duration(session.held_seconds), str(session.asked_eases), str(session.stops))
    when = f'<time datetime="{head.began.isoformat()}">{day(head.began)}, {head.began:%H:%M}</time>'
    return f'<tr><th scope="row">{when}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #1c1c1c; --soft: #595959; --line: #bdbdbd;
  --s0: #0072b2; --s1: #e69f00; --s2: #cc79a7; --s3: #bdbdbd; --pattern: #1c1c1c; }
@media (prefers-color-scheme: dark) { :root { --page: #16181a; --ink: #ececec; --soft: #b4b4b4; --line: #5c5c5c;
  --s0: #56b4e9; --s1: #e69f00; --s2: #cc79a7; --s3: #8a8a8a; --pattern: #101010; } }
body { font: 1.05rem/1.5 system-ui, sans-serif; background: var(--page); color: var(--ink); max-width: 52rem; margin: 0 auto; padding: 1rem; }
a { color: inherit; }
figure { margin: 2rem 0; }
figcaption p, footer, caption { color: var(--soft); }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 12px; }
.grid { stroke: var(--line); }
.bar { stroke: var(--ink); stroke-width: 1; }
.plate { fill: var(--page); }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.ink { stroke: var(--pattern); fill: none; } .dot { fill: var(--pattern); }
table { border-collapse: collapse; margin: .5rem 0; }
caption { text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .7rem .2rem 0; text-align: right; font-weight: normal; vertical-align: top; }
th { text-align: left; } thead th { font-weight: bold; }
@media print { :root { color-scheme: light; --page: #fff; --ink: #000; --soft: #333; --line: #999;
  --s0: #0072b2; --s1: #e69f00; --s2: #cc79a7; --s3: #bdbdbd; --pattern: #000; }
  body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; } svg { max-width: 16cm; }
  svg, tr, figcaption { break-inside: avoid; } h2, h3, figcaption { break-after: avoid; } section + section { break-before: page; }
  svg * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
