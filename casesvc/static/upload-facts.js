// What is said of the files: of all that wait, of several together, of one alone. It goes with the announcement of a
// file and stands from then on.
import { guess } from "./upload-choice.js";

const FACTS = ["kind", "category", "place", "taken_by", "witness", "source"];
const UNCHANGED = { kind: "unchanged", category: "unchanged", place: "", taken_by: "", witness: "", source: "" };
const PICTURES = ["photo", "video"]; // 方位, 概貌, 重点部位, 细目 speak of these

export class Facts {
  // changed() when something was said, saved() when it was of some files
  constructor(root, { changed, saved }) {
    this.fields = fieldsOf(root.querySelector("[data-common]"));
    this.dialog = root.querySelector("[data-facts-dialog]");
    this.own = fieldsOf(this.dialog);
    this.labels = Object.fromEntries([...this.fields.kind.options].map(({ value, text }) => [value, text]));
    for (const field of Object.values(this.fields)) field.addEventListener("change", changed);
    this.dialog.addEventListener("close", () => {
      if (this.dialog.returnValue !== "save") return;
      this.dialog.returnValue = "";
      this.#save();
      saved();
      changed();
    });
    this.dialog.querySelector("[data-cancel]").addEventListener("click", () => this.dialog.close());
  }

  common() {
    return Object.fromEntries(FACTS.map((fact) => [fact, this.fields[fact].value.trim()]));
  }

  setCommon(values) {
    for (const fact of FACTS) this.fields[fact].value = values[fact] || "";
  }

  // What holds for a file now.
  of(entry) {
    if (entry.facts) return entry.facts;
    const common = this.common();
    const kind = entry.own.kind || common.kind || guess(entry);
    const category = PICTURES.includes(kind) ? common.category : "";
    return { ...common, category, ...entry.own, kind };
  }

  words(entry) {
    const { kind, ...others } = this.of(entry);
    return [this.labels[kind], ...FACTS.slice(1).map((fact) => others[fact])].filter(Boolean).join(" · ");
  }

  // Ask for the facts of these; of several, what is left as it is stays as it was of each.
  ask(entries) {
    if (!entries.length) return;
    const only = entries.length === 1 ? entries[0] : null;
    this.asked = entries;
    this.before = only ? this.of(only) : UNCHANGED;
    for (const fact of FACTS) {
      const field = this.own[fact];
      for (const option of field.querySelectorAll("[data-unchanged]")) option.hidden = option.disabled = Boolean(only);
      field.value = this.before[fact];
      field.placeholder = only ? "" : "不改";
    }
    this.dialog.querySelector("[data-facts-title]").textContent = only ? only.name : `所选 ${entries.length} 个文件`;
    this.dialog.querySelector("[data-facts-hint]").hidden = Boolean(only);
    this.dialog.showModal();
  }

  #save() {
    for (const fact of FACTS) {
      const value = this.own[fact].value.trim();
      if (value === this.before[fact]) continue;
      for (const entry of this.asked) if (!entry.announced) entry.own[fact] = value;
    }
  }
}

function fieldsOf(place) {
  return Object.fromEntries(FACTS.map((fact) => [fact, place.querySelector(`[data-fact="${fact}"]`)]));
}
