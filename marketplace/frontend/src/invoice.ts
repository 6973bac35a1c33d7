// The invoice window: marks what was refused without touching what was typed, and leaves when it is done.
import { closeWindow, snackbar } from "./host";

type Created = { message: string; stay: boolean };

export function startInvoice(): void {
  document.addEventListener("htmx:before:request", (event) => busy(event.detail.ctx.sourceElement, true));
  document.addEventListener("htmx:finally:request", (event) => busy(event.detail.ctx.sourceElement, false));
  document.addEventListener("htmx:after:swap", showRefusal);
  document.addEventListener("htmx:error", (event) => {
    const template = document.querySelector<HTMLTemplateElement>("template#offline");
    const target = document.getElementById("problem") ?? event.detail.ctx?.target;
    if (template) target?.replaceChildren(template.content.cloneNode(true));
    showRefusal();
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

function showRefusal(): void {
  forgetRefusal();
  const refusals = [...document.querySelectorAll<HTMLElement>("#problem [data-field]")];
  const [first] = refusals.flatMap(markField);
  bringIntoView(first ?? document.querySelector<HTMLElement>("#problem [tabindex]"));
}

function forgetRefusal(): void {
  for (const field of document.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  for (const message of document.querySelectorAll("form .refusal")) message.remove();
}

// What to do stands under the field itself; about a field that nobody sees it stays in the box above the buttons.
function markField(refusal: HTMLElement): HTMLElement[] {
  const fields = [...document.getElementsByName(refusal.dataset["field"] ?? "")].filter((field) => field.offsetParent);
  for (const field of fields) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", refusal.id);
  }
  const place = fields[0]?.closest(".field, fieldset");
  if (place) {
    const message = document.createElement("span");
    Object.assign(message, { className: "refusal", id: refusal.id, textContent: refusal.textContent });
    refusal.remove();
    place.append(message);
  }
  return fields;
}

// The buttons stay at the window's lower edge, over whatever scrolls by beneath them.
function bringIntoView(element: HTMLElement | null): void {
  const buttons = document.querySelector<HTMLElement>("#window footer");
  document.documentElement.style.scrollPaddingBottom = `${buttons?.offsetHeight ?? 0}px`;
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: "center" });
}
