/** The `keypears` command line: finds the command, runs it, turns what went wrong into a sentence and an exit code. */
import { parseArgs } from "node:util";
import { type Command, everywhere, text } from "./command.ts";
import { explain } from "./explain.ts";
import { UsageError } from "./failure.ts";
import type { Io } from "./io.ts";
import { Output } from "./output.ts";

/** Every command, loaded when it is used. In the order of the help. */
const commands = {
  signup: () => import("./commands/signup.ts"),
  login: () => import("./commands/login.ts"),
  logout: () => import("./commands/logout.ts"),
  whoami: () => import("./commands/whoami.ts"),
  sessions: () => import("./commands/sessions.ts"),
  settings: () => import("./commands/settings.ts"),
  send: () => import("./commands/send.ts"),
  retry: () => import("./commands/retry.ts"),
  inbox: () => import("./commands/inbox.ts"),
  requests: () => import("./commands/requests.ts"),
  read: () => import("./commands/read.ts"),
  accept: () => import("./commands/accept.ts"),
  block: () => import("./commands/block.ts"),
  unblock: () => import("./commands/unblock.ts"),
  search: () => import("./commands/search.ts"),
  lookup: () => import("./commands/lookup.ts"),
  serve: () => import("./commands/serve.ts"),
  doctor: () => import("./commands/doctor.ts"),
  "pow-bench": () => import("./commands/pow-bench.ts"),
} as const satisfies Record<string, () => Promise<{ command: Command }>>;

/** Runs one command line and gives the exit code: 0 done, 1 failed, 2 typed wrong. */
export async function main(argv: readonly string[], given?: Partial<Io>): Promise<number> {
  const stop = new AbortController();
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: stop.signal,
    ...given,
  };
  const onSignal = (): void => stop.abort();
  if (given?.signal === undefined) {
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  }
  const output = new Output(io, argv.includes("--json"));
  try {
    return await dispatch(argv, io, output);
  } catch (error) {
    if (error instanceof UsageError) {
      output.failure("usage", error.message);
      return 2;
    }
    const { code, message, reason } = explain(error);
    output.failure(code, message, reason);
    return 1;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

async function dispatch(argv: readonly string[], io: Io, output: Output): Promise<number> {
  const name = commandName(argv);
  if (name === undefined || name === "help") {
    const wanted = /(^|,)(--help|-h|help)(,|$)/.test(argv.join(","));
    io[wanted ? "stdout" : "stderr"].write(await overview());
    return wanted ? 0 : 2;
  }
  if (!Object.hasOwn(commands, name)) {
    throw new UsageError(`There is no command '${name}'. 'keypears help' lists them all.`);
  }
  const { command } = await commands[name as keyof typeof commands]();
  const { values, positionals } = parse(argv, command);
  const args = positionals.slice(1);
  if (values.help === true) {
    io.stdout.write(`keypears ${command.usage}\n\n${command.summary}\n`);
    return 0;
  }
  if (args.length < command.least || args.length > command.most) {
    throw new UsageError(`Usage: keypears ${command.usage}`);
  }
  const options = values as Record<string, string | boolean | undefined>;
  if (text(options, "as") !== undefined && options["no-store"] !== true) {
    throw new UsageError("--as goes with --no-store.");
  }
  return (await command.run({ io, output, args, options })) ?? 0;
}

function commandName(argv: readonly string[]): string | undefined {
  const { tokens } = parseArgs({
    args: [...argv],
    options: everywhere,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const first = tokens.find((token) => token.kind === "positional");
  return first?.kind === "positional" ? first.value : undefined;
}

function parse(argv: readonly string[], command: Command) {
  try {
    return parseArgs({
      args: [...argv],
      options: { ...everywhere, ...command.options },
      allowPositionals: true,
    });
  } catch (error) {
    if (error instanceof TypeError) {
      throw new UsageError(`${error.message} Usage: keypears ${command.usage}`);
    }
    throw error;
  }
}

async function overview(): Promise<string> {
  const lines = ["keypears: messages that only their readers can open", ""];
  for (const load of Object.values(commands)) {
    const { command } = await load();
    lines.push(`  ${command.usage.padEnd(44)} ${command.summary}`);
  }
  lines.push(
    "",
    "Everywhere: --json, --server URL, --profile NAME, --password-file FILE,",
    "--no-store --as ADDRESS (keep nothing on this device, ask for the password each time)",
    "",
  );
  return lines.join("\n");
}
