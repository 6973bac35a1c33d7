// What was refused: said above the buttons and marked at its field, and nothing that was typed is touched.
import type { Held } from "./line";
import { failureIn, find } from "./parts";
import type { Failure } from "./types";

export function showRefusal(failure: Failure, rows: Held[]): void {
  clearMarks();
  const problem = find("#problem");
  problem.replaceChildren(failureIn("refusal", failure));
  const list = find("ul", problem);
  let first: HTMLElement | undefined;
  for (const [field, sentences] of Object.entries(failure.fields ?? {})) {
    const marked = mark(field, sentences.join(" "), rows);
    if (marked) first = earlier(first, marked);
    else list.append(itemOf(sentences.join(" ")));
  }
  bringIntoView(first ?? find("[tabindex]", problem));
}

// Marks a field, and gives the element to go to; nothing where nobody sees such a field.
export function mark(field: string, sentence: string, rows: Held[] = []): HTMLElement | undefined {
  const box = boxOf(field, rows);
  if (!box?.checkVisibility()) return undefined;
  clearMark(box);
  const said = document.createElement("span");
  said.className = "refusal";
  said.id = `refusal-${field.replaceAll(".", "-")}`;
  said.textContent = sentence;
  placeOf(box).append(said);
  box.setAttribute("aria-invalid", "true");
  box.setAttribute("aria-describedby", [box.getAttribute("aria-describedby"), said.id].filter(Boolean).join(" "));
  box.dataset["refusal"] = said.id;
  return box;
}

export function clearMark(box: HTMLElement): void {
  const id = box.dataset["refusal"];
  if (!id) return;
  document.getElementById(id)?.remove();
  delete box.dataset["refusal"];
  box.removeAttribute("aria-invalid");
  const rest = (box.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one !== id);
  if (rest.join("")) box.setAttribute("aria-describedby", rest.join(" "));
  else box.removeAttribute("aria-describedby");
}

export function clearMarks(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-refusal]")) clearMark(box);
  find("#problem").replaceChildren();
}

function boxOf(field: string, rows: Held[]): HTMLElement | null {
  const [, at, name = ""] = /^lines\.(\d+)\.(\w+)$/.exec(field) ?? [];
  if (at === undefined) return document.querySelector<HTMLElement>(`[data-field="${field}"]`);
  const row = rows[Number(at)]?.row;
  const plain = name.startsWith("discount") ? "discount" : name;
  return row?.querySelector<HTMLElement>(`[name="${plain}"]`) ?? null;
}

function placeOf(box: HTMLElement): Element {
  return box.closest(".line")?.querySelector(".said") ?? box.closest(".field, [data-says]") ?? box;
}

function earlier(first: HTMLElement | undefined, other: HTMLElement): HTMLElement {
  if (!first) return other;
  return first.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING ? other : first;
}

function itemOf(sentence: string): HTMLElement {
  const item = document.createElement("li");
  item.textContent = sentence;
  return item;
}

// The buttons stay at the window's lower edge, over whatever scrolls by beneath them.
function bringIntoView(element: HTMLElement): void {
  document.documentElement.style.scrollPaddingBottom = `${find("#foot").offsetHeight}px`;
  const target = element.matches("[role=radiogroup]") ? (element.querySelector<HTMLElement>("input:not(:disabled)") ?? element) : element;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}
