// The queue of files: each is hashed, sent, and answered with a receipt. Nothing leaves it but by a receipt or by a
// person who removes it. It knows nothing of the page; it tells what changed by events.

const AT_ONCE = 2;
const MOST_CUTS = 4; // broken connections of one file before a person is asked
const PAUSES = [5, 10, 20, 40, 60]; // seconds before the queue tries again by itself
const UNREADABLE = "读不到这个文件：可能已被移动、改动或存储卡已拔出。请重新选择该文件。";

export const State = Object.freeze({
  WAITING: "waiting", // to be hashed
  HASHING: "hashing",
  READY: "ready",
  SENDING: "sending",
  FAILED: "failed",
  DONE: "done",
});

// The events "change" (detail: entry), "receipt" (detail: entry) and "state" say what happened.
export class Queue extends EventTarget {
  // page: {api, holder, certificate}; factsOf(entry): {kind, category, place, witness} at the time of sending
  constructor(page, factsOf) {
    super();
    this.page = page;
    this.factsOf = factsOf;
    this.entries = [];
    this.receipts = [];
    this.running = false;
    this.held = null; // {kind, text, until}
    this.next = 1;
    this.holds = 0;
    this.worker = new Worker("/static/digest-worker.js");
    this.worker.onmessage = ({ data }) => this.#hashed(data);
    this.worker.onerror = () => this.#hashless();
  }

  // Returns how many of the files are new to the queue.
  add(files) {
    const known = new Set(this.entries.map((entry) => entry.key));
    const fresh = [];
    for (const { file, path } of files) {
      const key = `${path}|${file.size}|${file.lastModified}`;
      if (known.has(key)) continue;
      known.add(key);
      const entry = {
        id: this.next++, key, file, path, sending: sendingName(), state: State.WAITING, sha256: "", read: 0, sent: 0, note: "",
      };
      fresh.push(Object.assign(entry, { cuts: 0, request: null, receipt: null }));
    }
    this.entries.push(...fresh);
    this.#hash();
    return fresh;
  }

  remove(entry) {
    if (entry.state === State.SENDING) return;
    if (entry.state === State.HASHING) this.worker.postMessage({ drop: entry.id });
    this.entries = this.entries.filter((each) => each !== entry);
    this.#hash();
    this.#tell("state");
  }

  // Stop one file that is being sent; it stays in the queue.
  stop(entry) {
    entry.request?.abort();
  }

  retry(entry) {
    if (entry.state !== State.FAILED) return;
    entry.cuts = 0;
    this.#set(entry, entry.sha256 ? State.READY : State.WAITING, "");
    this.#hash();
    this.#pump();
  }

  start() {
    this.running = true;
    this.#tell("state");
    this.#pump();
  }

  pause() {
    this.running = false;
    this.#tell("state");
  }

  // Go on after the queue held itself: at once, when a person asks.
  async goOn() {
    window.clearTimeout(this.timer);
    if (this.held?.kind === "login" && !(await this.#samePerson())) return;
    this.held = null;
    this.#tell("state");
    this.#pump();
  }

  get unfinished() {
    return this.entries.length;
  }

  totals() {
    const all = [...this.entries, ...this.receipts];
    const going = this.entries.filter((entry) => entry.state !== State.FAILED);
    return {
      files: all.length,
      done: this.receipts.length,
      failed: this.entries.length - going.length,
      sending: this.entries.filter((entry) => entry.state === State.SENDING).length,
      hashing: this.entries.filter((entry) => entry.state === State.HASHING || entry.state === State.WAITING).length,
      bytes: all.reduce((sum, entry) => sum + entry.file.size, 0),
      sent: all.reduce((sum, entry) => sum + entry.sent, 0),
      left: going.reduce((sum, entry) => sum + entry.file.size - entry.sent, 0),
    };
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #set(entry, state, note = entry.note) {
    entry.state = state;
    entry.note = note;
    this.#tell("change", entry);
    this.#tell("state");
  }

  #fail(entry, note) {
    entry.sent = 0;
    this.#set(entry, State.FAILED, note);
  }

  // ── digests: one file at a time, so that removing another needs no more than leaving it out ──
  #hash() {
    if (this.entries.some((entry) => entry.state === State.HASHING)) return;
    const entry = this.entries.find((each) => each.state === State.WAITING);
    if (!entry) return;
    this.#set(entry, State.HASHING, "");
    this.worker.postMessage({ id: entry.id, file: entry.file });
  }

