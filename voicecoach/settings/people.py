"""Profiles: one plain file for each household, with the names that the coach knows, and what is wrong in it.

Names are written down by hand, or learnt by voice (`voicecoach.core.parts.newcomer`), and are chosen by voice from then on.
docs/people.md is for those who write the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from voicecoach.core.household import Household, Person
from voicecoach.errors import ConfigError, Problem, ScriptError
from voicecoach.hearing.alike import sounds_alike
from voicecoach.hearing.hypothesis import Phrase
from voicecoach.hearing.naming import LONGEST, acting, like
from voicecoach.language.datafile import DataFile, Record
from voicecoach.language.intents import normal
from voicecoach.language.line_keys import LARGEST
from voicecoach.language.script import Script
from voicecoach.memory.history import same_name
from voicecoach.settings.config import USUAL_PROFILE, Folders
from voicecoach.settings.settings_file import rewrite
from voicecoach.vocabulary import Intent, KeepPerson


def _plain(text: str) -> str:
    if not re.search(r"[^\W_]", text) or re.search(r"[{}\x00-\x1f]", text) or len(text) > LONGEST:
        raise ValueError(f"is not a name that can be spoken: letters, no braces, at most {LONGEST}")
    return text.strip()


Name = Annotated[str, AfterValidator(_plain)]


class PersonData(Record):
    """One person of a profile."""

    name: Name
    """As it is written. The memory keeps a person's history under it."""
    say: str = ""
    """How the name is pronounced, spelled as it sounds; empty: as it is written."""
    hear: list[Name] | None = None
    """What is listened for; nothing: the name; an empty list: the number alone."""
    by_name: bool = True
    """The coach says the name; else he says "you" or "partner", and listens for the number alone."""
    written: dict[str, list[Name]] = Field(default_factory=dict)
    """By the name of an ear: how it wrote this name when it was learnt by voice, where that is not the name itself."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: object) -> object:
        """Most names are said and heard as they are written."""
        return {"name": data} if isinstance(data, str) else data

    @property
    def heard_as(self) -> tuple[str, ...]:
        """The phrases for this person beside the number."""
        return tuple(normal(words) for words in ([self.name] if self.hear is None else self.hear)) if self.by_name else ()

    @property
    def spelled(self) -> tuple[str, ...]:
        """Other spellings of the first of those phrases, as the ears wrote them."""
        return tuple(dict.fromkeys(normal(words) for found in self.written.values() for words in found)) if self.heard_as else ()


class Profile(Record):
    """One household."""

    people: Annotated[list[PersonData], Field(min_length=1, max_length=LARGEST)]
    """In the order of their numbers."""

    def household(self) -> tuple[Person, ...]:
        """The people as the session knows them."""
        return tuple(Person(person.name, person.say, person.by_name) for person in self.people)


def profiles_folder(places: Folders) -> Path:
    """Where this user's profiles are."""
    return places.data / "people"


def profile_path(places: Folders, name: str) -> Path:
    """The file of the profile `name`, whether or not it is there.

    Raises:
        ConfigError: no file can be called so.
    """
    if not re.fullmatch(r"[\w-]+", name):
        raise ConfigError(f"'{name}' is no name of a profile; use letters, digits and hyphens.")
    return profiles_folder(places) / f"{name}.yaml"


def wanted_profile(places: Folders, name: str) -> Path:
    """The file of the profile that the settings name, whether or not it is there; with an empty `name` the usual one.

    Raises:
        ConfigError: no file can be called so.
    """
    return profile_path(places, name or USUAL_PROFILE)


def chosen_profile(places: Folders, name: str) -> Path | None:
    """The file of the profile that is wanted; with an empty `name` the usual one, or None when there is none.

    Raises:
        ConfigError: the profile that is named is not there.
    """
    path = wanted_profile(places, name)
    if path.is_file():
        return path
    if not name:
        return None
    known = ", ".join(sorted(file.stem for file in profiles_folder(places).glob("*.yaml"))) or "none yet"
    raise ConfigError(f"There is no profile '{name}' (there are: {known}); make it with `voicecoach people --profile {name} add NAME`.")


def profile_names(places: Folders) -> list[str]:
    """The profiles beside the usual one."""
    return sorted(path.stem for path in profiles_folder(places).glob("*.yaml") if path.stem != USUAL_PROFILE)


def load_profile(path: Path, script: Script) -> Profile:
    """Read a profile, and check it against the words that the language of `script` listens for.

    Raises:
        ScriptError: with every mistake in the file.
    """
    source, problems = DataFile(path), list[Problem]()
    profile = source.parse(Profile, problems)
    if profile is not None:
        problems += [*_twice(source, profile), *_like_commands(source, profile, script), *_like_each_other(source, profile)]
    if profile is None or problems:
        raise ScriptError(problems)
    return profile


