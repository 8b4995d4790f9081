/** Following, for tests. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { FollowEvent } from "../conversations/follow.ts";
import type { Person } from "./town.ts";

/** What is told, for a test to wait for. */
export class Told {
  readonly all: FollowEvent[] = [];
  readonly #events: AsyncIterator<FollowEvent>;
  readonly #stop = new AbortController();

  constructor(
    t: TestContext,
    { client }: Pick<Person, "client">,
    options: { after?: number; mend?: boolean } = {},
  ) {
    const { signal } = this.#stop;
    this.#events = client.messages.follow({ ...options, signal })[Symbol.asyncIterator]();
    t.after(() => this.stop());
  }

  /** The next event of a kind; what comes before it is kept. */
  async next<Type extends FollowEvent["type"]>(
    type: Type,
    is: (event: Extract<FollowEvent, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<FollowEvent, { type: Type }>> {
    for (;;) {
      const { done, value } = await this.#events.next();
      assert(done !== true, "it has ended");
      this.all.push(value);
      if (value.type === type && is(value as never)) return value as never;
    }
  }

  text(text: string) {
    return this.next("message", ({ message }) => message.text === text);
  }

  connection(state: string) {
    return this.next("connection", (event) => event.state === state);
  }

  /** Waits for the end. */
  async end(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done === true) return;
      this.all.push(value);
    }
  }

  get texts(): (string | null)[] {
    return this.all.flatMap((event) => (event.type === "message" ? [event.message.text] : []));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#events.return?.();
  }
}
