// What opens in a tab of its own.
import { signedFetch, snackbar } from "./host";
import { word } from "./words";

// Set-up happens at the top level: consent pages refuse frames.
export async function openSetup(button: HTMLElement): Promise<void> {
  const opened = await openByTicket(button.dataset["tickets"] ?? "", "").catch(() => "failed");
  if (opened !== "opened") await snackbar(word("no_setup"));
}

// A tab that is opened after an answer counts as a pop-up; so it is opened first, and led on by a ticket that works once.
export async function openByTicket(tickets: string, waiting: string): Promise<"opened" | "no tab" | Response> {
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
