// What this browser keeps of a person's queue for a case, so that a reload loses nothing: the list, files taken on a
// phone until their receipt, the receipts, and what was said of all files. Nobody but this person is shown any of it.
import { State } from "./upload-entries.js";

const NAME = "casesvc-uploads";
const KEPT_OF_ENTRY = [
  ...["id", "name", "path", "type", "size", "lastModified", "own", "facts", "sending", "announced", "over", "restarts"],
  ...["acked", "sha256", "keeping", "rest", "why", "camera", "order"],
];

export class Kept {
  // database null: a browser that keeps nothing, as some do in private windows
  constructor(database, { certificate, caseNumber, caseName }) {
    Object.assign(this, { database, certificate, caseNumber, caseName });
    this.owner = JSON.stringify([certificate, caseNumber]);
  }

  static async open(page) {
    return new Kept(await opened().catch(() => null), page);
  }

  save(entries) {
    return this.#write(["entries"], (entriesStore) => {
      for (const entry of entries) {
        const kept = Object.fromEntries(KEPT_OF_ENTRY.map((name) => [name, entry[name]]));
        entriesStore.put({ ...kept, ...this.#mine() });
      }
    });
  }

  // Whether the file itself could be kept.
  saveFile(entry) {
    return this.#write(["files"], (files) => files.put({ id: entry.id, file: entry.file, ...this.#mine() }));
  }

  forget(entries) {
    return this.#write(["entries", "files"], (entriesStore, files) => {
      for (const { id } of entries) {
        entriesStore.delete(id);
        files.delete(id);
      }
    });
  }

  // The receipt in place of the entry: both or neither.
  saveReceipt(entry, receipt) {
    return this.#write(["entries", "files", "receipts"], (entries, files, receipts) => {
      entries.delete(entry.id);
      files.delete(entry.id);
      receipts.put({ ...receipt, ...this.#mine() });
    });
  }

  saveSettings(settings) {
    return this.#write(["settings"], (store) => store.put({ owner: this.owner, certificate: this.certificate, ...settings }));
  }

  // {entries, receipts, settings}; an entry has its file where that was kept.
  async load() {
    if (!this.database) return { entries: [], receipts: [], settings: null };
    const [entries, files, receipts] = await Promise.all(
      ["entries", "files", "receipts"].map((store) => this.#read(store, "owner", this.owner)),
    );
    const [settings] = await this.#read("settings", null, this.owner);
    const byId = new Map(files.map(({ id, file }) => [id, file]));
    return { entries: entries.map((entry) => ({ ...entry, file: byId.get(entry.id) || null })), receipts, settings };
  }

  // The person's other cases that have something waiting here: [{caseNumber, caseName, files}, …]
  async elsewhere() {
    const cases = new Map();
    for (const { caseNumber, caseName, rest } of await this.#read("entries", "certificate", this.certificate)) {
      if (caseNumber === this.caseNumber || rest === State.STOPPED || rest === State.OMITTED) continue;
      const { files } = cases.get(caseNumber) || { files: 0 };
      cases.set(caseNumber, { caseNumber, caseName, files: files + 1 });
    }
    return [...cases.values()];
  }

  async clearReceipts() {
    await this.#clear(["receipts"], "owner", this.owner);
  }

  async clearPerson() {
    await this.#clear(["entries", "files", "receipts", "settings"], "certificate", this.certificate);
  }

  #mine() {
    const { owner, certificate, caseNumber, caseName } = this;
    return { owner, certificate, caseNumber, caseName };
  }

  #write(stores, change) {
    if (!this.database) return Promise.resolve(false);
    return new Promise((resolve) => {
      try {
        const transaction = this.database.transaction(stores, "readwrite");
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = () => resolve(false); // no room
        change(...stores.map((store) => transaction.objectStore(store)));
      } catch {
        resolve(false);
      }
    });
  }

  async #clear(stores, index, value) {
    await this.#write(stores, (...each) => {
      for (const store of each) {
        store.index(index).openKeyCursor(IDBKeyRange.only(value)).onsuccess = ({ target }) => {
          if (!target.result) return;
          store.delete(target.result.primaryKey);
          target.result.continue();
        };
      }
    });
  }

  async #read(store, index, value) {
    if (!this.database) return [];
    const from = this.database.transaction(store).objectStore(store);
    return asked((index ? from.index(index) : from).getAll(value)).catch(() => []);
  }
}

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const [store, keyPath] of Object.entries({ entries: "id", files: "id", receipts: "id", settings: "owner" })) {
      const made = request.result.createObjectStore(store, { keyPath });
      made.createIndex("certificate", "certificate");
      if (keyPath !== "owner") made.createIndex("owner", "owner");
    }
  };
  return asked(request);
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
