// The viewer: one exhibit large, with what is known of it. The address names it, so it can be sent to a colleague and
// the browser's Back closes it. Only what is shown is fetched, as each fetch is recorded as a view.

const REST = 150; // milliseconds that one is stayed at before it is fetched
const SWIPE = 48; // pixels

export function makeViewer(dialog, { page, closed }) {
  const at = (name) => dialog.querySelector(`[data-${name}]`);
  const body = at("viewer-body");
  const toast = document.querySelector("[data-toast]");
  const home = toast.parentElement;
  let sequence = [];
  let index = -1;
  let waiting = 0;
  let asking = null;

  function show(items, item) {
    sequence = items;
    index = items.indexOf(item);
    at("viewer-name").textContent = item.name;
    at("viewer-number").textContent = item.number;
    at("viewer-at").textContent = `${index + 1} / ${items.length}`;
    for (const button of dialog.querySelectorAll("[data-step]")) button.disabled = !items[index + Number(button.dataset.step)];
    if (!dialog.open) {
      dialog.append(toast); // what is behind a modal dialog is not seen
      dialog.showModal();
      at("viewer-name").focus();
    }
    body.setAttribute("aria-busy", "true");
    body.querySelector("video")?.pause();
    asking?.abort();
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => fill(item), body.childElementCount ? REST : 0);
  }

  async function fill(item) {
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(`${page}/${encodeURIComponent(item.number)}`, { headers: { accept: "application/json" }, signal });
      const said = await answer.text();
      if (answer.ok) body.innerHTML = said;
      else refuse(JSON.parse(said).detail, answer.status === 401);
    } catch {
      if (signal.aborted) return;
      refuse("没有收到服务器的答复，请检查网络后重新打开。");
    }
    body.removeAttribute("aria-busy");
  }

  function refuse(words, login = false) {
    const box = document.createElement("div");
    box.className = "notice notice-bad viewer-refused";
    box.append(words);
    if (login) box.append(Object.assign(document.createElement("a"), { href: "/login", textContent: "重新登录" }));
    body.replaceChildren(box);
  }

  function step(by) {
    const item = sequence[index + by];
    if (!item) return;
    history.replaceState(history.state, "", `#${encodeURIComponent(item.number)}`);
    show(sequence, item);
  }

  /** Leave the address of the viewer: by going back where it was opened from this page. */
  function leave() {
    if (history.state?.viewer) history.back();
    else {
      history.replaceState(null, "", location.pathname + location.search);
      close();
    }
  }

  function close() {
    if (dialog.open) dialog.close();
  }

  dialog.addEventListener("close", () => {
    if (dialog.open) return;
    asking?.abort();
    window.clearTimeout(waiting);
    body.replaceChildren(); // no picture of one exhibit under the name of the next, no film that runs on
    home.append(toast);
    if (location.hash) leave(); // closed by the browser itself
    closed(sequence[index]);
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  at("close").addEventListener("click", leave);
  for (const button of dialog.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(Number(button.dataset.step)));
  dialog.addEventListener("keydown", (event) => {
    if (event.target.closest("video") || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  });
  let began = null;
  body.addEventListener("pointerdown", (event) => {
    const picture = event.target.closest("[data-picture]");
    began = picture && event.pointerType !== "mouse" && event.target.localName !== "video" ? event : null;
  });
  body.addEventListener("pointerup", (event) => {
    if (!began) return;
    const [x, y] = [event.clientX - began.clientX, event.clientY - began.clientY];
    began = null;
    if (Math.abs(x) > SWIPE && Math.abs(x) > 1.5 * Math.abs(y)) step(x < 0 ? 1 : -1);
  });
  return { show, close };
}
