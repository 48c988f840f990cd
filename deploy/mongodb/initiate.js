// Makes the three members one replica set, waits until it takes writes, and makes the administrator and the users of
// roles.json, or gives them the passwords of their files. Run by mongosh without a connection (--nodb), in the network
// of the first member; safe to run again.
//
// MongoDB lets whoever comes from its own loopback make the first user, and nobody after that: so this runs in the
// first member's network (network_mode in docker-compose.yml) and comes by 127.0.0.1.
const fs = require("fs");
const MEMBERS = ["mongodb-1:27017", "mongodb-2:27017", "mongodb-3:27017"];
const FIRST = "mongodb://127.0.0.1:27017/?directConnection=true";
const ROOT = "root";
const NOT_YET_INITIALIZED = 94;
const AUTHENTICATION_FAILED = 18;
const USER_EXISTS = 51003;
const ROLE_EXISTS = 51002;
const WAIT_S = 60;  // an election takes 10 s at most

function password(user) {
  return fs.readFileSync(`/credentials/${user}/password`, "utf8").trim();
}

// Whether there is an administrator, with the password of the file.
function authenticated(admin) {
  try {
    return admin.auth(ROOT, password(ROOT)).ok === 1;
  } catch (error) {
    if (error.code === AUTHENTICATION_FAILED) return false;
    throw error;
  }
}

// The answer also where it is an error, which mongosh throws.
function run(admin, command) {
  try {
    return admin.runCommand(command);
  } catch (error) {
    if (error.code === undefined) throw error;
    return { ok: 0, code: error.code, errmsg: error.message };
  }
}

function initiated(admin) {
  const answer = run(admin, { replSetGetStatus: 1 });
  if (answer.ok === 1) return true;
  if (answer.code === NOT_YET_INITIALIZED) return false;
  throw new Error(`${answer.errmsg} (the password of ${ROOT} is not that of its file, or a member is damaged)`);
}

function must(answer) {
  if (answer.ok !== 1) throw new Error(answer.errmsg);
}

// Runs what makes something; what changes it, if it is there.
function makeOrChange(admin, make, change, exists) {
  const answer = run(admin, make);
  must(answer.code === exists ? run(admin, change) : answer);
}

const first = new Mongo(FIRST).getDB("admin");
const known = authenticated(first);
if (!initiated(first)) {
  must(run(first, {
    replSetInitiate: {
      _id: "rs0",
      // The first is preferred as primary, because it is the one whose port is published on the host.
      members: MEMBERS.map((host, place) => ({ _id: place, host, priority: place === 0 ? 2 : 1 })),
    },
  }));
}

const deadline = Date.now() + WAIT_S * 1000;
while (!run(first, { hello: 1 }).isWritablePrimary) {
  if (Date.now() > deadline) {
    print(`The first member is not the primary after ${WAIT_S} s: look at the logs of ${MEMBERS.join(", ")}.`);
    quit(1);
  }
  sleep(500);
}

if (!known) {
  must(run(first, { createUser: ROOT, pwd: password(ROOT), roles: [{ role: "root", db: "admin" }] }));
  authenticated(first);
}
for (const { name, privileges, roles } of JSON.parse(fs.readFileSync("/roles.json", "utf8"))) {
  makeOrChange(
    first,
    { createRole: name, privileges, roles },
    { updateRole: name, privileges, roles },
    ROLE_EXISTS,
  );
  const user = { pwd: password(name), roles: [{ role: name, db: "admin" }] };
  makeOrChange(first, { createUser: name, ...user }, { updateUser: name, ...user }, USER_EXISTS);
}
print("The replica set takes writes, and its users are there.");
