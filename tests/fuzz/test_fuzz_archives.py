"""Model archives that attack: nothing is installed, nothing is written outside the store, and it is told in a sentence."""

from __future__ import annotations

import hashlib
import io
import shutil
import stat
import tarfile
import warnings
import zipfile

import pytest
from fuzzing import fuzz, is_told, listing, sandbox
from hypothesis import given
from hypothesis import strategies as st
from test_model_store import GOOD, NAME, archive, left_over, manifest

from voicecoach.errors import ModelError
from voicecoach.machine import model_store
from voicecoach.machine.model_store import ModelStore

PARTS = st.sampled_from([NAME, NAME, "am", "a", "..", ".", "", "/", "\\", "C:", "con", "x" * 300, "é", "\0", "\n", "~", "-rf", "evil"])
KINDS = st.sampled_from([0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG | stat.S_ISUID])


@st.composite
def attacking_zip(draw):
    """A zip archive with names, kinds and bytes of anything."""
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w") as file:
        warnings.simplefilter("ignore")  # of a name that stands twice
        for _ in range(draw(st.integers(0, 4))):
            entry = zipfile.ZipInfo()
            entry.filename = "/".join(draw(st.lists(PARTS, min_size=1, max_size=4)))
            entry.external_attr = (draw(KINDS) | draw(st.sampled_from([0, 0o777, 0o4755]))) << 16 | draw(st.sampled_from([0, 0x10]))
            entry.compress_type = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
            file.writestr(entry, draw(st.sampled_from([b"", b"/etc/passwd", b"x" * 100, bytes(100_000)])))
    content = bytearray(data.getvalue())
    for _ in range(draw(st.integers(0, 3))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)


def install(folder, content):
    """Install `content`, which the manifest describes as it is; the store."""
    told = ""
    source = folder / "given.zip"
    source.write_bytes(content)
    store = ModelStore(folder / "store/models", manifest(folder, "https://example.org/x.zip", content))
    try:
        store.install(NAME, source=source)
    except ModelError as error:
        told = str(error)
    assert bool(told) is not store.installed(NAME)
    if told:
        is_told(told)
        assert "\n" not in told
        assert left_over(store) == []
    return store


@fuzz(120)
@given(attacking_zip())
def test_an_archive_of_anything_is_a_model_or_nothing(tmp_path, content):
    with sandbox(tmp_path):
        store = install(tmp_path, content)
    for path in store.folder.rglob("*"):
        assert path.is_dir() or path.is_file()
        assert not path.is_symlink()
        assert path.stat().st_mode & 0o7077 == 0
    shutil.rmtree(store.folder)


def zipped(*entries: tuple[str, int, bytes]) -> bytes:
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        warnings.simplefilter("ignore")  # of a name that stands twice
        for name, mode, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            file.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def tarred(**member) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as file:
        info = tarfile.TarInfo(f"{NAME}/x")
        for name, value in member.items():
            setattr(info, name, value)
        file.addfile(info)
    return data.getvalue()


@pytest.mark.parametrize("content", [
    zipped((f"{NAME}/link", stat.S_IFLNK | 0o777, b"/etc")), zipped((f"{NAME}/link", stat.S_IFLNK | 0o777, b".."), (f"{NAME}/link/evil", stat.S_IFREG, b"x")),
    zipped((f"{NAME}/null", stat.S_IFCHR | 0o666, b"")), zipped((f"{NAME}/disk", stat.S_IFBLK | 0o666, b"")), zipped((f"{NAME}/pipe", stat.S_IFIFO | 0o666, b"")),
    zipped((f"{NAME}/../../evil", 0, b"x")), zipped(("/evil", 0, b"x")), zipped((f"{NAME}/x", 0, b"x"), (f"{NAME}/x/y", 0, b"x")),
    zipped((f"{NAME}/x", 0, b"a"), (f"{NAME}/x", 0, b"b")), zipped((f"{NAME}/{'x' * 300}", 0, b"x")), zipped(*[(f"{NAME}/{n}", 0, b"") for n in range(10_001)]),
    zipped((f"{NAME}/zeros", 0, bytes(5_000_000))), tarred(type=tarfile.LNKTYPE, linkname="/etc/passwd"), tarred(type=tarfile.SYMTYPE, linkname="/etc"),
    tarred(type=tarfile.CHRTYPE, devmajor=1, devminor=3), b"PK\x05\x06" + bytes(18), GOOD[:-1],
], ids=["link", "through a link", "character device", "block device", "pipe", "traversal", "absolute", "file as folder", "twice", "long name", "many", "bomb",
        "hard link", "soft link", "device of a tar", "no entries", "cut"])
def test_an_archive_that_attacks_installs_nothing(content, tmp_path):
    before = listing(tmp_path.parent)
    with sandbox(tmp_path):
        store = install(tmp_path, content)
    assert not store.installed(NAME)
    assert listing(tmp_path) == {"given.zip", "manifest.yaml", "store/models/.lock"}
    assert {name for name in listing(tmp_path.parent) - before if not name.startswith(tmp_path.name)} == set()


def test_an_archive_is_not_opened_before_its_size_and_checksum_are_right(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(model_store, "unpack", lambda *_, **__: opened.append(True))
    given = tmp_path / "given.zip"
    given.write_bytes(archive({f"{NAME}/x": b"evil"}))
    store = ModelStore(tmp_path / "models", manifest(tmp_path, "https://example.org/x.zip", GOOD))
    with pytest.raises(ModelError, match="not the archive that the manifest describes"):
        store.install(NAME, source=given)
    same_size = GOOD[:-1] + bytes([GOOD[-1] ^ 1])
    assert hashlib.sha256(same_size).digest() != hashlib.sha256(GOOD).digest()
    given.write_bytes(same_size)
    with pytest.raises(ModelError, match="not the archive that the manifest describes"):
        store.install(NAME, source=given)
    assert opened == []
