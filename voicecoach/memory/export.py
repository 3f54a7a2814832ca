"""Everything that is remembered, in forms that other programs read: one JSON document, or a CSV file for each table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from voicecoach import __version__
from voicecoach.memory.chronicle import Adapted, Answered, Dosed, Eased, Released
from voicecoach.memory.history import Hold, Past

Row = Mapping[str, object]

FORM = 1
"""Of the JSON document; counted up when a name in it changes its meaning."""


def to_json(past: Sequence[Past]) -> str:
    """The JSON document: ``sessions``, each with its own lists. Times are ISO 8601, lengths are seconds."""
    sessions = [_session(session) | {name: list(rows) for name, rows in _facts(session).items()} for session in past]
    return json.dumps({"voicecoach": __version__, "form": FORM, "sessions": sessions}, ensure_ascii=False, indent=1) + "\n"


def to_csv(past: Sequence[Past]) -> Iterator[tuple[str, str]]:
    """Name and text of each CSV file (RFC 4180); ``session`` in the others is ``number`` in sessions.csv."""
    yield "sessions.csv", _table(_SESSION, map(_session, past))
    for name, columns in _COLUMNS.items():
        yield f"{name}.csv", _table(("session", *columns), ({"session": session.number, **row} for session in past for row in _facts(session)[name]))


_SESSION = ("number", "began", "language", "program", "client", "partner", "journal", "screened", "outcome", "lasted", "fully_screened")
_WHERE = ("at", "stretch", "side", "repetition")
_COLUMNS: Mapping[str, Sequence[str]] = {
    "holds": (*_WHERE, "goal", "seconds", "ending"),
    "eases": (*_WHERE, "phase", "by"),
    "stops": (*_WHERE, "phase", "cause"),
    "answers": (*_WHERE, "question", "answer"),
    "adaptations": (*_WHERE, "what", "because", "answer"),
    "doses": (*_WHERE, "hold_seconds", "repetitions", "deepenings"),
}


def _session(session: Past) -> dict[str, object]:
    head = session.head
    values = (session.number, head.began.isoformat(), head.language, head.program, head.client, head.partner, head.journal,
              session.screened, session.outcome, session.lasted, session.fully_screened)
    return dict(zip(_SESSION, values, strict=True))


def _facts(session: Past) -> dict[str, list[Row]]:
    facts: Mapping[str, Sequence[Hold | Eased | Released | Answered | Adapted | Dosed]] = {
        "holds": session.holds, "eases": session.eases, "stops": session.releases, "answers": session.answers, "adaptations": session.adaptations,
        "doses": session.doses}
    return {
        name: [{"at": round(fact.at, 3), **fact.where._asdict(), **{column: getattr(fact, column) for column in _COLUMNS[name][len(_WHERE):]}} for fact in rows]
        for name, rows in facts.items()}


def _table(columns: Sequence[str], rows: Iterable[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
