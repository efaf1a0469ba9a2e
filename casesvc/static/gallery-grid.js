// A grid of thousands of which only what is in the window is in the page. Its length is that of the whole, so the
// window's own scroll bar tells where one is; cells are placed by number.

const GAP = 12;
const NARROWEST = { desk: 178, phone: 150 };
const UNDER = 80; // the three lines below a picture
const GLANCE = 200; // milliseconds in the window after which a cell counts as looked at

/**
 * `list` is the element of the cells; `make(item)` makes one, `look(cell, item)` gives it its picture – not
 * where it only flies past, as each picture that is fetched is recorded as seen; `open(item)` is told of a chosen one.
 */
export function makeGrid(list, { make, look, open }) {
  let items = [];
  let columns = 1;
  let width = 0;
  let row = 1; // height with the gap, in pixels
  let current = 0; // the one cell that the tab key reaches
  const cells = new Map(); // by index
  const since = new Map(); // by index, when it came into the window
  let looking = 0;

  function measure() {
    const wide = list.clientWidth;
    const least = wide < 560 ? NARROWEST.phone : NARROWEST.desk;
    columns = Math.max(2, Math.floor((wide + GAP) / (least + GAP)));
    width = Math.floor((wide - GAP * (columns - 1)) / columns);
    row = Math.round((width * 2) / 3) + UNDER + GAP;
    list.style.height = `${Math.max(0, Math.ceil(items.length / columns) * row - GAP)}px`;
    cells.forEach(place);
  }

  function place(cell, index) {
    cell.style.width = `${width}px`;
    cell.style.height = `${row - GAP}px`;
    cell.style.left = `${(index % columns) * (width + GAP)}px`;
    cell.style.top = `${Math.floor(index / columns) * row}px`;
  }

  /** Indexes of the first and behind the last item in the window, and `more` rows around it. */
  function inWindow(more) {
    const top = -list.getBoundingClientRect().top;
    const first = Math.floor(top / row) - more;
    const last = Math.ceil((top + window.innerHeight) / row) + more;
    return [Math.max(0, first * columns), Math.min(items.length, Math.max(0, last * columns))];
  }

  function draw() {
    if (list.hidden) return;
    const [from, to] = inWindow(2);
    for (const [index, cell] of cells) {
      // the current one stays, so that the focus is not lost by scrolling
      if ((index < from || index >= to) && index !== current) {
        cell.remove();
        cells.delete(index);
      }
    }
    for (let index = from; index < to; index += 1) cellAt(index);
    glance();
  }

  function glance() {
    window.clearTimeout(looking);
    const now = performance.now();
    const [from, to] = inWindow(0);
    for (const index of since.keys()) if (index < from || index >= to) since.delete(index);
    let waiting = false;
    for (let index = from; index < to; index += 1) {
      if (!since.has(index)) since.set(index, now);
      if (now - since.get(index) >= GLANCE) look(cellAt(index), items[index]);
      else waiting = true;
    }
    if (waiting) looking = window.setTimeout(glance, GLANCE);
  }

  function cellAt(index) {
    if (cells.has(index)) return cells.get(index);
    const cell = make(items[index]);
    cell.setAttribute("aria-setsize", String(items.length));
    cell.setAttribute("aria-posinset", String(index + 1));
    cell.dataset.index = String(index);
    cell.firstElementChild.tabIndex = index === current ? 0 : -1;
    place(cell, index);
    // in the order of the list, for those who hear it
    const after = [...list.children].find((each) => Number(each.dataset.index) > index);
    list.insertBefore(cell, after || null);
    cells.set(index, cell);
    return cell;
  }

  /** Bring the item at `index` into the window and give it the focus. */
  function focus(index) {
    if (!items.length) return;
    cells.get(current)?.firstElementChild.setAttribute("tabindex", "-1");
    current = Math.min(Math.max(index, 0), items.length - 1);
    const link = cellAt(current).firstElementChild;
    link.tabIndex = 0;
    link.focus({ preventScroll: true });
    link.parentElement.scrollIntoView({ block: "nearest" });
    draw();
  }

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const ends = { Home: 0, End: items.length - 1 };
    const to = event.key in ends ? ends[event.key] : current + steps[event.key];
    if (Number.isNaN(to)) return;
    event.preventDefault();
    if (to >= 0 && to < items.length) focus(to);
  });
  list.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-index]");
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab is the page of the exhibit
    event.preventDefault();
    const index = Number(cell.dataset.index);
    focus(index);
    open(items[index]);
  });
  let drawing = 0;
  const soon = () => {
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      draw();
    });
  };
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", soon);
  new ResizeObserver(() => {
    if (list.hidden) return;
    measure();
    soon();
  }).observe(list);

  return {
    show(chosen) {
      items = chosen;
      current = 0;
      cells.clear();
      since.clear();
      list.replaceChildren();
      measure();
      draw();
    },
    focus: (item) => focus(items.indexOf(item)),
    draw,
  };
}
