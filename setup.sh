#!/bin/sh
# Sets voicecoach up in .venv beside this file, then runs it or its tests. Why it is as it is: docs/decisions/packaging.md
set -eu

usage() {
    cat <<'END'
usage: sh setup.sh [--verbose] [run | test | dev] [ARGUMENT...]

  (nothing)  set voicecoach up, and stop
  run        set up, then start a session: live where there is a microphone, else a rehearsal of a first session
  test       set up with the developers' tools, then pass the tests
  dev        set up with the developers' tools, and stop

  --verbose  show what the package managers print
  --help     show this

ARGUMENTs go on to `voicecoach run` or to pytest. VOICECOACH_PYTHON names the Python to use (3.11 or newer).
Set-up needs the internet once. After it nothing does.
END
}

# --- what is said ----------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*" >&2; }

die() {
    say "voicecoach: $*"
    exit 1
}

# step LABEL COMMAND...: run the command with its output in the log, and say one line about it.
step() {
    label=$1
    shift
    started=$(date +%s)
    if [ "$verbose" = yes ]; then
        say "- $label: $*"
        # A pipe hides the status of what feeds it, so that goes through a file.
        { "$@" </dev/null && echo 0 >"$work/status" || echo $? >"$work/status"; } 2>&1 | tee -a "$log" >&2
    else
        printf '%s' "- $label ... " >&2
        { "$@" </dev/null && echo 0 >"$work/status" || echo $? >"$work/status"; } >>"$log" 2>&1
    fi
    if [ "$(cat "$work/status")" = 0 ]; then
        say "done ($(($(date +%s) - started)) s)"
        return 0
    fi
    say "failed"
    failed=yes
    return 1
}

in_log() { grep -qiE "$1" "$log"; }

# Turn what a package manager printed into one sentence: what is wrong, and what to do.
explain() {
    kept=${TMPDIR:-/tmp}/voicecoach-setup.log
    cp "$log" "$kept" 2>/dev/null || kept=lost
    if in_log 'No space left on device|Disk quota exceeded|not enough free space|enough free space in'; then
        die "the disk is full; free about $need_mb MB, and run this again."
    elif in_log 'name resolution|NameResolutionError|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Could not resolve|Could not connect|unreachable|getaddrinfo|nodename nor servname|Connection (refused|reset|timed out)'; then
        die "the package servers cannot be reached; connect to the internet, and run this again (only set-up needs it)."
    elif in_log 'DO NOT MATCH THE HASHES'; then
        die "a download is not what voicecoach was tested with, so it was not installed; run this again, and if it says the same, report it (log: $kept)."
    elif in_log 'No matching distribution found'; then
        die "a library has no build for this machine ($(uname -sm), Python $version); voicecoach needs Linux on x86_64 or ARM64 from 2022 on, macOS 15 on Apple silicon, or Windows, with Python 3.11 to 3.14 (log: $kept)."
    fi
    die "\"$label\" failed; the log is $kept (or run: sh setup.sh --verbose)."
}

# --- Python and the system's packages --------------------------------------------------------------------------------

# is_python COMMAND LAST: is it a Python from 3.11 to 3.LAST?
is_python() {
    "$1" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $2))" >/dev/null 2>&1
}

# Set $python. The system's own first; one newer than the libraries have builds for (3.14) only where there is no other.
find_python() {
    if [ -n "${VOICECOACH_PYTHON:-}" ]; then
        is_python "$VOICECOACH_PYTHON" 99 || die "VOICECOACH_PYTHON is '$VOICECOACH_PYTHON', which is not Python 3.11 or newer."
        python=$VOICECOACH_PYTHON
        return 0
    fi
    for last in 14 99; do
        for python in python3 python3.14 python3.13 python3.12 python3.11; do
            if is_python "$python" "$last"; then return 0; fi
        done
    done
    python=
    return 1
}

python_version() { "$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }
has_venv() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }
has_portaudio() { "$python" -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("portaudio") is None)' >/dev/null 2>&1; }
has_speex() { "$python" -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("speexdsp") is None)' >/dev/null 2>&1; }
has_apt() { command -v apt-get >/dev/null 2>&1; }

# Fill $root with what runs a command as root ("" or "sudo"); fail where there is no way to without a person.
find_root() {
    root=
    if [ "$(id -u)" = 0 ]; then return 0; fi
    command -v sudo >/dev/null 2>&1 || return 1
    root=sudo
    [ -t 0 ] || sudo -n true >/dev/null 2>&1
}

apt_get() {
    # A fresh machine often updates itself in its first minutes: wait for it.
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@"
    ${root:+"$root"} "$@"
}

# The lists may be missing (a fresh machine) or old (packages gone from the servers): get them only then.
apt_install() {
    # shellcheck disable=SC2086 # the names are separate words
    apt_get install --no-install-recommends $1 || { apt_get update && apt_get install --no-install-recommends $1; }
}

# install_packages NAMES WHY: with apt-get, saying so first where a person will be asked for a password.
install_packages() {
    if ! find_root; then return 1; fi
    say "voicecoach needs from the system: $1 ($2)."
    if [ -n "$root" ] && [ -t 0 ]; then
        say "You may be asked for your password, for: sudo apt-get install $1"
        sudo -v || return 1
    fi
    step "Installing $1" apt_install "$1"
}

# Where the system's Python is too old or missing, Debian and Ubuntu may have a newer one under its own name.
install_python() {
    has_apt || return 1
    for again in no yes; do
        for minor in 13 12 11 14; do
            if apt-cache show "python3.$minor-venv" >/dev/null 2>&1; then
                install_packages "python3.$minor-venv" "voicecoach is written in it" || return 1
                find_python
                return
            fi
        done
        if [ "$again" = yes ] || ! find_root; then return 1; fi
        step "Asking for the list of packages" apt_get update || explain
    done
}

