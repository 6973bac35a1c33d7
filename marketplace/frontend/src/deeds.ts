// What a person does with an invoice: asked about in Pipedrive's own dialog, shown in the row while it runs, said when it is done.
import { confirm, signedFetch, snackbar } from "./host";
import { word } from "./words";

const notes = new Map<string, string>();
const running = new Map<string, string>();

export function startDeeds(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-act]");
    if (!button || button.getAttribute("aria-disabled")) return;
    const act = button.dataset["act"] ?? "";
    if (act === "pdf") void openPdf(button);
    else if (act === "link") void copyLink(button);
    else void doIt(button, act);
  });
}

// News from the server knows neither of a deed that runs nor of what became of the last one: both are put back.
export function redrawDeeds(): void {
  for (const row of document.querySelectorAll<HTMLElement>("[data-invoice]")) draw(row);
}

async function doIt(button: HTMLElement, action: string): Promise<void> {
  const { url = "", doing = "", ask, means, ok, color } = button.dataset;
  if (ask && !(await confirm({ title: ask, description: means ?? "", okText: ok ?? "", okColor: color ?? "" }))) return;
  const body = new URLSearchParams({ key: crypto.randomUUID(), ...(action !== "email" && action !== "unlink" && { action }) });
  await withRow(button, doing, (row) => send(url, body, row));
}

async function send(url: string, body: URLSearchParams, row: string): Promise<void> {
  const answer = await signedFetch(url, { method: "POST", body });
  const said = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}")["instep:say"]?.message;
  if (said) snackbar(said).catch(() => undefined);
  notes.delete(row);
  if (!answer.ok) notes.set(row, await answer.text());
}

async function openPdf(button: HTMLElement): Promise<void> {
  // Opened inside the click, or it counts as a pop-up.
  const tab = window.open("about:blank", "_blank");
  await withRow(button, button.dataset["doing"] ?? "", async (row) => {
    const answer = await signedFetch(button.dataset["url"] ?? "", { method: "POST" });
    if (!answer.ok || !tab) {
      tab?.close();
      notes.set(row, answer.ok ? word("no_tab") : await answer.text());
      return;
    }
    notes.delete(row);
    tab.opener = null;
    tab.location.replace((await answer.json()).url);
  });
}

async function copyLink(button: HTMLElement): Promise<void> {
  await withRow(button, button.dataset["doing"] ?? "", async (row) => {
    const answer = await signedFetch(button.dataset["url"] ?? "", { method: "POST" });
    if (!answer.ok) {
      notes.set(row, await answer.text());
      return;
    }
    notes.delete(row);
    const { url } = await answer.json();
    if (await copied(url)) snackbar(word("copied")).catch(() => undefined);
    else notes.set(row, `link:${url}`);
  });
}

// Pipedrive's frame may be denied the clipboard: then the old way, and where that fails as well the person copies it.
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "for-screen-readers" });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

async function withRow(button: HTMLElement, doing: string, act: (row: string) => Promise<void>): Promise<void> {
  const row = button.closest<HTMLElement>("[data-invoice]")?.dataset["invoice"] ?? "";
  if (running.has(row)) return;
  running.set(row, doing);
  redrawDeeds();
  try {
    await act(row);
  } catch {
    notes.set(row, word("offline_action"));
  }
  running.delete(row);
  redrawDeeds();
  document.dispatchEvent(new CustomEvent("instep:look-now"));
}

function draw(row: HTMLElement): void {
  const id = row.dataset["invoice"] ?? "";
  const doing = running.get(id);
  row.toggleAttribute("data-runs", doing !== undefined);
  if (doing !== undefined) {
    const place = row.querySelector(".doing");
    if (place) place.textContent = doing;
  } else if (row.dataset["shows"]) {
    const place = row.querySelector(".doing");
    if (place && !row.hasAttribute("aria-busy")) place.textContent = "";
  }
  if (doing) row.dataset["shows"] = "1";
  const note = row.querySelector<HTMLElement>(".note");
  if (note && note.dataset["for"] !== (notes.get(id) ?? "")) write(note, notes.get(id) ?? "");
}

function write(note: HTMLElement, text: string): void {
  note.dataset["for"] = text;
  if (text.startsWith("link:")) note.replaceChildren(linkField(text.slice(5)));
  else if (text.trimStart().startsWith("<")) note.innerHTML = text; // our own fragment, escaped by the server
  else note.replaceChildren(Object.assign(document.createElement("p"), { className: "banner bad", textContent: text }));
}

function linkField(url: string): HTMLElement {
  const label = Object.assign(document.createElement("label"), { className: "field" });
  const words = Object.assign(document.createElement("span"), { textContent: word("copy_by_hand") });
  const field = Object.assign(document.createElement("input"), { type: "text", readOnly: true, value: url });
  label.append(words, field);
  requestAnimationFrame(() => field.select());
  return label;
}
