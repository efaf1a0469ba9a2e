// The upload page: choosing files, the list of those to be sent, the progress, the receipts.
import { Queue, State } from "./upload-queue.js";

const root = document.querySelector("[data-upload]");
const at = (name, place = root) => place.querySelector(`[data-${name}]`);
const page = {
  api: root.dataset.api,
  holder: root.dataset.holder,
  certificate: root.dataset.certificate,
};
const common = { kind: at("kind"), category: at("category"), place: at("place"), witness: at("witness") };
const queue = new Queue(page, (entry) => {
  const row = rows.get(entry.id);
  return {
    kind: at("row-kind", row).value,
    category: at("row-category", row).value,
    place: common.place.value.trim(),
    witness: common.witness.value.trim(),
  };
});
const rows = new Map();

// ── choosing files ──
const SYSTEM_FILES = /^(\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*|\.localized)$/i;
const KINDS = {
  photo: /\.(jpe?g|png|gif|bmp|tiff?|webp|heic|heif|dng|cr[23w]|nef|arw|raf|orf|rw2)$/i,
  video: /\.(mp4|m4v|mov|avi|mkv|wmv|flv|3gp|mts|m2ts|mpe?g|dav|h26[45]|webm)$/i,
  document: /\.(pdf|docx?|xlsx?|pptx?|wps|et|dps|ofd|rtf|txt|odt|ods)$/i,
};

function guess(file) {
  for (const [kind, names] of Object.entries(KINDS)) if (names.test(file.name)) return kind;
  if (file.type.startsWith("image/")) return "photo";
  return file.type.startsWith("video/") ? "video" : "electronic";
}

// In the order of the card: by folder, then by name, 2 before 10; the numbers of the exhibits follow it.
const { compare } = new Intl.Collator("zh", { numeric: true });
const folderOf = ({ path }) => path.slice(0, path.lastIndexOf("/") + 1);
const byPlace = (one, other) => compare(folderOf(one), folderOf(other)) || compare(one.path, other.path);

function refuse(text) {
  at("refused").hidden = !text;
  at("refused-text").textContent = text;
}

function take(files, unreadable = 0) {
  const wanted = files.filter(({ file }) => file.size && !SYSTEM_FILES.test(file.name)).sort(byPlace);
  const empty = files.filter(({ file }) => !file.size && !SYSTEM_FILES.test(file.name));
  refuse(
    [
      empty.length ? `没有内容（0 字节），未加入：${empty.map(({ file }) => file.name).join("、")}。请检查存储卡后重新选择。` : "",
      unreadable ? `有 ${unreadable} 个文件读不到，未加入。请用“选择文件”重新选择。` : "",
    ].join(""),
  );
  const fresh = queue.add(wanted);
  const made = document.createDocumentFragment();
  for (const entry of fresh) made.append(rowOf(entry));
  at("rows").append(made);
  const skipped = files.length - wanted.length - empty.length;
  const known = wanted.length - fresh.length;
  say(
    [
      fresh.length ? `已加入 ${fresh.length} 个文件` : "没有新文件加入",
      skipped ? `跳过 ${skipped} 个系统文件` : "",
      known ? `${known} 个已在队列中` : "",
    ]
      .filter(Boolean)
      .join("，") + "。",
  );
  paint();
  if (fresh.length) at("totals").scrollIntoView({ block: "nearest" });
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    if (file) found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    else found.unreadable = (found.unreadable || 0) + 1;
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // a call gives at most 100 entries
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return;
    for (const each of some) await walk(each, found);
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...transfer.files];
  if (!entries.length) {
    take(plain.map((file) => ({ file, path: file.name })));
    return;
  }
  const found = [];
  for (const entry of entries) await walk(entry, found);
  take(found, found.unreadable);
}

for (const button of root.querySelectorAll("[data-pick]")) {
  const input = document.getElementById(button.dataset.pick);
  if (button.dataset.pick === "pick-folder" && !("webkitdirectory" in input)) button.hidden = true;
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = "";
  });
}

const zone = at("zone");
let depth = 0;
const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
window.addEventListener("dragenter", (event) => {
  if (carriesFiles(event)) zone.classList.toggle("over", ++depth > 0);
});
window.addEventListener("dragleave", (event) => {
  if (carriesFiles(event)) zone.classList.toggle("over", --depth > 0);
});
window.addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
window.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  zone.classList.remove("over");
  dropped(event.dataTransfer);
});

