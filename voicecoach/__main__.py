"""The command line: ``voicecoach setup | run | rehearse | hear | teach | …``, one function for each command's options."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from voicecoach import __version__
from voicecoach.commands import (
    card,
    diagram,
    dialogs,
    doctor,
    hands,
    hear,
    memory,
    people,
    programs,
    rehearse,
    replay,
    run,
    setup,
    teach,
    voices,
)
from voicecoach.commands.common import EXIT_INTERRUPTED, EXIT_USAGE
from voicecoach.errors import ConfigError, VoiceCoachError
from voicecoach.machine.resources import data_folder
from voicecoach.teaching import own_sounds as teaching

EPILOGUE = """\
start here:
  voicecoach rehearse first-session   hear a whole session, with two imagined people
  voicecoach setup                    choose and try loudspeaker and microphone, by voice alone
  voicecoach doctor                   what works on this machine, and what to do about the rest
  voicecoach run                      the real thing: microphone, loudspeaker, the two of you

During a session, anybody may say "stop" at any time. Any key does the same.
voicecoach guides stretching. It is no medical device and it cannot see you.
"""


class _Parser(argparse.ArgumentParser):
    """Errors in one sentence, with the allowed values."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="voicecoach", description="An offline, hands-free voice coach for partner-assisted lower-back stretching at home.",
                  epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--version", action="version", version=f"voicecoach {__version__}")
    top.add_argument("--config", type=Path, metavar="FILE", help="settings to use instead of the user's config.yaml")
    add = top.add_subparsers(title="commands", metavar="COMMAND", required=True).add_parser
    for command in (_setup, _run, _rehearse, _hear, _teach, _devices, _keys, _earcons, _voices, _doctor, _models,
                    _dialog, _diagram, _replay, _program, _people, _history, _report, _export, _card, _forget):
        command(add)
    return top


AddCommand = Callable[..., argparse.ArgumentParser]
"""What argparse's subparsers offer."""


def _names(folder: str) -> list[str]:
    try:
        return sorted(path.stem for path in (data_folder("dialogs") / folder).glob("*.yaml"))
    except ConfigError:
        return []


def _session_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--program", metavar="NAME", help=f"the course of the session: {', '.join(_names('programs'))}, or a YAML file")
    sub.add_argument("--profile", metavar="NAME", help="the household whose names the coach knows; see `voicecoach people`")
    sub.add_argument("--client", metavar="NAME", help="name of the person who is stretched")
    sub.add_argument("--partner", metavar="NAME", help="name of the person who helps")


def _setup(add: AddCommand) -> None:
    sub = add("setup", help='choose and try loudspeaker, microphone and voice, and try "stop"; by voice alone',
              description="Talks you through it: nobody needs a screen or a keyboard. It tries the loudspeakers and microphones until you answer, "
                          'measures the room and your voice, tries "stop" three times, and remembers the choice. '
                          "With an option it remembers that and says nothing.")
    sub.add_argument("--microphone", metavar="NAME", help="remember this one: a part of its name; '' for the system's default")
    sub.add_argument("--speaker", metavar="NAME", help="the same for the loudspeaker")
    sub.add_argument("--volume", type=float, metavar="GAIN", help="how loud the coach speaks, 0.35 to 2 (default: 1)")
    sub.add_argument("--words-per-minute", type=int, metavar="N", help="how fast, 80 to 300")
    sub.set_defaults(do=setup.setup)


def _devices(add: AddCommand) -> None:
    sub = add("devices", help="list the microphones and loudspeakers", description="The sound devices, the system's default and the one that is remembered.")
    sub.add_argument("--json", action="store_true", help="one JSON object a line")
    sub.set_defaults(do=setup.list_devices)


def _voice_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--voice", metavar="NAME", help="the coach's voice; `voicecoach voices` lists them")
    sub.add_argument("--words-per-minute", type=int, metavar="N", help="80 to 300; spoken slower and faster move from there")
    sub.add_argument("--pitch", type=int, metavar="N", help="0 to 99, 50 in the middle; for the voices of espeak")
    sub.add_argument("--volume", type=float, metavar="GAIN", help="0.35 to 2; safety lines are never quieter than 1")


