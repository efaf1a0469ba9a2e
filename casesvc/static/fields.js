"use strict";
// Inputs of documents: rows that are added and removed, members of unions, what is still missing. The page works
// without it, except that no rows can be added.
(() => {
  const form = document.querySelector("[data-document]");
  if (!form) return;
  document.documentElement.classList.add("scripted");
  let changed = false;
  let sending = false;

  const rowsOf = (group) => [...group.querySelector("[data-list]").children];
  const inputsOf = (place) =>
    [...place.querySelectorAll("input:not([type=search]), select, textarea")].filter((input) => !input.disabled);

  // ── unions: only the chosen member is shown and sent along; the others keep what was typed ──
  function choose(union) {
    const radios = [...union.querySelectorAll(":scope > .choices input[type=radio]")];
    const chosen = radios.find((radio) => radio.checked);
    const members = [...union.querySelectorAll(":scope > [data-member]")];
    const before = members.find((member) => !member.hidden && member.dataset.shown);
    for (const member of members) {
      const shown = Boolean(chosen) && member.id === chosen.dataset.shows;
      if (shown && before && before !== member) carry(before, member);
      member.hidden = !shown;
      member.dataset.shown = shown ? "1" : "";
    }
  }

  // what both members ask under the same name, such as the time the fire started
  function carry(from, to) {
    const words = (input) => input.labels?.[0]?.textContent.trim();
    for (const target of inputsOf(to)) {
      const source = inputsOf(from).find((input) => input.dataset.path === target.dataset.path);
      if (source && words(source) === words(target) && target.value === target.defaultValue) target.value = source.value;
    }
  }

  // ── rows ──
  function renumber(group) {
    const rows = rowsOf(group);
    rows.forEach((row, place) => {
      const number = row.querySelector("[data-number]");
      if (number) number.textContent = place + 1;
      for (const input of row.querySelectorAll("[aria-label]")) {
        const label = input.getAttribute("aria-label");
        if (/(第\d+项|新增项)$/.test(label)) {
          input.setAttribute("aria-label", label.replace(/(第\d+项|新增项)$/, `第${place + 1}项`));
        }
      }
    });
    const most = Number(group.dataset.most) || Infinity;
    const add = group.querySelector(":scope > .rows-end [data-add]");
    if (add) add.disabled = rows.length >= most;
    const count = group.querySelector(":scope > .rows-end [data-count]");
    if (count) count.textContent = `共 ${rows.length} 项${rows.length >= most ? `，最多 ${most} 项` : ""}`;
    const tools = group.querySelector(":scope > [data-tools]");
    if (tools) tools.hidden = rows.length < 6;
  }

  function add(group) {
    const blank = group.querySelector(":scope > template[data-blank]");
    const taken = rowsOf(group).flatMap((row) => inputsOf(row).map((input) => input.name));
    const before = blank.innerHTML.match(/name="([^"]*)"/)[1].split(blank.dataset.mark)[0];
    const used = taken.map((name) => Number.parseInt(name.slice(before.length), 10)).filter(Number.isInteger);
    const index = used.length ? Math.max(...used) + 1 : 0;
    const made = document.createElement("template");
    made.innerHTML = blank.innerHTML.replaceAll(blank.dataset.mark, String(index));
    const row = made.content.firstElementChild;
    group.querySelector("[data-list]").append(row);
    prepare(row);
    for (const details of row.querySelectorAll("details")) details.open = true;
    renumber(group);
    told();
    inputsOf(row)[0]?.focus();
  }

  function remove(row) {
    const group = row.closest("[data-rows]");
    const list = row.parentElement;
    const filled = inputsOf(row).some((input) => (input.type === "checkbox" ? input.checked : input.value.trim()));
    if (filled && !window.confirm("删除这一项所填的内容？")) return;
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    if (!list.children.length) add(group);
    renumber(group);
    told();
    (next && (next.querySelector("summary") || inputsOf(next)[0]))?.focus();
    changed = true;
  }

  // ── what is missing ──
  const shownIn = (input, place) => {
    const member = input.closest("[data-member]");
    return !member || !place.contains(member) || !member.hidden;
  };
  const lacking = (place) => {
    const inputs = [...place.querySelectorAll("[aria-required=true]")];
    const unions = [...place.querySelectorAll("[data-union]")];
    return (
      inputs.filter((input) => shownIn(input, place) && !input.value.trim()).length +
      unions.filter((union) => !union.querySelector(":scope > .choices :checked")).length
    );
  };

  function tell(row) {
    const summary = row.querySelector("[data-summary]");
    if (!summary) return;
    const words = inputsOf(row)
      .filter((input) => ["text", "textarea", "select-one"].includes(input.type) && shownIn(input, row))
      .map((input) => (input.tagName === "SELECT" ? (input.value ? input.selectedOptions[0].text : "") : input.value.trim()))
      .filter(Boolean);
    summary.textContent = words.join(" · ").slice(0, 80) || "未填写";
    const count = lacking(row);
    const badge = row.querySelector("[data-missing]");
    badge.hidden = !count;
    badge.textContent = `缺 ${count} 项`;
  }

  const line = form.querySelector("[data-lack]");
  let waiting = 0;
  function told() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      const count = lacking(form);
      line.textContent = count ? `还有 ${count} 项必填内容未填` : "必填内容已填完";
    }, 250);
  }

  function sift(group) {
    const words = group.querySelector("[data-filter]").value.trim().toLowerCase();
    const only = group.querySelector("[data-lacking]").getAttribute("aria-pressed") === "true";
    for (const row of rowsOf(group)) {
      const text = inputsOf(row).map((input) => input.value).join(" ").toLowerCase();
      row.hidden = (words && !text.includes(words)) || (only && !lacking(row));
    }
  }

  function prepare(place) {
    for (const union of place.querySelectorAll("[data-union]")) choose(union);
    for (const group of place.querySelectorAll("[data-rows]")) renumber(group);
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const group = button.closest("[data-rows]");
    if (button.matches("[data-add]")) add(group);
    else if (button.matches("[data-remove]")) remove(button.closest("[data-row]"));
    else if (button.matches("[data-fold], [data-unfold]")) {
      for (const row of rowsOf(group)) row.querySelector("[data-fold-row]").open = button.matches("[data-unfold]");
    } else if (button.matches("[data-lacking]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      sift(group);
    }
  });

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-filter]")) {
      sift(event.target.closest("[data-rows]"));
      return;
    }
    changed = true;
    const row = event.target.closest(".row-card");
    if (event.target.type === "radio" && event.target.closest("[data-union]")) choose(event.target.closest("[data-union]"));
    if (row) tell(row);
    told();
  });

  // Enter in a single line goes on to the next input: issuing is never done by accident
  form.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.key !== "Enter" || event.isComposing || input.tagName !== "INPUT") return;
    event.preventDefault();
    const inputs = inputsOf(form).filter((each) => each.offsetParent !== null);
    inputs[inputs.indexOf(input) + 1]?.focus();
  });

  // The page is left only with a login that still stands: a login page in its place would lose what was typed.
  let standing = false;
  form.addEventListener("submit", async (event) => {
    if (standing) {
      sending = true; // casesvc.js shows that the form is under way
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const button = event.submitter;
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    const status = await fetch("/api/v1/session", { headers: { accept: "application/json" } })
      .then((answer) => answer.status)
      .catch(() => 0);
    form.dataset.sending = "";
    if (status === 401) refuse(form, "登录已失效", "文书未出具，请重新登录。", true);
    else if (!status) refuse(form, "连接中断", "没有收到服务器的答复，文书未出具，已填内容还在。请检查网络后重试。");
    else {
      standing = true;
      form.requestSubmit(button);
      standing = false;
    }
  });
  window.addEventListener("pageshow", () => (sending = false));
  window.addEventListener("beforeunload", (event) => {
    if (changed && !sending) event.preventDefault();
  });

  function reach(id) {
    const target = document.getElementById(id);
    if (!target) return;
    for (let place = target; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
    target.querySelector(":scope > details")?.setAttribute("open", "");
    const input = target.matches("fieldset, li") ? target.querySelector("input, select, textarea") : target;
    target.scrollIntoView({ block: "center" });
    (input || target).focus({ preventScroll: true });
  }

  prepare(form);
  told();
  const problem = document.querySelector("[data-problem]");
  if (problem) {
    changed = true;
    problem.querySelector("[data-goto]")?.addEventListener("click", (event) => {
      event.preventDefault();
      reach(event.currentTarget.hash.slice(1));
    });
    problem.focus();
  }
})();
