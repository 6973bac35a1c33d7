// Pages at the top level work without scripts; this only keeps an impatient second click from sending a form twice.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.ariaBusy === "true") event.preventDefault();
  form.ariaBusy = "true";
});

// Back in history, the browser shows the page as it was left: busy.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) form.ariaBusy = "false";
});
