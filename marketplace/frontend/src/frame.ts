// Every page inside Pipedrive. Pipedrive hears from us before anything else happens.
import { dismiss } from "./deeds";
import { closeWindow, signedFetch, start } from "./host";
import "htmx.org";
import { startInvoice } from "./invoice";
import { openWindow, panelHeight, startPanel } from "./panel";
import { copyLink, openPdf, openSetup } from "./takeaway";
import { localiseTimes } from "./words";

const deal = document.getElementById("deal");
const { width, height } = document.body.dataset;
start(deal ? { height: panelHeight() } : { ...(width && { width: Number(width) }), ...(height && { height: Number(height) }) });

localiseTimes(document);

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  Object.assign(ctx, { fetch: signedFetch });
  const etag = (ctx.sourceElement as HTMLElement).dataset["etag"];
  if (etag) ctx.request.headers["If-None-Match"] = etag;
});

const DOINGS: Record<string, (button: HTMLElement) => unknown> = {
  "open-window": (button) => openWindow(button, "instep-invoice"),
  "open-invoices": (button) => openWindow(button, "instep-invoices"),
  "open-setup": openSetup,
  pdf: openPdf,
  link: copyLink,
  dismiss,
  close: closeWindow,
  reload: () => location.reload(),
};

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-do]");
  if (button) DOINGS[button.dataset["do"] ?? ""]?.(button);
});

if (deal) startPanel(deal);
if (document.getElementById("window")) startInvoice();