def _run(add: AddCommand) -> None:
    sub = add("run", help="a live session, with microphone and loudspeaker",
                          description="Guides the two of you through a session. Say stop at any time; any key means the same, and Ctrl-C twice ends at once.")
    _session_options(sub)
    _voice_options(sub)
    sub.add_argument("--microphone", metavar="NAME", help="a part of the device's name; `voicecoach devices` lists them")
    sub.add_argument("--speaker", metavar="NAME", help="the same for the loudspeaker")
    sub.add_argument("--keep-audio", action="store_true", help="keep the sound of this session beside its journal; without it none is kept")
    sub.add_argument("--plain", action="store_true", default=None, help="plain lines in place of the large display: for a screen reader")
    sub.add_argument("--or-rehearse", metavar="SCENARIO", help="without a usable microphone or speaker, rehearse this instead")
    sub.set_defaults(do=run.run)


def _rehearse(add: AddCommand) -> None:
    sub = add("rehearse", help="the same session on a simulated clock, with imagined people",
                          description="Plays a scenario with the real recogniser and the real voice, faster than real time, and writes session.wav "
                                      "(coach left, people right), transcript.txt and journal.jsonl. Exits with 1 when an expectation of the scenario is not met.")
    sub.add_argument("scenario", metavar="SCENARIO", help=f"{', '.join(_names('scenarios'))}, or a YAML file")
    sub.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: rehearsal/SCENARIO)")
    sub.add_argument("--quiet", action="store_true", help="do not print the dialog")
    _voice_options(sub)
    sub.add_argument("--remember", type=Path, metavar="FILE", help="remember the rehearsal in this memory; without it nothing is remembered")
    sub.set_defaults(do=rehearse.rehearse)


def _hear(add: AddCommand) -> None:
    sub = add("hear", help="what the recognisers understand in recordings",
                          description="Runs the live hearing path over recordings, in simulated time, and prints each decision.")
    sub.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings: WAV, FLAC, OGG, AIFF; any rate, any number of channels")
    sub.add_argument("--grammar", default="hold", metavar="PHASE", help="what may be said: the name of a grammar (default: hold)")
    sub.add_argument("--noise", type=Path, metavar="FILE", help="a recording of noise to mix in")
    sub.add_argument("--snr", type=float, default=10.0, metavar="DB", help="decibels between active speech and that noise (default: 10)")
    sub.add_argument("--json", action="store_true", help="one JSON object a line")
    sub.set_defaults(do=hear.hear)


def _teach(add: AddCommand) -> None:
    sub = add("teach", help="let it learn a sound of your own for stop, ease or pain",
                          description="Learns a person's own sound for an intent: a hum, a whistle, a call, a word that no model knows. "
                                      "It asks for some samples by voice and keeps features of them only, no sound.")
    sub.add_argument("intent", nargs="?", metavar="INTENT", help="stop, ease or pain")
    sub.add_argument("--from", dest="files", nargs="+", type=Path, metavar="FILE", help="recordings with the sound once in each, instead of the microphone")
    sub.add_argument("--samples", type=int, default=teaching.SAMPLES, metavar="N", help=f"how often you are asked for it (default: {teaching.SAMPLES})")
    what = sub.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="what has been taught")
    what.add_argument("--forget", metavar="INTENT", help="delete what was taught for this intent, or for all")
    sub.set_defaults(do=teach.teach)


def _keys(add: AddCommand) -> None:
    sub = add("keys", help="what a key, a button or a pedal does, tried out without a session",
                          description="Watches everything that means stop without a voice, and tells each press: the keyboard, and the buttons and "
                                      "MIDI pedals of the settings.")
    sub.add_argument("--list", action="store_true", help="the names of the buttons and pedals that are connected (Linux)")
    sub.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="how long to watch (default: until Ctrl-C)")
    sub.set_defaults(do=hands.keys)


def _earcons(add: AddCommand) -> None:
    sub = add("earcons", help="hear the short sounds and their names",
                          description="Plays every earcon after its name. The setting `earcons` says which of them a session uses: all, few or none.")
    sub.add_argument("--out", type=Path, metavar="DIR", help="write them as WAV files instead")
    sub.set_defaults(do=hands.play_earcons)


