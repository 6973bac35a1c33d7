// The invoice window: its outline is there at once, the form follows when both vendors have answered.
import { closeWindow, onVisibility } from "./host";
import { inside } from "./inside";
import { InvoiceForm } from "./window/form";
import { failureIn, find } from "./window/parts";
import { showRefusal } from "./window/refusals";
import { ask, failureOf } from "./window/talk";
import type { Form } from "./window/types";

let form: InvoiceForm | undefined;

// Reads the form, also anew: what was typed into the one that stands is kept first, or it stays.
async function load(): Promise<void> {
  const main = find("#window");
  main.ariaBusy = "true";
  try {
    await form?.rest();
    form = new InvoiceForm(await ask<Form>("/form"));
    if (document.activeElement === document.body) find("#invoice-form").focus();
  } catch (error) {
    const failure = failureOf(error);
    if (form) form.fail(failure);
    else main.replaceChildren(failureIn("failure", failure));
  }
  main.ariaBusy = "false";
}

// Again what could not be done where the button stands.
function retry(button: HTMLElement): unknown {
  if (button.closest("#problem")) return form?.send();
  if (button.closest("#customer")) return form?.customer.retry();
  return load();
}

async function startAgain(): Promise<void> {
  try {
    form = await form?.startedAgain();
    find("#invoice-form").focus();
  } catch (error) {
    showRefusal(failureOf(error), []);
  }
}

const { width, height } = document.body.dataset;
inside(
  { width: Number(width), height: Number(height) },
  {
    retry,
    reload: load,
    "start-again": startAgain,
    install: (button) => window.open(button.dataset["install"], "_blank", "noopener"),
    "change-contact": () => form?.customer.change(),
    "add-line": () => form?.lines.add(),
    "remove-line": (button) => form?.lines.remove(button),
    "move-up": (button) => form?.lines.move(button, -1),
    "move-down": (button) => form?.lines.move(button, 1),
    "unlink-item": (button) => form?.lines.clearItem(button),
    close: () => {
      form?.hurry();
      closeWindow();
    },
  },
);

if (document.querySelector("#window[data-deal]")) {
  const hurry = () => form?.hurry();
  // Whoever is about to close the window from outside leaves it first; a page that goes may be cut short.
  window.addEventListener("blur", hurry);
  window.addEventListener("pagehide", hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") hurry();
  });
  onVisibility((isVisible) => isVisible || hurry());
  void load();
}
