/** The echo account's network: its own server, as a function from request to response, without a port. */
import type { Fetch } from "@keypears/client";
import type { Reached } from "./device.ts";

/** What answers: the server. */
export type Answer = (request: Request) => Promise<Response>;

export class OwnServer {
  readonly #answer: Answer;
  readonly #reached: Reached;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(answer: Answer, reached: Reached = () => {}) {
    this.#answer = answer;
    this.#reached = reached;
  }

  /** For `fetchTransport`. An abort ends the waiting at once, and an answer that lasts; what is under way is finished. */
  readonly fetch: Fetch = async (url, init) => {
    const { signal } = init;
    await this.#reached("call");
    signal?.throwIfAborted();
    const request = new Request(url, { ...init, signal: null });
    request.headers.set("user-agent", "KeyPears echo");
    const answered = this.#answer(request);
    this.#underWay.add(answered);
    const response = await answered.finally(() => this.#underWay.delete(answered));
    await this.#reached("called");
    if (!signal || response.body === null) return response;
    return new Response(response.body.pipeThrough(new TransformStream(), { signal }), response);
  };

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }
}
