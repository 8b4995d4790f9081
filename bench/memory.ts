/** What a server process holds in memory: just started, with open event streams, under load, and after it. */
import { request } from "node:http";
import { signUpPairs, together } from "./load/clients.ts";
import { describeMachine } from "./load/machine.ts";
import { type PersonJson } from "./load/person.ts";
import { type ServerProcess, inFolder, settingsInWords, startServer } from "./load/server.ts";

const STREAMS = 64;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

console.log(describeMachine(settingsInWords));
await inFolder(async (folder) => {
  const server = await startServer(folder);
  try {
    const { url } = server;
    await pause(2_000);
    await report("idle, just started", server);
    const pairs = await signUpPairs(url, 16);
    await pause(2_000);
    await report("after 32 sign-ups", server);
    const close = await openStreams(url, pairs.flat());
    await report(`with ${STREAMS} event streams`, server);

    let loading = true;
    let most = 0;
    const watch = async (): Promise<void> => {
      for (; loading; await pause(250)) most = Math.max(most, (await server.usage()).rss);
    };
    const watching = watch();
    const load = { url, task: "write", pairs, clients: 32, milliseconds: 10_000 } as const;
    const { whole } = await together(load);
    loading = false;
    await watching;
    console.log(
      `under load (${whole.length} sends of 32 clients, streams open): at most ${megabytes(most)}`,
    );
    close();
    await pause(5_000);
    await report("five seconds later", server);
  } finally {
    await server.kill();
  }
});

async function report(when: string, server: ServerProcess): Promise<void> {
  const { rss, heapUsed, external } = await server.usage();
  console.log(
    `${when}: ${megabytes(rss)} resident (${megabytes(heapUsed)} JavaScript, ${megabytes(external)} buffers)`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** Opens event streams, spread over the people, and reads them; gives how to close them. */
async function openStreams(url: string, people: readonly PersonJson[]): Promise<() => void> {
  const streams = await Promise.all(
    Array.from({ length: STREAMS }, (_, index) => {
      const { token } = people[index % people.length] as PersonJson;
      return new Promise<ReturnType<typeof request>>((resolve, reject) => {
        const stream = request(
          new URL("/api/v1/events", url),
          { headers: { authorization: `Bearer ${token}` }, agent: false },
          (incoming) => {
            if (incoming.statusCode !== 200) reject(new Error(`${incoming.statusCode}`));
            incoming.resume();
            resolve(stream);
          },
        );
        stream.on("error", reject);
        stream.end();
      });
    }),
  );
  return () => {
    for (const stream of streams) stream.destroy();
  };
}
