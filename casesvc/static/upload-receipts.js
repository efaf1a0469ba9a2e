// The receipts: what became of each file, by exhibit number; printed as one sheet, with what was not registered and why.
import { State } from "./upload-entries.js";
import { beijing, folderOf, sized } from "./upload-words.js";

const FACTS = { place: "提取地点", taken_by: "拍摄（提取）人", witness: "见证人", source: "来源设备或存储卡" };
const NOT_YET = "打印时还没有传完";

export class Receipts {
  constructor(root, queue) {
    Object.assign(this, { root, queue, rows: new Map(), body: root.querySelector("[data-receipt-rows]") });
    this.blank = root.querySelector("[data-receipt-blank]").content.firstElementChild;
    window.addEventListener("beforeprint", () => this.#prepare());
  }

  add(receipt) {
    const row = this.#row(receipt);
    const order = Number(row.dataset.order);
    const earlier = [...this.body.children].findLast((each) => Number(each.dataset.order) < order);
    if (earlier) earlier.after(row);
    else this.body.prepend(row);
  }

  // The head of the sheet; hidden without receipts.
  count() {
    const files = this.#files();
    this.#at("receipts").hidden = !files.length;
    if (!files.length) {
      this.body.replaceChildren();
      this.rows.clear();
      return;
    }
    this.#at("receipt-count").textContent = String(files.length);
    this.#at("receipt-bytes").textContent = sized(files.reduce((sum, { size }) => sum + size, 0));
    const times = files.map((each) => each.received_at).sort();
    const [first, last] = [beijing(times[0]), beijing(times.at(-1))];
    this.#at("receipt-time").textContent = first === last ? first : `${first} 至 ${last}`;
  }

  #files() {
    return this.queue.receipts.map(({ file }) => file);
  }

  // What is on paper alone. Facts that hold for all files stand in the head, others with their file.
  #prepare() {
    const { receipts, entries } = this.queue;
    const bytes = this.#files().reduce((sum, { size }) => sum + size, 0);
    const missing = entries.length ? `；另有 ${entries.length} 个未登记，列在表后` : "";
    this.#at("printed").textContent = beijing(new Date());
    this.#at("receipt-total").textContent = `${receipts.length} 个，共 ${sized(bytes)}（${bytes} 字节）${missing}`;
    const facts = Object.keys(FACTS);
    const same = facts.filter((fact) => receipts.every((each) => each.facts?.[fact] === receipts[0].facts?.[fact]));
    for (const fact of facts) {
      const said = same.includes(fact) ? receipts[0]?.facts?.[fact] : "";
      this.#at(`receipt-${fact}`).textContent = said || "";
      this.#at(`receipt-${fact}`).parentElement.hidden = !said;
    }
    const own = facts.filter((fact) => !same.includes(fact));
    for (const { exhibit, facts: said } of receipts) {
      const words = own.map((fact) => (said?.[fact] ? `${FACTS[fact]}：${said[fact]}` : "")).filter(Boolean);
      this.#at("facts", this.rows.get(exhibit.number)).textContent = words.join("；");
    }
    this.#at("unregistered").hidden = !entries.length;
    this.#at("unregistered-count").textContent = String(entries.length);
    this.#at("unregistered-rows").replaceChildren(...entries.map(unregistered));
  }

  #row({ path, exhibit, file, twins, sha256 }) {
    const row = this.blank.cloneNode(true);
    this.rows.set(exhibit.number, row);
    const link = this.#at("number", row);
    link.textContent = exhibit.number;
    link.href = this.#page(exhibit.number);
    this.#at("kind", row).textContent = [exhibit.kind_label, exhibit.category].filter(Boolean).join(" · ");
    this.#at("name", row).textContent = file.name;
    this.#at("folder", row).textContent = folderOf(path, file.name);
    this.#at("size", row).textContent = `${sized(file.size)}（${file.size} 字节）`;
    this.#at("sha256", row).textContent = file.sha256;
    this.#at("sm3", row).textContent = file.sm3;
    this.#at("equal", row).hidden = file.sha256 !== sha256;
    this.#at("differs", row).hidden = file.sha256 === sha256;
    this.#at("browser-sha256", row).textContent = sha256 || "没有算得";
    this.#at("twins", row).hidden = !twins.length;
    for (const number of twins) {
      const twin = document.createElement("a");
      twin.href = this.#page(number);
      twin.textContent = number;
      this.#at("twin-links", row).append(" ", twin);
    }
    row.dataset.order = exhibit.number.split("-").pop();
    return row;
  }

  #page(number) {
    return `${this.root.dataset.pages}/${encodeURIComponent(number)}`;
  }

  #at(name, place = this.root) {
    return place.querySelector(`[data-${name}]`);
  }
}

function unregistered({ name, path, size, state, note }) {
  const row = document.createElement("tr");
  const why = { [State.FAILED]: `上传失败：${note}`, [State.STOPPED]: `已停止：${note}`, [State.OMITTED]: `未加入：${note}` };
  for (const text of [folderOf(path, name) + name, `${sized(size)}（${size} 字节）`, why[state] || NOT_YET]) {
    row.insertCell().textContent = text;
  }
  return row;
}
