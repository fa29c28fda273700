"""Runs whole secret scanners on the same tree and prints Markdown tables; see README.md.

Standard library only. Wall time comes from hyperfine when it is installed (else from this script's own clock), CPU time from
wait4 (the program and its waited-for children), peak memory from GNU time.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

CACHE = Path(os.environ.get("SECRETSCAN_BENCH_CACHE", Path.home() / ".cache" / "secretscan-bench"))
TREES = Path(os.environ.get("SECRETSCAN_BENCH_TREES", CACHE / "trees"))
ROOT = Path(__file__).resolve().parents[3]
# A run beyond this many seconds is not repeated: its spread does not matter beside its length.
SLOW_S = 60.0

Place = tuple[str, int]


@dataclasses.dataclass
class Program:
    """A scanner: how it is called on the current directory, and how its output is read."""

    name: str
    binary: str
    version: list[str]
    arguments: list[str]
    places: Callable[[str], list[Place]]
    # How the version is found in what `version` prints.
    version_pattern: str = r"\d+(?:\.\d+)+"

    def command(self, target: str) -> list[str]:
        return [self.binary, *(target if argument == "{}" else argument for argument in self.arguments)]

    def version_text(self) -> str:
        # Debian's builds of the Go programs do not know their version; the package does.
        package = CACHE / "debian" / f"{self.name}.version"
        if package.exists():
            return package.read_text().strip()
        done = subprocess.run([self.binary, *self.version], capture_output=True, text=True, check=False)
        found = re.search(self.version_pattern, done.stdout + done.stderr)
        return found.group() if found else "unknown"


@dataclasses.dataclass
class Run:
    """One finished run."""

    wall_s: float
    cpu_s: float
    code: int
    output: str


def relative(path: str) -> str:
    """A path as it stands below the scanned directory."""
    path = path.replace("\\", "/")
    cwd = os.getcwd() + "/"
    return path.removeprefix(cwd).removeprefix("./")


def ripgrep_places(text: str) -> list[Place]:
    places: list[Place] = []
    for line in text.splitlines():
        path, _, count = line.rpartition(":")
        places += [(relative(path), 0)] * (int(count) if count.isdigit() else 0)
    return places


def line_places(text: str) -> list[Place]:
    found = (re.match(r"(.+?):(\d+):", line) for line in text.splitlines())
    return [(relative(match[1]), int(match[2])) for match in found if match]


def kingfisher_places(text: str) -> list[Place]:
    # The report is one line of JSON; a summary object follows on a line of its own.
    head = next((line for line in text.splitlines() if line.startswith('{"findings"')), '{"findings": []}')
    findings = [entry["finding"] for entry in json.loads(head)["findings"]]
    return [(relative(finding["path"]), int(finding["line"])) for finding in findings]


def detect_secrets_places(text: str) -> list[Place]:
    results = json.loads(text)["results"]
    return [(relative(path), entry["line_number"]) for path, entries in results.items() for entry in entries]


def gitleaks_places(text: str) -> list[Place]:
    return [(relative(finding["File"]), finding["StartLine"]) for finding in json.loads(text or "[]") or []]


def trufflehog_places(text: str) -> list[Place]:
    places: list[Place] = []
    for line in text.splitlines():
        if line.startswith('{"SourceMetadata"'):
            where = json.loads(line)["SourceMetadata"]["Data"]["Filesystem"]
            places.append((relative(where["file"]), int(where.get("line", 0))))
    return places


def secretscan_places(text: str) -> list[Place]:
    findings = json.loads(text)["findings"]
    return [(relative(finding["path"]), finding["start_line"]) for finding in findings]


def programs(arguments: argparse.Namespace) -> list[Program]:
    """Every program that is installed, ours first."""
    venv = CACHE / "venv" / "bin"
    known = [
        Program(
            "secretscan",
            str(arguments.secretscan),
            ["--version"],
            ["{}", "--format", "json", "--judge", arguments.judge, *arguments.secretscan_option],
            secretscan_places,
        ),
        Program("rg -c password", "rg", ["--version"], ["-c", "password", "{}"], ripgrep_places),
        Program(
            "rg -c password, every file",
            "rg",
            ["--version"],
            ["--no-ignore", "--hidden", "-c", "password", "{}"],
            ripgrep_places,
        ),
        Program(
            "kingfisher",
            str(venv / "kingfisher"),
            ["--version"],
            [
                "scan", "{}", "--no-validate", "--no-update-check", "--git-history", "none", "--no-dedup",
                "--format", "json",
            ],
            kingfisher_places,
        ),
        Program(
            "ripsecrets",
            str(CACHE / "ripsecrets" / "bin" / "ripsecrets"),
            ["--version"],
            ["{}"],
            line_places,
        ),
        Program(
            "gitleaks",
            str(CACHE / "debian" / "gitleaks" / "usr" / "bin" / "gitleaks"),
            [],
            ["dir", "{}", "--no-banner", "--report-format", "json", "--report-path", "-", "--exit-code", "0"],
            gitleaks_places,
        ),
        Program(
            "trufflehog",
            str(CACHE / "debian" / "trufflehog" / "usr" / "bin" / "trufflehog"),
            [],
            ["filesystem", "{}", "--json", "--no-verification", "--no-update"],
            trufflehog_places,
        ),
        Program(
            "detect-secrets",
            str(venv / "detect-secrets"),
            ["--version"],
            ["scan", "--all-files", "--no-verify", "{}"],
            detect_secrets_places,
        ),
    ]
    wanted = [name.strip() for name in arguments.only.split(",")] if arguments.only else None
    chosen = []
    for program in known:
        if wanted and not any(program.name.startswith(name) for name in wanted):
            continue
        if shutil.which(program.binary) is None:
            print(f"missing: {program.name} ({program.binary})", file=sys.stderr)
            continue
        chosen.append(program)
    return chosen


def run(command: list[str], limit_s: float, cwd: str | None = None, keep: bool = True) -> Run | None:
    """Runs a command; None if it ran past the limit."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        target = output if keep else subprocess.DEVNULL
        child = subprocess.Popen(
            command,
            stdout=target,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            # A group of its own: a program over the limit is stopped with its workers.
            start_new_session=True,
        )
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            if done:
                break
            if time.perf_counter() - start > limit_s:
                os.killpg(child.pid, signal.SIGKILL)
                os.wait4(child.pid, 0)
                child.returncode = -9
                return None
            # A short nap: longer ones would show in the wall time of quick programs.
            time.sleep(0.0002)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Run(
            wall,
            usage.ru_utime + usage.ru_stime,
            child.returncode,
            output.read().decode("utf-8", "replace"),
        )


