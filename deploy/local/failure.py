"""What can go wrong on a user's machine without anything being broken in Rihla."""


class Failure(Exception):
    """An expected failure. Its text is one sentence that says what happened and what to do; it is shown as it is.

    Where it is raised, the part that failed has cleaned up after itself. The command line turns it into exit code 1.
    """
