"""Builds the three trees that the programs are compared on; see README.md.

    trees.py FOLDER [--megabytes 200] [--only source,data,web]

source  code by many people: the crates of Cargo's registry on this machine, as they were published
data    JSON documents, JSON lines, access logs and CSV, made by a seeded generator; no credential is in it
web     minified and vendored JavaScript: the published bundles of popular npm packages, by `npm pack`

A tree that is there is left as it is. Standard library only; npm is asked for `web` alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

REGISTRY = Path.home() / ".cargo" / "registry" / "src"
# Packages whose archives hold the files that people vendor: minified bundles, source maps, whole libraries.
PACKAGES = [
    "@babel/standalone@7.25.6",
    "ace-builds@1.36.2",
    "antd@5.20.6",
    "bootstrap@5.3.3",
    "chart.js@4.4.4",
    "d3@7.9.0",
    "echarts@5.5.1",
    "jquery@3.7.1",
    "lodash@4.17.21",
    "mathjax@3.2.2",
    "moment@2.30.1",
    "monaco-editor@0.52.0",
    "pdfjs-dist@4.6.82",
    "plotly.js-dist-min@2.35.2",
    "react-dom@18.3.1",
    "rxjs@7.8.1",
    "three@0.168.0",
    "typescript@5.6.2",
    "vue@3.5.8",
]
CRATE_SUFFIXES = {".rs", ".toml", ".md", ".c", ".h", ".cc", ".cpp", ".hpp", ".py", ".sh", ".s", ".asm", ".txt", ".yml", ".in"}
START = datetime(2025, 3, 1)
WORDS = (
    "order item basket invoice customer shipping region carrier delivered pending returned warehouse pallet sensor "
    "reading battery voltage humidity gateway firmware session request handler upstream latency cache retry queue worker"
).split()


def source(folder: Path, limit: int) -> None:
    """Copies whole crates, in the order of their names, up to the limit."""
    size = 0
    crates = sorted(crate for index in REGISTRY.iterdir() for crate in index.iterdir() if crate.is_dir())
    for crate in crates:
        for path in sorted(crate.rglob("*")):
            if size >= limit:
                return
            if path.suffix not in CRATE_SUFFIXES or path.is_symlink() or not path.is_file():
                continue
            target = folder / crate.name / path.relative_to(crate)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            size += path.stat().st_size


class Maker:
    """Records of a shop and its machines, the same for the same seed."""

    def __init__(self) -> None:
        self.random = random.Random(20250301)
        self.time = START

    def hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        return f"{self.hex(8)}-{self.hex(4)}-4{self.hex(3)}-a{self.hex(3)}-{self.hex(12)}"

    def stamp(self) -> str:
        self.time += timedelta(milliseconds=self.random.randrange(1, 900))
        return self.time.isoformat(timespec="milliseconds") + "Z"

    def order(self) -> dict[str, object]:
        pick = self.random
        items = [
            {"sku": f"{pick.choice(WORDS)[:4].upper()}-{pick.randrange(10**6):06}", "count": pick.randrange(1, 9),
             "price": round(pick.uniform(1, 400), 2), "title": " ".join(pick.sample(WORDS, 3)), "image": f"/img/{self.hex(40)}.webp"}
            for _ in range(pick.randrange(1, 6))
        ]
        return {
            "id": self.uuid(), "created_at": self.stamp(), "customer_id": pick.randrange(10**7), "status": pick.choice(WORDS),
            "items": items, "address": {"city": pick.choice(WORDS).title(), "zip": f"{pick.randrange(10**5):05}"},
            "checksum": self.hex(64), "session_id": self.uuid(), "total": round(pick.uniform(5, 2000), 2),
        }

    def event(self) -> dict[str, object]:
        pick = self.random
        return {
            "ts": self.stamp(), "level": pick.choice(["info", "debug", "warn", "error"]), "logger": ".".join(pick.sample(WORDS, 3)),
            "trace_id": self.hex(32), "span_id": self.hex(16), "msg": " ".join(pick.sample(WORDS, 6)),
            "duration_ms": round(pick.expovariate(0.05), 3), "host": f"node-{pick.randrange(64):02}",
        }

    def access(self) -> str:
        pick = self.random
        address = ".".join(str(pick.randrange(1, 255)) for _ in range(4))
        path = "/".join(pick.sample(WORDS, 3))
        return (
            f'{address} - - [{self.stamp()}] "GET /{path}?page={pick.randrange(99)}&ref={self.hex(12)} HTTP/1.1" '
            f'{pick.choice([200, 200, 200, 304, 404, 500])} {pick.randrange(99999)} "-" "Mozilla/5.0 (X11; Linux x86_64)"'
        )

    def row(self) -> str:
        pick = self.random
        return f"{self.stamp()},{pick.choice(WORDS)},{pick.uniform(-40, 90):.4f},{pick.randrange(10**9)},{self.hex(24)}"


def data(folder: Path, limit: int) -> None:
    """Files of 20 KB to 8 MB until the limit is reached."""
    make = Maker()
    kinds = [
        ("orders/{}.json", lambda: json.dumps([make.order() for _ in range(40)], indent=2)),
        ("export/{}.json", lambda: json.dumps([make.order() for _ in range(4000)], separators=(",", ":"))),
        ("logs/{}.jsonl", lambda: "\n".join(json.dumps(make.event()) for _ in range(20000))),
        ("logs/{}.access.log", lambda: "\n".join(make.access() for _ in range(20000))),
        ("tables/{}.csv", lambda: "\n".join(make.row() for _ in range(30000))),
    ]
    size = number = 0
    while size < limit:
        # Many small documents beside each large file.
        for name, text in [kinds[0]] * 30 + kinds[1:]:
            path = folder / name.format(f"{number:05}")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = text() + "\n"
            path.write_text(content)
            number += 1
            size += len(content)
            if size >= limit:
                return


def web(folder: Path, limit: int) -> None:
    """Unpacks the packages until the limit is reached."""
    size = 0
    for package in PACKAGES:
        if size >= limit:
            return
        with tempfile.TemporaryDirectory() as there:
            done = subprocess.run(
                ["npm", "pack", "--silent", "--ignore-scripts", package], cwd=there, capture_output=True, text=True, check=False
            )
            archives = list(Path(there).glob("*.tgz"))
            if done.returncode != 0 or not archives:
                print(f"without {package}: {done.stderr.strip()[:200]}", file=sys.stderr)
                continue
            target = folder / package.rpartition("@")[0].replace("/", "__")
            with tarfile.open(archives[0]) as archive:
                archive.extractall(target, filter="data")
        size += sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=200.0, help="size of each tree, about")
    parser.add_argument("--only", default="source,data,web")
    arguments = parser.parse_args()
    for name in arguments.only.split(","):
        folder = arguments.folder / name
        if folder.exists():
            continue
        building = arguments.folder / f".{name}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        {"source": source, "data": data, "web": web}[name](building, int(arguments.megabytes * 1e6))
        os.rename(building, folder)
        print(f"built {folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
