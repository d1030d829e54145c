"""The room behind the `cloudlab` command: set up, lay out the lessons, open JupyterLab, check, test.

Nothing here is about the cloud, and no model, lab or view imports it.
Only the standard library is imported at the top of these modules: they run before anything is installed.
"""


class Fault(Exception):
    """Something that the user can mend; its text is one sentence that names the trouble and the cure."""


def say(sentence: str) -> None:
    """Print one line about what the command does."""
    print(f"cloudlab: {sentence}", flush=True)
