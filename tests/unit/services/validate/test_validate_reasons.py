"""The catalogue of codes is stable and complete."""

import re

from services.validate import reasons


def test_codes_and_labels_are_unique_and_well_formed() -> None:
    codes = [each.code for each in reasons.CATALOGUE]
    assert len(set(codes)) == len(codes) == len({each.label for each in reasons.CATALOGUE})
    assert all(re.fullmatch(r"VAL-\d{3}", code) for code in codes)
    assert all(re.fullmatch(r"[a-z_]+", each.label) and each.sentence.endswith(".") for each in reasons.CATALOGUE)


def test_every_code_of_the_module_is_in_the_catalogue() -> None:
    found = {value for value in vars(reasons).values() if isinstance(value, reasons.Code)}
    assert found == set(reasons.CATALOGUE)


def test_codes_do_not_change_their_meaning() -> None:
    frozen = {
        "VAL-001": "cannot_open",
        "VAL-002": "unreadable_record",
        "VAL-003": "our_fault",
        "VAL-004": "too_large",
        "VAL-005": "unknown_survey",
        "VAL-006": "unknown_version",
        "VAL-007": "key_destroyed",
        "VAL-010": "not_xml",
        "VAL-011": "not_json",
        "VAL-012": "doctype",
        "VAL-013": "wrong_root",
        "VAL-020": "unknown_node",
        "VAL-021": "doubled_node",
        "VAL-022": "wrong_shape",
        "VAL-030": "wrong_type",
        "VAL-031": "not_in_list",
        "VAL-032": "required",
        "VAL-033": "constraint",
        "VAL-034": "not_evaluable",
        "VAL-040": "form_key_fails",
        "VAL-041": "broken_encryption",
        "VAL-042": "signature_differs",
        "VAL-043": "other_inside",
        "VAL-101": "calculate_differs",
    }
    assert {each.code: each.label for each in reasons.CATALOGUE} == frozen
