// What a person does with an invoice: asked about in Pipedrive's own dialog, shown where they pressed while it runs, done once.
import { confirm } from "./host";
import { announce, word } from "./words";

type Deed = { id: string; place: HTMLElement; doing: string };

const underWay = new WeakMap<object, Deed>();
const busy = new Set<string>();
// Kept until an answer of ours has come: to press again after a lost one, or after a proxy's, asks for the same thing again.
const keys = new Map<string, string>();
const startedAfter = new WeakMap<object, number>();
let finished = 0;

export function startDeeds(): void {
  document.addEventListener("click", refuseDisabled, true);
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    const button = ctx.sourceElement as HTMLElement;
    if (button.dataset["deed"] === undefined) startedAfter.set(ctx, finished);
    else if (!begin(button, ctx)) event.preventDefault();
    else if (ctx.request.method === "POST") (ctx.request.body as FormData).set("key", keyOf(button.id));
  });
  document.addEventListener("htmx:confirm", (event) => {
    event.preventDefault();
    void ask(event.detail);
  });
  document.addEventListener("htmx:before:request", (event) => {
    const deed = underWay.get(event.detail.ctx);
    if (deed) run(deed);
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const deed = underWay.get(ctx);
    if (!deed) return;
    if (ctx.response?.headers.has("HX-Trigger")) keys.delete(deed.id);
    if ((ctx.response?.status ?? 0) < 400) note(deed.place);
  });
  document.addEventListener("htmx:error", (event) => {
    const deed = event.detail.ctx && underWay.get(event.detail.ctx);
    if (deed) note(deed.place, banner(word("no_answer")));
  });
  document.addEventListener("htmx:before:swap", (event) => {
    // What was asked before a deed was done tells of a time before it.
    if ((startedAfter.get(event.detail.ctx) ?? finished) !== finished) event.preventDefault();
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const deed = underWay.get(event.detail.ctx);
    if (deed) end(deed);
  });
}

// Does what the page does by itself, where `button` is: once at a time, and seen.
export async function doing(button: HTMLElement, act: (place: HTMLElement) => Promise<void>): Promise<void> {
  const deed = begin(button, {});
  if (!deed) return;
  run(deed);
  try {
    await act(deed.place);
  } catch {
    note(deed.place, banner(word("no_answer")));
  } finally {
    end(deed);
  }
}

// Puts something below an invoice, or below all of them; nothing takes away what was there.
export function note(place: HTMLElement, ...content: Node[]): void {
  document.getElementById(`note-${place.dataset["invoice"] ?? "deal"}`)?.replaceChildren(...content);
}

export function banner(sentence: string): Node {
  const made = copyOf("banner");
  made.querySelector("p")?.append(sentence);
  return made;
}

export function copyOf(template: string): DocumentFragment {
  return (document.getElementById(template) as HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
}

export function dismiss(button: HTMLElement): void {
  const place = button.closest<HTMLElement>("[data-invoice]");
  button.closest(".note")?.replaceChildren();
  dotsOf(place)?.focus();
}

function dotsOf(place: HTMLElement | null): HTMLElement | null {
  return place?.querySelector<HTMLElement>(".more > .dots") ?? document.getElementById("more-deal");
}

// Pipedrive's dialog had the focus, and need not give it back to where it was; an item of a closed menu cannot have it.
function focusBack(button: HTMLElement): void {
  const place = button.closest<HTMLElement>("[data-invoice]");
  (button.offsetParent ? button : dotsOf(place))?.focus({ preventScroll: true });
}

// Disabled, but within reach, so that everybody learns why.
function refuseDisabled(event: Event): void {
  if (!(event.target as Element).closest("[aria-disabled=true]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function begin(button: HTMLElement, ctx: object): Deed | undefined {
  const place = button.closest<HTMLElement>("[data-invoice]") ?? document.querySelector<HTMLElement>(".foot, #deal:not(:has(.foot))");
  if (!place) return undefined;
  const deed = { id: button.id, place, doing: button.dataset["deed"] ?? "" };
  if (busy.has(place.id)) {
    announce(sayingOf(place).dataset["ownRuns"] ?? "");
    return undefined;
  }
  busy.add(place.id);
  underWay.set(ctx, deed);
  return deed;
}

function run({ place, doing }: Deed): void {
  sayingOf(place).dataset["ownRuns"] = doing;
  announce(doing);
}

function end({ place }: Deed): void {
  busy.delete(place.id);
  delete sayingOf(place).dataset["ownRuns"];
  finished += 1;
}

// Where it is said what runs.
function sayingOf(place: HTMLElement): HTMLElement {
  return place.querySelector<HTMLElement>(".meta") ?? place;
}

function keyOf(id: string): string {
  const key = keys.get(id) ?? crypto.randomUUID();
  keys.set(id, key);
  return key;
}

type Asking = { ctx: { sourceElement: Element; confirm?: string }; issueRequest: () => void; dropRequest: () => void };

async function ask({ ctx, issueRequest, dropRequest }: Asking): Promise<void> {
  const { means = "", ok = "", color = "" } = (ctx.sourceElement as HTMLElement).dataset;
  try {
    const confirmed = await confirm({ title: ctx.confirm ?? "", description: means, okText: ok, okColor: color });
    focusBack(ctx.sourceElement as HTMLElement);
    if (confirmed) issueRequest();
    else dropRequest();
  } catch {
    const deed = underWay.get(ctx);
    if (deed) note(deed.place, banner(word("no_question")));
    dropRequest();
  }
}
