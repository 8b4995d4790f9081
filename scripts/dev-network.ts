/**
 * Two servers that federate, with made-up users who have written to each other, in one process: `node scripts/dev-network.ts PORT PORT FOLDER`.
 * Data and profiles lie in the folder and stay from one start to the next. Runs until SIGINT or SIGTERM.
 */
import { join } from "node:path";
import { main } from "@keypears/cli";
import { startNetwork } from "@keypears/server/testing/network";
import { root } from "./node24.js";

/** Known to everybody who can read this file: for made-up users on this machine alone. */
const password = "four made-up pears in a row";
const people = [
  ["alice", "a.localhost"],
  ["bob", "a.localhost"],
  ["carol", "b.localhost"],
] as const;

const [portA = "", portB = "", folder = ""] = process.argv.slice(2);
const home = join(folder, "home");
const network = await startNetwork(["a.localhost", "b.localhost"], {
  wire: "http",
  ports: [Number(portA), Number(portB)],
  dataFolders: [join(folder, "a"), join(folder, "b")],
  webFolder: join(root, "packages/web/build"),
  env: {
    KEYPEARS_POW_REGISTER: "70000",
    KEYPEARS_POW_LOGIN: "7000",
    KEYPEARS_POW_FIRST_CONTACT: "70000",
    KEYPEARS_POW_MESSAGE: "7000",
  },
});

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void network.close().then(() => process.exit(0));
  });
}

/** Runs a command of the command line as one of the made-up users; what it prints is not shown. */
async function as(profile: string, ...args: readonly string[]): Promise<boolean> {
  const quiet = { write: () => true };
  const env = { KEYPEARS_HOME: home, KEYPEARS_PASSWORD: password };
  const io = { env, stdout: quiet, stderr: quiet, signal: new AbortController().signal };
  return (await main([...args, "--profile", profile, "--json"], io)) === 0;
}

for (const [name, domain] of people) {
  if (await as(name, "whoami")) continue;
  // Not every machine knows names below localhost, as browsers do.
  const server = network.node(domain).url.replace(domain, "localhost");
  const made =
    (await as(name, "signup", `${name}@${domain}`, "--server", server)) ||
    (await as(name, "login", `${name}@${domain}`, "--server", server));
  // A source was changed meanwhile: the next start goes on.
  if (stopping) break;
  if (!made) throw new Error(`${name} could neither sign up nor log in: delete ${folder}`);
  if (name === "bob") {
    await as("bob", "send", "alice@a.localhost", "Hello Alice! Is this the development network?");
    await as("alice", "accept", "bob@a.localhost");
    await as("alice", "send", "bob@a.localhost", "It is. Everything in it is made up.");
  }
  if (name === "carol") {
    await as("carol", "send", "alice@a.localhost", "Hello from b.localhost: can you read this?");
    await as(
      "carol",
      "send",
      "bob@a.localhost",
      "Are you new here, too? Accept me, and write back.",
    );
    // The first answer lets Carol in.
    await as("alice", "send", "carol@b.localhost", "Every word. It came from server to server.");
  }
}

process.stdout.write(
  [
    "",
    ...network.nodes.map(({ url }) => `KeyPears is at ${url}`),
    `Made-up users: ${people.map(([name, domain]) => `${name}@${domain}`).join(", ")}`,
    `Their password: ${password}`,
    `On the command line: KEYPEARS_HOME=${home} npx keypears inbox --profile alice`,
    "Ctrl-C stops.",
    "",
  ].join("\n"),
);
