// The page of scanning: a code opens what it names, or is added to the list of an act. The list outlives a reload.

import { lookUp, readCodes } from "./scan-reader.js";

const page = document.querySelector("[data-scan]");
const mode = page.dataset.mode;
const KEY = `scan/${page.dataset.person}/${mode}`;
const part = (name) => page.querySelector(`[data-${name}]`);

const kept = "done" in page.dataset ? null : JSON.parse(sessionStorage.getItem(KEY) || "null");
const state = kept || { place: null, exhibits: [] };

function keep() {
  sessionStorage.setItem(KEY, JSON.stringify(state));
  draw();
}

async function take(code) {
  const found = await lookUp(code);
  if (mode === "open") {
    location.assign(found.url);
    return { good: true, words: `正在打开 ${found.exhibit?.number || found.place.code} …` };
  }
  return found.kind === "place" ? takePlace(found.place) : takeExhibit(found.exhibit);
}

function takePlace(place) {
  if (mode !== "store") return { good: false, words: `${place.code} 是场所标签，请扫描证据标签。` };
  state.place = { unit: place.unit, code: place.code, words: place.words };
  keep();
  const full = place.capacity && place.exhibits >= place.capacity;
  if (place.closed) return { good: false, words: `${place.words} 已停用，请另选场所。` };
  return full ? { good: false, words: `${place.words} 已满（${place.exhibits}／${place.capacity} 件）。` } : { good: true, words: `放到 ${place.words}` };
}

function takeExhibit(exhibit) {
  if (state.exhibits.some((each) => each.number === exhibit.number)) return { good: false, words: `${exhibit.number} 已在清单中。` };
  const other = state.exhibits.find((each) => each.case !== exhibit.case);
  if (mode === "offer" && other) return { good: false, words: `${exhibit.number} 属于另一案件，一次移交限同一案件。` };
  state.exhibits.push({ number: exhibit.number, case: exhibit.case, words: [exhibit.kind_label, exhibit.hazard, exhibit.whereabouts_label, exhibit.place].filter(Boolean).join(" · ") });
  keep();
  return { good: true, words: `${exhibit.number} 已加入，共 ${state.exhibits.length} 件` };
}

function row(exhibit) {
  const item = document.createElement("li");
  item.dataset.exhibit = exhibit.number;
  const number = Object.assign(document.createElement("span"), { className: "number", textContent: exhibit.number });
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small btn-quiet remove", textContent: "移出" });
  remove.setAttribute("aria-label", `移出 ${exhibit.number}`);
  remove.addEventListener("click", () => {
    state.exhibits = state.exhibits.filter((each) => each !== exhibit);
    keep();
  });
  const words = Object.assign(document.createElement("span"), { className: "list-under", textContent: exhibit.words });
  item.append(number, remove, words);
  return item;
}

function draw() {
  const list = part("list");
  if (!list) return;
  list.replaceChildren(...state.exhibits.map(row));
  part("none").hidden = state.exhibits.length > 0;
  part("more").hidden = state.exhibits.length === 0;
  if (mode !== "store") return;
  part("unit").value = state.place?.unit || "";
  part("place-code").value = state.place?.code || "";
  part("exhibits").value = state.exhibits.map((each) => each.number).join(",");
  part("place-words").textContent = state.place ? `${state.place.words}（${state.place.code}）` : "（请先扫描场所标签）";
  part("submit").disabled = !state.place;
  part("submit-words").textContent = state.place ? `登记 ${state.exhibits.length} 件放入 ${state.place.code}` : "请先扫描场所标签";
}

part("clear")?.addEventListener("click", () => {
  Object.assign(state, { place: null, exhibits: [] });
  keep();
});
part("offer")?.addEventListener("click", () => {
  const numbers = state.exhibits.map((each) => each.number).join(",");
  const type = encodeURIComponent(part("type").value);
  location.assign(`/cases/${state.exhibits[0].case}/custody/offer?type=${type}&exhibits=${encodeURIComponent(numbers)}`);
});

// what a link brings: a place as unit/code, and exhibits; each is looked up as if it had been scanned
async function brought() {
  const query = new URLSearchParams(location.search);
  const [, place] = (query.get("place") || "").split("/");
  const codes = [place, ...(query.get("exhibits") || "").split(",")].filter(Boolean);
  const said = page.querySelector("[data-said]");
  for (const code of codes) {
    try {
      await take(code);
    } catch (reason) {
      said.textContent = reason.message;
      said.className = "reader-said is-bad";
    }
  }
}

if (!kept) sessionStorage.removeItem(KEY);
draw();
brought();
readCodes(page.querySelector("[data-reader]"), take);
