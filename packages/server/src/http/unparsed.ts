/** What Node would answer by itself, bare: requests that its parser refuses, or that take too long to arrive. Here they get an answer like any other. */
import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError } from "@keypears/api";

/** Has a listener's unreadable requests answered by `refuse`, in whose words only the error is particular. */
export function answerUnparsed(http: Server, refuse: (error: ApiError) => Response): void {
  /** The answer that a connection is at, if any: bytes of ours must not get into the middle of it. */
  const answers = new WeakMap<Duplex, ServerResponse>();
  http.on("request", ({ socket }, answer) => void answers.set(socket, answer));

  const end = async (socket: Duplex, error: ApiError): Promise<void> => {
    const begun = answers.get(socket);
    if (!socket.writable || (begun?.headersSent === true && !begun.writableFinished)) {
      socket.destroy();
      return;
    }
    const answer = refuse(error);
    const body = Buffer.from(await answer.arrayBuffer());
    answer.headers.set("Connection", "close");
    answer.headers.set("Content-Length", String(body.length));
    const lines = [...answer.headers].map(([name, value]) => `${name}: ${value}\r\n`);
    // Who has refused to read for long does not keep the connection open either.
    socket.end(`HTTP/1.1 ${answer.status} Refused\r\n${lines.join("")}\r\n${body}`, () =>
      socket.destroy(),
    );
  };

  http.on("clientError", (error: NodeJS.ErrnoException, socket) => void end(socket, read(error)));
  // A tunnel through this server: there is none.
  http.on("connect", (_, socket) => void end(socket, new ApiError("invalid_input")));
  // What somebody expects beside `100-continue` is no reason to answer otherwise.
  http.on("checkExpectation", (incoming, outgoing) => http.emit("request", incoming, outgoing));
}

function read({ code }: NodeJS.ErrnoException): ApiError {
  if (code === "HPE_HEADER_OVERFLOW") return new ApiError("too_large");
  const slow = code === "ERR_HTTP_REQUEST_TIMEOUT";
  return new ApiError("invalid_input", { reason: slow ? "request: too slow" : "request: no HTTP" });
}
