"""Who a session is with: the profile and the settings put together with what the memory knows of each person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from voicecoach.core.household import Household, Person
from voicecoach.errors import StoreError
from voicecoach.language.script import Script, names
from voicecoach.memory.history import same_name
from voicecoach.memory.lately import progress_of
from voicecoach.memory.store import Store
from voicecoach.settings.config import Called, Config, Folders
from voicecoach.settings.people import PersonData, asked, chosen_profile, load_profile, with_people


@dataclass(frozen=True, slots=True)
class Company:
    """The people of a session, and the script that knows their names."""

    script: Script
    household: Household

    def safety_texts(self) -> Iterator[str]:
        """Every safety line for every two of them, as it sounds; also for two whose names nobody tells."""
        called = dict.fromkeys(person.sounds.lower() or person.called for person in (Person(), *self.household.people))
        for client in called:
            for partner in called:
                if client != partner or not client:
                    yield from self.script.safety_texts(names(self.script, client, partner))

    def safety_texts_with(self, name: str) -> Iterator[str]:
        """Every safety line that holds the name of somebody who is new, with each of the others, as it sounds."""
        for other in dict.fromkeys(person.sounds.lower() or person.called for person in (Person(), *self.household.people)):
            for client, partner in ((name, other), (other, name)):
                yield from self.script.safety_texts(names(self.script, client, partner))


def company(config: Config, places: Folders, script: Script, *, alone: bool = False) -> Company:
    """The people of the profile; without one, those whom the settings name.

    Who is who is asked for unless the settings, or the command line, name the person who is stretched.

    Args:
        config: the settings.
        places: where the profiles are.
        script: the coach's words, fitted to the program.
        alone: nobody helps, so nobody is asked for who helps, and there is nobody to change places with.

    Raises:
        ConfigError: the profile that the settings name is not there.
        ScriptError: with every mistake in the profile.
    """
    path = chosen_profile(places, config.profile)
    listed: Sequence[PersonData] = load_profile(path, script).people if path else ()
    people = [Person(data.name, data.say, data.by_name) for data in listed]
    for named in (config.client, config.partner):
        if named.name and not any(same_name(named.name, person.name) for person in people):
            people.append(_person(named))
    asks = bool(listed) and not config.client.name and not alone
    return Company(with_people(script, listed), asked(people, asks=asks, swaps=config.change_places and not alone, learns=asks))


def remembered(company_: Company, store: Store | None, today: date, program: str) -> Company:
    """The same people, each with what `store` tells of them; a store that cannot be read tells nothing."""
    if not company_.household.people:
        return company_
    try:
        past = store.load() if store else []
    except StoreError:
        return company_
    course, places = Path(program).stem, {name: stretch.places for name, stretch in company_.script.stretches.items()}
    people = tuple(
        replace(person, progress=progress_of(past, person.name, course, today, places))
        for person in company_.household.people)
    return replace(company_, household=replace(company_.household, people=people))


def _person(named: Called) -> Person:
    return Person(named.name, named.say)
