// What somebody has typed survives a window that closes: it is kept soon after each change, and at the last moment.
import { ask } from "./talk";
import type { Content } from "./types";

const PAUSE = 800;
const MOST_AT_THE_END = 60_000; // bytes that browsers still send for a page that goes

export class HalfWritten {
  private timer = 0;
  private kept: string;
  private running: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(private readonly content: () => Content) {
    this.kept = JSON.stringify(content());
  }

  changed(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.keep(false), PAUSE);
  }

  // The window may be gone the next moment.
  hurry(): void {
    if (this.timer) this.keep(true);
  }

  // Everything is kept by now.
  async rest(): Promise<void> {
    if (this.timer) this.keep(false);
    await this.running;
  }

  // Nothing is on its way any more, and nothing is to come.
  async settle(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = 0;
    await this.running;
  }

  async discard(): Promise<void> {
    await this.settle();
    await ask("/half-written", { method: "DELETE" });
    this.end();
  }

  end(): void {
    clearTimeout(this.timer);
    this.isOver = true;
  }

  private keep(isLast: boolean): void {
    clearTimeout(this.timer);
    this.timer = 0;
    const content = this.content();
    const written = JSON.stringify(content);
    if (this.isOver || written === this.kept) return;
    this.kept = written;
    const put = () => ask<void>("/half-written", { method: "PUT", body: content, keepalive: isLast && written.length < MOST_AT_THE_END });
    // One after the other, so that the last one wins; who goes has no time to wait.
    this.running = (isLast ? put() : this.running.then(put)).catch(() => {
      this.kept = "";
    });
  }
}
