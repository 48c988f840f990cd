"""Nothing that a respondent said, is called or is reached by gets out of the sealed boxes and the memory of validate.

Strings that exist nowhere else (canaries) are sent in every place of a request where something of a respondent can
stand, in requests that succeed and that fail in every way known. Then everything that the stack has left behind is
searched for them: logs, metrics, state, the broker's files, both databases, the answers. A failure names the kind of
canary and the place, never its surroundings.
"""

import base64
import hashlib
import http.client
import io
import json
import re
import socket
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import bson
import orjson
import pytest
from kafka import KafkaProducer
from pymongo import MongoClient
from rich.console import Console

from cli.accounts import wait_until_closed
from cli.collector import add_collector
from cli.field import Field, open_field
from cli.status import show_status
from cli.survey_publishing import publish_survey
from cli.where import settings_from
from deploy.local.stack import Stack
from schemas.events import HEADER_KEY_ID
from schemas.outcome_class import OutcomeClass
from schemas.survey.compile import compile_survey
from schemas.topics import SUBMISSIONS
from services.runtime.keys import load_public
from services.runtime.sealing import Sealer
from services.runtime.settings import KafkaSettings

CLOSED_S = 45.0
CRLF = b"\r\n"
MULTIPART = "multipart/form-data; boundary="
READY_S = 40.0
DIARY = """
| survey   |                      |          |          |                         |          |                   |
|          | type                 | name     | label    | constraint              | required | calculation       |
|          | text                 | pattern  | Pattern  |                         |          |                   |
|          | text                 | story    | Story    | regex(., ${pattern})    |          |                   |
|          | text                 | must     | Must     |                         | true()   |                   |
|          | integer              | int      | Int      | . > 3                   |          |                   |
|          | decimal              | decimal  | Decimal  |                         |          |                   |
|          | date                 | date     | Date     |                         |          |                   |
|          | time                 | time     | Time     |                         |          |                   |
|          | dateTime             | moment   | Moment   |                         |          |                   |
|          | geopoint             | point    | Point    |                         |          |                   |
|          | geotrace             | trace    | Trace    |                         |          |                   |
|          | geoshape             | shape    | Shape    |                         |          |                   |
|          | barcode              | barcode  | Barcode  |                         |          |                   |
|          | image                | photo    | Photo    |                         |          |                   |
|          | select_one yes_no    | one      | One      |                         |          |                   |
|          | select_multiple yes_no | many   | Many     |                         |          |                   |
|          | begin repeat         | member   | Member   |                         |          |                   |
|          | text                 | nick     | Nick     |                         |          |                   |
|          | end repeat           |          |          |                         |          |                   |
|          | calculate            | broken   |          |                         |          | concat(${nick}, '') |
| choices  |                      |          |          |                         |          |                   |
|          | list_name            | name     | label    |                         |          |                   |
|          | yes_no               | yes      | Yes      |                         |          |                   |
|          | yes_no               | no       | No       |                         |          |                   |
| settings |                      |          |          |                         |          |                   |
|          | form_title           | form_id  | version  |                         |          |                   |
|          | Diary                | diary    | 2        |                         |          |                   |
"""
TYPED = ("int", "decimal", "date", "time", "moment", "point", "trace", "shape", "one", "many")

Tree = dict[str, Any]


