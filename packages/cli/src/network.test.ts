import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Host, securePlaces } from "@keypears/server/testing/network";
import { Network, hopOf } from "./network.ts";
import { readReach } from "./reach.ts";

/** A network that finds these hosts, and their ports by name. */
async function reaching(t: TestContext, hosts: readonly Host[]) {
  const folder = mkdtempSync(join(tmpdir(), "keypears-cli-"));
  const { env, close } = await securePlaces({ places: [], hosts, folder });
  const reach = readReach(env);
  const network = new Network(reach);
  t.after(async () => {
    network.close();
    await close();
    rmSync(folder, { recursive: true });
  });
  return { env, network, portOf: (name: string) => reach.places.get(name)?.port ?? 0 };
}

/** Listens on loopback for whatever connects, and says nothing. */
async function silent(t: TestContext): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test("a name of development is asked where the settings say it is, under its own name and with their authority", async (t) => {
  const hosts = ["a.test", "b.test"].map((name) => ({
    names: [name],
    answer: async (request: Request) =>
      Response.json({
        host: name,
        url: request.url,
        said: await request.text(),
        header: request.headers.get("x-said"),
      }),
  }));
  const { network, env, portOf } = await reaching(t, hosts);
  const answer = await network.fetch("https://b.test/path?q=1", {
    method: "POST",
    body: "hello",
    headers: { "x-said": "yes" },
  });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), {
    host: "b.test",
    url: "https://b.test/path?q=1",
    said: "hello",
    header: "yes",
  });

  const without = new Network(readReach({ ...env, KEYPEARS_FEDERATION_CA: undefined }));
  t.after(() => without.close());
  await assert.rejects(without.fetch("https://b.test/", {}), { hop: "tls" });

  const crossed = `a.test=127.0.0.1:${portOf("b.test")}`;
  const wrong = new Network(readReach({ ...env, KEYPEARS_FEDERATION_HOSTS: crossed }));
  t.after(() => wrong.close());
  await assert.rejects(wrong.fetch("https://a.test/", {}), { hop: "tls" });
});

test("what is in the way is told by its hop", async (t) => {
  const { env } = await reaching(t, []);
  const port = await silent(t);
  const places = `closed.test=127.0.0.1:1,silent.test=127.0.0.1:${port}`;
  const network = new Network(readReach({ ...env, KEYPEARS_FEDERATION_HOSTS: places }));
  t.after(() => network.close());
  const begun = performance.now();
  await Promise.all([
    assert.rejects(network.fetch("https://closed.test/", {}), { hop: "connect" }),
    assert.rejects(network.fetch("http://127.0.0.1:1/", {}), { hop: "connect" }),
    assert.rejects(network.fetch("https://nobody-has-this-name.test/", {}), { hop: "dns" }),
    assert.rejects(network.fetch("https://silent.test/", {}), { hop: "timeout" }),
  ]);
  assert.ok(performance.now() - begun < 7_000, "it gives up before anybody's patience ends");
});

test("nothing is followed to another place", async (t) => {
  const asked: string[] = [];
  const answer = (request: Request): Response => {
    asked.push(request.url);
    return Response.redirect("https://b.test/there", 302);
  };
  const { network } = await reaching(t, [{ names: ["a.test", "b.test"], answer }]);
  await assert.rejects(network.fetch("https://a.test/here", {}), { hop: "bad_answer" });
  assert.deepEqual(asked, ["https://a.test/here"]);
});

test("whoever stops a request gets their own reason, before the answer and in the middle of it", async (t) => {
  const { network } = await reaching(t, [
    { names: ["never.test"], answer: () => new Promise<Response>(() => {}) },
    {
      names: ["slow.test"],
      answer: () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
          }),
        ),
    },
  ]);
  const stop = new AbortController();
  const waiting = network.fetch("https://never.test/", { signal: stop.signal });
  const body = (await network.fetch("https://slow.test/", { signal: stop.signal })).body;
  const reader = body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "begun");
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  await assert.rejects(async () => reader?.read());
  assert.equal(hopOf(new Error("x", { cause: new Error("y") })), null);
  await assert.rejects(
    network.fetch("https://slow.test/", { signal: AbortSignal.abort(new Error("no")) }),
    {
      message: "no",
    },
  );
});

test("the settings place no name of the internet, and say what is wrong with them", () => {
  const refused = [
    "acme.com=127.0.0.1:4431",
    "a.test=somewhere:4431",
    "a.test=127.0.0.1",
    "a.test=127.0.0.1:0",
    "a.test=127.0.0.1:65536",
    "127.0.0.1:4431",
    "a.test=127.0.0.1:4431,,b.test=127.0.0.1:4432",
  ];
  for (const hosts of refused) {
    assert.throws(
      () => readReach({ KEYPEARS_FEDERATION_HOSTS: hosts }),
      { code: "configuration" },
      hosts,
    );
  }
  assert.throws(() => readReach({ KEYPEARS_FEDERATION_CA: "/nowhere/ca.pem" }), {
    code: "configuration",
  });
  const { places } = readReach({
    KEYPEARS_FEDERATION_HOSTS: "A.test=127.0.0.1:4431, b.localhost=[::1]:4432",
  });
  assert.deepEqual(
    [...places],
    [
      ["a.test", { host: "127.0.0.1", port: 4431 }],
      ["b.localhost", { host: "::1", port: 4432 }],
    ],
  );
});
