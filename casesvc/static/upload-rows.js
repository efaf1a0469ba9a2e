// The lists of files: those to be chosen again, those that failed, those that wait or are under way.
import { RESTING, State } from "./upload-entries.js";
import { folderOf, sized } from "./upload-words.js";

const FIXED = [State.SENDING, State.SEALING];
const LISTS = {
  [State.MISSING]: "missing",
  [State.FAILED]: "failed",
  [State.STOPPED]: "aside",
  [State.OMITTED]: "aside",
};

export class Rows {
  // acts: {retry, stop, remove, correct(entries)}
  constructor(root, facts, acts) {
    Object.assign(this, { root, facts, acts, rows: new Map(), entries: new Map(), last: null });
    this.lists = Object.fromEntries(
      ["missing", "failed", "aside", "waiting"].map((name) => [name, root.querySelector(`[data-list="${name}"]`)]),
    );
    this.blank = root.querySelector("[data-row-blank]").content.firstElementChild;
    this.all = root.querySelector("[data-select-all]");
    this.all.addEventListener("change", () => this.#select(this.#selectable(), this.all.checked));
    root.querySelector("[data-correct-selected]").addEventListener("click", () => acts.correct(this.selected()));
    root.querySelector("[data-remove-selected]").addEventListener("click", () => acts.remove(this.selected()));
  }

  add(entries) {
    const made = document.createDocumentFragment();
    for (const entry of entries) {
      const row = this.#made(entry);
      this.entries.set(entry.id, entry);
      this.rows.set(entry.id, row);
      made.append(row);
    }
    this.lists.waiting.append(made);
    for (const entry of entries) this.show(entry);
  }

  show(entry) {
    const row = this.rows.get(entry.id);
    if (!row) return;
    if (row.dataset.state !== entry.state) this.#place(entry, row);
    const part = this.#part(entry);
    const percent = Math.floor(part * 100);
    at("status", row).textContent = this.#words(entry, percent);
    at("bar", row).style.width = `${percent}%`;
    at("meter", row).setAttribute("aria-valuenow", String(percent));
    at("meter", row).hidden = !part;
    at("problem", row).textContent = [State.FAILED, State.STOPPED].includes(entry.state) ? entry.note : "";
    at("kept", row).textContent = { kept: "已存入本机", full: "本机空间不足，刷新后须重新选择" }[entry.keeping] || "";
  }

  // What holds for those that are not announced may have changed.
  follow() {
    for (const [id, row] of this.rows) this.#describe(this.entries.get(id), row);
  }

  drop(entries) {
    for (const { id } of entries) {
      const row = this.rows.get(id);
      const next = row?.nextElementSibling || row?.previousElementSibling;
      const focused = row?.contains(document.activeElement);
      row?.remove();
      this.rows.delete(id);
      this.entries.delete(id);
      if (focused && next) at("remove", next).focus();
    }
    this.#changed();
  }

  selected() {
    return this.#selectable().filter((entry) => at("select", this.rows.get(entry.id)).checked);
  }

  unselect() {
    this.#select(this.selected(), false);
  }

  #selectable() {
    return [...this.entries.values()].filter((entry) => !at("select", this.rows.get(entry.id)).disabled);
  }

  #made(entry) {
    const row = this.blank.cloneNode(true);
    at("name", row).textContent = entry.name;
    at("folder", row).textContent = folderOf(entry.path, entry.name);
    at("size", row).textContent = sized(entry.size);
    at("select", row).setAttribute("aria-label", `选中 ${entry.name}`);
    at("select", row).addEventListener("click", (event) => this.#clicked(entry, event));
    at("correct", row).addEventListener("click", () => this.acts.correct([entry]));
    at("remove", row).addEventListener("click", () => this.acts.remove([entry]));
    at("stop", row).addEventListener("click", () => this.acts.stop(entry));
    at("retry", row).addEventListener("click", () => this.acts.retry(entry));
    return row;
  }

  // With the shift key everything from the row clicked before.
  #clicked(entry, { shiftKey, target }) {
    if (shiftKey && this.last) {
      const order = [...this.lists.waiting.children];
      const [from, to] = [this.last, this.rows.get(entry.id)].map((row) => order.indexOf(row)).sort((a, b) => a - b);
      const between = new Set(order.slice(Math.max(from, 0), to + 1));
      this.#select(this.#selectable().filter(({ id }) => between.has(this.rows.get(id))), target.checked);
    }
    this.last = this.rows.get(entry.id);
    this.#changed();
  }

  #select(entries, checked) {
    for (const { id } of entries) at("select", this.rows.get(id)).checked = checked;
    this.#changed();
  }

  #changed() {
    const count = this.selected().length;
    this.root.querySelector("[data-selection]").hidden = !count;
    this.root.querySelector("[data-selected-count]").textContent = String(count);
    this.all.checked = count > 0 && count === this.#selectable().length;
    this.all.indeterminate = count > 0 && !this.all.checked;
  }

  // The row in the list of its state, with the buttons of its state.
  #place(entry, row) {
    row.dataset.state = entry.state;
    const list = LISTS[entry.state] || "waiting";
    if (row.parentElement !== this.lists[list]) this.lists[list].append(row);
    const fixed = FIXED.includes(entry.state);
    const select = at("select", row);
    const selectable = !entry.announced && list === "waiting";
    if (select.disabled === selectable) {
      select.disabled = !selectable;
      if (select.checked) {
        select.checked = false;
        this.#changed();
      }
    }
    this.#describe(entry, row);
    at("correct", row).hidden = entry.announced || entry.state === State.OMITTED;
    at("stop", row).hidden = entry.state !== State.SENDING;
    at("remove", row).hidden = fixed;
    at("retry", row).hidden = entry.state !== State.FAILED && entry.state !== State.STOPPED;
    at("retry-words", row).textContent = entry.state === State.STOPPED ? "重新上传" : "重试";
  }

  #describe(entry, row) {
    at("facts", row).textContent = entry.state === State.OMITTED ? "" : this.facts.words(entry);
  }

  #part(entry) {
    if (entry.state === State.HASHING) return entry.read / entry.size;
    return RESTING.includes(entry.state) ? 0 : entry.sent / entry.size;
  }

  #words(entry, percent) {
    const note = entry.note ? `${entry.note}，` : "";
    const sent = entry.sent ? `已传${entry.sent > entry.acked ? "约" : ""} ${percent}%` : "";
    const hashed = entry.digest ? `，校验值 ${Math.floor((entry.read / entry.size) * 100)}%` : "";
    return {
      [State.WAITING]: entry.note || "等待计算校验值",
      [State.HASHING]: `计算校验值 ${percent}%`,
      [State.READY]: [entry.note || "待上传", sent].filter(Boolean).join("，"),
      [State.SENDING]: percent < 100 || hashed ? `上传 ${percent}%${hashed}` : "已传完，服务核对登记中",
      [State.SEALING]: "已传完，服务核对登记中",
      [State.FAILED]: "上传失败",
      [State.STOPPED]: "已停止",
      [State.OMITTED]: `未加入：${entry.note}`,
      [State.MISSING]: `${note}${sent || "未开始"}`,
      [State.DONE]: "已登记",
    }[entry.state];
  }
}

function at(name, place) {
  return place.querySelector(`[data-${name}]`);
}
