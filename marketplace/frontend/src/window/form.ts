// The form of the invoice: its parts, what they tell each other, and sending it off.
import { closeWindow, snackbar } from "../host";
import { announce, clock, localiseTimes, word } from "../words";
import { check } from "./check";
import { serveComboboxes, startList } from "./combobox";
import { createAs, showChoices } from "./create_as";
import { CustomerCard } from "./customer";
import { Details } from "./details";
import { HalfWritten } from "./half_written";
import { isContent } from "./kept";
import { Lines } from "./lines";
import { moneyText, priceText } from "./numbers";
import { copyOf, failureIn, fill, find } from "./parts";
import { clearMarks, showRefusal } from "./refusals";
import { ask, failureOf } from "./talk";
import type { Content, Created, Failure, Form, Item } from "./types";

export class InvoiceForm {
  readonly lines: Lines;
  readonly customer: CustomerCard;
  private readonly details: Details;
  private readonly half: HalfWritten;

  constructor(private readonly form: Form) {
    const kept = form.half_written;
    const before = kept && isContent(kept.content) ? kept.content : undefined;
    find("#window").replaceChildren(copyOf("form"));
    startList();
    const changed = () => this.changed();
    this.lines = new Lines(form, changed);
    this.details = new Details(form, before, {
      changed,
      treatment: (treatment) => this.lines.setTreatment(treatment),
      currency: (currency) => this.lines.setCurrency(currency),
    });
    showChoices(form, before?.create_as, changed);
    const { treatment, currency } = this.details.content();
    this.lines.load(before?.lines ?? form.lines, treatment, currency);
    this.customer = new CustomerCard(form, before, { changed, rule: (rule) => this.details.setRule(rule) });
    this.half = new HalfWritten(() => this.content(), {
      put: (body, keepalive) => ask("/half-written", { method: "PUT", body, keepalive }),
      drop: () => ask("/half-written", { method: "DELETE" }),
    });
    this.serve();
    this.show(before && kept?.saved_at);
    // An earlier version of this page wrote it: nobody can go on with it.
    if (kept && !before) void ask("/half-written", { method: "DELETE" }).catch(() => undefined);
  }

  hurry(): void {
    this.half.hurry();
  }

  async startedAgain(): Promise<InvoiceForm> {
    await this.half.discard();
    return new InvoiceForm({ ...this.form, half_written: null });
  }

  async send(): Promise<void> {
    if (find("#paper").inert) return;
    const problem = this.problem();
    if (problem) {
      announce(problem.title);
      return this.block();
    }
    this.showBusy(true);
    try {
      await this.customer.settle();
      const { rows } = this.lines.sent();
      const fields = { ...check(this.content(), rows, this.customer.isChosen()), ...this.details.refusals() };
      clearMarks();
      if (Object.keys(fields).length) this.refuse({ title: word("check"), text: word("check_text"), fields });
      else await this.post();
    } catch (error) {
      this.refuse(failureOf(error));
    }
  }

  private async post(): Promise<void> {
    announce(word(`doing_${createAs()}`));
    await this.half.settle();
    const body = { intent_key: this.form.intent_key, seen_total: this.lines.counted().total, ...this.content() };
    const created = await ask<Created>("", { method: "POST", body }).catch((error) => {
      this.half.goOn();
      throw error;
    });
    leave(created);
  }

  private refuse(failure: Failure): void {
    this.showBusy(false);
    if (failure.fields?.["contact_id"]) this.customer.change();
    showRefusal(failure, this.lines.sent().rows);
  }

  private showBusy(isBusy: boolean): void {
    find("#invoice-form").ariaBusy = String(isBusy);
    find("#paper").inert = isBusy;
  }

  // Keeps what was typed, so that the form can be read anew; until then nothing more is typed, or sent.
  async rest(): Promise<void> {
    find("#paper").inert = true;
    announce(word("reading"));
    await this.half.rest();
  }

  // What keeps the form from being read anew stands where it was asked for; the form stays.
  fail(failure: Failure): void {
    this.showBusy(false);
    find("#blocked").replaceChildren(failureIn("trouble", failure));
    this.block();
  }

