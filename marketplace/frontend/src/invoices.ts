// The window with all invoices of the deal's contact: filters above, a list that follows them, and the way on to the deal.
import { confirm, signedFetch, snackbar } from "./host";
import { inside } from "./inside";
import { announce, localiseTimes, word } from "./words";

const SEARCH_AFTER = 400;
// A second click of one double click shall not undo what the first one did.
const SETTLES_WITHIN = 600;

const main = document.getElementById("all");
const form = document.getElementById("selection") as HTMLFormElement | null;
const { width, height } = document.body.dataset;

let lists = 0; // asked for so far; only the last one counts
let page = 1; // that was asked for last, whatever came of it
let asked = ""; // the query that was sent last
let shown = ""; // the query whose list can be seen
const busy = new Set<string>();

inside(
  { width: Number(width) || 900, height: Number(height) || 700 },
  {
    refresh: () => load(page),
    turn: (button) => load(Number(button.dataset["page"]), "count"),
    clear: showAll,
    act,
    choose,
    dismiss: (button) => button.closest(".note")?.replaceChildren(),
  },
);
if (main && form) startList(form);

function startList(filters: HTMLFormElement): void {
  const narrow = (): void => void (areDaysGood(filters) ? load(1) : filters.reportValidity());
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    narrow();
  });
  filters.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement && target.name === "period") showDays(filters);
    if (!(target instanceof HTMLInputElement && target.type === "search")) narrow();
  });
  afterTyping(filters, narrow);
  void load(1);
}

function afterTyping(filters: HTMLElement, search: () => void): void {
  let timer = 0;
  filters.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement && target.type === "search")) return;
    clearTimeout(timer);
    timer = window.setTimeout(search, SEARCH_AFTER);
  });
  filters.addEventListener("submit", () => clearTimeout(timer));
}

// Whoever chooses days of their own begins with those that they see.
function showDays(filters: HTMLFormElement): void {
  const isCustom = field(filters, "period").value === "custom";
  const span = document.querySelector<HTMLElement>(".whose")?.dataset;
  for (const [name, day] of [["from", span?.["first"]], ["to", span?.["last"]]] as const) {
    const input = field(filters, name);
    input.closest<HTMLElement>(".day")?.toggleAttribute("hidden", !isCustom);
    input.disabled = !isCustom; // or it would be asked for where nobody sees it
    if (isCustom && !input.value && day) input.value = day;
  }
}

function areDaysGood(filters: HTMLFormElement): boolean {
  return field(filters, "period").value !== "custom" || ["from", "to"].every((name) => field(filters, name).validity.valid);
}

function field(filters: HTMLFormElement, name: string): HTMLInputElement {
  return filters.elements.namedItem(name) as HTMLInputElement;
}

function showAll(): void {
  if (!form) return;
  field(form, "status").value = "";
  field(form, "q").value = "";
  void load(1, "count");
}

async function load(wanted: number, focus = ""): Promise<void> {
  const results = document.getElementById("results");
  if (!main || !form || !results) return;
  page = wanted;
  const query = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  query.set("page", String(wanted));
  // Enter after a pause in typing asks for what is on its way already.
  if (results.ariaBusy === "true" && asked === String(query)) return;
  asked = String(query);
  const mine = ++lists;
  results.ariaBusy = "true";
  const answer = await ask(`${main.dataset["list"]}&${query}`);
  if (mine !== lists) return;
  results.ariaBusy = "false";
  forgetRefusals(form);
  if (answer.isGood) {
    shown = String(query);
    showList(results, answer.content, focus);
  } else if (shown === String(query)) {
    // What can be seen is as good as before; only its age grows.
    document.getElementById("trouble")?.replaceChildren(answer.content);
  } else {
    shown = "";
    document.getElementById("trouble")?.replaceChildren();
    replace(results, answer.content);
    markRefusals(form);
  }
}

function showList(results: HTMLElement, content: Node, focus: string): void {
  document.getElementById("trouble")?.replaceChildren();
  replace(results, content, focus);
  const isUnlinked = Boolean(results.querySelector("[data-unlinked]"));
  form?.toggleAttribute("hidden", isUnlinked);
  if (isUnlinked) startChoice(results);
  announce([...results.querySelectorAll("#count, .pager span")].map((element) => element.textContent).join(" · "));
}

// Whoever was working in what is replaced goes on at the same place, or at the head of what came instead.
function replace(place: HTMLElement, content: Node, focus = ""): void {
  const inside = place.contains(document.activeElement) ? (document.activeElement?.id ?? "") : undefined;
  place.replaceChildren(content);
  localiseTimes(place);
  const near = focus || inside;
  if (near === undefined) return;
  (document.getElementById(near) ?? document.getElementById("count"))?.focus({ preventScroll: !focus });
  if (focus) window.scrollTo({ top: 0 });
}

