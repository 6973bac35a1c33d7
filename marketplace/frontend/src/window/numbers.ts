// Numbers as people write them in their locale, and as decimal text, never as a float.
const MOST_DIGITS = 12;

type Marks = { decimal: string; group: string };

const formats = new Map<string, Intl.NumberFormat>();
let known: Marks | undefined;

// null: nothing there; undefined: not a number, or finer than `decimals`.
export function parseNumber(text: string, decimals: number): string | null | undefined {
  const bare = text.replace(/[\s'’]/g, "").replace(/[\u2212\u2013]/g, "-");
  if (bare === "") return null;
  const [, sign = "", digits = ""] = /^([+-]?)([\d.,]*\d[\d.,]*)$/.exec(bare) ?? [];
  const plain = digits && withPoint(digits);
  if (!plain) return undefined;
  const [whole = "", part = ""] = plain.split(".");
  const integer = whole.replace(/^0+(?=\d)/, "") || "0";
  const fraction = part.replace(/0+$/, "");
  if (integer.length > MOST_DIGITS || fraction.length > decimals) return undefined;
  const value = fraction ? `${integer}.${fraction}` : integer;
  return sign === "-" && value !== "0" ? `-${value}` : value;
}

export function quantityText(value: string | null): string {
  return value === null ? "" : format(value, { maximumFractionDigits: 4 });
}

export function priceText(value: string | null): string {
  return value === null ? "" : format(value, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
}

export function moneyText(value: string, currency: string): string {
  return format(value, { style: "currency", currency });
}

function format(value: string, options: Intl.NumberFormatOptions): string {
  const name = JSON.stringify(options);
  const made = formats.get(name) ?? new Intl.NumberFormat(document.documentElement.dataset["locale"], options);
  formats.set(name, made);
  const shown = /^-[0.]+$/.test(value) ? value.slice(1) : value;
  // Decimal text is formatted exactly; the type is of the time before browsers could.
  return made.format(shown as unknown as number);
}

// One mark alone is read by the locale; where the locale leaves no doubt, as its neighbours write it ("12.5" in French).
function withPoint(digits: string): string | undefined {
  const { decimal, group } = marks();
  const found = digits.replace(/\d/g, "");
  const last = found.at(-1);
  if (last === undefined) return digits;
  if (new Set(found).size > 1) return lastIsPoint(digits, found, last);
  if (last !== decimal && isGrouped(digits, last) && (last === group || found.length > 1)) return digits.replaceAll(last, "");
  return found.length === 1 ? digits.replace(last, ".") : undefined;
}

function lastIsPoint(digits: string, found: string, point: string): string | undefined {
  if (found.indexOf(point) !== found.length - 1) return undefined;
  const other = point === "." ? "," : ".";
  const [whole = "", part = ""] = digits.split(point);
  return isGrouped(whole, other) ? `${whole.replaceAll(other, "")}.${part}` : undefined;
}

function isGrouped(digits: string, mark: string): boolean {
  const [first = "", ...rest] = digits.split(mark);
  return /^[1-9]\d{0,2}$/.test(first) && rest.every((group) => /^\d{3}$/.test(group));
}

function marks(): Marks {
  if (known) return known;
  const parts = new Intl.NumberFormat(document.documentElement.dataset["locale"], { useGrouping: true }).formatToParts(-1234567.5);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  known = { decimal: of("decimal"), group: of("group") };
  return known;
}