  private block(): void {
    const place = find("#blocked");
    place.scrollIntoView({ block: "nearest" });
    place.querySelector<HTMLElement>("button:not([hidden])")?.focus();
  }

  private content(): Content {
    return { ...this.customer.content(), ...this.details.content(), create_as: createAs(), lines: this.lines.sent().lines };
  }

  private changed(): void {
    this.half.changed();
    this.showTotals();
    this.showProblem();
  }

  private serve(): void {
    const search = async (q: string, signal: AbortSignal) => (await ask<{ items: Item[] }>("/items", { query: { q }, signal })).items;
    const show = ({ item_code, name, unit_price }: Item) => ({
      label: name === item_code ? name : `${item_code} · ${name}`,
      // Xero says of no item which currency its price is in.
      hint: priceText(unit_price),
    });
    serveComboboxes<Item>(find("#lines"), "[name=item_code]", {
      least: 0,
      search,
      show,
      pick: (input, item) => {
        const held = this.lines.heldBy(input);
        if (held) this.lines.link(held, item);
      },
      leave: (input) => {
        const linked = input.dataset["linked"] ?? "";
        if (linked && !input.value.trim()) this.lines.unlink(input);
        else input.value = linked;
      },
    });
    const empty = (input: HTMLInputElement) => Object.assign(input, { value: "" });
    const pick = (_input: HTMLInputElement, item: Item) => this.lines.addItem(item);
    serveComboboxes<Item>(find("#add"), "#add-item", { least: 0, search, show, pick, leave: empty });
    const form = find<HTMLFormElement>("#invoice-form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    form.addEventListener("keydown", (event) => this.pressed(event));
  }

  // Enter in a field sends nothing: too much money hangs on it. Ctrl or ⌘ and Enter does.
  private pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    const isField = (event.target as Element).matches("input, select");
    if (event.ctrlKey || event.metaKey) void this.send();
    if (isField || event.ctrlKey || event.metaKey) event.preventDefault();
  }

  private show(savedAt: string | undefined): void {
    const { organisation, notes } = this.form;
    fill(find("#window"), { organisation });
    find("#notes").append(...notes.map(noteOf));
    if (savedAt) {
      find("#restored").hidden = false;
      const time = clockOf(savedAt);
      fill(find("#restored"), { restored: word("restored").replace("{time}", time) });
      announce(word("restored").replace("{time}", time));
    }
    this.showTotals();
    this.showProblem();
  }

  private showTotals(): void {
    const { currency, treatment } = this.details.content();
    const { subTotal, totalTax, total } = this.lines.counted();
    const text = (amount: string) => moneyText(amount, currency);
    fill(find("#invoice-form"), { "sub-total": text(subTotal), tax: text(totalTax), total: text(total) });
    fill(find(".totals"), { "tax-label": word(treatment === "Inclusive" ? "tax_included" : "tax") });
    find("#tax-total").hidden = treatment === "NoTax";
  }

  // A currency that the organisation lacks is mended by choosing another; everything else elsewhere.
  private problem(): Failure | null {
    const { problem, currencies } = this.form;
    const isMended = problem?.field === "currency" && currencies.includes(this.details.content().currency);
    return isMended ? null : problem;
  }

  private showProblem(): void {
    const problem = this.problem();
    const place = find("#blocked");
    find<HTMLButtonElement>("#create").disabled = problem !== null;
    if (problem && !place.hasChildNodes()) place.append(failureIn("trouble", problem));
    if (!problem) place.replaceChildren();
  }
}

function leave({ message, stay, html }: Created): void {
  snackbar(message).catch(() => undefined);
  if (!stay) return closeWindow();
  const main = find("#window");
  main.innerHTML = html;
  localiseTimes(main);
  (main.querySelector<HTMLElement>('[data-do="close"]') ?? main).focus();
}

function noteOf(sentence: string): HTMLElement {
  const note = find("li", copyOf("note"));
  fill(note, { note: sentence });
  return note;
}

function clockOf(moment: string): string {
  const then = new Date(moment);
  return clock(then, then.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" });
}
