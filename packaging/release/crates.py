"""The crates that the program is made of: their licences, and a bill of materials (CycloneDX 1.5)."""

import json
import re
import subprocess
import time
from pathlib import Path

LICENCE = re.compile(r"(LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)", re.IGNORECASE)
# llama.cpp lies in its binding's package, its licence two folders down.
DEPTH = 3
CODE = {".rs", ".py", ".cmake"}


def shipped(root, target):
    """The packages whose code is in the program: normal dependencies, from `cargo metadata`."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    said = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    data = json.loads(said)
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    start = data["resolve"]["root"]
    seen, todo = {start}, [start]
    while todo:
        for dependency in nodes[todo.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if normal and dependency["pkg"] not in seen and not macro(packages[dependency["pkg"]]):
                seen.add(dependency["pkg"])
                todo.append(dependency["pkg"])
    seen.discard(start)
    return sorted((packages[id] for id in seen), key=lambda package: (package["name"], package["version"]))


def macro(package):
    """True of what runs in the compiler and is not part of the program."""
    return any("proc-macro" in target["kind"] for target in package["targets"])


def texts(package):
    """The licence files of a package, by their path in it."""
    folder = Path(package["manifest_path"]).parent
    found = {}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if len(inner.parts) <= DEPTH and LICENCE.match(path.name) and path.is_file() and path.suffix not in CODE:
            found[str(inner)] = path.read_text(errors="replace").strip()
    return found


def notices(packages):
    """One text with every licence, each wording once."""
    lines = ["secretscan contains code of these packages:", ""]
    wordings = {}
    for package in packages:
        name = f"{package['name']} {package['version']}"
        lines.append(f"  {name}: {package['license'] or 'see its file'}")
        for path, text in texts(package).items():
            wordings.setdefault(text, []).append(f"{name} ({path})")
    for text, users in wordings.items():
        lines += ["", "=" * 80, *users, "-" * 80, text]
    return "\n".join(lines) + "\n"


def bill_of_materials(packages, version, date):
    """The CycloneDX document."""
    components = []
    for package in packages:
        component = {
            "type": "library",
            "bom-ref": f"pkg:cargo/{package['name']}@{package['version']}",
            "name": package["name"],
            "version": package["version"],
            "purl": f"pkg:cargo/{package['name']}@{package['version']}",
        }
        if package["license"]:
            # Old manifests write `/` where SPDX has `OR`.
            expression = re.sub(r"\s*/\s*", " OR ", package["license"])
            component["licenses"] = [{"expression": expression}]
        components.append(component)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(date)),
            "component": {"type": "application", "name": "secretscan", "version": version},
        },
        "components": components,
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
