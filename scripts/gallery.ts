/**
 * `npm run gallery`: a picture of every screen and state of the web app, at three widths, light and dark, in build/gallery.
 * `npm run gallery -- 390 dark`: only those. They are for looking at; what must hold is in e2e/web-*.browser.test.ts.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Address, parseAddress } from "@keypears/protocol";
import {
  type Lasting,
  type Town,
  startServer,
  startTown,
  temporaryFolder,
} from "../e2e/processes.ts";
import { WebPerson } from "../e2e/web-person.ts";
import { type ProfileOptions, openProfile } from "../e2e/web-profile.ts";
import { withClients } from "../e2e/web-seed.ts";
import { root } from "./node24.js";

const widths = [390, 820, 1440] as const;
const schemes = ["light", "dark"] as const;
const password = "alice likes eleven ripe pears";
const pictures = join(root, "build/gallery");

/** What one does at a screen before its picture is taken. */
type Screen = readonly [name: string, go: (alice: WebPerson) => Promise<void>];

const before: readonly Screen[] = [
  ["front-door", (alice) => open(alice, "/", "What it protects")],
  [
    "front-door-taken",
    async (alice) => {
      await alice.page.getByLabel("Your address").fill("alice");
      await alice.sees(/^Somebody has it/);
    },
  ],
  [
    "sign-up",
    async (alice) => {
      await open(alice, "/sign-up?name=quentin", "Create your account");
      await alice.sees("The work is done.");
    },
  ],
  [
    "sign-up-tried",
    async (alice) => {
      await alice.button("Create account").click();
      await alice.sees(/^Keep it first/);
    },
  ],
  [
    "sign-up-own",
    async (alice) => {
      await alice.button("Choose my own").click();
      await alice.page.getByLabel("Your password").fill("password1234");
      await alice.page.getByLabel("Once more").fill("passwort");
      await alice.button("Create account").click();
      await alice.sees(/too easy to guess/);
    },
  ],
  [
    "sign-up-own-good",
    async (alice) => {
      await alice.page.getByLabel("Your password").fill(password);
      await alice.page.getByLabel("Once more").fill(password);
      await alice.sees(/^(?:Good|Strong)$/);
    },
  ],
  ["log-in-ended", (alice) => open(alice, "/login?ended=true", "Your session was ended")],
  [
    "log-in-refused",
    async (alice) => {
      await alice.logIn("this is not her password");
      await alice.sees(/^The address or the password is wrong/);
    },
  ],
  ["not-found", (alice) => open(alice, "/nowhere", "There is nothing here")],
  ["card", (alice) => open(alice, "/@bob", "Fingerprint")],
  [
    "card-long",
    (alice) => open(alice, "/@wilhelmina.augusta.victoria.von.windisch-graetz", "Fingerprint"),
  ],
  ["card-nobody", (alice) => open(alice, "/@nobody", "There is nobody of this name")],
  ["card-form", (alice) => open(alice, "/@é", "This is no address")],
  ["card-elsewhere", (alice) => open(alice, "/@bob@b.test", "An address at b.test")],
];

const empty: readonly Screen[] = [
  ["empty", async (alice) => alice.sees("No conversations yet")],
  ["empty-requests", (alice) => open(alice, "/requests", "Nobody is waiting")],
];

