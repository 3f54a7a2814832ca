"""The bill of materials: ``sbom.cdx.json``, CycloneDX 1.6, from requirements.lock and the models' manifest (``make sbom``).

Only what a session runs with stands in it, not the developers' tools. The same files give the same bytes, so that CI can tell
when it is stale: ``python tools/sbom.py --check``.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "requirements.lock"
MANIFEST: Final = ROOT / "models" / "manifest.yaml"
SBOM: Final = ROOT / "sbom.cdx.json"
VERSION: Final = ROOT / "voicecoach" / "__init__.py"


def libraries() -> list[dict[str, Any]]:
    """Each pinned library; the hashes are those of its files for all systems, of which pip accepts one."""
    entries = re.sub(r"\\\n", " ", LOCK.read_text("utf-8")).splitlines()
    found = []
    for entry in entries:
        if entry.startswith("#") or not entry.strip():
            continue
        pin = Requirement(entry.split("--hash=")[0])
        version = str(pin.specifier).removeprefix("==")
        purl = f"pkg:pypi/{pin.name}@{version}"
        component: dict[str, Any] = {"type": "library", "bom-ref": f"{purl}#{pin.marker}" if pin.marker else purl, "name": pin.name, "version": version, "purl": purl,
                                     "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))]}
        if pin.marker:
            component["properties"] = [{"name": "voicecoach:only-where", "value": str(pin.marker)}]
        found.append(component)
    return found


def models() -> list[dict[str, Any]]:
    """Each recognition model that can be installed or comes with a library."""
    found = []
    for model in YAML(typ="safe", pure=True).load(MANIFEST.read_text("utf-8"))["models"]:
        files = [model["download"]] if "download" in model else model["package"]["files"]
        found.append({"type": "machine-learning-model", "bom-ref": f"model:{model['name']}", "name": model["name"],
                      "licenses": [{"license": {"name": str(model["licence"])}}],
                      "hashes": [{"alg": "SHA-256", "content": file["sha256"]} for file in files],
                      "properties": [{"name": "voicecoach:engine", "value": model["engine"]}, {"name": "voicecoach:language", "value": model["language"]}]})
    return found


def bill() -> str:
    """The whole document."""
    version = re.search(r'^__version__ = "(.+)"', VERSION.read_text("utf-8"), re.MULTILINE)
    if not version:
        raise LookupError("voicecoach/__init__.py states no version")
    components = libraries() + models()
    ours = {"type": "application", "bom-ref": "voicecoach", "name": "voicecoach", "version": version[1], "licenses": [{"license": {"id": "MIT"}}]}
    serial = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([ours, components]))
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1,
        "metadata": {"component": ours, "lifecycles": [{"phase": "pre-build"}]}, "components": components,
        "dependencies": [{"ref": "voicecoach", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write it, or with ``--check`` tell whether it is stale."""
    text = bill()
    if sys.argv[1:] == ["--check"]:
        if SBOM.exists() and SBOM.read_text("utf-8") == text:
            return 0
        sys.stderr.write(f"{SBOM.name} is not what the lock and the manifest say; run `make sbom`.\n")
        return 1
    SBOM.write_text(text, "utf-8")
    sys.stdout.write(f"{SBOM.name}: {len(libraries())} libraries, {len(models())} models\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
