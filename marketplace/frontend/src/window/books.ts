// What a line may be booked on: the organisation's accounts and tax rates for sales.
import { word } from "../words";
import { options } from "./parts";
import type { Account, Choice, Form, Rate } from "./types";

export type Chosen = "tax_type" | "account_code";

export class Books {
  private readonly rates: Map<string, Rate>;
  private readonly accounts: Map<string, Account>;
  private readonly byPercent: Record<string, string>;

  constructor({ rates, accounts, tax_table }: Form) {
    this.byPercent = tax_table;
    this.rates = new Map(rates.map((rate) => [rate.value, rate]));
    this.accounts = new Map(accounts.map((account) => [account.value, account]));
  }

  // What is no longer offered is none.
  find(name: Chosen, value: string | null): Choice | undefined {
    return this.choices(name).get(value ?? "");
  }

  percentOf(taxType: string | null): string | undefined {
    return this.rates.get(taxType ?? "")?.percent;
  }

  rateOfAccount(account: string | null): string | null {
    return this.find("tax_type", this.accounts.get(account ?? "")?.tax_type ?? null)?.value ?? null;
  }

  rateOfPercent(percent: string): string | null {
    return this.find("tax_type", this.byPercent[percent] ?? null)?.value ?? null;
  }

  // Only what is chosen is on the page until somebody comes to the box: a hundred lines would hold thousands of options.
  show(select: HTMLSelectElement, value: string | null): void {
    const name = select.name as Chosen;
    if (!isFull(select)) select.replaceChildren(options([this.find(name, value) ?? none(name)]));
    select.value = value ?? "";
  }

  offerAll(select: HTMLSelectElement): void {
    if (isFull(select)) return;
    const { value } = select;
    const name = select.name as Chosen;
    select.replaceChildren(options([none(name), ...this.choices(name).values()]));
    select.value = value;
    select.dataset["full"] = "";
  }

  private choices(name: Chosen): Map<string, Choice> {
    return name === "tax_type" ? this.rates : this.accounts;
  }
}

function isFull(select: HTMLSelectElement): boolean {
  return select.dataset["full"] !== undefined;
}

function none(name: Chosen): Choice {
  return { value: "", label: word(name === "tax_type" ? "no_rate" : "no_account") };
}
