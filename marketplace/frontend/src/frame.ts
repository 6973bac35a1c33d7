// Every page inside Pipedrive. Pipedrive hears from us before anything else happens.
import { closeWindow, signedFetch, start } from "./host";
import "htmx.org";
import { startInvoice } from "./invoice";
import { openSetup, openWindow, panelHeight, startPanel } from "./panel";
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

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-do]");
  if (!button) return;
  if (button.dataset["do"] === "open-window") void openWindow(button, "instep-invoice");
  if (button.dataset["do"] === "open-invoices") void openWindow(button, "instep-invoices");
  if (button.dataset["do"] === "open-setup") void openSetup(button);
  if (button.dataset["do"] === "close") closeWindow();
  if (button.dataset["do"] === "reload") location.reload();
});

if (deal) startPanel(deal);
if (document.getElementById("window")) startInvoice();