def _voices(add: AddCommand) -> None:
    sub = add("voices", help="the voices of this machine, and how they sound",
                          description="Lists the voices that speak the language of the dialogs; with names, speaks a sample of each.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="voices to hear")
    sub.add_argument("--all", action="store_true", help="list those of all languages")
    sub.add_argument("--out", type=Path, metavar="FOLDER", help="write the samples as WAV files instead of playing them")
    sub.add_argument("--words-per-minute", type=int, metavar="N", help="80 to 300")
    sub.add_argument("--pitch", type=int, metavar="N", help="0 to 99; for the voices of espeak")
    sub.add_argument("--volume", type=float, metavar="GAIN", help="0.35 to 2")
    sub.add_argument("--speaker", metavar="NAME", help="a part of the loudspeaker's name")
    sub.set_defaults(do=voices.voices)


def _doctor(add: AddCommand) -> None:
    sub = add("doctor", help="every engine, device and model, with its state and the remedy",
                          description="Looks at everything a session needs. Exits with 1 when not even a rehearsal is possible.")
    sub.add_argument("--json", action="store_true", help="one JSON object a line")
    sub.add_argument("--listen", action="store_true", help="also listen for some seconds, while you speak, and judge the microphone's level")
    sub.set_defaults(do=doctor.doctor)


def _models(add: AddCommand) -> None:
    sub = add("models", help="list, install or remove recognition models", description="The recognition models. Only `install` uses the network.")
    kinds = sub.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = kinds.add_parser("list", help="the known models and their state")
    listing.set_defaults(do=doctor.models_list)
    install = kinds.add_parser("install", help="download a model, check it and put it in place")
    install.add_argument("name", metavar="NAME", help="a name of `voicecoach models list`")
    install.add_argument("--from", dest="source", type=Path, metavar="FILE", help="an archive that you have downloaded yourself")
    install.set_defaults(do=doctor.models_install)
    remove = kinds.add_parser("remove", help="delete an installed model")
    remove.add_argument("name", metavar="NAME", help="a name of `voicecoach models list`")
    remove.set_defaults(do=doctor.models_remove)


def _dialog(add: AddCommand) -> None:
    kinds = add("dialog", help="check what is spoken and understood, language by language",
                description="Checks dialogs/LANGUAGE against English and against the recogniser's vocabulary; for translators.",
                ).add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = kinds.add_parser("check", help="missing lines, other placeholders, sound-alike phrases, unknown words, lines that are too long")
    check.add_argument("languages", nargs="*", metavar="LANGUAGE", help="for example ko; all of them if not given")
    check.set_defaults(do=dialogs.dialog_check)


def _diagram(add: AddCommand) -> None:
    sub = add("diagram", help="the phases of a session, drawn from the table that it goes by",
              description="Prints the phases and the ways between them as a picture: Mermaid for a Markdown page, or SVG.")
    sub.add_argument("--format", choices=("mermaid", "svg"), help="default: by the file's name, else mermaid")
    sub.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: to the screen)")
    sub.set_defaults(do=diagram.draw)
def _program(add: AddCommand) -> None:
    kinds = add("program", help="the course of a session as a file: check one, draw one, begin one",
                description="A program says which stretches, sides, holds and repetitions come in which order, and under which conditions. "
                            "It is a plain text file; see docs/programs.md.",
                ).add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = kinds.add_parser("check", help="what is wrong with a program: file, line, key and what to do about it")
    check.add_argument("programs", nargs="*", metavar="PROGRAM", help="names or YAML files; all that there are if not given")
    check.set_defaults(do=programs.check)
    show = kinds.add_parser("show", help="the course of the session with its times")
    show.add_argument("program", nargs="?", metavar="PROGRAM", help=f"{', '.join(_names('programs'))}, one of your own, or a YAML file; that of the settings if not given")
    show.add_argument("--svg", type=Path, metavar="FILE", help="draw it into this file instead")
    show.add_argument("--language", metavar="LANGUAGE", help="the language that it is spoken in, such as ko; that of the settings if not given")
    show.add_argument("--answer", dest="answers", action="append", default=[], metavar="CONDITION=ANSWER", help="what is left with this answer: floor=no, knees=yes, chair=unsure")
    show.set_defaults(do=programs.show)
    new = kinds.add_parser("new", help="write a commented program to begin with into your folder for programs")
    new.add_argument("name", metavar="NAME", help="what you will call it on the command line")
    new.add_argument("--alone", action="store_true", help="for one person, without a partner")
    new.add_argument("--title", metavar="TEXT", help="what the coach calls it (default: the name)")
    new.set_defaults(do=programs.new)


def _replay(add: AddCommand) -> None:
    sub = add("replay", help="feed a journal's events to a new session and compare",
                          description="Reproduces a session from its journal. Exits with 1 when a command comes out otherwise.")
    sub.add_argument("journal", type=Path, metavar="JOURNAL", help="a journal.jsonl")
    sub.set_defaults(do=replay.replay)


def _memory_options(sub: argparse.ArgumentParser, person: str) -> None:
    sub.add_argument("--person", metavar="NAME", help=person)
    sub.add_argument("--memory", type=Path, metavar="FILE", help="another memory than your own, such as one of `rehearse --remember`")


