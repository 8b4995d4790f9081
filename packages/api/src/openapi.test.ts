import assert from "node:assert/strict";
import { test } from "node:test";
import { contract } from "./contract.ts";
import { errors, everyProcedure } from "./errors.ts";
import { peerContract } from "./federation/contract.ts";
import { openapi } from "./openapi.ts";
import type { Procedure } from "./procedure.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: unknown;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Readonly<Record<string, unknown>>;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Record<string, unknown> }>
  >;
}

interface Schema {
  readonly type: string;
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
}

/** As it comes over the wire: JSON can hold all of it. */
const document = JSON.parse(JSON.stringify(openapi("Acme"))) as {
  readonly openapi: string;
  readonly info: { readonly title: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: { readonly Error: Schema };
    readonly securitySchemes: object;
  };
};

const rows = Object.entries({ ...contract, ...peerContract }).flatMap(([area, procedures]) =>
  Object.entries(procedures as Record<string, Procedure>).map(([name, procedure]) => ({
    name: `${area}.${name}`,
    procedure,
    operation: document.paths[procedure.path]?.[procedure.method.toLowerCase()],
  })),
);

test("the document says what it is, whose, and where the API begins", () => {
  assert.equal(document.openapi, "3.1.0");
  assert.match(document.info.title, /Acme/);
  assert.deepEqual(document.servers, [{ url: "/api/v1" }]);
});

test("every procedure is one operation of its own name, and there is no other", () => {
  for (const { name, procedure, operation } of rows) {
    assert.equal(operation?.operationId, name);
    assert.equal(operation?.summary, procedure.summary);
  }
  const operations = Object.values(document.paths).flatMap((path) => Object.keys(path));
  assert.equal(operations.length, rows.length);
});

test("an operation needs a session exactly where its procedure does", () => {
  for (const { name, procedure, operation } of rows) {
    const needed = procedure.access === "session" ? [{ bearer: [] }] : undefined;
    assert.deepEqual(operation?.security, needed, name);
  }
  assert.deepEqual(Object.keys(document.components.securitySchemes), ["bearer"]);
});

test("what reads takes its input from path and query, what changes from a JSON body", () => {
  for (const { name, procedure, operation } of rows) {
    if (procedure.method === "GET") {
      assert.equal(operation?.requestBody, undefined, name);
      const inPath = (operation?.parameters ?? []).filter((one) => one.in === "path");
      const braces = [...procedure.path.matchAll(/\{(\w+)\}/g)].map(([, member]) => member);
      assert.deepEqual(
        inPath.map((one) => one.name),
        braces,
        name,
      );
      for (const { required } of inPath) assert.equal(required, true, name);
      // A query is text: no parameter is of another type.
      for (const { schema } of operation?.parameters ?? []) assert.equal(schema["type"], "string");
    } else {
      assert.equal(operation?.parameters, undefined, name);
      assert.equal(operation?.requestBody?.required, true, name);
      const body = operation?.requestBody?.content["application/json"]?.schema;
      assert.equal(body?.type, "object", name);
    }
  }
});

test("bytes are described as the texts that stand on the wire, with their bounds", () => {
  const login = document.paths["/account/login"]?.["post"]?.requestBody?.content;
  const body = login?.["application/json"]?.schema;
  assert(body !== undefined);
  const { properties, required } = body;
  assert.deepEqual(required, ["address", "loginKey", "solution", "transport"]);
  const { type, minLength, maxLength, description } = properties["loginKey"] ?? {};
  assert.deepEqual([type, minLength, maxLength], ["string", 43, 43]);
  assert.match(String(description), /base64url of 32 bytes/);
  assert.equal(properties["address"]?.["type"], "string");
});

test("each answer is described, with every code that its procedure may give", () => {
  for (const { name, procedure, operation } of rows) {
    const { "200": success, default: failure } = operation?.responses ?? {};
    assert.deepEqual(Object.keys(success?.content ?? {}), ["application/json"], name);
    const words: readonly string[] = failure?.description.match(/[a-z_]+/g) ?? [];
    for (const code of [...procedure.errors, ...everyProcedure]) assert(words.includes(code), name);
    assert.equal(words.includes("unauthenticated"), procedure.access === "session", name);
  }
  const { Error: described } = document.components.schemas;
  assert.deepEqual(described.properties["code"]?.["enum"], Object.keys(errors));
});