const inside: readonly Screen[] = [
  ["list", async (alice) => alice.sees(alice.row("bob@localhost"))],
  ["requests", (alice) => open(alice, "/requests", "Requests")],
  [
    "request",
    async (alice) => {
      await alice.row("mallory@localhost").getByRole("link").click();
      await alice.sees(alice.bubble("Do you remember?"));
    },
  ],
  [
    "request-delete",
    async (alice) => {
      await alice.button("Delete").click();
      await alice.sees("Delete this request?");
    },
  ],
  ["conversation", (alice) => open(alice, "/messages/bob@localhost", "See you on Friday")],
  [
    "conversation-menu",
    async (alice) => {
      await alice.button("More").click();
      await alice.sees(alice.page.getByRole("menuitem", { name: "Block" }));
    },
  ],
  [
    "conversation-about",
    async (alice) => {
      await alice.page.getByRole("menuitem", { name: "About this conversation" }).click();
      await alice.sees(alice.button("They are the same"));
    },
  ],
  [
    "conversation-block",
    async (alice) => {
      await alice.page.keyboard.press("Escape");
      await alice.menu("Block");
      await alice.sees("Block bob@localhost?");
    },
  ],
  [
    "conversation-draft",
    async (alice) => {
      await open(alice, "/messages/bob@localhost", "See you on Friday");
      await alice.page
        .getByRole("textbox", { name: /^Message to / })
        .fill("A first line,\na second one,\nand a third.");
    },
  ],
  ["conversation-long", (alice) => open(alice, "/messages/dora@localhost", "supercalifragilistic")],
  ["conversation-blocked", (alice) => open(alice, "/messages/erin@localhost", "You have blocked")],
  ["conversation-empty", (alice) => open(alice, "/messages/frank@localhost", "Say hello")],
  ["write", (alice) => open(alice, "/new", "People you write with")],
  [
    "write-nobody",
    async (alice) => {
      await alice.page.getByLabel("Their address").fill("nobody@localhost");
      await alice.sees("Nobody answers to this address");
    },
  ],
  [
    "write-found",
    async (alice) => {
      await alice.page.getByLabel("Their address").fill("frank@localhost");
      await alice.sees(alice.page.getByRole("region", { name: "Found" }));
    },
  ],
  [
    "write-local",
    async (alice) => {
      await alice.page.getByLabel("Their address").fill("bob@b.test");
      await alice.sees("This server is a local one");
    },
  ],
  ["request-none", (alice) => open(alice, "/requests/frank@localhost", "Nothing is waiting here")],
  ["card-own", (alice) => open(alice, "/@alice", "This is your own card")],
  ["settings", (alice) => open(alice, "/settings", "This one")],
  [
    "settings-end",
    async (alice) => {
      await alice.sees("erin@localhost");
      await alice.button("Unblock erin@localhost").scrollIntoViewIfNeeded();
    },
  ],
  [
    "offline",
    async (alice) => {
      await open(alice, "/messages/bob@localhost", "See you on Friday");
      await server.stop("SIGKILL");
      await alice.sees(/^The server cannot be reached/);
      await alice.send("Written on a train, in a tunnel.");
      await alice.sees("It is sent as soon as the server is back.");
    },
  ],
  [
    "locked",
    async (alice) => {
      server = await startServer(lasting, { data, port: server.port, env });
      await forgetKeys(alice);
      await open(alice, "/messages", "Unlock your keys");
    },
  ],
];

/** At another domain: a.test writes to b.test, which then is away. */
const elsewhere: readonly Screen[] = [
  ["way-list", async (alice) => alice.sees(alice.row("bob@b.test"))],
  [
    "way-found",
    async (alice) => {
      await open(alice, "/new", "People you write with");
      await alice.page.getByLabel("Their address").fill("carol@b.test");
      await alice.sees(alice.page.getByRole("region", { name: "Found" }));
    },
  ],
  [
    "way-about",
    async (alice) => {
      await open(alice, "/messages/bob@b.test", "Are you there?");
      await alice.menu("About this conversation");
      await alice.sees("Fingerprint");
    },
  ],
  [
    "way-steps",
    async (alice) => {
      await tellWay(alice, [
        {},
        {},
        { state: "pending", step: "queued" },
        { state: "pending", step: "notified" },
        { state: "pending", step: "pulled" },
      ]);
      await alice.page.getByRole("button", { name: /^On its way: the other server knows/ }).click();
    },
  ],
  [
    "way-waits",
    (alice) =>
      tellWay(alice, [
        { state: "pending", step: "queued", reason: "connect" },
        { state: "pending", step: "queued", reason: "tls" },
        { state: "pending", step: "queued", reason: "busy" },
        { state: "pending", step: "notified", reason: "asking_back" },
        { state: "pending", step: "notified", reason: "timeout" },
      ]),
  ],
  [
    "way-failed",
    (alice) =>
      tellWay(alice, [
        { state: "failed", step: "queued", reason: "dns" },
        { state: "failed", step: "queued", reason: "no_such_user" },
        { state: "failed", step: "queued", reason: "tls" },
        { state: "failed", step: "notified", reason: "pull_refused" },
        { state: "failed", step: "pulled", reason: "message_refused" },
      ]),
  ],
  [
    "way-list-failed",
    async (alice) => {
      await alice.toList();
      await alice.sees(alice.row("bob@b.test").filter({ hasText: "Not delivered" }));
    },
  ],
  [
    "way-no-domain",
    async (alice) => {
      await open(alice, "/new", "People you write with");
      await alice.page.getByLabel("Their address").fill("bob@c.test");
      await alice.sees("c.test cannot be reached");
    },
  ],
  [
    "way-away",
    async (alice) => {
      await town.server("b.test").stop("SIGKILL");
      isAway = true;
      await alice.page.getByLabel("Their address").fill("dora@b.test");
      await alice.sees("b.test cannot be reached");
    },
  ],
  [
    "way-waiting-here",
    async (alice) => {
      // Another tab, for which nothing is made up.
      alice.page = await alice.profile.open("/messages/bob@b.test");
      await alice.sees(alice.bubble("Are you there?"));
      await alice.send("Written while b.test was away.");
      await alice.sees(/It is sent as soon as the way is free/);
    },
  ],
];

