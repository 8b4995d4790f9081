/** The main job, as two people do it in browsers of their own, on a wide screen and on a phone, over a running server. */
import { join } from "node:path";
import { test } from "node:test";
import { Person, startServer, temporaryFolder } from "./processes.ts";
import { tellStory } from "./web-story.ts";

for (const [widthOfAlice, widthOfBob] of [
  [1280, 390],
  [390, 1280],
] as const) {
  test(`two people meet in their browsers, at ${widthOfAlice} and ${widthOfBob} pixels: from the front door to the whole history elsewhere`, async (t) => {
    const folder = temporaryFolder(t);
    const server = await startServer(t, { data: join(folder, "data") });
    const { url } = server;
    await tellStory(t, {
      folder,
      alice: { address: "alice@localhost", server, url, width: widthOfAlice },
      bob: { address: "bob@localhost", server, url, width: widthOfBob },
      shell: (password) => new Person({ home: join(folder, "shell"), server: () => url, password }),
    });
  });
}
