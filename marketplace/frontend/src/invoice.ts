// The invoice window: marks what was refused without touching what was typed, and leaves when it is done.
import { closeWindow, snackbar } from "./host";

type Created = { message: string; stay: boolean };

export function startInvoice(): void {
  document.addEventListener("htmx:before:request", (event) => busy(event.detail.ctx.sourceElement, true));
  document.addEventListener("htmx:finally:request", (event) => busy(event.detail.ctx.sourceElement, false));
  document.addEventListener("htmx:after:swap", markRefusedFields);
  document.addEventListener("htmx:error", (event) => {
    const template = document.querySelector<HTMLTemplateElement>("template#offline");
    const target = document.getElementById("problem") ?? event.detail.ctx?.target;
    if (template) target?.replaceChildren(template.content.cloneNode(true));
  });
  document.addEventListener("instep:created", (event) => {
    const { message, stay } = (event as CustomEvent<Created>).detail;
    snackbar(message).catch(() => undefined);
    if (stay) document.querySelector<HTMLElement>('[data-do="close"]')?.focus();
    else closeWindow();
  });
}

function busy(form: Element, isBusy: boolean): void {
  form.setAttribute("aria-busy", String(isBusy));
}

function markRefusedFields(): void {
  for (const field of document.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  }
  const refusals = [...document.querySelectorAll<HTMLElement>("#problem [data-field]")];
  for (const refusal of refusals) {
    for (const field of document.getElementsByName(refusal.dataset["field"] ?? "")) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-errormessage", refusal.id);
    }
  }
  const first = document.getElementsByName(refusals[0]?.dataset["field"] ?? "")[0];
  (first ?? document.querySelector<HTMLElement>("#problem [tabindex]"))?.focus();
}
