"""A published survey as it stands on the topic `surveys` (key: `survey@version`).

Paths are relative to the root of the instance: "profile/sex"; a field in a repeat has the repeat's path as a prefix:
"member/Sex" in the repeat "member". Expressions are the ODK XPath of the compiled XForm, with absolute paths below
the root element (`/data/profile/age`), untouched: whoever needs them compiles them (schemas.expressions).
"""

import hashlib
import sys
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from schemas.message import Message, Part
from schemas.survey.figure_definitions import CurrencyCode, Rate
from schemas.survey.figure_definitions import IndicatorDefinition as IndicatorDefinition
from schemas.survey.figure_definitions import IndicatorKind as IndicatorKind

SURVEY_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
VERSION_ID = r"^[A-Za-z0-9_.-]{0,64}$"

USUAL_RETENTION_DAYS = 365
"""After a survey is closed, where its workbook does not say: a year, in which figures are still corrected."""
SHORTEST_RETENTION_DAYS = 7
"""`submissions` and `responses` keep what came in last for as long: less could not be kept as a promise. And the last
release needs some time."""
LONGEST_RETENTION_DAYS = 36_500
"""A hundred years: what is longer is a mistake."""

NodePath = Annotated[str, AfterValidator(sys.intern)]
"""The path of a node. One object wherever it stands, also in compiled expressions: answers are found by it."""

NOT_APPLICABLE = "_N"
UNKNOWN = "_U"
TOTAL = "_T"


class FieldType(StrEnum):
    """Data types of the ODK XForms specification that a question can have, and the two kinds of choices."""

    STRING = "string"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    DATETIME = "dateTime"
    BOOLEAN = "boolean"
    GEOPOINT = "geopoint"
    GEOTRACE = "geotrace"
    GEOSHAPE = "geoshape"
    BARCODE = "barcode"
    BINARY = "binary"
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    RANK = "rank"


class Role(StrEnum):
    """What a field is to the survey, beyond its answer (column bind::rihla:role)."""

    CONSENT = "consent"
    WEIGHT = "weight"
    STRATUM = "stratum"
    PSU = "psu"
    PERIOD = "period"
    ENUMERATOR = "enumerator"
    COUNTRY = "country"


class PrivacyKind(StrEnum):
    KEEP = "keep"
    DROP = "drop"
    PSEUDONYM = "pseudonym"
    BAND = "band"
    PREFIX = "prefix"
    REGION = "region"
    PERIOD = "period"
    ROUND = "round"


class Privacy(Part):
    """What may leave the validator of a field: `keep`, or `band:15,25,45,65` as kind and argument."""

    kind: PrivacyKind
    argument: str = ""


class Choice(Part):
    name: str
    labels: dict[str, str] = {}


class GroupDefinition(Part):
    """A group or repeat. `relevant` is the expression of its own bind, or None; `count` the expression of jr:count."""

    path: NodePath
    repeat: bool = False
    relevant: str | None = None
    count: str | None = None


class Itemset(Part):
    """Choices that are looked up while the form is filled. `nodeset` is an expression, with its filter in brackets;
    `value` and `label` are the names of the nodes below an item that hold its code and its label; a label
    `jr:itext(name)` is a node that holds the id of a text. A shuffled list stands here without its randomize()."""

    nodeset: str
    value: str = "name"
    label: str = "label"


class Media(Part):
    """A file that comes with a form. The content stands on `surveys` under `sha256` (hex), as it is. `md5` is what
    phones compare (not a security measure); `size` is in bytes."""

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    size: Annotated[int, Field(ge=0)]


class SetValue(Part):
    """An action of the form that runs whenever a submission is opened (odk-instance-load). `path` is the field it
    writes, `value` its expression."""

    path: str
    value: str


