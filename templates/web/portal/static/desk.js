// What a handler types is kept at the desk every few seconds, which also tells the others that they are writing.
"use strict";

document.querySelectorAll("form[data-keeps]").forEach((form) => {
  const said = form.querySelector("[data-kept]");
  let waiting = 0;
  async function keep() {
    waiting = 0;
    if (form.dataset.sent) return;
    const body = new FormData();
    for (const name of ["csrf_token", "text"]) body.append(name, form.elements[name].value);
    body.append("kind", form.elements.kind.value);
    const answer = await fetch(form.dataset.keeps, { method: "POST", body, redirect: "error" }).catch(() => null);
    if (said) said.textContent = answer?.ok ? said.dataset.words : "";
  }
  form.addEventListener("input", (event) => {
    if (event.target.name === "text" && !waiting) waiting = setTimeout(keep, 2000);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    waiting = 0;
  });
});
