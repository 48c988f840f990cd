"""Which answers to a question with the role consent mean yes."""

CONSENTING = frozenset({"yes", "1", "true", "y", "agree", "ok"})
"""In any case. `ok` is what XLSForm's acknowledge stores. Any other answer means no: what cannot be read as consent is
not consent."""
