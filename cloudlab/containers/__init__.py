"""Containers: code and all that it needs, packed in one object. Read `image.Image` first, then `recipe.build`."""

from cloudlab.containers.errors import (
    ImageNotFoundException,
    ImageTagAlreadyExistsException,
    InvalidLayerException,
    InvalidParameterException,
    RecipeError,
)
from cloudlab.containers.host import Host, Outcome, View
from cloudlab.containers.image import Image
from cloudlab.containers.oci import opened, save
from cloudlab.containers.recipe import Cache, Library, Shelf, build, build_all
from cloudlab.containers.registry import Repository
from cloudlab.containers.shares import cpu_shares

__all__ = [
    "Cache",
    "Host",
    "Image",
    "ImageNotFoundException",
    "ImageTagAlreadyExistsException",
    "InvalidLayerException",
    "InvalidParameterException",
    "Library",
    "Outcome",
    "RecipeError",
    "Repository",
    "Shelf",
    "View",
    "build",
    "build_all",
    "cpu_shares",
    "opened",
    "save",
]
