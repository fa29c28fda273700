"""A wheel that carries the program, as PEP 427 says. Made here and not by maturin, so that the archive and the wheel hold
the same program and llama.cpp is compiled once; maturin (pyproject.toml) is for those who build from source."""

import base64
import hashlib

import archive


def metadata(payload):
    """The METADATA file: version 2.4, for `License-Expression` and `License-File`."""
    project = payload.project
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {payload.version}",
        f"Summary: {project['description']}",
        f"Keywords: {','.join(project['keywords'])}",
        *(f"Classifier: {classifier}" for classifier in project["classifiers"]),
        f"License-Expression: {project['license'].replace(' or ', ' OR ')}",
        *(f"License-File: {name}" for name in payload.licences),
        f"Requires-Python: {project['requires-python']}",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + payload.readme


def build(payload, platform, date):
    """File name and content of the wheel."""
    name = f"{payload.project['name']}-{payload.version}"
    tag = f"py3-none-{platform}"
    info = f"{name}.dist-info"
    files = {f"{name}.data/scripts/secretscan": (payload.program, 0o755)}
    for document, content in payload.documents.items():
        files[f"{name}.data/data/share/doc/secretscan/{document}"] = (content, 0o644)
    for path, content in payload.shared.items():
        files[f"{name}.data/data/{path}"] = (content, 0o644)
    for licence, content in payload.licences.items():
        files[f"{info}/licenses/{licence}"] = (content, 0o644)
    files[f"{info}/METADATA"] = (metadata(payload).encode(), 0o644)
    wheel = f"Wheel-Version: 1.0\nGenerator: secretscan packaging/release\nRoot-Is-Purelib: false\nTag: {tag}\n"
    files[f"{info}/WHEEL"] = (wheel.encode(), 0o644)
    record = "".join(f"{path},{digest(content)},{len(content)}\n" for path, (content, _) in files.items())
    files[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    return f"{name}-{tag}.whl", archive.zip_file(files, date)


def digest(content):
    """A hash as RECORD writes it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
