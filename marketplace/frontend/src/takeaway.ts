// What a person takes out of the panel: a document or the settings in a tab of its own, the address where a customer pays.
import { banner, copyOf, doing, note } from "./deeds";
import { signedFetch, snackbar } from "./host";
import { word } from "./words";

// Set-up happens at the top level: consent pages refuse frames.
export async function openSetup(button: HTMLElement): Promise<void> {
  const opened = await openByTicket(button.dataset["tickets"] ?? "", "").catch(() => "failed");
  if (opened !== "opened") await snackbar(word("no_setup"));
}

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

// A tab that is opened after an answer counts as a pop-up; so it is opened first, and led on by a ticket that works once.
async function openByTicket(tickets: string, waiting: string): Promise<"opened" | "no tab" | Response> {
  const tab = window.open("about:blank", "_blank");
  if (!tab) return "no tab";
  tab.document.body.textContent = waiting;
  try {
    const answer = await signedFetch(tickets, { method: "POST" });
    if (!answer.ok) {
      tab.close();
      return answer;
    }
    const { url } = await answer.json();
    tab.opener = null;
    tab.location.replace(url);
    return "opened";
  } catch (error) {
    tab.close();
    throw error;
  }
}

async function fragmentOf(refusal: Response): Promise<Node> {
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
