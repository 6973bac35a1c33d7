// Menu buttons by the ARIA pattern: https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
// A menu lies over what follows it. Nothing can stick out of Pipedrive's frame, so the frame grows where there is no room.
const GAP = 12;

let opened: HTMLElement | undefined; // the button of the open menu
let fit: () => void = () => undefined;
let highest = 0; // that the frame can be

export function startMenus(fitFrame: () => void, highestFrame: number): void {
  fit = fitFrame;
  highest = highestFrame;
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const button = target.closest<HTMLElement>("[aria-haspopup=menu]");
    if (button) press(button);
    else if (target.closest("[role=menuitem]")) close();
    else if (!target.closest("[role=menu]")) close("leave focus");
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (target.matches("[aria-haspopup=menu]")) onButton(event, target);
    else if (target.matches("[role=menuitem]")) onItem(event, target);
  });
  window.addEventListener("blur", () => close("leave focus"));
}

// After news: the open menu may have gone with its invoice, stand elsewhere, or offer other things.
export function keepMenu(): void {
  if (opened?.isConnected) place(opened);
  else opened = undefined;
  fit();
}

// Where the open menu ends, for it counts as content.
export function menuEnd(): number {
  const menu = opened && menuOf(opened);
  return menu ? menu.getBoundingClientRect().bottom + window.scrollY + GAP : 0;
}

export function focusOpenMenu(): boolean {
  if (!opened) return false;
  focusItem(0);
  return true;
}

function press(button: HTMLElement): void {
  if (opened === button) return close();
  open(button);
  focusItem(0);
}

function onButton(event: KeyboardEvent, button: HTMLElement): void {
  const first: Record<string, number> = { ArrowDown: 0, ArrowUp: -1 };
  const wanted = first[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  open(button);
  focusItem(wanted);
}

function onItem(event: KeyboardEvent, item: HTMLElement): void {
  const items = itemsOf(opened);
  const at = items.indexOf(item);
  const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  const wanted = next[event.key];
  if (event.key === "Tab") close();
  else if (event.key === "Escape") close();
  else if (wanted !== undefined) focusItem(wanted);
  else if (event.key === " " && item.matches("a")) item.click();
  else if (event.key.length === 1) focusByLetter(event.key, [...items.slice(at + 1), ...items.slice(0, at + 1)]);
  if (wanted !== undefined || event.key === "Escape" || (event.key === " " && item.matches("a"))) event.preventDefault();
}

function focusByLetter(letter: string, items: HTMLElement[]): void {
  items.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase()))?.focus();
}

function focusItem(at: number): void {
  const items = itemsOf(opened);
  const item = items.at(at % items.length);
  item?.focus({ preventScroll: true });
  if (item) reveal(item);
}

// Where the frame is about to grow, to scroll meanwhile would make everything jump twice.
function reveal(element: HTMLElement): void {
  if (menuEnd() > highest) element.scrollIntoView({ block: "nearest" });
}

function open(button: HTMLElement): void {
  if (opened !== button) close("leave focus");
  opened = button;
  button.setAttribute("aria-expanded", "true");
  menuOf(button)?.setAttribute("data-own-open", "");
  place(button);
  fit();
}

// Above its button where there is room only there.
function place(button: HTMLElement): void {
  const menu = menuOf(button);
  if (!menu) return;
  const { top, bottom } = button.getBoundingClientRect();
  const needed = menu.offsetHeight + GAP;
  menu.toggleAttribute("data-own-up", bottom + needed > window.innerHeight && top > needed);
}

function close(focus?: "leave focus"): void {
  if (!opened) return;
  const button = opened;
  opened = undefined;
  button.setAttribute("aria-expanded", "false");
  menuOf(button)?.removeAttribute("data-own-open");
  if (focus !== "leave focus") button.focus({ preventScroll: true });
  fit();
}

function itemsOf(button: HTMLElement | undefined): HTMLElement[] {
  return [...((button && menuOf(button))?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
}

function menuOf(button: HTMLElement): HTMLElement | null {
  return document.getElementById(button.getAttribute("aria-controls") ?? "");
}
