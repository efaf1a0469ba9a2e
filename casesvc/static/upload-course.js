// What happens to a file of the queue by itself: it is hashed, sent, sealed, or held back and why. What a person does
// with the queue is in upload-queue.js.
import { Digests, UNREADABLE } from "./upload-digests.js";
import { RESTING, State, afresh, waitingState } from "./upload-entries.js";
import { Hold } from "./upload-hold.js";
import { Attempt, LARGE, giveUp, standing, whoAmI } from "./upload-sending.js";

const AT_ONCE = 3;
const LARGE_AT_ONCE = 1; // two would only share the line, and read the card in two places
const MOST_CUTS = 4; // broken connections of one file, the service being there, before a person is asked
const MOST_RESTARTS = 2;
const UNDER_WAY = [State.SENDING, State.SEALING];
const TO_GO = [State.WAITING, State.HASHING, State.READY];
export const GOING_ON = "等待续传";

// The events "change" (detail: entry), "receipt" (detail: receipt) and "state" say what happened.
export class Course extends EventTarget {
  // page: {caseNumber, holder, certificate}; kept: Kept; factsOf(entry): what is to be said of it
  constructor(page, kept, factsOf) {
    super();
    Object.assign(this, { page, kept, factsOf, entries: [], receipts: [], running: false, inOrder: false });
    this.hold = new Hold(page, () => this.tell("state"), () => this.#pump());
    this.digests = new Digests({
      changed: (entry) => this.tell("change", entry),
      hashed: (entry) => this.ready(entry, entry.note),
      failed: (entry, why) => this.fail(entry, why),
    });
  }

  tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #set(entry, state, note) {
    if (!this.entries.includes(entry)) return;
    const resting = RESTING.includes(state);
    Object.assign(entry, { state, note, rest: resting ? state : "", why: resting ? note : "" });
    this.kept.save([entry]);
    this.tell("change", entry);
    this.tell("state");
  }

  fail(entry, note) {
    this.rest(entry, State.FAILED, note);
  }

  rest(entry, state, note) {
    if (entry.attempt) return; // it goes on already
    if (entry.over) entry.acked = 0; // of an upload that has ended the service has nothing
    entry.sent = entry.acked;
    this.#set(entry, state, note);
    this.next();
  }

  // sent: more than is acknowledged where the line broke, until the service says how far it is
  ready(entry, note = "", sent = entry.acked) {
    if (entry.attempt) return;
    entry.sent = sent;
    this.#set(entry, waitingState(entry), note);
    this.next();
  }

  next() {
    this.digests.next(this.entries);
    this.#pump();
  }

  sending() {
    return this.entries.filter((entry) => entry.state === State.SENDING);
  }

  abort(entry) {
    const { attempt } = entry;
    entry.attempt = null;
    attempt?.abort();
  }

  // ── sending ──
  #pump() {
    if (!this.running || this.hold.on) return;
    const under = this.sending();
    let [free, large] = [AT_ONCE - under.length, under.filter((entry) => entry.size > LARGE).length];
    let turn = !this.entries.some((entry) => this.#inTurn(entry) && UNDER_WAY.includes(entry.state));
    for (const entry of this.#toGo()) {
      if (free <= 0) return;
      const mayGo = turn || !this.#inTurn(entry);
      if (this.#inTurn(entry)) turn = false; // those after it wait until it has its number
      if (!mayGo || entry.state !== State.READY || (entry.size > LARGE && large++ >= LARGE_AT_ONCE)) continue;
      free -= 1;
      this.#send(entry);
    }
    if (this.entries.some((entry) => !RESTING.includes(entry.state))) return;
    this.running = false; // nothing is left but for a person
    this.tell("state");
  }

  // Whether it waits for those before it: exhibit numbers are given as files are sealed.
  #inTurn(entry) {
    return this.inOrder || entry.camera;
  }