// ── the list ──
function rowOf(entry) {
  const row = at("row-blank").content.firstElementChild.cloneNode(true);
  rows.set(entry.id, row);
  at("name", row).textContent = entry.file.name;
  const folder = entry.path.slice(0, Math.max(0, entry.path.length - entry.file.name.length));
  at("folder", row).textContent = folder.length > 1 ? folder : "";
  at("size", row).textContent = sized(entry.file.size);
  const kind = at("row-kind", row);
  const category = at("row-category", row);
  kind.setAttribute("aria-label", `${entry.file.name} 的种类`);
  category.setAttribute("aria-label", `${entry.file.name} 的类别`);
  row.dataset.guess = guess(entry.file);
  for (const select of [kind, category]) {
    select.addEventListener("change", () => {
      select.dataset.own = "1";
      follow(row);
    });
  }
  follow(row);
  at("remove", row).addEventListener("click", () => {
    const next = row.nextElementSibling || row.previousElementSibling;
    queue.remove(entry);
    row.remove();
    rows.delete(entry.id);
    (next ? at("remove", next) : at("pick")).focus();
    refresh();
  });
  at("stop", row).addEventListener("click", () => queue.stop(entry));
  at("retry", row).addEventListener("click", () => {
    queue.retry(entry);
    if (!queue.running) queue.start();
  });
  show(entry);
  return row;
}

function follow(row) {
  const kind = at("row-kind", row);
  const category = at("row-category", row);
  if (!kind.dataset.own) kind.value = common.kind.value || row.dataset.guess;
  // 方位, 概貌, 重点部位, 细目 speak of pictures
  const pictures = kind.value === "photo" || kind.value === "video";
  if (!category.dataset.own) category.value = pictures ? common.category.value : "";
}

for (const field of [common.kind, common.category]) {
  field.addEventListener("change", () => {
    for (const row of rows.values()) if (row.dataset.state !== State.SENDING) follow(row);
  });
}

function show(entry) {
  const row = rows.get(entry.id);
  if (!row) return;
  row.dataset.state = entry.state;
  const size = entry.file.size || 1;
  const sending = entry.state === State.SENDING;
  const part = sending ? entry.sent / size : entry.state === State.HASHING ? entry.read / size : 0;
  const percent = Math.floor(part * 100);
  const words = {
    [State.WAITING]: "等待计算校验值",
    [State.HASHING]: `计算校验值 ${percent}%`,
    [State.READY]: entry.note || "待上传",
    [State.SENDING]: percent >= 100 ? "已传完，服务核对中" : `上传 ${percent}%`,
    [State.FAILED]: "上传失败",
    [State.DONE]: "已登记",
  };
  at("status", row).textContent = words[entry.state];
  at("bar", row).style.width = `${percent}%`;
  at("meter", row).setAttribute("aria-valuenow", String(percent));
  at("meter", row).hidden = !(sending || entry.state === State.HASHING);
  at("problem", row).textContent = entry.state === State.FAILED ? entry.note : "";
  at("stop", row).hidden = !sending;
  at("remove", row).hidden = sending;
  at("retry", row).hidden = entry.state !== State.FAILED;
  for (const select of row.querySelectorAll("select")) select.disabled = sending;
}

// ── totals ──
const pace = []; // [time, bytes sent], of the last seconds
let painted = 0;

function refresh() {
  if (!painted) painted = requestAnimationFrame(paint);
}

function paint() {
  painted = 0;
  const total = queue.totals();
  const now = performance.now();
  if (!pace.length || now - pace.at(-1)[0] > 250) pace.push([now, total.sent]);
  while (pace.length > 2 && now - pace[0][0] > 6000) pace.shift();
  const [since, before] = pace[0];
  const speed = total.sending && now > since ? Math.max(0, ((total.sent - before) / (now - since)) * 1000) : 0;
  root.classList.toggle("has-files", total.files > 0);
  const percent = total.bytes ? Math.floor((total.sent / total.bytes) * 100) : 0;
  at("total-bar").style.width = `${percent}%`;
  at("total-meter").setAttribute("aria-valuenow", String(percent));
  at("total-files").textContent = `${total.done} / ${total.files}`;
  at("total-bytes").textContent = `${sized(total.sent)} / ${sized(total.bytes)}`;
  at("total-speed").textContent = speed ? `${sized(speed)}/秒` : "—";
  at("total-left").textContent = speed && total.left ? lasting(total.left / speed) : "—";
  at("total-failed").textContent = String(total.failed);
  at("total-failed").parentElement.hidden = !total.failed;
  const waiting = total.files - total.done - total.failed;
  at("start").hidden = queue.running || Boolean(queue.held) || !waiting;
  at("start-words").textContent = total.done ? `继续上传（${waiting}）` : `开始上传（${waiting}）`;
  at("pause").hidden = !queue.running || Boolean(queue.held);
  at("retry-all").hidden = !total.failed;
  at("queue").hidden = !queue.entries.length;
  at("pausing").hidden = queue.running || !total.sending;
  if (queue.running) said.textContent = ""; // the numbers above are newer
  showHeld();
}

