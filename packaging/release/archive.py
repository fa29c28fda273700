"""Archives whose bytes depend on their content and a date alone."""

import gzip
import io
import tarfile
import time
import zipfile


def tar_gz(folder, files, date):
    """A gzipped tar with `files` (name -> content and mode) below `folder`."""
    packed = io.BytesIO()
    # Python writes the date and no name into gzip's header when told so.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=date) as compressed:
        with tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, (content, mode) in sorted(files.items()):
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size, entry.mode, entry.mtime = len(content), mode, date
                tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zip_file(files, date):
    """A zip with `files` (name -> content and mode), in the order given."""
    packed = io.BytesIO()
    # Dates of zip begin in 1980.
    stamp = time.gmtime(max(date, 315532800))[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            file.writestr(entry, content)
    return packed.getvalue()
