// Puts a button on a page of another site that opens the chat of the HR desk in a frame.
"use strict";

(() => {
  const own = new URL(document.currentScript.src).origin;
  const allowed = "ORIGINS"; // those of BALIE_CHAT_EMBED_ORIGINS, put here when it is served
  if (location.origin !== own && !allowed.includes(location.origin)) {
    console.error(`The chat of ${own} may not be shown on ${location.origin}: BALIE_CHAT_EMBED_ORIGINS does not name it.`);
    return;
  }
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "closed" });
  const open = document.createElement("button");
  const frame = document.createElement("iframe");
  open.type = "button";
  open.textContent = document.currentScript.dataset.label || "Chat";
  open.setAttribute("aria-expanded", "false");
  open.style.cssText = "position:fixed;right:1rem;bottom:1rem;z-index:9999;min-height:2.75rem;padding:0 1.25rem;font:inherit";
  frame.title = open.textContent;
  frame.hidden = true;
  frame.referrerPolicy = "origin";
  frame.style.cssText = "position:fixed;right:1rem;bottom:4.5rem;z-index:9999;border:1px solid #555;background:#fff;"
    + "width:min(24rem,calc(100vw - 2rem));height:min(36rem,calc(100vh - 6rem))";
  open.addEventListener("click", () => {
    if (!frame.src) frame.src = own + "/chat/frame";
    frame.hidden = !frame.hidden;
    open.setAttribute("aria-expanded", String(!frame.hidden));
  });
  root.append(open, frame);
  document.body.append(host);
})();
