// The gallery of a case: what the API lists, sifted by the person, as a grid of thumbnails or on a map. The address
// keeps the conditions, so that a colleague who may see the case sees the same.
import { makeGrid } from "./gallery-grid.js";
import { makeViewer } from "./gallery-viewer.js";
import { makeMap } from "./map.js";

const root = document.querySelector("[data-gallery]");
const at = (name, place = root) => place.querySelector(`[data-${name}]`);
const form = at("form");
const api = `/api/v1/cases/${root.dataset.case}`;
const page = `/cases/${root.dataset.case}`;
const NOT_STATED = "未填写";
const CHOICES = {
  kind: (item) => item.kind_label,
  category: (item) => item.category || NOT_STATED,
  device: (item) => item.device || NOT_STATED,
  person: (item) => item.person || NOT_STATED,
  place: (item) => item.place || NOT_STATED,
};
const FIELDS = ["q", ...Object.keys(CHOICES), "from", "to", "sort"];

let all = [];
let shown = [];
let view = "grid";
let map = null;
const looked = new Set(); // numbers whose thumbnail the browser has

const grid = makeGrid(at("grid"), { make: cellOf, look, open: (item) => open(shown, item) });
const viewer = makeViewer(at("viewer"), {
  page: `${page}/gallery`,
  closed: (item) => {
    if (view === "grid" && shown.includes(item)) grid.focus(item);
  },
});

// ── a cell ──
function cellOf(item) {
  const cell = at("cell").content.firstElementChild.cloneNode(true);
  const link = cell.firstElementChild;
  link.href = `${page}/exhibits/${encodeURIComponent(item.number)}`;
  link.dataset.exhibit = item.number;
  link.title = item.name;
  at("none-yet", cell).append(iconOf(item.kind), item.has_thumbnail ? "" : item.kind_label);
  at("name", cell).textContent = item.name;
  at("number", cell).textContent = `…-${item.number.split("-").pop()}`;
  at("number", cell).setAttribute("aria-label", item.number);
  if (item.taken_at) {
    const [slug, words, why] = certainty(item);
    at("time", cell).textContent = clock(item.taken_at).slice(0, 16);
    const mark = at("sure", cell);
    mark.classList.add(`cell-${slug}`);
    mark.textContent = words;
    mark.title = why;
  }
  const tag = at("tag", cell);
  tag.textContent = item.category;
  tag.hidden = !item.category;
  if (item.kind === "video") remark(cell, "video", "视频");
  if (item.quarantined) remark(cell, "virus", "原件已隔离");
  if (item.findings) remark(cell, "findings", `读取时发现 ${item.findings} 项问题`);
  if (item.twin) remark(cell, "twin", `内容与 …-${item.twin.split("-").pop()} 相同`);
  if (looked.has(item.number)) look(cell, item);
  return cell;
}

/** By whose clock it is dated, as on the timeline. */
function certainty(item) {
  if (!item.unambiguous) return ["converted", "按 UTC", "按 UTC 换算，未核实"];
  if (item.corrected) return ["corrected", "已校正", "设备时间，已按对时校正"];
  return ["unchecked", "未对时", "设备时间，未对时"];
}

function remark(cell, icon, words) {
  const mark = document.createElement("span");
  mark.className = `cell-mark cell-${icon}`;
  mark.title = words;
  mark.append(iconOf(icon), Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: words }));
  at("marks", cell).append(mark);
}

function iconOf(name) {
  return at(`icon="${name}"`).content.cloneNode(true);
}

function look(cell, item) {
  const frame = at("none-yet", cell);
  if (!item.has_thumbnail || !frame || frame.dataset.asked) return;
  frame.dataset.asked = "";
  const picture = Object.assign(new Image(), { alt: "", decoding: "async" });
  picture.addEventListener("load", () => {
    looked.add(item.number);
    frame.replaceWith(picture);
  });
  picture.addEventListener("error", () => frame.append("缩略图读不到"));
  picture.src = `${api}/exhibits/${encodeURIComponent(item.number)}/thumbnail`;
}

// ── conditions ──
function fillChoices() {
  for (const [name, of] of Object.entries(CHOICES)) {
    const counts = new Map();
    for (const item of all) counts.set(of(item), (counts.get(of(item)) || 0) + 1);
    const values = [...counts.keys()].sort((one, other) => (one === NOT_STATED) - (other === NOT_STATED) || one.localeCompare(other, "zh", { numeric: true }));
    form[name].append(...values.map((value) => new Option(`${value}（${counts.get(value)}）`, value)));
    at(`sieve="${name}"`).hidden = values.length === 1 && values[0] === NOT_STATED;
  }
}

