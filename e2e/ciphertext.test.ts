/** What a server stores and logs of a conversation: who, when, how much; never what. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Person, startServer, temporaryFolder } from "./processes.ts";
import {
  type Secret,
  encodings,
  findSecrets,
  folderContents,
  profileSecrets,
  secretText,
} from "./secrets.ts";

const words = "the pears in the cellar ripen at midnight";

test("the search finds a secret in each encoding that it knows, wherever it begins", () => {
  const secret: Secret = { name: "it", bytes: Buffer.from("seven ripe pears!") };
  for (const [encoding, form] of encodings(secret)) {
    const content = new Map([["file", Buffer.concat([Buffer.from("xy"), form, Buffer.from("z")])]]);
    assert.ok(
      findSecrets([secret], content).some((line) => line.includes(` as ${encoding} in `)),
      encoding,
    );
  }
  for (const before of ["", "1", "12", "123"]) {
    for (const after of ["", "1", "12"]) {
      const all = Buffer.concat([Buffer.from(before), secret.bytes, Buffer.from(after)]);
      for (const kind of ["base64", "base64url"] as const) {
        const content = new Map([["file", Buffer.from(all.toString(kind))]]);
        assert.notDeepEqual(findSecrets([secret], content), [], `${kind} ${before} ${after}`);
      }
    }
  }
  assert.deepEqual(
    findSecrets([secret], new Map([["file", Buffer.from("seven ripe plums!")]])),
    [],
  );
});

test("database, WAL and log hold no plaintext, no password and no private key, in any encoding", async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { data: join(folder, "data") });
  const passwords = {
    alice: "alice likes eleven ripe pears",
    bob: "bob prefers nine green quinces",
  };
  const people = Object.entries(passwords).map(
    ([name, password]) =>
      new Person({ home: join(folder, name), server: () => server.url, password }),
  );
  const [alice, bob] = people as [Person, Person];
  await alice.ok("signup", "alice@localhost");
  await bob.ok("signup", "bob@localhost");
  await alice.ok("send", "bob@localhost", words);
  await bob.ok("accept", "alice@localhost");
  await bob.ok("send", "alice@localhost", `Indeed, ${words}.`);
  await alice.ok("search", "midnight");
  await alice.fails("send", "nobody@localhost", words);
  const kept = people.flatMap(({ home }, index) =>
    profileSecrets(home, Object.keys(passwords)[index] ?? ""),
  );
  await bob.ok("logout");
  await bob.ok("login", "bob@localhost");

  const secrets: Secret[] = [
    secretText("the message", words),
    ...Object.entries(passwords).map(([name, password]) =>
      secretText(`the password of ${name}`, password),
    ),
    ...kept,
  ];
  assert.ok(
    secrets.length >= 9,
    "two passwords, a message, and token, two keys and a vault key of each",
  );

  // While it runs, so that the WAL is there; the log may name nobody either.
  const contents = folderContents(server.data);
  assert.ok([...contents.keys()].some((path) => path.endsWith("-wal")));
  assert.deepEqual(findSecrets(secrets, contents), []);
  assert.equal(await server.stop(), 0);
  const log = new Map([["the log", Buffer.from(server.log())]]);
  assert.deepEqual(
    findSecrets(
      [...secrets, secretText("Alice's address", "alice@"), secretText("Bob's address", "bob@")],
      log,
    ),
    [],
  );
  assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);

  // The same search over what is allowed to have them finds them: it is not blind.
  assert.notDeepEqual(findSecrets(secrets, folderContents(join(folder, "alice"))), []);
});
