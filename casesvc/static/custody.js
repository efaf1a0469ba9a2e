// Lists of exhibits from which several are taken into one act, and the answers of a handover.

/** The links of a list lead to the act with the exhibits that are ticked. */
function batch(form) {
  const acts = form.querySelector("[data-batch-acts]");
  const count = acts.querySelector("[data-batch-count]");
  const update = () => {
    const chosen = [...form.querySelectorAll("input:checked")].map((box) => box.value);
    count.textContent = chosen.length ? `已选 ${chosen.length} 件` : "勾选后办理";
    for (const link of acts.querySelectorAll("[data-go]")) {
      if (chosen.length) link.href = `${link.dataset.go}&exhibits=${chosen.join(",")}`;
      else link.removeAttribute("href");
      link.setAttribute("aria-disabled", String(!chosen.length));
    }
  };
  form.addEventListener("change", update);
  update();
}

/** What is asked of an exhibit follows from whether it is accepted. */
function answering(fieldset) {
  const update = () => {
    const chosen = fieldset.querySelector("input[type=radio]:checked")?.value;
    fieldset.dataset.answered = chosen || "";
  };
  fieldset.addEventListener("change", update);
  update();
}

document.querySelectorAll("[data-batch]").forEach(batch);
document.querySelectorAll("[data-answer]").forEach(answering);
