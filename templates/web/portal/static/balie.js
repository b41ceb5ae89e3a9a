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

// A page that only leads on does so by itself.
document.querySelector("form[data-at-once]")?.submit();

// A choice that decides about other fields fetches those fields at once; what was typed or chosen meanwhile stays.
// A document that was chosen goes along and is kept at the desk with the draft.
let redrawn = 0;
async function redraw(form, fields, withFiles) {
  const turn = ++redrawn;
  const body = new FormData();
  const handedIn = new Set();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") body.append(name, value);
    else if (withFiles && value.size) {
      body.append(name, value);
      handedIn.add(name);
    }
  }
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
  if (!answer.ok) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = drawn.querySelector(`form[action="${form.getAttribute("action")}"] [data-redrawn]`);
  if (!fresh || turn !== redrawn) return;
  const active = document.activeElement?.id;
  for (const input of fresh.querySelectorAll("input, select, textarea")) {
    const kept = form.querySelector(`[data-redrawn] [name="${CSS.escape(input.name)}"]`);
    if (kept && !handedIn.has(input.name)) input.replaceWith(kept); // somebody may be choosing a file for it just now
  }
  form.querySelector("[data-redrawn]").replaceWith(fresh);
  if (active) document.getElementById(active)?.focus();
}
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("select[data-steers]")) redraw(input.form, { redraw: "yes" }, false);
  else if (input.matches("form[data-draft] input[type=file]")) redraw(input.form, { redraw: "yes" }, true);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-removes]");
  if (!button) return;
  event.preventDefault();
  redraw(button.form, { redraw: "yes", remove: button.value }, false);
});

// What is filled in is kept at the desk a moment after the last key.
let saving = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (!form) return;
  clearTimeout(saving);
  saving = setTimeout(() => save(form), 1500);
});
async function save(form) {
  if (form.dataset.sent) return;
  const body = new FormData();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.append("save", "quietly");
  const answer = await fetch(form.action, { method: "POST", body, redirect: "error" }).catch(() => null);
  const said = form.querySelector("[data-saved]");
  if (answer?.ok && said) said.textContent = said.dataset.words;
}
document.documentElement.classList.add("scripted");

// What is wrong is read first.
document.querySelector(".problem[tabindex]")?.focus();

// Suggestions below a search box: a combobox with a list, as the ARIA practices describe it. Enter still searches.
let lists = 0;
document.querySelectorAll("input[data-suggest]").forEach((box) => {
  const list = document.createElement("ul");
  list.id = `suggestions-${++lists}`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.getAttribute("aria-label") || box.placeholder);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", list.id);
  const place = document.createElement("div");
  place.className = "suggesting";
  box.replaceWith(place);
  place.append(box, list);
  let chosen = -1;
  let asked = 0;
  let waiting = 0;

  function close() {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }
  function choose(next) {
    const options = list.children;
    if (!options.length) return;
    options[chosen]?.setAttribute("aria-selected", "false");
    chosen = (next + options.length) % options.length;
    options[chosen].setAttribute("aria-selected", "true");
    options[chosen].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", options[chosen].id);
  }
  function show(found) {
    list.replaceChildren(...found.map((one, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.className = `suggestion is-${one.kind}`;
      option.dataset.to = one.to;
      const text = document.createElement("span");
      text.textContent = one.text;
      option.append(text);
      if (one.more) {
        const more = document.createElement("small");
        more.textContent = one.more;
        option.append(" ", more);
      }
      return option;
    }));
    chosen = -1;
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(Boolean(found.length)));
  }
  async function ask() {
    const turn = ++asked;
    const words = box.value.trim();
    if (words.length < 2) return close();
    const answer = await fetch(`/search/suggestions?q=${encodeURIComponent(words)}`, { redirect: "error" }).catch(() => null);
    if (!answer?.ok || turn !== asked || document.activeElement !== box) return undefined;
    return show((await answer.json()).suggestions);
  }
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      choose(chosen + 1);
    } else if (event.key === "ArrowUp" && !list.hidden) {
      event.preventDefault();
      choose(chosen < 0 ? -1 : chosen - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.to);
    }
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[data-to]");
    if (!option) return;
    event.preventDefault();
    location.assign(option.dataset.to);
  });
  box.addEventListener("blur", () => {
    asked++;
    close();
  });
});

// The page of a ticket renews itself, but never under somebody's hands, and only while somebody looks at it:
// fetching it counts as reading it.
const live = document.querySelector("[data-live]");
if (live && window.EventSource) {
  let stale = false;
  const stream = new EventSource(live.dataset.live);
  stream.addEventListener("changed", () => {
    stale = true;
    renew();
  });
  document.addEventListener("visibilitychange", () => renew());
  window.addEventListener("pagehide", () => stream.close());

  const inUse = (part) =>
    (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) ||
    [...part.querySelectorAll("textarea, input:not([type=hidden])")].some((input) => input.value !== input.defaultValue);
  async function renew() {
    if (!stale || document.visibilityState !== "visible") return;
    stale = false;
    const answer = await fetch(live.dataset.page, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
    live.querySelectorAll("[data-live-part]").forEach((part) => {
      const fresh = drawn.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
      if (fresh && !inUse(part) && fresh.innerHTML !== part.innerHTML) part.replaceWith(fresh);
    });
    const said = live.querySelector("[data-live-said]");
    said.textContent = "";
    setTimeout(() => (said.textContent = said.dataset.words), 100);
  }
}

// What a handler types is kept at the desk every few seconds, which also tells the others that they are writing.
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
