/**
 * A host of a test's internet that is none of our servers: it answers by HTTPS with a keypears.json and nothing else, and writes a
 * line for each connection. Its one argument is a `HostOptions` in JSON.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { Socket } from "node:net";

export interface HostOptions {
  readonly addresses: readonly string[];
  readonly certFile: string;
  readonly keyFile: string;
  /** What the file names as the API's host for each domain that the host answers for. */
  readonly apiDomains: Readonly<Record<string, string>>;
}

const { addresses, certFile, keyFile, apiDomains } = JSON.parse(
  process.argv[2] ?? "",
) as HostOptions;
const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
for (const address of addresses) {
  const server = createServer(tls, ({ url, headers }, response) => {
    const apiDomain = apiDomains[headers.host ?? ""];
    const isFile = url === "/.well-known/keypears.json" && apiDomain !== undefined;
    response.writeHead(isFile ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(isFile ? { apiDomain, versions: [1] } : {}));
  });
  server.on("connection", (socket: Socket) => {
    console.log(`${socket.remoteAddress} at ${address}`);
  });
  await once(server.listen(443, address), "listening");
}
console.log("ready");
