/** For tests: ports that have to be known before anybody listens on them. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** So many different ports of loopback that nobody listens on. Until one listens there, somebody else may come first. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
