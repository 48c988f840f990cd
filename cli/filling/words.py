"""Texts that people may write: names, remarks, numbers."""

from random import Random

NAMES = ("Amina", "Bekzat", "Carmen", "Dorjee", "Elena", "Fatou", "Gurung", "Hana", "Ion", "Joy", "Karim", "Lucia")
REMARKS = (
    "nothing to add",
    "went back home in the spring",
    "the agency kept the papers",
    "sends money each month",
    "see also the other household",
    "pas de réponse",
    "todo bien",
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(random: Random) -> str:
    """Mostly one word, so that it can stand in a list of choices."""
    return random.choice(NAMES) if random.random() < 0.8 else random.choice(REMARKS)


def of_length(random: Random, length: int) -> str:
    text = word(random)
    while len(text) < length:
        text += random.choice(LETTERS)
    # A blank at the end would be cut off.
    return text[:length].replace(" ", "_")


def digits(random: Random, length: int) -> str:
    return str(random.randrange(1, 10)) + "".join(str(random.randrange(10)) for _ in range(length - 1))