  #hashed({ id, read, sha256, fault }) {
    const entry = this.entries.find((each) => each.id === id);
    if (!entry || entry.state !== State.HASHING) return;
    if (read !== undefined) {
      entry.read = read;
      this.#tell("change", entry);
      return;
    }
    entry.sha256 = sha256 || "";
    if (fault) this.#fail(entry, UNREADABLE);
    else this.#set(entry, State.READY, "");
    this.#hash();
    this.#pump();
  }

  #hashless() {
    for (const entry of this.entries.filter((each) => each.state === State.HASHING || each.state === State.WAITING)) {
      this.#fail(entry, "浏览器不能计算校验值，文件未上传。请换用新版浏览器，或联系管理员。");
    }
  }

  // ── sending ──
  #pump() {
    if (!this.running || this.held) return;
    let free = AT_ONCE - this.entries.filter((entry) => entry.state === State.SENDING).length;
    for (const entry of this.entries.filter((each) => each.state === State.READY)) {
      if (free-- <= 0) return;
      this.#send(entry);
    }
    if (!this.entries.some((entry) => entry.state !== State.FAILED)) this.pause();
  }

  async #send(entry) {
    entry.sent = 0;
    this.#set(entry, State.SENDING, "");
    const answer = await this.#post(entry);
    if (answer.status >= 200 && answer.status < 300 && answer.body?.exhibit) {
      this.#receive(entry, answer.body);
    } else if (answer.stopped) {
      this.#fail(entry, "已停止传送，文件仍在队列中。");
    } else {
      await this.#refused(entry, answer);
    }
    this.#pump();
  }

  #post(entry) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      entry.request = request;
      request.open("POST", this.#url(entry));
      const headers = {
        ...this.#headers(),
        "content-digest": `sha-256=:${base64(entry.sha256)}:`,
        // Sent again because the answer did not arrive, by the queue or by the browser itself, it is answered with the
        // exhibit that it became: one file, one exhibit.
        "idempotency-key": entry.sending,
      };
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => {
        entry.sent = Math.min(event.loaded, entry.file.size);
        this.#tell("change", entry);
      };
      request.upload.onload = () => {
        entry.sent = entry.file.size;
        this.#tell("change", entry);
      };
      const end = (outcome) => {
        entry.request = null;
        resolve(outcome);
      };
      request.onload = () => end({ status: request.status, body: parsed(request.responseText) });
      request.onerror = () => end({ status: 0 });
      request.onabort = () => end({ status: 0, stopped: true });
      request.send(entry.file);
    });
  }

  #receive(entry, receipt) {
    this.holds = 0;
    entry.sent = entry.file.size;
    entry.receipt = { ...receipt, equal: receipt.file.sha256 === entry.sha256 };
    this.entries = this.entries.filter((each) => each !== entry);
    this.receipts.push(entry);
    this.#set(entry, State.DONE, "");
    this.#tell("receipt", entry);
    if (receipt.exhibit.holder !== this.page.holder) {
      this.#hold("login", `文件已登记在“${receipt.exhibit.holder}”名下，与本页的登录人不同。请核对登录人后再继续。`);
    }
    this.#pump();
  }

  async #refused(entry, answer) {
    if (answer.status === 0) {
      await this.#cut(entry);
    } else if (answer.status === 401) {
      this.#keep(entry);
      this.#hold("login", "登录已失效，文件都还在队列中。请在新窗口登录后回到本页，点“继续上传”。");
    } else if (answer.status >= 502 || answer.status === 429 || answer.status === 408) {
      this.#keep(entry);
      this.#hold("service", answer.body?.detail || "服务暂时不可用，文件都还在队列中。");
    } else {
      this.#fail(entry, answer.body?.detail || `服务没有接受这个文件（${answer.status}），请重试。`);
    }
  }

  // No answer came. A service that refuses before it has read a large file looks the same to a browser as a broken
  // line, so it is asked once more without the bytes: what it says then is why.
  async #cut(entry) {
    try {
      await entry.file.slice(0, 1).arrayBuffer();
    } catch {
      this.#fail(entry, UNREADABLE);
      return;
    }
    const asked = await call(this.#url(entry), { method: "POST", headers: this.#headers(), body: "" });
    const slug = String(asked.body?.type || "").split(":").pop();
    const refusal = asked.status >= 400 && asked.status < 500 && asked.status !== 401 && asked.status !== 429;
    if (refusal && slug !== "empty-file") {
      this.#fail(entry, asked.body?.detail || `服务没有接受这个文件（${asked.status}），请重试。`);
    } else if (asked.status === 401 || asked.status >= 502) {
      await this.#refused(entry, asked);
    } else if (++entry.cuts >= MOST_CUTS) {
      this.#fail(entry, "传送这个文件时连接多次中断，文件仍在队列中。请检查网络后重试。");
    } else {
      this.#keep(entry);
      this.#hold("network", "与服务的连接中断，文件都还在队列中，没有丢失。");
    }
  }

  #keep(entry) {
    entry.sent = 0;
    this.#set(entry, State.READY, "等待重传");
  }

  #hold(kind, text) {
    // two files are under way at once: the second says nothing new
    if (this.held && (this.held.kind === "login" || kind !== "login")) return;
    window.clearTimeout(this.timer);
    const seconds = kind === "login" ? 0 : PAUSES[Math.min(this.holds++, PAUSES.length - 1)];
    this.held = { kind, text, until: seconds ? Date.now() + seconds * 1000 : 0 };
    if (seconds) this.timer = window.setTimeout(() => this.goOn(), seconds * 1000);
    this.#tell("state");
  }

  async #samePerson() {
    const { status, body } = await call("/api/v1/session", { headers: { accept: "application/json" } });
    const same = status === 200 && body.certificate === this.page.certificate;
    if (!same) {
      const text = status === 200 ? `现在登录的是“${body.name}”，不是打开本页的人，不能继续上传。` : "仍未登录，";
      this.held = { kind: "login", text: `${text}请由“${this.page.holder}”登录后再继续。`, until: 0 };
      this.#tell("state");
    }
    return same;
  }

  #url(entry) {
    const facts = { file_name: entry.file.name, ...this.factsOf(entry) };
    const given = Object.entries(facts).filter(([, value]) => value);
    return `${this.page.api}/files?${new URLSearchParams(given)}`;
  }

  #headers() {
    const token = document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
    return {
      accept: "application/json",
      "content-type": "application/octet-stream",
      "x-csrftoken": token ? decodeURIComponent(token.slice("csrftoken=".length)) : "",
    };
  }
}

/** A name for one sending of one file; crypto.randomUUID is missing on plain HTTP. */
function sendingName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(hex) {
  return btoa(String.fromCharCode(...hex.match(/../g).map((pair) => Number.parseInt(pair, 16))));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function call(url, options) {
  try {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    return { status: answer.status, body: parsed(await answer.text()) };
  } catch {
    return { status: 0, body: null };
  }
}