def run_for_memory(command: list[str], limit_s: float, cwd: str | None = None) -> tuple[Run | None, str]:
    """One run under GNU time, and the peak memory in MiB as text.

    Not wait4's figure: Linux counts the memory of the process that called exec, so nothing started from here
    could be smaller than this interpreter.
    """
    if shutil.which("time") is None:
        return run(command, limit_s, cwd), "?"
    with tempfile.NamedTemporaryFile(mode="r", suffix=".rss") as report:
        done = run(["time", "-q", "-f", "%M", "-o", report.name, *command], limit_s, cwd)
        kib = report.read().strip()
    return done, f"{int(kib) / 1024:.0f}" if kib.isdigit() else "?"


def hyperfine(command: list[str], runs: int, warmup: int) -> list[float] | None:
    """Wall times by hyperfine without a shell, or None without hyperfine."""
    if shutil.which("hyperfine") is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=".json") as export:
        words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in command)
        done = subprocess.run(
            [
                "hyperfine", "--shell=none", "--ignore-failure", "--style=none", "--warmup", str(warmup),
                "--runs", str(runs), "--export-json", export.name, words,
            ],
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            return None
        return list(json.loads(Path(export.name).read_text())["results"][0]["times"])


def spread(times: list[float]) -> str:
    """The median with half the distance between the quartiles."""
    middle = statistics.median(times)
    if len(times) < 3:
        return f"{middle:.3f} (n = {len(times)})"
    low, _, high = statistics.quantiles(times, n=4)
    return f"{middle:.3f} ± {(high - low) / 2:.3f}"


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, round(share * (len(times) - 1)))]


