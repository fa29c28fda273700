"""The files of a release: one list, for the archive and the wheel."""

import tomllib


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
        self.documents = {"model-card.md": (root / "models/default/card.md").read_bytes()}

    def files(self):
        """Name, content and mode of every file of the archive."""
        files = {"secretscan": (self.program, 0o755), "README.md": (self.readme.encode(), 0o644)}
        for name, content in (self.licences | self.documents).items():
            files[name] = (content, 0o644)
        return files
