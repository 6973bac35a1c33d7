// Questions to our server. Whatever goes wrong comes back as words that a person can do something with.
import { signedFetch } from "../host";
import { word } from "../words";
import type { Failure } from "./types";

export class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.title);
  }
}

type Question = { method?: string; body?: unknown; signal?: AbortSignal; keepalive?: boolean; query?: Record<string, string> };

export async function ask<T>(path: string, { method = "GET", body, query = {}, ...init }: Question = {}): Promise<T> {
  const answer = await send(address(path, query), {
    ...init,
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (answer.status === 204) return undefined as T;
  const said = await answer.json().catch(() => undefined);
  if (!answer.ok || said === undefined) throw new Refused(said?.title ? said : unexpected());
  return said;
}

function address(path: string, query: Record<string, string>): string {
  const { base = "", deal = "" } = document.getElementById("window")?.dataset ?? {};
  return `${base}${path}?${new URLSearchParams({ deal, ...query })}`;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await signedFetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refused({ title: word("no_connection"), text: word("no_connection_text"), step: "retry", step_label: word("retry") });
  }
}

function unexpected(): Failure {
  return { title: word("unexpected"), text: word("unexpected_text"), step: "retry", step_label: word("retry") };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Refused) return error.failure;
  console.error(error);
  return unexpected();
}
