"""Which machines a Linux program runs on, by the symbols it asks its libraries for."""

import re
import subprocess
import sys

# What every system with glibc has (PEP 600 and its policy for `manylinux`).
ALLOWED = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"}
LOADER = re.compile(r"ld-linux[-.\w]*")


def needed(dynamic):
    """Libraries by the output of `objdump -p`."""
    return set(re.findall(r"^\s*NEEDED\s+(\S+)", dynamic, re.MULTILINE))


def newest(dynamic):
    """The newest version of glibc whose symbols are used, by the output of `objdump -p`."""
    versions = re.findall(r"\bGLIBC_(\d+)\.(\d+)", dynamic)
    return max((int(major), int(minor)) for major, minor in versions)


def platform(program, target):
    """The platform tag of a wheel for this program."""
    if target.endswith("-apple-darwin"):
        return {"aarch64": "macosx_11_0_arm64", "x86_64": "macosx_10_12_x86_64"}[target.split("-")[0]]
    if not target.endswith("-linux-gnu"):
        sys.exit(f"{target}: no wheel is made for this target")
    dynamic = subprocess.run(["objdump", "-p", program], check=True, capture_output=True, text=True).stdout
    foreign = {name for name in needed(dynamic) - ALLOWED if not LOADER.fullmatch(name)}
    if foreign:
        sys.exit(f"{program}: needs {', '.join(sorted(foreign))}, which not every system has; link it statically")
    major, minor = newest(dynamic)
    return f"manylinux_{major}_{minor}_{target.split('-')[0]}"
