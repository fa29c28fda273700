"""Makes what a release consists of, from a program that is built already: `python3 packaging/release --out dist`.

    secretscan-VERSION-TARGET.tar.gz              the program, its manual page and completions, its documentation, licences
    secretscan-VERSION-py3-none-PLATFORM.whl      the same for pip, uv, pipx and pre-commit
    secretscan-VERSION-TARGET.cdx.json            what it is made of (CycloneDX)
    SHA256SUMS

The same program gives the same bytes: names are sorted, every date is SOURCE_DATE_EPOCH (by default the last commit's),
owners are nobody's. Needs Python 3.11 and cargo (to list the crates), no package of either.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import archive  # noqa: E402
import crates  # noqa: E402
import glibc  # noqa: E402
import wheel  # noqa: E402
from payload import Payload  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def source_date():
    """Seconds since 1970 that stand in all archives."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "-C", ROOT, "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def host():
    """The target triple of the compiler."""
    said = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    return next(line.removeprefix("host: ") for line in said.splitlines() if line.startswith("host: "))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/secretscan")
    parser.add_argument("--target", default=None, help="target triple of the program [default: this compiler's]")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to; made if it is missing")
    arguments = parser.parse_args()
    target = arguments.target or host()
    if not arguments.program.is_file():
        sys.exit(f"{arguments.program}: no such program; cargo build --release --locked")
    parts = crates.shipped(ROOT, target)
    payload = Payload(ROOT, arguments.program, crates.notices(parts))
    date = source_date()
    arguments.out.mkdir(parents=True, exist_ok=True)
    name = f"secretscan-{payload.version}-{target}"
    made = {
        f"{name}.tar.gz": archive.tar_gz(name, payload.files(), date),
        f"{name}.cdx.json": crates.bill_of_materials(parts, payload.version, date),
    }
    made |= dict([wheel.build(payload, glibc.platform(arguments.program, target), date)])
    for file, content in made.items():
        (arguments.out / file).write_bytes(content)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in sorted(made.items()))
    (arguments.out / "SHA256SUMS").write_text(sums)
    print(sums, end="")


main()