function readAddress() {
  const said = new URLSearchParams(location.search);
  for (const name of FIELDS) {
    const value = said.get(name) || "";
    // a value that is no longer among the choices would choose nothing without saying so
    if (value && name in CHOICES && ![...form[name].options].some((option) => option.value === value)) form[name].append(new Option(`${value}（0）`, value));
    form[name].value = value;
  }
  view = said.get("view") === "map" ? "map" : "grid";
}

function writeAddress() {
  const said = new URLSearchParams(FIELDS.map((name) => [name, form[name].value.trim()]).filter(([, value]) => value));
  if (view === "map") said.set("view", "map");
  const query = String(said);
  history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash);
}

function sift() {
  const words = form.q.value.trim().toLowerCase();
  const [from, to] = [form.from.value, form.to.value];
  const wanted = Object.entries(CHOICES).filter(([name]) => form[name].value);
  let undated = 0;
  shown = all.filter((item) => {
    if (words && ![item.name, item.file_name, item.number].some((text) => text.toLowerCase().includes(words))) return false;
    if (!wanted.every(([name, of]) => of(item) === form[name].value)) return false;
    if (!from && !to) return true;
    if (!item.taken_at) {
      undated += 1;
      return false;
    }
    const taken = clock(item.taken_at).replace(" ", "T").slice(0, 16);
    return (!from || taken >= from) && (!to || taken <= to);
  });
  order(form.sort.value);
  const conditions = FIELDS.filter((name) => name !== "sort" && form[name].value.trim()).length;
  at("sieving").textContent = conditions ? `${conditions} 个条件` : "";
  at("said").textContent = `${conditions ? `${shown.length} 件，` : ""}共 ${all.length} 件${undated ? `；另有 ${undated} 件没有可读的拍摄时间，不在按时间筛选之列` : ""}`;
  at("none").hidden = Boolean(shown.length) || view === "map";
}

function order(by) {
  const late = "9999"; // without a time last, whichever way
  const sorts = {
    "-number": (one, other) => other.serial - one.serial,
    time: (one, other) => (one.taken_at || late).localeCompare(other.taken_at || late) || one.serial - other.serial,
    "-time": (one, other) => (other.taken_at || "").localeCompare(one.taken_at || "") || one.serial - other.serial,
  };
  if (by in sorts) shown.sort(sorts[by]);
}

function refresh() {
  sift();
  writeAddress();
  const mapped = shown.filter((item) => item.wgs84);
  at("mapped").textContent = String(mapped.length);
  at("unmapped").textContent = mapped.length < shown.length ? `另有 ${shown.length - mapped.length} 件没有定位，不在图上。` : "";
  for (const button of root.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  at("grid").hidden = view !== "grid";
  at("map-panel").hidden = view !== "map";
  if (view === "grid") grid.show(shown);
  else showMap(mapped);
}

function showMap(mapped) {
  const { tiles, gcj02 } = root.dataset;
  map ||= makeMap(at("map"), {
    tiles,
    where: tiles && gcj02 !== undefined ? (item) => item.gcj02 : (item) => item.wgs84,
    label: (item) => `${item.number} ${item.name}`,
    open,
  });
  map.show(mapped);
}

// ── the viewer and the address ──
let opened = []; // what the viewer steps through

function open(items, item) {
  opened = items;
  history.pushState({ viewer: true }, "", `#${encodeURIComponent(item.number)}`);
  viewer.show(items, item);
}

function follow() {
  const number = decodeURIComponent(location.hash.slice(1));
  const item = number && all.find((each) => each.number === number);
  if (!item) return viewer.close();
  const items = [opened, shown, all].find((each) => each.includes(item));
  return viewer.show(items, item);
}

// 2026-11-24 14:05:09 in Beijing, as the other pages write it
const beijing = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });
function clock(moment) {
  return beijing.format(new Date(moment));
}

function refuse({ title, detail }, login = false) {
  const words = document.createElement("p");
  words.append(`${title}：${detail}`);
  if (login) words.append(" ", Object.assign(document.createElement("a"), { href: "/login", textContent: "重新登录" }));
  at("refused").replaceChildren(words);
  at("refused").hidden = false;
  at("said").textContent = "";
}

async function begin() {
  try {
    const answer = await fetch(`${api}/gallery`, { headers: { accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) return refuse(said, answer.status === 401);
    all = said;
  } catch {
    return refuse({ title: "连接中断", detail: "没有收到服务器的答复，请检查网络后刷新页面。" });
  }
  fillChoices();
  readAddress();
  root.querySelector("[data-view=map]").hidden = !all.some((item) => item.wgs84);
  let typing = 0;
  form.addEventListener("input", () => {
    window.clearTimeout(typing);
    typing = window.setTimeout(refresh, 120);
  });
  form.addEventListener("reset", () => window.setTimeout(refresh));
  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (!button) return;
    view = button.dataset.view;
    refresh();
  });
  window.addEventListener("popstate", follow);
  refresh();
  return follow();
}

at("sieves").open = window.matchMedia("(min-width: 861px)").matches;
begin();
