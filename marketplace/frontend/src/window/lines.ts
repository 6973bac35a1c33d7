// The lines of the invoice. To type touches one row and the totals, however many lines there are.
import { type Totals, type Treatment, totals } from "../totals";
import { announce, word } from "../words";
import { Books } from "./books";
import { EMPTY, type Held, control, hold, isEmpty, isOfWords, lineOf, read, tidy } from "./line";
import { write, writeAmount, writeChosen, writeCurrency, writeItem, writeNumber, writePrices } from "./line";
import { find } from "./parts";
import { clearMark } from "./refusals";
import { convertedTo } from "./treatment";
import type { Form, Item, Line } from "./types";

const list = (): HTMLElement => find("#lines");

export class Lines {
  private held: Held[] = [];
  private readonly books: Books;
  private treatment: Treatment;
  private currency: string;

  constructor(
    private readonly form: Form,
    private readonly changed: () => void,
  ) {
    this.treatment = form.treatment;
    this.currency = form.currency;
    this.books = new Books(form);
    this.listen();
  }

  load(lines: Line[], treatment: Treatment, currency: string): void {
    this.treatment = treatment;
    this.currency = currency;
    this.held = lines.map((line) => hold(line, this.books, treatment));
    if (!this.held.length) this.held = [this.fresh()];
    for (const held of this.held) write(held, this.books, currency);
    this.showTreatment();
    list().replaceChildren(...this.held.map(({ row }) => row));
    this.renumber(0);
    this.recount(...this.held);
  }

  // Lines that hold nothing are not sent; `rows` are those that are, in the order of the answer's complaints.
  sent(): { lines: Line[]; rows: Held[] } {
    const rows = this.held.filter((held) => !isEmpty(held));
    return { rows, lines: rows.map(lineOf) };
  }

  counted(): Totals {
    return totals(this.held.map((held) => ({ ...held, tax_percent: this.percentOf(held) })), this.treatment);
  }

  setTreatment(treatment: Treatment): void {
    this.treatment = treatment;
    this.showTreatment();
    for (const held of this.held) {
      if (treatment !== "NoTax" && !held.tax_type && !isOfWords(held)) this.proposeRate(held);
      Object.assign(held, convertedTo(treatment, held.origin));
      writePrices(held);
    }
    this.recount(...this.held);
  }

  setCurrency(currency: string): void {
    this.currency = currency;
    for (const held of this.held) writeCurrency(held, currency);
  }

  heldBy(element: Element): Held | undefined {
    const key = element.closest<HTMLElement>(".line")?.dataset["key"];
    return this.held.find((held) => held.key === key);
  }

  add(): void {
    const held = this.append(this.fresh());
    control(held.row, "description").focus();
    this.changed();
  }

  addItem(item: Item): void {
    const held = this.append(this.fresh());
    this.link(held, item);
    control(held.row, "quantity").select();
  }

  // The item's own account and tax come along; description and price only where there are none yet.
  link(held: Held, item: Item): void {
    held.item_code = item.item_code;
    held.item_name = item.name;
    // Without an account of ours the line goes to the item's own, also where that is none for sales.
    if (item.account_code) held.account_code = this.books.find("account_code", item.account_code)?.value ?? null;
    if (!held.tax_type || !held.isOwnRate) held.tax_type = this.rateWith(item, held);
    held.description ||= item.description || item.name;
    if (held.unit_amount === null && !held.broken.has("unit_amount")) held.unit_amount = item.unit_price;
    if (held.quantity === null && !held.broken.has("quantity")) held.quantity = "1";
    this.setOrigin(held);
    write(held, this.books, this.currency);
    clearMark(control(held.row, "item_code"));
    clearFilled(held);
    this.touched(held);
    announce(word("linked").replace("{item}", item.name));
  }

  clearItem(button: Element): void {
    this.unlink(button);
    find("[name=item_code]", button.closest(".line") ?? list()).focus();
  }

  unlink(element: Element): void {
    const held = this.heldBy(element);
    if (!held) return;
    held.item_code = null;
    held.item_name = "";
    writeItem(held);
    this.touched(held);
  }

  // The neighbour moves, so that the focus stays where it is.
  move(element: Element, by: number): void {
    const from = this.held.findIndex((held) => held === this.heldBy(element));
    const [held, neighbour] = [this.held[from], this.held[from + by]];
    if (!held || !neighbour) return;
    if (by < 0) held.row.after(neighbour.row);
    else held.row.before(neighbour.row);
    [this.held[from], this.held[from + by]] = [neighbour, held];
    this.renumber(Math.min(from, from + by), 2);
    held.row.scrollIntoView({ block: "nearest" });
    announce(word("moved").replace("{number}", String(from + by + 1)).replace("{count}", String(this.held.length)));
    this.changed();
  }

