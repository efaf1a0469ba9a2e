// Why the queue stands still although nobody paused it: no login, no network, no service. It goes on by itself where
// time or the network can help, and when the person is back.
import { whoAmI } from "./upload-sending.js";

const PAUSES = [5, 10, 20, 40, 60]; // seconds before the queue tries again by itself

export class Hold {
  // changed() tells the page; goOn() lets the queue go on
  constructor(page, changed, goOn) {
    Object.assign(this, { page, changed, goOn, on: null, times: 0, timer: 0 }); // on: {kind, text, until}
  }

  login(text) {
    this.#set("login", text);
  }

  service(text) {
    this.#set("service", text);
  }

  network() {
    this.#set("network", "与服务的连接中断，文件都还在队列中，没有丢失；恢复后从断点继续。");
  }

  // A file came through.
  worked() {
    this.times = 0;
  }

  // Whether the queue may go on: nobody but the person whose page it is goes on with it.
  async released() {
    window.clearTimeout(this.timer);
    if (this.on?.kind === "login" && !(await this.samePerson())) return false;
    this.on = null;
    this.changed();
    return true;
  }

  async samePerson() {
    const { status, body } = await whoAmI();
    if (status === 200 && body.certificate === this.page.certificate) return true;
    if (status === 0) this.network();
    else if (status !== 200) this.#set("login", `登录已失效，请由“${this.page.holder}”登录后再继续。`);
    else this.#set("login", `现在登录的是“${body.name}”，不是“${this.page.holder}”，不能继续上传。请由其本人登录后再继续。`);
    return false;
  }

  #set(kind, text) {
    // several files are under way at once: the others say nothing new
    if (this.on && kind !== "login") return;
    window.clearTimeout(this.timer);
    const seconds = kind === "login" ? 0 : PAUSES[Math.min(this.times++, PAUSES.length - 1)];
    this.on = { kind, text, until: seconds ? Date.now() + seconds * 1000 : 0 };
    if (seconds) {
      this.timer = window.setTimeout(() => {
        this.on = null;
        this.changed();
        this.goOn();
      }, seconds * 1000);
    }
    this.changed();
  }
}
