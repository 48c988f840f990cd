"""ATT pseudonym_not_linkable_across_surveys: who has the pseudonyms of two surveys cannot join their people."""

import secrets

from services.validate.pseudonym import SurveySecrets

PEOPLE = [f"+88017{number:08d}" for number in range(2_000)]


def joined(one: SurveySecrets, other: SurveySecrets) -> int:
    """People whom an equal pseudonym, or an equal part of it behind the version, gives away."""
    first = {one.phone_pseudonym("respondent", phone).partition(":")[2] for phone in PEOPLE}
    return sum(other.phone_pseudonym("respondent", phone).partition(":")[2] in first for phone in PEOPLE)


def test_pseudonyms_are_not_linkable_across_surveys() -> None:
    one, other = SurveySecrets(secrets.token_bytes(32)), SurveySecrets(secrets.token_bytes(32))
    assert joined(one, other) == 0
    rotated = SurveySecrets(secrets.token_bytes(32), {2: secrets.token_bytes(32)})
    assert joined(one, rotated) == 0


def test_the_same_attack_joins_two_surveys_that_share_a_key() -> None:
    shared = secrets.token_bytes(32)
    assert joined(SurveySecrets(shared), SurveySecrets(shared)) == len(PEOPLE)


def test_nor_across_the_subjects_of_one_survey() -> None:
    own = SurveySecrets(secrets.token_bytes(32))
    enumerators = {own.phone_pseudonym("enumerator", phone) for phone in PEOPLE}
    assert enumerators.isdisjoint(own.phone_pseudonym("respondent", phone) for phone in PEOPLE)
