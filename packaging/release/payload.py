"""The files of a release: one list, for the archive and the wheel."""

import subprocess
import sys
import tomllib

# Where shells and man look below a prefix (/usr, /usr/local, ~/.local, a virtual environment), and what writes the file.
SHARED = {
    "share/bash-completion/completions/secretscan": ["completions", "bash"],
    "share/fish/vendor_completions.d/secretscan.fish": ["completions", "fish"],
    "share/man/man1/secretscan.1": ["man"],
    "share/zsh/site-functions/_secretscan": ["completions", "zsh"],
}


def written_by(program, arguments):
    """What the program writes about itself, so that manual and completions are never those of another version."""
    try:
        return subprocess.run([program.resolve(), *arguments], check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{program}: writes no '{' '.join(arguments)}': {error}; pack on a machine that the program runs on")


class Payload:
    """What is packed. `notices` is the text with the licences of what the program is made of."""

    def __init__(self, root, program, notices):
        self.root = root
        self.project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
        self.version = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["package"]["version"]
        self.program = program.read_bytes()
        self.readme = (root / "README.md").read_text()
        self.licences = {name: (root / name).read_bytes() for name in self.project["license-files"]}
        self.licences["THIRD-PARTY.txt"] = notices.encode()
        self.shared = {name: written_by(program, arguments) for name, arguments in SHARED.items()}
        self.documents = {"model-card.md": (root / "models/default/card.md").read_bytes()}

    def files(self):
        """Name, content and mode of every file of the archive."""
        files = {"secretscan": (self.program, 0o755), "README.md": (self.readme.encode(), 0o644)}
        for name, content in (self.licences | self.documents | self.shared).items():
            files[name] = (content, 0o644)
        return files
