// Treatment, currency, template, dates, reference.
import type { Treatment } from "../totals";
import { word } from "../words";
import { dueDate } from "./due";
import { find, options } from "./parts";
import { clearMark, mark } from "./refusals";
import type { Content, DueRule, Form } from "./types";

type Values = Pick<Content, "treatment" | "currency" | "theme_id" | "issue_date" | "due_date" | "reference">;
type Heard = { changed(): void; treatment(treatment: Treatment): void; currency(currency: string): void };
type Name = keyof Values;

export class Details {
  private rule: DueRule;
  private isDueTyped: boolean;

  constructor(
    private readonly form: Form,
    before: Content | undefined,
    private readonly heard: Heard,
  ) {
    this.rule = form.due_rule;
    const values: Values = before ?? form;
    const ruled = before && [form.due_date, dueDate(before.issue_date, form.due_rule)];
    this.isDueTyped = ruled !== undefined && !ruled.includes(values.due_date);
    this.offer(values);
    for (const name of ["treatment", "currency", "theme_id", "issue_date", "due_date", "reference"] as const) {
      box(name).value = values[name];
      box(name).addEventListener("input", () => this.typed(name));
    }
    this.showCurrency();
    this.checkLock();
  }

  content(): Values {
    const value = (name: Name) => box(name).value;
    return {
      treatment: value("treatment") as Treatment,
      currency: value("currency"),
      theme_id: value("theme_id"),
      issue_date: value("issue_date"),
      due_date: value("due_date"),
      reference: value("reference").trim(),
    };
  }

  // The contact's own terms, once it is known who it is.
  setRule(rule: DueRule | null): void {
    this.rule = rule ?? this.form.due_rule;
    // As it came from the server until something about it changes.
    if (rule || box("issue_date").value !== this.form.issue_date) this.follow();
    else if (!this.isDueTyped) box("due_date").value = this.form.due_date;
  }

  refusals(): Record<string, string[]> {
    const { issue_date, due_date } = this.content();
    const found: Record<string, string[]> = {};
    if (!issue_date) found["issue_date"] = [word("date_missing")];
    else if (this.isLocked()) found["issue_date"] = [this.lockText()];
    if (!due_date) found["due_date"] = [word("date_missing")];
    else if (due_date < issue_date) found["due_date"] = [word("due_before_issue")];
    if (!this.form.currencies.includes(box("currency").value)) found["currency"] = [this.currencyText()];
    return found;
  }

  private offer({ currency }: Values): void {
    const { currencies, treatments, themes } = this.form;
    box("treatment").append(options(treatments));
    const all = currencies.includes(currency) ? currencies : [currency, ...currencies];
    box("currency").append(options(all.map((code) => ({ value: code, label: code }))));
    box("theme_id").append(options([{ value: "", label: word("default_theme") }, ...themes]));
    find("#theme").hidden = !themes.length;
  }

  private typed(name: Name): void {
    const { treatment, currency } = this.content();
    clearMark(box(name));
    if (name === "treatment") this.heard.treatment(treatment);
    if (name === "currency") this.heard.currency(currency);
    if (name === "currency") this.showCurrency();
    if (name === "due_date") this.isDueTyped = true;
    if (name === "issue_date") this.follow();
    if (name === "issue_date") this.checkLock();
    this.heard.changed();
  }

  private follow(): void {
    const due = dueDate(box("issue_date").value, this.rule);
    if (this.isDueTyped || !due) return;
    box("due_date").value = due;
    clearMark(box("due_date"));
  }

  private checkLock(): void {
    if (this.isLocked()) mark("issue_date", this.lockText());
  }

  private isLocked(): boolean {
    const { lock_date } = this.form;
    const { value } = box("issue_date");
    return lock_date !== null && value !== "" && value <= lock_date;
  }

  private lockText(): string {
    return this.form.lock_text ?? "";
  }

  // Amounts keep their figures in another currency; whoever changes it must know.
  private showCurrency(): void {
    const { value } = box("currency");
    if (!this.form.currencies.includes(value)) mark("currency", this.currencyText());
    find("#not-converted").hidden = value === this.form.currency;
  }

  private currencyText(): string {
    const { problem } = this.form;
    return problem?.field === "currency" ? problem.title : word("no_currency").replace("{currency}", box("currency").value);
  }
}

function box(name: Name): HTMLInputElement {
  return find<HTMLInputElement>(`#details [name="${name}"]`);
}
