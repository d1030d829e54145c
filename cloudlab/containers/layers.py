"""A layer: some files, and what is taken away, as an archive that is the same wherever it is made.

Read `archive` first. A layer's name is the hash of its bytes, so two layers with the same files are one. For that the
archive must hang on nothing but the files: their order is that of their names, and time, owner and mode are always the
same, whatever this machine says.

Numbers such as CT-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from cloudlab.containers.errors import InvalidParameterException

GONE = ".wh."
"""Put before the name of a file that a layer takes away, as the image specification has it."""

GONE_ALL = ".wh..wh..opq"
"""In a folder of which a layer takes away all that was in it before."""

FILE_MODE, FOLDER_MODE = 0o644, 0o755


def digest_of(content: bytes) -> str:
    """The name of some bytes: sha256 and 64 hex digits (CT-1)."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Layer:
    """`blob` is the archive, not compressed; `files` are those in it, `gone` the paths that it takes away.

    `made_by` is the line of the recipe, or what a foreign image says of it.
    """

    blob: bytes
    files: Mapping[str, bytes]
    gone: frozenset[str] = frozenset()
    made_by: str = ""
    compressed: int | None = None
    """The bytes of the blob in the file that it was read from, where that was compressed."""

    @cached_property
    def digest(self) -> str:
        """Its name (CT-1); of a blob that isn't compressed it is also its diff_id (CT-28)."""
        return digest_of(self.blob)

    @property
    def size(self) -> int:
        """The bytes that are sent and stored."""
        return len(self.blob) if self.compressed is None else self.compressed


def layer(files: Mapping[str, bytes], *, gone: frozenset[str] = frozenset(), made_by: str = "") -> Layer:
    """A layer of these files {path: content}."""
    kept = {checked_path(path): content for path, content in files.items()}
    return Layer(archive(kept, gone), kept, gone, made_by)


def archive(files: Mapping[str, bytes], gone: frozenset[str] = frozenset()) -> bytes:
    """The files as a tar: the same bytes for the same files, on any machine."""
    marks = {_mark(path): b"" for path in gone}
    content = {**files, **marks}
    folders = {str(parent) for path in content for parent in PurePosixPath(path).parents} - {"."}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as bundle:
        for path in sorted({*content, *folders}):
            info = tarfile.TarInfo(path)
            info.mtime = info.uid = info.gid = 0
            info.uname = info.gname = ""
            if path in content:
                info.mode, info.size = FILE_MODE, len(content[path])
                bundle.addfile(info, io.BytesIO(content[path]))
            else:
                info.mode, info.type = FOLDER_MODE, tarfile.DIRTYPE
                bundle.addfile(info)
    return out.getvalue()


def stacked(layers: list[Layer]) -> dict[str, bytes]:
    """What a container sees: each layer lies over those before it, in order of path."""
    seen: dict[str, bytes] = {}
    for one in layers:
        folders = {above for path in one.files for above in _above(path)}
        seen = {
            path: held
            for path, held in seen.items()
            if path not in one.gone
            and path not in folders
            and not any(above in one.gone or above in one.files for above in _above(path))
        }
        seen.update(one.files)
    return dict(sorted(seen.items()))


def _above(path: str) -> Iterator[str]:
    """The folders in which a path lies; the last one is '.'."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
    yield "."


def checked_path(path: str) -> str:
    """A path inside the image, such as 'app/main.py'. Raises InvalidParameterException where it leaves the image."""
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    outside = isinstance(path, str) and (path.startswith("/") or ".." in parts or "\\" in path)
    if not parts or outside or not path.isprintable():
        rule = "must be a path inside the image, without .. and with / between its names"
        raise InvalidParameterException(f"path is {path!r:.60}, but {rule}.")
    if any(part.startswith(GONE) for part in parts):
        rule = f"no name in an image begins with {GONE}, which marks what is taken away"
        raise InvalidParameterException(f"path is {path!r:.60}, but {rule}.")
    return str(PurePosixPath(*parts))


def _mark(path: str) -> str:
    whole = PurePosixPath(path)
    return str(whole.parent / f"{GONE}{whole.name}")
