// SHA-256 of files in workers: the page's thread never blocks.
import { LARGE } from "./upload-sending.js";
import { State } from "./upload-entries.js";

export const UNREADABLE = "读不到这个文件：可能已被移动、改动或存储卡已拔出。请重新选择该文件。";
const NO_WORKER = "浏览器不能计算校验值，文件未上传。请换用新版浏览器，或联系管理员。";

// A worker that takes one file after the other.
class Hasher {
  constructor() {
    this.jobs = new Map(); // by number: {resolve, reject, read}
    this.next = 1;
    this.worker = new Worker("/static/digest-worker.js");
    this.worker.onmessage = ({ data }) => this.#told(data);
    this.worker.onerror = () => {
      this.broken = true;
      for (const job of this.jobs.values()) job.reject(new Error(NO_WORKER));
      this.jobs.clear();
    };
  }

  // read(bytes) is told how far it is. Returns {sha256: promise of 64 hex digits, drop}; a dropped one never ends.
  digest(file, read) {
    const id = this.next++;
    const sha256 = new Promise((resolve, reject) => {
      if (this.broken) reject(new Error(NO_WORKER));
      this.jobs.set(id, { resolve, reject, read });
      this.worker.postMessage({ id, file });
    });
    const drop = () => {
      if (this.jobs.delete(id)) this.worker.postMessage({ drop: id });
    };
    return { sha256, drop };
  }

  #told({ id, read, sha256, fault }) {
    const job = this.jobs.get(id);
    if (!job) return;
    if (read !== undefined) {
      job.read(read);
      return;
    }
    this.jobs.delete(id);
    if (sha256) job.resolve(sha256);
    else job.reject(new Error(fault === undefined ? NO_WORKER : UNREADABLE));
  }
}

// The digests of a queue: small files one at a time ahead of sending, a large one while it is sent, beside the others.
export class Digests {
  // changed(entry); hashed(entry) is READY by its digest; failed(entry, why)
  constructor({ changed, hashed, failed }) {
    Object.assign(this, { changed, hashed, failed, current: null, small: new Hasher(), large: new Hasher() });
  }

  // Hash the next of the entries that waits for it.
  async next(entries) {
    if (this.current) return;
    const entry = entries.find((each) => each.state === State.WAITING);
    if (!entry) return;
    this.current = entry;
    entry.state = State.HASHING;
    this.changed(entry);
    const why = await this.of(entry).then(() => "", ({ message }) => message);
    if (this.current !== entry) return;
    this.current = null;
    if (why) this.failed(entry, why);
    else this.hashed(entry);
  }

  // The digest of an entry, taken now if it is not known.
  async of(entry) {
    if (entry.sha256) return entry.sha256;
    const hasher = entry.size > LARGE ? this.large : this.small;
    entry.digest ??= hasher.digest(entry.file, (read) => {
      entry.read = read;
      this.changed(entry);
    });
    const { digest } = entry;
    try {
      const sha256 = await digest.sha256;
      if (entry.digest === digest) entry.sha256 = sha256;
      return sha256;
    } finally {
      if (entry.digest === digest) entry.digest = null;
    }
  }

  drop(entry) {
    entry.digest?.drop();
    entry.digest = null;
    if (this.current === entry) this.current = null;
  }
}
