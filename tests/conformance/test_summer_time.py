"""In a zone with summer time JavaRosa shows a moment of the other season with that season's clock, and so does Rihla,
which knows nothing of the zone but the distances from UTC that the submission holds (DEP-16)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.conformance.both import definition_of
from tests.conformance.engine import JavaRosa
from tests.conformance.form_file import FormFile
from tests.conformance.told import Rihla, told_by_javarosa

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)

CALCULATES = {
    "day": "date(/data/at)",
    "text": "string(/data/at)",
    "number": "number(/data/at)",
    "clock": "format-date-time(/data/at, '%Y-%m-%d %H:%M')",
    "exact": "decimal-date-time(/data/at)",
    "hour": "round(decimal-time(/data/at) * 24, 6)",
    "midnight": "decimal-date-time(date(/data/at))",
    "moment": "date-time(/data/at)",
    "of_text": "format-date-time(/data/words, '%Y-%m-%d %H:%M')",
    "hour_of_text": "round(decimal-time(/data/words) * 24, 6)",
    "late": "decimal-date-time(/data/at) &gt; decimal-date-time(/data/until)",
}
_NODES = "".join(f"<{name}/>" for name in CALCULATES)
_BINDS = "".join(f'<bind nodeset="/data/{name}" calculate="{text}"/>' for name, text in CALCULATES.items())
FORM = f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>Summer</h:title><model>
<instance><data id="summer" version="1"><end/><at/><until/><words/>{_NODES}</data></instance>
<bind nodeset="/data/end" type="dateTime" jr:preload="timestamp" jr:preloadParams="end"/>
<bind nodeset="/data/at" type="dateTime" constraint="date(.) = date('2026-07-15') or date(.) = date('2026-01-15')"/>
<bind nodeset="/data/until" type="dateTime"/><bind nodeset="/data/words" type="string"/>{_BINDS}
</model></h:head><h:body><input ref="/data/at"/><input ref="/data/until"/><input ref="/data/words"/></h:body>
</h:html>"""


@pytest.mark.parametrize(
    "at", ["2026-07-15T23:30:00", "2026-07-15T00:30:00", "2026-01-15T23:30:00", "2026-01-15T00:30:00"]
)
@pytest.mark.parametrize("until", ["2026-07-15T23:45:00", "2026-01-15T23:15:00"])
def test_a_moment_of_the_other_season_keeps_its_clock(at: str, until: str) -> None:
    def written(text: str) -> str:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN).isoformat(timespec="milliseconds")

    now = datetime.now(BERLIN)
    xml = (
        f'<data id="summer" version="1"><end>{now.isoformat(timespec="milliseconds")}</end><at>{written(at)}</at>'
        f"<until>{written(until)}</until><words>{written(at)}</words></data>"
    )
    form = FormFile("summer", FORM, {})
    with JavaRosa() as javarosa:
        javarosa.load(FORM, {}, ZONE)
        theirs = told_by_javarosa(javarosa.judge(xml))
    ours = Rihla(definition_of(form), {})(xml, int(now.timestamp() * 1000))
    assert theirs.accepted
    assert ours.accepted
    for name in CALCULATES:
        assert (name, ours.nodes[name, ()].text) == (name, theirs.final[name, ()].text)
