// What every page inside Pipedrive does first. Pipedrive hears from us before anything else happens.
import { type Size, closeWindow, start } from "./host";
import { openSetup } from "./tabs";
import { localiseTimes } from "./words";

export type Doings = Record<string, (button: HTMLElement) => unknown>;

const EVERYWHERE: Doings = { "open-setup": openSetup, close: closeWindow, reload: () => location.reload() };

// `doings` are what the page's buttons do by themselves, by their `data-do`.
export function inside(size: Size, doings: Doings): void {
  start(size);
  localiseTimes(document);
  const known = { ...EVERYWHERE, ...doings };
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    if (button) known[button.dataset["do"] ?? ""]?.(button);
  });
}