def with_people(script: Script, people: Sequence[PersonData]) -> Script:
    """`script` with the names of `people` in the grammar of "who is being stretched?"."""
    grammar = script.grammars["who"]
    # A recogniser that writes capitals writes one at a name, wherever it stands.
    phrases = tuple(Phrase(way.format(name=words), Intent.PERSON, str(number), _spellings(way, words, person.spelled if words == person.heard_as[0] else ()))
                    for number, person in enumerate(people, start=1) for words in person.heard_as for way in script.name_phrases)
    own = {words for phrase in phrases for words in (phrase.text, *phrase.spellings)}
    # Behind the numbers: what the coach tells people to say must not depend on the names, or a journal could not be replayed without them.
    wider = replace(grammar, phrases=(*grammar.phrases, *phrases), decoys=tuple(words for words in grammar.decoys if words not in own))
    return replace(script, grammars=MappingProxyType({**script.grammars, "who": wider}))


def _spellings(way: str, words: str, written: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way.format(name=form) for form in (words.title(), *(form for other in written for form in (other, other.title())))))


def asked(people: Sequence[Person], *, asks: bool, swaps: bool, learns: bool = False) -> Household:
    """The household of a session; one person alone is asked nothing about."""
    return Household(tuple(people), asks=asks and len(people) > 1, swaps=swaps, learns=learns)


# --- the file as it is written ---------------------------------------------------------------------------------


def read_people(path: Path) -> CommentedSeq:
    """The list of people with its comments; empty for a profile that is not there yet.

    Raises:
        ScriptError: the file is no profile.
    """
    if not path.is_file():
        return CommentedSeq()
    source = DataFile(path)
    listed = source.root.get("people") if isinstance(source.root, CommentedMap) else None
    if not isinstance(listed, CommentedSeq):
        raise ScriptError([source.problem([], "this is no profile", "write 'people:' and below it '- name: Anna', a line each")])
    return listed


def write_people(path: Path, people: CommentedSeq, script: Script) -> None:
    """The whole file or nothing; what would be refused at the next session is refused now, and the old file stays.

    Raises:
        ScriptError: with every mistake in what was asked for.
        ConfigError: it cannot be written.
    """
    if not people:
        path.unlink(missing_ok=True)
        return
    root: Any = DataFile(path).root if path.is_file() else CommentedMap()
    root["people"] = people
    rewrite(path, root, lambda draft: load_profile(draft, script))


def keep_person(path: Path, person: KeepPerson, script: Script) -> None:
    """Write somebody who was learnt by voice into the profile at `path`, as the last one.

    Raises:
        ScriptError: the file would be refused with this name.
        ConfigError: the name is there already, or the file cannot be written.
    """
    if index_of(path, person.name) is not None:
        raise ConfigError(f"{path}: '{person.name}' is there already; nothing is changed.")
    entry = CommentedMap(name=person.name)
    if person.written:
        entry["written"] = {person.ear: list(person.written)}
    if not person.by_name:
        entry["by_name"] = False
    people = read_people(path)
    people.append(entry)
    write_people(path, people, script)


def index_of(path: Path, name: str) -> int | None:
    """Where `name` stands in the list; None if it does not."""
    names = [entry.get("name", "") if isinstance(entry, CommentedMap) else entry for entry in read_people(path)]
    return next((index for index, known in enumerate(names) if same_name(str(known), name)), None)


def profiles_of(places: Folders, name: str | None) -> list[Path]:
    """The profiles in which somebody is called `name`; all of them for None. One that cannot be read is left to its owner."""
    found = []
    for path in sorted(profiles_folder(places).glob("*.yaml")):
        try:
            if name is None or index_of(path, name) is not None:
                found.append(path)
        except ScriptError:
            continue
    return found


def remove_from(path: Path, name: str | None) -> None:
    """Take `name` out of a profile; delete the file when nobody is left in it, and always for None.

    Raises:
        ConfigError: the file cannot be changed.
    """
    index = None if name is None else index_of(path, name)
    people = CommentedSeq() if index is None else read_people(path)
    if index is not None:
        del people[index]
    if not people:
        path.unlink(missing_ok=True)
        return
    root = DataFile(path).root
    root["people"] = people
    rewrite(path, root)


# --- checks -----------------------------------------------------------------------------------------------------


def _twice(source: DataFile, profile: Profile) -> Iterator[Problem]:
    for (_, a), (index, b) in combinations(enumerate(profile.people), 2):
        if same_name(a.name, b.name):
            yield source.problem(["people", index], f"'{b.name}' stands twice", "give each person another name, since a history goes by it")


def _like_commands(source: DataFile, profile: Profile, script: Script) -> Iterator[Problem]:
    """A name must not be taken for a word that does something, least of all for one that releases or loads."""
    phrases = acting(script.grammars)
    for index, person in enumerate(profile.people):
        for words in (*person.heard_as, *person.spelled):
            if phrase := like(words, phrases):
                yield source.problem(["people", index], f"'{words}' sounds like '{phrase.text}', which means {phrase.intent.value}",
                                     "write 'hear: []' to choose this person by number, or list another word there")


def _like_each_other(source: DataFile, profile: Profile) -> Iterator[Problem]:
    for (_, a), (index, b) in combinations(enumerate(profile.people), 2):
        if not same_name(a.name, b.name) and any(sounds_alike(one, other) for one in (*a.heard_as, *a.spelled) for other in (*b.heard_as, *b.spelled)):
            yield source.problem(["people", index], f"'{a.name}' and '{b.name}' sound alike", "write 'hear: []' for one of them, who is then chosen by number")
