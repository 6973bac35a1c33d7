// Keeps the deal's page true: asks once a second and rewrites what has changed.
(() => {
  "use strict";

  const EVERY_MILLISECONDS = 1_000;
  const { dealId } = JSON.parse(document.getElementById("page-config").textContent);

  function link(address) {
    const made = document.createElement("a");
    made.href = made.textContent = address;
    return made;
  }

  function write(node, text) {
    if (node.textContent === text) return;
    node.replaceChildren(text.startsWith("http") ? link(text) : text);
    node.classList.remove("changed");
    void node.offsetWidth;
    node.classList.add("changed");
  }

  function value(list, key, name, text) {
    const found = [...list.querySelectorAll("dd")].find((node) => node.dataset.key === key);
    if (found) return write(found, text);
    const title = document.createElement("dt");
    const node = document.createElement("dd");
    title.textContent = name;
    node.dataset.key = key;
    list.append(title, node);
    return write(node, text);
  }

  function show(deal) {
    write(document.getElementById("title"), deal.title);
    const status = document.getElementById("status");
    write(status, deal.status);
    status.dataset.status = deal.status;
    for (const stage of document.querySelectorAll(".stages li")) {
      stage.toggleAttribute("aria-current", stage.textContent === deal.stage);
    }
    for (const { name, text } of deal.summary) value(document.getElementById("summary"), name, name, text);
    for (const { code, name, text } of deal.fields) value(document.getElementById("fields"), code, name, text);
  }

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch(`/deal/${dealId}/live`);
      if (answer.ok) show(await answer.json());
    } catch {
      // The sandbox is going down or coming up: the next look will tell.
    }
  }

  setInterval(look, EVERY_MILLISECONDS);
})();
