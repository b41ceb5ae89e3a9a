// Single keys for those who switched them on in their profile (WCAG 2.1.4): each presses what the page marks with it.
"use strict";
(() => {
  const box = document.getElementById("shortcuts");
  if (!box) return;
  const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
  let at = -1;

  const step = (by) => {
    const titles = [...document.querySelectorAll(".queue-list .case-title")];
    if (!titles.length) return;
    const here = titles.indexOf(document.activeElement);
    at = Math.min(Math.max((here < 0 ? at : here) + by, 0), titles.length - 1);
    titles[at].focus();
  };
  const tick = () => document.activeElement?.closest(".queue-list li")?.querySelector("input[type=checkbox]")?.click();
  const press = (key) => {
    const marked = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!marked) return false;
    const details = marked.closest("details");
    if (details) details.open = true;
    if (marked.matches("a, button")) marked.click();
    else if (marked.matches("input[type=radio]")) {
      marked.checked = true;
      document.getElementById("text")?.focus();
    } else marked.focus();
    return true;
  };
  const MOVES = { j: () => step(1), k: () => step(-1), x: tick };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (document.querySelector("dialog[open]") || event.target.closest?.(TYPING)) return;
    if (event.key === "?") box.showModal();
    else if (event.key === "/") document.querySelector("input[type=search]")?.focus();
    else if (event.key in MOVES) MOVES[event.key]();
    else if (!press(event.key)) return;
    event.preventDefault();
  });
  box.querySelector("[data-close]").addEventListener("click", () => box.close());
})();
