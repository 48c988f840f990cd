"""What an identifying text is compared by: the same for all the ways in which a person may type it.

Compatibility forms, case, the script of digits, invisible marks, and blanks (how many, and where around it) do not
count; accents do. This is the rule `p` of pseudonyms: another rule would take another letter, because a pseudonym that
changes is another person to whoever counts.
"""

import unicodedata

_ROUNDS = 4
"""Two are enough for all but texts made to need more."""


def normal_text(text: str) -> str:
    """A fixed point: applied again it changes nothing."""
    if text.isascii():
        return " ".join(text.lower().split())
    for _ in range(_ROUNDS):
        before = text
        text = " ".join(_folded(text).split())
        if text == before:
            break
    return text


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", "".join([_plain(char) for char in letters]))


def _plain(char: str) -> str:
    if char.isascii():
        return char
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return "" if unicodedata.category(char) == "Cf" else char
