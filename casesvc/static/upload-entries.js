// A file on its way to being an exhibit, as the queue and the page know it.
import { LARGE, sendingName } from "./upload-sending.js";

export const State = Object.freeze({
  WAITING: "waiting", // to be hashed
  HASHING: "hashing",
  READY: "ready",
  SENDING: "sending",
  SEALING: "sealing", // all sent, the service makes it an exhibit
  FAILED: "failed",
  STOPPED: "stopped", // by the person
  OMITTED: "omitted", // nothing to send: empty or unreadable; named until the person takes it out
  MISSING: "missing", // after a reload, until its file is chosen again
  DONE: "done",
});

// Nothing more happens to these by itself.
export const RESTING = [State.FAILED, State.STOPPED, State.OMITTED];

const order = { next: Date.now() * 1000 };

// own: facts said of this file alone; sent: bytes gone out; acked: bytes the service has; over: its upload has ended;
// rest: one of RESTING or "", and why; camera: taken on this phone.
export function entryOf(file, path, own, camera = false) {
  const { name, type, size, lastModified } = file;
  const entry = { id: sendingName(), file, path, name, type, size, lastModified, own, sha256: "", restarts: 0 };
  return begun({ ...entry, ...unannounced(), keeping: "", rest: "", why: "", camera, order: order.next++ });
}

export function omittedOf(file, path, why) {
  return begun({ ...entryOf(file, path, {}), file: null, rest: State.OMITTED, why });
}

// An entry that was kept over a reload, with its file or without.
export function begun(kept) {
  const entry = { ...kept, note: kept.why, digest: null, read: 0, sent: kept.acked, cuts: 0, attempt: null };
  return { ...entry, state: kept.rest || waitingState(entry) };
}

// The entry, to be announced as a new upload.
export function afresh(entry) {
  return Object.assign(entry, { ...unannounced(), sent: 0 });
}

function unannounced() {
  return { sending: sendingName(), announced: false, over: false, facts: null, acked: 0 };
}

// Where a file waits that is not under way.
export function waitingState(entry) {
  if (!entry.file) return State.MISSING;
  return entry.sha256 || entry.size > LARGE ? State.READY : State.WAITING;
}

// What is known already, to be found by a file and its path: the same card may be chosen at another folder, or file by
// file.
export class Known {
  constructor(list) {
    this.found = new Map();
    for (const each of list) this.add(each);
  }

  add(each) {
    this.found.set(identity(each), [...(this.found.get(identity(each)) || []), each]);
  }

  of(file, path) {
    return this.found.get(identity(file))?.find((each) => samePlace(each.path, path));
  }
}

function identity({ name, size, lastModified }) {
  return `${name}|${size}|${lastModified}`;
}

function samePlace(one, other) {
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}
