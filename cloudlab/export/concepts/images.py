"""Repositories of images (CT-4).

Numbers such as CT-4 are facts of the provider: docs/facts.md lists them with their sources.
"""

from cloudlab.export.template import Draft


def repository(draft: Draft, part: int, _name: str, wired: dict) -> None:
    """A repository; machines, and what is installed on them, are of the laboratory."""
    draft.add(
        draft.name(part),
        "AWS::ECR::Repository",
        {
            "RepositoryName": wired["repository_name"],
            "ImageTagMutability": wired["image_tag_mutability"],
        },
    )
    draft.only_here("the machines, and what is installed on them: any host that runs containers")
    draft.only_here("the images themselves: whoever builds them pushes them")


MAKERS = {"repository": repository}
