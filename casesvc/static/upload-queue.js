// The queue of files. Nothing leaves it but by a receipt or by a person who removes it. It knows nothing of the page.
import { Course, GOING_ON } from "./upload-course.js";
import { Known, RESTING, State, afresh, begun, entryOf, omittedOf } from "./upload-entries.js";

const LARGEST_KEPT = 100 * 1024 * 1024; // bytes

export class Queue extends Course {
  // files: [{file, path, own, keep, camera}]. Returns {fresh, again, waiting, stopped, registered}: new entries, entries
  // that have got their file (again), and how many are in the queue, were stopped or have a receipt already.
  add(files) {
    const found = { fresh: [], again: [], waiting: 0, stopped: 0, registered: 0 };
    const [entries, receipts] = [new Known(this.entries), new Known(this.receipts)];
    for (const { file, path, own = {}, keep = false, camera = false } of files) {
      const known = entries.of(file, path);
      if (known) {
        const wanted = (known.state === State.MISSING || known.state === State.FAILED) && !found.again.includes(known);
        if (wanted) found.again.push(Object.assign(known, { file }));
        else if (known.state === State.STOPPED) found.stopped += Boolean(Object.assign(known, { file }));
        else found.waiting += 1;
      } else if (receipts.of(file, path)) {
        found.registered += 1;
      } else {
        const entry = entryOf(file, path, own, camera);
        entries.add(entry);
        found.fresh.push(entry);
        if (keep && file.size <= LARGEST_KEPT) this.#keepFile(entry);
      }
    }
    this.entries.push(...found.fresh);
    this.kept.save(found.fresh);
    for (const entry of found.again) {
      if (entry.state === State.FAILED) this.retry(entry);
      else this.ready(entry);
    }
    this.next();
    return found;
  }

  // Files there is nothing to send of: [{file: {name, …}, path, why}]. Returns the new entries.
  omit(files) {
    const known = new Known(this.entries);
    const fresh = files.filter(({ file, path }) => !known.of(file, path)).map(({ file, path, why }) => omittedOf(file, path, why));
    this.entries.push(...fresh);
    this.kept.save(fresh);
    return fresh;
  }

  // What was kept before a reload.
  restore({ entries, receipts }) {
    this.receipts = receipts;
    this.entries = entries.sort((one, other) => one.order - other.order).map(begun);
  }

  // Ask what became of the restored meanwhile, and go on if the queue was running.
  async resume(running) {
    for (const entry of this.entries.filter((each) => each.announced && !each.over)) await this.lookUp(entry);
    if (running && this.entries.length) this.start();
    else this.next();
  }

  // Take files out of the queue; of those begun the service removes what it has. Returns those that are out.
  async remove(entries) {
    const out = [];
    for (const entry of entries.filter(({ state }) => state !== State.SENDING && state !== State.SEALING)) {
      this.digests.drop(entry);
      const begun = entry.announced && !entry.over;
      if (!begun || (await this.givenUp(entry)) !== "sealed") out.push(entry);
      this.abort(entry); // the queue may have gone on with it meanwhile
    }
    const gone = new Set(out);
    this.entries = this.entries.filter((each) => !gone.has(each));
    await this.kept.forget(out);
    this.tell("state");
    this.next();
    return out;
  }

  // Stop one file that is being sent; what has come in of it is removed, and it stays in the queue.
  async stop(entry) {
    this.abort(entry);
    this.digests.drop(entry);
    const end = await this.givenUp(entry);
    if (end === "sealed") return;
    entry.over = true;
    this.rest(entry, State.STOPPED, end ? "服务器上已传的部分已清除。" : "没能通知服务器，已传的部分过期后自动清除。");
  }

  retry(entry) {
    if (entry.state !== State.FAILED && entry.state !== State.STOPPED) return;
    entry.cuts = entry.restarts = 0;
    if (entry.over) afresh(entry).sha256 = "";
    this.ready(entry);
  }

  start() {
    this.running = true;
    this.tell("state");
    this.next();
  }

  // Nothing new is begun, and what is under way stops where the service has acknowledged it.
  pause() {
    this.running = false;
    for (const entry of this.sending()) {
      this.abort(entry);
      this.ready(entry, "已暂停", entry.sent);
      this.measure(entry);
    }
    this.tell("state");
  }

  // The browser says that there is no network: what is under way would only hang.
  cutOff() {
    if (!this.sending().length) return;
    this.hold.network();
    for (const entry of this.sending()) {
      this.abort(entry);
      this.ready(entry, GOING_ON, entry.sent);
    }
  }

  // Go on after the queue held itself: at once, when a person asks or the line is there again.
  async goOn() {
    if (!(await this.hold.released())) return;
    for (const entry of this.sending()) {
      this.abort(entry);
      this.ready(entry, "", entry.sent);
    }
    this.next();
  }

  get unfinished() {
    return this.entries.length;
  }

  totals() {
    const count = (...states) => this.entries.filter((entry) => states.includes(entry.state)).length;
    const going = this.entries.filter((entry) => !RESTING.includes(entry.state));
    const done = this.receipts.reduce((sum, each) => sum + each.size, 0);
    return {
      begun: this.receipts.length > 0 || this.entries.some((entry) => entry.announced),
      files: this.entries.length + this.receipts.length,
      done: this.receipts.length,
      failed: count(State.FAILED),
      stopped: count(State.STOPPED),
      omitted: count(State.OMITTED),
      resting: count(...RESTING),
      missing: count(State.MISSING),
      sending: count(State.SENDING, State.SEALING),
      bytes: this.entries.reduce((sum, entry) => sum + entry.size, done),
      sent: this.entries.reduce((sum, entry) => sum + entry.sent, done),
      left: going.reduce((sum, entry) => sum + entry.size - entry.sent, 0),
    };
  }

  async #keepFile(entry) {
    entry.keeping = (await this.kept.saveFile(entry)) ? "kept" : "full";
    if (this.entries.includes(entry)) await this.kept.save([entry]);
    else await this.kept.forget([entry]);
    this.tell("change", entry);
  }
}
