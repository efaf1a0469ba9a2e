// The editor of a photograph: a list of operations in pixels of the upright original, drawn over its preview.
// Nothing is drawn on a picture here: the list is sent, and the service makes the copy from the original.

import { svg, shapesOf, Turned } from "./edit-photo-shapes.js";

const editor = document.querySelector("[data-editor]");
const find = (what, from = editor) => from.querySelector(what);
const canvas = find("[data-canvas]");
const stage = find("[data-stage]");
const form = find("[data-save]");
const letters = find("#letters");
const nextNumber = find("#next-number");

const MOST = 200;
const CLICK = 5; // pixels of the screen: less is no dragging
const NAMES = { rotate: "旋转", crop: "裁剪", redact: "遮盖", frame: "方框", ellipse: "圈注", arrow: "箭头", marker: "序号", text: "文字" };
const COLOURS = { red: "红", yellow: "黄", blue: "蓝", green: "绿", white: "白", black: "黑" };
const FIELDS = { x: "横坐标", y: "纵坐标", to_x: "终点横坐标", to_y: "终点纵坐标", width: "宽", height: "高", line: "线宽", size: "大小", number: "数字", text: "文字", colour: "颜色" };
const HINTS = {
  move: "点选已画的内容，可以拖动；坐标在操作列表里改",
  redact: "按住拖动，框出要遮盖的范围",
  crop: "按住拖动，框出要保留的范围",
  frame: "按住拖动，画出方框",
  ellipse: "按住拖动，画出椭圆",
  arrow: "从箭尾按住拖到箭头所指处",
  marker: "点一下，放上序号；下一个自动加一",
  text: "",
};
/** Sizes as parts of the longer side. */
const SIZES = {
  line: { small: 0.004, medium: 0.007, large: 0.012 },
  text: { small: 0.02, medium: 0.032, large: 0.052 },
  marker: { small: 0.028, medium: 0.044, large: 0.07 },
};
const LIMITS = { line: [1, 200], text: [8, 1000], marker: [12, 1000], number: [1, 99] };

let width = Number(editor.dataset.width);
let height = Number(editor.dataset.height);
let operations = JSON.parse(editor.dataset.operations);
let chosen = -1;
let draft = null; // what is being drawn
const past = [];
const future = [];

const picked = (name) => find(`input[name=${name}]:checked`).value;
const tool = () => picked("tool");
const turned = () => new Turned(width, height, operations.find((op) => op.op === "rotate")?.clockwise || 0);
const within = (value, [least, most]) => Math.min(Math.max(Math.round(value), least), most);

/** A size in pixels of the original, of those that the service takes. */
function sizeOf(kind) {
  return within(SIZES[kind][picked("size")] * Math.max(width, height), LIMITS[kind]);
}

/** Take a new list; the one before can be had again. */
function change(next, choose = chosen) {
  if (next.length > MOST) return toast(`一份副本最多 ${MOST} 项操作`);
  past.push(operations);
  future.length = 0;
  operations = next;
  chosen = Math.min(choose, operations.length - 1);
  form.dataset.typed = "";
  render();
}

function step(from, to) {
  if (!from.length) return;
  to.push(operations);
  operations = from.pop();
  chosen = -1;
  render();
}

function add(op) {
  const kept = op.op === "crop" ? operations.filter((each) => each.op !== "crop") : operations;
  change([...kept, op], kept.length);
  if (op.op === "marker") nextNumber.value = Math.min(op.number + 1, 99);
}

function turn() {
  const next = ((operations.find((op) => op.op === "rotate")?.clockwise || 0) + 90) % 360;
  const others = operations.filter((op) => op.op !== "rotate");
  change(next ? [...others, { op: "rotate", clockwise: next }] : others, -1);
}

const remove = (at) => change(operations.filter((_, index) => index !== at), -1);

// ── making operations ────────────────────────────────────

function rectangle([ax, ay], [bx, by]) {
  return { x: Math.min(ax, bx), y: Math.min(ay, by), width: Math.abs(ax - bx), height: Math.abs(ay - by) };
}

