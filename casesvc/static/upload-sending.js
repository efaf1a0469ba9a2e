// One attempt at sending one file by the tus protocol, and what else the service is asked about an upload.
/* global tus */

const MIB = 1024 * 1024;
const PIECE = 64 * MIB; // the service answers each; what it has taken in it keeps, answered or not
export const LARGE = PIECE; // above it a file is hashed while it is sent, below it before
const ENDPOINT = `${window.location.origin}/api/v1/uploads`;
const STALLED = 60; // seconds without a byte going out
const UNANSWERED = 600; // seconds after the last byte: the service may have to read a large file back
const MOVED_ON = ["offset-differs", "upload-taken-over"];
const LONGEST_PATH = 500;

export class Attempt {
  // entry: {file, path, sending, sha256, facts}; announced: whether the service may know it already;
  // digest(): promise of its SHA-256; progress(bytes) went out, acknowledged(bytes) are safe
  constructor(entry, { caseNumber, announced, digest, progress, acknowledged }) {
    Object.assign(this, { entry, digest, progress, acknowledged, ended: false, waiting: false, sent: 0 });
    this.moved = Date.now();
    this.upload = new tus.Upload(entry.file, {
      endpoint: ENDPOINT,
      uploadUrl: announced ? `${ENDPOINT}/${entry.sending}` : null,
      metadata: metadataOf(entry, caseNumber),
      chunkSize: PIECE,
      uploadDataDuringCreation: entry.file.size <= PIECE,
      storeFingerprintForResuming: false,
      fingerprint: () => Promise.resolve(null),
      retryDelays: [0, 1000, 3000, 5000],
      // where it is, the service says; a line that broke is tried again once before anybody hears of it
      onShouldRetry: (error, attempt) => {
        const { status, slug } = answerOf(error);
        return !this.ended && (MOVED_ON.includes(slug) || (status === 0 && attempt === 0 && navigator.onLine));
      },
      onBeforeRequest: (request) => this.#prepare(request),
      onProgress: (sent) => this.#moved(sent, progress),
      onChunkComplete: (_size, accepted) => this.#moved(accepted, acknowledged),
      onSuccess: () => this.#end({ done: true }),
      onError: (error) => this.#end(answerOf(error)),
    });
  }

  // Resolves to {done: true} when the service has all of it, else to {status, slug, detail}; status 0 without answer.
  run() {
    this.watch = window.setInterval(() => this.#look(), 5000);
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.upload.start();
    });
  }

  // Stop at once; what the service has acknowledged stays.
  abort() {
    this.upload.abort(false);
    this.#end({ aborted: true });
  }

  // The piece that ends the file says what all of it hashes to: nothing is sealed without.
  async #prepare(request) {
    if (request.getMethod() === "PATCH") {
      const offset = Number(request.getHeader("Upload-Offset"));
      if (offset + PIECE >= this.entry.file.size) {
        this.waiting = true;
        const sha256 = await this.digest();
        this.waiting = false;
        this.moved = Date.now();
        request.setHeader("Repr-Digest", `sha-256=:${base64(sha256)}:`);
      }
    }
    if (this.ended) throw new Error("stopped"); // a request that is only opened cannot be aborted
    for (const [name, value] of Object.entries(headers())) request.setHeader(name, value);
  }

  #moved(bytes, tell) {
    if (this.ended) return;
    this.moved = Date.now();
    this.sent = bytes;
    tell(bytes);
  }

  #look() {
    const patience = this.sent >= this.entry.file.size ? UNANSWERED : STALLED;
    if (this.waiting || Date.now() - this.moved < patience * 1000) return;
    this.upload.abort(false);
    this.#end({ status: 0, slug: "", detail: "" });
  }

  #end(outcome) {
    this.ended = true;
    window.clearInterval(this.watch);
    this.resolve?.(outcome);
  }
}

// How an upload stands: {status, body}.
export function standing(sending) {
  return call(`${ENDPOINT}/${sending}`);
}

// Give an upload up: {status}, 410 where it has ended already.
export function giveUp(sending) {
  return call(`${ENDPOINT}/${sending}`, { method: "DELETE", headers: { ...headers(), "tus-resumable": "1.0.0" }, keepalive: true });
}

export function whoAmI() {
  return call("/api/v1/session");
}

export function uploadsOf(caseNumber) {
  return call(`/api/v1/cases/${encodeURIComponent(caseNumber)}/uploads`);
}

/** A name for one sending of one file; crypto.randomUUID is missing on plain HTTP. */
export function sendingName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function call(url, options = {}) {
  try {
    const answer = await fetch(url, { credentials: "same-origin", headers: headers(), cache: "no-store", ...options });
    return { status: answer.status, ...told(await answer.text()) };
  } catch {
    return { status: 0, body: null, slug: "", detail: "" };
  }
}

function answerOf(error) {
  const answer = error.originalResponse;
  return { status: answer ? answer.getStatus() : 0, ...told(answer ? answer.getBody() : "") };
}

function told(text) {
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // no body, or one that is not the service's
  }
  return { body, slug: String(body?.type || "").split(":").pop(), detail: body?.detail || "" };
}

function metadataOf(entry, caseNumber) {
  const folder = entry.path.slice(0, Math.max(0, entry.path.length - entry.name.length - 1));
  const said = {
    case: caseNumber,
    filename: entry.name,
    sending: entry.sending,
    sha256: entry.sha256,
    path: folder.slice(-LONGEST_PATH),
    ...entry.facts,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value));
}

function headers() {
  const token = document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return {
    accept: "application/json",
    "x-csrftoken": token ? decodeURIComponent(token.slice("csrftoken=".length)) : "",
  };
}

function base64(hex) {
  return btoa(String.fromCharCode(...hex.match(/../g).map((pair) => Number.parseInt(pair, 16))));
}
