// What a person takes out of the panel: a document in a tab of its own, the address where a customer pays.
import { banner, copyOf, doing, note } from "./deeds";
import { signedFetch, snackbar } from "./host";
import { openByTicket } from "./tabs";
import { word } from "./words";

export function openPdf(button: HTMLElement): Promise<void> {
  return doing(button, async (place) => {
    const opened = await openByTicket(button.dataset["url"] ?? "", button.dataset["deed"] ?? "");
    if (opened instanceof Response) note(place, await fragmentOf(opened));
    else note(place, ...(opened === "no tab" ? [banner(word("no_tab"))] : []));
  });
}

export function copyLink(button: HTMLElement): Promise<void> {
  return doing(button, async (place) => {
    const asked = signedFetch(button.dataset["url"] ?? "", { method: "POST" });
    const link = asked.then(async (answer) => (answer.ok ? String((await answer.clone().json()).url) : ""));
    const written = writeToClipboard(link); // before anything is waited for: later it is no click any more
    const [answer, url] = await Promise.all([asked, link]);
    if (!answer.ok) note(place, await fragmentOf(answer));
    else if ((await written) || copyTheOldWay(url)) {
      note(place);
      snackbar(word("copied")).catch(() => undefined);
    } else offer(place, url);
  });
}

export async function fragmentOf(refusal: Response): Promise<Node> {
  return document.createRange().createContextualFragment(await refusal.text());
}

type Policed = Document & { featurePolicy?: { allowsFeature: (feature: string) => boolean } };

// Pipedrive's frame may be denied the clipboard; nobody documents it, and not every browser says so beforehand.
async function writeToClipboard(link: Promise<string>): Promise<boolean> {
  if ((document as Policed).featurePolicy?.allowsFeature("clipboard-write") === false) return false;
  try {
    const text = link.then((url) => (url ? new Blob([url], { type: "text/plain" }) : Promise.reject(new Error("no link"))));
    text.catch(() => undefined);
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
    return true;
  } catch {
    return false;
  }
}

function copyTheOldWay(text: string): boolean {
  const before = document.activeElement as HTMLElement | null;
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "for-screen-readers" });
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return isCopied;
}

function offer(place: HTMLElement, url: string): void {
  const made = copyOf("by-hand");
  const field = made.querySelector("input");
  if (field) field.value = url;
  note(place, made);
  field?.select();
}
