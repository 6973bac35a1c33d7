// The host's side of the app-extension wire protocol, as @pipedrive/app-extensions-sdk speaks it:
// a frame posts {payload, id} with a MessagePort; a command is answered once, a listener again and again.
(() => {
  "use strict";

  const INIT_MILLISECONDS = 10_000;
  const LIMITS = {
    panel: { height: [100, 750] },
    modal: { height: [120, Infinity], width: [320, Infinity] },
    settings: { height: [100, Infinity] },
  };
  const config = JSON.parse(document.getElementById("page-config").textContent);
  const frames = new Map();

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  async function ask(url) {
    const answer = await fetch(url);
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error || "Something went wrong");
    return body;
  }

  // ---- frames

  function showFrame(box, { id, kind, name, url }, { close } = {}) {
    const veil = element("div", { class: "veil" }, "Loading…");
    const iframe = element("iframe", { title: name, src: url, "data-extension": kind });
    const frame = { id, kind, name, box, iframe, close, listeners: [], initialized: false };
    box.dataset.state = "loading";
    box.replaceChildren(iframe, veil);
    frames.set(id, frame);
    frame.timer = setTimeout(() => {
      frames.delete(id);
      iframe.remove();
      box.dataset.state = "failed";
      veil.textContent = "Something went wrong";
    }, INIT_MILLISECONDS);
    return frame;
  }

  function forget(frame) {
    clearTimeout(frame.timer);
    frames.delete(frame.id);
    for (const { port } of frame.listeners) port.close();
  }

  function resize(frame, size) {
    for (const side of ["height", "width"]) {
      const wanted = size?.[side];
      const range = LIMITS[frame.kind]?.[side];
      if (wanted === undefined || !range) continue;
      const largest = Math.min(range[1], side === "height" ? window.innerHeight - 60 : window.innerWidth);
      const most = frame.kind === "panel" ? range[1] : largest;
      frame.box.style[side] = `${Math.max(range[0], Math.min(wanted, most))}px`;
    }
  }

  function emit(event, data, { except } = {}) {
    for (const frame of frames.values()) {
      if (frame === except) continue;
      for (const listener of frame.listeners) {
        if (listener.event === event) listener.port.postMessage(data === undefined ? {} : { data });
      }
    }
  }

  // ---- what the host can do for a frame

  function snackbar(message, link) {
    const bar = element("div", { class: "snackbar", role: "status" }, message);
    if (link) bar.append(element("a", { href: link.url, target: "_blank", rel: "noopener" }, link.label));
    document.body.append(bar);
    setTimeout(() => bar.remove(), 5_000);
  }

  function dialog(title, ...content) {
    const box = element("dialog", { "aria-label": title }, ...content);
    document.body.append(box);
    box.addEventListener("close", () => box.remove());
    box.showModal();
    return box;
  }

  function confirmation({ title, description, okText, cancelText, okColor }) {
    return new Promise((resolve) => {
      const ok = element("button", { class: okColor || "negative" }, okText || "OK");
      const cancel = element("button", {}, cancelText || "Cancel");
      const body = element("div", { class: "body" }, element("h2", {}, title), element("p", {}, description || ""),
        element("div", { class: "row" }, cancel, ok));
      const box = dialog(title, body);
      let confirmed = false;
      ok.addEventListener("click", () => { confirmed = true; box.close(); });
      cancel.addEventListener("click", () => box.close());
      box.addEventListener("close", () => resolve({ confirmed }));
    });
  }

  async function customModal(actionId, data) {
    const query = new URLSearchParams({ action_id: actionId });
    if (config.dealId) query.set("deal", config.dealId);
    if (data) query.set("data", JSON.stringify(data));
    const opened = await ask(`/frames/modal?${query}`);
    return new Promise((resolve) => {
      const space = element("div", { class: "frame" });
      const closer = element("button", { "aria-label": "Close" }, "×");
      const box = dialog(opened.name, element("header", {}, opened.name, closer), space);
      space.style.width = "600px";
      const frame = showFrame(space, opened, { close: () => box.close() });
      closer.addEventListener("click", () => box.close());
      box.addEventListener("close", () => {
        forget(frame);
        emit("close_custom_modal", undefined, { except: frame });
        resolve({ status: "closed" });
      });
    });
  }

  function builtInModal(type) {
    return new Promise((resolve) => {
      const close = element("button", {}, "Close");
      const body = element("div", { class: "body" }, element("h2", {}, `New ${type}`),
        element("p", {}, "This form is not part of the sandbox."), close);
      const box = dialog(`New ${type}`, body);
      close.addEventListener("click", () => box.close());
      box.addEventListener("close", () => resolve({ status: "closed" }));
    });
  }

  function openModal(args) {
    if (args?.type === "custom_modal") return customModal(args.action_id, args.data);
    if (["deal", "organization", "person", "activity"].includes(args?.type)) return builtInModal(args.type);
    throw new Error(`Modal type '${args?.type}' is not supported`);
  }

  function redirect({ view, id }) {
    const settings = `/settings/marketplace/app/${encodeURIComponent(config.clientId)}/app-settings`;
    const places = { deals: id ? `/deal/${encodeURIComponent(id)}` : "/", settings };
    location.assign(places[view] || "/");
  }

  const COMMANDS = {
    initialize: (frame, args) => {
      clearTimeout(frame.timer);
      frame.initialized = true;
      frame.box.dataset.state = "ready";
      resize(frame, args?.size);
    },
    resize: (frame, args) => resize(frame, args),
    show_snackbar: (_frame, args) => snackbar(args.message, args.link),
    show_confirmation: (_frame, args) => confirmation(args),
    get_signed_token: () => ask("/frames/token"),
    open_modal: (_frame, args) => openModal(args),
    close_modal: (frame) => {
      if (!frame.close) throw new Error("There is no modal to close");
      frame.close();
    },
    redirect_to: (_frame, args) => redirect(args),
    get_metadata: () => ({ windowHeight: window.innerHeight, windowWidth: window.innerWidth }),
  };

  async function obey(frame, payload, port) {
    try {
      const command = COMMANDS[payload.command];
      if (!command) throw new Error(`Command '${payload.command}' is not supported here`);
      if (!frame.initialized && payload.command !== "initialize") throw new Error("SDK is not initialized");
      port.postMessage({ data: await command(frame, payload.args) });
    } catch (error) {
      port.postMessage({ error: error.message });
    }
  }

  window.addEventListener("message", (message) => {
    const { payload, id } = message.data || {};
    const frame = frames.get(id);
    if (!frame || !payload || frame.iframe.contentWindow !== message.source) return;
    const port = message.ports[0];
    if (payload.type === "command") obey(frame, payload, port);
    if (payload.type === "listener") frame.listeners.push({ event: payload.event, port });
  });

  // ---- the page

  for (const opened of config.frames) {
    const place = document.querySelector(`[data-frame="${opened.id}"]`);
    const frame = showFrame(place, opened);
    document.querySelector(`[data-collapse="${opened.id}"]`)?.addEventListener("click", ({ target }) => {
      place.hidden = !place.hidden;
      target.textContent = place.hidden ? "Show" : "Hide";
      const data = { is_visible: !place.hidden, context: { invoker: "user" } };
      for (const { event, port } of frame.listeners) if (event === "visibility") port.postMessage({ data });
    });
  }

  const menu = document.getElementById("actions");
  menu?.addEventListener("click", () => { menu.nextElementSibling.hidden = !menu.nextElementSibling.hidden; });
  for (const action of document.querySelectorAll("[data-modal]")) {
    action.addEventListener("click", () => {
      action.parentElement.hidden = true;
      customModal(action.dataset.modal).catch((error) => snackbar(error.message));
    });
  }

  document.getElementById("theme")?.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    await fetch("/theme", { method: "POST", body: new URLSearchParams({ theme }), redirect: "manual" });
    document.documentElement.dataset.theme = theme;
    emit("user_settings_change", { theme });
  });
})();
