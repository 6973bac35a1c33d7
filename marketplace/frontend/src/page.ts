// Pages at the top level work without scripts; this keeps an impatient second click from sending a form twice, and saves
// the preferences a few clicks.
import { followExample } from "./example";

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.ariaBusy === "true") event.preventDefault();
  form.ariaBusy = "true";
});

// Back in history, the browser shows the page as it was left: busy.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) form.ariaBusy = "false";
});

const written = new Intl.DateTimeFormat(document.documentElement.dataset["locale"], {
  dateStyle: "medium",
  timeStyle: "short",
});
for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-moment]")) {
  time.textContent = written.format(new Date(time.dateTime));
}

// The words that can be filled in are put where the cursor is.
for (const word of document.querySelectorAll<HTMLElement>("code[data-insert]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.classList.add("button", "quiet");
  button.textContent = word.textContent;
  button.addEventListener("click", () => {
    const field = document.querySelector<HTMLInputElement>(`[name="${word.dataset["insert"]}"]`);
    if (!field) return;
    field.setRangeText(button.textContent ?? "", field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  word.replaceWith(button);
}

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-add-row]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const template = button.parentElement?.querySelector("template");
    if (!template) return;
    template.before(template.content.cloneNode(true));
    template.previousElementSibling?.querySelector("input")?.focus();
  });
}

followExample();

// Whoever was refused goes on where something is to be mended.
document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
