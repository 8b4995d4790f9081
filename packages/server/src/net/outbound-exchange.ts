/** One request and its answer over one connection, bounded in time and in bytes (spec/9.3). */
import type { PeerFault } from "@keypears/api";
import { type Bytes, concat } from "@keypears/protocol";
import { Client, type Dispatcher } from "undici";
import { type Places, Unreachable, connect } from "./outbound-connect.ts";
import type { OutboundAnswer, OutboundRequest } from "./outbound.ts";

/** The largest head of an answer, in bytes. */
const HEAD_BYTES = 16_384;
/** How long a connection is kept that nobody uses, in milliseconds, and at most, where the peer says how long. */
const IDLE = 4_000;
const MOST_IDLE = 60_000;
/** The longest wait that an answer may ask for, in seconds. */
const MOST_RETRY_AFTER = 86_400;

/** One connection to a host, which carries one request at a time. */
export class Connection {
  readonly #client: Client;
  /** Ends what is under way, a connection that is coming about included. */
  readonly #ended = new AbortController();
  #isBusy = false;
  /** Called when the connection is gone, once. */
  onGone: () => void = () => {};

  constructor(places: Places, host: string) {
    this.#client = new Client(`https://${host}`, {
      connect: (_, answer) => {
        connect(places, host, this.#ended.signal).then(
          (socket) => answer(null, socket),
          (error: Error) => answer(error, null),
        );
      },
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: HEAD_BYTES,
      keepAliveTimeout: IDLE,
      keepAliveMaxTimeout: MOST_IDLE,
      // Time is taken over all, not from byte to byte.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // A request that was given to a connection that was going away makes a new one, by the same rules.
    this.#client.on("disconnect", () => {
      if (!this.#isBusy) this.end();
    });
  }

  get isGone(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Closes it at once; what is under way fails. */
  end(): void {
    if (this.isGone) return;
    this.#ended.abort();
    void this.#client.destroy();
    this.onGone();
  }

  /** Sends a request. Unless a whole answer came, the connection is gone afterwards. Never rejects. */
  exchange(request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    this.#isBusy = true;
    return new Promise((resolve) => {
      const finish = (answer: OutboundAnswer): void => {
        this.#isBusy = false;
        signal.removeEventListener("abort", abort);
        // The first word counts: ending the connection fails the request once more, for that reason.
        resolve(answer);
        if (!answer.ok) this.end();
      };
      const fail = (fault: PeerFault): void => finish({ ok: false, fault });
      const abort = (): void => fail("timeout");
      signal.addEventListener("abort", abort);
      if (signal.aborted) return abort();
      this.#client.dispatch(
        {
          path: request.path,
          method: request.method,
          headers: {
            accept: "application/json",
            // A body that is unpacked could become larger than what was counted.
            "accept-encoding": "identity",
            "user-agent": "keypears",
            ...(request.body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: request.body ?? null,
        },
        reader(request.mostBytes, finish, fail),
      );
    });
  }
}

/** Reads an answer as it comes, and gives up with the first byte that is too much. */
function reader(
  mostBytes: number,
  finish: (answer: OutboundAnswer) => void,
  fail: (fault: PeerFault) => void,
): Dispatcher.DispatchHandler {
  let head: { status: number; contentType: string; retryAfter: number | null } | null = null;
  let started = false;
  let size = 0;
  const chunks: Uint8Array[] = [];
  const refuse = (controller: Dispatcher.DispatchController): void => {
    chunks.length = 0;
    fail("bad_answer");
    controller.abort(new Unreachable("bad_answer"));
  };
  return {
    onRequestStart: () => {},
    onResponseStarted: () => {
      started = true;
    },
    onResponseStart: (controller, status, headers) => {
      // Words that an answer will come are judged alike, and the answer's own head is the last one.
      const encoding = single(headers["content-encoding"]);
      const isPlain = encoding === "" || encoding === "identity";
      const tooLong = Number(single(headers["content-length"])) > mostBytes;
      if (isRedirect(status) || !isPlain || tooLong) return refuse(controller);
      head = {
        status,
        contentType: single(headers["content-type"]),
        retryAfter: readRetryAfter(single(headers["retry-after"])),
      };
    },
    onResponseData: (controller, chunk) => {
      size += chunk.length;
      if (size > mostBytes) return refuse(controller);
      chunks.push(chunk);
    },
    onResponseEnd: () => {
      const body: Bytes = concat(...chunks);
      if (head === null) fail("bad_answer");
      else finish({ ok: true, ...head, body });
    },
    onResponseError: (_, error) => {
      if (error instanceof Unreachable) fail(error.fault);
      else fail(started ? "bad_answer" : "connect");
    },
  };
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** A header's value; of one that is there twice, both, which is none that means anything. */
function single(header: string | readonly string[] | undefined): string {
  return (typeof header === "string" ? header : (header ?? []).join(", ")).trim().toLowerCase();
}

function readRetryAfter(text: string): number | null {
  return /^[0-9]{1,9}$/.test(text) ? Math.min(Number(text), MOST_RETRY_AFTER) : null;
}
