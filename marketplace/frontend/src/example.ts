// The example beside the preferences follows what is typed.

const PAUSE = 400;

/** Ask for the example again whenever the form rests after a change; the newest answer is the one that is shown. */
export function followExample(): void {
  const place = document.querySelector<HTMLElement>("[data-example]");
  const shown = document.getElementById("example");
  const form = document.querySelector<HTMLFormElement>("form#preferences");
  if (!place || !shown || !form) return;
  let waiting = 0;
  let under: AbortController | null = null;

  const ask = async (): Promise<void> => {
    under?.abort();
    const own = (under = new AbortController());
    place.ariaBusy = "true";
    try {
      const answer = await fetch(place.dataset["example"] ?? "", {
        method: "POST",
        body: new URLSearchParams(new FormData(form) as unknown as Record<string, string>),
        signal: own.signal,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      shown.innerHTML = await answer.text();
    } catch {
      if (own.signal.aborted) return;
      shown.textContent = place.dataset["failed"] ?? "";
    }
    place.ariaBusy = "false";
  };

  const later = (event: Event): void => {
    // The deal is chosen beside the form, and belongs to it.
    if ((event.target as HTMLInputElement).form !== form) return;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(), PAUSE);
  };
  document.addEventListener("input", later);
  // A refused form shows what was typed: so does its example.
  if (form.querySelector('[aria-invalid="true"]')) void ask();
}
