/** The main job in the browser, as two people do it, on a wide screen and on a phone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Person, type ServerProcess, startServer, temporaryFolder } from "./processes.ts";
import { findSecrets, folderContents, secretText } from "./secrets.ts";
import { Visitor, openBrowser } from "./visitor.ts";

const LOG_IN_BYTES = 150_000;
const SESSION_BYTES = 350_000;

interface Meeting {
  readonly server: ServerProcess;
  readonly folder: string;
  readonly alice: Visitor;
  readonly bob: Visitor;
  /** Another browser for somebody who has an account. */
  elsewhere(visitor: Visitor): Promise<Visitor>;
}

async function meeting(t: TestContext, width: number): Promise<Meeting> {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { data: join(folder, "data") });
  const browser = await openBrowser(t);
  const visitors: Visitor[] = [];
  const visitor = async (name: string): Promise<Visitor> => {
    const opened = await Visitor.open({ browser, url: server.url, name, width });
    visitors.push(opened);
    return opened;
  };
  t.after(() =>
    assert.deepEqual(
      visitors.flatMap(({ problems }) => problems),
      [],
    ),
  );
  return {
    ...{ server, folder },
    ...{ alice: await visitor("alice"), bob: await visitor("bob") },
    async elsewhere({ name, passphrase }) {
      const other = await visitor(name);
      other.passphrase = passphrase;
      return other;
    },
  };
}

/** Two people who have written to each other. */
async function acquainted(t: TestContext, width: number): Promise<Meeting> {
  const met = await meeting(t, width);
  const { alice, bob } = met;
  await Promise.all([alice.signUp(), bob.signUp()]);
  await alice.openConversation(bob.address);
  await alice.write(bob.address, "Are you there?");
  await bob.goto(`/requests/${alice.address}`);
  // Before it has come there is nothing to accept.
  await bob.sees("Are you there?");
  await bob.page.getByRole("button", { name: "Accept" }).click();
  await bob.write(alice.address, "I am.");
  await alice.sees("I am.");
  return met;
}

