// The receipts: what became of each file, by exhibit number; printed as one sheet.
import { beijing, sized } from "./upload-words.js";

export class Receipts {
  constructor(root, queue) {
    Object.assign(this, { root, queue, body: root.querySelector("[data-receipt-rows]") });
    this.blank = root.querySelector("[data-receipt-blank]").content.firstElementChild;
    window.addEventListener("beforeprint", () => {
      this.#at("printed").textContent = beijing(new Date());
    });
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
    const files = this.queue.receipts.map(({ file }) => file);
    this.#at("receipts").hidden = !files.length;
    if (!files.length) {
      this.body.replaceChildren();
      return;
    }
    this.#at("receipt-count").textContent = String(files.length);
    this.#at("receipt-bytes").textContent = sized(files.reduce((sum, { size }) => sum + size, 0));
    const times = files.map((each) => each.received_at).sort();
    const [first, last] = [beijing(times[0]), beijing(times.at(-1))];
    this.#at("receipt-time").textContent = first === last ? first : `${first} 至 ${last}`;
  }

  #row({ exhibit, file, twins, sha256 }) {
    const row = this.blank.cloneNode(true);
    const link = this.#at("number", row);
    link.textContent = exhibit.number;
    link.href = this.#page(exhibit.number);
    this.#at("kind", row).textContent = [exhibit.kind_label, exhibit.category].filter(Boolean).join(" · ");
    this.#at("name", row).textContent = file.name;
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
