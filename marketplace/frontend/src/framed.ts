// Pages inside Pipedrive that htmx keeps fresh.
import "htmx.org";
import { type Size, signedFetch } from "./host";
import { type Doings, inside } from "./inside";

export function frame(size: Size, doings: Doings = {}): void {
  inside(size, doings);
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    Object.assign(ctx, { fetch: signedFetch });
    const etag = (ctx.sourceElement as HTMLElement).dataset["etag"];
    if (etag) ctx.request.headers["If-None-Match"] = etag;
  });
}
