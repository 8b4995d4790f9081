/** Whether the host that a domain names serves it, keeps time, and gives challenges (spec/9.1, spec/7.2). */
import { randomBytes } from "node:crypto";
import { contract, peerContract } from "@keypears/api";
import type { Domain } from "@keypears/protocol";
import * as z from "zod";
import { parseJson } from "../federation/discover-file.ts";
import type { Probe, Seen } from "../net/outbound-probe.ts";
import { type Finding, counted, findingsOf } from "./finding.ts";
import type { At } from "./host.ts";

const ANSWER_BYTES = 65_536;
/** Challenge requests and messages are refused at five minutes (spec/6.6, spec/7.6): well before that, something is wrong. */
const MOST_CLOCK = 60_000;
/** Others give up after five seconds, and a delivery takes several round trips. */
const MOST_ROUND_TRIP = 2_000;

/** Looks at the server that serves a domain. */
export async function* examineApi(
  probe: Probe,
  at: At,
  domain: Domain,
  now: () => number,
): AsyncGenerator<Finding, void, undefined> {
  const { host } = at;
  const { good, bad } = findingsOf(host);
  const path = `/api/v1${peerContract.federation.serves.path.replace("{domain}", domain)}`;
  const asked = now();
  const seen = await probe.ask(at, { path, mostBytes: ANSWER_BYTES });
  const answered = now();
  const serves =
    seen.ok && seen.status === 200 && read(peerContract.federation.serves.output, seen);
  if (!serves) {
    yield bad("apiDomain", ...denial(seen, host, domain));
    return;
  }
  yield good("apiDomain", `${host} confirms that it serves ${domain}.`);

  // The header has whole seconds.
  const theirs = Date.parse(String(seen.headers.date)) + 500;
  const difference = Math.round((theirs - (asked + answered) / 2) / 1_000);
  if (Number.isNaN(difference)) {
    yield bad(
      "clock",
      "The server does not say what time it has.",
      "Let its proxy pass the header Date on.",
    );
  } else {
    const apart = counted(Math.abs(difference), "second");
    const way = `${apart} ${difference < 0 ? "behind" : "ahead of"} this machine`;
    yield Math.abs(difference) * 1_000 > MOST_CLOCK
      ? bad(
          "clock",
          `The server's clock is ${way}.`,
          "Set both clocks by NTP: above five minutes messages are refused.",
        )
      : good("clock", `The clocks differ by ${apart}.`);
  }

  // By a connection that is there already: what is measured is the way and the server.
  const again = await probe.ask(at, { path, mostBytes: ANSWER_BYTES });
  const time = again.ok ? Math.round(again.milliseconds) : null;
  yield time !== null && time <= MOST_ROUND_TRIP
    ? good("round trip", `A round trip takes ${time} ms.`)
    : bad(
        "round trip",
        time === null
          ? "A second request is not answered."
          : `A round trip takes ${time} ms: other servers give up at 5000.`,
        "See what slows the server or its proxy down.",
      );
  yield await examineChallenge(probe, at, domain);
}

function denial(seen: Seen, host: string, domain: Domain): readonly [string, string] {
  const running = `Let a KeyPears server answer at https://${host}/api/v1, and see that its proxy passes that on.`;
  if (!seen.ok) {
    return [
      seen.fault === "late"
        ? `${host} takes longer than five seconds to answer.`
        : `${host} gives no answer that is one.`,
      running,
    ];
  }
  if (seen.status === 421) {
    return [
      `${host} denies that it serves ${domain}.`,
      `Start that server with KEYPEARS_DOMAIN=${domain}, or let the keypears.json of ${domain} name the one that serves it.`,
    ];
  }
  return seen.status >= 500
    ? [`${host} answers with status ${seen.status}.`, "See that server's log."]
    : [`${host} does not speak the protocol (status ${seen.status}).`, running];
}

/** Asks for the work of a sign-up, and where nobody can sign up, of a log-in: by a name that nobody has. */
async function examineChallenge(probe: Probe, at: At, domain: Domain): Promise<Finding> {
  const { good, bad } = findingsOf(at.host);
  const { requestChallenge } = contract.account;
  const address = `doctor-${randomBytes(6).toString("hex")}@${domain}`;
  for (const purpose of ["register", "login"]) {
    const seen = await probe.ask(at, {
      path: `/api/v1${requestChallenge.path}`,
      body: JSON.stringify({ purpose, address }),
      mostBytes: ANSWER_BYTES,
    });
    const closed = seen.ok && seen.status === 403;
    if (closed && purpose === "register") continue;
    const given = seen.ok && seen.status === 200 ? read(requestChallenge.output, seen) : null;
    if (given !== null && given.challenge.domain === domain) {
      const { difficulty } = given.challenge;
      return good("challenge", `It gives proofs of work to do (${purpose}: ${difficulty} hashes).`);
    }
    return bad(
      "challenge",
      seen.ok && given === null
        ? `It answers with status ${seen.status} when it is asked for a proof of work.`
        : "It gives no proof of work to do.",
      "See that server's log; a limit of requests passes after a minute.",
    );
  }
  return bad("challenge", "It gives no proof of work to do.", "See that server's log.");
}

function read<T>(schema: z.core.$ZodType<T>, seen: Seen): T | null {
  if (!seen.ok) return null;
  const output = z.safeParse(schema, parseJson(new Uint8Array(seen.body)));
  return output.success ? output.data : null;
}
