// The panel in the deal's sidebar: looks for news while it can be seen, and keeps what a person is doing in it as it is.
import htmx from "htmx.org";
import { dismiss, startDeeds } from "./deeds";
import { frame } from "./framed";
import { closeHistory, keepHistories, openHistory } from "./history";
import { onVisibility, onWindowClosed, openOurWindow, resize, snackbar } from "./host";
import { focusOpenMenu, keepMenu, menuEnd, startMenus } from "./menu";
import { copyLink, openPdf } from "./takeaway";
import { announce, clock, localiseTimes, word } from "./words";

const LOOK_EVERY = 3_000;
const LOOK_AT_LEAST_EVERY = 30_000;
const OFFLINE_AFTER = 3;
const PANEL_HEIGHT = { least: 100, most: 750 }; // Pipedrive's limits

function startPanel(deal: HTMLElement): void {
  let failures = 0; // of looks in a row
  let timer = 0;
  let isUnfolded = true;
  let shown = new Date();

  const current = (): HTMLElement => document.getElementById("deal") ?? deal;
  const look = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(look, Math.min(LOOK_EVERY * 2 ** failures, LOOK_AT_LEAST_EVERY));
    if (isUnfolded && document.visibilityState === "visible") htmx.trigger(current(), "instep:look");
  };
  const looked = (status: number): void => {
    // 0 is no answer at all; after a refusal there is no hurry either.
    failures = status >= 400 || status === 0 ? failures + 1 : 0;
    const isSilent = status === 0 || status >= 500;
    if (!isSilent) shown = new Date();
    showOffline(isSilent && failures >= OFFLINE_AFTER, shown);
  };

  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  onVisibility((isVisible) => {
    isUnfolded = isVisible;
    look();
  });
  onWindowClosed(look);
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement === current()) looked(ctx.response?.status ?? 0);
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx?.sourceElement === current()) looked(0);
  });
  document.addEventListener("instep:look-now", look);
  document.addEventListener("instep:say", (event) => {
    snackbar((event as CustomEvent<{ message: string }>).detail.message).catch(() => undefined);
  });
  startMenus(fitFrame, PANEL_HEIGHT.most);
  startDeeds();
  keepFocus();
  followChanges(current);
  timer = window.setTimeout(look, LOOK_EVERY);
}

// As high as the content, within Pipedrive's limits; asked for with the first word to Pipedrive, so that nothing jumps.
function panelHeight(): number {
  const wanted = Math.ceil(Math.max(document.body.offsetHeight, menuEnd()));
  return Math.min(Math.max(wanted, PANEL_HEIGHT.least), PANEL_HEIGHT.most);
}

let height = 0;

function fitFrame(): void {
  if (height === panelHeight()) return;
  height = panelHeight();
  resize({ height }).catch(() => undefined);
}

// Tells a screen reader which invoice changed, and keeps Pipedrive's frame as high as the content.
function followChanges(current: () => HTMLElement): void {
  let before = standings(current());
  height = panelHeight();
  document.addEventListener("htmx:after:swap", () => {
    localiseTimes(document);
    keepMenu();
    const after = standings(current());
    const news = [...after].filter(([key, text]) => before.get(key) !== text).map(([, text]) => text);
    if (news.length) announce(news.join(". "));
    before = after;
    keepHistories();
  });
  new ResizeObserver(fitFrame).observe(document.body);
}

function standings(deal: HTMLElement): Map<string, string> {
  const rows = [...deal.querySelectorAll<HTMLElement>("[data-invoice]")];
  return new Map(rows.map((row) => [row.dataset["invoice"] ?? "", row.dataset["summary"] ?? ""]));
}

// What had the focus may be gone with what could be done before: then it is on the menu beside it.
function keepFocus(): void {
  let focused: { id: string; place: string } | undefined;
  document.addEventListener("htmx:before:swap", () => {
    const element = document.activeElement;
    const place = element?.closest("[data-invoice], .foot")?.id ?? "";
    focused = element && element !== document.body ? { id: element.id, place } : undefined;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!focused || document.activeElement !== document.body) return;
    const same = document.getElementById(focused.id);
    if (same) same.focus({ preventScroll: true });
    else if (!focusOpenMenu()) focusNear(focused.place);
  });
}

function focusNear(place: string): void {
  const near = document.getElementById(place)?.querySelector<HTMLElement>(".dots") ?? document.getElementById("more-deal");
  near?.focus({ preventScroll: true });
}

// Says that what is shown may be old, where everybody can see it, and goes away by itself.
function showOffline(isOffline: boolean, since: Date): void {
  const bar = document.querySelector(".offline");
  if (isOffline === Boolean(bar)) return;
  bar?.remove();
  const sentence = isOffline ? word("offline").replace("{time}", clock(since)) : "";
  announce(sentence);
  if (isOffline) document.getElementById("deal")?.append(Object.assign(document.createElement("p"), { className: "offline", textContent: sentence }));
}

async function openWindow(button: HTMLElement, identifier: string): Promise<void> {
  await openOurWindow(identifier, button.dataset["deal"] ?? "").catch(() => snackbar(word("no_window")));
  document.dispatchEvent(new CustomEvent("instep:look-now"));
}

frame(
  { height: panelHeight() },
  {
    "open-window": (button) => openWindow(button, "instep-invoice"),
    "open-invoices": (button) => openWindow(button, "instep-invoices"),
    pdf: openPdf,
    link: copyLink,
    dismiss,
    history: openHistory,
    "close-history": closeHistory,
  },
);

const deal = document.getElementById("deal");
if (deal) startPanel(deal);
