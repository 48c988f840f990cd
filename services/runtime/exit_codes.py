"""How a process ends. The supervisor (and a container's restart policy) reads these."""

OK = 0
FATAL = 70
"""A fault inside (EX_SOFTWARE): the process stopped before committing. Restart it; it resumes where it stood."""
OPERATOR = 78
"""Somebody must act first (EX_CONFIG): wrong keys, a topic recreated, too many unreadable records. Do not restart."""
