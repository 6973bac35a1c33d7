// What becomes of the invoice in Xero; a choice that is missing says why.
import { word } from "../words";
import { copyOf, fill, find } from "./parts";
import type { CreateAs, Form } from "./types";

export function showChoices({ create_as }: Form, before: string | undefined, changed: () => void): void {
  const isOpen = (value: string | undefined) => create_as.choices.some((choice) => choice.value === value && choice.why_not === null);
  const chosen = isOpen(before) ? before : create_as.value;
  const group = find("#create-as");
  group.append(...create_as.choices.map((choice) => radio(choice, choice.value === chosen)));
  group.addEventListener("change", () => {
    showDeed();
    changed();
  });
  showDeed();
}

export function createAs(): string {
  return document.querySelector<HTMLInputElement>("#create-as :checked")?.value ?? "draft";
}

function radio({ value, label, why_not }: CreateAs, isChosen: boolean): HTMLElement {
  const made = find(".choice", copyOf("create-choice"));
  fill(made, { label, why: why_not ?? word(`hint_${value}`) });
  Object.assign(find<HTMLInputElement>("input", made), { value, checked: isChosen, disabled: why_not !== null });
  return made;
}

function showDeed(): void {
  const button = find("#create");
  fill(button, { idle: word(`do_${createAs()}`), busy: word(`doing_${createAs()}`) });
}
