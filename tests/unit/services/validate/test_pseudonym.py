"""Pseudonyms. PS1 what they were yesterday they are today. PS2 what is one person has one. PS3 versions. PS4 all that
one person can have. PS5 phones. PS6 what is remembered."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.survey.countries import ALPHA2, COUNTRIES, country_of
from services.validate import phone
from services.validate.normal_text import normal_text
from services.validate.phone import e164, looks_like_phone, national
from services.validate.pseudonym import KNOWN, KNOWN_CHARS, SurveySecrets

SECRETS = SurveySecrets(bytes(range(32)))
ROTATED = SurveySecrets(bytes(range(32)), {2: b"\x02" * 32, 3: b"\x03" * 32})


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("enumerator", "Maya R.", "p1:Ciau1wCmBJLLisVAUY-tpA"),
        ("enumerator", "মায়া ১২", "p1:Lqxg07QFvRyKPYfHz8nGSA"),
        ("respondent", "ＡＢＣ  straße", "p1:tTs-SfrSGCfJyeizODZR2w"),
    ],
)
def test_ps1_a_text_has_the_pseudonym_that_it_always_had(subject: str, text: str, expected: str) -> None:
    """A change here makes other people of all who are counted: it needs another letter than p."""
    assert SECRETS.pseudonym(subject, text) == expected


@pytest.mark.parametrize(
    ("text", "country", "number", "expected"),
    [
        ("01712-345678", "BD", "+8801712345678", "p1:-MIx7lsM0slBGKswsfdg9A"),
        ("+880 1712 345678", None, "+8801712345678", "p1:-MIx7lsM0slBGKswsfdg9A"),
        ("008801712345678", "NP", "+8801712345678", "p1:-MIx7lsM0slBGKswsfdg9A"),
        ("8801712345678", "BD", "+8801712345678", "p1:-MIx7lsM0slBGKswsfdg9A"),
        ("০১৭১২৩৪৫৬৭৮", "BD", "+8801712345678", "p1:-MIx7lsM0slBGKswsfdg9A"),
        ("٠٧٩ ١٢٣٤٥٦٧", "JO", "+962791234567", "p1:G43JXDSeVjT4WGY6PxjCuw"),
        ("+41 (0) 79 123 45 67", None, "+41791234567", "p1:cB_nFWLqZzjgdjazsLfoLQ"),
        ("079 123 45 67", "CH", "+41791234567", "p1:cB_nFWLqZzjgdjazsLfoLQ"),
        ("06 1234 5678", "IT", "+390612345678", "p1:JQyBpEXD7yM4Bb8s-goCmg"),
        ("(0171) 2345678", "DE", "+491712345678", "p1:6t1zqKsJFV11qb7WrbWtOQ"),
        ("(+49) 171 2345678", "DE", "+491712345678", "p1:6t1zqKsJFV11qb7WrbWtOQ"),
        ("(0049) 171 2345678", None, "+491712345678", "p1:6t1zqKsJFV11qb7WrbWtOQ"),
        ("( 0171 ) 2345678", "DE", "+491712345678", "p1:6t1zqKsJFV11qb7WrbWtOQ"),
        ("(202) 555-0123", "US", "+12025550123", "p1:Yw2sjzkcKZwpO4g-IMODeg"),
        ("00254 712 345678", "KE", "+254712345678", "p1:CP0FSIDkcJnW62TtFlpTwQ"),
        ("98412 34567", "NP", "+9779841234567", "p1:ABl6h3QzpvCZIfvr1zsnoA"),
        ("+63 917 123 4567 ext. 5", None, "+639171234567", "p1:YXgX0k1wF0DNswddFEj-cA"),
        ("\u200e+39 06\u2011 1234 5678", None, "+390612345678", "p1:JQyBpEXD7yM4Bb8s-goCmg"),
        ("01712345678", None, None, "p1:SEiJhRqpqvZpEIr3mzft2A"),
        ("01712-345678", None, None, "p1:SEiJhRqpqvZpEIr3mzft2A"),
        ("(01712) 345 678", None, None, "p1:SEiJhRqpqvZpEIr3mzft2A"),
        ("০১৭১২/৩৪৫৬৭৮", None, None, "p1:SEiJhRqpqvZpEIr3mzft2A"),
        ("n/a", "BD", None, "p1:cV4m9vCxEzsSL7jG0AmrFg"),
        ("123", "NP", None, "p1:ilGSJM2akFHdOM6AJyS_EA"),
        ("+41 79 123 45 67 / +41 79 999 99 99", "CH", None, "p1:urxzmSZ40YfIowacCwLhyw"),
    ],
)
def test_ps1_a_phone_number_is_read_as_it_always_was(
    text: str, country: str | None, number: str | None, expected: str
) -> None:
    assert e164(text, country) == number
    assert SECRETS.phone_pseudonym("respondent", text, country) == expected


@given(st.text(max_size=30))
def test_ps2_the_normal_form_is_a_fixed_point(text: str) -> None:
    once = normal_text(text)
    assert normal_text(once) == once


@given(st.text(st.characters(codec="utf-8"), max_size=20), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_ps2_the_encoding_of_a_letter_does_not_count(text: str, form: str) -> None:
    assert normal_text(unicodedata.normalize(form, text)) == normal_text(text)  # type: ignore[arg-type]


@given(st.text("abcdeéñßøčXYZ019", min_size=1, max_size=12), st.sampled_from([" ", "\u00a0", "\u200f", "  "]))
def test_ps2_case_blanks_and_marks_do_not_count(text: str, around: str) -> None:
    assert normal_text(f"{around}{text.swapcase() if 'ß' not in text else text}{around}") == normal_text(text)
    assert normal_text(f"{text}  b") == normal_text(f"{text} B")


@given(st.text("0123456789", min_size=1, max_size=15), st.sampled_from("০٠۰०๐၀០"))
def test_ps2_the_script_of_digits_does_not_count(digits: str, zero: str) -> None:
    assert normal_text("".join(chr(ord(zero) + int(each)) for each in digits)) == digits


@given(st.text("abc1", min_size=1, max_size=6), st.text("abc1", min_size=1, max_size=6))
def test_ps2_others_are_others(one: str, other: str) -> None:
    assume(one != other)
    assert SECRETS.pseudonym("s", one) != SECRETS.pseudonym("s", other)


def test_ps3_a_rotation_changes_new_pseudonyms_and_nothing_else() -> None:
    assert ROTATED.pseudonym("s", "x").startswith("p3:")
    assert ROTATED.record_key("uuid:1") == SECRETS.record_key("uuid:1")
    assert ROTATED._fingerprint == SECRETS._fingerprint
    assert SECRETS.pseudonym("s", "x") in ROTATED.pseudonyms("s", "x")


def test_ps4_all_versions_are_found_the_newest_first() -> None:
    found = ROTATED.pseudonyms("s", " X ")
    assert [each[:3] for each in found] == ["p3:", "p2:", "p1:"]
    assert found[0] == ROTATED.pseudonym("s", "x")
    assert SurveySecrets(bytes(range(32)), {2: b"\x02" * 32}).pseudonym("s", "x") == found[1]


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("+880 1712-345678", "BD"),
        ("+880 1712-345678", None),
        ("01712 345678", "BD"),
        ("01712345678", None),
        ("1712345678", "BD"),
        ("1712345678", None),
        ("01712-345678", None),
        ("(01712) 345678", None),
        ("880 1712 345678", None),
        ("008801712345678", None),
        ("০১৭১২৩৪৫৬৭৮", "BD"),
        ("০১৭১২৩৪৫৬৭৮", None),
    ],
)
def test_ps4_a_phone_is_found_however_it_was_kept(typed: str, country: str | None) -> None:
    """Also where no country was known, and what was typed was kept as a text."""
    kept = ROTATED.phone_pseudonym("respondent", typed, country)
    assert kept in ROTATED.pseudonyms("respondent", "+8801712345678")
    assert kept in ROTATED.pseudonyms("respondent", "01712-345678", {"BD"})


def test_ps4_a_national_number_in_several_countries_is_nobody_else() -> None:
    several = ROTATED.pseudonyms("respondent", "0712345678", {"KE", "CH"})
    assert ROTATED.phone_pseudonym("respondent", "0712345678", "KE") not in several
    assert ROTATED.phone_pseudonym("respondent", "0712345678", None) in several


def test_ps4_what_is_no_phone_is_not_taken_for_one() -> None:
    assert len(SECRETS.pseudonyms("respondent", "Maya 12", {"BD"})) == 1
    assert not looks_like_phone("12-34") and not looks_like_phone("1712345678 home")


def test_ps5_the_country_is_that_of_the_question_else_that_of_the_submission() -> None:
    here = SECRETS.within("BD")
    assert here.phone_pseudonym("s", "01712345678") == SECRETS.phone_pseudonym("s", "+8801712345678")
    assert here.phone_pseudonym("s", "0791234567", "CH") == SECRETS.phone_pseudonym("s", "+41791234567")
    assert SECRETS.country is None


@given(
    st.sampled_from(["+8801712345678", "+41791234567", "+254712345678", "+639171234567", "+390612345678"]), st.data()
)
def test_ps5_blanks_brackets_and_signs_between_digits_do_not_count(number: str, data: st.DataObject) -> None:
    digits = number[1:]
    parts = [digit + data.draw(st.sampled_from(["", "", " ", "-", "."])) for digit in digits]
    start = data.draw(st.sampled_from(["+", "00", "\uff0b", " +"]))
    assert e164(start + "".join(parts), data.draw(st.sampled_from([None, "BD", "KE", "US"]))) == number


@given(st.text(max_size=80), st.sampled_from([None, "BD", "CH"]))
def test_ps5_any_text_is_read_or_left(text: str, country: str | None) -> None:
    found = e164(text, country)
    assert found is None or (found[0] == "+" and found[1:].isascii() and found[1:].isdecimal())
    assert found is None or e164(found, None) == found


def test_ps5_what_is_remembered_is_bounded() -> None:
    assert phone.e164.cache_info().maxsize == phone.KNOWN


def test_ps5_a_number_is_written_at_home_with_and_without_its_zero() -> None:
    assert national("+8801712345678") == ("01712345678", "1712345678")


def test_ps5_countries_by_two_letters_and_three() -> None:
    import phonenumbers

    assert {*phonenumbers.SUPPORTED_REGIONS} - COUNTRIES == {"AC", "TA"}
    assert len(ALPHA2) == len(COUNTRIES) == 250
    assert [country_of(code) for code in ("NPL", "np", "NP-P3", "UK", "", "7")] == ["NP", "NP", "NP", None, None, None]


def test_ps6_what_is_remembered_is_bounded_and_changes_nothing() -> None:
    secrets = SurveySecrets(b"\x07" * 32)
    first = secrets.pseudonym("enumerator", "0")
    for number in range(KNOWN + 10):
        secrets.pseudonym("enumerator", str(number))
    secrets.pseudonym("enumerator", "x" * (KNOWN_CHARS + 1))
    assert len(secrets._known) <= KNOWN
    assert not any(len(text) > KNOWN_CHARS for _, text in secrets._known)
    assert secrets.pseudonym("enumerator", "0") == first == SurveySecrets(b"\x07" * 32).pseudonym("enumerator", " 0 ")


def test_ps6_a_country_is_of_the_submission_alone() -> None:
    secrets = SurveySecrets(b"\x07" * 32)
    assert [secrets.within(code).country for code in ("NP", None, "KE", "NP")] == ["NP", None, "KE", "NP"]
    assert secrets.country is None
