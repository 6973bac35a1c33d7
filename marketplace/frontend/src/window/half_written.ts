// What somebody has typed survives a window that closes: it is kept soon after each change, and at the last moment.
import type { Content } from "./types";

const PAUSE = 800;
const [AGAIN, AGAIN_AT_MOST] = [4_000, 64_000]; // after a failure, twice as long each time
const MOST_AT_THE_END = 60_000; // bytes that browsers still send for a page that goes

export type Keeping = { put(content: Content, keepalive: boolean): Promise<unknown>; drop(): Promise<unknown> };

export class HalfWritten {
  private timer = 0;
  private kept: string; // what was sent last; nothing is certain after a failure
  private running: Promise<unknown> = Promise.resolve();
  private flying = 0; // bytes
  private pause = AGAIN;
  private failure: unknown;
  private isHeld = false;

  constructor(
    private readonly content: () => Content,
    private readonly keeping: Keeping,
  ) {
    this.kept = JSON.stringify(content());
  }

  changed(): void {
    this.keepIn(PAUSE);
  }

  // The window may be gone the next moment.
  hurry(): void {
    if (this.timer) this.keep("at once");
  }

  // Everything is kept by now, or it fails with what stood in the way.
  async rest(): Promise<void> {
    if (this.timer) this.keep("in turn");
    await this.running;
    if (this.failure !== undefined) throw this.failure;
  }

  // Nothing is on its way any more, and nothing is to come until it goes on.
  async settle(): Promise<void> {
    this.end();
    await this.running;
  }

  goOn(): void {
    this.isHeld = false;
    this.changed();
  }

  async discard(): Promise<void> {
    await this.settle();
    try {
      await this.keeping.drop();
    } catch (error) {
      this.goOn();
      throw error;
    }
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.isHeld = true;
  }

  private keepIn(pause: number): void {
    clearTimeout(this.timer);
    if (!this.isHeld) this.timer = window.setTimeout(() => this.keep("in turn"), pause);
  }

  // One after the other, so that the last one wins. Who goes has no time to wait; who stays after all says it once more.
  private keep(when: "in turn" | "at once"): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.isHeld) return;
    const isCrowded = when === "at once" && this.flying > 0;
    const put = when === "at once" ? this.put() : this.running.then(() => this.put());
    this.running = Promise.all([this.running, put]).then(() => {
      if (!isCrowded) return;
      this.kept = "";
      this.keepIn(PAUSE);
    });
  }

  private async put(): Promise<void> {
    const content = this.content();
    const written = JSON.stringify(content);
    if (this.isHeld || written === this.kept) return;
    this.kept = written;
    const size = new TextEncoder().encode(written).length;
    this.flying += size;
    try {
      await this.keeping.put(content, this.flying < MOST_AT_THE_END);
      this.failure = undefined;
      this.pause = AGAIN;
    } catch (error) {
      this.failed(error);
    }
    this.flying -= size;
  }

  private failed(error: unknown): void {
    this.failure = error;
    this.kept = "";
    this.keepIn(this.pause);
    this.pause = Math.min(this.pause * 2, AGAIN_AT_MOST);
  }
}
