/**
 * The API reference as an OpenAPI 3.1 document, made from the contract.
 * @module spec/12.2
 */
import * as z from "zod/mini";
import { contract } from "./contract.ts";
import { type ErrorCode, errors, everyProcedure } from "./errors.ts";
import { peerContract } from "./federation/contract.ts";
import type { Procedure } from "./procedure.ts";

/** What a document of OpenAPI is here: JSON, made once per server. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** The document that describes every procedure (spec/12.2); `title` is the server's name. */
export function openapi(title: string): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [area, procedures] of Object.entries({ ...contract, ...peerContract })) {
    for (const [name, procedure] of Object.entries(procedures as Record<string, Procedure>)) {
      const operations = (paths[procedure.path] ??= {});
      operations[procedure.method.toLowerCase()] = describe(area, name, procedure);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: `${title}: KeyPears API`,
      version: "1",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/api/v1" }],
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: {
        Error: {
          type: "object",
          required: ["code", "message"],
          properties: {
            code: { type: "string", enum: Object.keys(errors) },
            message: { type: "string" },
            reason: { type: "string" },
            retryAfter: { type: "integer" },
          },
        },
      },
    },
    paths,
  };
}

function describe(area: string, name: string, procedure: Procedure): unknown {
  const { access, method, summary, path } = procedure;
  const input = schemaOf(procedure.input);
  const codes: readonly ErrorCode[] = [
    ...(access === "session" ? (["unauthenticated"] as const) : []),
    ...procedure.errors,
    ...everyProcedure,
  ];
  return {
    operationId: `${area}.${name}`,
    tags: [area],
    summary,
    ...(access === "session" ? { security: [{ bearer: [] }] } : {}),
    ...(method === "GET"
      ? { parameters: parametersOf(input, path) }
      : { requestBody: { required: true, content: { "application/json": { schema: input } } } }),
    responses: {
      "200": {
        description: "Done.",
        content: { "application/json": { schema: schemaOf(procedure.output) } },
      },
      default: {
        description: `One of: ${codes.join(", ")}.`,
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** What stands on the wire: the input side of every codec. */
function schemaOf(schema: z.ZodMiniType): ObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

function parametersOf({ properties = {}, required = [] }: ObjectSchema, path: string): unknown[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: path.includes(`{${name}}`) ? "path" : "query",
    required: required.includes(name),
    schema,
  }));
}
