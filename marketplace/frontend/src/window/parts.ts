// Pieces of the page, made from its templates, which hold every word.
import type { Choice, Failure } from "./types";

export function find<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E {
  const found = within.querySelector<E>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

export function copyOf(template: string): DocumentFragment {
  return find<HTMLTemplateElement>(`template#${template}`).content.cloneNode(true) as DocumentFragment;
}

// Writes texts where `data-text` names them; what is empty is hidden.
export function fill(within: ParentNode, texts: Record<string, string>): void {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of within.querySelectorAll<HTMLElement>(`[data-text="${name}"]`)) {
      place.textContent = text;
      place.hidden = text === "";
    }
  }
}

export function options(choices: Choice[]): DocumentFragment {
  const made = document.createDocumentFragment();
  made.append(...choices.map(({ value, label }) => new Option(label, value)));
  return made;
}

// What went wrong, and the one next step.
export function failureIn(template: string, failure: Failure): DocumentFragment {
  const made = copyOf(template);
  fill(made, { title: failure.title, text: failure.text, detail: failure.detail ?? "" });
  const button = find<HTMLButtonElement>("[data-step]", made);
  const step = failure.step ?? "";
  button.hidden = !step || !failure.step_label;
  button.textContent = failure.step_label ?? "";
  button.dataset["do"] = DOES[step] ?? step;
  return made;
}

const DOES: Record<string, string> = { connect: "open-setup", reconnect: "open-setup", settings: "open-setup", install: "install" };
