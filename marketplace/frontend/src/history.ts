// The past of an invoice, below it: opened and closed by the person, brought up to date with the invoice.
import { doing, note } from "./deeds";
import { signedFetch } from "./host";
import { fragmentOf } from "./takeaway";

export function openHistory(button: HTMLElement): Promise<void> {
  return doing(button, async (invoice) => {
    const answer = await signedFetch(button.dataset["url"] ?? "");
    if (!answer.ok) return note(invoice, await fragmentOf(answer));
    note(invoice);
    slotOf(invoice)?.replaceChildren(await fragmentOf(answer));
    headingIn(invoice)?.focus({ preventScroll: true });
    slotOf(invoice)?.scrollIntoView({ block: "nearest" });
  });
}

export function closeHistory(button: HTMLElement): void {
  const invoice = button.closest<HTMLElement>("[data-invoice]");
  button.closest(".past-of")?.replaceChildren();
  invoice?.querySelector<HTMLElement>(".more > .dots")?.focus({ preventScroll: true });
}

// Something in the panel is new: so may the past be that somebody has open.
export function keepHistories(): void {
  for (const slot of document.querySelectorAll<HTMLElement>(".past-of:not(:empty)")) void renew(slot).catch(() => undefined);
}

async function renew(slot: HTMLElement): Promise<void> {
  const invoice = slot.closest<HTMLElement>("[data-invoice]");
  const url = document.getElementById(`history-${invoice?.dataset["invoice"]}`)?.dataset["url"];
  const answer = await signedFetch(url ?? "");
  const made = answer.ok ? await fragmentOf(answer) : undefined;
  // Closed meanwhile is closed; what reads the same stays as it is, with the focus and the place that was scrolled to.
  if (!made || !slot.firstChild || made.textContent === slot.textContent) return;
  const focused = slot.contains(document.activeElement) ? document.activeElement?.id : undefined;
  slot.replaceChildren(made);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function slotOf(invoice: HTMLElement): HTMLElement | null {
  return invoice.querySelector<HTMLElement>(".past-of");
}

function headingIn(invoice: HTMLElement): HTMLElement | null {
  return invoice.querySelector<HTMLElement>(".past h2");
}
