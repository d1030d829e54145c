"""What ECS says when something can't be done, by its own error codes.

Numbers such as CT-10 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.kernel.limits import InvalidParameter


class InvalidParameterException(InvalidParameter):
    """A parameter has a value that its rule forbids."""


class ClientException(InvalidParameter):
    """What is asked for can't be done, such as a size that Fargate doesn't have."""
