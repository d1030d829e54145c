"""What registries and builders say when something can't be done, by the services' own error codes where they have one.

Numbers such as CT-4 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.limits import InvalidParameter


class InvalidParameterException(InvalidParameter):
    """A parameter has a value that its rule forbids."""


class RecipeError(InvalidParameter):
    """A recipe can't be built: the line, and why."""


class ImageNotFoundException(InvalidParameter):
    """The repository has no image with that tag or digest."""


class ImageTagAlreadyExistsException(InvalidParameter):
    """The tag is taken, and the repository's tags can't be moved (CT-4)."""


class InvalidLayerException(InvalidParameter):
    """A file that should be an image isn't one, or is damaged."""
