"""The bill of materials is that of the lock; the audit finds a library that was tampered with."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tool(name):
    """A script of tools/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sbom():
    return tool("sbom")


def test_the_bill_of_materials_is_that_of_the_lock_and_the_manifest(sbom):
    assert sbom.SBOM.read_text("utf-8") == sbom.bill(), "run `make sbom`"


def test_it_names_every_library_with_its_hashes_and_every_model(sbom):
    text = sbom.SBOM.read_text("utf-8")
    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    by_kind = {kind: [c for c in document["components"] if c["type"] == kind] for kind in ("library", "machine-learning-model")}
    locked = re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert sorted((c["name"], c["version"]) for c in by_kind["library"]) == sorted(locked)
    assert all(c["hashes"] and c["purl"] == f"pkg:pypi/{c['name']}@{c['version']}" for c in by_kind["library"])
    assert all(c["hashes"] and c["licenses"] for c in by_kind["machine-learning-model"])
    references = [c["bom-ref"] for c in document["components"]]
    assert len(set(references)) == len(references)
    assert document["dependencies"][0]["dependsOn"] == references
    assert "://" not in text


def test_a_stale_bill_is_told(sbom, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sbom, "SBOM", tmp_path / "sbom.cdx.json")
    monkeypatch.setattr("sys.argv", ["sbom.py", "--check"])
    assert sbom.main() == 1
    assert "run `make sbom`" in capsys.readouterr().err
    sbom.SBOM.write_text(sbom.bill(), "utf-8")
    assert sbom.main() == 0


def test_the_audit_finds_a_file_that_is_not_as_it_was_packed(tmp_path, monkeypatch):
    audit = tool("audit")
    info = tmp_path / "innocent-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: innocent\nVersion: 1.0\n")
    (tmp_path / "innocent.py").write_bytes(b"")
    (info / "RECORD").write_text("innocent.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\ninnocent-1.0.dist-info/METADATA,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert audit.changed("innocent") == []
    (tmp_path / "innocent.py").write_bytes(b"import evil\n")
    assert audit.changed("innocent") == ["innocent.py"]
    monkeypatch.setattr(audit, "pinned", lambda: {"innocent": "1.1", "absent-library": "2"})
    assert [problem.split("; ")[0] for problem in audit.problems()] == [
        "absent-library: it is in the lock and not installed", "innocent: 1.0 is installed and the lock has 1.1", "innocent: innocent.py is not as it was packed"]
