// An amount of one tax treatment in another, as sync/domain/treatment.py converts it.
import Big from "big.js";
import type { Treatment } from "../totals";

export type Origin = { treatment: Treatment; percent: string; unit_amount: string | null; discount_amount: string | null };

const PRICE = 4; // decimals
const DISCOUNT = 2;

// Always from where the amounts came from: to and fro must not wear them down.
export function convertedTo(treatment: Treatment, origin: Origin): Pick<Origin, "unit_amount" | "discount_amount"> {
  return {
    unit_amount: converted(origin.unit_amount, origin, treatment, PRICE),
    discount_amount: converted(origin.discount_amount, origin, treatment, DISCOUNT),
  };
}

function converted(amount: string | null, { treatment: own, percent }: Origin, treatment: Treatment, decimals: number): string | null {
  if (amount === null || own === treatment) return amount;
  const whole = new Big(100).plus(percent);
  if (own === "Inclusive") return plain(new Big(amount).times(100).div(whole), decimals);
  if (treatment === "Inclusive") return plain(new Big(amount).times(whole).div(100), decimals);
  return amount;
}

function plain(amount: Big, decimals: number): string {
  return amount.round(decimals, Big.roundHalfUp).toFixed();
}
