/** For tests: which addresses this process tries to connect to, counted where Node itself does it. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";

/** Until the test ends, records every attempt of every socket, such as `1.2.3.4`; with `stop` none of them leaves the machine. */
export function watchSockets(
  t: TestContext,
  { stop }: { readonly stop: boolean },
): { readonly attempts: string[]; readonly sockets: Socket[] } {
  const attempts: string[] = [];
  const sockets: Socket[] = [];
  const watch = (message: unknown): void => {
    const { socket } = message as { socket: Socket & { blockList?: object } };
    sockets.push(socket);
    if (!stop) {
      socket.on("connectionAttempt", (address) => attempts.push(address));
      return;
    }
    // Asked by Node right before each attempt.
    socket.blockList = {
      check: (address: string) => {
        attempts.push(address);
        return true;
      },
    };
  };
  subscribe("net.client.socket", watch);
  t.after(() => void unsubscribe("net.client.socket", watch));
  return { attempts, sockets };
}
