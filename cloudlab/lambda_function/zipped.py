"""A deployment package: a real zip of real Python files. Read `package` first, then `opened`.

Numbers such as FN-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

import base64
import hashlib
import inspect
import io
import os
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cloudlab.kernel.limits import checked
from cloudlab.kernel.program import content_of
from cloudlab.lambda_function.errors import (
    CodeStorageExceededException,
    InvalidParameterValueException,
    InvalidZipFileException,
)

UPLOAD = 50 * 1024 * 1024
"""Bytes of a zip that is uploaded directly, at most (FN-1)."""

UNZIPPED = 250 * 1024 * 1024
"""Bytes of all files in it, at most (FN-1)."""

LONGEST_PATH = 1000
"""Letters of a path in a package. Ours: a zip has room for more."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the zip: so the same files give the same zip."""


@checked(InvalidParameterValueException)
def package(code: Callable | str | os.PathLike | Mapping, *, module: str = "app") -> bytes:
    """A zip of `code`: a function, a module's text, a file or folder, or a mapping {path in the zip: text or bytes}.

    A function or a text becomes the file `<module>.py`. Of a function only its own lines go along: what it needs
    from the notebook around it, imports too, doesn't, as nothing that isn't packed is there later.
    """
    if not module.isidentifier() or not module.isascii():
        rule = "must be a name of plain letters, digits and _"
        raise InvalidParameterValueException(f"module is {module!r:.60}, but {rule}.")
    if isinstance(code, Mapping):
        files = {str(path): _bytes(str(path), held) for path, held in code.items()}
    elif isinstance(code, os.PathLike):
        files = _read(Path(code))
    elif isinstance(code, str):
        files = {f"{module}.py": _bytes(f"{module}.py", code)}
    else:
        try:
            files = {f"{module}.py": textwrap.dedent(inspect.getsource(code)).encode()}
        except (OSError, TypeError):
            rule = "must be a function that was written in a file or a cell, a text, a path or a mapping of files"
            raise InvalidParameterValueException(f"code is {code!r:.60}, but {rule}.") from None
    if not files:
        raise InvalidParameterValueException("code holds no file, but must hold at least one.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(files):
            info = zipfile.ZipInfo(_checked_path(path), EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            bundle.writestr(info, files[path])
    return buffer.getvalue()


@dataclass(frozen=True)
class Code:
    """What is in a package: its Python files {path: text}, its sizes in bytes, and the digest that the API shows."""

    files: dict[str, str]
    size: int
    unzipped: int
    sha256: str


def opened(zipped) -> Code:
    """What is in a zip. Raises the service's error where it is none, or too large (FN-1)."""
    if not isinstance(zipped, (bytes, bytearray)):
        raise InvalidParameterValueException(
            f"code is {zipped!r:.60}, but must be the bytes of a zip (see `package`)."
        )
    if len(zipped) > UPLOAD:
        rule = f"must be at most {UPLOAD} bytes (50 MB) for a direct upload (FN-1)"
        raise CodeStorageExceededException(f"code is a zip of {len(zipped)} bytes, but {rule}.")
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as bundle:
            unzipped = sum(info.file_size for info in bundle.infolist())
            if unzipped > UNZIPPED:
                rule = f"must be at most {UNZIPPED} bytes (250 MB; FN-1)"
                raise CodeStorageExceededException(f"code is {unzipped} bytes unzipped, but {rule}.")
            files = {
                info.filename: bundle.read(info).decode()
                for info in bundle.infolist()
                if info.filename.endswith(".py")
            }
    except CodeStorageExceededException:
        raise
    except Exception as error:  # each way to pack has errors of its own
        raise InvalidZipFileException(
            f"code can't be opened as a zip of texts: {str(error)!r:.60}."
        ) from None
    digest = base64.b64encode(hashlib.sha256(zipped).digest()).decode()
    return Code(files, len(zipped), unzipped, digest)


def _bytes(path: str, held) -> bytes:
    return content_of("code", path, held, InvalidParameterValueException)


def _read(path: Path) -> dict[str, bytes]:
    try:
        if path.is_dir():
            found = sorted(
                file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts
            )
            return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}
        return {path.name: path.read_bytes()}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        rule = f"must be a file or folder that can be read ({why})"
        raise InvalidParameterValueException(f"code is the path {str(path)!r:.60}, but {rule}.") from None


def _checked_path(path: str) -> str:
    parts = PurePosixPath(path).parts
    outside = path.startswith("/") or ".." in parts or "\\" in path or ":" in path
    if not parts or outside or not path.isprintable() or len(path) > LONGEST_PATH:
        rule = (
            f"must be a path inside the package, with / between its names, of at most {LONGEST_PATH} letters"
        )
        raise InvalidParameterValueException(f"code holds the path {path!r:.60}, but it {rule}.")
    return path
