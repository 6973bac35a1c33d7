// Who the invoice is for: candidates with their reasons, search, a new contact; what Xero prints, and what would change there.
import { word } from "../words";
import { serveComboboxes } from "./combobox";
import { copyOf, failureIn, fill, find } from "./parts";
import { clearMark } from "./refusals";
import { ask, failureOf } from "./talk";
import type { Candidate, Content, Customer, Difference, DueRule, Form, Person } from "./types";

const NEW = "new";
const PAUSE = 300; // who goes through the choices by arrow asks Xero once
const NOBODY: Customer = { candidates: [], contact_id: "", contact: null, due_rule: null, differences: [] };

type Heard = { changed(): void; rule(rule: DueRule | null): void };

export class CustomerCard {
  private chosen: string;
  private mayPropose: boolean; // nobody has chosen yet, so the answer may
  private updates: boolean;
  private updated: string[]; // the fields that were shown, until they are shown again
  private answer: Customer | undefined;
  private candidates: Candidate[] = [];
  private drawn = -1;
  private asked = new AbortController();
  private running: Promise<void>;

  constructor(
    private readonly form: Form,
    before: Content | undefined,
    private readonly heard: Heard,
  ) {
    this.chosen = before ? (before.new_contact ? NEW : before.contact_id) : form.contact_id;
    this.mayPropose = before === undefined || this.chosen === "";
    this.updated = before?.update_contact ?? [];
    this.updates = this.updated.length > 0;
    fill(find("#customer"), { "deal-customer": [form.customer.name, form.customer.email].filter(Boolean).join(" · ") });
    fill(find("#chosen"), { name: form.contact_name });
    this.listen();
    this.running = this.load();
  }

  content(): Pick<Content, "contact_id" | "new_contact" | "update_contact"> {
    const isNew = this.chosen === NEW;
    const shown = this.answer?.differences.map(({ field }) => field) ?? this.updated;
    return { contact_id: isNew ? "" : this.chosen, new_contact: isNew, update_contact: this.updates ? shown : [] };
  }

  // What shall be updated is known once the contact is.
  async settle(): Promise<void> {
    if (this.updates) await this.running;
  }

  isChosen(): boolean {
    return this.chosen !== "";
  }

  retry(): void {
    this.running = this.load();
  }

  change(): void {
    this.unfold();
    (document.querySelector<HTMLElement>("#candidates :checked") ?? find("#contact-search")).focus();
  }

  private listen(): void {
    serveComboboxes<Candidate>(find("#customer"), "#contact-search", {
      least: 2,
      search: async (words, signal) => {
        const query = { q: words, intent: this.form.intent_key };
        return (await ask<{ candidates: Candidate[] }>("/contacts", { query, signal })).candidates;
      },
      show: ({ name, email }) => ({ label: name, hint: email }),
      pick: (input, found) => {
        input.value = "";
        this.offer(found);
        this.choose(found.contact_id);
      },
      leave: () => undefined,
    });
    find("#candidates").addEventListener("change", ({ target }) => {
      const radio = target as HTMLInputElement;
      this.choose(radio.value, radio.matches(":focus-visible") ? PAUSE : 0);
    });
    find("#update-contact").addEventListener("change", ({ target }) => {
      this.updates = (target as HTMLInputElement).checked;
      this.showFacts();
      this.heard.changed();
    });
  }

  private async load(pause = 0): Promise<void> {
    this.asked.abort();
    const { signal } = (this.asked = new AbortController());
    const card = find("#customer");
    card.ariaBusy = "true";
    find("#customer-failure").replaceChildren();
    if (pause) await new Promise((done) => setTimeout(done, pause));
    if (signal.aborted) return;
    const contact = this.chosen === NEW ? "" : this.chosen;
    try {
      const query = { intent: this.form.intent_key, ...(contact && { contact }) };
      const answer = await ask<Customer>("/customer", { query, signal });
      if (!signal.aborted) this.take(answer);
    } catch (error) {
      if (signal.aborted) return;
      find("#customer-failure").replaceChildren(failureIn("trouble", failureOf(error)));
      this.unfold();
      this.heard.rule(null);
    }
    if (!signal.aborted) card.ariaBusy = "false";
  }

  private take(answer: Customer): void {
    const mayPropose = this.mayPropose;
    this.mayPropose = false;
    for (const candidate of answer.candidates) this.offer(candidate, "last");
    if (answer.contact) this.offer({ reason: "", ...answer.contact });
    if (mayPropose) this.chosen = answer.contact_id || (this.chosen ? "" : this.suggestion(answer));
    // Whom somebody chose and Xero no longer has is nobody; what is said of another is not of the chosen one.
    else if (this.chosen !== NEW && this.chosen !== answer.contact_id) [this.chosen, this.updates] = ["", false];
    this.answer = answer.contact_id === this.chosen ? answer : NOBODY;
    this.showCandidates();
    if (mayPropose && answer.contact_id) this.fold();
    else if (find("#chosen").hidden || !this.isChosen()) this.unfold();
    this.showFacts();
    this.heard.rule(this.answer.due_rule);
  }

