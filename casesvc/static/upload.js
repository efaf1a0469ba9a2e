// The upload page: what is chosen, the queue and its progress, the receipts, what is kept over a reload.
import { listen, sifted } from "./upload-choice.js";
import { State } from "./upload-entries.js";
import { Facts } from "./upload-facts.js";
import { Kept } from "./upload-kept.js";
import { Queue } from "./upload-queue.js";
import { Receipts } from "./upload-receipts.js";
import { Rows } from "./upload-rows.js";
import { Totals } from "./upload-totals.js";
import { Unfinished } from "./upload-unfinished.js";
import { alone } from "./upload-windows.js";

const root = document.querySelector("[data-upload]");
const at = (name, place = root) => place.querySelector(`[data-${name}]`);
const { caseNumber, caseName, holder, certificate } = root.dataset;
const page = { caseNumber, caseName, holder, certificate };
const coarse = window.matchMedia("(pointer: coarse)").matches;

// what is chosen before the page is ready waits for it
let tellReady;
const ready = new Promise((resolve) => {
  tellReady = resolve;
});
listen(root, at("zone"), async (files, unreadable) => {
  if (await ready) take(files, unreadable);
});

const kept = await Kept.open(page);
const facts = new Facts(root, {
  changed() {
    rows.follow();
    kept.save(queue.entries);
    settings();
  },
  saved: () => rows.unselect(),
});
const queue = new Queue(page, kept, (entry) => facts.of(entry));
const rows = new Rows(root, facts, {
  correct: (entries) => facts.ask(entries),
  remove,
  stop(entry) {
    if (window.confirm(`停止上传“${entry.name}”？服务器上已传的部分将被清除。只想稍后再传的，请用“暂停”。`)) queue.stop(entry);
  },
  retry(entry) {
    queue.retry(entry);
    if (!queue.running) queue.start();
  },
});
const receipts = new Receipts(root, queue);
const totals = new Totals(root, queue);
const unfinished = new Unfinished(root, caseNumber, (name) => queue.entries.some((entry) => entry.sending === name));

function settings() {
  kept.saveSettings({ common: facts.common(), running: queue.running, inOrder: queue.inOrder });
}

// ── choosing ──
function take(files, unreadable) {
  const { wanted, omitted, system } = sifted(files, unreadable);
  const found = queue.add(wanted.map((each) => ({ ...each, keep: each.camera || coarse })));
  rows.add([...found.fresh, ...queue.omit(omitted)]);
  totals.say(
    [
      found.again.length ? `${found.again.length} 个文件接着上传` : "",
      found.fresh.length ? `已加入 ${found.fresh.length} 个文件` : found.again.length ? "" : "没有新文件加入",
      omitted.length ? `${omitted.length} 个未加入，见下方“已停止和未加入”` : "",
      system ? `跳过 ${system} 个系统文件` : "",
      found.waiting ? `${found.waiting} 个已在队列中` : "",
      found.stopped ? `${found.stopped} 个已停止，需要时点“重新上传”` : "",
      found.registered ? `${found.registered} 个已登记，见下方回执（确需再登记一次的，先清空回执）` : "",
    ]
      .filter(Boolean)
      .join("，") + "。",
  );
  totals.paint();
  if (found.fresh.length) at("totals").scrollIntoView({ block: "nearest" });
}

async function remove(entries) {
  const begun = entries.filter((entry) => entry.announced && !entry.over).length;
  const only = entries.filter((entry) => entry.keeping === "kept").length;
  const loss = [
    begun ? `${begun} 个已开始上传，服务器上已传的部分将被清除` : "",
    only ? `${only} 个存在本机的副本将被清除` : "",
  ].filter(Boolean);
  if (loss.length && !window.confirm(`移出 ${entries.length} 个文件？其中${loss.join("；")}。`)) return;
  rows.drop(await queue.remove(entries));
  if (begun) unfinished.look();
}

// ── what happens in the queue ──
queue.addEventListener("change", ({ detail: entry }) => {
  if (entry.state === State.DONE) rows.drop([entry]);
  else rows.show(entry);
  totals.refresh();
});
queue.addEventListener("receipt", ({ detail }) => {
  receipts.add(detail);
  receipts.count();
});
let ran = false;
queue.addEventListener("state", () => {
  if (ran !== queue.running) settings();
  ran = queue.running;
  totals.refresh();
  totals.announce();
  tellKept();
});

// ── buttons ──
at("start").addEventListener("click", () => {
  queue.start();
  totals.started();
});
at("pause").addEventListener("click", () => {
  queue.pause();
  totals.paused();
});
at("go-on").addEventListener("click", () => queue.goOn());
at("retry-all").addEventListener("click", () => {
  for (const entry of queue.entries.filter(({ state }) => state === State.FAILED)) queue.retry(entry);
  queue.start();
});
at("in-order").addEventListener("change", ({ target }) => {
  queue.inOrder = target.checked;
  settings();
  queue.next();
});
at("clear-receipts").addEventListener("click", async () => {
  if (!window.confirm("清空本页的上传回执？登记的证据不受影响；需要纸质回执的请先打印。")) return;
  await kept.clearReceipts();
  queue.receipts = [];
  receipts.count();
  totals.paint();
});
at("clear-kept").addEventListener("click", async () => {
  const files = queue.entries.filter((entry) => entry.keeping === "kept").length;
  const words = `清除本机为您保存的上传队列、文件副本和回执？未登记的文件不再上传${files ? `，其中 ${files} 个存在本机的副本清除后无法恢复` : ""}。`;
  if (!window.confirm(words)) return;
  queue.pause();
  await queue.remove(queue.entries);
  await kept.clearPerson();
  window.location.reload();
});

// ── the line and the person come and go ──
window.addEventListener("offline", () => queue.cutOff());
window.addEventListener("online", () => {
  if (queue.hold.on?.kind !== "login") queue.goOn();
});
document.addEventListener("visibilitychange", back);
window.addEventListener("focus", back);

async function back() {
  if (document.hidden || !queue.unfinished) return;
  if (queue.hold.on?.kind === "login") await queue.goOn();
  else if (queue.running) await queue.hold.samePerson();
}

window.addEventListener("beforeunload", (event) => {
  if (queue.entries.some((entry) => entry.file && entry.keeping !== "kept")) event.preventDefault();
});

// ── at the beginning ──
function tellKept() {
  const count = queue.unfinished;
  at("kept-notice").hidden = !count || !kept.database;
  at("not-kept").hidden = Boolean(kept.database) || !count;
}

async function linkElsewhere() {
  for (const other of await kept.elsewhere()) {
    const link = document.createElement("a");
    link.href = `/cases/${encodeURIComponent(other.caseNumber)}/upload`;
    link.textContent = `${other.caseName}（${other.caseNumber}，${other.files} 个）`;
    at("other-cases-links").append(" ", link);
    at("other-cases").hidden = false;
  }
}

async function begin() {
  if (!(await alone(kept.owner))) {
    at("elsewhere-open").hidden = false;
    at("choosing").inert = true;
    tellReady(false);
    return;
  }
  const found = await kept.load();
  if (found.settings) facts.setCommon(found.settings.common);
  queue.inOrder = at("in-order").checked = Boolean(found.settings?.inOrder);
  queue.restore(found);
  rows.add(queue.entries);
  for (const receipt of queue.receipts) receipts.add(receipt);
  receipts.count();
  tellKept();
  totals.paint();
  tellReady(true);
  root.dataset.ready = "";
  await linkElsewhere();
  await queue.resume(found.settings?.running);
  await unfinished.look();
}

await begin();
