"""Installing a model from servers that behave, break off, and lie: all of it is there afterwards, or nothing."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import re
import stat
import subprocess
import sys
import threading
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from voicecoach.errors import ModelError, ScriptError
from voicecoach.machine.download import ATTEMPTS, VAIN, fetch, shown
from voicecoach.machine.model_store import ModelStore, State, unpack
from voicecoach.machine.resources import data_folder

NAME = "tiny-model"
direct = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def archive(entries: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
        for name, target in (links or {}).items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            file.writestr(entry, target)
    return data.getvalue()


NOISE = random.Random(1).randbytes(300_000)  # noqa: S311 - to be incompressible, not secret
GOOD = archive({"tiny-model/": b"", "tiny-model/am/final.mdl": NOISE,
                "tiny-model/README": b"hello"})


class Server:
    """Serves `content`; `plan` says how each request in turn goes, the last entry for all that follow."""

    def __init__(self) -> None:
        self.content = GOOD
        self.plan = ["serve"]
        self.ranges: list[str | None] = []
        self.sent: list[int] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/{NAME}.zip"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        how = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        wanted = handler.headers.get("Range")
        self.ranges.append(wanted)
        handler.close_connection = True
        if how.isdigit():
            handler.send_error(int(how))
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and how != "ignore range" else 0
        body = self.content[start:]
        handler.send_response(206 if start else 200)
        if start:
            shift = 1 if how == "wrong range" else 0
            handler.send_header("Content-Range", f"bytes {start + shift}-{len(self.content) - 1}/{len(self.content)}")
        if how == "says less":
            handler.send_header("Content-Length", "17")
        elif how != "without length":
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if how == "cut off":
            body = body[: len(self.content) // 3]
        elif how == "a little":
            body = body[:1000]
        self.sent.append(len(body))
        with contextlib.suppress(ConnectionError):  # the client may have heard enough
            handler.wfile.write(body)

    def close(self) -> None:
        self.httpd.shutdown()
        self.thread.join()
        self.httpd.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


def no_pause(_seconds):
    """Instead of the pauses between attempts."""


@pytest.fixture
def store(tmp_path, server):
    return ModelStore(tmp_path / "data" / "models", manifest(tmp_path, server.url))


def manifest(where, url, content=GOOD, **other):
    values = {"url": url, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "folder": NAME, **other}
    path = where / "manifest.yaml"
    lines = "".join(f"      {key}: {value}\n" for key, value in values.items())
    path.write_text(f"models:\n  - name: {NAME}\n    language: en\n    engine: vosk\n    licence: MIT\n"
                    f"    from: https://example.org\n    download:\n{lines}")
    return path


def install(store):
    return store.install(NAME, opener=direct, pause=no_pause)


def left_over(store):
    return sorted(p.name for p in store.folder.iterdir() if p.name != ".lock") if store.folder.exists() else []


# --- going well ---


def test_an_installed_model_is_whole_and_for_the_owner_only(store):
    told = []
    assert not store.installed(NAME)
    assert store.install(NAME, opener=direct, progress=lambda done, size: told.append((done, size)))
    place = store.find(NAME)
    assert (place / "README").read_bytes() == b"hello"
    assert (place / "am" / "final.mdl").stat().st_size == 300_000
    assert left_over(store) == [NAME]
    assert told[0] == (0, len(GOOD))
    assert told[-1] == (len(GOOD), len(GOOD))
    if os.name == "posix":
        assert {stat.S_IMODE(p.stat().st_mode) for p in (store.folder, place, place / "am")} == {0o700}
        assert stat.S_IMODE((place / "README").stat().st_mode) == 0o600


def test_installing_twice_does_nothing_the_second_time(store, server):
    assert install(store) is True
    assert install(store) is False
    assert len(server.sent) == 1


def test_an_archive_downloaded_by_hand_is_installed_without_a_network(store, server, tmp_path):
    server.plan = ["500"]
    (tmp_path / "by hand.zip").write_bytes(GOOD)
    assert store.install(NAME, source=tmp_path / "by hand.zip")
    assert store.installed(NAME)
    assert (tmp_path / "by hand.zip").read_bytes() == GOOD
    assert server.ranges == []


@pytest.mark.parametrize("content", [None, GOOD[:-1], bytes(len(GOOD))])
def test_a_wrong_archive_given_by_hand_is_refused(store, tmp_path, content):
    if content is not None:
        (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.zip: "):
        store.install(NAME, source=tmp_path / "x.zip")
    assert left_over(store) == []


def test_removing_leaves_nothing_and_a_second_time_says_so(store):
    install(store)
    store.remove(NAME)
    assert left_over(store) == []
    assert not store.installed(NAME)
    with pytest.raises(ModelError, match="is not installed; there is nothing to remove"):
        store.remove(NAME)


# --- going badly ---


def test_a_download_that_is_cut_off_goes_on_where_it_stopped(store, server):
    server.plan = ["cut off", "cut off", "serve"]
    install(store)
    third = len(GOOD) // 3
    assert server.ranges == [None, f"bytes={third}-", f"bytes={2 * third}-"]
    assert server.sent == [third, third, len(GOOD) - 2 * third]
    assert sum(server.sent) == len(GOOD)


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(store, server):
    server.plan = ["cut off", "503"]
    with pytest.raises(ModelError, match=r"failed 4 times \(the server answered 503\).* by hand .*--from FILE"):
        install(store)
    assert left_over(store) == [f"{NAME}.part"]
    server.plan = ["serve"]
    install(store)
    assert sum(server.sent) == len(GOOD)
    assert left_over(store) == [NAME]


def test_a_server_that_ignores_ranges_is_followed_from_the_start(store, server):
    server.plan = ["cut off", "ignore range"]
    install(store)
    assert server.sent == [len(GOOD) // 3, len(GOOD)]
    assert store.installed(NAME)


@pytest.mark.parametrize(("plan", "message"), [
    (["404"], "answered 404"),
    (["says less"], f"offers 17 bytes instead of the {len(GOOD)}"),
    (["cut off", "wrong range"], "another one than the manifest describes"),
    (["500"], f"failed {VAIN} times .the server answered 500"),
])
def test_what_cannot_be_mended_is_one_sentence_and_nothing_is_installed(store, server, plan, message):
    server.plan = plan
    with pytest.raises(ModelError, match=message) as error:
        install(store)
    assert "\n" not in str(error.value)
    assert str(error.value).endswith("--from FILE`.")
    assert not store.installed(NAME)
    assert len(server.ranges) <= VAIN


def test_wrong_bytes_of_the_right_length_are_thrown_away(store, server):
    server.content = bytes(len(GOOD))
    with pytest.raises(ModelError, match="wrong checksum and was thrown away"):
        install(store)
    assert left_over(store) == []
    assert len(server.ranges) == 1


def test_a_part_of_an_older_file_costs_one_fresh_download(store, server):
    store.folder.mkdir(parents=True)
    (store.folder / f"{NAME}.part").write_bytes(b"old" * 1000)
    install(store)
    assert server.ranges == ["bytes=3000-", None]
    assert left_over(store) == [NAME]


@pytest.mark.parametrize("surplus", [0, 1, 10_000])
def test_a_part_that_is_complete_or_too_long_is_judged_by_its_content(store, server, surplus):
    store.folder.mkdir(parents=True)
    (store.folder / f"{NAME}.part").write_bytes(GOOD + bytes(surplus))
    install(store)
    assert server.ranges == ([None] if surplus else [])


def test_a_server_that_sends_more_than_it_should_is_cut_off(tmp_path, server):
    server.plan = ["without length"]
    server.content = bytes(2_000_000)
    part = tmp_path / "x.part"
    with pytest.raises(ModelError, match="more than the 1,000 bytes that the manifest says"):
        fetch(server.url, part, 1000, "0" * 64, opener=direct)
    assert not part.exists()


def test_a_server_that_gives_a_little_each_time_is_left_in_the_end(tmp_path, server):
    server.plan = ["a little"]
    pauses = []
    with pytest.raises(ModelError, match=f"failed {ATTEMPTS} times .the connection ended after 12,000 of"):
        fetch(server.url, tmp_path / "x.part", len(GOOD), "0" * 64, opener=direct, pause=pauses.append)
    assert len(server.ranges) == ATTEMPTS
    assert sum(pauses) <= 60


def test_no_network_is_one_sentence_with_the_way_by_hand(tmp_path, server):
    url = server.url.replace(str(server.httpd.server_port), "1")  # nobody listens there
    pauses = []
    with pytest.raises(ModelError, match=r"failed 3 times \(connection refused") as error:
        fetch(url, tmp_path / "x.part", 10, "0" * 64, opener=direct, pause=pauses.append)
    assert len(pauses) == VAIN - 1
    assert sum(pauses) <= 30
    assert "\n" not in str(error.value)


# --- archives that lie ---


@pytest.mark.parametrize("content", [
    archive({"tiny-model/../../evil": b"x"}),
    archive({"/etc/evil": b"x"}),
    archive({"tiny-model/ok": b"x", "other/evil": b"x"}),
    archive({"tiny-model\\..\\evil": b"x"}),
    archive({"C:/evil": b"x"}),
    archive({"evil": b"x"}),
    archive({"tiny-model/ok": b"x"}, links={"tiny-model/link": "/etc/passwd"}),
    archive({"tiny-model": b"a file instead of the folder"}),
    archive({}),
    b"no archive at all",
    GOOD[:-200],
    GOOD[:1000] + bytes(50) + GOOD[1050:],
], ids=["traversal", "absolute", "second top", "backslash", "drive", "no top", "link", "file for folder", "empty", "no zip",
        "cut short", "damaged"])
def test_an_archive_that_is_not_just_a_model_installs_nothing(tmp_path, server, content):
    server.content = content
    store = ModelStore(tmp_path / "a" / "b" / "models", manifest(tmp_path, server.url, content))
    with pytest.raises(ModelError, match="nothing was installed"):
        store.install(NAME, opener=direct)
    assert not store.installed(NAME)
    assert [p for p in tmp_path.rglob("*") if "evil" in p.name or p.name == "link"] == []
    assert left_over(store) == [f"{NAME}.part"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(archive({"tiny-model/zeros": bytes(5_000_000)}))
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelError, match="far too large"):
        unpack(bomb, tmp_path / "out", NAME, limit=bomb.stat().st_size * 20)
    assert list((tmp_path / "out").iterdir()) == []


# --- disk and neighbours ---


def test_a_disk_that_is_full_is_one_sentence_and_nothing_is_installed(store):
    resource = pytest.importorskip("resource", reason="the size limit of files is POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ModelError, match="cannot be stored here"):
            install(store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not store.installed(NAME)
    assert install(store)


def test_only_one_process_installs_at_a_time(store):
    store.folder.mkdir(parents=True)
    hold = ("import sys, pathlib\nfrom voicecoach.machine.model_store import _alone\n"
            "with _alone(pathlib.Path(sys.argv[1]), 'x'):\n    print('held', flush=True)\n    input()\n")
    with subprocess.Popen([sys.executable, "-c", hold, str(store.folder)], stdin=subprocess.PIPE,  # noqa: S603 - ours
                          stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ModelError, match="another voicecoach is at work here"):
            install(store)
        other.kill()  # the lock goes with the process
    assert install(store)


def test_what_a_killed_installation_left_is_cleared_away(store):
    (store.folder / ".installing-dead" / NAME).mkdir(parents=True)
    install(store)
    assert left_over(store) == [NAME]


# --- the manifest ---


def test_the_manifest_that_ships_is_valid_and_its_packaged_files_are_the_installed_ones(tmp_path):
    store = ModelStore(tmp_path)
    listed = {line.model.name: line for line in store.list_models()}
    assert listed["vosk-model-small-en-us-0.15"].state is State.MISSING
    assert listed["vosk-model-small-en-us-0.15"].model.download.size == 41_205_931
    store.verify("moonshine-tiny-en")
    assert listed["moonshine-tiny-en"].state is State.INSTALLED
    assert (store.find("moonshine-tiny-en") / "tokenizer.bin").is_file()


def test_every_download_of_the_manifest_that_ships_is_consistent(tmp_path):
    """Nobody can fetch them where this was written; what can be wrong without fetching is not."""
    loads = {line.model.name: line.model for line in ModelStore(tmp_path).list_models() if line.model.download}
    assert {model.language for model in loads.values()} == {"en", "ko", "de", "es"}
    for name, model in loads.items():
        load = model.download
        assert load.folder == name
        assert load.url == f"{model.origin}/{name}.zip"
        assert f"-{model.language}-" in name
        assert re.fullmatch("[0-9a-f]{64}", load.sha256)
        assert 20_000_000 < load.size < 200_000_000
    assert len({model.download.sha256 for model in loads.values()}) == len({model.download.size for model in loads.values()}) == len(loads)


def test_models_of_packages_are_neither_installed_nor_removed_here(tmp_path):
    store = ModelStore(tmp_path)
    assert store.install("moonshine-tiny-en") is False
    with pytest.raises(ModelError, match="pip uninstall moonshine-voice"):
        store.remove("moonshine-tiny-en")


@pytest.mark.parametrize("do", ["find", "install", "remove", "installed", "verify"])
def test_an_unknown_model_is_a_sentence_with_the_known_ones(tmp_path, do):
    with pytest.raises(ModelError, match=r"there is no model 'x'; the known ones are vosk-model-small-en-us-0\.15, "):
        getattr(ModelStore(tmp_path), do)("x")


def test_a_model_that_is_missing_says_how_to_get_it(store):
    with pytest.raises(ModelError, match="not installed; run `voicecoach models install tiny-model`"):
        store.find(NAME)


@pytest.mark.parametrize(("change", "line", "what"), [
    ({"url": "ftp://example.org/x.zip"}, 8, "url"),
    ({"url": "http://example.org/x.zip"}, 8, "url"),
    ({"sha256": "abc"}, 10, "sha256"),
    ({"folder": "../evil"}, 11, "folder"),
    ({"bytes": -1}, 9, "bytes"),
    ({"colour": "red"}, 12, "no such key"),
])
def test_a_mistake_in_the_manifest_is_named_with_its_line(tmp_path, change, line, what):
    path = manifest(tmp_path, **{"url": "https://example.org/x.zip", **change})
    with pytest.raises(ScriptError) as error:
        ModelStore(tmp_path, path)
    assert f"{path}:{line}:" in str(error.value)
    assert what in str(error.value)


def test_the_data_folders_are_found():
    assert (data_folder("models") / "manifest.yaml").is_file()
    assert data_folder("dialogs").is_dir()


# --- progress ---


def test_progress_is_a_few_plain_lines_where_there_is_no_terminal():
    out = io.StringIO()
    show = shown("model", out)
    for done in range(0, 1_000_001, 1000):
        show(done, 1_000_000)
    assert len(out.getvalue().splitlines()) == 11
    assert "\r" not in out.getvalue()


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_progress_is_a_bar_on_a_terminal():
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as terminal:
        show = shown("model", terminal)
        for done in (0, 500_000, 1_000_000):
            show(done, 1_000_000)
    drawn = b""
    with contextlib.suppress(OSError):  # the end of what a closed terminal has shown
        while piece := os.read(master, 10_000):
            drawn += piece
    os.close(master)
    assert b"model: 100%" in drawn
