// Whether what was kept is what this version of the page writes: another version may have kept it.
import { EMPTY } from "./line";
import type { Content, Line } from "./types";

const TEXTS = ["contact_id", "treatment", "currency", "theme_id", "issue_date", "due_date", "reference", "create_as"];
const AMOUNTS = ["quantity", "unit_amount", "discount_rate", "discount_amount"];
const AMOUNT = /^-?\d+(\.\d+)?$/;

type Unknown = Record<string, unknown>;

export function isContent(kept: unknown): kept is Content {
  if (!isRecord(kept)) return false;
  const { lines, update_contact, new_contact } = kept;
  const isWhole = TEXTS.every((name) => typeof kept[name] === "string") && typeof new_contact === "boolean";
  return isWhole && Array.isArray(update_contact) && Array.isArray(lines) && lines.every(isLine);
}

function isLine(kept: unknown): kept is Line {
  if (!isRecord(kept)) return false;
  const areTexts = Object.entries(EMPTY).every(([name, empty]) => typeof kept[name] === "string" || (empty === null && kept[name] === null));
  return areTexts && AMOUNTS.every((name) => kept[name] === null || AMOUNT.test(kept[name] as string)) && isTyped(kept["typed"]);
}

function isTyped(typed: unknown): boolean {
  return typed === undefined || (isRecord(typed) && Object.entries(typed).every(([name, text]) => BOXES.includes(name) && typeof text === "string"));
}

const BOXES = ["quantity", "unit_amount", "discount"];

function isRecord(kept: unknown): kept is Unknown {
  return typeof kept === "object" && kept !== null;
}