function showHeld() {
  const held = queue.held;
  at("held").hidden = !held;
  if (!held) return;
  const seconds = held.until ? Math.max(0, Math.ceil((held.until - Date.now()) / 1000)) : 0;
  if (at("held-text").textContent !== held.text) at("held-text").textContent = held.text;
  at("held-wait").textContent = held.until ? `${seconds} 秒后自动重试` : "";
  at("held-login").hidden = held.kind !== "login";
  at("go-on-words").textContent = held.kind === "login" ? "继续上传" : "立即重试";
}

setInterval(() => {
  if (queue.running || queue.held) refresh();
}, 500);

at("start").addEventListener("click", () => {
  pace.length = 0;
  queue.start();
  paint();
  at("pause").focus();
});
at("pause").addEventListener("click", () => {
  queue.pause();
  paint();
  at("start").focus();
});
at("go-on").addEventListener("click", () => queue.goOn());
at("retry-all").addEventListener("click", () => {
  for (const entry of [...queue.entries]) queue.retry(entry);
  queue.start();
});

queue.addEventListener("change", ({ detail: entry }) => {
  if (entry.state === State.DONE) {
    rows.get(entry.id)?.remove();
    rows.delete(entry.id);
  } else {
    show(entry);
  }
  refresh();
});
queue.addEventListener("state", () => {
  refresh();
  announce();
});

// ── receipts ──
queue.addEventListener("receipt", ({ detail: entry }) => {
  const { exhibit, file, twins, equal } = entry.receipt;
  const row = at("receipt-blank").content.firstElementChild.cloneNode(true);
  const link = at("number", row);
  link.textContent = exhibit.number;
  link.href = `${root.dataset.pages}/${encodeURIComponent(exhibit.number)}`;
  at("kind", row).textContent = [exhibit.kind_label, exhibit.category].filter(Boolean).join(" · ");
  at("name", row).textContent = file.name;
  at("size", row).textContent = `${sized(file.size)}（${file.size} 字节）`;
  at("sha256", row).textContent = file.sha256;
  at("sm3", row).textContent = file.sm3;
  at("equal", row).hidden = !equal;
  at("differs", row).hidden = equal;
  at("twins", row).hidden = !twins.length;
  for (const number of twins) {
    const twin = document.createElement("a");
    twin.href = `${root.dataset.pages}/${encodeURIComponent(number)}`;
    twin.textContent = number;
    at("twin-links", row).append(" ", twin);
  }
  const order = Number(exhibit.number.split("-").pop());
  row.dataset.order = String(order);
  const earlier = [...at("receipt-rows").children].findLast((each) => Number(each.dataset.order) < order);
  if (earlier) earlier.after(row);
  else at("receipt-rows").prepend(row);
  at("receipts").hidden = false;
  const done = queue.receipts.map((each) => each.receipt.file);
  at("receipt-count").textContent = String(done.length);
  at("receipt-bytes").textContent = sized(done.reduce((sum, each) => sum + each.size, 0));
  const times = done.map((each) => each.received_at).sort();
  const [first, last] = [beijing(times[0]), beijing(times.at(-1))];
  at("receipt-time").textContent = first === last ? first : `${first} 至 ${last}`;
});

window.addEventListener("beforeprint", () => {
  at("printed").textContent = beijing(new Date());
});
window.addEventListener("beforeunload", (event) => {
  if (queue.unfinished) event.preventDefault();
});

// ── words ──
const said = at("said");
const live = at("live");
let spoken = 0;
let later = 0;

function say(text) {
  said.textContent = text;
  live.textContent = text;
  spoken = Date.now();
}

// A screen reader hears of progress every few seconds, not of every file; of the end everybody is told at once.
function announce() {
  window.clearTimeout(later);
  const ended = !queue.running && queue.totals().failed === queue.unfinished;
  if (!queue.running && !ended) return;
  const wait = ended ? 0 : Math.max(0, spoken + 5000 - Date.now());
  later = window.setTimeout(() => {
    const total = queue.totals();
    if (!total.done && !total.failed) return;
    const failed = total.failed ? `，${total.failed} 个上传失败` : "";
    say(queue.unfinished ? `已登记 ${total.done} 个，共 ${total.files} 个${failed}。` : `全部 ${total.done} 个文件已登记。`);
    paint();
  }, wait);
}

function sized(number) {
  let value = number;
  for (const unit of ["B", "KB", "MB"]) {
    if (value < 1024) return `${unit === "B" ? Math.round(value) : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} GB`;
}

function lasting(seconds) {
  if (seconds < 60) return `约 ${Math.ceil(seconds)} 秒`;
  if (seconds < 3600) return `约 ${Math.ceil(seconds / 60)} 分钟`;
  return `约 ${(seconds / 3600).toFixed(1)} 小时`;
}

// 2026-11-24 14:05:09, as the other pages write it
function beijing(moment) {
  return new Date(moment).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
}

refresh();
