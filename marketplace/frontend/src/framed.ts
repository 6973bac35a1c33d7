// What every page inside Pipedrive does first. Pipedrive hears from us before anything else happens.
import "htmx.org";
import { type Size, closeWindow, signedFetch, start } from "./host";
import { openSetup } from "./tabs";
import { localiseTimes } from "./words";

type Doings = Record<string, (button: HTMLElement) => unknown>;

const EVERYWHERE: Doings = { "open-setup": openSetup, close: closeWindow, reload: () => location.reload() };

// `doings` are what the page's buttons do by themselves, by their `data-do`.
export function frame(size: Size, doings: Doings = {}): void {
  start(size);
  localiseTimes(document);
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    Object.assign(ctx, { fetch: signedFetch });
    const etag = (ctx.sourceElement as HTMLElement).dataset["etag"];
    if (etag) ctx.request.headers["If-None-Match"] = etag;
  });
  const known = { ...EVERYWHERE, ...doings };
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    if (button) known[button.dataset["do"] ?? ""]?.(button);
  });
}