class Canaries:
    """Makes them and knows what each is. `core` is what is searched for: letters and digits, which percent-encoding
    and JSON leave as they are."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}

    def word(self, kind: str) -> str:
        """Fit to be a name of an element, a header, a part of a path."""
        core = f"qZ7x{len(self.kinds):03d}kAnary"
        self.kinds[core] = kind
        return core

    def text(self, kind: str) -> str:
        """With what every writing of text has to escape."""
        return f"{self.word(kind)} \"é'\\ <&>\n% {self.word(kind)}"

    def phone(self, kind: str) -> str:
        digits = f"25479361{len(self.kinds):04d}"
        self.kinds[digits] = kind
        return f"+{digits}"

    def found(self, data: bytes, but: Iterable[str] = ()) -> set[str]:
        """Kinds of the canaries in the data, however they are written, but for those kinds."""
        low = data.lower()
        suspects = [core for core in self.kinds if not core.lower().startswith(PREFIXES)]
        if any(prefix.encode() in low for prefix in PREFIXES) or any(start in data for start in _STARTS):
            suspects = list(self.kinds)
        named = {
            self.kinds[core]
            for core in suspects
            if core.lower().encode() in low or any(writing in data for writing in writings(core))
        }
        hashed = self._hashes()
        named |= {hashed[text] for text in map(bytes.lower, _DIGEST.findall(data)) if text in hashed}
        return named - set(but)

    def _hashes(self) -> dict[bytes, str]:
        """What everyone can compute of what is easily guessed: no key, no salt."""
        return {
            digest(text.encode()).hexdigest().encode(): f"{kind}, hashed"
            for core, kind in self.kinds.items()
            if core.lower().startswith(PREFIXES)
            for text in (core, f"+{core}")
            for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256)
        }


PREFIXES = ("qz7x", "25479361")


def writings(word: str) -> set[bytes]:
    """A word in base64 at each of three places, in hex, and in two bytes a character."""
    plain = word.encode()
    found = {plain.hex().encode(), plain.hex().upper().encode(), word.encode("utf-16-le")}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain)
        # The characters at both ends also depend on the neighbours.
        found.add(whole[(0, 2, 3)[shift] : len(plain + bytes(shift)) // 3 * 4])
    return found


_STARTS = {writing for start in ("qZ7x", "qz7x", "25479361") for writing in writings(start)}
_DIGEST = re.compile(rb"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")


@dataclass
class Phone:
    """Sends, and keeps what was answered. `accepted` counts what must become an outcome."""

    opened: Field
    canaries: Canaries
    accepted: int = 0
    answers: list[tuple[str, int, bytes]] = field(default_factory=list, repr=False)

    def send(
        self, method: str, path: str, body: bytes | Iterable[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> int:
        host = urlsplit(self.opened.target.url)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            head = "\n".join(f"{name}: {value}" for name, value in answer.getheaders()).encode()
            self.answers.append((f"{method} answered {answer.status}", answer.status, head + b"\n" + answer.read()))
        finally:
            connection.close()
        self.accepted += answer.status == 201
        return answer.status

    def raw(self, request: bytes) -> None:
        """What no client library would send."""
        host = urlsplit(self.opened.target.url)
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=5) as connection:
            connection.sendall(request)
            self.answers.append(("raw request", 0, connection.recv(65_536)))

    @property
    def key(self) -> str:
        return f"/key/{quote(self.opened.target.token, safe='')}"

    def xml(self, body: bytes, files: Mapping[str, bytes] | None = None) -> int:
        parts = {"xml_submission_file": ("submission.xml", body)}
        parts |= {name: (name, data) for name, data in (files or {}).items()}
        data = b"".join(
            f'--cut\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for name, (file, data) in parts.items()
        )
        device = quote(self.canaries.text("deviceID"))
        return self.send(
            "POST",
            f"{self.key}/submission?deviceID={device}",
            data + b"--cut--\r\n",
            {"Content-Type": MULTIPART + "cut", "User-Agent": self.canaries.word("user agent")},
        )

    def json(self, body: object, survey: str = "household-migration", **headers: str) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.opened.target.token}", "Content-Type": "application/json"}
        return self.send("POST", f"/v1/surveys/{survey}/submissions", data, given | headers)


def household(canaries: Canaries, **changes: Tree) -> Tree:
    """Answers that are accepted, with canaries wherever free text is asked."""
    tree: Tree = {
        "start": "2026-05-04T10:00:00.000+00:00",
        "end": "2026-05-04T10:20:00.000+00:00",
        "today": "2026-05-04",
        "interview": {
            "country": "BGD", "area": "U", "psu": "7", "stratum": "BGD-U", "year": "2026", "weight": "1.5",
            "enumerator": canaries.text("enumerator"), "consent": "yes",
        },
        "profile": {
            "name": canaries.text("name"), "phone": canaries.phone("phone"), "sex": "F", "age": "31",
            "birth_country": "BGD", "citizenship": "BGD", "education": "E2", "marital": "single",
            **dict.fromkeys(("seeing", "hearing", "walking", "remembering", "selfcare", "communicating"), "none"),
            "functioning": "none none none none none none", "disability": "PWD",
        },
        "member": [
            {
                "name": canaries.text("name of a member"), "sex": "M", "age": "4", "relation": "child",
                "presence": "here",
            }
        ],
        "migration": {"status": "never"},
        "work": {"occ_now": "none"},
        "remittance": {"received": "no"},
        "rights": {"discriminated_5y": "no"},
        "family": {"wellbeing": "7", "decides": "woman"},
        "return": {},
    }  # fmt: skip
    for group, answers in changes.items():
        tree[group] = {**tree.get(group, {}), **answers}
    return tree


def as_xml(tree: Tree, instance: str, replaces: str = "", survey: str = "household-migration") -> bytes:
    meta = f"<orx:instanceID>{escape(instance)}</orx:instanceID>"
    meta += f"<orx:deprecatedID>{escape(replaces)}</orx:deprecatedID>" if replaces else ""
    return (
        f'<?xml version="1.0"?><data xmlns:orx="http://openrosa.org/xforms" id="{survey}" version="2">'
        f"{_elements(tree)}<orx:meta>{meta}</orx:meta></data>"
    ).encode()


def _elements(tree: Tree) -> str:
    return "".join(
        f"<{name}>{_elements(value) if isinstance(value, dict) else escape(str(value))}</{name}>"
        for name, values in tree.items()
        for value in (values if isinstance(values, list) else [values])
    )


def as_json(tree: Tree, instance: str, replaces: str | None = None) -> Tree:
    return {"version": "2", "instance": instance, "replaces": replaces, "answers": tree}


def send_what_is_accepted(phone: Phone) -> None:
    """Submissions, an edit, duplicates, a refusal, an edit conflict; files of two names; ids that are phone numbers."""
    c = phone.canaries
    first, edit = c.phone("instance id"), c.phone("instance id of an edit")
    original = as_xml(household(c), first)
    files = {f"{c.word('file name')} é.jpg": c.text("content of a file").encode()}
    assert phone.xml(original, files) == 201
    assert phone.xml(original) == 201
    assert phone.xml(as_xml(household(c), edit, first)) == 201
    assert phone.xml(as_xml(household(c), c.phone("second edit"), first)) == 201
    assert phone.xml(as_xml(household(c), c.phone("edit"), c.phone("deprecated id"))) == 201
    refused = {**household(c), "interview": {"consent": "no", "enumerator": c.text("enumerator")}}
    assert phone.xml(as_xml(refused, c.phone("instance id of a refusal"))) == 201
    assert phone.json(as_json(household(c), c.phone("instance id in JSON"))) == 201
    assert (
        phone.json(as_json(household(c), c.text("instance id in JSON").replace("\n", " "), c.phone("replaces"))) == 201
    )
    # A form computes the stratum, a script can send anything.
    forged = household(c, interview={"stratum": c.word("calculated text")})
    assert phone.xml(as_xml(forged, "uuid:forged")) == 201
    assert phone.json(as_json(household(c, interview={"stratum": c.text("calculated text")}), "uuid:forged-2")) == 201


def send_what_validate_rejects(phone: Phone) -> None:
    c = phone.canaries
    for place, tree in enumerate((
        household(c, profile={"age": c.word("wrong type")}),
        household(c, profile={"education": c.word("not in list")}),
        household(c, profile={"age": "12"}),
        household(c, profile={"sex": ""}),
        household(c, profile={c.word("unknown element"): c.text("unknown answer")}),
        {**household(c), c.word("unknown element"): c.text("unknown answer")},
        {**household(c), "profile": c.text("group as text")},
        household(c, profile={"name": {c.word("element in a text"): "x"}}),
    )):  # fmt: skip
        assert phone.xml(as_xml(tree, f"{c.phone('rejected instance')}")) == 201, place
        assert phone.json(as_json(tree, f"{c.phone('rejected instance')}")) == 201, place
    lists: Tree = {"profile": {"name": [c.text("list as text"), 1]}, c.text("JSON key"): c.text("unknown answer")}
    assert phone.json(as_json(lists, c.phone("rejected instance"))) == 201
    root = as_xml(household(c), c.phone("instance id")).replace(b"<data ", b"<%s " % c.word("root").encode())
    assert phone.xml(root.replace(b"</data>", root[root.index(b"qZ7x") :][:13].join((b"</", b">")))) == 201
    for question in TYPED:
        diary = {"must": c.text("text"), question: c.text(f"wrong {question}")}
        assert phone.xml(as_xml(diary, c.phone("diary"), survey="diary")) == 201
        assert (
            phone.json(as_json({"must": "x", question: c.word(f"wrong {question}")}, c.phone("diary")), "diary") == 201
        )
    # Expressions that fail on these answers: a pattern that is none, a question that has several answers.
    broken = {"pattern": f"({c.word('pattern')}[", "story": c.text("story"), "photo": c.word("photo") + ".jpg"}
    assert phone.json(as_json({"must": "x", **broken}, c.phone("diary")), "diary") == 201
    members = {"member": [{"nick": c.text("nick")}, {"nick": c.text("nick")}], "broken": c.text("calculated text")}
    assert phone.json(as_json({"must": "x", "barcode": c.text("barcode"), **members}, c.phone("diary")), "diary") == 201


def send_what_ingest_refuses(phone: Phone) -> None:
    c = phone.canaries
    good = as_xml(household(c), c.phone("instance id"))
    xml = {"Content-Type": "text/xml"}
    refused: list[int] = [
        phone.xml(good[: len(good) // 2]),
        phone.xml(good.replace(b"<profile>", b"<profile>&%s;" % c.word("entity").encode())),
        phone.xml(f"<!DOCTYPE {c.word('doctype')}>".encode() + good[21:]),
        phone.xml(good.replace(b"household-migration", c.word("survey id").encode())),
        phone.xml(good.replace(b'version="2"', b'version="%s"' % c.word("version").encode(), 2)),
        phone.xml(good.replace(b'<?xml version="1.0"?>', b"") + b"\x01" + c.text("after").encode()),
        phone.xml(b"\xff\xfe" + good),
        phone.xml(as_xml(household(c), c.phone("too long") * 500)),
        phone.send("POST", f"{phone.key}/submission", good, {"Content-Type": c.word("content type")}),
        phone.send("POST", f"{phone.key}/submission", good, {"Content-Type": MULTIPART + c.word("boundary")}),
        phone.send("POST", f"{phone.key}/submission", b"--cut\r\n" + good, {"Content-Type": MULTIPART + "cut"}),
        phone.send("POST", f"/key/{c.word('token')}/submission", good, xml),
        phone.send("POST", f"/submission?st={c.word('token')}", good, xml),
        phone.send("POST", "/submission", good, xml | {"Authorization": f"Bearer {c.word('token')}"}),
        phone.send("POST", "/submission", good, xml | {"Authorization": f"Basic {c.word('token')}"}),
        phone.send("POST", f"{phone.key}/{c.word('path')}/{c.phone('path')}", good, xml),
        phone.send("POST", f"/{quote(c.text('path'))}?{quote(c.text('query'))}", good, xml),
        phone.send("DELETE", f"{phone.key}/submission?deviceID={c.phone('deviceID')}"),
        phone.send("GET", f"{phone.key}/forms/{c.word('form')}.xml?version={c.word('version')}"),
        phone.send("GET", f"/v1/{c.word('path')}"),
        phone.send("POST", f"{phone.key}/submission", [good, bytes(3 << 20), c.text("oversized").encode()] * 2, xml),
        phone.json(b'{"version": "2", "instance": "%s", "answers": {' % c.phone("instance id").encode()),
        phone.json({**as_json({}, c.phone("instance id")), c.word("JSON key"): c.text("unknown")}),
        phone.json([c.text("list")]),
        phone.json(as_json(household(c), c.phone("instance id") + "\n")),
        phone.json({"version": c.word("version"), "instance": c.phone("instance id"), "answers": {}}),
        phone.json({"version": {c.word("version"): 1}, "instance": c.phone("instance id"), "answers": {}}),
        phone.json({"version": "2", "instance": [c.phone("instance id")], "answers": c.text("answers")}),
        phone.json(as_json(household(c), c.phone("instance id")), c.word("survey id")),
        phone.json(as_json(household(c), c.phone("instance id")), **{"Content-Type": c.word("content type")}),
    ]  # fmt: skip
    assert all(400 <= status < 500 for status in refused), refused
    lines = [
        json.dumps(as_json(household(c), c.phone("instance id in a line"))),
        c.text("line").replace("\n", " "),
        json.dumps({**as_json({}, c.phone("instance id")), "version": c.word("version")}),
        json.dumps({**as_json({}, c.phone("instance id")), c.word("JSON key"): 1}),
    ]
    token = {"Authorization": f"Bearer {phone.opened.target.token}", "Content-Type": "application/x-ndjson"}
    batch = "\n".join(lines).encode()
    assert phone.send("POST", "/v1/surveys/household-migration/submissions:batch", batch, token) == 200
    phone.accepted += 1
    word = c.word("not HTTP").encode()
    phone.raw(b"GET /%s\xff\xe9 HTTP/1.1\r\nHost: x\r\n\r\n" % word)
    phone.raw(b"POST /submission HTTP/1.1\r\nContent-Length: %s\r\n\r\n" % word)
    phone.raw(b"%s /submission %s\r\n\r\n" % (word, word))
    phone.raw(
        b"GET /formList?%s HTTP/1.1\r\nHost: %s\r\nUpgrade: %s\r\nConnection: Upgrade\r\n\r\n" % (word, word, word)
    )


def write_poison(phone: Phone, kafka: KafkaSettings, keys: Path) -> None:
    """Records that no ingest would write: sealed nonsense, plain text, and what makes our own code fail."""
    c = phone.canaries
    public = load_public(keys)
    sealer = Sealer(public.sealing_id, public.sealing)
    good = {
        "kind": "submission", "survey": "household-migration", "version": "2", "format": "xml",
        "collector": c.word("collector"), "received_ms": 1,
    }  # fmt: skip

    def submission(**more: object) -> bytes:
        body = as_xml(household(c), c.phone("instance id")).decode()
        return orjson.dumps({**good, "instance": c.phone("instance id"), "body": body, **more})

    timeless = household(c)
    del timeless["start"], timeless["end"], timeless["today"]
    sealed = [
        c.text("sealed text").encode(),
        orjson.dumps({c.word("sealed key"): c.text("sealed value")}),
        submission(format=c.word("format")),
        submission(received_ms=c.word("time")),
        submission(instance=[c.phone("instance id")]),
        submission(body=c.text("body")),
        submission(format="json", body=c.text("body")),
        submission(format="json", body=json.dumps({"answers": {c.text("JSON key"): c.text("answer")}})),
        submission(version=c.word("version"))[:-9],
        # No such time: our own code fails.
        submission(received_ms=10**18, body=as_xml(timeless, c.phone("instance id")).decode()),
        orjson.dumps({"kind": "withdrawal", "survey": "household-migration", "instance": c.phone("withdrawn")}),
    ]
    values = [sealer.seal(plain) for plain in sealed]
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all")
    try:
        headers = [(HEADER_KEY_ID, public.sealing_id.encode())]
        for place, value in enumerate(values):
            producer.send(kafka.topic(SUBMISSIONS), key=b"poison", value=value, headers=headers, partition=place % 4)
        # Whoever writes this shows it to the broker; it must not get any further.
        plain = f"a record {c.word(PLAIN)}".encode()
        producer.send(kafka.topic(SUBMISSIONS), key=b"poison", value=plain, headers=headers, partition=0)
        producer.send(kafka.topic(SUBMISSIONS), key=b"poison", value=plain, partition=1)
        producer.flush()
    finally:
        producer.close()
    phone.accepted += len(values) + 2


PLAIN = "record that was not sealed"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("canaries")) as stack:
        yield stack


@pytest.fixture(scope="module")
def phone(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Phone:
    """Everything has been sent, and all of it is accounted for."""
    settings = settings_from(stack.env)
    form = tmp_path_factory.mktemp("form") / "diary.md"
    form.write_text(DIARY)
    diary = compile_survey(form, keep_choices=True)
    assert diary.publishable is not None, diary.errors
    publish_survey(settings, diary.publishable)
    token = add_collector(settings.kafka, "all surveys", ["*"])
    # Ingest reads topics in order: once it knows of this one, it knows of those before.
    field = open_field(stack)
    phone = Phone(replace(field, target=replace(field.target, token=token)), Canaries())
    phone.canaries.kinds |= {token: "token", field.target.token: "token"}
    send_what_is_accepted(phone)
    send_what_ingest_refuses(phone)
    send_what_validate_rejects(phone)
    before = stack.pid("validate")
    stack.kill("validate")
    write_poison(phone, field.settings.kafka, field.settings.keys.folder)
    send_what_is_accepted(phone)
    stack.wait_ready("validate", READY_S, after_pid=before)
    accounts = wait_until_closed(field.settings, phone.accepted, CLOSED_S)
    assert accounts.closed, str(accounts)
    assert accounts.accepted == phone.accepted
    assert {OutcomeClass.COUNTED, OutcomeClass.REFUSED, OutcomeClass.DUPLICATE, OutcomeClass.CONTROL} <= {
        of for of, number in accounts.classes.items() if number
    }
    return phone


def test_no_file_of_the_stack_holds_a_canary(stack: Stack, phone: Phone) -> None:
    """Logs, state, keys, the broker's segments and the database's files, as they are on disk."""
    leaks, sizes = {}, Counter[str]()
    for path in sorted(path for path in stack.folder.rglob("*") if path.is_file()):
        data = path.read_bytes().rstrip(b"\0")
        place = path.relative_to(stack.folder)
        sizes[place.parts[0]] += len(data)
        known = [PLAIN] if place.parts[:2] == ("kafka", "log") and place.parts[2].startswith("submissions-") else []
        if found := phone.canaries.found(data, known):
            leaks[str(place)] = sorted(found)
    assert leaks == {}
    assert sizes["logs"] > 1_000 and sizes["kafka"] > 100_000 and sizes["database"] > 100_000, sizes
    assert b"listening" in (stack.folder / "logs" / "ingest.log").read_bytes()
    assert b"record_failed" in (stack.folder / "logs" / "validate.log").read_bytes()


def test_no_metric_holds_a_canary(stack: Stack, phone: Phone) -> None:
    leaks = {}
    for name in ("ingest", "validate", "aggregate"):
        with urllib.request.urlopen(f"{stack.state.part(name).address}/metrics", timeout=5) as answer:
            page = answer.read()
        assert f"rihla_{name}_".encode() in page
        leaks[name] = phone.canaries.found(page)
    assert not any(leaks.values()), leaks


@pytest.mark.parametrize("database", ["live", "ledger"])
def test_no_document_holds_a_canary(stack: Stack, phone: Phone, database: str) -> None:
    leaks: dict[str, set[str]] = {}
    seen = b""
    with MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        for collection in client[database].list_collection_names():
            for document in client[database][collection].find():
                data = bson.encode(document)
                seen += data
                if found := phone.canaries.found(data):
                    leaks.setdefault(collection, set()).update(found)
    assert leaks == {}
    # What may be there is there: a reason of a rejection; a pseudonym.
    assert (b"VAL-031" if database == "live" else b"p1:") in seen


def test_no_answer_and_no_status_holds_a_canary(stack: Stack, phone: Phone) -> None:
    """A sender may read his own instance id in a success, and his survey and version in a problem; nothing else."""
    leaks = {}
    for about, status, data in phone.answers:
        named = ECHOED_IN_SUCCESS if status in (200, 201) else ECHOED_IN_PROBLEMS
        if found := phone.canaries.found(data, named):
            leaks[about] = found
    page = io.StringIO()
    show_status(Console(file=page, width=300), stack.folder)
    leaks["rihla status"] = phone.canaries.found(page.getvalue().encode())
    assert "validate" in page.getvalue()
    assert not any(leaks.values()), leaks


ECHOED_IN_PROBLEMS = {"survey id", "version", "form"}
ECHOED_IN_SUCCESS = {"instance id in JSON", "instance id in a line", "rejected instance", "diary", "version"}


@pytest.mark.parametrize("shift", range(3))
def test_the_search_finds_every_writing(shift: int) -> None:
    canaries = Canaries()
    for value in (canaries.text("text"), canaries.phone("phone")):
        said = f"{'x' * shift}{value}xyz"
        for data in (
            said.encode(),
            json.dumps(said).encode(),
            quote(said).encode(),
            base64.b64encode(said.encode()),
            base64.urlsafe_b64encode(said.encode()),
            said.encode().hex().encode(),
            said.casefold().encode(),
            said.encode("utf-16-le"),
            repr(ValueError(said)).encode(),
        ):
            assert canaries.found(b"..." + data + b"...") & {"text", "phone"}, data
    assert canaries.found(hashlib.sha256(canaries.phone("id").encode()).hexdigest().encode()) == {"id, hashed"}
    assert canaries.found(b"nothing of the kind") == set()
