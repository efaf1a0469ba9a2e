// What an operation looks like over the preview: the same shapes that the service draws on the copy (evidence/drawing.py).

const COLOURS = { red: "#e02020", yellow: "#ffd600", blue: "#185ac8", green: "#009646", white: "#fff", black: "#000" };
const LIGHT = new Set(["yellow", "white"]);
const rim = (colour) => (LIGHT.has(colour) ? COLOURS.black : COLOURS.white);

/** An SVG element with its attributes. */
export function svg(name, attributes = {}, ...inside) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

/** Places of the upright original (width × height) and of the view, which is turned by quarter turns. */
export class Turned {
  constructor(width, height, clockwise) {
    Object.assign(this, { own: [width, height], clockwise });
    [this.width, this.height] = clockwise % 180 ? [height, width] : [width, height];
  }

  toView(x, y) {
    const [width, height] = this.own;
    return { 90: [height - y, x], 180: [width - x, height - y], 270: [y, width - x] }[this.clockwise] || [x, y];
  }

  toOriginal(x, y) {
    const [width, height] = this.own;
    return { 90: [y, height - x], 180: [width - x, height - y], 270: [width - y, x] }[this.clockwise] || [x, y];
  }

  /** The view's rectangle of an operation's. */
  box({ x, y, width, height }) {
    const [a, b] = [this.toView(x, y), this.toView(x + width, y + height)];
    return { x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width, height, ...(this.clockwise % 180 ? { width: height, height: width } : {}) };
  }

  /** The preview, turned into the view. */
  image(href) {
    const [width, height] = this.own;
    const moved = { 90: `translate(${height} 0)`, 180: `translate(${width} ${height})`, 270: `translate(0 ${width})` };
    const transform = this.clockwise ? `${moved[this.clockwise]} rotate(${this.clockwise})` : "";
    return svg("image", { href, width, height, transform, preserveAspectRatio: "none" });
  }
}

/** The shapes of an operation; none for a rotation, which turns the view itself. */
export function shapesOf(op, turned) {
  const draw = { redact, crop, frame, ellipse, arrow, marker, text }[op.op];
  return draw ? draw(op, turned) : [];
}

function redact(op, turned) {
  return [svg("rect", { ...turned.box(op), fill: "#000" })];
}

/** What the crop takes away lies in shade. */
function crop(op, turned) {
  const { x, y, width, height } = turned.box(op);
  const all = `M0 0H${turned.width}V${turned.height}H0Z`;
  return [
    svg("path", { d: `${all}M${x} ${y}h${width}v${height}h${-width}Z`, "fill-rule": "evenodd", class: "outside" }),
    svg("rect", { x, y, width, height, class: "chosen" }),
  ];
}

function frame(op, turned) {
  const place = { ...turned.box(op), fill: "none" };
  return [
    svg("rect", { ...place, stroke: rim(op.colour), "stroke-width": op.line * 1.5 }),
    svg("rect", { ...place, stroke: COLOURS[op.colour], "stroke-width": op.line }),
  ];
}

function ellipse(op, turned) {
  const { x, y, width, height } = turned.box(op);
  const place = { cx: x + width / 2, cy: y + height / 2, rx: width / 2, ry: height / 2, fill: "none" };
  return [
    svg("ellipse", { ...place, stroke: rim(op.colour), "stroke-width": op.line * 1.5 }),
    svg("ellipse", { ...place, stroke: COLOURS[op.colour], "stroke-width": op.line }),
  ];
}

function arrow(op, turned) {
  const [tail, point] = [turned.toView(op.x, op.y), turned.toView(op.to_x, op.to_y)];
  const length = Math.max(Math.hypot(point[0] - tail[0], point[1] - tail[1]), 1);
  const along = [(point[0] - tail[0]) / length, (point[1] - tail[1]) / length];
  const head = Math.min(op.line * 4, length);
  const [neck, half, wide] = [length - head, op.line / 2, head / 2];
  const corners = [[0, -half], [neck, -half], [neck, -wide], [length, 0], [neck, wide], [neck, half], [0, half]];
  const points = corners
    .map(([on, aside]) => [tail[0] + along[0] * on - along[1] * aside, tail[1] + along[1] * on + along[0] * aside].join(","))
    .join(" ");
  return [
    svg("polygon", { points, fill: rim(op.colour), stroke: rim(op.colour), "stroke-width": op.line / 2, "stroke-linejoin": "round" }),
    svg("polygon", { points, fill: COLOURS[op.colour] }),
  ];
}

function marker(op, turned) {
  const [cx, cy] = turned.toView(op.x, op.y);
  const middle = { "text-anchor": "middle", "dominant-baseline": "central" };
  return [
    svg("circle", { cx, cy, r: op.size * 0.5, fill: rim(op.colour) }),
    svg("circle", { cx, cy, r: op.size * 0.44, fill: COLOURS[op.colour] }),
    svg("text", { x: cx, y: cy, "font-size": op.size * 0.56, fill: rim(op.colour), ...middle }, String(op.number)),
  ];
}

function text(op, turned) {
  const [x, y] = turned.toView(op.x, op.y);
  const rimmed = { stroke: rim(op.colour), "stroke-width": op.size / 7, "stroke-linejoin": "round", "paint-order": "stroke" };
  return [svg("text", { x, y, "font-size": op.size, fill: COLOURS[op.colour], ...rimmed }, op.text)];
}
