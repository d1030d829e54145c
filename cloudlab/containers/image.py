"""An image: layers, a config that says what runs, and a manifest that names them all by their hashes.

Read `Image.digest` first. It is the hash of the manifest, which holds the hashes of config and layers, which are hashes
of all their bytes. So the same digest is the same content wherever it lies: that is what makes a container the same
everywhere (CT-1). A tag is a word for a digest and may be moved to another one; a digest can't.

Numbers such as CT-1 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cloudlab.containers.layers import Layer, digest_of, stacked

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
"""Kinds of content (CT-26)."""

CREATED = "1970-01-01T00:00:00Z"
"""When an image of a recipe was made: always then, since its digest hangs on nothing but its content."""


@dataclass(frozen=True)
class Image:
    """`layers`, the lowest first; `command` is what runs, as 'file.function'; `env` what it finds around itself.

    `steps` are the lines of the recipe, those without a layer too, with whether they made one.
    """

    layers: tuple[Layer, ...]
    command: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[tuple[str, bool], ...] = ()
    architecture: str = "amd64"
    given_config: bytes | None = None
    """The config of an image that was read from a file, byte for byte."""
    given_manifest: bytes | None = None

    @cached_property
    def config(self) -> bytes:
        """The config as JSON (CT-28)."""
        if self.given_config is not None:
            return self.given_config
        runs: dict = {"Env": [f"{name}={value}" for name, value in sorted(self.env.items())]}
        if self.command:
            runs["Cmd"] = [self.command]
        history = [
            {"created": CREATED, "created_by": line} | ({} if layered else {"empty_layer": True})
            for line, layered in self.steps
        ]
        return canonical(
            {
                "architecture": self.architecture,
                "os": "linux",
                "created": CREATED,
                "config": runs,
                "rootfs": {"type": "layers", "diff_ids": [one.digest for one in self.layers]},
                "history": history,
            }
        )

    @cached_property
    def manifest(self) -> bytes:
        """The manifest as JSON: config and layers by digest and size (CT-27)."""
        if self.given_manifest is not None:
            return self.given_manifest
        layers = [{"mediaType": LAYER, "digest": one.digest, "size": one.size} for one in self.layers]
        config = {"mediaType": CONFIG, "digest": digest_of(self.config), "size": len(self.config)}
        return canonical({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers})

    @property
    def digest(self) -> str:
        """The name of the image: the hash of its manifest (CT-1)."""
        return digest_of(self.manifest)

    @property
    def size(self) -> int:
        """The bytes of its layers."""
        return sum(one.size for one in self.layers)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """What a container of it sees, {path: content}."""
        return stacked(list(self.layers))

    def resent(self, other: "Image") -> int:
        """The bytes of layers that have to be sent for this image where `other` is there already (CT-2)."""
        there = {one.digest for one in other.layers}
        return sum(one.size for one in self.layers if one.digest not in there)

    def __repr__(self) -> str:
        lines = [f"Image {self.digest[:19]}…: {len(self.layers)} layers, {self.size:,} bytes"]
        lines += [f"- {one.digest[7:19]} {one.size:>9,} bytes  {one.made_by}" for one in self.layers]
        return "\n".join(lines)


def canonical(value) -> bytes:
    """JSON that is the same text for the same values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