  remove(button: Element): void {
    const at = this.held.findIndex((held) => held === this.heldBy(button));
    this.held[at]?.row.remove();
    this.held.splice(at, 1);
    if (!this.held.length) this.append(this.fresh());
    this.renumber(at);
    const next = this.held[Math.min(at, this.held.length - 1)];
    if (next) find("[data-do=remove-line]", next.row).focus();
    announce(word("removed").replace("{number}", String(at + 1)));
    this.changed();
  }

  private listen(): void {
    list().addEventListener("input", ({ target }) => {
      const held = this.heldBy(target as Element);
      if (held && (target as HTMLInputElement).name !== "item_code") this.typed(held, target as HTMLInputElement);
    });
    list().addEventListener("change", ({ target }) => {
      const held = this.heldBy(target as Element);
      if (held) tidy(held, target as HTMLInputElement);
    });
    for (const coming of ["focusin", "pointerdown"]) {
      list().addEventListener(coming, ({ target }) => {
        const box = target as HTMLSelectElement;
        if (box.name === "tax_type" || box.name === "account_code") this.books.offerAll(box);
      });
    }
    list().addEventListener("keydown", (event) => this.pressed(event));
  }

  private typed(held: Held, box: HTMLInputElement): void {
    read(held, box);
    clearMark(box.name === "discount_kind" ? control(held.row, "discount") : box);
    if (box.name === "tax_type") held.isOwnRate = held.tax_type !== null;
    if (box.name === "account_code" && !held.tax_type) {
      held.tax_type = this.books.rateOfAccount(held.account_code);
      writeChosen(held, "tax_type", this.books);
    }
    this.setOrigin(held);
    clearFilled(held);
    this.touched(held);
  }

  private pressed(event: KeyboardEvent): void {
    const box = event.target as HTMLInputElement;
    if (box.role === "combobox") return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      this.move(box, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" && box.matches("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.below(box);
    }
  }

  // Enter goes down the column, as in a sheet, and opens a line after the last.
  private below(box: HTMLInputElement): void {
    const at = this.held.findIndex((held) => held === this.heldBy(box));
    const last = this.held[at];
    if (!last || (!this.held[at + 1] && isEmpty(last))) return;
    const next = this.held[at + 1] ?? this.append(this.fresh());
    control(next.row, at + 1 < this.held.length - 1 || !isEmpty(next) ? box.name : "description").focus();
  }

  private append(held: Held): Held {
    this.held.push(held);
    write(held, this.books, this.currency);
    list().append(held.row);
    this.renumber(this.held.length - 1);
    this.recount(held);
    held.row.scrollIntoView({ block: "nearest" });
    return held;
  }

  private fresh(): Held {
    const account = this.form.default_account || null;
    const held = hold({ ...EMPTY, account_code: account }, this.books, this.treatment);
    held.tax_type = this.books.rateOfAccount(held.account_code);
    return held;
  }

  private touched(held: Held): void {
    this.recount(held);
    this.changed();
  }

  private recount(...touched: Held[]): void {
    for (const held of touched) writeAmount(held, this.treatment, this.percentOf(held));
  }

  private renumber(from: number, count = this.held.length): void {
    this.held.slice(from, from + count).forEach((held, at) => writeNumber(held, from + at));
  }

  private showTreatment(): void {
    list().closest(".lines")?.classList.toggle("no-tax", this.treatment === "NoTax");
  }

  private rateWith(item: Item, { account_code, tax_type }: Held): string | null {
    const ofAccount = this.books.rateOfAccount(account_code);
    const ofItem = this.books.find("tax_type", item.tax_type)?.value ?? (item.account_code ? ofAccount : null);
    return ofItem ?? tax_type ?? ofAccount;
  }

  private percentOf({ tax_type }: Held): string {
    return this.books.percentOf(tax_type) ?? "0";
  }

  // Another price, discount or rate: from here on the amounts are what they are now, at the rate of now.
  private setOrigin(held: Held): void {
    const { unit_amount, discount_amount } = held;
    const percent = this.books.percentOf(held.tax_type) ?? held.percent ?? "0";
    const before = convertedTo(this.treatment, held.origin);
    const isSame = before.unit_amount === unit_amount && before.discount_amount === discount_amount;
    if (isSame && held.origin.percent === percent) return;
    held.origin = { treatment: this.treatment, percent, unit_amount, discount_amount };
  }

  // A line that was prepared without tax has no rate yet: the one of its percentage, or of its account.
  private proposeRate(held: Held): void {
    const { percent, account_code } = held;
    held.tax_type = percent === null ? this.books.rateOfAccount(account_code) : this.books.rateOfPercent(percent);
    writeChosen(held, "tax_type", this.books);
    held.origin.percent = this.books.percentOf(held.tax_type) ?? held.origin.percent;
  }
}

// What fills itself, because something else was typed or linked, need not be complained of any more.
function clearFilled(held: Held): void {
  for (const name of ["quantity", "unit_amount", "account_code", "tax_type"] as const) {
    if (held[name] !== null) clearMark(control(held.row, name));
  }
}
