/** For tests: a name server on loopback, whose answers a test makes up. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { type Answer, type Packet, type Question, decode, encode } from "dns-packet";

/** What is answered to a question: records, `none` for a name that does not exist, `failure`, or nothing at all. */
export type Reply = readonly Answer[] | keyof typeof codes | "silence";

const codes = { none: 3, failure: 2 };

export interface NameServer {
  /** As resolvers take it: address and port. */
  readonly address: string;
  /** All questions so far, such as `A acme.com`. */
  readonly questions: readonly string[];
}

/** Starts a name server, which ends with the test. `count` says how often this very question has been asked, from 1. */
export async function startNameServer(
  t: TestContext,
  reply: (question: Question, count: number) => Reply,
): Promise<NameServer> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (bytes, { address, port }) => {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const asked = `${question.type} ${question.name}`;
    questions.push(asked);
    const answers = reply(question, questions.filter((one) => one === asked).length);
    if (answers === "silence") return;
    const packet: Packet = {
      type: "response",
      ...(query.id === undefined ? {} : { id: query.id }),
      flags: typeof answers === "string" ? codes[answers] : 0,
      questions: [question],
      answers: typeof answers === "string" ? [] : [...answers],
    };
    socket.send(encode(packet), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, questions };
}

/** Records of a name: each address as the type that it is. */
export function addressRecords(name: string, addresses: readonly string[]): Answer[] {
  return addresses.map((address) => ({
    name,
    type: address.includes(":") ? "AAAA" : "A",
    ttl: 0,
    data: address,
  }));
}