def _people(add: AddCommand) -> None:
    sub = add("people", help="the names that the coach knows: list, add, change, remove",
              description="Changes the profile of a household, a plain file that any editor can change as well. In a session the coach asks who of them "
                          "is stretched today. docs/people.md tells the rest.")
    sub.add_argument("--profile", metavar="NAME", help="another household than the usual one, home")
    sub.set_defaults(do=people.people)
    kinds = sub.add_subparsers(title="commands", metavar="COMMAND", dest="action")
    kinds.add_parser("list", help="everybody, with how the name is said and heard (default)")
    for name, what in (("add", "somebody new"), ("change", "how somebody is called, said or heard"), ("remove", "somebody from the profile; the memory stays")):
        kind = kinds.add_parser(name, help=what)
        by_voice = name == "add"
        kind.add_argument("name", metavar="NAME", nargs="?" if by_voice else None,
                          help=f"the name as it is written{'; without one the coach asks for it, by voice' * by_voice}")
        if name != "remove":
            kind.add_argument("--say", metavar="SPELLING", help="how the name is pronounced, spelled as it sounds: shi-VAWN")
            kind.add_argument("--hear", action="append", metavar="WORDS", help="listen for this instead of the name, and so on; '': the number alone")
            kind.add_argument("--by-name", choices=("yes", "no"), help="no: the coach says no name, and listens for the number alone")
        if name == "change":
            kind.add_argument("--rename", metavar="NAME", help="another name; the history goes with it")


def _history(add: AddCommand) -> None:
    sub = add("history", help="the sessions that are remembered, a line each",
                          description="Tells the last sessions: when, how many holds, how long, how they ended.")
    _memory_options(sub, "only the sessions in which this person was stretched")
    sub.add_argument("--last", type=memory.count_of, default=20, metavar="N", help="how many sessions (default: 20)")
    sub.set_defaults(do=memory.history)


def _report(add: AddCommand) -> None:
    sub = add("report", help="the same as a page with pictures and tables, to read or print",
                          description="Writes one HTML page that needs no internet and no scripts, and that a screen reader can read.")
    _memory_options(sub, "only the sessions in which this person was stretched")
    sub.add_argument("--out", type=Path, default=Path("voicecoach-report.html"), metavar="FILE", help="where to write it (default: voicecoach-report.html)")
    sub.set_defaults(do=memory.report)


def _export(add: AddCommand) -> None:
    sub = add("export", help="everything that is remembered, as JSON or CSV", description="Writes the whole memory for other programs; as JSON to the screen if no file is given.")
    _memory_options(sub, "only the sessions in which this person was stretched")
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--json", type=Path, metavar="FILE", help="one JSON document")
    form.add_argument("--csv", type=Path, metavar="FOLDER", help="one CSV file for each table")
    sub.set_defaults(do=memory.export)


def _card(add: AddCommand) -> None:
    sub = add("card", help="what you can say, on one page in large type, to print",
              description="Writes one page that needs no colour and no internet, and that a screen reader can read: HTML, or SVG if FILE ends in .svg.")
    sub.add_argument("--language", metavar="LANGUAGE", help="another language than that of the settings, for example ko")
    sub.add_argument("--out", type=Path, default=Path("voicecoach-card.html"), metavar="FILE", help="where to write it (default: voicecoach-card.html)")
    sub.set_defaults(do=card.card)


def _forget(add: AddCommand) -> None:
    sub = add("forget", help="delete sessions for good, with their journals",
                          description="Deletes sessions from the memory so that nothing of them is left in its files, with their journals and the rendered lines. "
                                      "Where the person has helped others, only the name goes from their sessions.")
    _memory_options(sub, "the sessions in which this person was stretched")
    sub.add_argument("--before", type=memory.day_of, metavar="DAY", help="sessions that began before this day, such as 2026-11-24")
    sub.add_argument("--all", action="store_true", help="everything")
    sub.add_argument("--profile-too", action="store_true", help="also remove the person from the profiles; with --all, all profiles")
    sub.add_argument("--yes", action="store_true", help="do not ask")
    sub.set_defaults(do=memory.forget)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code. Mistakes of the user are a sentence each on stderr."""
    arguments = parser().parse_args(argv)
    # Names, words and sound of two people: whatever any command makes is for its owner alone.
    mask = os.umask(0o077)
    try:
        return int(arguments.do(arguments))
    except VoiceCoachError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is left to flush has nowhere to go.
        sys.stderr.close()
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return EXIT_INTERRUPTED
    finally:
        os.umask(mask)


if __name__ == "__main__":
    sys.exit(main())
