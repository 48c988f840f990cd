"""The named attacks, each on the tables on which it is strongest."""

import numpy as np

from tests.attack.population import Scenario

UNEVEN = 2.0
"""Concentration of random shares: from few in a cell to many."""
GAP = np.array([[1.0, 0.0], [0.3, 1.0]])
"""Under 20 or not by under 25 or not: nobody is under 20 and not under 25, few are in between."""

DIFFERENCING = [
    Scenario("live_differencing", (4,), ((0,),), per_cell=3000),
    Scenario("live_differencing", (2,), ((0,),), per_cell=3000),
    Scenario("live_differencing", (8,), ((0,),), per_cell=3000),
    Scenario("live_differencing_uneven", (4,), ((0,),), per_cell=3000, shares=UNEVEN),
    Scenario("live_differencing", (5, 4), ((0, 1),), per_cell=1500),
    Scenario("live_differencing", (20, 3), ((0, 1),), per_cell=1500),
    Scenario("live_differencing_uneven", (5, 4), ((0, 1),), per_cell=100, shares=UNEVEN),
    Scenario("live_differencing", (2, 2, 4), ((0, 1, 2),), per_cell=1000),
    Scenario("live_differencing", (2, 2, 2, 3), ((0, 1, 2, 3),), per_cell=1000),
    Scenario("live_differencing_of_a_share", (5, 2), ((0,),), per_cell=1500, share=True),
    Scenario("live_differencing_of_a_share", (20, 2), ((0,),), per_cell=1500, share=True),
    Scenario("receipts", (4,), ((0,),), per_cell=3000, receipts=0.5),
    Scenario("receipts", (5, 4), ((0, 1),), per_cell=1500, receipts=0.5),
    Scenario("erasure_differencing", (4,), ((0,),), "erasure", per_cell=1500),
    Scenario("erasure_differencing", (5, 4), ((0, 1),), "erasure", per_cell=1500),
    Scenario("closing_differencing", (4,), ((0,),), per_cell=3000, closing=True),
    Scenario("closing_differencing_of_one", (4,), ((0,),), per_cell=3000, closing=True, few=1, factor=12),
    Scenario("closing_differencing_of_few", (5, 4), ((0, 1),), per_cell=1500, closing=True, few=10, factor=2),
    Scenario(
        "closing_differencing_exact", (4,), ((0,),), per_cell=3000, closing=True, few=10, mode="suppress", factor=4
    ),
    Scenario("live_differencing_from_the_end", (4,), ((0,),), per_cell=3000, closing=True, early=True),
    Scenario("linked_tables", (4, 2, 3, 4), ((0, 3), (1, 3), (2, 3)), per_cell=500),
    Scenario("recode_differencing", (2, 2, 4), ((0, 2), (1, 2)), per_cell=1500, weights=GAP, aim=(1, 0), factor=2),
]