  // A customer whom nothing in Xero resembles is a new one.
  private suggestion({ candidates }: Customer): string {
    return candidates.length === 0 && this.form.why_no_new_contact === null ? NEW : "";
  }

  private offer(candidate: Candidate, place: "first" | "last" = "first"): void {
    if (this.candidates.some(({ contact_id }) => contact_id === candidate.contact_id)) return;
    if (place === "first") this.candidates.unshift(candidate);
    else this.candidates.push(candidate);
  }

  private choose(value: string, pause = 0): void {
    this.chosen = value;
    this.mayPropose = false;
    this.updates = false;
    this.updated = [];
    find<HTMLInputElement>("#update-contact").checked = false;
    this.showCandidates();
    clearMark(find("#candidates"));
    find<HTMLElement>("#candidates :checked").focus({ preventScroll: true });
    this.answer = value === NEW ? NOBODY : undefined;
    this.heard.changed();
    this.showFacts();
    if (value !== NEW) return void (this.running = this.load(pause));
    this.asked.abort();
    find("#customer").ariaBusy = "false";
    this.heard.rule(null);
  }

  // Those that are there already stay: whoever goes through them by arrow is on one.
  private showCandidates(): void {
    if (this.drawn !== this.candidates.length) this.drawCandidates();
    for (const radio of document.querySelectorAll<HTMLInputElement>("#candidates input")) radio.checked = radio.value === this.chosen;
  }

  private drawCandidates(): void {
    this.drawn = this.candidates.length;
    const { customer, why_no_new_contact: why } = this.form;
    const radios = this.candidates.map(({ contact_id, name, email, reason }) => this.radio(contact_id, name, [reason, email]));
    const isNew = this.radio(NEW, word("create_contact").replace("{name}", customer.name), [why ?? word("new_contact")]);
    find<HTMLInputElement>("input", isNew).disabled = why !== null;
    const group = find("#candidates");
    const focused = group.contains(document.activeElement) ? (document.activeElement as HTMLInputElement).value : undefined;
    group.replaceChildren(...radios, ...(customer.name ? [isNew] : []));
    const again = [...group.querySelectorAll("input")].find(({ value }) => value === focused);
    again?.focus({ preventScroll: true });
  }

  private radio(value: string, name: string, facts: string[]): HTMLElement {
    const made = find(".choice", copyOf("candidate"));
    fill(made, { name, facts: facts.filter(Boolean).join(" · ") });
    Object.assign(find<HTMLInputElement>("input", made), { value });
    return made;
  }

  private fold(): void {
    find("#chosen").hidden = false;
    find("#chooser").hidden = true;
  }

  private unfold(): void {
    find("#chosen").hidden = true;
    find("#chooser").hidden = false;
  }

  // What Xero will print and whom it will write to: with an update, what Pipedrive knows.
  private showFacts(): void {
    const { contact, differences } = this.answer ?? NOBODY;
    const person = this.chosen === NEW ? this.form.customer : contact;
    const facts = find("#facts");
    facts.hidden = !person;
    if (!person) return;
    const changed = this.updates ? Object.fromEntries(differences.map(({ field, pipedrive }) => [field, pipedrive])) : {};
    fill(find("#chosen"), { name: contact?.name ?? "" });
    this.showPerson(facts, { ...person, ...changed });
    find<HTMLAnchorElement>("#contact-link").href = contact?.xero_url ?? "";
    find("#contact-link").hidden = !contact?.xero_url;
    find("#update").hidden = !contact || !differences.length;
    fill(facts, { differs: word("differs").replace("{fields}", differences.map(({ label }) => label).join(", ")) });
    find<HTMLInputElement>("#update-contact").checked = this.updates;
    find("#differences").hidden = !this.updates;
    find("#differences tbody").replaceChildren(...differences.map(difference));
  }

  private showPerson(facts: HTMLElement, { name, address, email, tax_number }: Person): void {
    fill(facts, { printed: [name, address].filter(Boolean).join("\n"), "tax-number": tax_number, email: email || word("no_email") });
    find("#tax-number").hidden = !tax_number;
  }
}

function difference({ label, xero, pipedrive }: Difference): HTMLElement {
  const row = find("tr", copyOf("difference"));
  fill(row, { label, xero: xero || "–", pipedrive: pipedrive || "–" });
  return row;
}
