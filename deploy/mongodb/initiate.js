// Makes the three members one replica set, and waits until it takes writes. Run by mongosh, connected to the first
// member directly; safe to run again.
const MEMBERS = ["mongodb-1:27017", "mongodb-2:27017", "mongodb-3:27017"];
const NOT_YET_INITIALIZED = 94;
const WAIT_S = 60;  // an election takes 10 s at most

function initiated() {
  try {
    return rs.status().ok === 1;
  } catch (error) {
    if (error.code === NOT_YET_INITIALIZED) return false;
    throw error;
  }
}

if (!initiated()) {
  rs.initiate({
    _id: "rs0",
    // The first is preferred as primary, because it is the one whose port is published on the host.
    members: MEMBERS.map((host, place) => ({ _id: place, host, priority: place === 0 ? 2 : 1 })),
  });
}

const deadline = Date.now() + WAIT_S * 1000;
while (!db.hello().primary) {
  if (Date.now() > deadline) {
    print(`The replica set has no primary after ${WAIT_S} s: look at the logs of ${MEMBERS.join(", ")}.`);
    quit(1);
  }
  sleep(500);
}
print(`The primary is ${db.hello().primary}.`);
