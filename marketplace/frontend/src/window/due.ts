// When an invoice is due, as sync/domain/due.py says.
import type { DueRule } from "./types";

const DAY = 86_400_000;

// Empty while the issue date is.
export function dueDate(issueDate: string, { kind, day }: DueRule): string {
  const issued = Date.parse(`${issueDate}T00:00:00Z`);
  if (Number.isNaN(issued)) return "";
  return written(dueOn(issued, kind, day));
}

function dueOn(issued: number, kind: string, day: number): number {
  if (kind === "DAYSAFTERBILLDATE") return issued + Math.max(day, 0) * DAY;
  if (kind === "DAYSAFTERBILLMONTH") return dayOfMonth(issued, 0, 31) + Math.max(day, 0) * DAY;
  const wanted = dayOfMonth(issued, 0, day);
  // A day that has already gone by would make the invoice overdue at once.
  return kind === "OFCURRENTMONTH" && wanted >= issued ? wanted : dayOfMonth(issued, 1, day);
}

function dayOfMonth(moment: number, monthsLater: number, day: number): number {
  const date = new Date(moment);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + monthsLater];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(Math.max(day, 1), last));
}

function written(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
