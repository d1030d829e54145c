"""Images as files that other tools read: an OCI image layout in a tar, and what `docker save` writes.

Read `save` first, then `opened`. A foreign file may be damaged, or built to do harm: it is read in memory only, nothing
is ever unpacked, names that leave the image and entries that are no plain files are refused or passed over, and each
blob must have the hash that it is known by (CT-25).

Numbers such as CT-25 are facts of the provider: docs/facts.md lists them with their sources.
"""

import gzip
import io
import json
import os
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from cloudlab.containers.errors import InvalidLayerException, InvalidParameterException
from cloudlab.containers.image import MANIFEST, Image, canonical
from cloudlab.containers.layers import GONE, GONE_ALL, Layer, archive, digest_of
from cloudlab.kernel.limits import InvalidParameter, checked

LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
INDEX = "application/vnd.oci.image.index.v1+json"
REF = "org.opencontainers.image.ref.name"

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""How blobs begin that are compressed."""

MOST = 2_000_000_000
"""Bytes that a file, or what it unpacks to, may have."""

RATIO, SLACK = 100, 1_000_000
"""It may unpack to so many times its size, and so many bytes more. Real layers stay far below."""

DEEPEST = 8
"""So many indexes may lie in each other."""


@checked(InvalidParameterException)
def save(image: Image, path: str | os.PathLike, *, tag: str = "latest") -> Path:
    """Write an image as an OCI image layout in one tar, the same bytes for the same image (CT-25 to CT-28)."""
    if not tag.isprintable():
        raise InvalidParameterException(f"tag is {tag!r:.60}, but must be a text that can be printed.")
    manifest = {
        "mediaType": MANIFEST,
        "digest": image.digest,
        "size": len(image.manifest),
        "annotations": {REF: tag},
        "platform": {"architecture": image.architecture, "os": "linux"},
    }
    blobs = [image.manifest, image.config, *(one.blob for one in image.layers)]
    files = {f"blobs/sha256/{digest_of(blob)[7:]}": blob for blob in blobs}
    files["oci-layout"] = LAYOUT
    files["index.json"] = canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest]})
    target = Path(path)
    try:
        target.write_bytes(archive(files))
    except (OSError, ValueError) as error:  # a name that can't be encoded is a ValueError
        rule = f"must be a file that can be written ({getattr(error, 'strerror', None) or error})"
        raise InvalidParameterException(f"path is {str(path)!r:.80}, but {rule}.") from None
    return target


@checked(InvalidParameterException)
def opened(path: str | os.PathLike, *, tag: str | None = None) -> Image:
    """The image in a tar or a folder: an OCI image layout, or what `docker save` wrote (CT-29).

    With several images in it, `tag` says which. Raises InvalidLayerException for what is no image, or damaged.
    """
    files = _read(Path(path))
    if "index.json" in files:
        return _from_layout(files, tag)
    if "manifest.json" in files:
        return _from_docker(files, tag)
    raise InvalidLayerException(
        f"path is {str(path)!r:.80}, but it holds neither index.json (OCI) nor manifest.json (docker save)."
    )


def _read(path: Path) -> dict[str, bytes]:
    """All plain files of a tar or folder, in memory."""
    try:
        if path.is_dir():
            return {
                file.relative_to(path).as_posix(): file.read_bytes()
                for file in sorted(path.rglob("*"))
                if file.is_file() and not file.is_symlink()
            }
        if path.stat().st_size > MOST:
            raise InvalidLayerException(f"path is {str(path)!r:.80}, but must have at most {MOST} bytes.")
        with tarfile.open(path) as bundle:
            size, most = 0, _most(path.stat().st_size)
            for one in bundle:
                size += one.size
                if size > most:
                    raise InvalidLayerException(
                        f"path is {str(path)!r:.80}, but holds more than {most} bytes."
                    )
            return {
                str(PurePosixPath(one.name)): held.read()
                for one in bundle.getmembers()
                if one.isfile() and (held := bundle.extractfile(one)) is not None
            }
    except InvalidParameter:
        raise
    except Exception as error:  # each way to pack has errors of its own
        raise InvalidLayerException(
            f"path is {str(path)!r:.80}, but it can't be read: {str(error)[:60]}."
        ) from None


def _from_layout(files: dict[str, bytes], tag: str | None) -> Image:
    index = "index.json"
    entries = [_object(one, index) for one in _list(_json(files, index).get("manifests"), index)]
    known = {
        str(_object(one.get("annotations"), index).get(REF, one.get("digest", ""))): one for one in entries
    }
    name = _chosen(known, tag)
    return _image(lambda digest: _blob(files, digest), _digest(known[name]))


def _image(blob, digest: str) -> Image:
    what = "the manifest"
    manifest = blob(digest)
    told = _object(_parsed(manifest, what), what)
    for _ in range(DEEPEST):  # an index in an index: one for each platform
        if "manifests" not in told:
            break
        inner = [_object(one, what) for one in _list(told["manifests"], what)]
        linux = [
            one for one in inner if _object(one.get("platform"), what).get("architecture") in (None, "amd64")
        ]
        if not linux:
            raise InvalidLayerException("the index holds no image for linux on amd64.")
        manifest = blob(_digest(linux[0]))
        told = _object(_parsed(manifest, what), what)
    else:
        raise InvalidLayerException(f"the index is damaged: more than {DEEPEST} lie in each other.")
    config = blob(_digest(told.get("config")))
    about = _parsed(config, "the config")
    layers = [blob(_digest(one)) for one in _list(told.get("layers"), what)]
    return _made(about, layers, config, manifest)


def _from_docker(files: dict[str, bytes], tag: str | None) -> Image:
    entries = _parsed(files["manifest.json"], "manifest.json")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise InvalidLayerException("manifest.json is damaged: it must be a list of images.")
    what = "manifest.json"
    known = {
        str(tag_): one
        for one in entries
        for tag_ in _list(one.get("RepoTags"), what) or [one.get("Config", "")]
    }
    chosen = known[_chosen(known, tag)]
    config = _file(files, chosen.get("Config"))
    about = _parsed(config, "the config")
    return _made(about, [_file(files, name) for name in _list(chosen.get("Layers"), what)], config, None)


def _made(about, blobs: list[bytes], config: bytes, manifest: bytes | None) -> Image:
    what = "the config"
    about = _object(about, what)
    diffs = _list(_object(about.get("rootfs"), what).get("diff_ids"), what)
    if len(diffs) != len(blobs):
        raise InvalidLayerException(f"the config names {len(diffs)} layers, but the manifest {len(blobs)}.")
    history = [one for one in _list(about.get("history"), what) if isinstance(one, dict)]
    lines = [str(one.get("created_by", ""))[:200] for one in history if not one.get("empty_layer")]
    lines += [""] * (len(blobs) - len(lines))
    room, layers = MOST, []
    for blob, diff, line in zip(blobs, diffs, lines, strict=False):
        layers.append(_layer(blob, diff, line, room))
        room -= len(layers[-1].blob)
    runs = _object(about.get("config"), what)
    env = dict(one.split("=", 1) for one in map(str, _list(runs.get("Env"), what)) if "=" in one)
    words = [*_list(runs.get("Entrypoint"), what), *_list(runs.get("Cmd"), what)]
    command = " ".join(map(str, words))
    steps = tuple((str(one.get("created_by", ""))[:200], not one.get("empty_layer")) for one in history)
    return Image(tuple(layers), command, env, steps, str(about.get("architecture", "")), config, manifest)


def _layer(blob: bytes, diff: str, made_by: str, room: int) -> Layer:
    """A foreign layer of at most `room` bytes: what is in it, and nothing unpacked."""
    plain = _inflated(blob, min(room, _most(len(blob))))
    if digest_of(plain) != diff:
        raise InvalidLayerException(
            f"a layer is damaged: its hash is not {str(diff)[:19]}…, as the config says."
        )
    files: dict[str, bytes] = {}
    gone: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as bundle:
            members = bundle.getmembers()
            if sum(one.size for one in members if one.isfile()) > len(plain):
                raise InvalidLayerException("a layer is damaged: its files are larger than it is itself.")
            for one in members:
                name = PurePosixPath(_inside(one.name))
                if one.ischr() or one.isblk() or one.isfifo():
                    raise InvalidLayerException(
                        f"a layer holds {one.name!r:.60}, which is a device and no file."
                    )
                if name.name.startswith(GONE):
                    gone.update(_taken(name))
                elif one.isfile() and (held := bundle.extractfile(one)) is not None:
                    files[str(name)] = held.read()
    except InvalidParameter:
        raise
    except Exception as error:  # a hostile archive finds errors that tarfile doesn't name
        raise InvalidLayerException(f"a layer is damaged: {str(error)[:60]}.") from None
    return Layer(plain, files, frozenset(gone), made_by, None if plain is blob else len(blob))


def _taken(mark: PurePosixPath) -> list[str]:
    """The path that a mark takes away: a file, or all that was in its folder; none for other notes of a tool."""
    name = mark.name.removeprefix(GONE)
    if mark.name == GONE_ALL:
        return [str(mark.parent)]
    if name in ("", ".", ".."):
        raise InvalidLayerException(f"a layer holds {str(mark)!r:.60}, a mark that names no file.")
    return [] if name.startswith(GONE) else [str(mark.parent / name)]


def _most(size: int) -> int:
    """The bytes to which a file of that size may unpack."""
    return min(MOST, RATIO * size + SLACK)


def _inflated(blob: bytes, most: int) -> bytes:
    """The archive in a blob, which may be compressed with gzip: of at most so many bytes."""
    if blob[:4] == ZSTD:
        raise InvalidLayerException(
            "a layer is compressed with zstd, which is not read here: save it with gzip."
        )
    if blob[:2] != GZIP:
        if len(blob) > most:
            raise InvalidLayerException(f"the layers have more than {MOST} bytes.")
        return blob
    try:
        with gzip.open(io.BytesIO(blob)) as stream:
            plain = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidLayerException(f"a layer is damaged: {str(error)[:60]}.") from None
    if len(plain) > most:
        raise InvalidLayerException(f"a layer of {len(blob)} bytes unpacks to more than {most} bytes.")
    return plain


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidLayerException(f"a layer holds {name!r:.60}, a path that leaves the image.")
    return str(path)


def _blob(files: dict[str, bytes], digest: str) -> bytes:
    kind, _, name = digest.partition(":")
    blob = files.get(f"blobs/{kind}/{name}")
    if blob is None:
        raise InvalidLayerException(f"the image is not whole: {digest[:19]}… is missing.")
    if kind != "sha256" or digest_of(blob) != digest:
        raise InvalidLayerException(f"the image is damaged: what is called {digest[:19]}… has another hash.")
    return blob


def _file(files: dict[str, bytes], name) -> bytes:
    if not isinstance(name, str) or name not in files:
        raise InvalidLayerException(f"the image is not whole: {str(name)[:60]!r} is missing.")
    return files[name]


def _chosen(known: dict, tag: str | None) -> str:
    names = ", ".join(map(str, known)) or "none"
    if tag is not None and tag in known:
        return tag
    if tag is not None or len(known) != 1:
        asked = f"tag is {tag!r:.60}" if tag is not None else "tag is not given"
        raise InvalidLayerException(f"{asked}, but must be one of those in the file: {names:.200}.")
    return next(iter(known))


def _digest(entry) -> str:
    digest = entry.get("digest") if isinstance(entry, dict) else None
    if not isinstance(digest, str):
        raise InvalidLayerException("the image is damaged: something in it has no digest.")
    return digest


def _list(value, name: str) -> list:
    if value is not None and not isinstance(value, list):
        raise InvalidLayerException(f"{name} is damaged: {value!r:.40} in it must be a list.")
    return value or []


def _object(value, name: str) -> dict:
    if value is not None and not isinstance(value, dict):
        raise InvalidLayerException(f"{name} is damaged: {value!r:.40} in it must be an object.")
    return value or {}


def _json(files: dict[str, bytes], name: str) -> dict:
    found = _parsed(files[name], name)
    if not isinstance(found, dict):
        raise InvalidLayerException(f"{name} is damaged: it must be an object.")
    return found


def _parsed(text: bytes, name: str):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidLayerException(f"{name} is damaged: it is no JSON.") from None
