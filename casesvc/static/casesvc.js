// The pages' own script: small, no framework; every page works without it.
"use strict";
document.documentElement.classList.add("js");

/** One line at the foot of the page, read out too. */
function toast(words) {
  const line = document.querySelector("[data-toast]");
  line.textContent = words;
  line.classList.add("on");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => line.classList.remove("on"), 2400);
}

/** A refusal in place, at the top of the form; nothing typed is lost. */
function refuse(form, title, detail, login = false) {
  let box = form.querySelector("[data-refusal]");
  if (!box) {
    box = document.createElement("div");
    box.className = "notice notice-bad";
    box.dataset.refusal = "";
    box.setAttribute("role", "alert");
    box.tabIndex = -1;
    form.prepend(box);
  }
  const words = document.createElement("p");
  const bold = document.createElement("b");
  bold.textContent = `${title}：`;
  words.append(bold, detail);
  if (login) {
    const link = document.createElement("a");
    Object.assign(link, { href: "/login", target: "_blank", rel: "noopener", textContent: "在新窗口登录" });
    words.append(" ", link, "，回到这里再提交，已填内容还在。");
  }
  box.replaceChildren(words);
  const target = mark(form, detail) || box;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center", behavior: "smooth" });
}

/** The input that a refusal names as “label”, marked with the reason until it is changed; nothing where none is named. */
function mark(form, detail) {
  form.querySelectorAll("[data-refused]").forEach(unmark);
  const named = [...detail.matchAll(/“([^”]+)”/g)].flatMap((found) => [found[1], ...found[1].split(/[或、]/)]);
  const labels = [...form.querySelectorAll("label[for]")].map((label) => {
    const words = [...label.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim();
    return { words, input: document.getElementById(label.htmlFor) };
  });
  const found = named.map((name) => labels.find((each) => each.words === name) || labels.find((each) => each.words.startsWith(name)));
  const input = found.find(Boolean)?.input;
  if (!input) return null;
  input.dataset.refused = "";
  input.setAttribute("aria-invalid", "true");
  const reason = document.createElement("p");
  Object.assign(reason, { className: "field-error", id: `${input.id}-refused`, textContent: detail });
  input.after(reason);
  input.setAttribute("aria-errormessage", reason.id);
  input.addEventListener("input", () => unmark(input), { once: true });
  return input;
}

function unmark(input) {
  delete input.dataset.refused;
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-errormessage");
  document.getElementById(`${input.id}-refused`)?.remove();
}

function busy(form, button, on) {
  form.dataset.sending = on ? "1" : "";
  if (!button) return;
  if (on) {
    button.setAttribute("aria-busy", "true");
    if (form.dataset.busy) {
      button.dataset.words = button.innerHTML;
      button.textContent = form.dataset.busy;
    }
  } else {
    button.removeAttribute("aria-busy");
    if (button.dataset.words) button.innerHTML = button.dataset.words;
  }
}

async function send(form, button) {
  busy(form, button, true);
  try {
    const fields = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "application/json" } });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok && said.location) {
      const here = location.pathname + location.search;
      const to = new URL(said.location, location.href);
      delete form.dataset.typed;
      location.assign(to);
      if (to.pathname + to.search === here) location.reload();
      return;
    }
    refuse(form, said.title || "系统出错", said.detail || "本次操作未登记，请重试。", answer.status === 401);
  } catch {
    refuse(form, "连接中断", "没有收到服务器的答复，请检查网络后重试；重试前先刷新确认是否已经登记。");
  }
  busy(form, button, false);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sending) return event.preventDefault();
  const button = event.submitter;
  if ("inline" in form.dataset) {
    event.preventDefault();
    send(form, button);
  } else if ("busy" in form.dataset) {
    busy(form, button, true);
  }
});

// what was typed and not yet sent is not left without a question
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && "inline" in form.dataset) form.dataset.typed = "";
});
addEventListener("beforeunload", (event) => {
  const typed = [...document.querySelectorAll("form[data-typed]")];
  if (typed.some((form) => !form.dataset.sending)) event.preventDefault();
});

// a page brought back from the history must not look busy
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => busy(form, form.querySelector("[aria-busy]"), false)));

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      toast("已复制");
    } catch {
      const digest = copy.parentElement.querySelector(".digest");
      getSelection().selectAllChildren(digest);
      toast("已选中，请按 Ctrl+C 复制");
    }
  }
  if (event.target.closest("[data-back]")) {
    if (history.length > 1) history.back();
    else location.assign("/");
  }
  if (event.target.closest("[data-print]")) print();
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});

// ── tabs: the address remembers which; a step of the address opens its form
const bar = document.querySelector("[data-tabs]");
if (bar) {
  const tabs = [...bar.querySelectorAll("[role=tab]")];
  const panels = tabs.map((tab) => document.getElementById(tab.getAttribute("aria-controls")));
  const show = (at) => tabs.forEach((tab, index) => {
    tab.setAttribute("aria-selected", String(index === at));
    tab.tabIndex = index === at ? 0 : -1;
    panels[index].hidden = index !== at;
  });
  const follow = () => {
    const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const at = wanted ? panels.findIndex((panel) => panel.contains(wanted)) : -1;
    show(Math.max(at, 0));
    if (at >= 0 && !panels.includes(wanted)) {
      wanted.querySelectorAll("details[data-first]").forEach((form) => { form.open = true; });
      wanted.scrollIntoView({ block: "center" });
    }
  };
  bar.addEventListener("click", (event) => {
    const at = tabs.indexOf(event.target.closest("[role=tab]"));
    if (at < 0) return;
    event.preventDefault();
    history.replaceState(null, "", tabs[at].hash);
    show(at);
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    history.replaceState(null, "", tabs[at].hash);
    show(at);
    tabs[at].focus();
  });
  addEventListener("hashchange", follow);
  follow();
  if (location.hash && panels.some((panel) => `#${panel.id}` === location.hash)) scrollTo(0, 0);
}

// an opened form is there to be typed in
document.querySelectorAll(".step-form").forEach((details) => details.addEventListener("toggle", () => {
  if (details.open) details.querySelector("input:not([type=hidden]), textarea")?.focus({ preventScroll: true });
}));