function forgetRefusals(filters: HTMLFormElement): void {
  for (const input of filters.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

function markRefusals(filters: HTMLFormElement): void {
  for (const refusal of document.querySelectorAll<HTMLElement>("#results [data-field]")) {
    const input = filters.elements.namedItem(refusal.dataset["field"] ?? "") as HTMLInputElement | null;
    input?.setAttribute("aria-invalid", "true");
    input?.setAttribute("aria-describedby", refusal.id);
  }
}

// Links, unlinks or moves the invoice in whose row the button is.
async function act(button: HTMLElement): Promise<void> {
  const row = button.closest<HTMLElement>("[data-invoice]");
  if (!row || busy.has(row.id) || button.ariaDisabled) return;
  busy.add(row.id);
  try {
    if (await isMeant(button, row)) await carryOut(button, row);
  } finally {
    busy.delete(row.id);
  }
}

async function isMeant(button: HTMLElement, row: HTMLElement): Promise<boolean> {
  const { ask: title, means = "", ok = "" } = button.dataset;
  if (!title) return true;
  try {
    const confirmed = await confirm({ title, description: means, okText: ok, okColor: "primary" });
    button.focus({ preventScroll: true });
    return confirmed;
  } catch {
    note(row, banner(word("no_question")));
    return false;
  }
}

async function carryOut(button: HTMLElement, row: HTMLElement): Promise<void> {
  const { url = "", doing = "", leaves = "" } = button.dataset;
  row.ariaBusy = "true";
  announce(doing);
  const answer = await ask(url, { method: "POST", body: new URLSearchParams({ leaves }) });
  // The list may have come anew meanwhile.
  const place = document.getElementById(row.id) ?? row;
  place.ariaBusy = "false";
  if (!answer.isGood) return note(place, answer.isSilent ? banner(word("no_answer")) : answer.content);
  const hadFocus = place.contains(document.activeElement);
  const after = answer.content.querySelector<HTMLElement>("[data-invoice]");
  place.replaceWith(answer.content);
  const next = after?.querySelector<HTMLElement>("[data-do=act]");
  if (next) settle(next);
  if (hadFocus) (next ?? after?.querySelector("a"))?.focus({ preventScroll: true });
  say(answer.sentence);
}

function settle(button: HTMLElement): void {
  button.ariaDisabled = "true";
  setTimeout(() => button.removeAttribute("aria-disabled"), SETTLES_WITHIN);
}

// Who the customer is, where nobody has told yet.
function startChoice(results: HTMLElement): void {
  const look = results.querySelector<HTMLFormElement>("#look");
  if (!look) return;
  look.addEventListener("submit", (event) => {
    event.preventDefault();
    void findContacts(look);
  });
  afterTyping(look, () => void findContacts(look));
  void findContacts(look);
}

let looks = 0;

async function findContacts(look: HTMLFormElement): Promise<void> {
  const place = document.getElementById("contacts");
  if (!main || !place) return;
  const mine = ++looks;
  place.ariaBusy = "true";
  const answer = await ask(`${main.dataset["contacts"]}&${new URLSearchParams({ q: field(look, "q").value })}`);
  if (mine !== looks) return;
  place.ariaBusy = "false";
  replace(place, answer.content);
  announce(place.querySelector("#found, h3")?.textContent ?? "");
}

async function choose(button: HTMLElement): Promise<void> {
  const place = button.closest<HTMLElement>(".choose");
  if (!main || !place || busy.has("contact")) return;
  busy.add("contact");
  button.ariaBusy = "true";
  const body = new URLSearchParams({ contact_id: button.dataset["contact"] ?? "" });
  const answer = await ask(main.dataset["choose"] ?? "", { method: "POST", body });
  busy.delete("contact");
  button.ariaBusy = "false";
  if (!answer.isGood) return note(place, answer.isSilent ? banner(word("no_answer")) : answer.content);
  say(answer.sentence);
  await load(1, "count");
}

type Answer = { isGood: boolean; isSilent: boolean; content: DocumentFragment; sentence: string };

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const response = await signedFetch(url, init);
    const content = document.createRange().createContextualFragment(await response.text());
    const events = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
    return { isGood: response.ok, isSilent: false, content, sentence: events["instep:say"]?.message ?? "" };
  } catch {
    return { isGood: false, isSilent: true, content: copyOf("silence"), sentence: "" };
  }
}

function say(sentence: string): void {
  announce(sentence);
  snackbar(sentence).catch(() => undefined);
}

function note(place: HTMLElement, content: Node): void {
  place.querySelector(".note")?.replaceChildren(content);
}

function banner(sentence: string): Node {
  const made = copyOf("banner");
  made.querySelector("p")?.append(sentence);
  return made;
}

function copyOf(template: string): DocumentFragment {
  return (document.getElementById(template) as HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
}
