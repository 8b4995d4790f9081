/** Which server an address is at (spec/9.1). */
import { type Address, WELL_KNOWN_PATH, domainOf, parseWellKnown } from "@keypears/protocol";
import { Failure } from "./failure.ts";

const PATIENCE = 8_000;
const MOST_BYTES = 16_384;
const LOCAL = "http://localhost:3000";

/** The origin of the API for an address: what its domain's file names; for `localhost` the server that `npm start` runs. */
export async function discoverServer(address: Address): Promise<string> {
  const domain = domainOf(address);
  if (domain === "localhost") return LOCAL;
  const unreachable = (): Failure =>
    new Failure(
      "domain_unreachable",
      `${domain} does not answer with a ${WELL_KNOWN_PATH} that names its server. Is the domain right? --server URL goes around it.`,
    );
  let text: string;
  try {
    const answer = await fetch(`https://${domain}${WELL_KNOWN_PATH}`, {
      signal: AbortSignal.timeout(PATIENCE),
      redirect: "error",
    });
    if (!answer.ok || Number(answer.headers.get("content-length") ?? 0) > MOST_BYTES)
      throw unreachable();
    text = await boundedText(answer, unreachable);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unreachable();
  }
  let file: ReturnType<typeof parseWellKnown>;
  try {
    file = parseWellKnown(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw unreachable();
    throw error;
  }
  if (file === null) throw unreachable();
  return `https://${file.apiDomain}`;
}

async function boundedText(answer: Response, tooMuch: () => Failure): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > MOST_BYTES) throw tooMuch();
  }
  return text + decoder.decode();
}

/** The origin that `--server` names. */
export function parseServer(text: string): string {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Failure("invalid_server", `This is no address of a server: ${text}`);
  }
  return url.origin;
}
