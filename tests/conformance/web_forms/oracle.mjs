// Answers, line by line, what ODK Web Forms (@getodk/xforms-engine) makes of forms and submissions.
//
//   node oracle.mjs FOLDER          FOLDER holds node_modules
//
// Each line of stdin is one command in JSON, each line of stdout one answer:
//   {"form": "<h:html ..", "files": {"towns.csv": "base64"}}     {"loaded": true}
//   {"submission": "<data ..", "now": 1717000000000}             {"leaves": [[reference, relevant, value, violation]],
//                                                                 "saved": "<data .."}
// or {"error": "class of the error", "why": "its text"}. The answers of a submission never stand in `why`: it is sent
// about forms, and of functions that the engine does not have. `reference` is a path with row numbers ("/data/member[2]/age"), `violation` "", "required" or
// "constraint", `saved` what the browser would send. A form stays loaded until the next one. `now` is the moment (epoch, milliseconds) that today() tells.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const fromFolder = createRequire(`${folder}/package.json`);

// What a browser has and node has not.
const { JSDOM } = fromFolder("jsdom");
const { window } = new JSDOM("<!doctype html>");
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis) && /^([A-Z]|document$|window$)/.test(name)) globalThis[name] = window[name];
}
// The loader of the engine's parser (tree-sitter, compiled to WebAssembly) looks for them although it is a module.
globalThis.require = fromFolder;
globalThis.__dirname = folder;

// Whatever a library prints must not stand between the answers.
for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {};

let present = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length) super(...given);
    else super(present);
  }
  static now() {
    return present;
  }
};

const engine = await import(pathToFileURL(fromFolder.resolve("@getodk/xforms-engine")).href);

// An instance stays registered with its form, so a form that has served many is loaded anew and the old one forgotten.
const INSTANCES_PER_LOAD = 100;
let current = null;
let served = 0;

async function load({ form, files }) {
  const fetchFormAttachment = async (address) => {
    const name = decodeURIComponent(String(address).split("/").pop());
    const content = files?.[name];
    if (content === undefined) return new Response("", { status: 404 });
    return new Response(Buffer.from(content, "base64"), { headers: { "content-type": typeOf(name) } });
  };
  const result = await engine.loadForm(form, { fetchFormAttachment });
  if (result.status === "failure") throw result.error.cause ?? result.error;
  served = 0;
  return result;
}

const TYPES = { csv: "text/csv", xml: "text/xml", geojson: "application/geo+json" };

function typeOf(name) {
  return TYPES[name.split(".").pop().toLowerCase()] ?? "application/octet-stream";
}

async function open(submission) {
  if (served++ >= INSTANCES_PER_LOAD) current.result = await load(current.command);
  const data = new FormData();
  data.append("xml_submission_file", new File([submission], "xml_submission_file", { type: "text/xml" }));
  const { root } = await current.result.restoreInstance({ data: [data] });
  const leaves = [];
  walk(root, leaves);
  return { leaves, saved: root.instanceState.instanceXML };
}

function walk(node, leaves) {
  const children = node.currentState.children;
  if (children === null) {
    const { reference, relevant, instanceValue } = node.currentState;
    leaves.push([reference, relevant, instanceValue, node.validationState.violation?.condition ?? ""]);
  } else {
    for (const child of children) walk(child, leaves);
  }
}

const UNKNOWN_FUNCTION = /^Function '[\w:-]+' is not defined\.$/;

function failure(error, text) {
  const first = error?.errors?.[0] ?? error?.cause ?? error;
  const answer = { error: first?.constructor?.name ?? "Error" };
  if (text || UNKNOWN_FUNCTION.test(first?.message)) answer.why = String(first?.message ?? first).slice(0, 300);
  return answer;
}

async function answer(command) {
  if (command.form !== undefined) {
    current = null;
    try {
      current = { command, result: await load(command) };
      return { loaded: true };
    } catch (error) {
      return failure(error, true);
    }
  }
  if (current === null) return { error: "NoForm" };
  present = command.now;
  try {
    return await open(command.submission);
  } catch (error) {
    return failure(error, false);
  }
}

process.stdout.write('{"ready": true}\n');
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
