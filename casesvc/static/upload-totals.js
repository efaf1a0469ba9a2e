// The bar above the lists: how much is done, how fast, how long still; and why the queue stands.
import { lasting, sized } from "./upload-words.js";

const WINDOW = 6000; // milliseconds over which the speed is taken

function endOf({ files, done, failed, stopped, omitted }) {
  if (done === files) return `全部 ${done} 个文件已登记。`;
  const counts = { 已登记: done, 上传失败: failed, 已停止: stopped, 未加入: omitted };
  const words = Object.entries(counts).map(([word, count]) => (count || word === "已登记" ? `${count} 个${word}` : ""));
  return `${words.filter(Boolean).join("，")}。`;
}

export class Totals {
  constructor(root, queue) {
    Object.assign(this, { root, queue, pace: [], painted: 0, spoken: 0, later: 0 }); // pace: [time, bytes sent]
    window.setInterval(() => {
      if (queue.running || queue.hold.on) this.refresh();
    }, 500);
  }

  refresh() {
    if (!this.painted) this.painted = requestAnimationFrame(() => this.paint());
  }

  started() {
    this.pace.length = 0;
    this.paint();
    this.#at("pause").focus();
  }

  paused() {
    window.clearTimeout(this.later);
    this.say("已暂停。");
    this.paint();
    this.#at("start").focus();
  }

  paint() {
    this.painted = 0;
    const { queue } = this;
    const total = queue.totals();
    const speed = this.#speed(total);
    this.root.classList.toggle("has-files", total.files > 0);
    const percent = total.bytes ? Math.floor((total.sent / total.bytes) * 100) : 0;
    this.#at("total-bar").style.width = `${percent}%`;
    this.#at("total-meter").setAttribute("aria-valuenow", String(percent));
    this.#write("total-files", `${total.done} / ${total.files}`);
    this.#write("total-bytes", `${sized(total.sent)} / ${sized(total.bytes)}`);
    this.#write("total-speed", speed ? `${sized(speed)}/秒` : "—");
    this.#write("total-left", speed && total.left ? lasting(total.left / speed) : "—");
    const waiting = total.files - total.done - total.resting;
    this.root.classList.toggle("has-waiting", waiting > 0);
    this.#counted("failed", total.failed);
    this.#counted("missing", total.missing);
    this.#counted("aside", total.stopped + total.omitted);
    this.#counted("waiting", waiting - total.missing);
    for (const end of ["failed", "stopped", "omitted"]) {
      this.#write(`total-${end}`, String(total[end]));
      this.#at(`total-${end}`).parentElement.hidden = !total[end];
    }
    this.#at("start").hidden = queue.running || Boolean(queue.hold.on) || waiting <= total.missing;
    this.#write("start-words", `${total.begun ? "继续上传" : "开始上传"}（${waiting}）`);
    this.#at("pause").hidden = !queue.running || Boolean(queue.hold.on) || waiting <= total.missing;
    this.#at("retry-all").hidden = !total.failed;
    if (queue.running) this.#write("said", ""); // the numbers above are newer
    this.#showHeld();
  }

  say(text) {
    this.#write("said", text);
    this.#speak(text);
  }

  #speak(text) {
    this.#write("live", text);
    this.spoken = Date.now();
  }

  // A screen reader hears of progress every few seconds, not of every file; the others see the numbers. Of the end
  // everybody is told at once.
  announce() {
    window.clearTimeout(this.later);
    const { queue } = this;
    const ended = !queue.running && queue.totals().resting === queue.unfinished;
    if (!queue.running && !ended) return;
    const wait = ended ? 0 : Math.max(0, this.spoken + 5000 - Date.now());
    this.later = window.setTimeout(() => {
      const total = queue.totals();
      if (!total.done && !total.failed) return;
      if (ended) this.say(endOf(total));
      else this.#speak(`共 ${total.files} 个文件：${endOf(total)}`);
      this.paint();
    }, wait);
  }

  #speed(total) {
    const { pace } = this;
    const now = performance.now();
    if (!pace.length || now - pace.at(-1)[0] > 250) pace.push([now, total.sent]);
    while (pace.length > 2 && now - pace[0][0] > WINDOW) pace.shift();
    const [since, before] = pace[0];
    return total.sending && now > since ? Math.max(0, ((total.sent - before) / (now - since)) * 1000) : 0;
  }

  #showHeld() {
    const held = this.queue.hold.on;
    this.#at("held").hidden = !held;
    if (!held) return;
    const seconds = held.until ? Math.max(0, Math.ceil((held.until - Date.now()) / 1000)) : 0;
    this.#write("held-text", held.text);
    this.#write("held-wait", held.until ? `${seconds} 秒后自动重试` : "");
    this.#at("held-login").hidden = held.kind !== "login";
    this.#write("go-on-words", held.kind === "login" ? "继续上传" : "立即重试");
  }

  // A list and its heading.
  #counted(list, count) {
    this.#at(`${list}-section`).hidden = !count;
    for (const place of this.root.querySelectorAll(`[data-total-${list}]`)) place.textContent = String(count);
  }

  #write(name, text) {
    const place = this.#at(name);
    if (place.textContent !== text) place.textContent = text;
  }

  #at(name) {
    return this.root.querySelector(`[data-${name}]`);
  }
}