/** The operation of a tool from one place of the original to another; nothing where it has no extent. */
function made(kind, from, to) {
  const colour = picked("colour");
  if (kind === "marker") return { op: kind, x: to[0], y: to[1], size: sizeOf("marker"), number: within(Number(nextNumber.value) || 1, LIMITS.number), colour };
  if (kind === "text") return { op: kind, x: to[0], y: to[1], size: sizeOf("text"), text: letters.value.trim(), colour };
  if (kind === "arrow") return { op: kind, x: from[0], y: from[1], to_x: to[0], to_y: to[1], line: sizeOf("line"), colour };
  const box = rectangle(from, to);
  if (!box.width || !box.height) return null;
  return kind === "frame" || kind === "ellipse" ? { op: kind, ...box, line: sizeOf("line"), colour } : { op: kind, ...box };
}

/** In the middle, for those who use no pointer: moved by its coordinates then. */
function addInMiddle() {
  const kind = tool();
  if (kind === "text" && !letters.value.trim()) return askForLetters();
  const [x, y, side] = [Math.round(width / 2), Math.round(height / 2), Math.round(Math.min(width, height) / 8)];
  const dragged = kind !== "marker" && kind !== "text";
  add(made(kind, [x - side, y - side], dragged ? [x + side, y + side] : [x, y]));
  const rows = find("[data-list]").children;
  rows[rows.length - 1].firstElementChild.open = true;
  rows[rows.length - 1].querySelector("input").focus();
}

function askForLetters() {
  letters.focus();
  toast("先填写文字，再点照片上的位置");
}

/** Moved by so many pixels of the original, as far as the picture goes. */
function moved(op, dx, dy) {
  const xs = [op.x, op.to_x ?? op.x + (op.width || 0)];
  const ys = [op.y, op.to_y ?? op.y + (op.height || 0)];
  const byX = within(dx, [-Math.min(...xs), width - Math.max(...xs)]);
  const byY = within(dy, [-Math.min(...ys), height - Math.max(...ys)]);
  const next = { ...op, x: op.x + byX, y: op.y + byY };
  return "to_x" in op ? { ...next, to_x: op.to_x + byX, to_y: op.to_y + byY } : next;
}

// ── pointer ──────────────────────────────────────────────

/** Where the pointer is in the original. */
function placeOf(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(scene.getScreenCTM().inverse());
  const [x, y] = turned().toOriginal(at.x, at.y);
  return [within(x, [0, width]), within(y, [0, height])];
}

let drag = null;

canvas.addEventListener("pointerdown", (event) => {
  if (event.button || drag) return;
  const group = event.target.closest("[data-op]");
  const grip = tool() === "move";
  if (grip) choose(group ? Number(group.dataset.op) : -1);
  if (grip && (!group || operations[chosen].op === "rotate")) return;
  if (tool() === "text" && !letters.value.trim()) return askForLetters();
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  drag = { from: placeOf(event), screen: [event.clientX, event.clientY], grip, before: operations[chosen] };
});

canvas.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const to = placeOf(event);
  drag.far ||= Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]) >= CLICK;
  if (drag.grip) draft = drag.far ? moved(drag.before, to[0] - drag.from[0], to[1] - drag.from[1]) : null;
  else draft = made(tool(), drag.from, to);
  draw();
});

canvas.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { from, far, grip } = drag;
  const [op, at] = [draft, placeOf(event)];
  drag = draft = null;
  if (grip) {
    if (op) change(operations.map((each, index) => (index === chosen ? op : each)));
    else draw();
  } else if (tool() === "marker" || tool() === "text") {
    add(made(tool(), from, at));
  } else if (far && op) {
    add(op);
  } else {
    draw();
    toast(HINTS[tool()]);
  }
});

// a finger that draws makes no gesture of the browser, whose end would swallow the next tap
canvas.addEventListener("touchstart", (event) => drag && event.preventDefault(), { passive: false });

canvas.addEventListener("pointercancel", () => {
  drag = draft = null;
  draw();
});

// ── showing ──────────────────────────────────────────────

const preview = new Image();

const scene = svg("g", { "data-scene": "" });
const layer = svg("g");
let laid = null; // how the preview lies in the scene

