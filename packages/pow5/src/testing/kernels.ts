/** What the tests of this package share. */
import { readFileSync } from "node:fs";

/** The module that the build made: the kernel, or the scalar build beside it. */
export function builtModule(name: "kernel" | "scalar"): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
}

/** A file of the repository's vectors/. */
export function readVectors<T>(name: string): T {
  const url = new URL(`../../../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as T;
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
