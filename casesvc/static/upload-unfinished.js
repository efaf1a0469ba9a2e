// Uploads of the case that became no exhibit, as the service has them: by whom, how far, until when, why not.
import { uploadsOf } from "./upload-sending.js";
import { beijing, sized } from "./upload-words.js";

const EVERY = 30; // seconds

export class Unfinished {
  // own(name): whether an upload is in the queue of this page
  constructor(root, caseNumber, own) {
    Object.assign(this, { root, caseNumber, own });
    this.blank = root.querySelector("[data-unfinished-blank]").content.firstElementChild;
    this.body = root.querySelector("[data-unfinished-rows]");
    window.setInterval(() => {
      if (!document.hidden) this.look();
    }, EVERY * 1000);
  }

  async look() {
    const { status, body } = await uploadsOf(this.caseNumber);
    if (status !== 200) return;
    const rows = body.filter(({ name }) => !this.own(name)).map((each) => this.#row(each));
    this.body.replaceChildren(...rows);
    this.root.querySelector("[data-unfinished]").hidden = !rows.length;
  }

  #row(upload) {
    const row = this.blank.cloneNode(true);
    const percent = Math.floor((upload.offset / upload.length) * 100);
    const words = {
      "file-name": upload.file_name,
      far: `${sized(upload.offset)} / ${sized(upload.length)}（${percent}%）`,
      by: upload.by,
      since: beijing(upload.begun_at),
      moved: beijing(upload.moved_at),
      state: upload.state_label,
      reason: upload.reason,
      until: upload.expires_at ? `${beijing(upload.expires_at)} 前无人续传即作废` : "",
    };
    for (const [name, text] of Object.entries(words)) row.querySelector(`[data-${name}]`).textContent = text;
    row.dataset.state = upload.state;
    return row;
  }
}
