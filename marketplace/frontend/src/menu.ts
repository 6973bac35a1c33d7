// Menu buttons by the ARIA pattern: https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
// A menu lies in the flow below its button, because nothing can stick out of Pipedrive's frame.
let open: string | undefined;
let focused = "";

export function startMenus(): void {
  document.addEventListener("focusin", (event) => {
    focused = (event.target as Element).closest("[role=menu]") ? (event.target as Element).id : "";
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[aria-haspopup=menu]");
    if (button) toggle(button);
    else if (open && !(event.target as Element).closest("[role=menu]")) close();
    else if ((event.target as Element).closest("[role=menuitem]:not([aria-disabled])")) close();
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (target.matches("[aria-haspopup=menu]") && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      show(target);
      focusItem(event.key === "ArrowDown" ? 0 : -1);
      event.preventDefault();
    } else if (target.closest("[role=menu]")) move(event);
  });
}

// What the server drew knows of no open menu: after news the one that was open opens again, with the focus where it was.
export function keepMenu(swap: () => void): void {
  const was = open;
  const item = focused;
  swap();
  const button = was ? document.getElementById(was) : null;
  if (!button) {
    open = undefined;
    return;
  }
  show(button);
  if (item) (document.getElementById(item) ?? button).focus({ preventScroll: true });
}

function move(event: KeyboardEvent): void {
  const items = itemsOf(open);
  const at = items.indexOf(event.target as HTMLElement);
  const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  const wanted = next[event.key];
  if (wanted !== undefined) {
    focusItem(wanted);
    event.preventDefault();
  } else if (event.key === "Escape") close();
  else if (event.key === "Tab") close(false);
  else if (event.key.length === 1) {
    const letter = event.key.toLowerCase();
    const later = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    later.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
  }
}

function focusItem(at: number): void {
  const items = itemsOf(open);
  items.at(((at % items.length) + items.length) % items.length)?.focus();
}

function itemsOf(button: string | undefined): HTMLElement[] {
  return [...(menuOf(button)?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
}

function menuOf(button: string | undefined): HTMLElement | null {
  const id = button ? document.getElementById(button)?.getAttribute("aria-controls") : undefined;
  return id ? document.getElementById(id) : null;
}

function toggle(button: HTMLElement): void {
  if (open === button.id) close();
  else {
    show(button);
    focusItem(0);
  }
}

function show(button: HTMLElement): void {
  if (open && open !== button.id) close(false);
  open = button.id;
  button.setAttribute("aria-expanded", "true");
  const menu = menuOf(open);
  if (menu) menu.hidden = false;
}

function close(withFocus = true): void {
  const button = open ? document.getElementById(open) : null;
  const menu = menuOf(open);
  open = undefined;
  if (menu) menu.hidden = true;
  button?.setAttribute("aria-expanded", "false");
  if (withFocus) button?.focus();
}