def describe(tree: Path) -> str:
    files = bytes_ = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            try:
                bytes_ += os.lstat(os.path.join(folder, name)).st_size
                files += 1
            except OSError:
                continue
    return f"{files:,} files, {bytes_ / 1e6:,.0f} MB"


def machine() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*:\s*(.+)", text)
    load = os.getloadavg()[0]
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} processors, load {load:.1f} at the start"


def tree_table(chosen: list[Program], arguments: argparse.Namespace) -> None:
    tree = arguments.tree
    print(f"## Whole tree: {tree.name} ({describe(tree)}), warm cache\n")
    print("| program | version | wall s, median ± | user+sys s | peak RSS MiB | findings | exit | runs |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    os.chdir(tree)
    for program in chosen:
        command = program.command(".")
        first, rss = run_for_memory(command, arguments.limit)
        if first is None:
            print(f"| {program.name} | {program.version_text()} | > {arguments.limit:.0f} (stopped) | | | | | 1 |", flush=True)
            continue
        if first.wall_s > SLOW_S:
            rest, times = [first], [first.wall_s]
        else:
            times = hyperfine(command, arguments.runs, 1)
            rest = [done for done in (run(command, arguments.limit) for _ in range(arguments.runs)) if done]
            times = times or [done.wall_s for done in rest]
        cpu = statistics.median(done.cpu_s for done in rest)
        count = len(program.places(first.output))
        print(
            f"| {program.name} | {program.version_text()} | {spread(times)} | {cpu:.2f} | {rss} | {count:,} "
            f"| {first.code} | {len(times)} |",
            flush=True,
        )
    print()


def trees_table(chosen: list[Program], arguments: argparse.Namespace) -> None:
    """The tree table of every tree that trees.py has built, in the order of their names."""
    for tree in sorted(path for path in TREES.iterdir() if path.is_dir() and not path.name.startswith(".")):
        arguments.tree = tree.resolve()
        tree_table(chosen, arguments)


def startup_table(chosen: list[Program], arguments: argparse.Namespace) -> None:
    print("## Start-up: one clean file of 30 lines\n")
    print("| program | wall ms, median | p95 | peak RSS MiB | exit |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        os.chdir(folder)
        Path("clean.py").write_text("".join(f"def area_{n}(width):\n    return width * {n}\n" for n in range(15)))
        for program in chosen:
            done = [run(program.command("clean.py"), arguments.limit, keep=False) for _ in range(max(arguments.runs, 20))]
            good = [each for each in done[1:] if each]
            if not good:
                continue
            walls = [each.wall_s * 1000 for each in good]
            _, rss = run_for_memory(program.command("clean.py"), arguments.limit)
            print(
                f"| {program.name} | {statistics.median(walls):.1f} | {percentile(walls, 0.95):.1f} | {rss} "
                f"| {good[-1].code} |",
                flush=True,
            )
        os.chdir("/")
    print()


def staged_repository(folder: Path, files: int) -> None:
    """A repository of small source files with one clean file staged."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def git(*words: str) -> None:
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@kestrel-labs.io"]
        subprocess.run(["git", *identity, *words], cwd=folder, env=environment, check=True, capture_output=True)

    git("init", "--quiet")
    for number in range(files):
        path = folder / f"pkg{number % 40}" / f"module_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"def area_{number}_{n}(width):\n    return width * {n}\n" for n in range(40)))
    git("add", ".")
    git("commit", "--quiet", "-m", "start")
    path = folder / "pkg0" / "module_0.py"
    path.write_text(path.read_text() + "\n\ndef area_new(width):\n    return width\n")
    git("add", ".")


def staged_table(chosen: list[Program], arguments: argparse.Namespace) -> None:
    print(f"## Staged hook: a repository of {arguments.staged_files:,} files, one staged, {arguments.staged_runs} runs\n")
    print("| program | p50 ms | p95 ms | peak RSS MiB | exit |")
    print("| --- | ---: | ---: | ---: | ---: |")
    commands = {
        "secretscan": ["staged", "--format", "json", "--judge", arguments.judge, *arguments.secretscan_option],
        "kingfisher": ["scan", ".", "--staged", "--no-validate", "--no-update-check", "--format", "json"],
        "ripsecrets": ["--strict-ignore", "pkg0/module_0.py"],
    }
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        staged_repository(Path(folder), arguments.staged_files)
        for program in chosen:
            if program.name not in commands and program.name != "detect-secrets":
                continue
            if program.name == "detect-secrets":
                command = [program.binary + "-hook", "--no-verify", "pkg0/module_0.py"]
            else:
                command = [program.binary, *commands[program.name]]
            done = [run(command, arguments.limit, folder, keep=False) for _ in range(arguments.staged_runs + 1)]
            good = [each for each in done[1:] if each]
            if not good:
                continue
            walls = [each.wall_s * 1000 for each in good]
            _, rss = run_for_memory(command, arguments.limit, folder)
            print(
                f"| {program.name} | {percentile(walls, 0.5):.1f} | {percentile(walls, 0.95):.1f} | {rss} "
                f"| {good[-1].code} |",
                flush=True,
            )
    print()


def corpus_table(chosen: list[Program], arguments: argparse.Namespace) -> None:
    """Recall on the planted secrets (a finding on a line of the secret) and findings on the hard negatives."""
    plants = json.loads((arguments.corpus / "planted.json").read_text())
    print(f"## The acceptance corpora: {len(plants)} planted secrets, hard negatives\n")
    print("| program | planted found | share | findings elsewhere in those files | findings on hard negatives |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for program in chosen:
        if program.name.startswith("rg"):
            continue
        counts = []
        for folder in ("planted", "negatives"):
            os.chdir(arguments.corpus / folder)
            done = run(program.command("."), arguments.limit)
            counts.append(program.places(done.output) if done else [])
        lines = {
            (plant["path"], line) for plant in plants for line in range(plant["start"][0], plant["end"][0] + 1)
        }
        seen = set(counts[0])
        found = sum(
            any((plant["path"], line) in seen for line in range(plant["start"][0], plant["end"][0] + 1))
            for plant in plants
        )
        elsewhere = sum(place not in lines for place in counts[0])
        print(
            f"| {program.name} | {found} | {found / len(plants):.1%} | {elsewhere} | {len(counts[1])} |", flush=True
        )
    os.chdir("/")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", nargs="?", type=Path, default=Path.home() / ".cargo" / "registry" / "src")
    parser.add_argument("--secretscan", type=Path, default=ROOT / "target" / "release" / "secretscan")
    parser.add_argument("--judge", default="off", help="passed to secretscan (default: off)")
    parser.add_argument("--secretscan-option", action="append", default=[], help="passed to secretscan, repeatable")
    parser.add_argument("--runs", type=int, default=5, help="runs of each program on the tree, at least 5")
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds after which a run is stopped")
    parser.add_argument("--only", help="names of programs, by prefix, with commas")
    parser.add_argument("--tables", default="tree,startup,staged", help="of tree, trees, startup, staged, corpus")
    parser.add_argument("--corpus", type=Path, default=ROOT / "target" / "tmp" / "corpus", help="see testdata/README.md")
    parser.add_argument("--staged-files", type=int, default=2000)
    parser.add_argument("--staged-runs", type=int, default=50)
    arguments = parser.parse_args()
    arguments.secretscan = arguments.secretscan.resolve()
    arguments.corpus = arguments.corpus.resolve()
    arguments.tree = arguments.tree.resolve()

    chosen = programs(arguments)
    print(f"Machine: {machine()}.\n")
    tables = {"tree": tree_table, "trees": trees_table, "startup": startup_table, "staged": staged_table, "corpus": corpus_table}
    for name in arguments.tables.split(","):
        tables[name](chosen, arguments)


if __name__ == "__main__":
    main()
