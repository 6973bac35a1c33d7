// Pipedrive around our frame: everything that crosses the border goes through here.
import AppExtensionsSDK, { Color, Command, Event, Modal } from "@pipedrive/app-extensions-sdk";
import { word } from "./words";

const INITIALISE_WITHIN = 9_000; // Pipedrive itself gives up at ten seconds and shows its own error.
const SPARE_SECONDS = 30;

// Opened by hand, outside Pipedrive, there is no runtime id; the page must still be readable then.
const identifier = new URLSearchParams(location.search).get("id") ?? "outside-pipedrive";
const sdk = new AppExtensionsSDK({ identifier });

export type Size = { height?: number; width?: number };

let ready: Promise<unknown> = Promise.reject(new Error("not started"));
ready.catch(() => undefined);

// The first thing that a framed page does, error pages too, before any request of its own.
export function start(size: Size): void {
  ready = within(INITIALISE_WITHIN, sdk.initialize({ size }));
  ready.catch(() => undefined);
  // The SDK's own userSettings is broken after this event (0.15.1): what counts is what the event carries.
  sdk.listen(Event.USER_SETTINGS_CHANGE, ({ data }) => {
    if (data) document.documentElement.dataset["theme"] = data.theme;
  });
}

// Folded away inside Pipedrive is as invisible as a tab in the background.
export function onVisibility(changed: (isVisible: boolean) => void): void {
  sdk.listen(Event.VISIBILITY, ({ data }) => {
    if (data) changed(data.is_visible);
  });
}

// A window of ours, whoever opened it.
export function onWindowClosed(closed: () => void): void {
  sdk.listen(Event.CLOSE_CUSTOM_MODAL, closed);
}

export async function resize(size: Size): Promise<void> {
  await ready;
  await sdk.execute(Command.RESIZE, size);
}

export async function snackbar(message: string): Promise<void> {
  await ready;
  await sdk.execute(Command.SHOW_SNACKBAR, { message });
}

// Comes back once the window is closed again.
export async function openOurWindow(identifier: string, deal: string): Promise<void> {
  await ready;
  await sdk.execute(Command.OPEN_MODAL, { type: Modal.CUSTOM_MODAL, action_id: identifier, data: { deal } });
}

export type Question = { title: string; description: string; okText: string; okColor: string };

// Asks in Pipedrive's own dialog, in front of everything.
export async function confirm(question: Question): Promise<boolean> {
  await ready;
  const okColor = question.okColor === "primary" ? Color.PRIMARY : Color.NEGATIVE;
  const cancelText = word("cancel");
  const { confirmed } = await sdk.execute(Command.SHOW_CONFIRMATION, { ...question, okColor, cancelText });
  return confirmed;
}

// A window that closes is detached before Pipedrive answers, so nobody may wait for this.
export function closeWindow(): void {
  void ready.then(() => sdk.execute(Command.CLOSE_MODAL));
}

let held: { token: string; until: number } | undefined;

async function token(): Promise<string> {
  await ready;
  if (!held || performance.now() > held.until) {
    const signed = await sdk.execute(Command.GET_SIGNED_TOKEN);
    held = { token: signed.token, until: performance.now() + secondsToLive(signed.token) * 1_000 };
  }
  return held.token;
}

// Counted from now by the token's own span, so that a wrong clock on this machine does no harm.
function secondsToLive(signed: string): number {
  try {
    const claims = JSON.parse(atob((signed.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/")));
    return claims.exp - (claims.iat ?? Date.now() / 1_000) - SPARE_SECONDS;
  } catch {
    return 0;
  }
}

// fetch() with the person's signed token; one refused token is replaced once.
export async function signedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const answer = await withToken(input, init);
  if (answer.status !== 401) return answer;
  held = undefined;
  return withToken(input, init);
}

async function withToken(input: RequestInfo | URL, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${await token()}`);
  return fetch(input, { ...init, headers });
}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("Pipedrive did not answer")), milliseconds);
  });
  return Promise.race([promise, late]);
}
