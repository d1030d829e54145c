"""cloudlab is a course on running software in the cloud.

This module imports nothing, so that `import cloudlab` is instant and works before any package is installed.
Import what you use from its own module, for example `from cloudlab.kernel.world import World`.
"""

__version__ = "0.1.0"
