"""Requests that succeed, and that fail in every way known, each with canaries wherever something can stand."""

import json
from urllib.parse import quote

from tests.canaries.interviews import TYPED, Tree, as_json, as_xml, household
from tests.canaries.phone import MULTIPART, Phone


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
    assert phone.xml(root.replace(b"</data>", root[root.index(b"qZ7x") :][:16].join((b"</", b">")))) == 201
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
        phone.xml(good.replace(b'version="3"', b'version="%s"' % c.word("version").encode(), 2)),
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
        phone.json(b'{"version": "3", "instance": "%s", "answers": {' % c.phone("instance id").encode()),
        phone.json({**as_json({}, c.phone("instance id")), c.word("JSON key"): c.text("unknown")}),
        phone.json([c.text("list")]),
        phone.json(as_json(household(c), c.phone("instance id") + "\n")),
        phone.json({"version": c.word("version"), "instance": c.phone("instance id"), "answers": {}}),
        phone.json({"version": {c.word("version"): 1}, "instance": c.phone("instance id"), "answers": {}}),
        phone.json({"version": "3", "instance": [c.phone("instance id")], "answers": c.text("answers")}),
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


ECHOED_IN_PROBLEMS = {"survey id", "version", "form"}
ECHOED_IN_SUCCESS = {"instance id in JSON", "instance id in a line", "rejected instance", "diary", "version"}
"""A sender may read his own instance id in a success, and his survey and version in a problem; nothing else."""
