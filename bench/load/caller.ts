/** A caller of the API over one connection that stays open, with as little between as there can be. */
import { Agent, request } from "node:http";
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

export class Caller {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #token: string | null = null;

  constructor(url: string) {
    this.#url = url;
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

  #send(method: string, path: string, body?: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      };
      const outgoing = request(
        new URL(path, this.#url),
        { method, headers, agent: this.#agent },
        (incoming) => {
          const parts: Uint8Array[] = [];
          incoming.on("data", (part: Uint8Array) => parts.push(part));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const text = fromUtf8(concat(...parts));
            if (text === null) reject(new Error("The answer is not UTF-8."));
            else resolve({ status: incoming.statusCode ?? 0, body: text });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}
