"""The sheet `rates` and the column `rihla_currency` of the sheet `settings`: what amounts are converted by."""

import re
from dataclasses import dataclass, field
from datetime import date

from schemas.survey.currencies import CURRENCIES
from schemas.survey.figure_definitions import Rate
from schemas.survey.finding import Finding, Subject, error
from schemas.survey.indicators import unknown_columns
from schemas.survey.workbook import Row, Sheets

SHEET = "rates"
COLUMNS = frozenset({"currency", "date", "rate"})
CURRENCY_COLUMN = "rihla_currency"
"""Of the sheet settings: the currency that figures are told in."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?: 00:00:00)?")
"""Spreadsheets keep a date as a moment."""
_RATE = re.compile(r"\d{1,12}(\.\d{1,12})?")


@dataclass(frozen=True)
class RateSheet:
    """`currency` is "" where the survey converts nothing."""

    currency: str = ""
    rates: list[Rate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_rates(sheets: Sheets) -> RateSheet:
    settings = next(iter(sheets.rows("settings")), None)
    currency = settings.cells.get(CURRENCY_COLUMN, "") if settings is not None else ""
    findings = []
    if currency and currency not in CURRENCIES:
        findings.append(error("SUR-058", _no_currency(currency), Subject("settings", column=CURRENCY_COLUMN)))
        currency = ""
    rows = sheets.rows(SHEET)
    findings.extend(unknown_columns(rows, COLUMNS))
    if rows and not currency and not findings:
        said = f"the sheet rates needs the currency that they are in. Name it in settings, column {CURRENCY_COLUMN}."
        findings.append(error("SUR-059", said, place=rows[0].at("currency")))
    rates: dict[tuple[str, date], Rate] = {}
    for row in rows:
        made = _rate(row, currency)
        if isinstance(made, Finding):
            findings.append(made)
        elif (made.currency, made.since) in rates:
            said = f"there are two rates of {made.currency} from {made.since} on. Keep one."
            findings.append(error("SUR-057", said, place=row.at("date")))
        else:
            rates[made.currency, made.since] = made
    return RateSheet(currency, list(rates.values()), findings)


def _rate(row: Row, currency: str) -> Rate | Finding:
    code = row.cells.get("currency", "")
    if code not in CURRENCIES:
        return error("SUR-056", _no_currency(code), place=row.at("currency"))
    if code == currency:
        return error(
            "SUR-056", f"{code} is what rates are in; its rate is 1. Remove the row.", place=row.at("currency")
        )
    since = _day(row.cells.get("date", ""))
    if since is None:
        said = f"{row.cells.get('date', '')!r} is no date. Write the day from which the rate holds: 2026-07-01."
        return error("SUR-056", said, place=row.at("date"))
    text = row.cells.get("rate", "")
    if not _RATE.fullmatch(text) or not re.search("[1-9]", text):
        said = (
            f"{text!r} is no rate. Write how many {currency or 'units of your currency'} one {code} is, a number above "
            "0 with at most 12 decimal places: 0.0083."
        )
        return error("SUR-056", said, place=row.at("rate"))
    return Rate(currency=code, since=since, rate=text)


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _no_currency(text: str) -> str:
    return f"{text!r} is no code of ISO 4217. Write three capital letters: USD, BDT, PHP."
