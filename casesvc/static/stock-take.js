// Counting: each exhibit that is scanned is noted at once; a shelf's label says where the next ones are seen.

import { lookUp, post, readCodes } from "./scan-reader.js";

const page = document.querySelector("[data-stock-take]");
const { stockTake, unit, place } = page.dataset;
const list = page.querySelector("[data-list]");
const shelf = page.querySelector("[data-shelf]");
let here = place;

async function take(code) {
  const found = await lookUp(code);
  if (found.kind === "place") return move(found.place);
  const answer = await post(`/api/v1/stock-takes/${stockTake}/scans`, { code: found.exhibit.number, place: here });
  return note(answer);
}

function move(found) {
  const inside = found.unit === unit && (found.code === place || found.code.startsWith(`${place}-`));
  if (!inside) return { good: false, words: `${found.words} 不在本次盘点的场所内。` };
  here = found.code;
  shelf.textContent = found.words;
  return { good: true, words: `清点 ${found.words}` };
}

function note({ scan, again, counted, expected }) {
  page.querySelector("[data-counted]").textContent = counted;
  page.querySelector("[data-expected]").textContent = expected;
  const unseen = page.querySelector(`[data-unseen-exhibit="${scan.exhibit}"]`);
  if (unseen) {
    unseen.remove();
    const left = page.querySelector("[data-unseen]");
    left.textContent = page.querySelectorAll("[data-unseen-exhibit]").length;
  }
  if (again) return { good: false, words: `${scan.exhibit} 已由${scan.by}扫描过。` };
  list.prepend(row(scan));
  return { good: scan.result === "as_booked", words: `${scan.exhibit}：${scan.result_label}` };
}

function row(scan) {
  const booked = scan.result === "as_booked";
  const item = document.createElement("li");
  item.className = booked ? "is-new" : "";
  item.dataset.exhibit = scan.exhibit;
  item.dataset.result = scan.result;
  const number = Object.assign(document.createElement("span"), { className: "number", textContent: scan.exhibit });
  const badge = Object.assign(document.createElement("span"), { className: `badge-line ${booked ? "is-good" : "is-bad"}`, textContent: scan.result_label });
  const words = [scan.kind_label, `见于 ${scan.place_code}`, scan.by, booked ? "" : `登记：${scan.booked}`].filter(Boolean).join(" · ");
  item.append(number, badge, Object.assign(document.createElement("span"), { className: "list-under", textContent: words }));
  return item;
}

readCodes(page.querySelector("[data-reader]"), take);