/** What servers say of a message on its way. */
interface Fate {
  readonly state?: "pending" | "failed";
  readonly step?: string;
  readonly reason?: string | null;
}

/** Opens the conversation with Bob, where servers say this, made up, of the five texts that were sent, in their order. */
async function tellWay(alice: WebPerson, fates: readonly Fate[]): Promise<void> {
  await alice.page.addInitScript((told) => {
    const { fetch } = globalThis;
    globalThis.fetch = async (input, init) => {
      const response = await fetch(input, init);
      const { pathname } = new URL(String(input), location.href);
      if (!/\/messages\/(?:with\/|conversations)/.test(pathname)) return response;
      const body = (await response.json()) as MailboxPages;
      const sent = (body.messages ?? []).filter(({ direction }) => direction === "sent");
      for (const [index, message] of sent.entries()) Object.assign(message, told[index]);
      for (const { lastMessage } of body.conversations ?? []) {
        if (lastMessage?.direction === "sent") Object.assign(lastMessage, told.at(-1));
      }
      return Response.json(body);
    };
  }, fates);
  await open(alice, "/messages/bob@b.test", "Are you there?");
}

interface MailboxPages {
  readonly messages?: readonly { readonly direction: string }[];
  readonly conversations?: readonly {
    readonly lastMessage: { readonly direction: string } | null;
  }[];
}

async function seedTown(): Promise<void> {
  const people = ["alice@a.test", "bob@b.test", "carol@b.test"].map((one) => {
    const person = town.person(one, { password });
    return person.ok("signup", one).then(() => person);
  });
  const [alice, bob] = await Promise.all(people);
  if (alice === undefined || bob === undefined) throw new Error("nobody came");
  await alice.ok("send", "bob@b.test", "Are you there?");
  await bob.ok("accept", "alice@a.test");
  await bob.ok("send", "alice@a.test", "I am. What a long way that was!");
  for (const text of [
    "It was.",
    "Your server is not mine, and neither of them can read this.",
    "How is the orchard?",
    "I bring a basket on Friday.",
  ]) {
    await alice.ok("send", "bob@b.test", text);
  }
}

async function open(alice: WebPerson, path: string, text: string): Promise<void> {
  await alice.page.goto(`${alice.profile.url}${path}`);
  await alice.sees(alice.text(text));
}

/** As on a device whose browser has thrown its keys away. */
function forgetKeys({ page }: WebPerson): Promise<void> {
  return page.evaluate(async () => {
    const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(new Error(String(request.error))));
      });
    const database = await done(indexedDB.open("keypears"));
    const store = database.transaction("account", "readwrite").objectStore("account");
    const account = (await done(store.get("account"))) as Record<string, unknown>;
    await done(store.put({ ...account, keys: [], locked: [1] }, "account"));
    database.close();
  });
}

function address(name: string): Address {
  const parsed = parseAddress(`${name}@localhost`);
  if (parsed === null) throw new Error(`${name} is no name`);
  return parsed;
}