function lay(view) {
  if (laid === view.clockwise) return;
  laid = view.clockwise;
  canvas.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
  scene.replaceChildren(view.image(preview.src), layer);
  canvas.replaceChildren(scene);
}

function draw() {
  const view = turned();
  lay(view);
  const shapes = [];
  const shown = operations.map((op, index) => (draft && drag?.grip && index === chosen ? draft : op));
  const order = [...shown.keys()].sort((a, b) => (shown[a].op === "crop") - (shown[b].op === "crop"));
  for (const index of order) shapes.push(svg("g", { "data-op": index }, ...shapesOf(shown[index], view)));
  if (draft && !drag?.grip) shapes.push(svg("g", {}, ...shapesOf(draft, view)));
  layer.replaceChildren(...shapes);
  const group = chosen >= 0 && shown[chosen].op !== "crop" ? find(`[data-op="${chosen}"]`, canvas) : null;
  if (!group?.childElementCount) return;
  const { x, y, width: across, height: down } = group.getBBox();
  for (const name of ["chosen-under", "chosen"]) layer.append(svg("rect", { x, y, width: across, height: down, class: name }));
}

function render() {
  draw();
  list();
  find("[data-undo]").disabled = !past.length;
  find("[data-redo]").disabled = !future.length;
  find("[data-count]").textContent = operations.length ? `${operations.length} 项，按先后绘制` : "还没有操作";
}

function choose(at) {
  chosen = at;
  draw();
  [...find("[data-list]").children].forEach((row, index) => row.classList.toggle("on", index === at));
}

function what(op) {
  if (op.op === "rotate") return `顺时针 ${op.clockwise}°`;
  if (op.op === "text") return `“${op.text}” ${COLOURS[op.colour]}`;
  if (op.op === "marker") return `${op.number} ${COLOURS[op.colour]}`;
  return "width" in op ? `${op.width}×${op.height}${op.colour ? ` ${COLOURS[op.colour]}` : ""}` : COLOURS[op.colour];
}

/** The list. Rows of the same kinds stay and get their values: a field being left must not take the next one with it. */
function list() {
  const place = find("[data-list]");
  const keys = operations.map((op, at) => `${at}-${op.op}`);
  const open = new Set([...place.children].filter((row) => row.firstElementChild.open).map((row) => row.dataset.key));
  if (keys.join() !== [...place.children].map((row) => row.dataset.key).join()) {
    place.replaceChildren(...operations.map((op, at) => row(op, at, keys[at], open.has(keys[at]))));
  }
  operations.forEach((op, at) => show(place.children[at], op, at));
}

function row(op, at, key, open) {
  const made = find("template[data-row]").content.cloneNode(true).firstElementChild;
  made.dataset.key = key;
  find(".op-number", made).textContent = at + 1;
  find(".op-name", made).textContent = NAMES[op.op];
  find("details", made).open = open;
  find("summary", made).addEventListener("click", () => choose(at));
  find(".op-remove", made).setAttribute("aria-label", `删除第 ${at + 1} 项：${NAMES[op.op]}`);
  find(".op-remove", made).addEventListener("click", () => remove(at));
  const names = Object.keys(FIELDS).filter((name) => name in op);
  find(".op-fields", made).append(...names.map((name) => field(at, name)));
  return made;
}

function field(at, name) {
  const label = document.createElement("label");
  const input = document.createElement(name === "colour" ? "select" : "input");
  input.className = name === "colour" ? "form-select" : "form-control";
  input.dataset.field = name;
  if (name === "colour") input.append(...Object.entries(COLOURS).map(([value, words]) => new Option(words, value)));
  else if (name === "text") input.maxLength = 60;
  else Object.assign(input, { type: "number", step: 1, inputMode: "numeric" });
  input.addEventListener("change", () => {
    put(at, name, input.value);
    input.value = operations[at][name];
  });
  if (name === "text") label.className = "wide";
  label.append(FIELDS[name], input);
  return label;
}

function show(row, op, at) {
  row.classList.toggle("on", at === chosen);
  find(".op-what", row).textContent = what(op);
  row.querySelectorAll("[data-field]").forEach((input) => {
    if (input !== document.activeElement) input.value = op[input.dataset.field]; // not what is being typed
    if (input.type === "number") [input.min, input.max] = bounds(op, input.dataset.field);
  });
}

