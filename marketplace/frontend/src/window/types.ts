// What the server says and hears, word for word: amounts are decimal text, null is empty.
import type { Treatment } from "../totals";

export type Choice = { value: string; label: string };
export type Rate = Choice & { percent: string };
export type Account = Choice & { tax_type: string };
export type CreateAs = Choice & { why_not: string | null };

export type DueRule = { kind: string; day: number };

export type Line = {
  product: string | null;
  percent: string | null;
  description: string;
  quantity: string | null;
  unit_amount: string | null;
  discount_rate: string | null;
  discount_amount: string | null;
  tax_type: string | null;
  account_code: string | null;
  item_code: string | null;
  item_name: string;
  // For the window alone, so that it opens again as it was left.
  typed?: Record<string, string>; // what is no number, by the box that it stands in
  is_rate?: boolean; // the discount is a percentage
  is_own_rate?: boolean; // the tax rate came with the product, or somebody chose it
};

export type Person = { name: string; address: string; email: string; tax_number: string };

export type Content = {
  contact_id: string;
  new_contact: boolean;
  update_contact: string[];
  treatment: Treatment;
  currency: string;
  theme_id: string;
  issue_date: string;
  due_date: string;
  reference: string;
  create_as: string;
  lines: Line[];
};

export type Form = {
  intent_key: string;
  organisation: string;
  customer: Person;
  contact_id: string;
  contact_name: string;
  why_no_new_contact: string | null;
  currency: string;
  currencies: string[];
  treatment: Treatment;
  treatments: Choice[];
  theme_id: string;
  themes: Choice[];
  issue_date: string;
  due_date: string;
  reference: string;
  due_rule: DueRule;
  lock_date: string | null;
  lock_text: string | null;
  rates: Rate[];
  accounts: Account[];
  default_account: string;
  tax_table: Record<string, string>;
  lines: Line[];
  notes: string[];
  create_as: { value: string; choices: CreateAs[] };
  problem: (Failure & { field: string }) | null;
  half_written: { content: Content; saved_at: string } | null;
};

export type Candidate = { contact_id: string; name: string; email: string; reason: string };
export type Contact = Person & { contact_id: string; xero_url?: string };
export type Difference = { field: string; label: string; pipedrive: string; xero: string };

export type Customer = {
  candidates: Candidate[];
  contact_id: string;
  contact: Contact | null;
  due_rule: DueRule | null;
  differences: Difference[];
};

export type Item = {
  item_code: string;
  name: string;
  description: string;
  unit_price: string | null;
  account_code: string | null;
  tax_type: string | null;
};

export type Failure = {
  title: string;
  text: string;
  detail?: string;
  step?: string;
  step_label?: string;
  fields?: Record<string, string[]>;
};

export type Created = { message: string; stay: boolean; html: string };