need_python() {
    if find_python; then return 0; fi
    install_python && return 0
    found=$(python3 -c 'import platform; print("has only Python", platform.python_version())' 2>/dev/null) || found='has no Python'
    [ "$failed" = no ] || explain
    die "voicecoach needs Python 3.11 or newer, and this machine $found; install it (on Debian and Ubuntu an administrator does: apt-get install python3 python3-venv; on macOS it is on python.org), and run this again."
}

need_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    packages=
    has_venv || packages="python$version-venv"
    has_portaudio || packages="$packages${packages:+ }libportaudio2"
    has_speex || packages="$packages${packages:+ }libspeexdsp1"
    if [ -z "$packages" ]; then return 0; fi
    if has_apt && install_packages "$packages" "$(reasons)"; then return 0; fi
    [ "$failed" = no ] || explain
    has_venv || die "Python's venv is missing; ask an administrator to run: apt-get update && apt-get install $packages; then run this again."
    has_speex || say "Note: people are heard less well over the coach's voice until an administrator installs Speex's echo canceller (Debian, Ubuntu: apt-get install libspeexdsp1)."
    # Everything but live sound works without PortAudio, so that is no reason to stop.
    has_portaudio || say "Note: no microphone or speaker can be used until an administrator installs PortAudio (Debian, Ubuntu: apt-get install libportaudio2). A rehearsal works without it."
}

reasons() {
    has_venv || printf 'keeps its libraries apart from yours; '
    has_portaudio || printf 'microphone and speaker; '
    has_speex || printf 'people heard over the coach; '
    printf 'nothing else of the system is changed'
}

# --- the environment -------------------------------------------------------------------------------------------------

# What an environment depends on. Its path is part of it, since a virtual environment does not survive a move.
fingerprint() {
    { printf '%s\n' "$here"; cat "$here/pyproject.toml" "$here/requirements-build.lock" "$here/$1"; } | cksum
}

is_current() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/$1.stamp" 2>/dev/null)" = "$(fingerprint "$1")" ]; }

# The developers' lock holds all of the other, so that either will do for a session.
is_ready() { is_current "$lock" || { [ "$lock" = requirements.lock ] && is_current requirements-dev.lock; }; }

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
        --no-deps --no-build-isolation "$@"
}

check_folder() {
    [ -w "$here" ] || die "the folder $here cannot be written to; run this as its owner, or put the project in a folder of your own."
    free_mb=$(df -Pk "$here" | awk 'NR == 2 && $4 ~ /^[0-9]+$/ { print int($4 / 1024) }')
    if [ -n "$free_mb" ] && [ ! -x "$venv/bin/python" ] && [ "$free_mb" -lt "$need_mb" ]; then
        die "set-up needs about $need_mb MB in $here, and the disk has $free_mb MB left; free some, and run this again."
    fi
}

make_venv() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1 && is_python "$venv/bin/python" 99 \
        && [ "$(cat "$venv/here.stamp" 2>/dev/null || echo "$here")" = "$here" ]; then return 0; fi
    step "Making .venv with Python $version" "$python" -m venv --clear "$venv" || explain
    printf '%s\n' "$here" >"$venv/here.stamp"
}

set_up() {
    say "Setting voicecoach up in $here:"
    check_folder
    need_python
    version=$(python_version)
    need_packages
    make_venv
    rm -f "$venv/$lock.stamp"
    step "Installing the build tools" pip_install --require-hashes -r "$here/requirements-build.lock" || explain
    # --use-pep517: Debian 12's pip would otherwise ask for another package to build the two pure-Python sdists.
    step "Installing $libraries" pip_install --use-pep517 --require-hashes -r "$here/$lock" || explain
    step "Installing voicecoach" pip_install --editable "$here" || explain
    fingerprint "$lock" >"$venv/$lock.stamp"
}

# --- main ------------------------------------------------------------------------------------------------------------

verbose=no
failed=no
while :; do
    case ${1:-} in
    --verbose) verbose=yes ;;
    -h | --help) usage; exit 0 ;;
    *) break ;;
    esac
    shift
done
task=${1:-setup}
[ $# = 0 ] || shift
case $task in
setup | run) lock=requirements.lock need_mb=600 libraries="the pinned libraries (about 130 MB to download)" ;;
test | dev) lock=requirements-dev.lock need_mb=1100 libraries="the pinned libraries and tools (about 260 MB to download)" ;;
*) say "voicecoach: there is no '$task'; say run, test or dev, or nothing."; usage >&2; exit 2 ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
venv=$here/.venv
unset PYTHONHOME PYTHONPATH    # other people's libraries stay out
export PIP_USER=false          # "user = true" in somebody's pip.conf cannot work in an environment

if ! is_ready; then
    work=$(mktemp -d) || die "no temporary file can be made in ${TMPDIR:-/tmp}; free some space there, and run this again."
    trap 'rm -rf "$work"' EXIT
    trap 'say ""; exit 130' INT TERM HUP
    log=$work/log
    : >"$log"
    set_up
    rm -rf "$work"
    trap - EXIT INT TERM HUP
fi

case $task in
run) exec "$venv/bin/python" -m voicecoach run --or-rehearse first-session "$@" ;;
test) cd -- "$here" && exec "$venv/bin/python" -m pytest "$@" ;;
dev) say "The developers' environment is ready: make help" ;;
setup) say "voicecoach is ready. Start it with: sh setup.sh run" ;;
esac