class FieldDefinition(Part):
    """One question or calculate.

    `choices` names a list in `choice_lists`; with `choices_filtered` the form narrows it by an expression.
    `asked` is False for a node without a control in the form (a plain calculate), which is never required.
    `message` is the itext id (or the text's hash) of the constraint message. `labels` are by language ("" if one).
    `external` marks choices that are never compared with a list: the app finds them by itself (search(), query), or
    the bind's type keeps the engine from it. `itemset` is how a choice question finds its choices, None where they are
    written in the question itself.
    `control` is the element of the body ("input", "select1", "upload", ...), "" where `asked` is False.
    `default` is the text in the blank form. `preload` is what the phone fills in by itself: "timestamp:end".
    """

    path: NodePath
    type: FieldType
    labels: dict[str, str] = {}
    asked: bool = True
    control: str = ""
    readonly: bool = False
    default: str = ""
    preload: str | None = None
    choices: str | None = None
    itemset: Itemset | None = None
    choices_filtered: bool = False
    external: bool = False
    required: str | None = None
    relevant: str | None = None
    constraint: str | None = None
    calculate: str | None = None
    message: str | None = None
    privacy: Privacy = Privacy(kind=PrivacyKind.DROP)
    concept: str | None = None
    role: Role | None = None

    @property
    def is_choice(self) -> bool:
        return self.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE, FieldType.RANK)


class TableDefinition(Part):
    """A table kept up to date. `dimensions` are field paths, at most four; none is the survey as one cell.

    `unit` is the path of the repeat whose instances are counted, or "" for the submission itself. `signed_off` says
    who answers for publishing without protection, which mode `none` needs (data about institutions, not persons).
    """

    name: str
    label: str = ""
    dimensions: Annotated[list[str], Field(max_length=4)]
    indicators: list[str] = []
    unit: str = ""
    mode: Literal["round", "suppress", "none"] = "round"
    threshold: int = 10
    rounding: int = 5
    signed_off: str = ""


class Processing(Part):
    """What a record of processing asks for and only the people of a survey know (columns rihla_<name> of the sheet
    `settings`). Empty where the workbook does not say. Names and addresses of offices, not of respondents."""

    purpose: str = ""
    legal_basis: str = ""
    controller: str = ""
    contact: str = ""
    subjects: str = ""
    recipients: str = ""
    transfers: str = ""


class SurveyDefinition(Message):
    """One published version of a survey. Frozen: a change is a new version. `root` is the name of the root element.

    `revision` counts the judging revisions of a version: rules that were mended, with the same questions. `edition`
    counts the versions of a survey in the order in which they were first published. `form_key` is
    the RSA public key (base64) with which phones encrypt submissions of this form, or None. `retention_days` are days
    after the closing of the survey. `currency` is the one that amounts are converted into by `rates`.
    """

    survey: Annotated[str, Field(pattern=SURVEY_ID)]
    version: Annotated[str, Field(pattern=VERSION_ID)]
    revision: Annotated[int, Field(ge=0)] = 0
    edition: Annotated[int, Field(ge=0)] = 0
    title: str
    root: str
    languages: list[str] = []
    default_language: str = ""
    xform: str
    form_key: str | None = None
    media: list[Media] = []
    on_load: list[SetValue] = []
    groups: list[GroupDefinition] = []
    fields: list[FieldDefinition]
    choice_lists: dict[str, list[Choice]] = {}
    indicators: list[IndicatorDefinition] = []
    tables: list[TableDefinition] = []
    weight_scale: Annotated[int, Field(ge=0, le=6)] = 6
    retention_days: Annotated[int, Field(ge=0, le=LONGEST_RETENTION_DAYS)] = USUAL_RETENTION_DAYS
    processing: Processing = Processing()
    currency: CurrencyCode | Literal[""] = ""
    rates: list[Rate] = []

    @property
    def key(self) -> str:
        """Key of the record on `surveys`."""
        return f"{self.survey}@{self.version}"

    @property
    def xform_hash(self) -> str:
        """md5 of the form as it is served: what OpenRosa's formList calls `hash` (not a security measure)."""
        return hashlib.md5(self.xform.encode(), usedforsecurity=False).hexdigest()

    def field(self, path: str) -> FieldDefinition | None:
        return next((field for field in self.fields if field.path == path), None)

    def with_role(self, role: Role) -> FieldDefinition | None:
        return next((field for field in self.fields if field.role is role), None)
