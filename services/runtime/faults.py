"""Faults are exceptions (expected failures are values). Two kinds end a process:

    Fatal            something is wrong inside; stop before committing, the supervisor starts it again   (exit 70)
    OperatorStop     starting again would not help; somebody must act first                              (exit 78)

Their texts are shown to operators: a sentence with what to do, and never an answer or a name.
"""

from services.runtime import exit_codes


class Fatal(Exception):
    exit_code = exit_codes.FATAL


class OperatorStop(Fatal):
    exit_code = exit_codes.OPERATOR
