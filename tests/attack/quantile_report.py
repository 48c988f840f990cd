"""Both games on the quantiles of one kind of population, and what they must not reach."""

from dataclasses import dataclass

import numpy as np

from services.release.moves_needed import GOAL
from tests.attack.amounts import Amounts
from tests.attack.quantile_games import SCENARIOS as SCENARIOS
from tests.attack.quantile_games import Decided, decide
from tests.attack.quantile_learning import Learned, learn

BROKEN = 0.9
"""Success in deciding from exact quantiles of small cells: or the attack proves nothing."""


@dataclass(frozen=True)
class Quantiles:
    scenario: Amounts
    decided: Decided
    learned: Learned

    @property
    def populations(self) -> int:
        return self.decided.measure.populations + self.learned.measure.populations

    @property
    def passed(self) -> bool:
        """Nothing while the survey runs; then one person moves a figure with the chance 1/step at most on average, and
        nowhere for certain; who knows all others has no more from quantiles than from counts; who does not guesses
        an amount no better; and no class says of nearly all of a cell what they have."""
        found, learned = self.decided, self.learned
        return (
            found.running == found.sure == learned.named == 0
            and found.moved <= 1 / self.scenario.rounding
            and found.measure.informed <= found.counted + GOAL
            and learned.measure.upper <= GOAL
            and (not self.is_control or found.plain >= BROKEN)
        )

    @property
    def is_control(self) -> bool:
        """Of round amounts, and of many, one more does not move an exact median either."""
        return not self.scenario.digits and self.scenario.people < 60

    def line(self) -> str:
        found, learned = self.decided, self.learned
        return (
            f"{self.scenario.name} {'x'.join(map(str, self.scenario.sizes))} {self.scenario.mode}: all others known "
            f"{found.measure.informed:.3f} (upper end {found.measure.guessing + found.measure.upper:.3f}; from counts "
            f"{found.counted:.3f}, from exact quantiles {found.plain:.3f}); one person moves a figure "
            f"{found.moved:.3f}, at most {found.most:.2f}, for certain {found.sure} of {found.figures}; "
            f"while it runs {found.running}; to 20 %: {learned.measure.informed:.3f}, guessing "
            f"{learned.measure.guessing:.3f}, advantage {learned.measure.advantage:+.4f}, upper end "
            f"{learned.measure.upper:+.4f}; {learned.named} of {learned.shown} say nearly all of a cell "
            f"({learned.figures} figures; plain {learned.plain_named}; {self.populations} populations)"
        )


def attacked(scenario: Amounts, populations: int, seed: list[int]) -> Quantiles:
    return Quantiles(
        scenario,
        decide(scenario, populations, np.random.default_rng([*seed, 0])),
        learn(scenario, populations, np.random.default_rng([*seed, 1])),
    )


def together(found: list[Quantiles]) -> dict[str, object]:
    """For the summary of a run: the worst of each."""
    return {
        "quantiles_all_others_known": round(max(one.decided.measure.informed for one in found), 4),
        "quantiles_less_counts": round(max(one.decided.measure.informed - one.decided.counted for one in found), 4),
        "quantiles_moved_by_one": round(max(one.decided.moved for one in found), 4),
        "quantiles_moved_by_one_most": round(max(one.decided.most for one in found), 4),
        "quantiles_sure": sum(one.decided.sure for one in found),
        "quantiles_learned_advantage": round(max(one.learned.measure.upper for one in found), 4),
        "quantiles_named": sum(one.learned.named for one in found),
        "quantiles_unprotected": round(min(one.decided.plain for one in found if one.is_control), 4),
    }
