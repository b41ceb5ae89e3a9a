// Small comforts; every page works without them.
"use strict";

// A form that was sent once is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 10000);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// A choice that decides about other fields fetches those fields at once; what was typed or chosen meanwhile stays.
let redrawn = 0;
async function redraw(form) {
  const turn = ++redrawn;
  const body = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") body.append(name, value);
  }
  body.append("redraw", "yes");
  const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = drawn.querySelector(`form[action="${form.getAttribute("action")}"] [data-redrawn]`);
  if (!fresh || turn !== redrawn) return;
  const active = document.activeElement;
  for (const input of fresh.querySelectorAll("input, select, textarea")) {
    const kept = form.querySelector(`[name="${input.name}"]`);
    if (kept) input.replaceWith(kept);
  }
  form.querySelector("[data-redrawn]").replaceWith(fresh);
  active?.focus();
}
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-steers]")) redraw(event.target.form);
});
document.documentElement.classList.add("scripted");

// What is wrong is read first.
document.querySelector(".problem[tabindex]")?.focus();
