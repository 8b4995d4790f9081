import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Procedure, contract, isErrorCode, peerContract } from "@keypears/api";
import fc from "fast-check";
import * as z from "zod";
import { bearer, requestFor, sessionOf } from "../testing/calls.ts";
import { addPerson } from "../testing/people.ts";
import { startNetwork } from "../testing/network.ts";

async function openServer(t: TestContext) {
  const network = await startNetwork(["a.test"]);
  t.after(() => network.close());
  const node = network.node("a.test");
  const clock = { time: Date.now() };
  const server = { context: node.context, clock, folder: "" };
  const alice = await addPerson(server, "alice@a.test");
  await addPerson(server, "bob@a.test");
  return { node, headers: bearer((await sessionOf(server, alice)).token) };
}

/** Texts that parsers stumble over. */
const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    ...["", "\ud800", "\u0000", "a@", "@a.test", "__proto__", "constructor", "NaN", "-0", "1e309"],
    ...["alice@a.test", "ALICE@A.TEST", "bob@a.test", "x@b.test", "A".repeat(43), "=".repeat(44)],
    ...["0", "01", "9007199254740991", "9007199254740992", "99999999999999999999", "İ@a.test"],
    ...["00000000-0000-7000-8000-000000000000", "../../etc/passwd", "%00", "' or 1=1 --"],
  ),
);
const oddValue = fc.oneof(
  oddText,
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(null, true, 0, -1, 2 ** 53, 1e308, [], {}),
);

/** JSON close to what a schema asks for: each place is right in form most of the time, and odd otherwise. */
function near(schema: z.core.JSONSchema.BaseSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: like(schema) }, { weight: 1, arbitrary: oddValue });
}

function like(schema: z.core.JSONSchema.BaseSchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    return fc.oneof(...options.map((one) => near(one)));
  }
  const { type = "null" } = schema;
  switch (type) {
    case "object": {
      const members = Object.entries(schema.properties ?? {});
      return fc.record(
        Object.fromEntries(
          members.map(([name, one]) => [name, near(one as z.core.JSONSchema.BaseSchema)]),
        ),
      );
    }
    case "array": {
      const { items, minItems = 0, maxItems = 3 } = schema;
      const one = items === undefined ? oddValue : near(items as z.core.JSONSchema.BaseSchema);
      return fc.array(one, { minLength: minItems, maxLength: Math.min(maxItems, 20) });
    }
    case "integer":
    case "number":
      return fc.oneof(fc.constantFrom(0, 1, 2, 2 ** 53 - 1), fc.maxSafeNat());
    case "string": {
      const { minLength = 0, maxLength = 60 } = schema;
      // Mostly what bytes look like: that reaches deepest.
      const length = fc.integer({ min: minLength, max: Math.min(maxLength, minLength + 4) });
      const text = length.chain((count) =>
        fc.string({
          unit: fc.constantFrom(..."AQgw_-"),
          minLength: count,
          maxLength: count,
        }),
      );
      return fc.oneof(text, oddText);
    }
    case "boolean":
    case "null":
      break;
  }
  return oddValue;
}

for (const [area, procedures] of Object.entries({ ...contract, ...peerContract })) {
  for (const [name, procedure] of Object.entries(procedures as Record<string, Procedure>)) {
    test(`${area}.${name} answers whatever JSON with success or one of its codes`, async (t) => {
      const { node, headers } = await openServer(t);
      const schema = z.toJSONSchema(procedure.input, { io: "input" });
      const expected: readonly string[] = [...procedure.errors];
      await fc.assert(
        fc.asyncProperty(fc.oneof(like(schema), fc.jsonValue()), async (input) => {
          const wire = procedure.method === "GET" && !isObject(input) ? { input } : input;
          const [path, init] = requestFor(procedure, wire as Record<string, unknown>, headers);
          const response = await node.fetch(path, init);
          const body = (await response.json()) as { code?: string };
          if (response.status === 200) return;
          const code = body.code ?? "";
          assert(isErrorCode(code), code);
          assert(response.status < 500 || code === "domain_unreachable", code);
          const known = ["invalid_input", "misdirected", "not_found", "unauthenticated"];
          assert([...known, ...expected].includes(code), code);
        }),
        { numRuns: 60 },
      );
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

test("whatever path, method and headers: an answer, and never a failure", async (t) => {
  const { node } = await openServer(t);
  const piece = fc.oneof(
    fc.constantFrom(
      "api",
      "v1",
      "keys",
      "account",
      "..",
      "%2e%2e",
      "%",
      "%ff",
      "assets",
      ".well-known",
    ),
    fc.webSegment(),
  );
  const header = fc.string({ unit: fc.constantFrom(..."abcXYZ=;, _-019/:"), maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 5 }),
      fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"),
      fc.record(
        { authorization: header, cookie: header, "last-event-id": header },
        { requiredKeys: [] },
      ),
      async (pieces, method, headers) => {
        const { status } = await node.fetch(`${node.url}/${pieces.join("/")}`, { method, headers });
        assert(status < 500, `${status}`);
      },
    ),
    { numRuns: 500 },
  );
});
