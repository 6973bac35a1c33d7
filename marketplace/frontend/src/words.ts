// Sentences for what only the browser can notice, translated by the server into the page.
export function word(name: string): string {
  const words = document.getElementById("words")?.textContent;
  return words ? (JSON.parse(words)[name] ?? "") : "";
}

// Says it to a screen reader through the page's one live region.
export function announce(sentence: string): void {
  const region = document.getElementById("status");
  if (region) region.textContent = sentence;
}

// Times of day are the reader's own; the server only knows UTC.
export function localiseTimes(root: ParentNode): void {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const moment = new Date(time.dateTime);
    const date = moment.toDateString() === today ? {} : ({ day: "numeric", month: "short" } as const);
    time.textContent = clock(moment, date);
  }
}

export function clock(moment: Date, date: Intl.DateTimeFormatOptions = {}): string {
  const locale = document.documentElement.dataset["locale"];
  return moment.toLocaleString(locale, { hour: "numeric", minute: "2-digit", ...date });
}