for (const width of [1280, 390]) {
  test(`two people meet at ${width} pixels: request, answer, settings, and the whole history elsewhere, without barriers`, async (t) => {
    const { server, folder, alice, bob, elsewhere } = await meeting(t, width);
    const barriers: string[] = [];
    const lookAt = (visitor: Visitor) => async (screen: string) => {
      barriers.push(...(await visitor.barriers(screen)));
    };
    const lookAlice = lookAt(alice);
    const lookBob = lookAt(bob);

    await alice.signUp(lookAlice);
    await bob.signUp();
    await lookAlice("no conversations");

    // Alice looks Bob up and writes; Bob finds a request.
    await alice.page.getByRole("link", { name: "Write to somebody" }).first().click();
    await alice.page.getByLabel("Their address").fill(bob.address);
    await alice.page.getByText("You are new to them").waitFor();
    await lookAlice("who answers");
    await alice.page.getByRole("button", { name: "Write", exact: true }).click();
    await alice.write(bob.address, "Did the lease come through?");
    await alice.messages().getByTitle("Delivered").waitFor();
    await bob.page
      .getByRole("link", { name: /1 person is waiting/ })
      .last()
      .click();
    await bob.page.getByText("Did the lease come through?").first().waitFor();
    await lookBob("requests");
    await bob.page.getByRole("link", { name: new RegExp(alice.address) }).click();
    await bob.sees("Did the lease come through?");
    await lookBob("a request");
    await bob.page.getByRole("button", { name: "Accept" }).click();

    // Both see new messages at once, with unread counts and previews.
    await bob.write(alice.address, "It did. See https://example.com/map for the way.");
    await alice.sees("See https://example.com/map");
    await lookAlice("a conversation");
    await bob.goto("/messages");
    await alice.write(bob.address, "Wonderful.\nThank you.");
    await bob.page.getByText("1 unread message").first().waitFor();
    await bob.page.getByText("Wonderful.").first().waitFor();
    await lookBob("conversations");
    await bob.page.getByRole("link", { name: new RegExp(alice.address) }).click();
    await bob.sees("Wonderful.");
    await bob.page.getByText("1 unread message").first().waitFor({ state: "detached" });

    // They compare safety numbers.
    const numbers = await Promise.all(
      [alice, bob].map(async ({ page }) => {
        await page.getByRole("button", { name: "More" }).click();
        await page.getByRole("menuitem", { name: "About this conversation" }).click();
        const digits = page.getByRole("dialog").getByText(/^[0-9]{60}$/);
        return digits.textContent();
      }),
    );
    assert.match(numbers[0] ?? "", /^[0-9]{60}$/);
    assert.equal(numbers[0], numbers[1]);
    await lookAlice("about a conversation");
    await alice.page.getByRole("button", { name: "They are the same" }).click();
    await alice.page.getByRole("button", { name: "No longer verified" }).waitFor();
    await alice.page.keyboard.press("Escape");
    await alice.page.getByText("Verified", { exact: true }).waitFor();

    // Prices and sessions.
    await alice.goto("/settings");
    await alice.page.getByText("This one").waitFor();
    await lookAlice("settings");
    const slider = alice.page.getByRole("slider").first();
    const before = await slider.getAttribute("aria-valuenow");
    await slider.press("ArrowRight");
    await alice.page.getByText("Saved.").waitFor();
    await alice.page.reload();
    await alice.page.getByText("This one").waitFor();
    assert.notEqual(await slider.getAttribute("aria-valuenow"), before);

    // Out and in again; and in another browser the whole history opens.
    await alice.page.getByRole("button", { name: "Log out" }).click();
    await alice.page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await alice.logIn();
    const atWork = await elsewhere(alice);
    await atWork.goto("/login");
    await atWork.page.getByLabel("Password", { exact: true }).waitFor();
    await lookAt(atWork)("log-in");
    await atWork.page.waitForLoadState("networkidle");
    const atLogIn = atWork.scriptBytes();
    assert.ok(atLogIn > 0 && atLogIn <= LOG_IN_BYTES, `${atLogIn} bytes of scripts at log-in`);
    await atWork.logIn();
    await atWork.openConversation(bob.address);
    await atWork.sees("Did the lease come through?");
    await atWork.sees("Wonderful.");

    // The command line reads what the browser wrote, and the other way round.
    const shell = new Person({
      home: join(folder, "bob"),
      server: () => server.url,
      password: bob.passphrase,
    });
    await shell.ok("login", bob.address);
    const read = await shell.ok("read", alice.address);
    assert.deepEqual(
      read.map(({ text }) => text),
      [
        "Did the lease come through?",
        "It did. See https://example.com/map for the way.",
        "Wonderful.\nThank you.",
      ],
    );
    assert.ok(read.every(({ verified }) => verified === true));
    await shell.ok("send", alice.address, "From the command line.");
    await atWork.sees("From the command line.");

    // A block.
    await atWork.page.getByRole("button", { name: "More" }).click();
    await atWork.page.getByRole("menuitem", { name: "Block" }).click();
    await atWork.page.getByRole("button", { name: "Block" }).click();
    await atWork.page.getByText("is blocked").waitFor();
    await shell.ok("send", alice.address, "Into the void.");
    await atWork.goto("/settings");
    await atWork.page.getByRole("button", { name: `Unblock ${bob.address}` }).waitFor();

    assert.deepEqual(barriers, []);
    const inSession = Math.max(...[alice, bob, atWork].map((visitor) => visitor.scriptBytes()));
    assert.ok(inSession <= SESSION_BYTES, `${inSession} bytes of scripts in a session`);

    // No plaintext and no password where a server or a browser could give them away.
    const secrets = [
      secretText("a message", "lease come through"),
      secretText("another message", "Wonderful."),
      secretText("Alice's passphrase", alice.passphrase),
      secretText("Bob's passphrase", bob.passphrase),
    ];
    await server.stop();
    const kept = await Promise.all(
      [alice, bob, atWork].map(async ({ name, context, page }) => {
        const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
        const cookies = JSON.stringify(await context.cookies());
        return [`${name}'s browser`, Buffer.from(stored + cookies)] as const;
      }),
    );
    const contents = new Map([
      ...folderContents(server.data),
      ["log", Buffer.from(server.log())] as const,
      ...kept,
    ]);
    assert.deepEqual(findSecrets(secrets, contents), []);
  });
}

test("two tabs act as one: one event stream, both see what comes, one log-out", async (t) => {
  const { server, alice, bob } = await acquainted(t, 1280);
  const first = alice.page;
  const second = await alice.newTab();
  await alice.openConversation(bob.address);
  await bob.write(alice.address, "to both tabs");
  await alice.sees("to both tabs");
  await first.getByText("to both tabs").first().waitFor();

  // The tab that led is closed: the other goes on.
  await first.close();
  await bob.write(alice.address, "to the one that is left");
  await alice.sees("to the one that is left");

  const third = await alice.newTab();
  await third.goto(`${server.url}/settings`);
  await third.getByRole("button", { name: "Log out" }).click();
  await second.getByRole("heading", { name: "Welcome back" }).waitFor();
});

test("a server that restarts loses and doubles nothing, and the app says what is going on", async (t) => {
  const { server, alice, bob } = await acquainted(t, 390);
  await server.stop();
  await bob.page.getByText("The server cannot be reached.").waitFor();
  await bob.write(alice.address, "written while it was away");
  await bob.page.getByText("It is sent as soon as the server is back.").waitFor();
  await startServer(t, { data: server.data, port: server.port });
  await alice.sees("written while it was away");
  await bob.page.getByText("The server cannot be reached.").waitFor({ state: "detached" });
  await bob.page.reload();
  await bob.sees("written while it was away");
  assert.equal(await bob.messages().getByText("written while it was away").count(), 1);
  assert.equal(await alice.messages().getByText("written while it was away").count(), 1);
});

test("a session that is ended elsewhere is over here, in plain words", async (t) => {
  const { alice, elsewhere } = await acquainted(t, 1280);
  const stolen = await elsewhere(alice);
  await stolen.logIn();
  await alice.goto("/settings");
  await alice.page.getByRole("button", { name: "End all others" }).click();
  await alice.page.getByRole("dialog").getByRole("button", { name: "End all others" }).click();
  await stolen.page.getByText("Your session was ended").waitFor();
});
