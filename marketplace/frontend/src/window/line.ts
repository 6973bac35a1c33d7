// One line of the invoice: what it holds, and its row on the page.
import { type Treatment, lineAmount } from "../totals";
import { word } from "../words";
import type { Books, Chosen } from "./books";
import { parseNumber, priceText, quantityText } from "./numbers";
import { copyOf, find } from "./parts";
import type { Origin } from "./treatment";
import type { Line } from "./types";

export type Held = Line & { key: string; row: HTMLElement; origin: Origin; isRate: boolean; isOwnRate: boolean; broken: Map<string, string> };

const DECIMALS: Record<string, number> = { quantity: 4, unit_amount: 4, rate: 4, amount: 2 };
let keys = 0;

export const EMPTY: Line = {
  product: null,
  percent: null,
  description: "",
  quantity: null,
  unit_amount: null,
  discount_rate: null,
  discount_amount: null,
  tax_type: null,
  account_code: null,
  item_code: null,
  item_name: "",
};

export function hold(line: Line, books: Books, treatment: Treatment): Held {
  const row = find(".line", copyOf("line"));
  keys += 1;
  row.dataset["key"] = String(keys);
  const { typed = {}, is_rate, is_own_rate, ...known } = line;
  const percent = books.percentOf(line.tax_type) ?? line.percent ?? "0";
  const { unit_amount, discount_amount } = line;
  const origin = { treatment, percent, unit_amount, discount_amount };
  const isRate = is_rate ?? discount_amount === null;
  const isOwnRate = is_own_rate ?? line.percent !== null;
  return { ...EMPTY, ...known, key: String(keys), row, origin, isRate, isOwnRate, broken: new Map(Object.entries(typed)) };
}

export function control<C extends HTMLElement = HTMLInputElement>(row: HTMLElement, name: string): C {
  return find<C>(`[name="${name}"]`, row);
}

// Everything, as it is held; a choice that is no longer offered is none.
export function write(held: Held, books: Books, currency: string): void {
  const { row } = held;
  control(row, "description").value = held.description;
  control(row, "quantity").value = quantityText(held.quantity);
  control(row, "discount_kind").value = held.isRate ? "rate" : "amount";
  writePrices(held);
  for (const [name, text] of held.broken) control(row, name).value = text;
  writeCurrency(held, currency);
  writeChosen(held, "tax_type", books);
  writeChosen(held, "account_code", books);
  writeItem(held);
}

export function writePrices(held: Held): void {
  if (!held.broken.has("unit_amount")) control(held.row, "unit_amount").value = priceText(held.unit_amount);
  if (held.broken.has("discount")) return;
  control(held.row, "discount").value = held.isRate ? quantityText(held.discount_rate) : priceText(held.discount_amount);
}

export function writeChosen(held: Held, name: Chosen, books: Books): void {
  held[name] = books.find(name, held[name])?.value ?? null;
  books.show(control<HTMLSelectElement>(held.row, name), held[name]);
}

export function writeItem(held: Held): void {
  const { row } = held;
  const item = control(row, "item_code");
  const linked = [held.item_code, held.item_name].filter((part, at, all) => part && all.indexOf(part) === at).join(" · ");
  item.value = linked;
  item.title = linked;
  item.dataset["linked"] = linked;
  find("[data-do=unlink-item]", row).hidden = !held.item_code;
}

export function writeCurrency(held: Held, currency: string): void {
  const option = find<HTMLOptionElement>('option[value="amount"]', held.row);
  option.textContent = currency;
}

export function writeNumber(held: Held, at: number): void {
  find("[role=group]", held.row).setAttribute("aria-label", word("line").replace("{number}", String(at + 1)));
}

// What follows from the numbers: the amount, and whether something is still to be linked or chosen.
export function writeAmount(held: Held, treatment: Treatment, percent: string): void {
  const amount = find(".line-amount", held.row);
  const text = isPriced(held) ? priceText(lineAmount({ ...held, tax_percent: percent })) : "";
  if (amount.textContent !== text) amount.textContent = text;
  // A figure that is being typed counts too: marks shall not come and go with each key.
  const counts = isPriced(held) || held.broken.size > 0;
  held.row.classList.toggle("unlinked", counts && !held.item_code && (held.product !== null || !held.account_code));
  held.row.classList.toggle("tax-open", counts && !held.tax_type && treatment !== "NoTax");
}

export function isPriced(held: Held): boolean {
  return held.unit_amount !== null && held.quantity !== null;
}

export function isOfWords({ quantity, unit_amount, item_code }: Held): boolean {
  return quantity === null && unit_amount === null && !item_code;
}

export function isEmpty(held: Held): boolean {
  return !held.description.trim() && held.quantity === null && held.unit_amount === null && !held.item_code && !held.broken.size;
}

// Takes over what was typed or chosen; what is no number stays as it was typed, and is remembered as broken.
export function read(held: Held, box: HTMLInputElement): void {
  const { name, value } = box;
  if (name === "description") held.description = value;
  else if (name === "tax_type" || name === "account_code") held[name] = value || null;
  else if (name === "discount" || name === "discount_kind") readDiscount(held);
  else if (name === "quantity" || name === "unit_amount") held[name] = readNumber(held, name, value, name);
  if (name === "unit_amount" && held.unit_amount !== null && control(held.row, "quantity").value === "") {
    held.quantity = "1";
    control(held.row, "quantity").value = quantityText("1");
  }
}

// Once a box is left, its number is written as the locale has it.
export function tidy(held: Held, box: HTMLInputElement): void {
  if (box.name === "quantity" && !held.broken.has("quantity")) box.value = quantityText(held.quantity);
  if (box.name === "unit_amount" || box.name === "discount") writePrices(held);
}

function readDiscount(held: Held): void {
  const kind = control<HTMLSelectElement>(held.row, "discount_kind");
  const { value } = control(held.row, "discount");
  if (value.trimEnd().endsWith("%")) kind.value = "rate";
  held.isRate = kind.value === "rate";
  const number = readNumber(held, "discount", value.replace(/%\s*$/, ""), kind.value);
  held.discount_rate = held.isRate ? number : null;
  held.discount_amount = held.isRate ? null : number;
}

function readNumber(held: Held, name: string, value: string, kind: string): string | null {
  const number = parseNumber(value, DECIMALS[kind] ?? 0);
  const isBroken = number === undefined || (kind === "rate" && (Number(number) < 0 || Number(number) > 100));
  if (isBroken) held.broken.set(name, value);
  else held.broken.delete(name);
  return isBroken ? null : (number ?? null);
}

// As it is sent: a line of words has nothing to book.
export function lineOf(held: Held): Line {
  const { product, percent, description, quantity, unit_amount, discount_rate, discount_amount, tax_type, account_code, item_code, item_name } = held;
  const { isRate: is_rate, isOwnRate: is_own_rate } = held;
  const typed = Object.fromEntries(held.broken);
  const booked = { quantity, unit_amount, discount_rate, discount_amount, tax_type, account_code, item_code };
  const line = { product, percent, description, ...booked, item_name, typed, is_rate, is_own_rate };
  return isOfWords(held) && !held.broken.size ? { ...line, discount_rate: null, discount_amount: null, tax_type: null, account_code: null } : line;
}
