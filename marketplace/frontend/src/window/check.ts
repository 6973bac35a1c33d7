// What can be seen here already need not go to the server and come back.
import { word } from "../words";
import { type Held, isPriced } from "./line";
import { priceText } from "./numbers";
import type { Content } from "./types";

type Fields = Record<string, string[]>;

export function check(content: Content, rows: Held[], hasCustomer: boolean): Fields {
  const found: Fields = {};
  if (!hasCustomer) found["contact_id"] = [word("contact_missing")];
  if (!rows.length) found["lines"] = [word("no_lines")];
  rows.forEach((held, at) => {
    for (const [name, sentence] of complaints(held, content)) found[`lines.${at}.${name}`] = [sentence];
  });
  return found;
}

function complaints(held: Held, { create_as, treatment }: Content): [string, string][] {
  const { broken, quantity, unit_amount } = held;
  const found: [string, string][] = [...broken.keys()].map((name) => [name, sentenceFor(name)]);
  if (quantity === null && unit_amount !== null && !broken.has("quantity")) found.push(["quantity", word("quantity_missing")]);
  if (quantity !== null && unit_amount === null && !broken.has("unit_amount")) found.push(["unit_amount", word("price_missing")]);
  if (create_as === "draft" || !isPriced(held)) return found;
  if (!held.item_code && !held.account_code) found.push(["account_code", word("unlinked")]);
  if (!held.tax_type && treatment !== "NoTax") found.push(["tax_type", word("tax_open")]);
  return found;
}

function sentenceFor(name: string): string {
  return word(name === "discount" ? "discount_wrong" : "number_wrong").replace("{example}", priceText("1234.5"));
}
