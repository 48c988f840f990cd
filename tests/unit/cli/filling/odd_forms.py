"""Forms that are hard to fill, in the notation of pyxform's markdown."""
# ruff: noqa: E501 tables

SETTINGS = """
| settings |
|          | form_id | version |
|          | odd     | 1       |
"""

NESTED = """
| survey |
| | type         | name     | label    | required | relevant         | constraint              | calculation      | repeat_count |
| | integer      | houses   | Houses   | yes      |                  | . >= 1 and . <= 3       |                  |              |
| | begin_repeat | house    | House    |          |                  |                         |                  | ${houses}    |
| | integer      | rooms    | Rooms    | yes      |                  | . > 0 and . < 4         |                  |              |
| | begin_repeat | room     | Room     |          |                  |                         |                  | ${rooms}     |
| | decimal      | area     | Area     | yes      |                  | . >= 4.5 and . <= 60    |                  |              |
| | begin_repeat | bed      | Bed      |          | ${area} > 30     |                         |                  |              |
| | integer      | sleepers | Sleepers | yes      |                  | . = 1 or . = 2          |                  |              |
| | end_repeat   |          |          |          |                  |                         |                  |              |
| | calculate    | beds     |          |          |                  |                         | count(${bed})    |              |
| | end_repeat   |          |          |          |                  |                         |                  |              |
| | end_repeat   |          |          |          |                  |                         |                  |              |
| | integer      | all      | Rooms    | yes      |                  | . = sum(${rooms})       |                  |              |
"""

CASCADE = """
| survey |
| | type                   | name    | label   | required | constraint                      | choice_filter                              |
| | select_one a           | a       | A       | yes      |                                 |                                            |
| | select_one b           | b       | B       | yes      |                                 | a = ${a}                                   |
| | select_one c           | c       | C       | yes      | . != 'c1'                       | a = ${a} and b = ${b}                      |
| | select_multiple c      | others  | Others  | yes      | count-selected(.) <= 2          | a = ${a} and b = ${b} and name != ${c}     |
| choices |
| | list_name | name | label | a  | b  |
| | a         | a1   | A1    |    |    |
| | a         | a2   | A2    |    |    |
| | b         | b1   | B1    | a1 |    |
| | b         | b2   | B2    | a1 |    |
| | b         | b3   | B3    | a2 |    |
| | c         | c1   | C1    | a1 | b1 |
| | c         | c2   | C2    | a1 | b1 |
| | c         | c3   | C3    | a1 | b2 |
| | c         | c4   | C4    | a2 | b3 |
| | c         | c5   | C5    | a2 | b3 |
| | c         | c6   | C6    | a2 | b3 |
| | c         | c7   | C7    | a2 | b3 |
"""
"""With b2 there is no second c: another b must be chosen."""

TOGETHER = """
| survey |
| | type       | name    | label    | required | relevant      | constraint                                         | calculation                   |
| | integer    | men     | Men      | yes      |               | . >= 0                                             |                               |
| | integer    | women   | Women    | yes      |               | . >= 0 and . + ${men} >= 1 and . + ${men} <= 12    |                               |
| | integer    | farm    | Farm %   | yes      |               | . >= 0 and . <= 100                                |                               |
| | integer    | trade   | Trade %  | yes      |               | . >= 0 and . <= 100 - ${farm}                      |                               |
| | integer    | wages   | Wages %  | yes      |               | . + ${farm} + ${trade} = 100                       |                               |
| | decimal    | price   | Price    | yes      |               | 2 * . + 10 < 50 and . > 3                          |                               |
| | date       | born    | Born     | yes      |               | . <= today() and (today() - .) div 365.25 >= 18    |                               |
| | date       | left    | Left     | yes      |               | . >= ${born} and . <= today()                      |                               |
| | date       | back    | Back     | yes      | ${men} > 0    | . > ${left}                                        |                               |
| | text       | code    | Code     | yes      |               | regex(., '[A-Z]{2}-[0-9]{4}') and substr(., 3, 5) = '20' |                         |
| | text       | again   | Again    | yes      |               | . = ${code}                                        |                               |
| | text       | letters | Letters  | yes      |               | string-length(.) = ${men} + 3                      |                               |
| | integer    | seven   | Seven    | yes      |               | . mod 7 = 3 and . > 100                            |                               |
| | integer    | even    | Even     |          |               | . mod 2 = 0 and . < ${seven}                       |                               |
| | calculate  | people  |          |          |               |                                                    | ${men} + ${women}             |
| | text       | why     | Why      | yes      | ${people} > 8 | string-length(.) > 10                              |                               |
"""

CHOICES = """
| survey |
| | type                 | name  | label | required            | constraint                                                      |
| | select_multiple m    | many  | Many  | yes                 | count-selected(.) >= 3 and not(selected(., 'none'))             |
| | select_multiple m    | none  | None  |                     | not(selected(., 'none') and count-selected(.) > 1)              |
| | select_multiple m    | both  | Both  | yes                 | selected(., 'a') and selected(., 'e')                           |
| | rank m               | order | Order | yes                 |                                                                 |
| | select_one m         | one   | One   | yes                 | not(selected(${both}, .))                                       |
| | acknowledge          | ok    | Ok    | yes                 |                                                                 |
| | geopoint             | here  | Here  | yes                 |                                                                 |
| | time                 | at    | At    | ${one} != 'none'    |                                                                 |
| | image                | photo | Photo | yes                 |                                                                 |
| choices |
| | list_name | name | label |
| | m         | a    | A     |
| | m         | b    | B     |
| | m         | c    | C     |
| | m         | d    | D     |
| | m         | e    | E     |
| | m         | none | None  |
"""

BEHIND = """
| survey |
| | type         | name   | label  | required | relevant        | constraint                     | calculation             |
| | select_one y | go     | Go     | yes      |                 |                                |                         |
| | integer      | never  | Never  | yes      | ${go} = 'yes'   | false()                        |                         |
| | begin_repeat | part   | Part   |          |                 |                                |                         |
| | integer      | weight | Weight | yes      |                 | . > 0 and . < 50               |                         |
| | end_repeat   |        |        |          |                 |                                |                         |
| | calculate    | total  |        |          |                 |                                | sum(${weight})          |
| | text         | sure   | Sure   | yes      |                 | ${total} > 20 and ${total} < 90 |                        |
| choices |
| | list_name | name | label |
| | y         | yes  | Yes   |
| | y         | no   | No    |
"""
"""Whoever goes can never end the form; the sum of the parts decides what is sure."""

IMPOSSIBLE = """
| survey |
| | type    | name  | label     | required | constraint |
| | integer | fine  | Fine      | yes      | . > 1      |
| | integer | never | Never one | yes      | false()    |
"""

FILLABLE = {
    "nested": NESTED,
    "cascade": CASCADE,
    "together": TOGETHER,
    "choices": CHOICES,
    "behind": BEHIND,
}
