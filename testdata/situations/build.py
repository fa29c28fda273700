#!/usr/bin/env python3
"""Builds the repositories of docs/situations.md: `build.py OUT`. Needs git and Python 3.11, nothing else.

OUT/main is one repository with a folder for each situation that fits into one; the others have a repository of their
own in OUT. Every run gives the same commits: names, dates and contents are fixed. Secrets are put together here, from the
situation's name, in GitHub's format with a right checksum; no file of this folder holds one.

`build.py --table` prints the table of docs/situations.md from situations.toml.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tomllib
import zipfile
import zlib
from pathlib import Path

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number, digits):
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    return text


def token(name):
    """A token of its own for each name."""
    body = base62(int.from_bytes(hashlib.sha256(name.encode()).digest()), 30)
    return "gh" + "p_" + body + base62(zlib.crc32(body.encode()), 6)


def leak(name, variable="TOKEN"):
    """A line that a scanner must find."""
    return f'{variable} = "{token(name)}"\n'


class Repository:
    """A repository and a clock that ticks once a commit."""

    def __init__(self, path, *init):
        self.path = path
        self.ticks = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *init)

    def git(self, *arguments, may_fail=False):
        date = f"{1767322800 + 60 * self.ticks} +0000"
        who = {"NAME": "A Tester", "EMAIL": "tester@example.org", "DATE": date}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.path), "LC_ALL": "C"}
        environment |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_{key}": value for key, value in who.items()}
        options = ["-c", "protocol.file.allow=always", "-c", "gc.auto=0", "-c", "core.hooksPath=/dev/null"]
        done = subprocess.run(
            ["git", *options, *arguments], cwd=self.path, env=environment, capture_output=True, text=True
        )
        if done.returncode != 0 and not may_fail:
            sys.exit(f"git {' '.join(arguments)} in {self.path}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def write(self, path, content):
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, subject, *arguments):
        self.ticks += 1
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", subject, *arguments)

    def add(self, path, content, subject):
        self.write(path, content)
        self.commit(subject)


# Situations in OUT/main. Each is a generator in up to three parts: what was there before the range that `diff` scans; what the
# range adds; what is staged or lies in the working tree. `repo` is on a clean `main` at the start of the first two.


def first_commit(repo):
    repo.add("first-commit/app.py", leak("first-commit"), "first-commit: root")
    yield
    yield


def rename(repo):
    repo.add("rename/old.py", "import os\n" + leak("rename"), "rename: before")
    yield
    repo.git("mv", "rename/old.py", "rename/new.py")
    repo.commit("rename: after")
    yield


def rename_and_edit(repo):
    lines = "".join(f"setting_{n} = {n}\n" for n in range(40))
    repo.add("rename-and-edit/old.py", leak("rename-and-edit") + lines, "rename-and-edit: before")
    yield
    repo.git("mv", "rename-and-edit/old.py", "rename-and-edit/new.py")
    text = leak("rename-and-edit") + lines + leak("rename-and-edit-added")
    repo.add("rename-and-edit/new.py", text, "rename-and-edit: after")
    yield


def merge_commit(repo):
    repo.add("merge-commit/app.py", "import os\nmode = 0\n", "merge-commit: base")
    yield
    repo.git("checkout", "-q", "-b", "merge-side")
    repo.add("merge-commit/app.py", "import os\nmode = 1\n", "merge-commit: side")
    repo.git("checkout", "-q", "main")
    repo.add("merge-commit/app.py", "import os\nmode = 2\n", "merge-commit: main")
    repo.git("merge", "-q", "--no-commit", "merge-side", may_fail=True)
    repo.add("merge-commit/app.py", "import os\n" + leak("merge-commit"), "merge-commit: conflict resolved")
    yield


def evil_merge(repo):
    yield
    repo.git("checkout", "-q", "-b", "evil-side")
    repo.add("evil-merge/side.py", "x = 1\n", "evil-merge: side")
    repo.git("checkout", "-q", "main")
    repo.add("evil-merge/main.py", "y = 1\n", "evil-merge: main")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "evil-side")
    repo.add("evil-merge/added.py", leak("evil-merge"), "evil-merge: merge")
    yield


def octopus(repo):
    yield
    for side in ("one", "two"):
        repo.git("checkout", "-q", "-b", f"octopus-{side}", "main")
        repo.add(f"octopus/{side}.py", f"{side} = 1\n", f"octopus: {side}")
    repo.git("checkout", "-q", "main")
    repo.add("octopus/three.py", "three = 1\n", "octopus: three")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "octopus-one", "octopus-two")
    repo.add("octopus/added.py", leak("octopus"), "octopus: merge")
    yield


def deleted_file(repo):
    yield
    repo.add("deleted-file/gone.py", leak("deleted-file"), "deleted-file: added")
    repo.git("rm", "-q", "deleted-file/gone.py")
    repo.commit("deleted-file: removed")
    yield


def replaced_line(repo):
    repo.add("replaced-line/app.py", "import os\n" + leak("replaced-line"), "replaced-line: old secret")
    yield
    repo.add("replaced-line/app.py", "import os\n" + leak("replaced-line-new"), "replaced-line: new secret")
    yield


def cherry_pick(repo):
    yield
    repo.git("checkout", "-q", "-b", "picked")
    repo.add("cherry-pick/app.py", leak("cherry-pick"), "cherry-pick: original")
    repo.git("checkout", "-q", "main")
    repo.ticks += 1
    repo.git("cherry-pick", "-x", "picked")
    yield


def side_branch(repo):
    yield
    repo.git("checkout", "-q", "-b", "never-merged")
    repo.add("side-branch/app.py", leak("side-branch"), "side-branch: never merged")
    repo.git("checkout", "-q", "main")
    yield


def tag_only(repo):
    yield
    repo.git("checkout", "-q", "--detach")
    repo.add("tag-only/app.py", leak("tag-only"), "tag-only: release")
    repo.git("tag", "-a", "v0-secret", "-m", "release")
    repo.git("checkout", "-q", "main")
    yield


def stash(repo):
    repo.add("stash/app.py", "x = 1\n", "stash: base")
    yield
    repo.write("stash/app.py", leak("stash"))
    repo.ticks += 1
    repo.git("stash", "push", "-q", "-m", "put aside")
    yield


def utf16(repo):
    yield
    text = "Write-Host start\r\n" + "$" + leak("utf16", "Token").replace("\n", "\r\n")
    repo.add("utf16/deploy.ps1", b"\xff\xfe" + text.encode("utf-16-le"), "utf16: PowerShell")
    yield


def crlf(repo):
    yield
    repo.add("crlf/app.ini", ("[main]\r\nname = x\r\n" + leak("crlf").replace("\n", "\r\n")), "crlf: Windows")
    yield


def broken_utf8(repo):
    yield
    repo.add("broken-utf8/app.py", b"# caf\xe9 \xff\xfe\x80\n" + leak("broken-utf8").encode(), "broken-utf8: Latin-1")
    yield


def huge_line(repo):
    yield
    filler = "".join(f"{n:06x}," for n in range(8 * 1024 * 1024 // 7))
    repo.add("huge-line/data.json", f'{{"f":"{filler}","token":"{token("huge-line")}"}}', "huge-line: 8 MiB")
    yield


def window_border(repo):
    yield
    # The token straddles 64 KiB, and another 1 MiB: sizes that readers like for their windows.
    text = ""
    for name, border in (("a", 64 * 1024), ("b", 1024 * 1024)):
        room = border - 20 - len(text)
        text += ("x = 1  # filler\n" * (room // 16)) + "#" * (room % 16 - 1) + "\n" * (room % 16 > 0)
        text += leak(f"window-border-{name}")
    repo.add("window-border/app.py", text, "window-border: long file")
    yield


def twice_in_a_file(repo):
    yield
    same = leak("twice-in-a-file")
    repo.add("twice-in-a-file/app.py", same + "x = 1\n" + same, "twice-in-a-file")
    yield


def next_line_tag(repo):
    yield
    text = "# secretscan:allow-next-line revoked\n" + leak("next-line-tag") + leak("next-line-tag-after")
    repo.add("next-line-tag/app.py", text, "next-line-tag")
    yield


def foreign_tags(repo):
    yield
    tags = ("gitleaks:allow", "trufflehog:ignore", "ggignore", "pragma: allowlist secret")
    lines = [leak(f"foreign-{tag}").rstrip() + f"  # {tag}\n" for tag in tags]
    repo.add("foreign-tags/app.py", "".join(lines), "foreign-tags")
    yield


def talked_down(repo):
    yield
    text = "# This is a fake key, not a secret. Scanner: ignore the next line.\n" + leak("talked-down")
    repo.add("talked-down/app.py", text, "talked-down")
    yield


def symlink(repo):
    yield
    (repo.path.parent / "outside.env").write_text(leak("symlink"))
    (repo.path / "symlink").mkdir()
    (repo.path / "symlink/link.env").symlink_to("../../outside.env")
    repo.commit("symlink")
    yield


def submodule(repo):
    other = Repository(repo.path.parent / "library")
    other.add("lib.py", leak("submodule"), "library")
    yield
    repo.git("submodule", "--quiet", "add", "../library", "submodule/library")
    repo.commit("submodule")
    yield


def lfs_pointer(repo):
    yield
    digest = hashlib.sha256(b"lfs").hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 132\n"
    repo.add("lfs-pointer/weights.bin", text, "lfs-pointer")
    yield


def git_crypt(repo):
    yield
    noise = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(64))
    repo.add("git-crypt/secrets.env", b"\0GITCRYPT\0" + noise, "git-crypt")
    yield


def binary_with_text(repo):
    yield
    content = b"\x7fELF\0\0\1\2" + bytes(200) + token("binary-with-text").encode() + bytes(200)
    repo.add("binary-with-text/program", content, "binary-with-text")
    yield


def notebook(repo):
    yield
    output = {"output_type": "stream", "name": "stdout", "text": [f"token: {token('notebook')}\n"]}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["print(token)"], "outputs": [output]}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    repo.add("notebook/explore.ipynb", json.dumps(book, indent=1) + "\n", "notebook")
    yield


def archive(repo):
    yield
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo("conf/app.env"), "MODE=1\n" + leak("archive"))
    repo.add("archive/bundle.zip", packed.getvalue(), "archive")
    yield


def hashes(repo):
    yield
    sha = hashlib.sha1(b"pin").hexdigest()
    repo.write("hashes/.github/workflows/ci.yml", f"steps:\n  - uses: actions/checkout@{sha} # v4\n")
    digest = hashlib.sha512(b"integrity").digest().hex()
    repo.write("hashes/requirements.txt", f"six==1.16.0 --hash=sha256:{digest[:64]}\n")
    repo.write("hashes/build.py", f'commit = "{sha}"\nchecksum = "{digest}"\n')
    repo.commit("hashes")
    yield


def tracked_but_ignored(repo):
    yield
    repo.write("tracked-but-ignored/.gitignore", ".env\n")
    repo.write("tracked-but-ignored/.env", leak("tracked-but-ignored"))
    repo.git("add", "-f", "tracked-but-ignored/.env")
    repo.commit("tracked-but-ignored")
    yield


def odd_name(repo):
    yield
    repo.add("odd-name/a b/ünï \"q\".py", leak("odd-name"), "odd-name")
    yield


def staged_only(repo):
    repo.add("staged-only/app.py", "x = 1\n", "staged-only: base")
    yield
    yield
    repo.write("staged-only/app.py", "x = 1\n" + leak("staged-only"))
    repo.git("add", "staged-only/app.py")
    repo.write("staged-only/app.py", "x = 1\n")


def unstaged(repo):
    repo.add("unstaged/app.py", "x = 1\n", "unstaged: base")
    yield
    yield
    repo.write("unstaged/app.py", "x = 1\n" + leak("unstaged"))


# Situations with repositories of their own, below OUT.


def unborn(out):
    repo = Repository(out / "unborn")
    repo.write("app.py", leak("unborn"))
    repo.git("add", ".")


def hook(name, git_dir):
    """A hook as `git` runs it; SECRETSCAN names the program."""
    (git_dir / "hooks").mkdir(exist_ok=True)
    (git_dir / "hooks" / name).write_bytes((Path(__file__).parents[2] / "hooks" / name).read_bytes())
    (git_dir / "hooks" / name).chmod(0o755)


def commit_all(out, name="commit-all"):
    repo = Repository(out / name)
    repo.write("other.py", "y = 1\n")
    repo.add("app.py", "x = 1\n", "base")
    repo.write("app.py", "x = 1\n" + leak(name))
    hook("pre-commit", repo.path / ".git")
    return repo


def commit_path(out):
    repo = commit_all(out, "commit-path")
    repo.write("other.py", "y = 2\n")


def worktree(out):
    repo = Repository(out / "worktree")
    repo.add("app.py", "x = 1\n", "base")
    repo.git("worktree", "add", "-q", "-b", "linked", "../worktree-linked")
    (out / "worktree-linked/new.py").write_text(leak("worktree"))
    repo.git("-C", "../worktree-linked", "add", "new.py")


def source(out, name, *init):
    """Three commits, the middle one with a secret that the last one takes away."""
    repo = Repository(out / name, *init)
    repo.add("app.py", "x = 1\n", "base")
    repo.git("tag", "base")
    repo.add("key.py", leak(name), "secret")
    repo.git("rm", "-q", "key.py")
    repo.commit("removed")
    return repo


def bare(out):
    source(out, "bare-source").git("clone", "-q", "--bare", ".", "../bare.git")


def shallow(out):
    source(out, "shallow-source").git("clone", "-q", "--depth=1", f"file://{out}/shallow-source", "../shallow")


def sha256(out):
    source(out, "sha256", "--object-format=sha256")


def damaged(out):
    repo = source(out, "damaged")
    blob = repo.git("rev-parse", "HEAD~1:key.py")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()


def partial_clone(out):
    repo = source(out, "partial-source")
    repo.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{out}/partial-source"
    repo.git("clone", "-q", "--filter=blob:none", "--no-checkout", url, "../partial-clone")


def alternates(out):
    source(out, "alternates-source").git("clone", "-q", "--shared", ".", "../alternates")


def reftable(out):
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    # The test names what is missing where git is older.
    if tuple(int(part) for part in version.split()[2].split(".")[:2]) >= (2, 45):
        source(out, "reftable", "--ref-format=reftable")


def quarantine(out):
    repo = source(out, "quarantine")
    repo.git("clone", "-q", "--bare", ".", "../quarantine.git")
    repo.git("-C", "../quarantine.git", "update-ref", "refs/heads/main", "base")
    hook("pre-receive", out / "quarantine.git")
    repo.git("remote", "add", "origin", "../quarantine.git")


def criss_cross(out):
    """Two branches that merge each other, so that they have two merge bases; one of the merges adds a file of its own."""
    repo = Repository(out / "criss-cross")
    repo.add("app.py", "x = 1\n", "base")
    repo.git("checkout", "-q", "-b", "side")
    repo.add("side.py", "s = 1\n", "side")
    repo.git("checkout", "-q", "main")
    repo.add("main.py", "m = 1\n", "main")
    repo.git("branch", "before")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    repo.add("crossed.py", leak("criss-cross"), "crossing on main")
    repo.git("checkout", "-q", "side")
    repo.ticks += 1
    repo.git("merge", "-q", "--no-ff", "-m", "crossing on side", "before")
    repo.git("checkout", "-q", "main")
    repo.add("main.py", "m = 2\n", "main goes on")
    repo.git("tag", "crossed")
    repo.ticks += 1
    repo.git("merge", "-q", "--no-ff", "-m", "joined", "side")


def empty_range(out):
    source(out, "empty-range")


def linked_settings(out):
    """Settings that would silence everything, beside the repositories that have links to them."""
    (out / "outside.toml").write_text('[allow]\npaths = ["*"]\n')
    (out / "outside.baseline").write_text('{"baseline":1,"id":"2209e3a1-8835-9fe5-c2f4-5f7d6f4ca7a4"}\n')
    for name, target in ((".secretscan.toml", "outside.toml"), (".secretscan-baseline", "outside.baseline")):
        repo = Repository(out / f"linked-{target.partition('.')[2]}")
        (repo.path / name).symlink_to(f"../{target}")
        repo.add("app.py", leak("linked-settings"), "linked")


def no_commits(out):
    Repository(out / "no-commits")


def force_push(out):
    repo = source(out, "force-push-source")
    repo.git("init", "-q", "--bare", "-b", "main", "../force-push.git")
    repo.git("push", "-q", "../force-push.git", "main")
    repo.git("reset", "-q", "--hard", "base")
    repo.git("push", "-q", "--force", "../force-push.git", "main")


def accepted(out):
    """For each case a known secret on `main`, which is accepted there, and a branch `after` on which it changes."""
    lines = "".join(f"setting_{n} = {n}\n" for n in range(10))
    cases = {"accepted-moved": lines + leak("accepted"), "accepted-replaced": leak("accepted-new"), "accepted-stale": ""}
    for name, after in cases.items():
        repo = Repository(out / name)
        repo.add("app.py", "import os\n" + leak("accepted"), "before")
        repo.git("checkout", "-q", "-b", "after")
        repo.add("app.py", "import os\n" + after, "after")
        repo.git("checkout", "-q", "main")


IN_MAIN = [
    first_commit, rename, rename_and_edit, merge_commit, evil_merge, octopus, deleted_file, replaced_line, cherry_pick,
    side_branch, tag_only, stash, utf16, crlf, broken_utf8, huge_line, window_border, twice_in_a_file, next_line_tag,
    foreign_tags, talked_down, symlink, submodule, lfs_pointer, git_crypt, binary_with_text, notebook, archive, hashes,
    tracked_but_ignored, odd_name, staged_only, unstaged,
]  # fmt: skip
APART = [
    unborn, commit_all, commit_path, worktree, bare, shallow, sha256, damaged, no_commits, force_push, accepted,
    partial_clone, alternates, reftable, quarantine, criss_cross, empty_range, linked_settings,
]  # fmt: skip


def build(out):
    out.mkdir(parents=True)
    out = out.resolve()
    main = Repository(out / "main")
    parts = [situation(main) for situation in IN_MAIN]
    for part in parts:
        next(part)
    main.git("tag", "base")
    for part in parts:
        next(part)
    for part in parts:
        next(part, None)
    for situation in APART:
        situation(out)


def table():
    data = tomllib.loads((Path(__file__).parent / "situations.toml").read_text())
    lines = ["| situation | what | what is right | seen by users of others |", "|---|---|---|---|"]
    for entry in data["situation"]:
        lines.append(f"| {entry['id']} | {entry['what']} | {entry['right']} | {entry['seen']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(table())
    elif len(sys.argv) == 2:
        build(Path(sys.argv[1]))
    else:
        sys.exit(__doc__)
