"""What migration looks like from each country: who goes where, how, and what it costs. Plausible, not official.

Amounts are US dollars. The orders of magnitude follow the public reports on recruitment costs: dear corridors from
South Asia to the Gulf with small wages, cheap ones where movement is free or the state recruits.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Corridor:
    """One destination. `cost` is the mean of all five items together, `earnings` the mean of the first month."""

    destination: str
    weight: int
    cost: int
    earnings: int


@dataclass(frozen=True)
class Origin:
    """A country of origin. `away` is the share in percent of adults abroad or returned, `women` among them,
    `rural` the share of the sample in rural areas, `schooling` the mean ISCED level."""

    country: str
    sample: int
    away: int
    women: int
    rural: int
    schooling: float
    weight: int
    corridors: tuple[Corridor, ...]


def _corridors(*rows: tuple[str, int, int, int]) -> tuple[Corridor, ...]:
    return tuple(Corridor(*row) for row in rows)


ORIGINS: tuple[Origin, ...] = (
    Origin(
        "BGD",
        16,
        45,
        15,
        65,
        2.4,
        310,
        _corridors(
            ("SAU", 45, 4200, 290),
            ("QAT", 15, 3900, 310),
            ("ARE", 15, 3600, 320),
            ("MYS", 15, 3300, 340),
            ("OTH", 10, 2800, 420),
        ),
    ),
    Origin(
        "ECU",
        7,
        30,
        48,
        40,
        3.4,
        120,
        _corridors(("ESP", 40, 1900, 1150), ("USA", 40, 9500, 1700), ("OTH", 20, 1100, 800)),
    ),
    Origin(
        "JAM",
        5,
        35,
        55,
        45,
        3.6,
        45,
        _corridors(("USA", 60, 900, 1500), ("GBR", 25, 1300, 1800), ("OTH", 15, 700, 1300)),
    ),
    Origin("KGZ", 8, 45, 38, 62, 3.7, 60, _corridors(("RUS", 85, 260, 520), ("OTH", 15, 600, 610))),
    Origin(
        "MDA",
        8,
        40,
        52,
        55,
        3.9,
        55,
        _corridors(
            ("RUS", 25, 240, 480),
            ("ITA", 35, 900, 1000),
            ("FRA", 15, 800, 1250),
            ("GBR", 10, 700, 1500),
            ("OTH", 15, 600, 900),
        ),
    ),
    Origin(
        "MAR",
        9,
        28,
        40,
        38,
        2.6,
        205,
        _corridors(("ESP", 40, 1600, 1050), ("FRA", 35, 1500, 1350), ("ITA", 15, 2400, 1000), ("OTH", 10, 1700, 900)),
    ),
    Origin(
        "NPL",
        12,
        48,
        12,
        70,
        2.5,
        150,
        _corridors(
            ("QAT", 30, 1250, 270),
            ("SAU", 20, 1150, 260),
            ("ARE", 20, 1200, 300),
            ("MYS", 25, 1450, 330),
            ("OTH", 5, 2600, 700),
        ),
    ),
    Origin(
        "PHL",
        13,
        40,
        56,
        48,
        4.4,
        420,
        _corridors(
            ("SAU", 30, 520, 410),
            ("ARE", 25, 560, 450),
            ("QAT", 15, 500, 430),
            ("ITA", 8, 2900, 1100),
            ("USA", 12, 3200, 2300),
            ("OTH", 10, 700, 560),
        ),
    ),
    Origin(
        "SEN",
        8,
        30,
        22,
        52,
        1.9,
        95,
        _corridors(("FRA", 35, 2300, 1200), ("ITA", 30, 3100, 950), ("ESP", 25, 1300, 850), ("OTH", 10, 900, 420)),
    ),
    Origin(
        "SRB",
        5,
        25,
        42,
        42,
        4.3,
        80,
        _corridors(("FRA", 20, 380, 1400), ("ITA", 20, 360, 1250), ("OTH", 60, 340, 1700)),
    ),
    Origin(
        "TUN",
        6,
        27,
        30,
        33,
        3.2,
        85,
        _corridors(("FRA", 55, 1200, 1400), ("ITA", 35, 1900, 1000), ("OTH", 10, 1100, 900)),
    ),
)
"""`sample` is the share of phones that work there, `weight` about how many persons an interview stands for."""

ORIGIN_OF: dict[str, Origin] = {origin.country: origin for origin in ORIGINS}
