// Makes the chat quick: messages come and go over a socket. Without it the form sends them, and the page loads anew.
"use strict";

(() => {
  const chat = document.getElementById("chat");
  const form = document.getElementById("write");
  if (!form) return;

  const log = document.getElementById("log");
  const field = document.getElementById("text");
  const SESSION_OVER = 4401;
  const OTHER_SESSION = 4409;
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 30000;
  const BLOCKED_AFTER = 2; // sockets that never opened
  const JSON_WANTED = { Accept: "application/json" };

  const waiting = new Map(); // by key: what was sent and has not come back yet
  const unanswered = new Map(); // by key: what came back, and no answer to it yet
  let newest = Number(chat.dataset.newest);
  let socket = null;
  let stream = null;
  let refusals = 0;
  let pause = FIRST_WAIT;
  let over = false;

  const show = (id, shown) => { document.getElementById(id).hidden = !shown; };
  const isOpen = () => stream?.readyState === EventSource.OPEN || socket?.readyState === WebSocket.OPEN;
  const toTheEnd = () => { log.scrollTop = log.scrollHeight; };

  // Text becomes text nodes; only an address of the web becomes a link.
  function putText(place, text) {
    for (const part of text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/)) {
      if (/^https?:\/\//.test(part)) {
        const link = document.createElement("a");
        link.href = part;
        link.rel = "noopener noreferrer nofollow";
        link.textContent = part;
        place.append(link);
      } else {
        place.append(part);
      }
    }
  }

  function bubble(speaker, text, when, name) {
    const drawn = document.getElementById(`${speaker}-message`).content.firstElementChild.cloneNode(true);
    drawn.querySelector(".meta").textContent = when;
    if (speaker === "handler") drawn.querySelector("strong").textContent = name;
    const words = drawn.querySelector(".words");
    if (text) putText(words, text);
    else words.remove();
    return drawn;
  }

  function caseLink(number) {
    const drawn = document.getElementById("case-link").content.firstElementChild.cloneNode(true);
    const link = drawn.querySelector("a");
    link.href = `/cases/${encodeURIComponent(number)}`;
    link.textContent = link.textContent.replace("{number}", number);
    return drawn;
  }

  function choices(buttons) {
    const drawn = document.getElementById("choices").content.firstElementChild.cloneNode(true);
    for (const offered of buttons) drawn.append(button(offered));
    return drawn;
  }

  function button({ title, payload }) {
    const drawn = document.createElement("button");
    drawn.className = "button small secondary";
    drawn.setAttribute("form", "write");
    drawn.name = "payload";
    drawn.value = payload;
    drawn.textContent = title;
    return drawn;
  }

  const PICKED = ["date", "month"];

  function dateQuestion(kind, seq) {
    const drawn = document.getElementById(`${kind}-question`).content.firstElementChild.cloneNode(true);
    drawn.querySelector("[name=text]").id = `date-${seq}`;
    drawn.querySelector("label").htmlFor = `date-${seq}`;
    return drawn;
  }

  // Choices go once they are past; who stood on one goes on in the field.
  function dropChoices() {
    const had = document.activeElement;
    log.querySelectorAll(".chat-choices, .chat-start, .chat-date").forEach((part) => {
      const held = part.contains(had);
      part.remove();
      if (held) field.focus();
    });
  }

  function settle(key) {
    waiting.get(key)?.drawn.remove();
    waiting.delete(key);
  }

  // A desk that stopped in between answers what is sent again, and takes nothing twice.
  const unsettled = () => [...unanswered.values(), ...[...waiting.values()].map(({ frame }) => frame)];

  const hears = {
    message(said) {
      if (said.seq <= newest) return;
      newest = said.seq;
      if (said.from !== "person") unanswered.clear();
      else if (waiting.has(said.key)) unanswered.set(said.key, waiting.get(said.key).frame);
      settle(said.key);
      if (said.from === "person") dropChoices();
      const drawn = bubble(said.from, said.text, said.when, said.name);
      if (said.custom?.case?.number) drawn.append(caseLink(said.custom.case.number));
      if (said.buttons?.length) drawn.append(choices(said.buttons));
      if (PICKED.includes(said.custom?.input)) drawn.append(dateQuestion(said.custom.input, said.seq));
      const pending = log.querySelector(".chat-pending");
      log.insertBefore(drawn, pending);
      toTheEnd();
    },
    notice({ text, key }) {
      const refused = waiting.get(key);
      settle(key);
      if (refused?.frame.text && !field.value) field.value = refused.frame.text;
      tell(text);
    },
    typing({ on }) {
      show("typing", on);
    },
    place({ state, text, controls }) {
      const region = document.getElementById("place");
      region.replaceChildren();
      region.hidden = !state;
      if (!state) return;
      const words = document.createElement("p");
      words.textContent = text;
      const row = document.createElement("p");
      row.className = "chat-controls";
      for (const control of controls) row.append(button(control));
      region.append(words, row);
    },
    closed({ code }) {
      hungUp(code);
    },
  };

  function tell(text) {
    const place = document.getElementById("notice");
    place.replaceChildren();
    if (!text) return;
    const told = document.createElement("p");
    told.className = "problem";
    told.textContent = text;
    place.append(told);
  }

  const since = () => new URLSearchParams({ after: newest, session: chat.dataset.session });

  function connect() {
    if (refusals >= BLOCKED_AFTER) {
      follow();
      return;
    }
    const address = new URL("/chat/ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = since();
    socket = new WebSocket(address);
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      refusals = 0;
      pause = FIRST_WAIT;
      show("lost", false);
      for (const frame of unsettled()) socket.send(JSON.stringify(frame));
    });
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data);
      hears[frame.type]?.(frame);
    });
    socket.addEventListener("close", ({ code }) => {
      if (!opened) refusals += 1;
      hungUp(code, opened);
    });
  }

  // Where no socket gets through, the same frames come as events, and what is said goes as a form.
  function follow() {
    stream = new EventSource(`/chat/events?${since()}`);
    stream.addEventListener("open", () => {
      show("lost", false);
      for (const frame of unsettled()) post(frame);
    });
    stream.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data);
      hears[frame.type]?.(frame);
    });
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) hungUp(0);
      else show("lost", true);
    });
  }

  async function post(frame) {
    const body = new FormData(form);
    body.delete("text");
    for (const [name, value] of Object.entries(frame)) body.set(name, value);
    const answer = await fetch("/chat", { method: "POST", body, headers: JSON_WANTED, redirect: "error" }).catch(() => null);
    if (!answer) show("lost", true);
    else if (answer.status === 401) endSession();
    else if (isJson(answer)) hears.notice(await answer.json());
  }

  const isJson = (answer) => (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  const deliver = (frame) => (stream ? post(frame) : socket.send(JSON.stringify(frame)));

  function hungUp(code, opened = true) {
    show("typing", false);
    stream?.close();
    stream = null;
    if (code === SESSION_OVER) {
      endSession();
    } else if (code === OTHER_SESSION) {
      location.reload();
    } else {
      show("lost", true);
      if (!opened) askForSession();
      setTimeout(() => over || connect(), pause);
      pause = Math.min(pause * 2, LONGEST_WAIT);
    }
  }

  function endSession() {
    over = true;
    show("lost", false);
    show("over", true);
  }

  // A refused socket does not say why; a page that leads to sign-in does.
  async function askForSession() {
    try {
      const answer = await fetch("/chat", { method: "HEAD", redirect: "manual" });
      if (answer.type === "opaqueredirect") endSession();
    } catch {
      return; // no connection at all: the next attempt will show
    }
  }

  const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

  function send(name, value, shown) {
    const key = newKey();
    const frame = { [name]: value, key };
    const drawn = bubble("person", shown, "");
    drawn.classList.add("chat-pending");
    drawn.setAttribute("aria-hidden", "true");
    waiting.set(key, { frame, drawn });
    log.append(drawn);
    toTheEnd();
    tell("");
    deliver(frame);
  }

  // A wish about the waiting itself is no message.
  function wish(payload) {
    tell("");
    deliver({ payload, key: newKey() });
  }

  form.addEventListener("submit", (event) => {
    const pressed = event.submitter?.name ? event.submitter : null;
    if (over) {
      event.preventDefault();
    } else if (isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      if (pressed?.closest("#place")) {
        wish(pressed.value);
      } else if (pressed) {
        send(pressed.name, pressed.value, pressed.textContent);
        dropChoices();
      } else if (field.value.trim()) {
        send("text", field.value.trim(), field.value.trim());
        field.value = "";
        field.focus();
      }
    }
  });

  log.addEventListener("submit", (event) => {
    if (!event.target.matches(".chat-date") || !isOpen() || over) return;
    event.preventDefault();
    const date = event.target.querySelector("[name=text]").value;
    send("text", date, date);
    dropChoices();
    field.focus();
  });

  const attach = document.getElementById("attach");
  attach.addEventListener("submit", async (event) => {
    if (!isOpen() || over) return;
    event.preventDefault();
    event.stopPropagation();
    const body = new FormData(attach);
    const answer = await fetch(attach.action, { method: "POST", body, headers: JSON_WANTED, redirect: "error" }).catch(() => null);
    if (!answer) show("lost", true);
    else if (answer.status === 204) {
      attach.reset();
      tell("");
    } else if (isJson(answer)) tell((await answer.json()).text);
  });

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  toTheEnd();
  if (matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
  connect();
})();