/** Least and most of a number, so that nothing reaches out of the picture. */
function bounds(op, name) {
  if (name === "size") return LIMITS[op.op];
  if (LIMITS[name]) return LIMITS[name];
  if (name === "width") return [1, width - op.x];
  if (name === "height") return [1, height - op.y];
  return name.endsWith("x") ? [0, width - (op.width || 0)] : [0, height - (op.height || 0)];
}

function put(at, name, value) {
  const op = operations[at];
  const words = typeof value === "string" ? value.trim() : value;
  const next = name === "colour" || name === "text" ? words || op[name] : within(Number(value) || 0, bounds(op, name));
  const same = "to_x" in op && { ...op, [name]: next };
  if (same && same.x === same.to_x && same.y === same.to_y) return render();
  change(operations.map((each, index) => (index === at ? { ...each, [name]: next } : each)), at);
}

function options() {
  const now = tool();
  editor.querySelectorAll("[data-for]").forEach((option) => { option.hidden = !option.dataset.for.split(" ").includes(now); });
  find("[data-hint]").textContent = HINTS[now];
  find("[data-hint]").hidden = !HINTS[now];
  find("[data-centre]").hidden = now === "move";
  stage.classList.toggle("moving", now === "move");
}

function zoom() {
  const now = { 1: 2, 2: 4, 4: 1 }[stage.dataset.zoom || 1];
  const middle = [(stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight];
  stage.dataset.zoom = now;
  stage.classList.toggle("zoom-2", now === 2);
  stage.classList.toggle("zoom-4", now === 4);
  find("[data-zoom-words]").textContent = `${now}×`;
  stage.scrollTo(middle[0] * stage.scrollWidth - stage.clientWidth / 2, middle[1] * stage.scrollHeight - stage.clientHeight / 2);
}

// ── wiring ───────────────────────────────────────────────

editor.addEventListener("change", (event) => {
  if (event.target.name === "tool") options();
});
find("[data-turn]").addEventListener("click", turn);
find("[data-undo]").addEventListener("click", () => step(past, future));
find("[data-redo]").addEventListener("click", () => step(future, past));
find("[data-zoom]").addEventListener("click", zoom);
find("[data-centre]").addEventListener("click", addInMiddle);

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=radio]), select, textarea")) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) step(future, past);
    else step(past, future);
  } else if ((key === "delete" || key === "backspace") && chosen >= 0) {
    event.preventDefault();
    remove(chosen);
  } else if (key === "escape" && drag) {
    drag = draft = null;
    draw();
  }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.dataset.sending) return;
  if (!operations.length) return refuse(form, "还没有操作", "请先在照片上标注、遮盖、旋转或裁剪。");
  const button = find("[data-test=save]", form);
  form.dataset.busy = "正在生成…";
  busy(form, button, true);
  delete form.dataset.busy; // or else the page's own script would take the next refusal for a sending
  try {
    const answer = await fetch(editor.dataset.api, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-csrftoken": token() },
      body: JSON.stringify({ title: form.elements.title.value, operations }),
    });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) {
      delete form.dataset.typed;
      location.assign(editor.dataset.after);
      return;
    }
    refuse(form, said.title || "系统出错", said.detail || "副本没有制作，请重试。", answer.status === 401);
  } catch {
    refuse(form, "连接中断", "没有收到服务器的答复，请检查网络后重试；同样的副本不会做成两份。");
  }
  busy(form, button, false);
});

function token() {
  const found = document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return found ? decodeURIComponent(found.slice("csrftoken=".length)) : "";
}

options();
preview.addEventListener("load", () => {
  // the sides that a reader found may be those of a picture not yet turned upright; the preview is
  const shape = preview.naturalWidth / preview.naturalHeight;
  if (Math.abs(shape - height / width) < Math.abs(shape - width / height)) [width, height] = [height, width];
  editor.dataset.ready = "";
  render();
});
preview.addEventListener("error", () => refuse(form, "照片没有载入", "请刷新页面重试。"));
preview.src = editor.dataset.preview;
