// The panel in the deal's sidebar: looks for news while it can be seen, and opens the invoice window.
import htmx from "htmx.org";
import { redrawDeeds, startDeeds } from "./deeds";
import { onVisibility, openOurWindow, resize, signedFetch, snackbar } from "./host";
import { keepMenu, startMenus } from "./menu";
import { announce, localiseTimes, word } from "./words";

const LOOK_EVERY = 3_000;
const OFFLINE_AFTER = 3;
const LOOK_AT_LEAST_EVERY = 60_000;
const PANEL_HEIGHT = { least: 100, most: 750 }; // Pipedrive's limits

export function startPanel(deal: HTMLElement): void {
  let failures = 0;
  let timer = 0;
  let isUnfolded = true;

  const look = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(look, Math.min(LOOK_EVERY * 2 ** failures, LOOK_AT_LEAST_EVERY));
    if (isUnfolded && document.visibilityState === "visible") htmx.trigger(current(), "instep:look");
  };
  const current = (): HTMLElement => document.getElementById("deal") ?? deal;

  document.addEventListener("visibilitychange", look);
  onVisibility((isVisible) => {
    isUnfolded = isVisible;
    look();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { status } = event.detail.ctx.response ?? { status: 0 };
    failures = status >= 500 || status === 429 ? failures + 1 : 0;
    if (status) showOffline(false);
  });
  document.addEventListener("htmx:error", () => {
    failures += 1;
    showOffline(failures >= OFFLINE_AFTER);
  });
  document.addEventListener("instep:look-now", look);
  document.addEventListener("instep:say", (event) => {
    snackbar((event as CustomEvent<{ message: string }>).detail.message).catch(() => undefined);
  });
  startMenus();
  startDeeds();
  followChanges(current);
  timer = window.setTimeout(look, LOOK_EVERY);
}

// As high as the content, within Pipedrive's limits; asked for with the first word to Pipedrive, so that nothing jumps.
export function panelHeight(): number {
  return Math.min(Math.max(document.body.offsetHeight, PANEL_HEIGHT.least), PANEL_HEIGHT.most);
}

// Tells a screen reader which invoice changed, and keeps Pipedrive's frame as high as the content.
function followChanges(current: () => HTMLElement): void {
  let before = standings(current());
  let height = panelHeight();
  const fit = (): void => {
    if (height === panelHeight()) return;
    height = panelHeight();
    resize({ height }).catch(() => undefined);
  };
  document.addEventListener("htmx:after:swap", () => {
    localiseTimes(document);
    keepMenu(redrawDeeds);
    const after = standings(current());
    const news = [...after].filter(([key, text]) => before.get(key) !== text).map(([, text]) => text);
    if (news.length) announce(news.join(". "));
    before = after;
  });
  new ResizeObserver(fit).observe(document.body);
}

function standings(deal: HTMLElement): Map<string, string> {
  const rows = [...deal.querySelectorAll<HTMLElement>("[data-invoice]")];
  return new Map(rows.map((row) => [row.dataset["invoice"] ?? "", row.dataset["summary"] ?? ""]));
}

// Says that what is shown may be old, where everybody can see it, and goes away by itself.
function showOffline(isOffline: boolean): void {
  const bar = document.getElementById("offline");
  if (!bar) return;
  bar.hidden = !isOffline;
  bar.textContent = isOffline ? word("offline") : "";
}

export async function openWindow(button: HTMLElement, identifier: string): Promise<void> {
  await openOurWindow(identifier, button.dataset["deal"] ?? "").catch(() => snackbar(word("no_window")));
  document.dispatchEvent(new CustomEvent("instep:look-now"));
}

// Set-up happens at the top level (consent pages refuse frames). The tab is opened inside the click, or it counts as a pop-up.
export async function openSetup(button: HTMLElement): Promise<void> {
  const tab = window.open("about:blank", "_blank");
  try {
    const answer = await signedFetch(button.dataset["tickets"] ?? "", { method: "POST" });
    if (!answer.ok) throw new Error(`tickets answered ${answer.status}`);
    const { url } = await answer.json();
    if (!tab) throw new Error("the browser opened no tab");
    tab.opener = null;
    tab.location.replace(url);
  } catch {
    tab?.close();
    await snackbar(word("no_setup"));
  }
}
