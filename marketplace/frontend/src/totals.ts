// What Xero will compute for an invoice, as sync/domain/totals.py does: half a cent goes away from zero, tax is rounded line by line.
// https://developer.xero.com/documentation/api-guides/rounding-in-xero
import Big from "big.js";

export type Treatment = "Exclusive" | "Inclusive" | "NoTax";

// Amounts are decimal text, as they travel; a line of words only has neither quantity nor price.
export type Line = {
  quantity: string | null;
  unit_amount: string | null;
  discount_rate: string | null;
  discount_amount: string | null;
  tax_percent: string;
};

export type Totals = { subTotal: string; totalTax: string; total: string };

const CENTS = 2;
const FINE = 4; // decimals of quantities and prices under Xero's unitdp=4
const NOTHING = new Big(0);

// A line's amount after its discount, in the invoice's tax treatment.
export function lineAmount(line: Line): string {
  return amountOf(line).toFixed(CENTS);
}

export function totals(lines: Line[], treatment: Treatment): Totals {
  const amounts = lines.map(amountOf);
  const taxes = lines.map((line, at) => taxOn(amounts[at] ?? NOTHING, line.tax_percent, treatment));
  const summed = sum(amounts);
  const totalTax = sum(taxes);
  const subTotal = treatment === "Inclusive" ? summed.minus(totalTax) : summed;
  return {
    subTotal: subTotal.toFixed(CENTS),
    totalTax: totalTax.toFixed(CENTS),
    total: subTotal.plus(totalTax).toFixed(CENTS),
  };
}

function amountOf({ quantity, unit_amount, discount_rate, discount_amount }: Line): Big {
  if (quantity === null || unit_amount === null) return NOTHING;
  // The price is rounded before it is multiplied; two different roundings would differ by cents.
  const gross = fine(quantity).times(fine(unit_amount));
  if (discount_rate !== null) return cents(gross.times(new Big(100).minus(discount_rate)).div(100));
  return cents(gross.minus(discount_amount ?? 0));
}

function taxOn(amount: Big, percent: string, treatment: Treatment): Big {
  if (treatment === "NoTax") return NOTHING;
  return cents(amount.times(percent).div(treatment === "Inclusive" ? new Big(100).plus(percent) : 100));
}

function sum(amounts: Big[]): Big {
  return amounts.reduce((total, amount) => total.plus(amount), NOTHING);
}

function fine(number: string): Big {
  return new Big(number).round(FINE, Big.roundHalfUp);
}

function cents(amount: Big): Big {
  return amount.round(CENTS, Big.roundHalfUp);
}
