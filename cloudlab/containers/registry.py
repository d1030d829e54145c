"""A registry: where images lie, by tag and by digest. Read `Repository.push` first.

Only layers that aren't there yet are sent, and what is pulled is kept: so a change of a few lines of code moves a few
kilobytes (CT-2). A tag is a word that can be moved, unless the repository forbids it (CT-4).

Numbers such as CT-2 are facts of the provider: docs/facts.md lists them with their sources.
"""

from typing import Annotated

from cloudlab.containers.errors import (
    ImageNotFoundException,
    ImageTagAlreadyExistsException,
    InvalidParameterException,
)
from cloudlab.containers.image import Image
from cloudlab.containers.layers import Layer
from cloudlab.kernel.limits import Limit, checked


class Repository:
    """The images of one program. `image_tag_mutability` is 'MUTABLE' unless told (CT-4)."""

    @checked(InvalidParameterException)
    def __init__(
        self,
        name: str,
        *,
        image_tag_mutability: Annotated[
            str, Limit(choices=("MUTABLE", "IMMUTABLE"), label="Tags")
        ] = "MUTABLE",
    ):
        self.name, self.image_tag_mutability = name, image_tag_mutability
        self.layers: dict[str, Layer] = {}
        self.images: dict[str, Image] = {}
        self.tags: dict[str, str] = {}

    @property
    def size(self) -> int:
        """The bytes that it stores: each layer once."""
        return sum(one.size for one in self.layers.values())

    @checked(InvalidParameterException)
    def push(self, image: Image, tag: str = "latest") -> int:
        """Lay an image here under a tag; returns the bytes of layers that had to be sent.

        Raises ImageTagAlreadyExistsException where that tag means another image and can't be moved.
        """
        if not tag or not tag.isprintable() or " " in tag or ":" in tag:
            raise InvalidParameterException(
                f"tag is {tag!r:.60}, but must be a word without spaces and colons."
            )
        before = self.tags.get(tag)
        if self.image_tag_mutability == "IMMUTABLE" and before not in (None, image.digest):
            rule = f"means another image in {self.name}, whose tags are IMMUTABLE"
            raise ImageTagAlreadyExistsException(f"tag is {tag!r:.60}, which {rule} (CT-4).")
        new = [one for one in image.layers if one.digest not in self.layers]
        self.layers |= {one.digest: one for one in new}
        self.images[image.digest] = image
        self.tags[tag] = image.digest
        return sum({one.digest: one.size for one in new}.values())

    @checked(InvalidParameterException)
    def find(self, reference: str = "latest") -> Image:
        """The image of a tag or a digest. Raises ImageNotFoundException."""
        digest = self.tags.get(reference, reference)
        if digest not in self.images:
            known = ", ".join(self.tags) or "none"
            raise ImageNotFoundException(
                f"reference is {reference!r:.80}, but {self.name} has the tags {known}."
            )
        return self.images[digest]
