"""``voicecoach history | report | export | forget``: what each of them does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from voicecoach.errors import ConfigError, StoreError
from voicecoach.memory import export as forms
from voicecoach.memory.forgetting import Scope, Wanted, find
from voicecoach.memory.forgetting import forget as delete
from voicecoach.memory.history import Past, same_name
from voicecoach.memory.report import page
from voicecoach.memory.store import Store
from voicecoach.memory.wording import change, day, duration, ended, often, times
from voicecoach.settings.config import Folders, folders
from voicecoach.settings.people import profiles_of, remove_from

NOTHING = "Nothing is remembered yet. It will be after a session: `voicecoach run`."


def memory_file(places: Folders) -> Path:
    """Where this user's memory is; in a folder of its own, which only its owner may enter."""
    return places.data / "memory" / "memory.sqlite3"


def _path(arguments: argparse.Namespace) -> Path:
    given: Path | None = arguments.memory
    if given and not given.is_file():
        raise ConfigError(f"{given}: no such file; give the path of a memory.")
    return given or memory_file(folders())


def _load(arguments: argparse.Namespace) -> list[Past]:
    """The sessions that the user asks for.

    Raises:
        ConfigError: nobody has the name that was given; the message lists the names there are.
        StoreError: the memory cannot be read.
    """
    path = _path(arguments)
    if not path.is_file():
        return []
    with Store(path) as store:
        past = store.load()
    if arguments.person is None:
        return past
    found = [session for session in past if same_name(session.head.client, arguments.person)]
    if past and not found:
        raise _nobody(arguments.person, past)
    return found


def _nobody(name: str, past: Sequence[Past]) -> ConfigError:
    names = sorted({session.head.client or "'' (no name given)" for session in past})
    return ConfigError(f"No session of '{name}' is remembered; choose from {', '.join(names)}.")


# --- history ----------------------------------------------------------------------------------------------------


def history(arguments: argparse.Namespace) -> int:
    """A line for each of the last sessions."""
    past = _load(arguments)
    if not past:
        print(NOTHING)
        return 0
    for session in past[-arguments.last:]:
        print(line(session))
        for one in session.changes:
            print(f"    {change(one)}.")
    held = sum(session.held_seconds for session in past)
    print(f"{times(len(past), 'session')} in all, {times(sum(len(session.counted) for session in past), 'hold')}, {duration(held)} held.")
    return 0


def line(session: Past) -> str:
    """One session in one sentence."""
    head = session.head
    people = " with ".join(name for name in (head.client, head.partner) if name)
    lasted = f" after {duration(session.lasted)}" if session.lasted is not None else ""
    return (f"{day(head.began)}, {head.began:%H:%M}{', ' + people if people else ''}: {times(len(session.counted), 'hold')}, "
            f"{duration(session.held_seconds)} held; less was asked for {often(session.asked_eases)}, stop or pain was said {often(session.stops)}; "
            f"the session {ended(session)}{lasted}.")


# --- report, export ---------------------------------------------------------------------------------------------


def report(arguments: argparse.Namespace) -> int:
    """The page."""
    past = _load(arguments)
    if not past:
        print(NOTHING)
        return 0
    _write(arguments.out, page(past, datetime.now().astimezone()))
    print(f"The report is {arguments.out}; open it in a browser. It holds names: keep it to yourself.")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """The data."""
    past = _load(arguments)
    if arguments.csv:
        for name, text in forms.to_csv(past):
            _write(arguments.csv / name, text)
        print(f"{times(len(past), 'session')} written to the CSV files in {arguments.csv}.")
    elif arguments.json:
        _write(arguments.json, forms.to_json(past))
        print(f"{times(len(past), 'session')} written to {arguments.json}.")
    else:
        sys.stdout.write(forms.to_json(past))
    return 0


def _write(path: Path, text: str) -> None:
    """For its owner alone, since names are in it.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"{path}: this file cannot be written ({(error.strerror or str(error)).lower()}); give another path.") from error


# --- forget -----------------------------------------------------------------------------------------------------


def forget(arguments: argparse.Namespace) -> int:
    """Delete for good, after asking."""
    if arguments.all is (arguments.person is not None or arguments.before is not None):
        raise ConfigError("Say what is to be forgotten: --person NAME, --before DAY or both, or --all.")
    if arguments.profile_too and arguments.before is not None:
        raise ConfigError("A profile holds no days: leave --profile-too or --before out.")
    places, path = folders(), _path(arguments)
    scope = Scope(arguments.person, arguments.before)
    past = _known(path, scope)
    # A memory that was named by its path goes with the journals that it names itself, and with nothing of the user's own.
    journals = None if arguments.memory else places.state / "journals"
    wanted = find(scope, past, path, journals)
    profiles = profiles_of(places, arguments.person) if arguments.profile_too else []
    if not (wanted.sessions or wanted.partners or wanted.journals or profiles) and not scope.everything:
        print("Nothing like that is remembered, so there is nothing to forget.")
        return 0
    if not arguments.yes and not _agreed(_told(scope, wanted, past) + "".join(f", the names in {path}" for path in profiles)):
        print("Nothing was deleted.")
        return 0
    delete(scope, wanted, path, places.cache / "speech")
    for path in profiles:
        remove_from(path, arguments.person)
    print(f"Forgotten: {_told(scope, wanted, past)}. Reports, exports and recordings that you made yourself, names in config.yaml and (without --profile-too) in profiles, and "
          "sounds of `voicecoach teach` are yours to delete.")
    if wanted.damaged and not scope.everything:
        print(f"A damaged memory may still hold more: {', '.join(map(str, wanted.damaged))}; delete it, or `voicecoach forget --all`.")
    return 0


def _known(path: Path, scope: Scope) -> list[Past]:
    """What is remembered; everything can be forgotten also when it can't be read."""
    if not path.is_file():
        return []
    try:
        with Store(path) as store:
            return store.load()
    except StoreError:
        if scope.everything:
            return []
        raise


def _told(scope: Scope, wanted: Wanted, past: Sequence[Past]) -> str:
    """What goes, in words."""
    if scope.everything:
        what = f"everything, {times(len(past), 'session')}"
    else:
        what = times(len(wanted.sessions), "session")
        if wanted.partners:
            what += f", the name of the partner in {times(len(wanted.partners), 'further session')}"
    return f"{what}, {times(len(wanted.journals), 'journal')}, and the rendered lines of speech"


def _agreed(what: str) -> bool:
    """Ask at the terminal.

    Raises:
        ConfigError: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise ConfigError(f"This would delete {what}; add --yes to do it without being asked.")
    return input(f"This deletes {what}. It cannot be undone. Type yes to go on: ").strip().casefold() == "yes"


def day_of(text: str) -> date:
    """A day on the command line.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write it as 2026-11-24") from None


def count_of(text: str) -> int:
    """A number of things on the command line, at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no number of sessions; write 1 or more")
