"""A design made in the lab as a CloudFormation template: the same wiring in the words of a real cloud.

    print(template(record))

Each part says by `Record.wire` how it was set up; `concepts/` turns that into resources, a file for each concept, found
by its name. What a real cloud has no word for, such as how long a boot takes, is named and left out. Nothing is
deployed, no account is needed, and none is touched. Read `template.template` first.
"""

from cloudlab.export.template import Template, template

__all__ = ["Template", "template"]