  // What is begun comes first: the service limits how much may stand unfinished.
  #toGo() {
    return this.entries.filter(({ state }) => TO_GO.includes(state)).sort((one, other) => other.announced - one.announced);
  }

  async #send(entry) {
    const attempt = this.#attempt(entry);
    entry.attempt = attempt;
    this.#set(entry, State.SENDING, "");
    if (entry.size > LARGE) this.#digest(entry).catch(({ message }) => this.#unhashed(entry, message)); // meanwhile
    const outcome = await attempt.run();
    if (entry.attempt !== attempt) return; // paused or stopped
    entry.attempt = null;
    if (outcome.done) await this.#confirm(entry);
    else await this.#refused(entry, outcome);
    this.#pump();
  }

  #attempt(entry) {
    const { announced } = entry;
    if (!announced) Object.assign(entry, { facts: this.factsOf(entry), announced: true });
    return new Attempt(entry, {
      caseNumber: this.page.caseNumber,
      announced,
      digest: () => this.#digest(entry),
      progress: (sent) => {
        entry.sent = sent;
        this.tell("change", entry);
      },
      acknowledged: (acked) => {
        entry.acked = acked;
        entry.cuts = 0;
      },
    });
  }

  // Kept before the service can have sealed the file: after a reload the receipt is held against it.
  async #digest(entry) {
    const sha256 = await this.digests.of(entry);
    await this.kept.save([entry]);
    return sha256;
  }

  #unhashed(entry, why) {
    this.abort(entry);
    this.fail(entry, why);
  }

  // The service has all of it; only its receipt says that it is an exhibit.
  async #confirm(entry) {
    entry.sent = entry.acked = entry.size;
    this.#set(entry, State.SEALING, "");
    this.#pump();
    for (let wait = 500; entry.state === State.SEALING; wait = Math.min(wait * 2, 15000)) {
      const answer = await standing(entry.sending);
      if (answer.status !== 200 || answer.body.state !== "sealing") {
        await this.#told(entry, answer);
        return;
      }
      await new Promise((resolve) => window.setTimeout(resolve, wait));
    }
  }

  async lookUp(entry) {
    const answer = await standing(entry.sending);
    if (answer.status === 404) afresh(entry);
    else if (answer.body?.state === "sealing") this.#confirm(entry);
    else if (answer.status === 200) this.#stands(entry, answer.body);
  }

  // How far it is: the service says so as soon as it has noticed that the line ended.
  async measure(entry) {
    await new Promise((resolve) => window.setTimeout(resolve, 500));
    const { body } = await standing(entry.sending);
    if (entry.attempt || body?.state !== "receiving") return;
    entry.acked = entry.sent = body.offset;
    this.kept.save([entry]);
    this.tell("change", entry);
    this.tell("state");
  }

  async #told(entry, answer) {
    if (answer.status === 200) this.#stands(entry, answer.body);
    else await this.#refused(entry, answer);
  }

  #stands(entry, { state, state_label: label, reason, offset, receipt }) {
    if (entry.attempt) return; // it goes on already, and will be told
    if (state === "sealed") {
      this.#receive(entry, receipt);
    } else if (state === "expired" || state === "lost") {
      this.#again(entry, `上次的上传已失效（${label}）`);
    } else if (state === "stopped") {
      entry.over = true;
      this.rest(entry, State.STOPPED, "服务器上已传的部分已清除。");
    } else if (state === "refused") {
      entry.over = true;
      this.fail(entry, reason ? `未登记：${reason}` : `上传已结束（${label}）。需要时点“重试”从头上传。`);
    } else {
      entry.acked = offset;
      if (entry.state === State.FAILED) this.fail(entry, entry.why);
      else this.ready(entry, entry.note);
    }
  }

  #again(entry, why) {
    if (entry.attempt) return;
    if (entry.restarts < MOST_RESTARTS) {
      entry.restarts += 1;
      this.ready(afresh(entry), `${why}，从头重新上传`);
    } else {
      entry.over = true;
      this.fail(entry, `${why}，已自动从头重传 ${MOST_RESTARTS} 次。请点“重试”，或告知管理员。`);
    }
  }

  #receive(entry, { exhibit, file, twins }) {
    this.hold.worked();
    const { id, path, name, size, lastModified, sha256, facts } = entry;
    const receipt = { id, path, name, size, lastModified, exhibit, file, twins, sha256, facts };
    this.abort(entry);
    entry.state = State.DONE;
    this.entries = this.entries.filter((each) => each !== entry);
    this.receipts.push(receipt);
    this.kept.saveReceipt(entry, receipt);
    this.tell("change", entry);
    this.tell("receipt", receipt);
    this.tell("state");
    if (exhibit.holder !== this.page.holder) {
      this.hold.login(`文件已登记在“${exhibit.holder}”名下，与本页的登录人不同。请核对登录人后再继续。`);
    }
    this.#pump();
  }

  // ── what the service or the line would not do ──
  async #refused(entry, { status, slug, detail }) {
    if (status === 0) {
      await this.#cut(entry);
    } else if (status === 401) {
      this.hold.login("登录已失效，文件都还在队列中。请在新窗口登录后回到本页，点“继续上传”。");
      this.ready(entry, GOING_ON);
    } else if (slug === "upload-unknown" || slug === "sending-reused") {
      // another person's, or none: whose session it is decides
      if (await this.hold.samePerson()) this.#again(entry, "服务器上没有这次上传");
      else this.ready(entry, GOING_ON);
    } else if (status === 410) {
      const answer = await standing(entry.sending);
      await this.#told(entry, answer);
    } else if (slug === "too-many-unfinished") {
      this.hold.service(detail);
      this.ready(afresh(entry), "等待其他文件传完"); // it was not taken up: nothing was said of it yet
    } else if (status >= 502 || [408, 409, 429].includes(status)) {
      this.hold.service(detail || "服务暂时不可用，文件都还在队列中。");
      this.ready(entry, GOING_ON);
    } else {
      entry.over ||= slug === "digest-mismatch";
      this.fail(entry, detail || `服务没有接受这个文件（${status}），请重试。`);
    }
  }

  async #cut(entry) {
    try {
      await entry.file?.slice(0, 1).arrayBuffer();
    } catch {
      this.fail(entry, UNREADABLE);
      return;
    }
    const { status } = await whoAmI();
    this.hold.network();
    if (status && !entry.attempt && ++entry.cuts >= MOST_CUTS) {
      this.fail(entry, "传送这个文件时连接多次中断，文件仍在队列中。请检查网络后重试。");
      await this.measure(entry);
    } else {
      this.ready(entry, GOING_ON, entry.sent);
    }
  }

  // "gone", "sealed" with its receipt, or "" where the service did not answer.
  async givenUp(entry) {
    const { status } = await giveUp(entry.sending);
    if (status === 204 || status === 404) return "gone";
    if (status !== 410) return "";
    const { body } = await standing(entry.sending);
    if (body?.state !== "sealed") return "gone";
    this.#receive(entry, body.receipt);
    return "sealed";
  }
}