/** People who have something to say to Alice. */
async function seed(url: string): Promise<void> {
  await withClients(url, async (start) => {
    const signUp = async (name: string) => {
      const client = start();
      await client.account.signUp({ address: address(name), password, strength: 4 });
      const writes = async (to: string, ...texts: readonly string[]): Promise<void> => {
        for (const text of texts) await client.messages.send({ to: address(to), text });
      };
      return { client, writes };
    };
    const alice = await signUp("alice");
    await signUp("carol");
    await signUp("frank");
    const longName = "wilhelmina.augusta.victoria.von.windisch-graetz";
    const [bob, dora, erin, mallory, other, long] = [
      await signUp("bob"),
      await signUp("dora"),
      await signUp("erin"),
      await signUp("mallory"),
      await signUp("heinrich.von.ofterdingen"),
      await signUp(longName),
    ];
    await mallory.writes("alice", "Hello! We met at the orchard last week.", "Do you remember?");
    await other.writes("alice", "Is this the address for the harvest?");
    await alice.writes("erin", "Please stop.");
    await erin.writes("alice", "Why would I?");
    await alice.client.messages.block(address("erin"));
    await alice.writes(longName, "What a name you have.");
    await long.writes("alice", "It runs in the family, and it runs long, as you can see in lists.");
    await alice.writes("dora", "Everything in one message, please.");
    await dora.writes(
      "alice",
      `supercalifragilistic${"expialidocious".repeat(20)}`,
      "The pears in the cellar ripen at midnight, and nobody else knows. ".repeat(12),
      "https://example.com/a/very/long/path/that/does/not/end?because=it&has=so&much=to&say=about#everything",
    );
    await alice.writes("bob", "Did the lease come through?");
    await bob.client.messages.accept(address("alice"));
    await bob.writes(
      "alice",
      "It did! All of it, from the first of the month.",
      "The key is under the mat.",
    );
    await alice.writes(
      "bob",
      "Wonderful.",
      "I bring boxes, and two who carry them: https://example.com/boxes",
    );
    await bob.writes("alice", "مرحبا، أراك قريباً", "Two lines,\nand the end. 🍐");
    await alice.writes("bob", "See you on Friday");
    await dora.writes("alice", "Did it arrive?");
  });
}

async function take(alice: WebPerson, folder: string, screens: readonly Screen[]): Promise<void> {
  for (const [name, go] of screens) {
    try {
      await go(alice);
    } catch (error) {
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
    // Fonts, and what fades in.
    await alice.page.evaluate(() => document.fonts.ready.then(() => undefined));
    await alice.page.screenshot({ path: join(folder, `${name}.png`) });
    if (name === "front-door" || name === "settings") {
      await alice.page.screenshot({ path: join(folder, `${name}-whole.png`), fullPage: true });
    }
  }
}

async function takeElsewhere(
  target: string,
  options: Omit<ProfileOptions, "url" | "hosts">,
): Promise<void> {
  const { url } = town.server("a.test");
  // The last picture of before was of a domain that is away.
  if (isAway) await town.start("b.test");
  isAway = false;
  const hosts = town.env["KEYPEARS_FEDERATION_HOSTS"];
  const profile = await openProfile(lasting, { ...options, url, hosts });
  const alice = new WebPerson(profile, await profile.open("/"), "alice@a.test");
  await alice.logIn(password);
  await take(alice, target, elsewhere);
  await profile.close();
}

const ends: (() => unknown)[] = [];
const lasting: Lasting = { after: (end) => void ends.push(end as () => unknown) };
const wanted = new Set(process.argv.slice(2));
const isWanted = (value: string | number, all: readonly (string | number)[]): boolean =>
  wanted.has(String(value)) || !all.some((one) => wanted.has(String(one)));

const folder = temporaryFolder(lasting);
const data = join(folder, "data");
const env = { KEYPEARS_LIMITS: "off" };
let isAway = false;
let server = await startServer(lasting, { data, env });
const town: Town = await startTown(lasting, ["a.test", "b.test"], { env });
try {
  await seed(server.url);
  await seedTown();
  const { url } = server;
  for (const width of widths.filter((one) => isWanted(one, widths))) {
    for (const colorScheme of schemes.filter((one) => isWanted(one, schemes))) {
      const target = join(pictures, `${width}-${colorScheme}`);
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target, { recursive: true });
      const height = width < 600 ? 844 : 900;
      const profile = await openProfile(lasting, { folder, url, width, height, colorScheme });
      const page = await profile.open("/");
      const alice = new WebPerson(profile, page, "alice@localhost");
      await take(alice, target, before);
      const carol = new WebPerson(profile, page, "carol@localhost");
      await carol.logIn(password);
      await take(carol, target, empty);
      await carol.logOut();
      await alice.logIn(password);
      await take(alice, target, inside);
      await profile.close();
      await takeElsewhere(target, { folder, width, height, colorScheme });
      process.stdout.write(`${target}\n`);
    }
  }
} finally {
  for (const end of ends.reverse()) await end();
}
