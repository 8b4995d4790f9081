/** A caller of the API over one connection that stays open, with as little between as there can be. */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from "node:http";
import { Agent as SecureAgent, request as requestSecurely } from "node:https";
import { type ErrorBody, type Input, type Output, type Procedure } from "@keypears/api";
import { fromUtf8, concat, toBase64url, type Bytes } from "@keypears/protocol";
import * as z from "zod/mini";

/** An answer that is no success. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: string;

  constructor(body: ErrorBody) {
    super(`${body.code}${body.reason === undefined ? "" : ` (${body.reason})`}`);
    this.code = body.code;
  }
}

/** Where a server is: its address, and for `https:` whose certificates are trusted. Names are looked up nowhere: all is on loopback. */
export interface Reach {
  readonly url: string;
  readonly ca?: string;
}

export class Caller {
  readonly #reach: Reach;
  readonly #agent: Agent;
  #token: string | null = null;

  constructor(reach: Reach | string) {
    this.#reach = typeof reach === "string" ? { url: reach } : reach;
    const options = { keepAlive: true, maxSockets: 1 };
    const secure = this.#reach.url.startsWith("https:");
    this.#agent = secure ? new SecureAgent(options) : new Agent(options);
  }

  /** From here on every call is this session's. */
  setToken(token: Bytes): void {
    this.#token = toBase64url(token);
  }

  get token(): string {
    if (this.#token === null) throw new Error("The caller has no session.");
    return this.#token;
  }

  set token(text: string) {
    this.#token = text;
  }

  async call<P extends Procedure>(procedure: P, input: Input<P>): Promise<Output<P>> {
    const given = z.encode(procedure.input, input) as Record<string, string>;
    let path = `/api/v1${procedure.path}`;
    for (const [name, value] of Object.entries(given)) {
      if (!path.includes(`{${name}}`)) continue;
      path = path.replace(`{${name}}`, encodeURIComponent(value));
      delete given[name];
    }
    const { status, body } =
      procedure.method === "POST"
        ? await this.#send("POST", path, JSON.stringify(given))
        : await this.#send("GET", `${path}?${new URLSearchParams(given)}`);
    if (status !== 200) throw new Refused(JSON.parse(body) as ErrorBody);
    return z.decode(procedure.output, JSON.parse(body)) as Output<P>;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Opens the event stream of this caller's session, and tells of each id of a message that it names. Gives how to close it. */
  openEvents(onMessage: (id: string) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.token}`, accept: "text/event-stream" };
      const outgoing = this.#request(
        { method: "GET", path: "/api/v1/events", headers },
        (incoming) => {
          if (incoming.statusCode !== 200) reject(new Error(`no stream: ${incoming.statusCode}`));
          let text = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (part: string) => {
            text += part;
            const whole = text.lastIndexOf("\n") + 1;
            for (const line of text.slice(0, whole).split("\n")) {
              if (!line.startsWith("data: ")) continue;
              const { message } = JSON.parse(line.slice(6)) as { message?: { id: string } };
              if (message !== undefined) onMessage(message.id);
            }
            text = text.slice(whole);
          });
          // That it is cut is how it ends.
          incoming.on("error", () => {});
          resolve(() => outgoing.destroy());
        },
      );
      outgoing.on("error", reject);
      outgoing.end();
    });
  }

  #request(
    options: { method: string; path: string; headers: OutgoingHttpHeaders; agent?: Agent },
    onAnswer: (incoming: IncomingMessage) => void,
  ): ClientRequest {
    const { url, ca } = this.#reach;
    const { protocol, hostname, port } = new URL(url);
    return protocol === "https:"
      ? requestSecurely({ ...options, host: "127.0.0.1", port, servername: hostname, ca }, onAnswer)
      : request(new URL(options.path, url), options, onAnswer);
  }

  #send(method: string, path: string, body?: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      };
      const outgoing = this.#request({ method, path, headers, agent: this.#agent }, (incoming) => {
        const parts: Uint8Array[] = [];
        incoming.on("data", (part: Uint8Array) => parts.push(part));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = fromUtf8(concat(...parts));
          if (text === null) reject(new Error("The answer is not UTF-8."));
          else resolve({ status: incoming.statusCode ?? 0, body: text });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}
