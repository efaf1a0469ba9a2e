// The form of a clock's measurement: the error is told while it is typed, a device of the table is filled in by its button.
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
  box.toggleAttribute("data-far", Math.abs(offset) > DAY);
  box.textContent = `设备时钟：${offsetText(offset)}${Math.abs(offset) > DAY ? "（超过一天，请再看一遍两个日期）" : ""}`;
}

if (form) {
  form.addEventListener("input", preview);
  addEventListener("pageshow", preview);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-measure]");
    if (!button) return;
    event.preventDefault();
    form.elements.device.value = button.dataset.measure;
    form.scrollIntoView({ block: "center" });
    form.elements.shown.focus({ preventScroll: true });
  });
}
