// Search as you type, by the ARIA pattern of a combobox with a list; one list serves every box of the page.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
import { announce, word } from "../words";
import { find } from "./parts";
import { failureOf } from "./talk";

export type Shown = { label: string; hint: string };
export type Searching<T> = {
  least: number; // letters before a search is worth it
  search(words: string, signal: AbortSignal): Promise<T[]>;
  show(found: T): Shown;
  pick(input: HTMLInputElement, found: T): void;
  leave(input: HTMLInputElement): void;
};

const PAUSE = 200;
const PATIENCE = 300; // a quick answer shall not flicker

type Open = { input: HTMLInputElement; searching: Searching<unknown>; found: unknown[]; active: number; isOld: boolean };
let open: Open | undefined;
let asked: AbortController | undefined;
let timer = 0;

// Serves every input that fits `selector`, also those that come later.
export function serveComboboxes<T>(root: HTMLElement, selector: string, searching: Searching<T>): void {
  const served = searching as Searching<unknown>;
  const on = <K extends keyof HTMLElementEventMap>(type: K, heard: (input: HTMLInputElement, event: HTMLElementEventMap[K]) => void) =>
    root.addEventListener(type, (event) => {
      const input = event.target as HTMLInputElement;
      if (input.matches(selector)) heard(input, event);
    });
  on("input", (input) => look(input, served, PAUSE));
  on("click", (input) => {
    if (open?.input !== input && served.least === 0) look(input, served, 0);
  });
  on("keydown", (input, event) => press(input, served, event));
  on("focusout", (input) => {
    close();
    served.leave(input);
  });
}

export function startList(): void {
  const list = find("#options");
  // The box keeps the focus while somebody presses in its list.
  find("#found").addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[role=option]");
    if (option) choose([...list.children].indexOf(option));
  });
  window.addEventListener("resize", close);
}

function look(input: HTMLInputElement, searching: Searching<unknown>, pause: number): void {
  asked?.abort();
  clearTimeout(timer);
  const words = wordsOf(input);
  if (words.length < searching.least) return close();
  outdate();
  const asking = new AbortController();
  asked = asking;
  timer = window.setTimeout(() => void search(input, searching, words, asking.signal), pause);
}

// What stands in the list answers other words: until the answer comes it can be pointed at, but no key takes anything from it.
function outdate(): void {
  if (!open) return;
  activate(-1);
  open.isOld = true;
  find("#options").ariaBusy = "true";
}

// A linked box shows what it is linked to; whoever opens it looks for something else.
function wordsOf(input: HTMLInputElement): string {
  return input.value === input.dataset["linked"] ? "" : input.value.trim();
}

async function search(input: HTMLInputElement, searching: Searching<unknown>, words: string, signal: AbortSignal): Promise<void> {
  const slow = window.setTimeout(() => show(input, searching, [], word("searching")), PATIENCE);
  try {
    const found = await searching.search(words, signal);
    // An answer to what stood there before is worth nothing.
    if (signal.aborted) return;
    show(input, searching, found, found.length ? "" : word("nothing_found").replace("{words}", words));
    announce(found.length === 1 ? word("one_found") : word("many_found").replace("{count}", String(found.length)));
  } catch (error) {
    if (signal.aborted) return;
    const { title, text } = failureOf(error);
    show(input, searching, [], `${title}. ${text}`);
    announce(title);
  } finally {
    clearTimeout(slow);
  }
}

function show(input: HTMLInputElement, searching: Searching<unknown>, found: unknown[], sentence: string): void {
  if (document.activeElement !== input) return;
  const popup = find("#found");
  const list = find("#options", popup);
  list.replaceChildren(...found.map((one, at) => optionOf(searching.show(one), at)));
  list.hidden = !found.length;
  list.ariaBusy = "false";
  list.setAttribute("aria-label", input.getAttribute("aria-label") ?? "");
  const said = find("p", popup);
  said.textContent = sentence;
  said.hidden = !sentence;
  open = { input, searching, found, active: -1, isOld: false };
  input.setAttribute("aria-expanded", String(found.length > 0));
  if (!popup.matches(":popover-open")) popup.showPopover();
  place(popup, input);
  activate(found.length ? 0 : -1);
}

function optionOf({ label, hint }: Shown, at: number): HTMLElement {
  const option = document.createElement("li");
  option.role = "option";
  option.id = `option-${at}`;
  const small = document.createElement("span");
  small.textContent = hint;
  option.append(label, small);
  return option;
}

// Below its box, above it where there is no room below; over everything, whatever clips there.
function place(popup: HTMLElement, input: HTMLInputElement): void {
  const box = input.getBoundingClientRect();
  const width = Math.min(Math.max(box.width, 280), innerWidth - 16);
  popup.style.width = `${width}px`;
  const { height } = popup.getBoundingClientRect();
  const roomBelow = innerHeight - box.bottom - find("#foot").offsetHeight;
  const isAbove = height + 8 > roomBelow && box.top > roomBelow;
  popup.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8)) + scrollX}px`;
  popup.style.top = `${(isAbove ? box.top - height - 4 : box.bottom + 4) + scrollY}px`;
}

function activate(at: number): void {
  if (!open) return;
  const rows = [...find("#options").children];
  rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
  open.active = at;
  const row = rows[at];
  if (row) open.input.setAttribute("aria-activedescendant", row.id);
  else open.input.removeAttribute("aria-activedescendant");
  row?.scrollIntoView({ block: "nearest" });
}

function press(input: HTMLInputElement, searching: Searching<unknown>, event: KeyboardEvent): void {
  const isOpen = open?.input === input;
  const count = open?.found.length ?? 0;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (isOpen && open?.isOld) return;
    if (isOpen && count) activate(((open?.active ?? 0) + step + count) % count);
    else look(input, searching, 0);
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (isOpen) choose(open?.active ?? -1);
  } else if (event.key === "Escape") {
    event.preventDefault();
    input.value = input.dataset["linked"] ?? "";
    close();
  }
}

function choose(at: number): void {
  if (!open || !(at in open.found)) return;
  const { input, searching, found } = open;
  close();
  searching.pick(input, found[at]);
}

function close(): void {
  asked?.abort();
  clearTimeout(timer);
  if (!open) return;
  open.input.setAttribute("aria-expanded", "false");
  open.input.removeAttribute("aria-activedescendant");
  find("#found").hidePopover();
  open = undefined;
}
