// Warns before the session ends, and keeps what was typed when it has ended. Without this script the server keeps it.
"use strict";
(() => {
  const WARN_BEFORE = 120;
  const box = document.getElementById("session-end");
  if (!box) return;
  const parts = { warning: box.querySelector("[data-warning]"), over: box.querySelector("[data-over]") };
  let token = box.dataset.token;
  let timer = 0;
  let active = false;
  let closed = false;

  const wait = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(1, seconds) * 1000);
  };

  const ask = async (extend) => {
    const options = extend ? { method: "POST", headers: { "X-CSRF-Token": token } } : {};
    const answer = await fetch(extend ? "/session/extend" : "/session", { ...options, cache: "no-store" });
    if (!answer.ok) return { seconds: 0, person: null, token };
    return answer.json();
  };

  const show = (part) => {
    parts.warning.hidden = part !== "warning";
    parts.over.hidden = part !== "over";
    box.setAttribute("aria-labelledby", part === "warning" ? "session-end-title" : "session-over-title");
    if (!box.open) box.showModal();
    parts[part].querySelector(".button").focus();
  };

  // The forms of this page go on under the session that is open now, if it is the same person's.
  const take = (state) => {
    if (state.seconds <= 0 || String(state.person) !== box.dataset.person) return false;
    token = state.token;
    document.querySelectorAll('input[name="csrf_token"]').forEach((input) => { input.value = token; });
    return true;
  };

  async function look() {
    let state;
    try {
      state = await ask(active);
    } catch {
      wait(30);
      return;
    }
    active = false;
    if (!take(state)) {
      if (!closed) show("over");
      return;
    }
    closed = false;
    if (state.seconds > WARN_BEFORE) {
      if (box.open) box.close();
      wait(state.seconds - WARN_BEFORE);
    } else {
      if (!box.open) show("warning");
      wait(Math.min(state.seconds, 5));
    }
  }

  const extend = () => {
    active = true;
    box.close();
    look();
  };
  box.querySelector("[data-extend]").addEventListener("click", extend);
  box.querySelector("[data-close]").addEventListener("click", () => {
    closed = true;
    box.close();
  });
  box.addEventListener("cancel", (event) => {
    if (parts.over.hidden) {
      event.preventDefault();
      extend();
    } else closed = true;
  });
  // Typing is being there, also when nothing is sent for a while.
  document.addEventListener("input", () => { active = true; });
  window.addEventListener("focus", () => { if (box.open) look(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  wait(Number(box.dataset.seconds) - WARN_BEFORE);
})();
