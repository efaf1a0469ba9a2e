// The form of a clock's measurement: the error is told while it is typed, the device is one of the case's, or is typed
// and then has to be confirmed. And when the page was printed.
const form = document.querySelector("[data-clock-form]");
const DAY = 86400;

/** Seconds of a datetime-local value, counted as if it were UTC: only the difference of two is used. */
function seconds(value) {
  const moment = Date.parse(`${value}Z`);
  return Number.isNaN(moment) ? null : Math.round(moment / 1000);
}

/** The same words as casesvc/present_times.py:offset_text. */
function offsetText(offset) {
  if (offset === 0) return "与北京时间一致";
  const all = Math.abs(offset);
  const [days, hours, minutes, rest] = [Math.floor(all / DAY), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
  const two = (number, before) => (before ? String(number).padStart(2, "0") : String(number));
  const parts = [];
  if (days) parts.push(`${days} 天`);
  if (all >= 3600) parts.push(`${two(hours, days)} 小时`);
  if (all >= 60) parts.push(`${two(minutes, all >= 3600)} 分`);
  parts.push(`${two(rest, all >= 60)} 秒`);
  return `${offset > 0 ? "快" : "慢"} ${parts.join(" ")}`;
}

function preview() {
  const box = form.querySelector("[data-preview]");
  const [shown, beijing] = [seconds(form.elements.shown.value), seconds(form.elements.beijing_at.value)];
  box.hidden = shown === null || beijing === null;
  if (box.hidden) return;
  const offset = shown - beijing;
  const device = deviceName();
  const files = filesOf(device);
  box.toggleAttribute("data-far", Math.abs(offset) > DAY || !files);
  const far = Math.abs(offset) > DAY ? "（超过一天，请再看一遍两个日期）" : "";
  const whose = files ? `。将校正其 ${files} 个文件` : device && "。本案没有该设备的文件，请核对名称";
  box.textContent = `${device || "设备时钟"}：${offsetText(offset)}${far}${whose}`;
}

/** As the service writes a name: single spaces. */
function deviceName() {
  return form.elements.device.value.replace(/\s+/g, " ").trim();
}

function filesOf(device) {
  const option = [...choice.options].find((each) => each.dataset.files && each.value === device);
  return Number(option?.dataset.files || 0);
}

/** Show what belongs to the device chosen: a name to type for another one, and the warning where it has no file. */
function follow() {
  const other = "other" in (choice.selectedOptions[0]?.dataset ?? {});
  form.querySelector("[data-naming]").hidden = !other;
  choice.required = !other;
  const device = deviceName();
  const box = form.querySelector("[data-unknown]");
  const unknown = other && !filesOf(device);
  box.hidden = !unknown;
  const check = form.elements.unknown_device;
  check.disabled = !unknown;
  check.required = unknown;
  form.querySelector("[data-unknown-words]").textContent = `本案没有${device ? `“${device}”` : "该设备"}的文件，请核对名称。`;
  preview();
}

/** Choose a device of the table: one without a file is another one. */
function choose(device) {
  const known = [...choice.options].find((each) => each.dataset.files && each.value === device);
  (known || choice.querySelector("[data-other]")).selected = true;
  form.elements.device.value = device;
  form.elements.unknown_device.checked = false;
  follow();
}

const choice = form?.querySelector("[data-choice]");

if (form) {
  form.querySelector("[data-choosing]").hidden = false;
  choice.addEventListener("input", () => {
    form.elements.device.value = choice.value;
    form.elements.unknown_device.checked = false;
    follow();
    if (!form.querySelector("[data-naming]").hidden) form.elements.device.focus();
  });
  form.elements.device.addEventListener("input", () => {
    form.elements.unknown_device.checked = false; // confirmed for another name
  });
  form.addEventListener("input", follow);
  addEventListener("pageshow", follow);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-measure]");
    if (!button) return;
    event.preventDefault();
    choose(button.dataset.measure);
    form.scrollIntoView({ block: "center" });
    form.elements.shown.focus({ preventScroll: true });
  });
}

const printed = document.querySelector("[data-printed]");
addEventListener("beforeprint", () => {
  printed.textContent = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" }).format(new Date());
});
