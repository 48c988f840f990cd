"""The histories that are searched, each with what may be counted at its end."""

from tests.model.scenario import Scenario

_ALL = (
    Scenario("an edit and its original through two partitions", ("a", "e>a"), ("e",), rebalances=2),
    Scenario("a chain of edits", ("a e>a", "g>e"), ("g",)),
    Scenario("retries", ("a a", "e>a e>a"), ("e",), guess=False),
    Scenario("cells of another worker", ("a b", "e>a"), ("be",)),
    Scenario("two edits of one", ("a e>a", "f>a"), ("e", "f")),
    Scenario("an id under two contents", ("a e>a", "e"), ("ae", "e"), one_of_a_lineage=False),
    Scenario("a circle", ("a>b", "b>a"), ("a", "b")),
    Scenario("a withdrawal beside an edit", ("a e>a", "~e"), ("",), batch=2),
    Scenario("a withdrawal of what is not here yet", ("a ~a", "e>a"), ("",)),
    Scenario("a rejected link", ("a -r>a", "g>r"), ("g",)),
    Scenario("a held edit of a rejected one beside a withdrawal", ("a -r>a", "?h>r ~a"), ("",)),
    Scenario("written again", ("-r>a r>a<0", "a"), ("r",), batch=2),
    Scenario("refused", ("a /e>a", "g>e"), ("g",)),
    Scenario("repetitions, two by an older release", ("0:a 0:-a 1:e>a", "0:f>e 0:-f>e"), ("f",), losses=0),
    Scenario("a gap that is closed later", ("0:a 2:g>e 1:e>a 2:g>e", "b"), ("bg",)),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
